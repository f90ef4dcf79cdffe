package experiments

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/metrics"
	"aeprobe/internal/race"
)

// TestTrainingStaysFlat trains for some thousand steps, tests and checkpoints
// included, and compares what the program holds after the first hundreds of
// them with what it holds at the end.
func TestTrainingStaysFlat(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector's own memory is more than this test allows for")
	}
	// The collector's finalizers would drop what the program forgets to.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const epochs, warm = 4, 1
	definition := smallReport(t, "train.batch=1", fmt.Sprint("train.epochs=", epochs), "data.test=16", "evaluate.protocols=[full]", "checkpoint.steps=256", jointClassifier)
	data := smallData(t, definition)
	for _, stage := range []string{"autoencoders/bce", "classifiers/random", "classifiers/end_to_end", "classifiers/joint"} {
		t.Run(stage, func(t *testing.T) {
			var before, after holding
			steps := 0
			_, err := runInto(t, t.Context(), t.TempDir(), stage, definition, data, func(e metrics.Event) {
				switch {
				case e.Kind != metrics.EpochEnded || e.Stage != stage:
				case e.Epoch == warm:
					before = hold(t)
				case e.Epoch == epochs:
					after = hold(t)
					steps = (epochs - warm) * data.Train.Len() / definition.Train.Batch
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d steps: tensors %d to %d, Go heap %d to %d, resident %d to %d bytes", steps,
				before.tensors, after.tensors, before.heap, after.heap, before.resident, after.resident)
			if steps < 1500 {
				t.Errorf("only %d steps", steps)
			}
			if after.tensors != before.tensors {
				t.Errorf("%d tensors alive before, %d after", before.tensors, after.tensors)
			}
			const heapGrowth, residentGrowth = 256 << 10, 4 << 20
			if after.heap > before.heap+heapGrowth {
				t.Errorf("Go's heap was %d bytes, is %d", before.heap, after.heap)
			}
			if after.resident > before.resident+residentGrowth {
				t.Errorf("resident memory was %d bytes, is %d", before.resident, after.resident)
			}
		})
	}
}

// holding is what the program holds of what can leak: tensors that Go has
// handles of, and bytes.
type holding struct {
	tensors        int
	heap, resident int64
}

func hold(t *testing.T) holding {
	t.Helper()
	h := holding{tensors: len(ts.ExistingTensors)}
	debug.FreeOSMemory() // collects first
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	h.heap = int64(memory.HeapAlloc)
	// The second number is resident pages; where there is no such file, 0
	// before and after.
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		var pages, residentPages int64
		if _, err := fmt.Sscan(string(text), &pages, &residentPages); err != nil {
			t.Fatal(err)
		}
		h.resident = residentPages * int64(os.Getpagesize())
	}
	return h
}
