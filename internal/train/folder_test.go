package train

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	"aeprobe/internal/mounttest"
	"aeprobe/internal/weights"
)

// A damaged checkpoint does not take the place of the one before it, the last
// that is whole until another is written.
func TestDamagedCheckpointIsWrittenOver(t *testing.T) {
	state := func(content string) *weights.File {
		return &weights.File{Tensors: map[string]weights.Array{"x": weights.Bytes([]int{len(content)}, []byte(content))}}
	}
	f := &folder{dir: t.TempDir()}
	for _, content := range []string{"first", "second"} {
		if err := f.saveState(state(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(f.path(StateFile), 50); err != nil {
		t.Fatal(err)
	}
	if _, problems := f.states(); len(problems) != 1 {
		t.Fatalf("problems: %v", problems)
	}
	for _, want := range [][]string{{"third", "first"}, {"fourth", "third"}} {
		if err := f.saveState(state(want[0])); err != nil {
			t.Fatal(err)
		}
		var got []string
		readable, problems := f.states()
		for _, s := range readable {
			got = append(got, string(s.Tensors["x"].Data))
		}
		if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
			t.Errorf("problems: %v\n%s", problems, diff)
		}
	}
}

func TestACheckpointAtAnImpossiblePlaceIsRefused(t *testing.T) {
	state := &weights.File{Metadata: map[string]string{positionKey: `{"epoch":1,"step":0,"seconds":-3,"metrics_bytes":5}`}}
	if at, err := positionOf(state); err == nil {
		t.Errorf("a checkpoint after a negative time was taken: %+v", at)
	}
}

// TestHalfAMetricsLine fills a disk until a line of metrics is cut off.
func TestHalfAMetricsLine(t *testing.T) {
	mounttest.Run(t, func(t *testing.T) {
		files := &folder{dir: mounttest.Disk(t, "64k")}
		var size int64
		for epoch := 1; ; epoch++ {
			m := metrics.Epoch{Epoch: epoch, Loss: 0.5, Test: metrics.Scores{"bce": 0.6, "l1": 0.7, "mse": 0.8}, Seconds: 9}
			n, err := files.appendMetrics(m)
			if errors.Is(err, syscall.ENOSPC) {
				if want := "write " + files.path(metrics.File) + ": no space left on device"; !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q", err, want)
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			size = n
		}
		text, err := os.ReadFile(files.path(metrics.File))
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(text)) <= size {
			t.Fatal("no line is cut off")
		}
		lines := strings.Count(string(text), "\n")
		if err := files.truncateMetrics(size); err != nil {
			t.Fatal(err)
		}
		all, err := metrics.Read(files.dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != lines {
			t.Errorf("%d lines are left of %d whole ones", len(all), lines)
		}
	})
}
