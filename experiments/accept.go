package experiments

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"aeprobe/internal/weights"
)

// accept refuses stages that could not write to their folders, or not go on
// from the checkpoints there, before anything in the run directory is touched.
func (r *run) accept(stages []*stage) error {
	var refusals []error
	for _, s := range stages {
		if err := writable(filepath.Join(r.dir, s.name)); err != nil {
			return err
		}
		if !s.costly {
			continue
		}
		if err := s.accept(filepath.Join(r.dir, s.name)); err != nil {
			refusals = append(refusals, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(refusals...)
}

// accept is the same for a training stage and its folder.
func (s *stage) accept(dir string) error {
	_, err := ReadResult(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return err // what is finished can be kept aside, if it can be read
	}
	files := &trainingFiles{dir: dir, inputs: s.inputsJSON}
	states, _ := files.states() // resume tells of the damaged ones
	if len(states) == 0 {
		return nil
	}
	return files.accept(states[0], s.epochs)
}

// accept refuses a checkpoint of a training that went another way, or went on
// for longer than epochs. One that was to last for another number of epochs
// went the same way so far.
func (f *trainingFiles) accept(state *weights.File, epochs int) error {
	why, err := trainingDifference([]byte(state.Metadata[inputsKey]), f.inputs)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if why != "" {
		return fmt.Errorf("there is an unfinished training made from something else: %s\n"+
			"go on with the definition it was begun with, use another --out, or remove %s to begin anew", why, f.dir)
	}
	at, err := positionOf(state)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if at.Epoch > epochs || at.Epoch == epochs && at.Step > 0 {
		return fmt.Errorf("there is an unfinished training that has come to step %d after epoch %d, with %s asked for\n"+
			"ask for more epochs, use another --out, or remove %s to begin anew", at.Step, at.Epoch, plural(epochs, "epoch"), f.dir)
	}
	return nil
}

// positionOf is how far the training had come when state was saved.
func positionOf(state *weights.File) (position, error) {
	var at position
	if err := json.Unmarshal([]byte(state.Metadata[positionKey]), &at); err != nil {
		return at, fmt.Errorf("position: %w", err)
	}
	if at.Epoch < 0 || at.Step < 0 || at.MetricsBytes < 0 || at.Seconds < 0 {
		return at, fmt.Errorf("position: impossible: %+v", at)
	}
	return at, nil
}
