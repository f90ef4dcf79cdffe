package models

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/plan"
	"aeprobe/internal/torch"
)

// summary is a tensor's largest absolute value and four of its values.
type summary struct {
	Largest float64
	Values  []float64
}

// resnets is what testdata/resnets.py wrote.
type resnets struct {
	Networks map[string]struct {
		Images, First, Parameters int
		Initial                   map[string]struct {
			Shape  []int64
			SHA256 string
		}
		Training, Decoded, Evaluation, Evaluated summary
		Gradients, Buffers                       map[string]summary
	}
	Named []struct {
		Definition string
		Images     int
		Shapes     map[string][]int64
		Logits     summary
	}
}

func readResNets(t *testing.T) (want resnets) {
	t.Helper()
	text, err := os.ReadFile("testdata/resnets.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// newResNet is a built-in definition's classifier with seed 87.
func newResNet(t *testing.T, name string) (*Classifier, config.Model) {
	t.Helper()
	definition, err := config.Load(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newResNetOf(t, definition.Model), definition.Model
}

func newResNetOf(t *testing.T, model config.Model) *Classifier {
	t.Helper()
	c, err := NewClassifier(model, "", [3]int{3, 32, 32}, 10, generator(t), torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Drop)
	return c
}

// tinyResNet has every kind of layer of the two definitions, and shortcuts by
// convolution.
func tinyResNet() config.Model {
	conv := func(out, stride int) config.Layer {
		return config.Layer{Type: "conv2d", Out: out, Kernel: 3, Stride: stride, Padding: 1, Bias: new(false)}
	}
	norm, relu, up := config.Layer{Type: "batch_norm2d"}, config.Layer{Type: "relu"}, config.Layer{Type: "upsample", Scale: 2}
	same := func(n int) config.Layer {
		return config.Layer{Type: "residual", Layers: []config.Layer{conv(n, 1), norm, relu, conv(n, 1), norm}}
	}
	down := func(n int) config.Layer {
		return config.Layer{Type: "residual", Shortcut: config.ShortcutConv, Stride: 2,
			Layers: []config.Layer{conv(n, 2), norm, relu, conv(n, 1), norm}}
	}
	enlarge := func(in, n int) config.Layer {
		return config.Layer{Type: "residual", Shortcut: config.ShortcutUpsample, Scale: 2,
			Layers: []config.Layer{conv(in, 1), norm, relu, up, conv(n, 1), norm}}
	}
	return config.Model{Pool: "avg",
		Encoder: []config.Layer{conv(4, 1), norm, relu, same(4), down(6), down(8)},
		Decoder: []config.Layer{{Type: "avg_pool2d", Kernel: 8, Stride: 8},
			{Type: "conv_transpose2d", Out: 8, Kernel: 8, Stride: 1, Bias: new(false)}, norm, relu,
			enlarge(8, 6), enlarge(6, 4), same(4), {Type: "conv2d", Out: 3, Kernel: 3, Stride: 1, Padding: 1}, {Type: "sigmoid"}},
	}
}

// patterned are the images of resnets.py.
func patterned(t *testing.T, images, n int) *ts.Tensor {
	t.Helper()
	values := make([]float32, images*3*32*32)
	for i := range values {
		square := (i/1024*4+i/256%4)*4 + i/8%4
		values[i] = float32(3*mixed(square+1000*n)+mixed(i+1)) / 1024
	}
	x, err := torch.FromSlice(values, int64(images), 3, 32, 32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(x) })
	return x
}

// mixed are numbers from 0 to 255 without order, from whole numbers.
func mixed(i int) uint32 {
	v := uint32(i+1) * 2654435761
	return (v ^ v>>15) * 2246822519 >> 24
}

// gradientTolerance is 1e-4 but for ResNet-18, in which rounding moves a few of the
// millions of ReLUs' inputs across zero: PyTorch's own float32 is 7e-3 off there.
var gradientTolerance = map[string]float64{"tiny": rounding, "resnet20": rounding, "resnet18": 3e-2}

// near compares to a tolerance, a share of the tensor's largest value.
func near(t *testing.T, what string, tensor *ts.Tensor, want summary, tolerance float64) {
	t.Helper()
	got := numbers(t, tensor)
	difference := 0.0
	for i, w := range want.Values {
		if d := math.Abs(got[i*(len(got)-1)/(len(want.Values)-1)] - w); !(d <= difference) {
			difference = d
		}
	}
	largest := 0.0
	for _, v := range got {
		largest = max(largest, math.Abs(v))
	}
	difference = max(difference, math.Abs(largest-want.Largest))
	if !(difference <= tolerance*want.Largest) || len(want.Values) == 0 {
		t.Errorf("%s: %g from PyTorch's, whose largest is %g", what, difference, want.Largest)
	}
	worst = max(worst, difference/max(want.Largest, 1e-30))
}

// worst is the largest deviation that near has seen, for people.
var worst float64

// outputs are a classifier's logits and its decoder's images.
func outputs(t *testing.T, c *Classifier, x *ts.Tensor, m Mode) (logits, decoded *ts.Tensor) {
	t.Helper()
	maps, err := c.Encoder.Forward(x, m)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(maps)
	features, err := c.Pool(maps)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(features)
	if logits, err = c.Classify(features); err != nil {
		t.Fatal(err)
	}
	if decoded, err = c.Decoder.Forward(maps, m); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(logits, decoded) })
	return logits, decoded
}

// TestResNetsAreThoseOfPyTorch draws the weights by seed, takes one step of
// training, and then evaluates.
func TestResNetsAreThoseOfPyTorch(t *testing.T) {
	if torch.CPUCapability() == "DEFAULT" || torch.CPUCapability() == "NO AVX" {
		t.Skip("without AVX2 PyTorch itself draws other numbers")
	}
	for name, want := range readResNets(t).Networks {
		t.Run(name, func(t *testing.T) {
			worst = 0
			model := tinyResNet()
			if name != "tiny" {
				definition, err := config.Load(name, nil)
				if err != nil {
					t.Fatal(err)
				}
				model = definition.Model
			}
			c := newResNetOf(t, model)
			counted := 0
			state := c.State()
			if len(state) != len(want.Initial) {
				t.Errorf("%d tensors, PyTorch's %d", len(state), len(want.Initial))
			}
			for _, p := range state {
				w := want.Initial[p.Name]
				if shape := p.Tensor.MustSize(); !slices.Equal(shape, w.Shape) || hashOf(t, p.Tensor) != w.SHA256 {
					t.Errorf("%s %v begins with other values than PyTorch's %v", p.Name, shape, w.Shape)
				}
			}
			for _, p := range Parameters(c.Parts(config.Encoder, config.Head)...) {
				counted += int(p.Tensor.Numel())
			}
			if counted != want.Parameters {
				t.Errorf("%d parameters, PyTorch's %d", counted, want.Parameters)
			}
			for _, p := range c.Parameters() {
				p.Tensor.MustRequiresGrad_(true)
			}
			logits, decoded := outputs(t, c, patterned(t, want.Images, want.First), Training)
			near(t, "logits in training", logits, want.Training, rounding)
			near(t, "images in training", decoded, want.Decoded, rounding)
			backward(t, logits, decoded)
			for _, p := range c.Parameters() {
				gradient := p.Tensor.MustGrad(false)
				near(t, "gradient of "+p.Name, gradient, want.Gradients[p.Name], gradientTolerance[name])
				torch.Drop(gradient)
			}
			buffers := append(c.Encoder.Buffers(), c.Decoder.Buffers()...)
			if len(buffers) != len(want.Buffers) {
				t.Errorf("%d buffers, PyTorch's %d", len(buffers), len(want.Buffers))
			}
			for _, p := range buffers {
				near(t, p.Name, p.Tensor, want.Buffers[p.Name], rounding)
			}
			logits, decoded = outputs(t, c, patterned(t, want.Images, want.First+1), Evaluation)
			near(t, "logits", logits, want.Evaluation, rounding)
			near(t, "images", decoded, want.Evaluated, rounding)
			t.Logf("at most %.1g of a tensor's largest value from PyTorch", worst)
		})
	}
}

func hashOf(t *testing.T, tensor *ts.Tensor) string {
	t.Helper()
	var values any
	var err error
	if tensor.DType() == gotch.Int64 {
		values, err = torch.ToSlice[int64](tensor)
	} else {
		values, err = torch.ToSlice[float32](tensor)
	}
	hash := sha256.New()
	if err == nil {
		err = binary.Write(hash, binary.LittleEndian, values)
	}
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// backward goes back from the mean squares of both.
func backward(t *testing.T, logits, decoded *ts.Tensor) {
	t.Helper()
	var terms []*ts.Tensor
	for _, y := range []*ts.Tensor{logits, decoded} {
		square := y.MustMul(y, false)
		defer torch.Drop(square)
		terms = append(terms, square.MustMean(y.DType(), false))
	}
	loss := terms[0].MustAdd(terms[1], false)
	loss.MustBackward()
	torch.Drop(append(terms, loss)...)
}

// TestWeightsUnderStandardNames gives the encoder and the linear layer weights
// under the names of torchvision's and akamaster's ResNets.
func TestWeightsUnderStandardNames(t *testing.T) {
	for i, want := range readResNets(t).Named {
		t.Run(fmt.Sprint(want.Definition, i), func(t *testing.T) {
			c, model := newResNet(t, want.Definition)
			state := State(c.Parts(config.Encoder, config.Head)...)
			fitting := slices.DeleteFunc(StandardNames(model, state), func(named []Parameter) bool {
				return slices.ContainsFunc(named, func(p Parameter) bool {
					return !slices.Equal(p.Tensor.MustSize(), want.Shapes[p.Name])
				})
			})
			if len(fitting) != 1 || len(fitting[0]) != len(want.Shapes) {
				t.Fatalf("%d lists of names fit PyTorch's", len(fitting))
			}
			for _, p := range fitting[0] {
				if p.Tensor.DType() != gotch.Int64 {
					give(t, p.Tensor, valuesOf(p))
				}
			}
			logits, _ := outputs(t, c, patterned(t, want.Images, 0), Evaluation)
			near(t, "logits", logits, want.Logits, rounding)
		})
	}
}

// valuesOf are the values that resnets.py gives a tensor of that name.
func valuesOf(p Parameter) []float64 {
	shape := p.Tensor.MustSize()
	values := make([]float64, p.Tensor.Numel())
	for i := range values {
		v := float64((i*7919+int(crc32.ChecksumIEEE([]byte(p.Name))%1009))%1009) / 1009
		if len(shape) > 1 {
			values[i] = (v - 0.5) * 4 / math.Sqrt(float64(len(values)/int(shape[0])))
		} else {
			values[i] = v + 0.5
		}
	}
	return values
}

// TestWhatHasNoStandardNames: a decoder, and an encoder without blocks.
func TestWhatHasNoStandardNames(t *testing.T) {
	c, model := newResNet(t, "resnet20")
	if all := StandardNames(model, c.AutoEncoder.State()); all != nil {
		t.Errorf("a decoder has %d lists of standard names", len(all))
	}
	a := newLayered(t)
	if all := StandardNames(layered(), State(a.Encoder)); all != nil {
		t.Errorf("a network without blocks has %d lists of standard names", len(all))
	}
}

// TestPlansDeclineBlocks: they are trained by autograd.
func TestPlansDeclineBlocks(t *testing.T) {
	c, model := newResNet(t, "resnet20")
	if Plannable(model) {
		t.Error("a residual network passes for one that plans know")
	}
	n := &plan.Network{}
	_, err := c.Encoder.Plan(n, 0)
	var unsupported *plan.Unsupported
	if !errors.As(err, &unsupported) {
		t.Errorf("a plan of residual blocks: %v, want an Unsupported", err)
	}
}
