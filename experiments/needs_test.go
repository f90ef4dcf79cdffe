package experiments

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/race"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
)

// measuredDir names, in the environment of a test process of its own, the
// folder that it is to run a report in.
const measuredDir = "AEPROBE_TEST_MEASURED_DIR"

// TestNeedsAreWhatARunTakes runs reports in processes of their own. What they
// leave on the disk must be no more than was estimated, and no less than 0.7
// of it; their peak of memory no more, and no less than 0.6.
func TestNeedsAreWhatARunTakes(t *testing.T) {
	t.Parallel() // processes of their own
	if race.Enabled {
		t.Skip("the race detector's own memory is more than this test allows for")
	}
	for _, test := range []struct {
		name, only string
		sets       []string
	}{
		{"whole", "", []string{"autoencoders.l1=null", "autoencoders.mse=null"}},
		{"batch", "autoencoders/bce", []string{"train.batch=2000", "data.train=2000", "train.epochs=1", "checkpoint.steps=0"}},
		{"joint", "classifiers/joint", []string{jointClassifier, "train.batch=2000", "data.train=2000", "train.epochs=1", "checkpoint.steps=0"}},
		{"tail", "classifiers/tail", []string{"classifiers.tail={encoder: random, trains: [decoder, classifier], losses: {bce: 1, cross_entropy: 1}}",
			"train.batch=2000", "data.train=2000", "train.epochs=1", "checkpoint.steps=0"}},
		{"aggregation", "aggregations/local", []string{"aggregations.local={encoder: random, instance_epochs: 1, epochs: 2, batch: 128, background: 1000, clusters: 100, noise_images: 2000}",
			"data.train=4000"}},
		{"mean", "classifiers/mean", []string{"classifiers.mean={encoder: random, probe: nearest_mean}", "model.pool=flatten", "data.train=10000"}},
		{"features", "features", []string{"data.train=3000", "autoencoders.l1=null", "autoencoders.mse=null",
			"train.batch=100", "train.epochs=1", "checkpoint.steps=0"}},
		{"batch norm", "autoencoders/bce", []string{"train.batch=2000", "data.train=2000", "train.epochs=1", "checkpoint.steps=0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			definition := smallReport(t, test.sets...)
			if test.name == "batch norm" {
				definition.Model = normalisedModel()
				definition.Model.Encoder[0].Out = 32
			}
			data := smallData(t, definition)
			if dir := os.Getenv(measuredDir); dir != "" {
				if _, err := runInto(t, t.Context(), dir, test.only, definition, data, nil); err != nil {
					t.Fatal(err)
				}
				peak := strconv.FormatInt(machine.Kilobytes("/proc/self/status", "VmHWM:"), 10)
				if err := os.WriteFile(dir+".peak", []byte(peak), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			dir := filepath.Join(t.TempDir(), "run")
			r := newSetup(definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1})
			wanted, err := r.unfold()
			if err != nil {
				t.Fatal(err)
			}
			if test.only != "" {
				if wanted, err = stages.Closure(wanted, test.only); err != nil {
					t.Fatal(err)
				}
			}
			needs, err := r.dir.Needs(wanted)
			if err != nil {
				t.Fatal(err)
			}
			if needs.Memory == 0 {
				t.Skip("this system does not say how much memory there is")
			}
			command := exec.Command("/proc/self/exe", "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
			command.Env = append(os.Environ(), measuredDir+"="+dir)
			if output, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			peak, err := machine.Number(dir + ".peak")
			if err != nil {
				t.Fatal(err)
			}
			disk := diskUsed(t, dir)
			t.Logf("disk: %d of %d estimated; memory: %d of %d", disk, needs.Disk, peak, needs.Memory)
			if disk > needs.Disk || float64(disk) < 0.7*float64(needs.Disk) {
				t.Errorf("%d bytes of disk, %d were estimated", disk, needs.Disk)
			}
			if disk < needs.LeastDisk {
				t.Errorf("%d bytes of disk, at least %d were certain", disk, needs.LeastDisk)
			}
			if peak > needs.Memory || float64(peak) < 0.6*float64(needs.Memory) {
				t.Errorf("%d bytes of memory, %d were estimated", peak, needs.Memory)
			}
		})
	}
}

// diskUsed is how much the files below dir take, in whole blocks.
func diskUsed(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		const block = 4096
		bytes += (info.Size() + block - 1) / block * block
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// TestAbsurdNeedsAreRefused asks for features that no disk holds.
func TestAbsurdNeedsAreRefused(t *testing.T) {
	definition := smallReport(t)
	data := smallData(t, definition)
	definition.Features.Images = math.MaxInt32
	definition.Model.Pool = "flatten"
	for i := range definition.Model.Encoder {
		if definition.Model.Encoder[i].Out > 0 {
			definition.Model.Encoder[i].Out = 65536
		}
	}
	dir := t.TempDir()
	events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
	if err == nil || !strings.Contains(err.Error(), "the run needs at least ") || !strings.Contains(err.Error(), "another --out") {
		t.Errorf("got %v", err)
	}
	if len(events) != 1 || events[0].Kind != metrics.RunNeeds || events[0].Needs.Disk <= 0 {
		t.Errorf("got %v, want what it needs and nothing else", events)
	}
	if _, err := os.Stat(filepath.Join(dir, DefinitionFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused run touched its folder: %v", err)
	}
}
