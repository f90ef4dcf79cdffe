package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/metrics"
	"aeprobe/internal/weights"
	"aeprobe/internal/words"
)

// Files of a training's folder, beside metrics.File.
const (
	CheckpointFile    = "checkpoint.safetensors" // the final weights
	StateFile         = "state.safetensors"      // the newest checkpoint
	PreviousStateFile = "state.previous.safetensors"
)

// EpochFile holds the weights after an epoch that Options.Keep names.
func EpochFile(epoch int) string { return fmt.Sprintf("epoch-%d.safetensors", epoch) }

// folder is where a training keeps its checkpoints and metrics. Its rule: there
// is a whole checkpoint at any moment, so the newest never replaces the one
// before it until it is written.
type folder struct {
	dir    string
	inputs json.RawMessage // what the training is made from
	// metrics is the content of metrics.jsonl.
	metrics []byte
	// damaged tells that the newest checkpoint cannot be read, so that it must
	// not replace the one before it.
	damaged bool
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// saveState makes state the newest checkpoint and keeps the one before it.
func (f *folder) saveState(state *weights.File) error {
	if !f.damaged {
		err := os.Rename(f.path(StateFile), f.path(PreviousStateFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("save a checkpoint: %w", err)
		}
	}
	if err := weights.WriteSafetensors(f.path(StateFile), state); err != nil {
		return fmt.Errorf("save a checkpoint: %w", err)
	}
	f.damaged = false
	return nil
}

// states are the readable checkpoints, newest first, and what is wrong with the
// others.
func (f *folder) states() (readable []*weights.File, problems []error) {
	for _, name := range []string{StateFile, PreviousStateFile} {
		state, err := weights.Read(f.path(name))
		if err == nil && state.Checksum == "" {
			err = fmt.Errorf("%s: no checksum", f.path(name))
		}
		switch {
		case err == nil:
			readable = append(readable, state)
		case !errors.Is(err, fs.ErrNotExist):
			problems = append(problems, err)
			f.damaged = f.damaged || name == StateFile
		}
	}
	return readable, problems
}

// Accept refuses a folder whose checkpoint a training with these options, for
// the given number of epochs, could not resume from. It reads only.
func Accept(o Options, epochs int) error {
	f := &folder{dir: o.Dir, inputs: o.Inputs}
	states, _ := f.states() // resume reports damaged ones
	if len(states) == 0 {
		return nil
	}
	if err := f.accept(states[0], epochs); err != nil {
		return err
	}
	return acceptMachinery(states[0], o)
}

// BeganByAutograd reports whether a folder has a checkpoint of a training by
// autograd, so that Options must say Autograd to go on with it, and what the task
// computes beforehand should be by libtorch, too.
func BeganByAutograd(dir string) bool {
	states, _ := (&folder{dir: dir}).states()
	if len(states) == 0 {
		return false
	}
	was, err := machineryOf(states[0])
	return err == nil && !was.Plan
}

// accept refuses a checkpoint of a training from other inputs, or one that went
// further than epochs. The number of epochs itself may differ, unless the learning
// rates depend on it: the training is the same up to there.
func (f *folder) accept(state *weights.File, epochs int) error {
	why, err := fingerprint.TrainingDifference([]byte(state.Metadata[inputsKey]), f.inputs)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if why != "" {
		return fmt.Errorf("an unfinished training here was started with different settings: %s\n"+
			"resume it with the definition it was started with, use another --out, or remove %s to start over", why, f.dir)
	}
	at, err := positionOf(state)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if at.Epoch > epochs || at.Epoch == epochs && at.Step > 0 {
		return fmt.Errorf("an unfinished training here has already reached step %d after epoch %d; only %s were requested\n"+
			"ask for more epochs, use another --out, or remove %s to start over", at.Step, at.Epoch, words.Count(epochs, "epoch"), f.dir)
	}
	return nil
}

// appendMetrics adds a line and returns the length of the file. A checkpoint holds
// the lines before it, so they need not be on the disk.
func (f *folder) appendMetrics(e metrics.Epoch) (size int64, err error) {
	line, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	line = append(line, '\n')
	file, err := os.OpenFile(f.path(metrics.File), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(line); err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	f.metrics = append(f.metrics, line...)
	return int64(len(f.metrics)), nil
}

// syncMetrics brings metrics.jsonl to the disk.
func (f *folder) syncMetrics() error {
	file, err := os.OpenFile(f.path(metrics.File), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// restoreMetrics makes metrics.jsonl what it was when a checkpoint was saved.
func (f *folder) restoreMetrics(content []byte) error {
	f.metrics = content[:len(content):len(content)]
	kept, err := os.ReadFile(f.path(metrics.File))
	if bytes.Equal(kept, content) && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("metrics: %w", err)
	}
	if bytes.HasPrefix(kept, content) { // works on a full disk, too
		err = os.Truncate(f.path(metrics.File), int64(len(content)))
	} else {
		err = atomicfile.WriteBytes(f.path(metrics.File), content)
	}
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// truncateMetrics is restoreMetrics for a checkpoint of an earlier version,
// which kept only the length of the metrics.
func (f *folder) truncateMetrics(size int64) error {
	kept, err := os.ReadFile(f.path(metrics.File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("metrics: %w", err)
	}
	if int64(len(kept)) < size {
		return fmt.Errorf("%s has %d bytes, but its checkpoint counts %d: lines are missing\n"+
			"restore the file, or remove %s to start this training over", f.path(metrics.File), len(kept), size, f.dir)
	}
	return f.restoreMetrics(kept[:size])
}

// Reached is how many whole epochs the newest checkpoint of a training's folder
// has, and how many steps of the next; zeros where there is none.
func Reached(dir string) (epoch, step int) {
	states, _ := (&folder{dir: dir}).states()
	if len(states) == 0 {
		return 0, 0
	}
	at, err := positionOf(states[0])
	if err != nil {
		return 0, 0
	}
	return at.Epoch, at.Step
}
