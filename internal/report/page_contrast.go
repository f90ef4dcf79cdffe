package report

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/internal/stats"
	"aeprobe/internal/words"
)

// flipped is the verdict on B instead of A.
func flipped(v Verdict) Verdict {
	v.A, v.B, v.AccuracyA, v.AccuracyB = v.B, v.A, v.AccuracyB, v.AccuracyA
	v.Difference = -v.Difference
	v.Interval = stats.Interval{Low: -v.Interval.High, High: -v.Interval.Low}
	if d := v.Discordant; d != nil {
		v.Discordant = &stats.Discordant{OnlyA: d.OnlyB, OnlyB: d.OnlyA}
	}
	switch v.Verdict {
	case stats.Better:
		v.Verdict = stats.Worse
	case stats.Worse:
		v.Verdict = stats.Better
	}
	return v
}

// contrasts are verdicts on several contenders against the same one, under one
// probe. Their A are the contenders' names as a reader knows them.
type contrasts struct {
	verdicts []Verdict
	// probe is what read the classes, and corrected how many comparisons Holm's
	// correction is over.
	probe     string
	corrected int
	// pool says how the encoders' maps became features; empty for classifiers.
	pool string
}

// linearProbe is how a definition's own classifiers read the classes.
const linearProbe = "the report's linear classifier"

// ofClassifiers are the kept verdicts on the classifiers that of names, against the one
// called against; without verdicts, those that the kept predictions give.
func (p *pageMaker) ofClassifiers(of []string, against string) (*contrasts, error) {
	all := &contrasts{probe: linearProbe}
	if p.Verdicts != nil {
		for _, v := range p.Verdicts.Comparisons {
			if v.Measure != ClassifiersMeasure {
				continue
			}
			all.corrected++
			if v.A == against {
				v = flipped(v)
			}
			if v.B == against && slices.Contains(of, v.A) {
				all.verdicts = append(all.verdicts, v)
			}
		}
	}
	if len(all.verdicts) > 0 {
		return all, nil
	}
	return p.ofPredictions(of, against)
}

// ofPredictions compares classifiers by their predictions for all test images.
func (p *pageMaker) ofPredictions(of []string, against string) (*contrasts, error) {
	all := &contrasts{probe: linearProbe, corrected: len(of)}
	reference, err := p.correct(against)
	if err != nil || reference == nil {
		return all, err
	}
	for _, name := range of {
		correct, err := p.correct(name)
		if err != nil {
			return nil, err
		}
		if correct == nil {
			continue
		}
		v := Verdict{Measure: ClassifiersMeasure, A: name, B: against, AccuracyA: shareOf(correct), AccuracyB: shareOf(reference)}
		if v.Comparison, err = stats.Compare(correct, reference, 0); err != nil {
			return nil, fmt.Errorf("%s against %s: %w", name, against, err)
		}
		all.verdicts = append(all.verdicts, v)
	}
	comparisons := make([]*stats.Comparison, len(all.verdicts))
	for i := range all.verdicts {
		comparisons[i] = &all.verdicts[i].Comparison
	}
	stats.Decide(comparisons, Level)
	return all, nil
}

// correct tells which test images a classifier classified correctly [seeds][images];
// nil if its predictions are not kept.
func (p *pageMaker) correct(classifier string) ([][]bool, error) {
	var all [][]bool
	seeds := [][]ClassifierResult{p.Classifiers}
	for _, repeat := range p.Repeats {
		seeds = append(seeds, repeat.Classifiers)
	}
	for _, classifiers := range seeds {
		i := slices.IndexFunc(classifiers, func(c ClassifierResult) bool { return c.Name == classifier })
		if i < 0 {
			return nil, nil
		}
		kept, err := ReadPredictions(filepath.Join(p.dir, classifiers[i].Source.Stage, PredictionsFile), len(p.Classes))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		row := make([]bool, len(kept.Labels))
		for k, label := range kept.Labels {
			row[k] = kept.Predicted[k] == label
		}
		all = append(all, row)
	}
	return all, nil
}

func shareOf(correct [][]bool) float64 {
	right, all := 0, 0
	for _, row := range correct {
		for _, c := range row {
			if c {
				right++
			}
		}
		all += len(row)
	}
	return 100 * float64(right) / float64(all)
}

// named are the contenders with a verdict.
func (c *contrasts) named(verdict stats.Verdict) []string {
	var names []string
	for _, v := range c.verdicts {
		if v.Verdict == verdict {
			names = append(names, v.A)
		}
	}
	return names
}

// evidence is one verdict in words. what says what the names are of, and against what
// the contender is compared with.
func (c *contrasts) evidence(what, against string) string {
	v := c.verdicts[0]
	interval := intervalOf(v)
	return fmt.Sprintf("On %s test images, %s is right in %s %% with %s %s%s, and in %s %% with %s: %s points, 95 %% interval %s to %s%s, %s%s (%s, %s).",
		grouped(v.Images), c.probe, oneDecimal(v.AccuracyA), what, v.A, c.pooled(), oneDecimal(v.AccuracyB), strings.Replace(what, "features", "those", 1)+" "+against, signed(v.Difference),
		signed(interval.Low), signed(interval.High), byScore(c.verdicts), pInWords(v.AdjustedP), c.correction(), v.Deciding, words.Count(v.Seeds, "seed"))
}

// protocol says how the table of several verdicts came about.
func (c *contrasts) protocol() string {
	first := c.verdicts[0]
	seeds := "one seed"
	if first.Seeds > 1 {
		seeds = "means over " + words.Count(first.Seeds, "seed")
	}
	reference := "the first row"
	if c.pool != "" {
		reference += " of the same features"
	}
	return fmt.Sprintf("How often %s is right on %s test images (%s); the difference from %s in points, with its 95 %% interval%s; and the verdict%s.",
		c.probe, grouped(first.Images), seeds, reference, byScore(c.verdicts), c.correction())
}

// rows are the reference, then each contender.
func (c *contrasts) rows(against string) [][]tableCell {
	rows := [][]tableCell{{{against + c.pooled(), ""}, {oneDecimal(c.verdicts[0].AccuracyB), "num"}, {}, {}, {}}}
	for _, v := range c.verdicts {
		interval := intervalOf(v)
		rows = append(rows, []tableCell{{v.A + c.pooled(), ""}, {oneDecimal(v.AccuracyA), "num"}, {signed(v.Difference), "num"},
			{signed(interval.Low) + " to " + signed(interval.High), "num"}, {string(v.Verdict), verdictClass(v.Verdict)}})
	}
	return rows
}

// pooled is the pool behind a name.
func (c *contrasts) pooled() string {
	if c.pool == "" {
		return ""
	}
	return ", " + poolPhrase(c.pool)
}

func (c *contrasts) correction() string {
	if c.corrected < 2 {
		return ""
	}
	return fmt.Sprintf(" after Holm's correction over %s", words.Count(c.corrected, "comparison"))
}

// pInWords is "p = 0.0312" or "p < 0.0001".
func pInWords(p float64) string {
	if value := pValue(p); strings.HasPrefix(value, "<") {
		return "p " + value
	}
	return "p = " + pValue(p)
}

func oneDecimal(x float64) string { return fmt.Sprintf("%.1f", x) }

// signed is a difference with its sign, a true minus.
func signed(x float64) string { return strings.Replace(fmt.Sprintf("%+.1f", x), "-", "−", 1) }
