package experiments

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	"aeprobe/internal/mounttest"
	"aeprobe/internal/train"
)

// TestFullDisk lets a disk become full at one moment after the other of a
// report. Each time the run must say so and leave what was done as it was; with
// room again it must go on, and in the end be the report that it would have
// been.
func TestFullDisk(t *testing.T) {
	mounttest.Run(t, func(t *testing.T) {
		definition := smallReport(t, "train.batch=64", "checkpoint.steps=4", "autoencoders.l1=null", "autoencoders.mse=null",
			"classifiers.random=null", "classifiers.end_to_end=null", "figures=[architecture, loss-curves]")
		data := smallData(t, definition)
		whole := t.TempDir()
		if _, err := runInto(t, t.Context(), whole, "", definition, data, nil); err != nil {
			t.Fatal(err)
		}

		disk := mounttest.Disk(t, "24m")
		dir := filepath.Join(disk, "out")
		for _, moment := range []struct {
			name string
			when func(metrics.Event) bool
			file string // which can't be written
		}{
			{"before the first checkpoint",
				func(e metrics.Event) bool { return e.Kind == metrics.StageStarted }, "autoencoders/bce/state.safetensors"},
			{"before the second",
				func(e metrics.Event) bool { return e.Kind == metrics.Progressed && e.Step == 8 }, "autoencoders/bce/state.safetensors"},
			{"with one left",
				func(e metrics.Event) bool { return e.Kind == metrics.StageResumed }, "autoencoders/bce/state.safetensors"},
			{"before the final weights",
				func(e metrics.Event) bool { return e.Kind == metrics.EpochEnded && e.Epoch == 2 }, "autoencoders/bce/checkpoint.safetensors"},
			{"in a classifier",
				func(e metrics.Event) bool {
					return e.Kind == metrics.EpochEnded && e.Stage == "classifiers/pretrained" && e.Epoch == 2
				},
				"classifiers/pretrained/checkpoint.safetensors"},
			{"before the features",
				func(e metrics.Event) bool { return e.Kind == metrics.StageStarted && e.Stage == "features" }, "features/random.npy"},
			{"before the figures",
				func(e metrics.Event) bool { return e.Kind == metrics.StageStarted && e.Stage == "figures" }, "figures/fig1-architecture.svg"},
			{"before the results",
				func(e metrics.Event) bool { return e.Kind == metrics.StageFinished && e.Stage == "figures" }, "results.json"},
		} {
			filler := filepath.Join(disk, "filler")
			var before map[string]string
			_, err := runInto(t, t.Context(), dir, "", definition, data, func(e metrics.Event) {
				if moment.when(e) && before == nil {
					before = contents(t, dir)
					fill(t, filler)
				}
			})
			if before == nil {
				t.Fatalf("%s: that moment never came; the run ended with %v", moment.name, err)
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("%s: got %v", moment.name, err)
			}
			for _, want := range []string{"write " + filepath.Join(dir, moment.file) + ": no space left on device\n",
				"\nthe disk of " + dir + " has 0 bytes left", "make room, and run the same command again"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: got %q, which does not say %q", moment.name, err, want)
				}
			}
			compareAfterFullDisk(t, moment.name, before, contents(t, dir))
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
		}
		events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"autoencoders/bce", "classifiers/pretrained", "features", "figures"}, stagesOf(events, metrics.StageUpToDate)); diff != "" {
			t.Errorf("what is up to date in the end: %s", diff)
		}
		compareReports(t, whole, dir)
	})
}

// fill makes a file that leaves nothing of a disk.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		for block := make([]byte, size); err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
}

// temporary is the name of a file that was to replace another.
var temporary = regexp.MustCompile(`(^|/)\.[^/]+[0-9]$`)

// compareAfterFullDisk compares the files before and after a write that
// failed: nothing half written is there, and nothing else is harmed.
func compareAfterFullDisk(t *testing.T, moment string, before, after map[string]string) {
	t.Helper()
	for name := range after {
		if temporary.MatchString(name) {
			t.Errorf("%s: a temporary file is left: %s", moment, name)
		}
	}
	for name, text := range before {
		switch {
		case strings.HasSuffix(name, "/"+train.StateFile) && after[name] == "":
			name = filepath.Join(filepath.Dir(name), train.PreviousStateFile) // made room for the one that failed
		case strings.HasSuffix(name, "/"+train.PreviousStateFile) && before[filepath.Join(filepath.Dir(name), train.StateFile)] != "":
			continue // that one took its place
		}
		if after[name] != text && !(strings.HasSuffix(name, metrics.File) && strings.HasPrefix(after[name], text)) {
			t.Errorf("%s: %s is not what it was", moment, name)
		}
	}
}

// compareReports compares two run directories, the clock's times aside.
func compareReports(t *testing.T, want, got string) {
	t.Helper()
	a, b := contents(t, want), contents(t, got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, text := range a {
		if strings.HasPrefix(name, ".locks/") {
			continue // about this process
		}
		switch filepath.Base(name) {
		case metrics.File:
			compareStage(t, filepath.Join(want, filepath.Dir(name)), filepath.Join(got, filepath.Dir(name)))
		case train.StateFile, train.PreviousStateFile:
			// Above, or about this process.
		default:
			if withoutTimes(text) != withoutTimes(b[name]) {
				t.Errorf("%s differs", name)
			}
		}
	}
}

// times are what the clock put into a result or the report's page, and the
// checksums of files with times.
var times = regexp.MustCompile(`"(seconds|images_per_second)": [0-9.e+-]+|<td class="num"><span>[^<]* (s|min|h)</span></td><td class="num"><span>[0-9]+</span></td>|` +
	`"(metrics.jsonl|state.*safetensors)": "[0-9a-f]+"`)

func withoutTimes(text string) string { return times.ReplaceAllString(text, "") }

// TestReadOnlyFolder tries to run into folders that cannot be written to.
func TestReadOnlyFolder(t *testing.T) {
	mounttest.Run(t, func(t *testing.T) {
		definition := smallReport(t)
		data := smallData(t, definition)
		disk := mounttest.Disk(t, "24m")
		begun := filepath.Join(disk, "begun")
		if _, err := runInto(t, &countdown{Context: t.Context(), left: 10}, begun, "autoencoders/bce", definition, data, nil); err == nil {
			t.Fatal("not interrupted")
		}
		before := contents(t, disk)
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		part := t.TempDir()
		for _, folder := range []string{"classifiers", ".locks"} {
			if err := os.MkdirAll(filepath.Join(part, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := syscall.Mount(disk, filepath.Join(part, "classifiers"), "", syscall.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Unmount(filepath.Join(part, "classifiers"), 0); err != nil {
				t.Error(err)
			}
		}()
		for name, dir := range map[string]string{
			"a run directory": begun, "a folder for one": filepath.Join(disk, "new"), "a stage's folder": part,
		} {
			events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
			if !errors.Is(err, syscall.EROFS) {
				t.Errorf("%s: got %v", name, err)
				continue
			}
			if want := "\n" + dir + " is not writable: fix its permissions, or pass another --out"; !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: got %q, want %q", name, err, want)
			}
			if len(stagesOf(events, metrics.StageStarted)) > 0 {
				t.Errorf("%s: training began: %v", name, events)
			}
		}
		if diff := cmp.Diff(before, contents(t, disk)); diff != "" {
			t.Errorf("the read-only folder changed: %s", diff)
		}
	})
}
