package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"aeprobe/internal/stats"
)

// A pageSection is a part of the page under one heading.
type pageSection struct {
	ID, Title string
	// Intro is what holds for all its blocks.
	Intro  []string
	Blocks []block
}

// A block is one thing of a section, with the caption that it cannot be read without.
// One of the pointers is set.
type block struct {
	ID string
	// Label is "Table 1" or "Figure 2".
	Label, Title string
	// Text is what else the caption says, by paragraph.
	Text      []string
	Accuracy  *accuracyTable
	Table     *tableBlock
	Curves    *curveChart
	Scatter   *scatterPlot
	Confusion *confusionMatrix
	Figure    *fileFigure
}

// Small tells that two blocks fit next to each other.
func (b block) Small() bool {
	return b.Curves != nil || b.Confusion != nil || b.Figure != nil && b.Figure.Width <= narrowFigure
}

// narrowFigure is the width in pixels up to which a figure is legible in half of the
// page.
const narrowFigure = 640

// numbered gives a block its number.
func (p *pageMaker) numbered(b block) block {
	kind, count := "Figure", &p.figures
	if b.Accuracy != nil || b.Table != nil {
		kind, count = "Table", &p.tables
	}
	*count++
	b.ID = fmt.Sprintf("%s-%d", strings.ToLower(kind), *count)
	b.Label = fmt.Sprintf("%s %d", kind, *count)
	return b
}

// A tableBlock is a table as the page sets it. Its first column heads the rows.
type tableBlock struct {
	Header []tableCell
	Rows   [][]tableCell
}

// A tableCell is one of them. Class is empty, num, or a verdict's.
type tableCell struct{ Text, Class string }

// tableOf are the cells of a table: columns of numbers are marked as such, and so
// are verdicts.
func tableOf(t *Table) *tableBlock {
	b := &tableBlock{Header: cellsOf(t.Header)}
	for _, row := range t.Rows {
		b.Rows = append(b.Rows, cellsOf(row))
	}
	for column := range b.Header {
		verdicts := b.Header[column].Text == verdictHeader
		numbers := column > 0 && b.Header[column].Text != neededHeader && !slices.ContainsFunc(b.Rows, func(row []tableCell) bool { return !isNumber.MatchString(row[column].Text) })
		if numbers {
			b.Header[column].Class = "num"
		}
		for _, row := range b.Rows {
			switch {
			case verdicts:
				row[column].Class = verdictClass(stats.Verdict(row[column].Text))
			case numbers:
				row[column].Class = "num"
			}
		}
	}
	return b
}

// isNumber is a number, with what may stand around one, or an empty cell.
var isNumber = regexp.MustCompile(`^(|-|[-+<]? ?[0-9].*)$`)

func cellsOf(row table.Row) []tableCell {
	var cells []tableCell
	for _, cell := range row {
		cells = append(cells, tableCell{Text: fmt.Sprint(cell)})
	}
	return cells
}

// verdictClass is how a verdict is shown.
func verdictClass(v stats.Verdict) string {
	switch v {
	case stats.Better:
		return "verdict better"
	case stats.Worse:
		return "verdict worse"
	default:
		return "verdict unclear"
	}
}

// grouped is n with commas: 10,000.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// inWords joins names: "a, b and c".
func inWords(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// sentence begins with a capital, unless with a stage's name, and ends with a full
// stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if first, _, _ := strings.Cut(text, " "); !strings.Contains(first, "/") {
		text = sentenceCase(text)
	}
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
