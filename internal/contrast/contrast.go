// Package contrast says how two runs differ: in which fields of their definitions,
// in their images and machinery, and in which numbers, with a verdict where the same
// test images allow one.
//
// The rules: numbers are paired by name and seed, and means are over the seeds that
// both runs have. What was tested on other images is not tested against each other.
// Holm's correction is over all comparisons of the two runs, since a reader may pick
// from all of them. No verdict is given on what was only counted together, such as a
// loss over all test images.
package contrast

import (
	"fmt"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
)

// Run is a run directory that is compared.
type Run struct {
	Dir        string
	Definition *config.Definition
	// Results are nil where the run is not finished.
	Results *report.Results
}

// Contrast is how run B differs from run A.
type Contrast struct {
	// Fields of the definitions, without names and descriptions.
	Fields []fingerprint.Field `json:"definition"`
	// DataA and DataB are nil where a run has no results.
	DataA *stages.DataUsed `json:"data_a,omitempty"`
	DataB *stages.DataUsed `json:"data_b,omitempty"`
	// MadeA and MadeB are the machinery of all stages with numbers, in words.
	MadeA []string `json:"made_with_a,omitempty"`
	MadeB []string `json:"made_with_b,omitempty"`
	// Seeds that both have, as far as both have results.
	Seeds []uint64 `json:"seeds,omitempty"`
	// Numbers that differ, or whose predictions do.
	Numbers []Number `json:"numbers"`
	// Equal counts the others that both have.
	Equal int `json:"equal"`
	// OnlyA and OnlyB name what only one has numbers of.
	OnlyA []string `json:"only_a,omitempty"`
	OnlyB []string `json:"only_b,omitempty"`
	// Untested says why there are no verdicts; empty where there may be.
	Untested string `json:"untested,omitempty"`
	// SameLabels tells that the test images are taken as the same because their labels
	// are, in order: the data sets differ in how many images were used.
	SameLabels bool `json:"same_labels,omitempty"`
}

// Number is one that both runs have.
type Number struct {
	// Of is what it is a number of, as in "classifiers/random".
	Of string `json:"of"`
	// Name is what was measured, as in "accuracy".
	Name string `json:"name"`
	// Unit is "%" or empty.
	Unit string `json:"unit,omitempty"`
	// A and B are means over the seeds; Difference is B - A.
	A          report.Number `json:"a"`
	B          report.Number `json:"b"`
	Difference report.Number `json:"difference"`
	// Comparison is of B with A; nil where there is none.
	Comparison *stats.Comparison `json:"comparison,omitempty"`
}

// level is the share of pairs of runs without any difference that have a verdict.
const level = 0.05

// Of compares two runs.
func Of(a, b Run) (*Contrast, error) {
	c := &Contrast{Numbers: []Number{}}
	var err error
	if c.Fields, err = fields(a.Definition, b.Definition); err != nil {
		return nil, err
	}
	if a.Results == nil || b.Results == nil {
		return c, nil
	}
	c.DataA, c.DataB = &a.Results.Data, &b.Results.Data
	c.MadeA, c.MadeB = machinery(a.Results), machinery(b.Results)
	seedsA, seedsB := seedsOf(a.Results), seedsOf(b.Results)
	for _, seed := range seedsA {
		if slices.Contains(seedsB, seed) {
			c.Seeds = append(c.Seeds, seed)
		}
	}
	if c.Untested = untested(a.Results, b.Results, c.Seeds); c.Untested == "" {
		c.SameLabels = c.DataA.Fingerprint != c.DataB.Fingerprint
	}
	return c, c.compareNumbers(a, b)
}

// fields are those in which two definitions differ.
func fields(a, b *config.Definition) ([]fingerprint.Field, error) {
	was, err := fingerprint.Canonical(a)
	if err != nil {
		return nil, err
	}
	is, err := fingerprint.Canonical(b)
	if err != nil {
		return nil, err
	}
	all, err := fingerprint.Differences(was, is)
	return slices.DeleteFunc(all, func(f fingerprint.Field) bool { return f.Path == "name" || f.Path == "description" }), err
}

// untested says why the predictions of two runs cannot be compared; empty if they
// can, provided that their labels are the same.
func untested(a, b *report.Results, seeds []uint64) string {
	switch {
	case len(seeds) == 0:
		return "the runs have no seed in common"
	case a.Data.Fingerprint == b.Data.Fingerprint:
		return ""
	case a.Data.Title != b.Data.Title:
		return "the runs are of different images"
	case a.Data.Test != b.Data.Test:
		return "the runs were tested on different numbers of images"
	default:
		return ""
	}
}

// machinery is what the numbers were computed with, in words, each once.
func machinery(r *report.Results) []string {
	var all []string
	add := func(s report.Source) {
		m := s.MadeWith
		text := fmt.Sprintf("%s, %s, libtorch %s, aeprobe %s", m.Device, m.CPU, m.Libtorch, m.Aeprobe)
		if m.TF32 {
			text += ", TF32"
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	for _, t := range r.Autoencoders {
		add(t.Source)
	}
	for _, t := range r.Aggregations {
		add(t.Source)
	}
	for _, t := range r.Classifiers {
		add(t.Source)
	}
	for _, m := range r.Study {
		add(m.Source)
	}
	return all
}

// seedsOf are a run's, its first one first.
func seedsOf(r *report.Results) []uint64 {
	seeds := []uint64{r.Seed}
	for _, repeat := range r.Repeats {
		seeds = append(seeds, repeat.Seed)
	}
	return seeds
}
