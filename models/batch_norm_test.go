package models

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// TestOnlyTrainingUpdatesBuffers: once, whatever comes of the batch.
func TestOnlyTrainingUpdatesBuffers(t *testing.T) {
	a := newLayered(t)
	buffers := append(a.Encoder.Buffers(), a.Decoder.Buffers()...)
	if len(buffers) != 9 {
		t.Fatalf("%d buffers, want 3 of each batch norm", len(buffers))
	}
	values := func() map[string][]float64 {
		all := map[string][]float64{}
		for _, p := range buffers {
			all[p.Name] = numbers(t, p.Tensor)
		}
		return all
	}
	torch.Drop(forward(t, a, batch(t, 0), Training))
	trained := values()
	for name, v := range trained {
		if strings.HasSuffix(name, "num_batches_tracked") && !slices.Equal(v, []float64{1}) {
			t.Errorf("%s is %v after one step", name, v)
		}
	}
	torch.Drop(forward(t, a, batch(t, 1), Evaluation))
	maps, err := a.Encoder.Forward(batch(t, 2), Evaluation)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(maps)
	logits, err := a.DecodeFrom(maps, 0, Evaluation)
	if err != nil {
		t.Fatal(err)
	}
	torch.Drop(logits)
	if diff := cmp.Diff(trained, values()); diff != "" {
		t.Errorf("evaluation changed buffers:\n%s", diff)
	}
}

// TestWhoNeedsWholeBatches: batch norm does.
func TestWhoNeedsWholeBatches(t *testing.T) {
	if a := newLayered(t); !a.NeedsWholeBatch() || !a.Encoder.NeedsWholeBatch() {
		t.Error("batches of a network with batch norm may be split")
	}
	without := layered()
	isNorm := func(l config.Layer) bool { return l.Type == "batch_norm2d" }
	without.Decoder = slices.DeleteFunc(without.Decoder, isNorm)
	c, err := NewClassifier(without, "", [3]int{3, 6, 6}, 10, generator(t), torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Drop()
	if !c.NeedsWholeBatch() || c.Decoder.NeedsWholeBatch() {
		t.Error("the batch norm is in the encoder")
	}
	without.Encoder = slices.DeleteFunc(without.Encoder, isNorm)
	a, err := NewAutoEncoder(without, [3]int{3, 6, 6}, generator(t), torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Drop()
	if a.NeedsWholeBatch() || len(a.State()) != len(a.Parameters()) {
		t.Error("a network without batch norm needs whole batches, or has buffers")
	}
}

// TestABatchWithoutVarianceIsRefused as PyTorch refuses it, and counts nothing.
func TestABatchWithoutVarianceIsRefused(t *testing.T) {
	s, _, err := newSequential([]config.Layer{{Type: "relu"}, {Type: "batch_norm2d"}}, [3]int{2, 1, 1}, generator(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Drop()
	x, err := torch.FromSlice([]float32{1, 2}, 1, 2, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(x)
	y, err := s.Forward(x, Training)
	if want := "layer 1 (batch_norm2d): expected more than 1 value per channel"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, %v, want %s", y, err, want)
	}
	if n := numbers(t, s.Buffers("x")[2].Tensor); n[0] != 0 {
		t.Errorf("%v batches were counted", n)
	}
	if y, err = s.Forward(x, Evaluation); err != nil {
		t.Fatal(err)
	}
	torch.Drop(y)
}
