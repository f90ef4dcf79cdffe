package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/internal/metrics"
	"aeprobe/vision"
)

// nothing removes everything that a workload does not need from the report.
const nothing = `base: report
figures: []
features: {images: 2}
evaluate: {protocols: [full]}
autoencoders: {bce: null, l1: null, mse: null%s}
classifiers: {random: null, pretrained: null, end_to_end: null%s}
`

// definition is the workload as aeprobe's users write it.
func (w workload) definition(cores int) string {
	switch w.mode {
	case modeAutoencoder:
		if w.seeds > 0 {
			return fmt.Sprintf(nothing, fmt.Sprintf(", training1: {loss: %s}", w.loss), "") + seedsLine(w.seeds)
		}
		var trainings string
		for i := range w.atOnce(cores) {
			trainings += fmt.Sprintf(", training%d: {loss: %s}", i+1, w.loss)
		}
		return fmt.Sprintf(nothing, trainings, "")
	case modeEndToEnd:
		return fmt.Sprintf(nothing, "", ", training1: {encoder: random, freeze: false}")
	default:
		return fmt.Sprintf(nothing, "", ", training1: {encoder: random, freeze: true}")
	}
}

// firstSeed is the report's; those of several follow.
const firstSeed = 87

// seedsLine is a definition's line for so many seeds.
func seedsLine(n int) string {
	seeds := make([]string, n)
	for i := range seeds {
		seeds[i] = fmt.Sprint(firstSeed + i)
	}
	return fmt.Sprintf("seeds: [%s]\n", strings.Join(seeds, ", "))
}

// writeDefinition writes a definition into b's folder.
func (b *bench) writeDefinition(name, text string) (file string, err error) {
	file = filepath.Join(b.dir, name+".yaml")
	return file, os.WriteFile(file, []byte(text), 0o644)
}

// trainAeprobe takes aeprobe's turn, with more flags of aeprobe run.
func (b *bench) trainAeprobe(ctx context.Context, w workload, flags []string) ([]training, error) {
	if w.seeds > 0 {
		return b.trainSeeds(ctx, w)
	}
	file, err := b.writeDefinition(w.name, w.definition(b.Threads))
	if err != nil {
		return nil, err
	}
	epochs := w.timed(Aeprobe) + w.warmEpochs()
	found := map[string]*training{}
	err = b.runAeprobe(ctx, ourRun{definition: file, train: b.Images, test: b.testImages(), flags: flags,
		sets: []string{fmt.Sprint("train.batch=", w.batch), fmt.Sprint("train.epochs=", epochs), fmt.Sprint("evaluate.every=", epochs)},
		event: func(_ int, e metrics.Event) {
			if e.Kind != metrics.EpochEnded {
				return
			}
			if found[e.Stage] == nil {
				found[e.Stage] = new(training)
			}
			found[e.Stage].addUpTo(e.Seconds)
		}})
	if err != nil {
		return nil, err
	}
	trainings := make([]training, 0, len(found))
	for stage, t := range found {
		if len(t.seconds) != epochs {
			return nil, fmt.Errorf("%s: %d epochs, not %d", stage, len(t.seconds), epochs)
		}
		trainings = append(trainings, *t)
	}
	if len(trainings) != w.atOnce(b.Threads) {
		return nil, fmt.Errorf("%d trainings, not %d", len(trainings), w.atOnce(b.Threads))
	}
	return trainings, nil
}

// addUpTo adds an epoch, given the total seconds spent by its end.
func (t *training) addUpTo(seconds float64) {
	for _, s := range t.seconds {
		seconds -= s
	}
	t.seconds = append(t.seconds, seconds)
}

// ourRun is a run of aeprobe.
type ourRun struct {
	definition  string // file or built-in
	train, test int    // images
	sets, flags []string
	// device is the benchmark's if empty.
	device string
	// event receives the run's events; pid is its process.
	event func(pid int, e metrics.Event)
}

// runAeprobe runs o in a temporary folder.
func (b *bench) runAeprobe(ctx context.Context, o ourRun) error {
	dir, err := os.MkdirTemp(b.dir, "run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	device := cmp.Or(o.device, b.Device)
	command := []string{b.Program, "run", o.definition, "--out", dir, "--json", "--device", device,
		"--threads", fmt.Sprint(b.Threads)}
	command = append(command, o.flags...)
	sets := append(slices.Clone(o.sets), fmt.Sprint("data.train=", o.train), fmt.Sprint("data.test=", o.test))
	if b.Data.Origin == vision.Drawn {
		sets = append(sets, "data.set=synthetic")
	} else {
		command = append(command, "--data", b.dataDir())
	}
	for _, set := range sets {
		command = append(command, "--set", set)
	}
	return b.run(ctx, process{command: command, line: func(pid int, text []byte) error {
		var e metrics.Event
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("aeprobe run --json: %w", err)
		}
		if e.Kind == metrics.Warning && device != processor && strings.Contains(e.Message, "CUDA graph") {
			// A step that is not recorded is not what is measured.
			return fmt.Errorf("aeprobe warned: %s %s", e.Stage, e.Message)
		}
		o.event(pid, e)
		return nil
	}})
}
