package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"aeprobe/config"
	"aeprobe/internal/stats"
	"aeprobe/internal/words"
)

// A StudyTable is one measure of a study: a row per set of features, a column per
// finding.
type StudyTable struct {
	Title string
	*Table
	// Measure is the study's measure that it is of, or whose verdicts it has; empty for
	// other tables.
	Measure string
	// Caption says how it was measured, on how many images and seeds.
	Caption string
}

// StudyTables are those of all measures, in the definition's order, and then the
// verdicts; first, the classifiers over the seeds, if there are several.
func (r *Results) StudyTables() []StudyTable {
	var tables []StudyTable
	if len(r.Repeats) > 0 && len(r.Classifiers) > 0 {
		tables = append(tables, r.seedsTable())
	}
	if slices.ContainsFunc(r.Classifiers, func(c ClassifierResult) bool { return c.Joint }) {
		tables = append(tables, r.jointTable())
	}
	var measures []string
	for _, m := range r.Study {
		if !slices.Contains(measures, m.Measure) {
			measures = append(measures, m.Measure)
		}
	}
	for _, measure := range measures {
		tables = append(tables, r.studyTable(measure))
	}
	if r.Verdicts != nil {
		tables = append(tables, r.verdictTables()...)
	}
	return tables
}

// newTable has columns of text, then columns of numbers.
func newTable(texts, numbers int) *Table {
	t := plainTable()
	var align []table.ColumnConfig
	for i := range numbers {
		align = append(align, table.ColumnConfig{Number: texts + i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight,
			WidthMax: 16, WidthMaxEnforcer: wrapWords})
	}
	t.SetColumnConfigs(align)
	return t
}

// studyTable is the table of one measure.
func (r *Results) studyTable(measure string) StudyTable {
	all := r.Study.OfMeasure(measure)
	names := findingNames(all)
	t := newTable(1, len(names)+1)
	header := table.Row{"features", "width"}
	for _, name := range names {
		header = append(header, name)
	}
	t.AppendHeader(header)
	seeds := 1
	var notes []string
	for _, set := range r.Study.sets(measure) {
		row := table.Row{set[0].Features, set[0].Width}
		for _, name := range names {
			row = append(row, cell(set, name))
		}
		t.AppendRow(row)
		seeds = max(seeds, len(set))
		for _, m := range set {
			for _, note := range m.Notes {
				if line := m.Features + ": " + note; !slices.Contains(notes, line) {
					notes = append(notes, line)
				}
			}
		}
	}
	for _, c := range r.Classifiers {
		if c.isEncoder() && !c.Unlabelled && slices.ContainsFunc(all, func(m Measured) bool { return m.Encoder == c.Name }) {
			notes = append(notes, c.Name+": its encoder was trained with the labels of all training images")
		}
	}
	lines := []string{all[0].Protocol, r.repetition(seeds, all)}
	return StudyTable{Title: measure, Measure: measure, Table: t, Caption: strings.Join(append(lines, notes...), "\n")}
}

// isEncoder reports whether a study may measure the classifier's own encoder.
func (c ClassifierResult) isEncoder() bool { return c.config().Changes(config.Encoder) }

// repetition says what the numbers of a table are means over.
func (r *Results) repetition(seeds int, all []Measured) string {
	var counts []string
	for _, m := range all {
		for _, f := range m.Findings {
			if count := fmt.Sprintf("%d %s", f.N, cmp.Or(f.Of, "test images")); !slices.Contains(counts, count) {
				counts = append(counts, count)
			}
		}
	}
	line := fmt.Sprintf("%s, %s.", r.Data.Title, strings.Join(counts, ", "))
	if seeds > 1 {
		return line + fmt.Sprintf(" Mean ± standard deviation over %d encoders (seeds %s); a baseline has one value, with its 95 %% interval where there is one.",
			seeds, r.seeds())
	}
	return line + fmt.Sprintf(" One encoder each (seed %d); in brackets the 95 %% interval.", r.Seed)
}

// seeds lists the definition's.
func (r *Results) seeds() string {
	all := []string{fmt.Sprint(r.Seed)}
	for _, repeat := range r.Repeats {
		all = append(all, fmt.Sprint(repeat.Seed))
	}
	return strings.Join(all, ", ")
}

// findingNames are the names of all findings, in the order of their first one.
func findingNames(all []Measured) []string {
	var names []string
	for _, m := range all {
		for _, f := range m.Findings {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// sets are what a measure found, by set of features, one for each seed.
func (s Study) sets(measure string) [][]Measured {
	var sets [][]Measured
	at := map[string]int{}
	for _, m := range s.OfMeasure(measure) {
		i, known := at[m.Features]
		if !known {
			i = len(sets)
			at[m.Features] = i
			sets = append(sets, nil)
		}
		sets[i] = append(sets[i], m)
	}
	return sets
}

// chosen are the findings that were picked from a grid, whose mean was no choice.
var chosen = map[string]bool{"C": true}

// eachOf lists values, or gives the one that all are.
func eachOf(values []float64) string {
	var all []string
	for _, v := range values {
		all = append(all, fmt.Sprintf("%g", v))
	}
	if len(slices.Compact(slices.Clone(all))) == 1 {
		return all[0]
	}
	return strings.Join(all, ", ")
}

// cell is a finding of one set of features: over its seeds, or with its interval.
func cell(set []Measured, name string) string {
	var values []float64
	var last *Finding
	for i := range set {
		if f := set[i].Finding(name); f != nil && !f.Value.IsNaN() {
			values, last = append(values, float64(f.Value)), f
		}
	}
	switch {
	case len(values) == 0:
		return "-"
	case len(values) > 1 && chosen[name]:
		return eachOf(values)
	case len(values) > 1:
		return overSeeds(values, last.Unit)
	case last.Low != nil && *last.Low < *last.High: // of all images there is one subset
		return fmt.Sprintf("%s [%s, %s]", digits(values[0], last.Unit), digits(*last.Low, last.Unit), digits(*last.High, last.Unit))
	default:
		return digits(values[0], last.Unit)
	}
}

// digits has two decimals for percent, and four digits for other numbers.
func digits(x float64, unit string) string {
	if unit == "%" {
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// verdictTables are those of each measure's comparisons.
func (r *Results) verdictTables() []StudyTable {
	var tables []StudyTable
	all := r.Verdicts.Comparisons
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(v Verdict) bool { return v.Measure != all[0].Measure || v.Finding != all[0].Finding })
		if n < 0 {
			n = len(all)
		}
		tables = append(tables, r.verdictTable(all[:n]))
		all = all[n:]
	}
	return tables
}

// The columns of a verdict table that have no numbers.
const verdictHeader, neededHeader = "verdict on A", "to tell"

func (r *Results) verdictTable(group []Verdict) StudyTable {
	t := newTable(2, 5)
	t.AppendHeader(table.Row{"A", "B", "A %", "B %", "A - B", "95 % interval", "p (Holm)", verdictHeader, neededHeader})
	for _, v := range group {
		interval := intervalOf(v)
		t.AppendRow(table.Row{v.A, v.B, digits(v.AccuracyA, "%"), digits(v.AccuracyB, "%"), fmt.Sprintf("%+.2f", v.Difference),
			fmt.Sprintf("%+.2f to %+.2f", interval.Low, interval.High), pValue(v.AdjustedP), string(v.Verdict), toTell(v.Comparison)})
	}
	title := fmt.Sprintf("verdicts: %s, %s", group[0].Measure, group[0].Finding)
	compared, needed := "Accuracy on the same "+words.Count(group[0].Images, "test image"), "test images"
	if part := group[0].Part; part != "" {
		compared, needed = "Means over the same "+words.Count(group[0].Parts, part)+" of test images", part+"s"
	}
	return StudyTable{Title: title, Measure: group[0].Measure, Table: t, Caption: fmt.Sprintf("%s, in percent and percentage points. "+
		"Tests: %s%s; Holm's correction over the table's %s; level 5 %%. Intervals, and what it takes to tell, are of one comparison, without that correction. To tell: how many %s, or seeds, would tell a difference of this size with a power of 80 %%, the other number as it is; none: no number would do.",
		compared, testsOf(group), byScore(group), words.Count(len(group), "comparison"), needed)}
}

// testsOf names the tests that decide a group's comparisons.
func testsOf(group []Verdict) string {
	var names []string
	for _, v := range group {
		name := fmt.Sprintf("%s with %s", v.Deciding, words.Count(v.Seeds, "seed"))
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func pValue(p float64) string {
	if p < 0.0001 {
		return "< 0.0001"
	}
	return strconv.FormatFloat(p, 'f', 4, 64)
}

// toTell is how much more it would take where a comparison cannot tell.
func toTell(c stats.Comparison) string {
	if c.Verdict != stats.CannotTell {
		return ""
	}
	var needed []string
	if c.ImagesToTell > 0 {
		needed = append(needed, words.Count(c.ImagesToTell, "image"))
	}
	if c.PartsToTell > 0 {
		needed = append(needed, words.Count(c.PartsToTell, c.Part))
	}
	if c.SeedsToTell > 0 {
		needed = append(needed, words.Count(c.SeedsToTell, "seed"))
	}
	return orNone(strings.Join(needed, " or "))
}

// overSeeds is the mean and the standard deviation of two values or more: in percent with
// two digits after the point, otherwise with two significant digits of the deviation.
func overSeeds(values []float64, unit string) string {
	mean, deviation := stats.MeanDeviation(values)
	if unit == "%" || deviation == 0 {
		return fmt.Sprintf("%s ± %s", digits(mean, unit), digits(deviation, unit))
	}
	places := min(max(0, 1-int(math.Floor(math.Log10(deviation)))), mostPlaces)
	return fmt.Sprintf("%.*f ± %.*f", places, mean, places, deviation)
}

// mostPlaces keeps rounding errors, where all seeds agree, from filling a cell.
const mostPlaces = 6
