package models

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// TestReLUsAreComputedWithTheLayerBefore: a convolution and its ReLU are one
// call, which is decided when the network is made.
func TestReLUsAreComputedWithTheLayerBefore(t *testing.T) {
	a := newLayered(t)
	places := func(s *Sequential) (all []int) {
		for _, step := range s.steps {
			all = append(all, step.at)
		}
		return all
	}
	if diff := cmp.Diff([]int{0, 1, 3, 4, 6, 7}, places(a.Encoder.module.(*Sequential))); diff != "" {
		t.Errorf("the encoder's steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 2, 3, 4}, places(a.Decoder.module.(*Sequential))); diff != "" {
		t.Errorf("the decoder's steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 2, 3}, places(a.logits)); diff != "" {
		t.Errorf("the steps to the logits (-want +got):\n%s", diff)
	}
	// One by one, modules give the same: ReLUs round nothing.
	x := batch(t, 0)
	y := forward(t, a, x, Evaluation)
	defer torch.Drop(y)
	z := x.MustShallowClone()
	for _, p := range a.parts() {
		for _, m := range p.module.(*Sequential).modules {
			next, err := m.Forward(z, Evaluation)
			if err != nil {
				t.Fatal(err)
			}
			torch.Drop(z)
			z = next
		}
	}
	defer torch.Drop(z)
	compare(t, "module after module", numbers(t, z), numbers(t, y), rounding)
}

// TestReLUsWithoutALayerBefore: a ReLU after nothing, or after a module that
// cannot compute it, is a step.
func TestReLUsWithoutALayerBefore(t *testing.T) {
	s, _, err := newSequential([]config.Layer{{Type: "relu"}, {Type: "sigmoid"}, {Type: "relu"}, {Type: "relu"}}, [3]int{1, 1, 2}, generator(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Drop()
	x, err := torch.FromSlice([]float32{-1, 0}, 1, 1, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(x)
	y, err := s.Forward(x, Training)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(y)
	if diff := cmp.Diff([]float64{0.5, 0.5}, numbers(t, y)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{-1, 0}, numbers(t, x)); diff != "" {
		t.Errorf("the input was changed:\n%s", diff)
	}
}

// TestErrorsNameTheLayer both when a network is made and when it runs.
func TestErrorsNameTheLayer(t *testing.T) {
	for want, model := range map[string]config.Model{
		"decoder: no layers": {Encoder: layered().Encoder},
		`decoder: layer 0 (dense): type: unknown layer type "dense"`: {
			Encoder: layered().Encoder, Decoder: []config.Layer{{Type: "dense"}}},
		"encoder: layer 1 (conv2d): the kernel of 9 is larger than its input": {
			Encoder: []config.Layer{{Type: "relu"}, {Type: "conv2d", Out: 1, Kernel: 9}}, Decoder: layered().Decoder},
	} {
		a, err := NewAutoEncoder(model, [3]int{3, 6, 6}, generator(t), torch.CPU)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, %v, want %s", a, err, want)
		}
	}
	a := newLayered(t)
	y, err := a.Decoder.Forward(batch(t, 0), Evaluation)
	if want := "decoder: layer 0 (conv_transpose2d): libtorch: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, %v, want %s", y, err, want)
	}
}

// TestDecodingInPieces: up to a layer, and from the next one on, is the decoder
// without its final sigmoid.
func TestDecodingInPieces(t *testing.T) {
	for _, layers := range []int{4, 5} {
		model := layered()
		model.Decoder = model.Decoder[:layers]
		a, err := NewAutoEncoder(model, [3]int{3, 6, 6}, generator(t), torch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Drop()
		maps, err := a.Encoder.Forward(batch(t, 0), Evaluation)
		if err != nil {
			t.Fatal(err)
		}
		defer torch.Drop(maps)
		whole, err := a.DecodeFrom(maps, 0, Evaluation)
		if err != nil {
			t.Fatal(err)
		}
		defer torch.Drop(whole)
		want := numbers(t, whole)
		if a.EndsInSigmoid() {
			for i, x := range want {
				want[i] = 1 / (1 + math.Exp(-x))
			}
		}
		decoded, err := a.Decoder.Forward(maps, Evaluation)
		if err != nil {
			t.Fatal(err)
		}
		defer torch.Drop(decoded)
		compare(t, fmt.Sprintf("%d layers, from 0 on", layers), want, numbers(t, decoded), rounding)
		for last := range a.LastLayer() {
			read, err := a.DecodeUpTo(maps, last, Evaluation)
			if err != nil {
				t.Fatal(err)
			}
			rest, err := a.DecodeFrom(read, last+1, Evaluation)
			torch.Drop(read)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, fmt.Sprintf("%d layers, up to %d and from there on", layers, last), numbers(t, whole), numbers(t, rest), rounding)
			torch.Drop(rest)
		}
	}
}

// double is a block: a module that holds others, 2 times over.
type double struct{ *Sequential }

func (d double) Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	y, err := d.Sequential.Forward(x, m)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(y)
	return y.Add(y, false)
}

// TestAModuleCanHoldModules: it is named, placed, trained and dropped as one.
func TestAModuleCanHoldModules(t *testing.T) {
	tensors := len(ts.ExistingTensors)
	inner, _, err := newSequential([]config.Layer{{Type: "conv2d", Out: 2, Kernel: 1, Stride: 1}, {Type: "batch_norm2d"}, {Type: "relu"}},
		[3]int{1, 2, 2}, generator(t))
	if err != nil {
		t.Fatal(err)
	}
	var outer Sequential
	outer.add("relu", relu{})
	outer.add("double", double{inner})
	outer.add("relu", relu{})
	if err := outer.Place(torch.CPU); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range append(outer.Parameters("encoder"), outer.Buffers("encoder")...) {
		names = append(names, p.Name)
	}
	want := []string{"encoder.1.0.weight", "encoder.1.0.bias", "encoder.1.1.weight", "encoder.1.1.bias",
		"encoder.1.1.running_mean", "encoder.1.1.running_var", "encoder.1.1.num_batches_tracked"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if !outer.NeedsWholeBatch() {
		t.Error("the batch norm within was not asked")
	}
	x, err := torch.FromSlice([]float32{0, 1, 2, 3}, 1, 1, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	y, err := outer.Forward(x, Training)
	if err != nil {
		t.Fatal(err)
	}
	if shape := y.MustSize(); shape[1] != 2 {
		t.Errorf("shape %v", shape)
	}
	torch.Drop(x, y)
	outer.Drop()
	if now := len(ts.ExistingTensors); now != tensors {
		t.Errorf("%d tensors alive before, %d after", tensors, now)
	}
}
