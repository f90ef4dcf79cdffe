// Package metrics holds what a run measures and reports as it goes: scores, a
// line per epoch, the summary of a training, and progress events. It knows
// neither networks nor stages, so that whoever only reads a run needs no
// libtorch.
package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// File is the name of a training stage's metrics, one JSON object per epoch.
const File = "metrics.jsonl"

// Scores are what a test measured, by name: bce, l1 and mse (means over the
// test images) for an auto-encoder, cross_entropy (mean) and accuracy (percent)
// for a classifier, and both for one that is trained to reconstruct, too.
type Scores map[string]float64

// Epoch is one line of a training stage's metrics.jsonl.
type Epoch struct {
	// Epoch counts from 1.
	Epoch int `json:"epoch"`
	// Loss is the mean training loss over the epoch's examples.
	Loss float64 `json:"loss"`
	// Test is nil for an epoch without a test.
	Test Scores `json:"test,omitempty"`
	// LearningRate of the epoch, where a schedule changes it.
	LearningRate float64 `json:"learning_rate,omitempty"`
	// Seconds spent in training steps since the first epoch began.
	Seconds float64 `json:"seconds"`
}

// Training is the summary of a finished training.
type Training struct {
	// Epochs and Steps trained, over all sessions.
	Epochs int `json:"epochs"`
	Steps  int `json:"steps"`
	// Examples is how many there were to train on. Zero means all training
	// images: results from before it was kept do not have it.
	Examples int `json:"examples,omitempty"`
	// Plan tells that the steps were taken by plan rather than by autograd: other
	// last digits.
	Plan bool `json:"plan,omitempty"`
	// Loss is the last epoch's mean training loss, Test the test after it.
	Loss float64 `json:"loss"`
	Test Scores  `json:"test"`
	// Seconds spent in training steps, over all sessions, and their rate.
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
}

// Rate is images per second, and 0 if a coarse clock saw no time pass: JSON has
// no infinity.
func Rate(images int, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(images) / seconds
}

// Read reads the metrics of a training stage's folder.
func Read(dir string) ([]Epoch, error) {
	path := filepath.Join(dir, File)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []Epoch
	for number, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var e Epoch
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number+1, err)
		}
		all = append(all, e)
	}
	return all, nil
}

// MarshalJSON writes scores that are not finite as null: JSON has no NaN.
func (s Scores) MarshalJSON() ([]byte, error) {
	values := make(map[string]*float64, len(s))
	for name, value := range s {
		values[name] = nil
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			values[name] = &value
		}
	}
	return json.Marshal(values)
}

// NotFinite returns the sorted names of the scores that are NaN or infinite.
func (s Scores) NotFinite() []string {
	var names []string
	for name, value := range s {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// UnmarshalJSON reads null as NaN.
func (s *Scores) UnmarshalJSON(text []byte) error {
	var values map[string]*float64
	if err := json.Unmarshal(text, &values); err != nil || values == nil {
		return err
	}
	*s = make(Scores, len(values))
	for name, value := range values {
		(*s)[name] = math.NaN()
		if value != nil {
			(*s)[name] = *value
		}
	}
	return nil
}
