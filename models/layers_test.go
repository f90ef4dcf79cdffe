package models

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// TestEveryLayerHasItsModule holds the names that a definition may use against
// the modules.
func TestEveryLayerHasItsModule(t *testing.T) {
	names := config.LayerTypes()
	slices.Sort(names)
	if diff := cmp.Diff(names, slices.Sorted(maps.Keys(constructors()))); diff != "" {
		t.Errorf("layers without module (-), modules without layer (+):\n%s", diff)
	}
}

// layered is the network of testdata/layers.py.
func layered() config.Model {
	no := new(false)
	return config.Model{Pool: "avg",
		Encoder: []config.Layer{
			{Type: "conv2d", Out: 4, Kernel: 3, Stride: 1, Padding: 1, Bias: no}, {Type: "batch_norm2d"}, {Type: "relu"},
			{Type: "conv2d", Out: 5, Kernel: 2, Stride: 1}, {Type: "max_pool2d", Kernel: 3, Stride: 2, Padding: 1}, {Type: "relu"},
			{Type: "batch_norm2d"}, {Type: "conv2d", Out: 4, Kernel: 1, Stride: 1}, {Type: "relu"}},
		Decoder: []config.Layer{
			{Type: "conv_transpose2d", Out: 3, Kernel: 4, Stride: 2, Padding: 1, Bias: no}, {Type: "relu"}, {Type: "batch_norm2d"},
			{Type: "conv_transpose2d", Out: 3, Kernel: 3, Stride: 1, Padding: 1}, {Type: "sigmoid"}},
	}
}

// list is a tensor of testdata/layers.json.
type list struct {
	Shape  []int64
	Values []float64
}

// expected is what PyTorch makes of layered.
type expected struct {
	Initial, Gradients, Buffers map[string]list
	Training, Evaluation        []float64
}

func readExpected(t *testing.T) (want expected) {
	t.Helper()
	text, err := os.ReadFile("testdata/layers.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// newLayered makes the network of layered with seed 87.
func newLayered(t *testing.T) *AutoEncoder {
	t.Helper()
	a, err := NewAutoEncoder(layered(), [3]int{3, 6, 6}, generator(t), torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Drop)
	return a
}

func generator(t *testing.T) *torch.Generator {
	t.Helper()
	g, err := torch.NewGenerator(87)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// batch is that of layers.py.
func batch(t *testing.T, n int) *ts.Tensor {
	t.Helper()
	values := make([]float32, 2*3*6*6)
	for i := range values {
		values[i] = float32((i*i*7+i*(3+n))%64) / 64
	}
	x, err := torch.FromSlice(values, 2, 3, 6, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(x) })
	return x
}

// numbers copies a float32 or int64 tensor.
func numbers(t *testing.T, tensor *ts.Tensor) []float64 {
	t.Helper()
	if values, err := torch.ToSlice[int64](tensor); err == nil {
		return convert(values)
	}
	values, err := torch.ToSlice[float32](tensor)
	if err != nil {
		t.Fatal(err)
	}
	return convert(values)
}

func convert[T int64 | float32](values []T) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = float64(v)
	}
	return all
}

// Rounding comes to some 1e-6 of a tensor's largest value, and to more of a
// gradient, most of which batch norm cancels.
const rounding, gradientRounding = 1e-4, 1e-3

// compare compares to a tolerance, a share of the largest value.
func compare(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s: %d values, PyTorch's %d", what, len(got), len(want))
		return
	}
	largest, difference := 0.0, 0.0
	for i := range want {
		largest = max(largest, math.Abs(want[i]))
		if d := math.Abs(got[i] - want[i]); !(d <= difference) {
			difference = d
		}
	}
	if !(difference <= tolerance*largest) {
		t.Errorf("%s: %g from PyTorch's, whose largest is %g", what, difference, largest)
	}
}

func compareAll(t *testing.T, parameters []Parameter, want map[string]list, tolerance float64) {
	t.Helper()
	if len(parameters) != len(want) {
		t.Errorf("%d tensors, PyTorch's %d", len(parameters), len(want))
	}
	for _, p := range parameters {
		w, ok := want[p.Name]
		if !ok {
			t.Errorf("PyTorch has no %s", p.Name)
			continue
		}
		if shape := p.Tensor.MustSize(); fmt.Sprint(shape) != fmt.Sprint(w.Shape) {
			t.Errorf("%s is %v, PyTorch's %v", p.Name, shape, w.Shape)
		}
		if strings.HasSuffix(p.Name, "num_batches_tracked") {
			if got := numbers(t, p.Tensor); !slices.Equal(got, w.Values) {
				t.Errorf("%s is %v, PyTorch's %v", p.Name, got, w.Values)
			}
			continue
		}
		compare(t, p.Name, numbers(t, p.Tensor), w.Values, tolerance)
	}
}

// TestLayersAreThoseOfPyTorch takes PyTorch's first weights, goes forward three
// times and back once in training, and then evaluates.
func TestLayersAreThoseOfPyTorch(t *testing.T) {
	want := readExpected(t)
	a := newLayered(t)
	compareInitial(t, a, want.Initial)
	for _, p := range a.State() {
		give(t, p.Tensor, want.Initial[p.Name].Values)
	}
	for _, p := range a.Parameters() {
		p.Tensor.MustRequiresGrad_(true)
	}
	var y *ts.Tensor
	for n := range 3 {
		torch.Drop(y)
		y = forward(t, a, batch(t, n), Training)
	}
	defer torch.Drop(y)
	compare(t, "training", numbers(t, y), want.Training, rounding)
	square := y.MustMul(y, false)
	defer torch.Drop(square)
	loss := square.MustMean(y.DType(), false)
	defer torch.Drop(loss)
	loss.MustBackward()
	var gradients []Parameter
	for _, p := range a.Parameters() {
		gradient := p.Tensor.MustGrad(false)
		defer torch.Drop(gradient)
		gradients = append(gradients, Parameter{p.Name, gradient})
	}
	compareAll(t, gradients, want.Gradients, gradientRounding)
	compareAll(t, append(a.Encoder.Buffers(), a.Decoder.Buffers()...), want.Buffers, rounding)
	evaluated := forward(t, a, batch(t, 0), Evaluation)
	defer torch.Drop(evaluated)
	compare(t, "evaluation", numbers(t, evaluated), want.Evaluation, rounding)
}

// compareInitial compares to the bit: batch norm must not draw from the
// generator.
func compareInitial(t *testing.T, a *AutoEncoder, want map[string]list) {
	t.Helper()
	if torch.CPUCapability() == "DEFAULT" || torch.CPUCapability() == "NO AVX" {
		return // there PyTorch itself draws other numbers
	}
	compareAll(t, a.State(), want, rounding)
	for _, p := range a.State() {
		for i, v := range numbers(t, p.Tensor) {
			if float32(v) != float32(want[p.Name].Values[i]) {
				t.Errorf("%s begins with other values than PyTorch's", p.Name)
				break
			}
		}
	}
}

// give gives a float32 or int64 tensor its values.
func give(t *testing.T, into *ts.Tensor, values []float64) {
	t.Helper()
	spec, err := SpecOf(into)
	if err != nil {
		t.Fatal(err)
	}
	floats, integers := make([]float32, len(values)), make([]int64, len(values))
	for i, v := range values {
		floats[i], integers[i] = float32(v), int64(v)
	}
	array := weights.Float32s(spec.Shape, floats)
	if spec.DType == weights.I64 {
		array = weights.Int64s(spec.Shape, integers)
	}
	if err := Set(into, array); err != nil {
		t.Fatal(err)
	}
}

func forward(t *testing.T, a *AutoEncoder, x *ts.Tensor, m Mode) *ts.Tensor {
	t.Helper()
	y, err := a.Forward(x, m)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// TestPlannedLayers holds the list of layers that plans compute against the
// modules themselves.
func TestPlannedLayers(t *testing.T) {
	var can []string
	for name := range constructors() {
		spec := config.Layer{Type: name}
		switch name {
		case "residual":
			spec.Layers = []config.Layer{{Type: "relu"}}
		case "conv2d", "conv_transpose2d":
			spec.Out = 3
			fallthrough
		case "max_pool2d", "avg_pool2d":
			spec.Kernel, spec.Stride = 1, 1
		}
		g, err := torch.NewGenerator(1)
		if err != nil {
			t.Fatal(err)
		}
		_, m, err := newModule(constructors(), spec, [3]int{3, 4, 4}, g)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, is := m.(planner); is {
			can = append(can, name)
		}
		m.Drop()
	}
	slices.Sort(can)
	if !slices.Equal(can, plannedLayers) {
		t.Errorf("modules %v can be planned, the list has %v", can, plannedLayers)
	}
}
