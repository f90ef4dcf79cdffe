package torch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// noGPU says why there is none to test on. libtorch must hear of the GPU before
// anything is computed.
var noGPU = torch.LoadGraphs()

// onGPU runs f within OnOwnStream, or skips the test where there is no GPU.
func onGPU(t *testing.T, f func(gpu torch.Device) error) {
	t.Helper()
	if noGPU != nil {
		t.Skip(noGPU)
	}
	gpu := torch.Device{CUDA: 0}
	if err := torch.OnOwnStream(gpu, func() error { return f(gpu) }); err != nil {
		t.Error(err)
	}
}

// doubler gives a scalar of value 1, and what doubles it.
func doubler(t *testing.T, d torch.Device) (x *ts.Tensor, double func() error) {
	t.Helper()
	x = ts.MustOnes([]int64{1}, gotch.Float, d.Gotch())
	t.Cleanup(func() { torch.Drop(x) })
	return x, func() error {
		twice, err := x.Add(x, false)
		if err != nil {
			return err
		}
		defer torch.Drop(twice)
		return torch.Copy(x, twice)
	}
}

func value(t *testing.T, x *ts.Tensor) float32 {
	t.Helper()
	values, err := torch.ToSlice[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	return values[0]
}

func TestGPUGraphDoesAgainWhatWasRecorded(t *testing.T) {
	onGPU(t, func(gpu torch.Device) error {
		x, double := doubler(t, gpu)
		if err := double(); err != nil {
			return err
		}
		g, err := torch.Capture(double)
		if err != nil {
			return err
		}
		defer g.Drop()
		if v := value(t, x); v != 2 {
			t.Errorf("recording computed: %g", v)
		}
		for range 3 {
			if err := g.Replay(); err != nil {
				return err
			}
		}
		if v := value(t, x); v != 16 {
			t.Errorf("after three replays of a doubling of 2: %g", v)
		}
		return nil
	})
}

// TestGPUIsAsBeforeAfterAFailedRecording reads from the GPU while recording,
// which CUDA forbids, and records again.
func TestGPUIsAsBeforeAfterAFailedRecording(t *testing.T) {
	onGPU(t, func(gpu torch.Device) error {
		x, double := doubler(t, gpu)
		if _, err := torch.Capture(func() error {
			_, err := torch.ToSlice[float32](x)
			return err
		}); err == nil {
			t.Error("reading was recorded")
		}
		refused := errors.New("refused")
		if _, err := torch.Capture(func() error { return errors.Join(double(), refused) }); !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
		if err := double(); err != nil {
			return err
		}
		g, err := torch.Capture(double)
		if err != nil {
			return err
		}
		defer g.Drop()
		if err := g.Replay(); err != nil {
			return err
		}
		if v := value(t, x); v != 4 {
			t.Errorf("after two doublings of 1: %g", v)
		}
		return nil
	})
}

// TestGPUThreadsRecordSideBySide records on some threads while others compute and
// wait for it.
func TestGPUThreadsRecordSideBySide(t *testing.T) {
	if noGPU != nil {
		t.Skip(noGPU)
	}
	gpu := torch.Device{CUDA: 0}
	ended := make(chan error)
	const threads, rounds = 8, 10
	for range threads {
		go func() {
			ended <- torch.OnOwnStream(gpu, func() error {
				x, double := doubler(t, gpu)
				for range rounds {
					if err := double(); err != nil {
						return err
					}
					g, err := torch.Capture(double)
					if err != nil {
						return err
					}
					err = g.Replay()
					g.Drop()
					if err != nil {
						return err
					}
					if _, err := torch.ToSlice[float32](x); err != nil {
						return err
					}
				}
				if v := value(t, x); v != 1<<(2*rounds) {
					t.Errorf("after %d doublings of 1: %g", 2*rounds, v)
				}
				return nil
			})
		}()
	}
	for range threads {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestGPURoundsToTF32(t *testing.T) {
	onGPU(t, func(gpu torch.Device) error {
		defer torch.SetTF32(false)
		// 1 + 2^-15 has no TF32. Small products may be computed in float32 all the same.
		host := tensor(t, []float32{1 + 1./(1<<15)}, 1, 1)
		square := func(on bool) float32 {
			torch.SetTF32(on)
			wide := host.MustExpand([]int64{1024, 1024}, false, false).MustContiguous(true).MustTo(gpu.Gotch(), true)
			defer torch.Drop(wide)
			product := wide.MustMatmul(wide, false)
			defer torch.Drop(product)
			return value(t, product)
		}
		if full, rounded := square(false), square(true); full <= rounded {
			t.Errorf("%v with float32, %v with TF32", full, rounded)
		}
		return nil
	})
}

// TestWithoutAGPU asks for one where there is none.
func TestWithoutAGPU(t *testing.T) {
	if torch.LoadCUDA() == nil {
		t.Skip("there is a GPU")
	}
	d, err := torch.ParseDevice("cuda")
	if err == nil || !strings.HasPrefix(err.Error(), "device cuda:0: ") || !strings.HasSuffix(err.Error(), "\ntry --device cpu, or see what aeprobe doctor says") ||
		strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("%v, %v", d, err)
	}
	if d, err := torch.ParseDevice("auto"); err != nil || !d.IsCPU() {
		t.Errorf("auto: %v, %v", d, err)
	}
	if _, err := torch.Capture(func() error { t.Error("recorded"); return nil }); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("recording: %v", err)
	}
	ran := false
	if err := torch.OnOwnStream(torch.CPU, func() error { ran = true; return nil }); err != nil || !ran {
		t.Errorf("on the CPU: %v, %v", ran, err)
	}
}
