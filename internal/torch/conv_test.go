package torch_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sugarme/gotch/ts"
	"pgregory.net/rapid"

	"aeprobe/internal/torch"
)

// A convolution is one case: an input, a weight and a bias to convolve it with
// in two ways.
type convolution struct {
	input, weight           []int64
	transposed, relu        bool
	stride, padding, output int
	channelsLast, unbiased  bool
	trained                 [3]bool // input, weight, bias
}

func drawConvolution(t *rapid.T) convolution {
	channels := rapid.OneOf(rapid.IntRange(1, 9), rapid.SampledFrom([]int{12, 16, 17, 24, 40, 48, 130}))
	c := convolution{
		transposed:   rapid.Bool().Draw(t, "transposed"),
		relu:         rapid.Bool().Draw(t, "relu"),
		padding:      rapid.IntRange(0, 2).Draw(t, "padding"),
		channelsLast: rapid.Bool().Draw(t, "channels last"),
		unbiased:     rapid.Bool().Draw(t, "no bias"),
	}
	in, out := int64(channels.Draw(t, "in")), int64(channels.Draw(t, "out"))
	k := int64(rapid.IntRange(1, 5).Draw(t, "kernel"))
	c.stride = 1
	if k > 1 { // see small in conv.cpp
		c.stride = rapid.IntRange(1, 3).Draw(t, "stride")
	}
	c.input = []int64{int64(rapid.IntRange(1, 3).Draw(t, "images")), in,
		int64(rapid.IntRange(int(k), 9).Draw(t, "height")), int64(rapid.IntRange(int(k), 9).Draw(t, "width"))}
	c.weight = []int64{out, in, k, k}
	if c.transposed {
		c.weight = []int64{in, out, k, k}
		c.output = rapid.IntRange(0, c.stride-1).Draw(t, "output padding")
	}
	for i := range c.trained {
		c.trained[i] = rapid.Bool().Draw(t, "trained")
	}
	c.trained[rapid.IntRange(0, 2).Draw(t, "trained at least")] = true
	if c.unbiased && c.trained[2] {
		c.trained = [3]bool{true, true, false}
	}
	return c
}

// leaves are an input, a weight and a bias, nil where there is none, of the
// numbers that seed gives, all of them positive: where nothing cancels, rounding stays small. With a ReLU
// they are small whole numbers of either sign: nothing is rounded, so that what
// is positive does not depend on it.
func (c convolution) leaves(t rapid.TB, seed uint64) []*ts.Tensor {
	random := rand.New(rand.NewPCG(seed, 0))
	out := c.weight[0]
	if c.transposed {
		out = c.weight[1]
	}
	var leaves []*ts.Tensor
	for i, shape := range [][]int64{c.input, c.weight, {out}} {
		if i == 2 && c.unbiased {
			return append(leaves, nil)
		}
		n := 1
		for _, size := range shape {
			n *= int(size)
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = random.Float32()
			if c.relu {
				values[i] = float32(random.IntN(5) - 2)
			}
		}
		leaf, err := torch.FromSlice(values, shape...)
		if err != nil {
			t.Fatal(err)
		}
		if c.channelsLast && len(shape) == 4 {
			last, err := torch.ChannelsLast(leaf)
			if err != nil {
				t.Fatal(err)
			}
			torch.Drop(leaf)
			leaf = last
		}
		if c.trained[i] {
			leaf = leaf.MustSetRequiresGrad(true, true)
		}
		leaves = append(leaves, leaf)
	}
	return leaves
}

func (c convolution) ours(l []*ts.Tensor) (*ts.Tensor, error) {
	if c.transposed {
		return torch.ConvTranspose2d(l[0], l[1], l[2], c.stride, c.padding, c.output, c.relu)
	}
	return torch.Conv2d(l[0], l[1], l[2], c.stride, c.padding, c.relu)
}

func (c convolution) libtorchs(l []*ts.Tensor) (*ts.Tensor, error) {
	both := func(n int) []int64 { return []int64{int64(n), int64(n)} }
	var out *ts.Tensor
	var err error
	bias := l[2]
	if bias == nil {
		bias = ts.None
	}
	if c.transposed {
		out, err = ts.ConvTranspose2d(l[0], l[1], bias, both(c.stride), both(c.padding), both(c.output), 1, both(1))
	} else {
		out, err = ts.Conv2d(l[0], l[1], bias, both(c.stride), both(c.padding), both(1), 1)
	}
	if err != nil || !c.relu {
		return out, err
	}
	return out.Relu(true)
}

// results are the convolution's values, and then the gradients of the trained
// leaves for the mean square of the values.
func (c convolution) results(t rapid.TB, leaves []*ts.Tensor, convolve func([]*ts.Tensor) (*ts.Tensor, error)) ([][]float32, error) {
	out, err := convolve(leaves)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(out)
	square := out.MustMul(out, false)
	defer torch.Drop(square)
	loss := square.MustMean(out.DType(), false)
	defer torch.Drop(loss)
	loss.MustBackward()
	values, err := torch.ToSlice[float32](out)
	if err != nil {
		t.Fatal(err)
	}
	all := [][]float32{values}
	for i, leaf := range leaves {
		if !c.trained[i] {
			continue
		}
		gradient := leaf.MustGrad(false)
		values, err := torch.ToSlice[float32](gradient)
		torch.Drop(gradient)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values)
	}
	return all, nil
}

// compare compares values and gradients with libtorch's, and which arguments
// make no sense.
func (c convolution) compare(t rapid.TB, seed uint64) {
	a, b := c.leaves(t, seed), c.leaves(t, seed)
	defer torch.Drop(append(a, b...)...)
	got, err := c.results(t, a, c.ours)
	want, wantErr := c.results(t, b, c.libtorchs)
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("error %v, libtorch's %v", err, wantErr)
	}
	if len(got) != len(want) {
		t.Fatalf("%d results, libtorch's %d", len(got), len(want))
	}
	for i := range want {
		if distance := relativeDistance(got[i], want[i]); distance > 1e-4 {
			t.Errorf("%+v: result %d is %g from libtorch's", c, i, distance)
		}
	}
}

func TestConvolutionsAreThoseOfLibtorch(t *testing.T) {
	pin(t)
	rapid.Check(t, func(t *rapid.T) {
		drawConvolution(t).compare(t, rapid.Uint64().Draw(t, "seed"))
	})
}

// relativeDistance is the greatest difference over the greatest value.
func relativeDistance(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var difference, greatest float64
	for i := range want {
		// NaN in either counts as infinitely far.
		if d := math.Abs(float64(got[i]) - float64(want[i])); d > difference || math.IsNaN(d) {
			difference = d
		}
		greatest = max(greatest, math.Abs(float64(want[i])))
	}
	if math.IsNaN(difference) {
		return math.Inf(1)
	}
	return difference / max(greatest, 1e-6)
}

// TestReLUKeepsWhatIsNotANumber: a ReLU that made 0 of it would hide a loss that
// is not finite.
func TestReLUKeepsWhatIsNotANumber(t *testing.T) {
	x := tensor(t, []float32{float32(math.NaN()), -1}, 2, 1, 1, 1)
	w, b := tensor(t, []float32{1}, 1, 1, 1, 1), tensor(t, []float32{0})
	for name, convolve := range map[string]func() (*ts.Tensor, error){
		"convolution":            func() (*ts.Tensor, error) { return torch.Conv2d(x, w, b, 1, 0, true) },
		"transposed convolution": func() (*ts.Tensor, error) { return torch.ConvTranspose2d(x, w, b, 1, 0, 0, true) },
	} {
		out, err := convolve()
		if err != nil {
			t.Fatal(err)
		}
		values, err := torch.ToSlice[float32](out)
		torch.Drop(out)
		if err != nil || !math.IsNaN(float64(values[0])) || values[1] != 0 {
			t.Errorf("%s: %v, %v; want NaN and 0", name, values, err)
		}
	}
}

// TestConvolutionRefusesWhatLibtorchRefuses gives shapes that do not fit.
func TestConvolutionRefusesWhatLibtorchRefuses(t *testing.T) {
	x := tensor(t, make([]float32, 2*3*4*4), 2, 3, 4, 4)
	for name, weight := range map[string][]int64{
		"channels":           {5, 4, 3, 3},
		"kernel past images": {5, 3, 9, 9},
	} {
		size := weight[0] * weight[1] * weight[2] * weight[3]
		w, b := tensor(t, make([]float32, size), weight...), tensor(t, make([]float32, 5))
		out, err := torch.Conv2d(x, w, b, 1, 0, false)
		if err == nil {
			torch.Drop(out)
			t.Errorf("%s: a convolution with a weight of shape %v came out", name, weight)
		} else if strings.Contains(err.Error(), "Exception raised from") {
			t.Errorf("%s: a backtrace is in %q", name, err)
		}
	}
}
