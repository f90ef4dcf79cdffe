package torch_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sugarme/gotch/ts"
	"pgregory.net/rapid"

	"aeprobe/internal/torch"
)

// TestBinaryCrossEntropyIsThatOfLibtorch compares the loss, and its gradient
// by the logits, with what libtorch computes with float64.
func TestBinaryCrossEntropyIsThatOfLibtorch(t *testing.T) {
	pin(t)
	libtorchs := func(logits, targets *ts.Tensor) (*ts.Tensor, error) {
		const mean = 1
		return logits.BinaryCrossEntropyWithLogits(targets, ts.None, ts.None, mean, false)
	}
	rapid.Check(t, func(t *rapid.T) {
		logits := rapid.SliceOfN(rapid.Float32Range(-120, 120), 1, 600).Draw(t, "logits")
		targets := rapid.SliceOfN(rapid.Float32Range(0, 1), len(logits), len(logits)).Draw(t, "targets")
		got, gotGradient := lossAndGradient(t, torch.BinaryCrossEntropyWithLogits, logits, targets)
		want, wantGradient := lossAndGradient(t, libtorchs, float64s(logits), float64s(targets))
		// x - x t loses what x has before it: two roundings of a number as large as x, and
		// the loss is doubled.
		var largest float64
		for _, x := range logits {
			largest += math.Abs(float64(x)) / float64(len(logits))
		}
		if allowed := 1e-6*max(want, 1e-3) + 4*0x1p-24*largest; math.Abs(got-want) > allowed {
			t.Errorf("loss %g, libtorch's %g", got, want)
		}
		for i := range wantGradient {
			if math.Abs(float64(gotGradient[i])-wantGradient[i])*float64(len(logits)) > 1e-6 {
				t.Errorf("gradient %g by logit %g with target %g, libtorch's %g", gotGradient[i], logits[i], targets[i], wantGradient[i])
			}
		}
	})
}

// TestBinaryCrossEntropyOfSigmoidIsThatOfPyTorch compares single losses and
// gradients, and many together, with what bench/pytorch/expected.py wrote down.
func TestBinaryCrossEntropyOfSigmoidIsThatOfPyTorch(t *testing.T) {
	pin(t)
	var want struct {
		Elements struct {
			Logits []float32
			Rows   []struct {
				Target            float32
				Losses, Gradients []float64
			}
		}
	}
	readExpected(t, "bce.json", &want)
	if len(want.Elements.Rows) == 0 {
		t.Error("nothing was compared")
	}
	for _, row := range want.Elements.Rows {
		var mean float64
		targets := slices.Repeat([]float32{row.Target}, len(row.Losses))
		all, gradients := lossAndGradient(t, torch.BinaryCrossEntropyOfSigmoid, want.Elements.Logits, targets)
		for i, x := range want.Elements.Logits {
			loss, gradient := lossAndGradient(t, torch.BinaryCrossEntropyOfSigmoid, []float32{x}, []float32{row.Target})
			mean += row.Losses[i] / float64(len(row.Losses))
			if !(math.Abs(loss/2-row.Losses[i]) <= 1e-5*max(row.Losses[i], 0.1)) {
				t.Errorf("loss %g of logit %g with target %g, PyTorch's %g", loss/2, x, row.Target, row.Losses[i])
			}
			for _, g := range []float64{float64(gradient[0]) / 2, float64(gradients[i]) / 2 * float64(len(row.Losses))} {
				if !(math.Abs(g-row.Gradients[i]) <= 1e-6) {
					t.Errorf("gradient %g by logit %g with target %g, PyTorch's %g", g, x, row.Target, row.Gradients[i])
				}
			}
		}
		if !(math.Abs(all/2-mean) <= 1e-5*mean) {
			t.Errorf("mean loss %g with target %g, PyTorch's %g", all/2, row.Target, mean)
		}
	}
}

// TestBinaryCrossEntropyOfSigmoidIsThatOfLibtorch compares as the fixture does,
// with whatever logits and targets, and as many.
func TestBinaryCrossEntropyOfSigmoidIsThatOfLibtorch(t *testing.T) {
	pin(t)
	libtorchs := func(logits, targets *ts.Tensor) (*ts.Tensor, error) {
		const mean = 1
		sigmoid := logits.MustSigmoid(false)
		defer torch.Drop(sigmoid)
		return sigmoid.BinaryCrossEntropy(targets, ts.None, mean, false)
	}
	rapid.Check(t, func(t *rapid.T) {
		// From -88.8 to -87.3 the sigmoid is no normal number, and flushed.
		logit := rapid.OneOf(rapid.Float32Range(-87, 120), rapid.Float32Range(-200, -89), rapid.Float32Range(5, 18))
		logits := rapid.SliceOfN(logit, 1, 600).Draw(t, "logits")
		targets := rapid.SliceOfN(rapid.Float32Range(0, 1), len(logits), len(logits)).Draw(t, "targets")
		got, gotGradient := lossAndGradient(t, torch.BinaryCrossEntropyOfSigmoid, logits, targets)
		want, wantGradient := lossAndGradient(t, libtorchs, logits, targets)
		if !(math.Abs(got-want) <= 1e-5*max(want, 0.1)) {
			t.Errorf("loss %g, libtorch's %g", got, want)
		}
		for i := range wantGradient {
			if !(math.Abs(float64(gotGradient[i])-float64(wantGradient[i]))*float64(len(logits)) <= 2e-6) {
				t.Errorf("gradient %g by logit %g with target %g, libtorch's %g", gotGradient[i], logits[i], targets[i], wantGradient[i])
			}
		}
	})
}

// TestBinaryCrossEntropiesAreOneBelowSaturation: where a sigmoid is not near 1,
// both forms give the same bits, as runs did before there were two.
func TestBinaryCrossEntropiesAreOneBelowSaturation(t *testing.T) {
	pin(t)
	rapid.Check(t, func(t *rapid.T) {
		logits := rapid.SliceOfN(rapid.Float32Range(-26.9, 5.9), 1, 2000).Draw(t, "logits")
		targets := rapid.SliceOfN(rapid.Float32Range(0, 1), len(logits), len(logits)).Draw(t, "targets")
		clamped, clampedGradient := lossAndGradient(t, torch.BinaryCrossEntropyOfSigmoid, logits, targets)
		exact, exactGradient := lossAndGradient(t, torch.BinaryCrossEntropyWithLogits, logits, targets)
		if clamped != exact || !slices.Equal(clampedGradient, exactGradient) {
			t.Errorf("losses %v and %v of %d logits", clamped, exact, len(logits))
		}
	})
}

func float64s(values []float32) []float64 {
	var wide []float64
	for _, v := range values {
		wide = append(wide, float64(v))
	}
	return wide
}

// lossAndGradient gives them for twice the loss.
func lossAndGradient[T torch.Element](t rapid.TB, loss func(logits, targets *ts.Tensor) (*ts.Tensor, error), logits, targets []T) (float64, []T) {
	t.Helper()
	must := func(x *ts.Tensor, err error) *ts.Tensor {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := must(torch.FromSlice(logits, int64(len(logits))))
	defer torch.Drop(x)
	y := must(torch.FromSlice(targets, int64(len(targets))))
	defer torch.Drop(y)
	without := must(loss(x, y))
	defer torch.Drop(without)
	x.MustRequiresGrad_(true)
	with := must(loss(x, y))
	defer torch.Drop(with)
	twice := with.MustMulScalar(ts.FloatScalar(2), false)
	defer torch.Drop(twice)
	if err := twice.Backward(); err != nil {
		t.Fatal(err)
	}
	gradient := x.MustGrad(false)
	defer torch.Drop(gradient)
	values, err := torch.ToSlice[T](gradient)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := without.Float64Values()[0], with.Float64Values()[0]; a != b && !(math.IsNaN(a) && math.IsNaN(b)) {
		t.Errorf("loss %g, recorded for back-propagation %g", a, b)
	}
	return twice.Float64Values()[0], values
}

// TestBinaryCrossEntropyOfNoNumber: a loss that is not finite ends a training.
// PyTorch's sigmoid of an infinite logit is 0 or 1.
func TestBinaryCrossEntropyOfNoNumber(t *testing.T) {
	pin(t)
	infinite := math.Inf(1)
	for _, n := range []int{1, 20} { // a rest of a vector, and in a vector
		for _, c := range []struct{ x, clamped, exact float64 }{
			{math.NaN(), math.NaN(), math.NaN()},
			{infinite, 100, infinite},
			{-infinite, 0, math.NaN()}, // 0 times infinity
		} {
			logits := slices.Repeat([]float32{-200}, n) // whose loss is 0
			logits[0] = float32(c.x)
			for name, want := range map[string]float64{"clamped": c.clamped / float64(n), "exact": c.exact} {
				of := torch.BinaryCrossEntropyOfSigmoid
				if name == "exact" {
					of = torch.BinaryCrossEntropyWithLogits
				}
				got, _ := lossAndGradient(t, of, logits, make([]float32, n))
				switch {
				case math.Abs(want) <= 100 && !(math.Abs(got/2-want) <= 1e-6):
					t.Errorf("%s loss %g of %d logits of which one is %g, want %g", name, got/2, n, c.x, want)
				case !(math.Abs(want) <= 100) && !math.IsNaN(got) && !math.IsInf(got, 0):
					t.Errorf("%s loss %g of %d logits of which one is %g", name, got/2, n, c.x)
				}
			}
		}
	}
}

// TestLinearCrossEntropyIsThatOfLibtorch compares the loss, and its gradients
// by features, weight and bias.
func TestLinearCrossEntropyIsThatOfLibtorch(t *testing.T) {
	pin(t)
	rapid.Check(t, func(t *rapid.T) {
		n, in, classes := rapid.IntRange(1, 20).Draw(t, "n"), rapid.IntRange(1, 50).Draw(t, "in"), rapid.IntRange(1, 12).Draw(t, "classes")
		labels := rapid.SliceOfN(rapid.Int64Range(0, int64(classes)-1), n, n).Draw(t, "labels")
		seed := rapid.Uint64().Draw(t, "seed")
		libtorchs := func(features, weight, bias, labels *ts.Tensor) (*ts.Tensor, error) {
			const mean, ignoreNothing, noSmoothing = 1, -100, 0
			logits := ts.MustLinear(features, weight, bias)
			return logits.CrossEntropyLoss(labels, ts.None, mean, ignoreNothing, noSmoothing, true)
		}
		got := linearResults(t, torch.LinearCrossEntropy, seed, labels, int64(in), int64(classes))
		want := linearResults(t, libtorchs, seed, labels, int64(in), int64(classes))
		for i := range want {
			// A small loss is what is left of greater numbers.
			if d := relativeDistance(append(got[i], 1), append(want[i], 1)); d > 1e-5 {
				t.Errorf("result %d is %g from libtorch's", i, d)
			}
		}
	})
}

// linearResults are twice the loss and its gradients, for values of seed.
func linearResults(t *rapid.T, loss func(features, weight, bias, labels *ts.Tensor) (*ts.Tensor, error), seed uint64, labels []int64, in, classes int64) [][]float32 {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	var inputs []*ts.Tensor
	for _, shape := range [][]int64{{int64(len(labels)), in}, {classes, in}, {classes}} {
		values := make([]float32, shape[0]*append(shape, 1)[1])
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
		x, err := torch.FromSlice(values, shape...)
		if err != nil {
			t.Fatal(err)
		}
		defer torch.Drop(x)
		x.MustRequiresGrad_(true)
		inputs = append(inputs, x)
	}
	y, err := torch.FromSlice(labels, int64(len(labels)))
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(y)
	once, err := loss(inputs[0], inputs[1], inputs[2], y)
	if err != nil {
		t.Fatal(err)
	}
	twice := once.MustMulScalar(ts.FloatScalar(2), true)
	defer torch.Drop(twice)
	if err := twice.Backward(); err != nil {
		t.Fatal(err)
	}
	results := [][]float32{{float32(twice.Float64Values()[0])}}
	for _, x := range inputs {
		gradient := x.MustGrad(false)
		defer torch.Drop(gradient)
		values, err := torch.ToSlice[float32](gradient)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, values)
	}
	return results
}

func TestLinearCrossEntropyRefusesLabelsThatAreNoClass(t *testing.T) {
	features, weight, bias := tensor(t, make([]float32, 6), 2, 3), tensor(t, make([]float32, 12), 4, 3), tensor(t, make([]float32, 4))
	for _, label := range []int64{-1, 4} {
		if _, err := torch.LinearCrossEntropy(features, weight, bias, tensor(t, []int64{0, label})); err == nil {
			t.Errorf("label %d of 4 classes was taken", label)
		}
	}
}
