package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aeprobe/internal/atomicfile"
)

// A stage is one part of a report. It has a folder of its name in the run
// directory.
type stage struct {
	name  string
	needs []*stage
	// inputs are all that decides the result, under the names that a
	// definition's YAML has for them; the fingerprints of what the stage needs
	// are among them.
	inputs any
	run    func(context.Context, *stage) (*Result, error)
	// verify computes again what a result and the stage's folder say, where
	// that can be done without training.
	verify func(*verifier, context.Context, *stage, *Result) error
	// costly results are kept aside, not written over, when a changed
	// definition makes the stage run again.
	costly bool
	// epochs that a training stage lasts.
	epochs int
	// takes is what the stage takes of the machine.
	takes demand

	inputsJSON  json.RawMessage
	fingerprint Fingerprint
}

// seal computes the fingerprint, which is fixed from then on.
func (s *stage) seal() error {
	inputs, err := canonicalJSON(s.inputs)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.inputsJSON, s.fingerprint = inputs, fingerprint(inputs)
	return nil
}

// Result is a stage's result.json.
type Result struct {
	Stage       string          `json:"stage"`
	Fingerprint Fingerprint     `json:"fingerprint"`
	Inputs      json.RawMessage `json:"inputs"`
	MadeWith    MadeWith        `json:"made_with"`
	Data        DataUsed        `json:"data"`
	// Files are the SHA-256 sums, in hex, of what the stage left in its folder.
	Files map[string]string `json:"files,omitempty"`

	Training *TrainingResult          `json:"training,omitempty"`
	Features map[string]FeatureResult `json:"features,omitempty"`
}

// DataUsed says on which images a stage worked.
type DataUsed struct {
	// Title is how tables and figures must call the data: "CIFAR-10",
	// "modified CIFAR-10", "synthetic data".
	Title       string `json:"title"`
	Fingerprint string `json:"fingerprint"`
	// Train and Test count the images.
	Train int `json:"train"`
	Test  int `json:"test"`
}

// TrainingResult is what training came to.
type TrainingResult struct {
	// Epochs and Steps really trained, over all sessions.
	Epochs int `json:"epochs"`
	Steps  int `json:"steps"`
	// Loss is the last epoch's mean training loss, Test what was measured
	// after it.
	Loss float64 `json:"loss"`
	Test Scores  `json:"test"`
	// Seconds spent in training steps, over all sessions, and their rate.
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
}

// ReadResult reads the result.json of a stage's folder.
func ReadResult(dir string) (*Result, error) {
	var result Result
	if err := readJSON(filepath.Join(dir, resultFile), &result); err != nil {
		return nil, err
	}
	return &result, nil
}

// done reports whether the stage's result is there and was made from the same
// inputs.
func (r *run) done(s *stage) bool {
	result, err := ReadResult(filepath.Join(r.dir, s.name))
	return err == nil && result.Fingerprint == s.fingerprint
}

// complete runs a stage that is not done and writes its result.
func (r *run) complete(ctx context.Context, s *stage) error {
	dir := filepath.Join(r.dir, s.name)
	if s.costly {
		if err := r.setAside(s, dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomicfile.RemoveTemporaries(dir); err != nil {
		return err
	}
	// A result says that its folder is whole, which it is not from here on.
	if err := os.Remove(filepath.Join(dir, resultFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r.events(Event{Kind: StageStarted, Stage: s.name})
	result, err := s.run(ctx, s)
	if err != nil {
		return explain(err)
	}
	result.Stage, result.Fingerprint, result.Inputs = s.name, s.fingerprint, s.inputsJSON
	result.MadeWith = madeWith(r.device, r.stageThreads)
	result.MadeWith.TF32 = r.tf32()
	result.Data = r.dataUsed()
	if result.Files, err = checksums(dir); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, resultFile), result); err != nil {
		return err
	}
	r.events(Event{Kind: StageFinished, Stage: s.name})
	return nil
}

// setAside moves a finished result of other inputs out of the way: it may have
// cost hours, so it is not written over. A training that is only to last longer
// stays where it is and goes on.
func (r *run) setAside(s *stage, dir string) error {
	old, err := ReadResult(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	why, err := difference(old.Inputs, s.inputsJSON)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, resultFile), err)
	}
	if longer, err := lastsLonger(old, s); err != nil {
		return err
	} else if longer {
		r.events(Event{Kind: Warning, Stage: s.name, Message: why + "; the training goes on"})
		return nil
	}
	kept := filepath.Join("superseded", s.name+"-"+string(old.Fingerprint[:min(8, len(old.Fingerprint))]))
	if err := os.MkdirAll(filepath.Join(r.dir, filepath.Dir(kept)), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(r.dir, kept)); err != nil {
		return err
	}
	if err := os.Rename(dir, filepath.Join(r.dir, kept)); err != nil {
		return err
	}
	r.events(Event{Kind: Warning, Stage: s.name, Message: fmt.Sprintf("%s; the earlier result is kept in %s", why, kept)})
	return nil
}

// lastsLonger reports whether s goes on where old ended: the same training for
// more epochs.
func lastsLonger(old *Result, s *stage) (bool, error) {
	why, err := trainingDifference(old.Inputs, s.inputsJSON)
	return old.Training != nil && old.Training.Epochs < s.epochs && why == "", err
}

func (r *run) dataUsed() DataUsed {
	return DataUsed{Title: r.data.Title(), Fingerprint: r.data.Fingerprint,
		Train: r.data.Train.Len(), Test: r.data.Test.Len()}
}

// train goes on with t from the stage's newest checkpoint, or from the
// beginning where there is none, and trains to the end.
func (r *run) train(ctx context.Context, s *stage, t *task) (*Result, error) {
	tr, err := r.newTrainer(s, t)
	if err != nil {
		return nil, err
	}
	defer tr.release()
	if err := tr.resume(); err != nil {
		return nil, err
	}
	if err := tr.train(ctx); err != nil {
		return nil, err
	}
	return tr.finish()
}
