package experiments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/weights"
)

// Files of a stage's folder.
const (
	checkpointFile    = "checkpoint.safetensors" // the final weights
	stateFile         = "state.safetensors"      // what a resume goes on from
	previousStateFile = "state.previous.safetensors"
	metricsFile       = "metrics.jsonl"
	predictionsFile   = "predictions.csv"
	resultFile        = "result.json"
)

// trainingFiles are a training stage's folder.
type trainingFiles struct {
	dir    string
	inputs json.RawMessage // what the stage is made from
	// damaged says that the newest checkpoint cannot be read: it must not take
	// the place of the one before it.
	damaged bool
}

func (f *trainingFiles) path(name string) string { return filepath.Join(f.dir, name) }

// saveState makes state the newest checkpoint; the one before it stays, so
// that whatever happens on the way, one is whole.
func (f *trainingFiles) saveState(state *weights.File) error {
	if !f.damaged {
		err := os.Rename(f.path(stateFile), f.path(previousStateFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep a checkpoint: %w", err)
		}
	}
	if err := weights.WriteSafetensors(f.path(stateFile), state); err != nil {
		return fmt.Errorf("keep a checkpoint: %w", err)
	}
	f.damaged = false
	return nil
}

// states are the checkpoints that can be read, newest first, and what was
// wrong with those that can't.
func (f *trainingFiles) states() (readable []*weights.File, problems []error) {
	for _, name := range []string{stateFile, previousStateFile} {
		state, err := weights.Read(f.path(name))
		if err == nil && state.Checksum == "" {
			err = fmt.Errorf("%s: no checksum", f.path(name))
		}
		switch {
		case err == nil:
			readable = append(readable, state)
		case !errors.Is(err, fs.ErrNotExist):
			problems = append(problems, err)
			f.damaged = f.damaged || name == stateFile
		}
	}
	return readable, problems
}

// appendMetrics adds a line and returns the length of the file, which is on
// the disk then.
func (f *trainingFiles) appendMetrics(m EpochMetrics) (size int64, err error) {
	line, err := json.Marshal(m)
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	file, err := os.OpenFile(f.path(metricsFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(append(line, '\n')); err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	if err := file.Sync(); err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	return info.Size(), nil
}

// truncateMetrics takes away the lines after a checkpoint's.
func (f *trainingFiles) truncateMetrics(size int64) error {
	info, err := os.Stat(f.path(metricsFile))
	if size == 0 && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if info.Size() < size {
		return fmt.Errorf("%s has %d bytes, the checkpoint counts %d", f.path(metricsFile), info.Size(), size)
	}
	return os.Truncate(f.path(metricsFile), size)
}

// ReadMetrics reads the metrics.jsonl of a training stage's folder.
func ReadMetrics(dir string) ([]EpochMetrics, error) {
	path := filepath.Join(dir, metricsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []EpochMetrics
	for number, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var m EpochMetrics
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number+1, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// writeJSON writes v for people and machines, atomically.
func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return atomicfile.WriteBytes(path, append(text, '\n'))
}

// readJSON reads what writeJSON wrote.
func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
