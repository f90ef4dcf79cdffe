package aggregation

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/models"
)

// Settings of a training. Its images are counted from 0.
type Settings struct {
	// Images is how many there are, N; Width is an embedding's, D. Both are 1 or
	// more.
	Images, Width int
	// Temperature t, above 0.
	Temperature float64
	// Momentum is the share of a row of the bank that an update keeps, from 0 to
	// less than 1.
	Momentum float64
	// Background is how many nearest neighbours an image has, 1 to Images.
	Background int
	// Clusterings is how many there are, each of so many Clusters, 1 to Images,
	// found in so many Iterations of k-means; all 1 or more.
	Clusterings, Clusters, Iterations int
	// Noise is how many images instance recognition tells an image from, 1 or
	// more.
	Noise int
	// Seed of all that is drawn: the bank at random, noise, and where clusters
	// start.
	Seed uint64
}

// An Aggregator holds the memory bank and the clusterings, and computes losses of
// a batch. Losses of parts of a batch may be computed at once, on several
// threads.
type Aggregator struct {
	Settings
	device torch.Device
	// What the next step depends on.
	bank *ts.Tensor // float32 [N, D], rows of length 1
	// clusters are each image's, by clustering: int64 [N, H], from 0.
	clusters *ts.Tensor
	// epoch, int64 [1], from 1, counts what is drawn.
	epoch *ts.Tensor
	// found are counts of each image's close neighbours in this epoch's
	// background: float32 [N, 3], see note.
	found *ts.Tensor

	// newest are embeddings on their way to the bank: float32 [N, D].
	newest *ts.Tensor
	labels *ts.Tensor // int64 [N], for found alone
	draws  *draws
	*scalars
	made ops
}

// scalars live as long as the aggregator: gotch frees one as soon as Go no longer
// refers to it, even in the midst of a call.
type scalars struct {
	two, tiny, sharpness, kept, fresh, epsilon, shift, constant *ts.Scalar
}

// epsilon keeps logarithms and quotients finite, as in the paper's code.
const epsilon = 1e-7

// New makes an aggregator, whose bank is empty until FillRandomly or Fill. The
// labels are one per image. Drop frees it.
func New(s Settings, labels []byte, device torch.Device) (*Aggregator, error) {
	if err := s.check(len(labels)); err != nil {
		return nil, err
	}
	a := &Aggregator{Settings: s, device: device}
	n, d := int64(s.Images), int64(s.Width)
	zeros := func(kind gotch.DType, shape ...int64) *ts.Tensor {
		return a.made.Do(func() (*ts.Tensor, error) { return ts.Zeros(shape, kind, device.Gotch()) })
	}
	a.bank, a.newest = zeros(gotch.Float, n, d), zeros(gotch.Float, n, d)
	a.clusters = zeros(gotch.Int64, n, int64(s.Clusterings))
	a.epoch = zeros(gotch.Int64, 1)
	a.found = zeros(gotch.Float, n, 3)
	wide := make([]int64, len(labels))
	for i, label := range labels {
		wide[i] = int64(label)
	}
	a.labels = zeros(gotch.Int64, n)
	a.made.run(func() error { return fill(a.labels, wide, n) })
	a.draws = newDraws(&a.made, s, device)
	ratio := float64(s.Noise) / float64(s.Images)
	a.scalars = &scalars{
		two: ts.FloatScalar(2), tiny: ts.FloatScalar(1e-12), sharpness: ts.FloatScalar(1 / s.Temperature),
		kept: ts.FloatScalar(s.Momentum), fresh: ts.FloatScalar(1 - s.Momentum), epsilon: ts.FloatScalar(epsilon),
		shift:    ts.FloatScalar(-logPartition(s) - math.Log(ratio+epsilon)),
		constant: ts.FloatScalar(float64(s.Noise) * (math.Log(ratio+epsilon) - math.Log(ratio))),
	}
	if a.made.Err != nil {
		a.Drop()
		return nil, a.made.Err
	}
	return a, nil
}

func (s Settings) check(labels int) error {
	switch {
	case s.Images < 1 || s.Width < 1 || labels != s.Images:
		return fmt.Errorf("aggregation of %d images, %d labels, embeddings of %d numbers: there must be some, and a label for each image", s.Images, labels, s.Width)
	case !(s.Temperature > 0) || !(s.Momentum >= 0 && s.Momentum < 1):
		return fmt.Errorf("aggregation at temperature %v and momentum %v: set one above 0, and one from 0 to less than 1", s.Temperature, s.Momentum)
	case s.Background < 1 || s.Background > s.Images || s.Clusters < 1 || s.Clusters > s.Images:
		return fmt.Errorf("aggregation with a background of %d and %d clusters: set 1 to %d, the number of images", s.Background, s.Clusters, s.Images)
	case s.Clusterings < 1 || s.Iterations < 1 || s.Noise < 1:
		return fmt.Errorf("aggregation with %d clusterings, %d iterations and %d noise images: set 1 or more", s.Clusterings, s.Iterations, s.Noise)
	}
	return nil
}

// State is what a checkpoint must hold for the next step.
func (a *Aggregator) State() []models.Parameter {
	return []models.Parameter{{Name: "bank", Tensor: a.bank}, {Name: "bank.clusters", Tensor: a.clusters},
		{Name: "bank.epoch", Tensor: a.epoch}, {Name: "bank.found", Tensor: a.found}}
}

// Drop frees the aggregator.
func (a *Aggregator) Drop() { a.made.Drop() }

// Normalize scales each row of x, float32 [B, D], to length 1; a row of zeros
// stays. The caller drops the result.
func (a *Aggregator) Normalize(x *ts.Tensor) (*ts.Tensor, error) {
	var o ops
	defer o.Drop()
	length := o.Do(func() (*ts.Tensor, error) { return x.NormScalaroptDim(a.two, []int64{1}, true, false) })
	length = torch.Apply(&o, length.ClampMin, a.tiny)
	if o.Err != nil {
		return nil, o.Err
	}
	return x.Div(length, false)
}

// Fill sets the bank to all images' embeddings, float32 [N, D] of length 1.
func (a *Aggregator) Fill(embeddings *ts.Tensor) error { return torch.Copy(a.bank, embeddings) }

// FillRandomly sets the bank to directions that are all equally likely, as the
// paper's code starts. logPartition counts on that.
func (a *Aggregator) FillRandomly() error {
	random := rand.New(rand.NewPCG(a.Seed, 0))
	values := make([]float32, a.Images*a.Width)
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	var o ops
	defer o.Drop()
	made := o.Do(func() (*ts.Tensor, error) { return torch.FromSlice(values, int64(a.Images), int64(a.Width)) })
	unit := o.Do(func() (*ts.Tensor, error) { return a.Normalize(made) })
	o.run(func() error { return torch.Copy(a.bank, unit) })
	return o.Err
}

// Remember mixes the embeddings that the losses were last computed of, those at
// index, int64 [B], into the bank, which is read again by the next loss: the
// paper's code does so after the optimizer's step, too.
func (a *Aggregator) Remember(index *ts.Tensor) error {
	var o ops
	defer o.Drop()
	o.withoutGradient(func() {
		old, newest := o.rows(a.bank, index), o.rows(a.newest, index)
		old, newest = torch.Apply(&o, old.MulScalar, a.kept), torch.Apply(&o, newest.MulScalar, a.fresh)
		mixed := torch.Apply(&o, old.Add, newest)
		unit := o.Do(func() (*ts.Tensor, error) { return a.Normalize(mixed) })
		o.setRows(a.bank, index, unit)
	})
	return o.Err
}

// present keeps a batch's embeddings, v, for Remember, and is the logarithms of
// the probabilities of all images up to Z, float32 [B, N].
func (a *Aggregator) present(o *ops, v, index *ts.Tensor) *ts.Tensor {
	o.withoutGradient(func() {
		constant := torch.Alone(o, v.Detach)
		o.setRows(a.newest, index, constant)
	})
	sharp := torch.Apply(o, v.MulScalar, a.sharpness)
	down := torch.Alone(o, a.bank.T)
	return torch.Apply(o, sharp.Mm, down)
}

// fill sets t to values.
func fill[T torch.Element](t *ts.Tensor, values []T, shape ...int64) error {
	made, err := torch.FromSlice(values, shape...)
	if err != nil {
		return err
	}
	defer torch.Drop(made)
	return torch.Copy(t, made)
}
