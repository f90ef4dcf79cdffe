package memory

import (
	"slices"
	"testing"

	"aeprobe/internal/torch"
)

func TestOf(t *testing.T) {
	made, err := torch.FromSlice([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 1, 2, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(made)
	last, err := torch.ChannelsLast(made)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(last)
	values, strides, err := Of[float32](last)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(values, []float32{0, 4, 1, 5, 2, 6, 3, 7}) || strides[1] != 1 {
		t.Errorf("values %v, strides %v", values, strides)
	}
	values[1] = 40
	if got, err := torch.ToSlice[float32](last); err != nil || got[4] != 40 {
		t.Errorf("the tensor is %v after a write to its memory (%v)", got, err)
	}
	if _, _, err := Of[int64](last); err == nil {
		t.Error("another type is accepted")
	}
	part, err := last.Narrow(3, 0, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(part)
	if _, _, err := Of[float32](part); err == nil {
		t.Error("memory with gaps is accepted")
	}
}
