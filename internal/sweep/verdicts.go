package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
		return slices.Contains(g.runs, reference)
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
		predictions := make([]map[uint64]*report.Predictions, len(c.Groups))
		for i, g := range c.Groups {
			var err error
			if predictions[i], err = g.predictions(name); err != nil {
				return err
			}
		}
		for i := range c.Groups {
			if i == at {
				continue
			}
			a, b, others := paired(predictions[i], predictions[at])
			if others > 0 {
				c.Untold = "Some runs were tested on other images than the reference: they are not compared with it."
			}
			if len(a) == 0 {
				if others == 0 {
					c.Untold = "Some groups have no seed in common with the reference: they are not compared."
				}
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

// predictions are a classifier's, by seed.
func (g *Group) predictions(classifier string) (map[uint64]*report.Predictions, error) {
	all := map[uint64]*report.Predictions{}
	for _, p := range g.repeats {
		predicted, err := report.ReadPredictions(filepath.Join(p.folder, "classifiers", classifier, report.PredictionsFile), maxClasses)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[p.seed] = predicted
	}
	return all, nil
}

// paired are which test images were classified correctly, for each seed that both
// have; others counts the seeds whose test images are not the same.
func paired(a, b map[uint64]*report.Predictions) (x, y [][]bool, others int) {
	for _, seed := range slices.Sorted(maps.Keys(a)) {
		if b[seed] == nil {
			continue
		}
		correctA, correctB, isSame := report.BothCorrect(a[seed], b[seed])
		if !isSame {
			others++
			continue
		}
		x, y = append(x, correctA), append(y, correctB)
	}
	return x, y, others
}
