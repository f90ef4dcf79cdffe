package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"aeprobe/internal/report"
	"aeprobe/internal/stats"
)

// A Verdict compares a classifier of one group with that of the reference, on the
// same test images and the seeds that both have.
type Verdict struct {
	Classifier string `json:"classifier"`
	// Group and Reference are places in Collected.Groups.
	Group     int `json:"group"`
	Reference int `json:"reference"`
	stats.Comparison
}

const (
	level = 0.05
	// maxVerdicts is how many comparisons are made: Holm's correction leaves little
	// to tell among more.
	maxVerdicts = 200
	maxClasses  = 255
)

// compare compares every group with the reference's, classifier by classifier.
// Holm's correction is over each classifier's comparisons.
func (c *Collected) compare(s *Sweep, reference int) error {
	at := slices.IndexFunc(c.Groups, func(g Group) bool {
		return slices.ContainsFunc(g.repeats, func(p repeat) bool { return p.run.Number == reference })
	})
	classifiers := c.classifiers()
	switch n := len(classifiers) * (len(c.Groups) - 1); {
	case len(c.Groups) < 2 || len(classifiers) == 0:
		return nil
	case at < 0:
		c.Untold = fmt.Sprintf("Groups are compared with that of run %d, which is not done.", reference)
		return nil
	case n > maxVerdicts:
		c.Untold = fmt.Sprintf("No verdicts: after correction for %d comparisons there would be little to tell. Collect fewer groups.", n)
		return nil
	}
	for _, name := range classifiers {
		first := len(c.Verdicts)
		predictions := make([]map[uint64][]bool, len(c.Groups))
		for i, g := range c.Groups {
			var err error
			if predictions[i], err = g.correct(name); err != nil {
				return err
			}
		}
		for i := range c.Groups {
			if i == at {
				continue
			}
			a, b := paired(predictions[i], predictions[at])
			if len(a) == 0 {
				c.Untold = "Some groups have no seed or no test images in common with the reference: they are not compared."
				continue
			}
			comparison, err := stats.Compare(a, b, 1)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			c.Verdicts = append(c.Verdicts, Verdict{Classifier: name, Group: i, Reference: at, Comparison: comparison})
		}
		var table []*stats.Comparison
		for i := range c.Verdicts[first:] {
			table = append(table, &c.Verdicts[first+i].Comparison)
		}
		stats.Decide(table, level)
	}
	return nil
}

// classifiers are the names of all.
func (c *Collected) classifiers() []string {
	var names []string
	for _, p := range c.repeats {
		folders, err := os.ReadDir(filepath.Join(p.folder, "classifiers"))
		if err != nil {
			continue
		}
		for _, f := range folders {
			if !slices.Contains(names, f.Name()) {
				names = append(names, f.Name())
			}
		}
	}
	slices.Sort(names)
	return names
}

// correct is which test images a classifier got right, by seed.
func (g *Group) correct(classifier string) (map[uint64][]bool, error) {
	all := map[uint64][]bool{}
	for _, p := range g.repeats {
		predicted, err := report.ReadPredictions(filepath.Join(p.folder, "classifiers", classifier, report.PredictionsFile), maxClasses)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		right := make([]bool, len(predicted.Labels))
		for i, label := range predicted.Labels {
			right[i] = predicted.Predicted[i] == label
		}
		all[p.seed] = right
	}
	return all, nil
}

// paired are the rows of the seeds that both have, on as many images.
func paired(a, b map[uint64][]bool) (x, y [][]bool) {
	var seeds []uint64
	for seed := range a {
		if len(b[seed]) == len(a[seed]) {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	for _, seed := range seeds {
		x, y = append(x, a[seed]), append(y, b[seed])
	}
	return x, y
}
