package contrast

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/internal/report"
	"aeprobe/internal/stats"
)

// A series is one number of a run, by seed.
type series struct {
	of, name, unit string
	// values are by seed; what has no seed has only the key noSeed.
	values map[uint64]float64
	// predictions and scores are files by seed, empty where there are none.
	predictions, scores map[uint64]string
}

// noSeed is the key of what is the same for every seed; no seed is as large.
const noSeed = math.MaxUint64

// studyPrefix begins the names of what a study measured.
const studyPrefix = "study/"

// key tells the numbers of a run apart.
func (s *series) key() string { return s.of + "\x00" + s.name }

// collected are all numbers of a run that could be compared, in order.
type collected struct {
	all   []*series
	byKey map[string]*series
}

func (c *collected) add(of, name, unit string, seed uint64, value float64) *series {
	s := &series{of: of, name: name, unit: unit, values: map[uint64]float64{}, predictions: map[uint64]string{}, scores: map[uint64]string{}}
	if known, has := c.byKey[s.key()]; has {
		s = known
	} else {
		c.byKey[s.key()] = s
		c.all = append(c.all, s)
	}
	s.values[seed] = value
	return s
}

// collect lists a run's numbers.
func collect(r Run) *collected {
	c := &collected{byKey: map[string]*series{}}
	c.addTrained(r.Dir, r.Results.Seed, r.Results.Autoencoders, r.Results.Aggregations, r.Results.Classifiers)
	for _, repeat := range r.Results.Repeats {
		c.addTrained(r.Dir, repeat.Seed, repeat.Autoencoders, repeat.Aggregations, repeat.Classifiers)
	}
	for _, m := range r.Results.Study {
		seed := uint64(noSeed)
		if m.Seed != nil {
			seed = *m.Seed
		}
		of := m.Features
		if m.Epoch > 0 {
			of += fmt.Sprintf(" after epoch %d", m.Epoch)
		}
		for _, f := range m.Findings {
			s := c.add(studyPrefix+of, m.Measure+", "+f.Name, f.Unit, seed, float64(f.Value))
			folder := filepath.Join(r.Dir, filepath.FromSlash(m.Source.Stage))
			if f.Compared && f.Predictions != "" {
				s.predictions[seed] = filepath.Join(folder, f.Predictions)
			}
			if f.Compared && f.Scores != "" {
				s.scores[seed] = filepath.Join(folder, f.Scores)
			}
		}
	}
	return c
}

// addTrained lists the numbers of one seed's trainings.
func (c *collected) addTrained(dir string, seed uint64, autoencoders []report.AutoencoderResult, aggregations []report.AggregationResult,
	classifiers []report.ClassifierResult) {
	tests := func(of string, t report.Trained) {
		if t.Training == nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(t.Training.Test)) {
			c.add(of, "test "+name, "", seed, t.Training.Test[name])
		}
	}
	for _, a := range autoencoders {
		tests("autoencoders/"+a.Name, a.Trained)
	}
	for _, a := range aggregations {
		tests("aggregations/"+a.Name, a.Trained)
	}
	for _, k := range classifiers {
		for _, protocol := range slices.Sorted(maps.Keys(k.Scores)) {
			s := c.add("classifiers/"+k.Name, "accuracy, "+protocol, "%", seed, float64(k.Scores[protocol].Accuracy))
			if protocol == allImages {
				s.predictions[seed] = filepath.Join(dir, filepath.FromSlash(k.Source.Stage), report.PredictionsFile)
			}
		}
	}
}

// allImages is the protocol that counts all test images.
const allImages = "full"

// compareNumbers pairs the numbers of two runs.
func (c *Contrast) compareNumbers(a, b Run) error {
	inA, inB := collect(a), collect(b)
	c.OnlyA, c.OnlyB = inA.without(inB), inB.without(inA)
	classes := len(a.Results.Classes)
	var tested []*stats.Comparison
	for _, was := range inA.all {
		is := inB.byKey[was.key()]
		if is == nil {
			continue
		}
		seeds := sharedSeeds(was, is)
		if len(seeds) == 0 {
			continue
		}
		n := Number{Of: was.of, Name: was.name, Unit: was.unit, A: report.Number(was.mean(seeds)), B: report.Number(is.mean(seeds))}
		n.Difference = n.B - n.A
		if c.Untested == "" {
			var err error
			if n.Comparison, err = compare(was, is, seeds, classes, a.Results.Seed); err != nil {
				return fmt.Errorf("%s, %s: %w", n.Of, n.Name, err)
			}
		}
		if n.equal() {
			c.Equal++
			continue
		}
		if n.Comparison != nil {
			tested = append(tested, n.Comparison)
		}
		c.Numbers = append(c.Numbers, n)
	}
	stats.Decide(tested, level)
	return nil
}

// without names what other has no numbers of, or not that measure's.
func (c *collected) without(other *collected) []string {
	shared := map[string]bool{}
	for _, s := range other.all {
		shared[s.of] = true
	}
	var names []string
	for _, s := range c.all {
		if other.byKey[s.key()] != nil {
			continue
		}
		name := s.of
		if shared[s.of] {
			what := s.name
			if measure, _, _ := strings.Cut(what, ","); strings.HasPrefix(s.of, studyPrefix) {
				what = measure
			}
			name += " (" + what + ")"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// equal reports whether there is nothing to tell of a number.
func (n Number) equal() bool {
	bothNaN := n.A.IsNaN() && n.B.IsNaN()
	if !bothNaN && n.A != n.B {
		return false
	}
	return n.Comparison == nil || n.Comparison.Discordant != nil && *n.Comparison.Discordant == stats.Discordant{}
}

// sharedSeeds are those for which both have a value.
func sharedSeeds(a, b *series) []uint64 {
	var seeds []uint64
	for _, seed := range slices.Sorted(maps.Keys(a.values)) {
		if _, has := b.values[seed]; has {
			seeds = append(seeds, seed)
		}
	}
	return seeds
}

func (s *series) mean(seeds []uint64) float64 {
	var sum float64
	for _, seed := range seeds {
		sum += s.values[seed]
	}
	return sum / float64(len(seeds))
}

// errOtherImages says that two runs did not test the same images.
var errOtherImages = errors.New("the test images have other labels")

// compare tests B against A; nil where there is nothing to test with.
func compare(a, b *series, seeds []uint64, classes int, draws uint64) (*stats.Comparison, error) {
	var correctA, correctB [][]bool
	var scoresA, scoresB [][]float64
	part := ""
	for _, seed := range seeds {
		switch {
		case a.predictions[seed] != "" && b.predictions[seed] != "":
			was, is, err := bothPredictions(a.predictions[seed], b.predictions[seed], classes)
			if errors.Is(err, errOtherImages) || errors.Is(err, fs.ErrNotExist) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			correctA, correctB = append(correctA, was), append(correctB, is)
		case a.scores[seed] != "" && b.scores[seed] != "":
			was, errA := report.ReadScores(a.scores[seed])
			is, errB := report.ReadScores(b.scores[seed])
			if err := errors.Join(errA, errB); errors.Is(err, fs.ErrNotExist) {
				return nil, nil
			} else if err != nil {
				return nil, err
			}
			if was.Part != is.Part || len(was.Values) != len(is.Values) {
				return nil, nil
			}
			part = was.Part
			scoresA, scoresB = append(scoresA, was.Values), append(scoresB, is.Values)
		default:
			return nil, nil
		}
	}
	var result stats.Comparison
	var err error
	if part != "" {
		if slices.EqualFunc(scoresA, scoresB, slices.Equal) {
			return nil, nil
		}
		result, err = stats.CompareScores(scoresB, scoresA, part)
	} else {
		if len(correctA) > 1 && slices.EqualFunc(correctA, correctB, slices.Equal) {
			return nil, nil
		}
		result, err = stats.Compare(correctB, correctA, draws)
	}
	return &result, err
}

// bothPredictions tell which test images two files have the class of.
func bothPredictions(pathA, pathB string, classes int) (a, b []bool, err error) {
	was, errA := report.ReadPredictions(pathA, classes)
	is, errB := report.ReadPredictions(pathB, classes)
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	a, b, isSame := report.BothCorrect(was, is)
	if !isSame {
		return nil, nil, errOtherImages
	}
	return a, b, nil
}
