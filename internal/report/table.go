package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"aeprobe/internal/stats"
)

// Table1 is the report's table for a terminal, classes down and modes across: a
// column per mode and protocol, next to the report's own. Print Caption below
// it.
func (r *Results) Table1() *Table {
	modes, columns := table.Row{""}, table.Row{"accuracy in %"}
	for _, c := range r.columns() {
		modes, columns = append(modes, c.mode), append(columns, c.of)
	}
	t := r.table1()
	t.AppendHeader(modes, table.RowConfig{AutoMerge: true, AutoMergeAlign: text.AlignCenter})
	t.AppendHeader(columns)
	return t
}

// flatTable1 is Table1 with one header line, as Markdown and CSV want it.
func (r *Results) flatTable1() *Table {
	header := table.Row{"accuracy in %"}
	for _, c := range r.columns() {
		header = append(header, c.mode+" "+c.of)
	}
	t := r.table1()
	t.AppendHeader(header)
	return t
}

// A Table keeps its cells, for a page that sets them in its own way.
type Table struct {
	table.Writer
	Header table.Row
	Rows   []table.Row
}

// AppendHeader adds a line to the header; Header is the last one.
func (t *Table) AppendHeader(row table.Row, config ...table.RowConfig) {
	t.Header = row
	t.Writer.AppendHeader(row, config...)
}

// AppendRow adds a row.
func (t *Table) AppendRow(row table.Row, config ...table.RowConfig) {
	t.Rows = append(t.Rows, row)
	t.Writer.AppendRow(row, config...)
}

// plainTable is an empty table whose header keeps its case.
func plainTable() *Table {
	t := &Table{Writer: table.NewWriter()}
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	return t
}

// A column is of one mode: what a protocol measured, or what the report says.
type column struct{ mode, of string }

func (r *Results) columns() []column {
	var all []column
	for _, c := range r.Classifiers {
		for _, p := range r.protocols() {
			all = append(all, column{c.Name, p})
		}
		if r.publishedRow(c.Name) != nil {
			all = append(all, column{c.Name, "report"})
		}
	}
	return all
}

// table1 is the table without its header.
func (r *Results) table1() *Table {
	t := plainTable()
	var align []table.ColumnConfig
	for i := range r.columns() {
		align = append(align, table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight,
			WidthMax: columnWidth, WidthMaxEnforcer: wrapWords})
	}
	t.SetColumnConfigs(align)

	for i, class := range r.Classes {
		t.AppendRow(r.row(class, func(s Score) string { return round(s.PerClass[i]) },
			func(p PublishedRow) string { return round(p.PerClass[i]) }, nil))
	}
	t.AppendSeparator()
	for _, row := range scoreRows {
		t.AppendRow(r.row(row.name, row.score, row.published, nil))
	}
	if r.Layout > 0 {
		t.AppendRow(r.row("95 % from", func(s Score) string { return tenths(s.interval().Low) }, nil, nil))
		t.AppendRow(r.row("95 % to", func(s Score) string { return tenths(s.interval().High) }, nil, nil))
	}
	for _, name := range r.valueNames() {
		t.AppendRow(r.row(name, func(s Score) string { return s.value(name).String() }, nil, nil))
	}
	// Every column says where its numbers come from: neighbours may differ,
	// and the report's do.
	for _, row := range r.originRows() {
		t.AppendRow(r.row(row.name, nil, func(PublishedRow) string { return row.published }, row.cell), table.RowConfig{AutoMerge: true})
	}
	return t
}

// scoreRows are the rows below the classes.
var scoreRows = []struct {
	name      string
	score     func(Score) string
	published func(PublishedRow) string
}{
	{"AVG", func(s Score) string { return s.Mean.String() }, func(p PublishedRow) string { return p.Mean.String() }},
	{"all images", func(s Score) string { return s.Accuracy.String() }, nil},
	{"test images", func(s Score) string { return fmt.Sprint(s.Images) },
		func(PublishedRow) string { return fmt.Sprint(publishedBatch) }},
}

// interval is Wilson's of the share of all tested images.
func (s Score) interval() stats.Interval {
	correct := 0
	for class, row := range s.Confusion {
		correct += row[class]
	}
	return stats.Wilson(correct, s.Images, 0.95)
}

// tenths is a share in percent.
func tenths(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }

// valueNames are the further scores of all classifiers, sorted.
func (r *Results) valueNames() []string {
	names := map[string]bool{}
	for _, c := range r.Classifiers {
		for _, score := range c.Scores {
			for name := range score.Values {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// value is a further score, NaN if the probe does not have it.
func (s Score) value(name string) Percent {
	if value, has := s.Values[name]; has {
		return value
	}
	return Percent(math.NaN())
}

// columnWidth is how many characters wide a terminal shows the columns, if no
// word is longer.
const columnWidth = len("first500")

// wrapWords breaks s into lines of the given width between its words.
func wrapWords(s string, width int) string {
	for word := range strings.FieldsSeq(s) {
		width = max(width, text.StringWidth(word))
	}
	return text.WrapSoft(s, width)
}

// row has one cell per column: of a score, of a whole classifier where score
// is nil, or of the report; a nil function leaves its cells empty.
func (r *Results) row(name string, score func(Score) string, report func(PublishedRow) string, classifier func(ClassifierResult) string) table.Row {
	cells := table.Row{name}
	for _, c := range r.Classifiers {
		for _, p := range r.protocols() {
			if score != nil {
				cells = append(cells, score(c.Scores[p]))
			} else {
				cells = append(cells, optional(classifier, c))
			}
		}
		if row := r.publishedRow(c.Name); row != nil {
			cells = append(cells, optional(report, *row))
		}
	}
	return cells
}

func optional[T any](f func(T) string, v T) string {
	if f == nil {
		return ""
	}
	return f(v)
}

// protocols are those that the classifiers were tested by, in order.
func (r *Results) protocols() []string {
	if len(r.Classifiers) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(r.Classifiers[0].Scores))
}

func (r *Results) publishedRow(classifier string) *PublishedRow {
	i := slices.IndexFunc(r.Published, func(p PublishedRow) bool { return p.Classifier == classifier })
	if i < 0 {
		return nil
	}
	return &r.Published[i]
}

// Caption says what the numbers are, with the warnings that belong to them.
func (r *Results) Caption() string {
	devices := strings.Join(r.distinct(deviceOf), ", ")
	lines := []string{fmt.Sprintf("Definition %s on %s (%d training, %d test images), seed %d, trained on %s.",
		r.Definition, r.Data.Title, r.Data.Train, r.Data.Test, r.Seed, devices)}
	for _, w := range r.Warnings {
		lines = append(lines, "Note: "+w+".")
	}
	if len(r.Published) > 0 {
		lines = append(lines, "report: Table I of the report (CPS 803, Ian MacPherson), one batch of 500; device unknown. AVG: mean over classes.")
		if r.Layout > 0 {
			lines = append(lines, publishedComparison(), "95 %: Wilson's interval of the accuracy on all images.")
		}
	}
	return strings.Join(lines, "\n")
}

// Files made from the results alone.
const (
	CSVFile      = "table1.csv"
	MarkdownFile = "table1.md"
	// StudyFile has the tables of a study.
	StudyFile = "study.md"
)

// csv is table1.csv.
func (r *Results) csv() []byte { return []byte(r.flatTable1().RenderCSV() + "\n") }

// markdown is table1.md.
func (r *Results) markdown() []byte {
	text := r.flatTable1().RenderMarkdown() + "\n\n" + r.Caption() + "\n\n" + r.AutoencoderTable().RenderMarkdown() + "\n"
	if len(r.Aggregations) > 0 {
		text += "\n" + r.AggregationTable().RenderMarkdown() + "\n"
	}
	return []byte(text)
}

// studyMarkdown is study.md.
func (r *Results) studyMarkdown() []byte {
	var text strings.Builder
	for _, t := range r.StudyTables() {
		fmt.Fprintf(&text, "## %s\n\n%s\n\n%s\n\n", t.Title, t.RenderMarkdown(), t.Caption)
	}
	return []byte(text.String())
}

// round rounds to whole percent, as the report's table does; a dash for none.
func round(p Percent) string {
	if math.IsNaN(float64(p)) {
		return p.String()
	}
	return strconv.FormatFloat(float64(p), 'f', 0, 64)
}
