package report

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/stats"
	"aeprobe/internal/words"
)

// accuracyTable is Table I: for every classifier a row per protocol, and the report's
// own where it has one. Classes run across, as in the report.
type accuracyTable struct {
	// Classes is empty where there are too many to stand side by side.
	Classes []string
	Groups  []accuracyGroup
}

// Span is the number of columns.
func (t *accuracyTable) Span() int { return len(t.Classes) + 3 }

// accuracyGroup is one classifier.
type accuracyGroup struct {
	Name, What string
	Rows       []accuracyRow
}

type accuracyRow struct {
	// Label is the protocol and how many images it tests.
	Label     string
	Published bool
	Cells     []accuracyCell
	// Mean is AVG. All is the share of all images; the report does not have it.
	Mean, All accuracyCell
}

// accuracyCell is an accuracy in percent, and its 95 % interval.
type accuracyCell struct{ Value, Interval string }

// manyClasses do not fit into a table's columns.
const manyClasses = 20

func (p *pageMaker) accuracySection() (*pageSection, error) {
	s := &pageSection{ID: "accuracy", Title: "How well the classes can be read"}
	if len(p.Classifiers) == 0 {
		return s, nil
	}
	t := &accuracyTable{}
	if len(p.Classes) <= manyClasses {
		t.Classes = p.Classes
	}
	same, differs := p.origins()
	for _, c := range p.Classifiers {
		t.Groups = append(t.Groups, p.accuracyGroup(c, differs))
	}
	seed := fmt.Sprintf("Seed %d.", p.Seed)
	if len(p.Repeats) > 0 {
		seed = fmt.Sprintf("Seed %d, the first of %d.", p.Seed, 1+len(p.Repeats))
	}
	title, mean := "Accuracy of the classifiers", "AVG is the mean over the classes"
	beside := slices.ContainsFunc(p.Classifiers, func(c ClassifierResult) bool { return p.publishedRow(c.Name) != nil })
	if beside {
		title, mean = title+", next to the report's", mean+", as in the report"
	}
	text := []string{strings.Join(append([]string{"Accuracy in percent on test images, by class. " + mean + ". " +
		"Small print: 95 % intervals (Wilson), which count chance in the images alone.", seed}, same...), " ")}
	if beside {
		text = append(text, "The report: Table I of the course report (CPS 803, Ian MacPherson), 100 epochs on CIFAR-10, one batch of 500; its intervals take AVG as the accuracy on these.")
		if p.publishedRow(published[0].Classifier) != nil && p.publishedRow(published[1].Classifier) != nil {
			text[1] += " Of its own numbers: " + strings.TrimPrefix(publishedComparison(), "report, ")
		}
	}
	s.Blocks = append(s.Blocks, p.numbered(block{Title: title, Text: text, Accuracy: t}))
	for _, t := range p.StudyTables() {
		if t.Measure == "" {
			s.Blocks = append(s.Blocks, p.studyBlock(t, nil))
		}
	}
	s.Blocks = append(s.Blocks, p.verdictBlocks(ClassifiersMeasure, nil)...)
	s.Blocks = append(s.Blocks, p.fileFigures("joint")...)
	return s, nil
}

// origins are the properties of table 1's columns: those that all share, in words,
// and those in which classifiers differ.
func (p *pageMaker) origins() (same []string, differs []originRow) {
	for _, row := range p.originRows() {
		values := map[string]bool{}
		for _, c := range p.Classifiers {
			values[row.cell(c)] = true
		}
		if len(values) > 1 {
			differs = append(differs, row)
			continue
		}
		same = append(same, sentence(row.name+": "+row.cell(p.Classifiers[0])))
	}
	return same, differs
}

func (p *pageMaker) accuracyGroup(c ClassifierResult, differs []originRow) accuracyGroup {
	g := accuracyGroup{Name: c.Name, What: p.describe(c)}
	for _, row := range differs {
		// What every classifier of the report is need not be said.
		if cell := row.cell(c); !slices.Contains([]string{"trained", "probe"}, row.name) && !slices.Contains([]string{"the sum", config.ReadsEncoder, "cross_entropy"}, cell) {
			g.What += "; " + row.name + ": " + cell
		}
	}
	for _, protocol := range p.protocols() {
		score := c.Scores[protocol]
		row := accuracyRow{Label: protocolLabel(protocol, score.Images), Mean: accuracyCell{Value: score.Mean.String()}, All: accuracyCell{score.Accuracy.String(), percentInterval(score.interval())}}
		if len(p.Classes) <= manyClasses {
			for class, accuracy := range score.PerClass {
				row.Cells = append(row.Cells, accuracyCell{round(accuracy), score.classInterval(class)})
			}
		}
		g.Rows = append(g.Rows, row)
	}
	if published := p.publishedRow(c.Name); published != nil {
		correct := int(float64(published.Mean)/100*publishedBatch + 0.5)
		row := accuracyRow{Label: "the report, 500", Published: true,
			Mean: accuracyCell{published.Mean.String(), percentInterval(stats.Wilson(correct, publishedBatch, 0.95))}}
		for _, accuracy := range published.PerClass {
			row.Cells = append(row.Cells, accuracyCell{Value: round(accuracy)})
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// classInterval is Wilson's of a class's accuracy, whole percents; empty without
// images of the class.
func (s Score) classInterval(class int) string {
	images := 0
	for _, n := range s.Confusion[class] {
		images += n
	}
	if images == 0 {
		return ""
	}
	i := stats.Wilson(s.Confusion[class][class], images, 0.95)
	return fmt.Sprintf("%.0f–%.0f", 100*i.Low, 100*i.High)
}

// percentInterval is an interval of a share, in percent.
func percentInterval(i stats.Interval) string { return tenths(i.Low) + "–" + tenths(i.High) }

// protocolLabel is a protocol in words.
func protocolLabel(protocol string, images int) string {
	switch protocol {
	case "full":
		return "all " + grouped(images)
	case "first500":
		return "first " + grouped(images)
	default:
		return protocol + ", " + words.Count(images, "image")
	}
}

// describe says what a classifier is.
func (p *pageMaker) describe(c ClassifierResult) string {
	encoder := "random encoder"
	if c.Encoder != config.Random {
		encoder = "encoder of " + c.Encoder
	}
	switch {
	case c.Freeze && c.Probe == "":
		return encoder + ", frozen, under a linear layer"
	case c.Freeze:
		return encoder + ", frozen; probe: " + c.Probe
	case c.Joint:
		return encoder + ", trained to reconstruct and to classify"
	case c.Unlabelled:
		return encoder + ", trained, but not with the labels"
	case c.Encoder == config.Random:
		return "encoder and linear layer trained end to end with the labels"
	default:
		return encoder + ", then trained end to end with the labels"
	}
}
