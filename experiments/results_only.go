package experiments

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
)

// This file keeps runs small. The rule: what is left out can be made again from
// what stays, the weights, without training.

// illustrates reports whether a stage makes nothing that a number depends on.
func illustrates(st *stages.Stage) bool { return st.Name == featuresStage || st.Name == figuresStage }

// kept are the stages of a whole run.
func (s *setup) kept() ([]*stages.Stage, error) {
	all, err := s.unfold()
	if s.resultsOnly {
		all = slices.DeleteFunc(all, illustrates)
	}
	return all, err
}

// removeCheckpoints removes what only a resume reads from finished stages.
func removeCheckpoints(dir *stages.Dir, finished []*stages.Stage) error {
	for _, st := range finished {
		for _, name := range []string{train.StateFile, train.PreviousStateFile} {
			if err := os.Remove(dir.Join(st.Name, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// isIllustrated reports whether a run directory has a page, or the figures for one.
func (s *setup) isIllustrated() bool {
	for _, file := range []string{report.PageFile, figuresStage} {
		if _, err := os.Stat(s.dir.Join(file)); err == nil {
			return true
		}
	}
	return false
}
