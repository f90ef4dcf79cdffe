package torch_test

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"
	"pgregory.net/rapid"

	"aeprobe/internal/torch"
)

func TestImagesAreBytesDividedBy255(t *testing.T) {
	// Two images of 2 channels, 1 row and 2 columns.
	pixels := tensor(t, []uint8{0, 2, 1, 3, 255, 253, 254, 252}, 2, 2, 1, 2)
	want := []float32{255. / 255, 253. / 255, 254. / 255, 252. / 255, 0, 2. / 255, 1. / 255, 3. / 255}
	if diff := cmp.Diff(want, picked(t, pixels, tensor(t, []int64{1, 0}))); diff != "" {
		t.Error(diff)
	}
}

// TestImagesEachWay compares what our loop picks with what libtorch makes of the
// same pixels in another memory order.
func TestImagesEachWay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		shape := make([]int64, 4)
		size := int64(1)
		for i := range shape {
			shape[i] = rapid.Int64Range(1, 5).Draw(r, "dimension")
			size *= shape[i]
		}
		pixels := tensor(t, rapid.SliceOfN(rapid.Byte(), int(size), int(size)).Draw(r, "bytes"), shape...)
		index := tensor(t, rapid.SliceOfN(rapid.Int64Range(0, shape[0]-1), 1, 6).Draw(r, "index"))
		interleaved, err := torch.ChannelsLast(pixels)
		if err != nil {
			t.Fatal(err)
		}
		defer torch.Drop(interleaved)
		if got, want := picked(t, pixels, index), picked(t, interleaved, index); !cmp.Equal(got, want) {
			t.Errorf("pixels of shape %v: %v, want %v", shape, got, want)
		}
	})
}

func picked(t *testing.T, pixels, index *ts.Tensor) []float32 {
	t.Helper()
	images, err := torch.Images(pixels, index)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(images)
	values, err := torch.ToSlice[float32](images)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestShare(t *testing.T) {
	bytes := []byte{9, 1, 2, 3, 4, 5, 6, 9}
	shared, release, err := torch.Share(bytes[1:7], 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	bytes[2] = 7
	runtime.GC()
	got, err := torch.ToSlice[uint8](shared)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]byte{1, 7, 3, 4, 5, 6}, got); diff != "" {
		t.Error(diff)
	}
	release()
	if _, _, err := torch.Share(bytes, 3, 3); err == nil {
		t.Error("eight bytes filled a tensor of nine")
	}
}
