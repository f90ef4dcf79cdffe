package experiments

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// gradientsOf are the gradients of losses for 16 images, by parameter, and the
// loss itself. Parameters that no loss reaches have none.
func gradientsOf(t *testing.T, r *setup, losses config.LossSum) (loss float64, gradients map[string][]float32) {
	t.Helper()
	network, _, err := r.newClassifier("")
	if err != nil {
		t.Fatal(err)
	}
	defer network.Drop()
	for _, p := range network.Parameters() {
		if err := p.Tensor.RequiresGrad_(true); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := newSum(losses)
	if err != nil {
		t.Fatal(err)
	}
	index, err := ts.Arange(ts.IntScalar(16), gotch.Int64, gotch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(index)
	o := r.classifierOutputs(network, r.trainImages, index, nil)
	defer o.drop()
	value, err := sum.loss(o)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(value)
	if err := value.Backward(); err != nil {
		t.Fatal(err)
	}
	if loss, err = torch.Scalar(value); err != nil {
		t.Fatal(err)
	}
	gradients = map[string][]float32{}
	for _, p := range network.Parameters() {
		g, err := p.Tensor.Grad(false)
		if err != nil {
			t.Fatal(err)
		}
		if defined, err := g.Defined(); err == nil && defined {
			if gradients[p.Name], err = torch.ToSlice[float32](g); err != nil {
				t.Fatal(err)
			}
		}
		torch.Drop(g)
	}
	return loss, gradients
}

// TestGradientOfASumIsTheSumOfGradients computes each loss alone.
func TestGradientOfASumIsTheSumOfGradients(t *testing.T) {
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	definition := smallReport(t, "data.train=16")
	r := testRunOf(t, definition, smallData(t, definition))
	sum := config.LossSum{"bce": 1, "cross_entropy": 0.1, "mse": 3}
	got, gradients := gradientsOf(t, r, sum)
	var want float64
	wanted := map[string][]float64{}
	for _, name := range sum.Names() {
		loss, alone := gradientsOf(t, r, config.LossSum{name: 1})
		want += sum[name] * loss
		for parameter, values := range alone {
			if wanted[parameter] == nil {
				wanted[parameter] = make([]float64, len(values))
			}
			for i, g := range values {
				wanted[parameter][i] += sum[name] * float64(g)
			}
		}
	}
	if math.Abs(got-want) > 1e-6*want {
		t.Errorf("the loss is %g, the parts make it %g", got, want)
	}
	if diff := cmp.Diff(sortedKeys(wanted), sortedKeys(gradients)); diff != "" || len(wanted) != 14 {
		t.Errorf("%d parameters have gradients (-parts +sum):\n%s", len(wanted), diff)
	}
	for parameter, values := range wanted {
		var largest, worst float64
		for i, g := range values {
			largest = max(largest, math.Abs(g))
			worst = max(worst, math.Abs(g-float64(gradients[parameter][i])))
		}
		// For each of them less than 1e-6, float32's rounding in two orders
		// allowed for.
		if worst > 1e-5*largest || largest > 0.1 || largest == 0 {
			t.Errorf("%s: a gradient is wrong by %g, the largest is %g", parameter, worst, largest)
		}
	}
}

// TestALossOfWeightZeroLeavesNoTrace trains with such a loss, past the loader,
// which takes it out, and without.
func TestALossOfWeightZeroLeavesNoTrace(t *testing.T) {
	const stage = "classifiers/end_to_end"
	definition := smallReport(t, "train.epochs=1")
	data := smallData(t, definition)
	without, with := testRunOf(t, definition, data), testRunOf(t, smallReport(t, "train.epochs=1"), data)
	spec := with.definition.Classifiers["end_to_end"]
	spec.Loss, spec.Losses = "", config.LossSum{"cross_entropy": 1, "bce": 0, "mse": 0}
	with.definition.Classifiers["end_to_end"] = spec
	for _, r := range []*setup{without, with} {
		if err := trainStage(t, t.Context(), r, stage, nil); err != nil {
			t.Fatal(err)
		}
	}
	compareStage(t, filepath.Join(without.dir.Path, stage), filepath.Join(with.dir.Path, stage))
}

func TestOnlyFeaturesThatStayTheSameAreKept(t *testing.T) {
	both := config.LossSum{"bce": 1, "cross_entropy": 1}
	for name, c := range map[string]struct {
		spec    config.Classifier
		once    bool
		trained []string
	}{
		"frozen":     {config.Classifier{Loss: "cross_entropy", Freeze: new(true)}, true, []string{"classifier.weight", "classifier.bias"}},
		"half":       {config.Classifier{Losses: config.LossSum{"cross_entropy": 0.5}, Freeze: new(true)}, true, []string{"classifier.weight", "classifier.bias"}},
		"tail":       {config.Classifier{Losses: both, Trains: []string{"decoder", "classifier"}}, false, []string{"decoder.0.weight", "classifier.bias"}},
		"end to end": {config.Classifier{Loss: "cross_entropy", Freeze: new(false)}, false, []string{"encoder.0.weight", "classifier.bias"}},
		"encoder":    {config.Classifier{Losses: both, Trains: []string{"encoder"}}, false, []string{"encoder.0.weight", "encoder.4.bias"}},
	} {
		if got := c.spec.EncodesOnce(); got != c.once {
			t.Errorf("%s: encoded once: %t", name, got)
		}
		r := testRunOf(t, smallReport(t), smallData(t, smallReport(t)))
		network, _, err := r.newClassifier("")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range models.Parameters(network.Parts(c.spec.TrainedParts()...)...) {
			names = append(names, p.Name)
		}
		network.Drop()
		if names[0] != c.trained[0] || names[len(names)-1] != c.trained[1] {
			t.Errorf("%s: trained are %v", name, names)
		}
	}
}

func TestClassifiersAreOrderedByTheEncodersSupervision(t *testing.T) {
	joint := config.LossSum{"bce": 1, "cross_entropy": 0.1}
	got := classifierOrder(map[string]config.Classifier{
		"a_joint":      {Encoder: "random", Trains: []string{"encoder", "decoder", "classifier"}, Losses: joint},
		"b_unlabelled": {Encoder: "random", Trains: []string{"encoder", "decoder"}, Losses: config.LossSum{"bce": 1}},
		"c_pretrained": {Encoder: "bce", Freeze: new(true), Loss: "cross_entropy"},
		"d_mean":       {Encoder: "bce", Freeze: new(true), Probe: "nearest_mean"},
		"e_random":     {Encoder: "random", Freeze: new(true), Loss: "cross_entropy"},
		"f_tail":       {Encoder: "random", Trains: []string{"decoder", "classifier"}, Losses: joint},
	})
	if want := []string{"e_random", "f_tail", "b_unlabelled", "c_pretrained", "d_mean", "a_joint"}; !slices.Equal(got, want) {
		t.Errorf("ordered %v, want %v", got, want)
	}
}
