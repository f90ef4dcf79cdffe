package report

import (
	"slices"
	"strings"
)

// measureTitles are what a reader calls a study's measures.
var measureTitles = map[string]string{
	"logistic":       "A converged linear classifier (logistic regression)",
	"knn":            "Nearest neighbours",
	"nearest_mean":   "Nearest class mean",
	"clusters":       "Clusters without labels",
	"few_labels":     "A linear classifier with few labels",
	"from_scratch":   "The same network, trained from scratch on few labels",
	"description":    "Bits to tell the labels to somebody who has the features",
	"episodes":       "Episodes of N classes with K images each",
	"same_different": "Are two images of one class?",
	"nuisances":      "What else the features know",
	"alterations":    "What was done to an image",
	"geometry":       "The shape of the features",
	"similarity":     "How alike features are",
	"classifiers":    "The classifiers",
}

func measureTitle(measure string) string {
	if title, has := measureTitles[measure]; has {
		return title
	}
	return strings.ReplaceAll(measure, "_", " ")
}

// studySection has a study's tables, each followed by its verdicts, and its figures.
// What several captions say stands once, at the head.
func (p *pageMaker) studySection() (*pageSection, error) {
	s := &pageSection{ID: "study", Title: "What the features know"}
	if len(p.Study) == 0 && p.Similarity == nil {
		return s, nil
	}
	s.Intro = []string{"A set of features is named after its encoder and how the encoder's map became features: avg is the average over each of its maps, flatten all of their values. " +
		"A baseline has no encoder; an encoder has to beat it."}
	shared := p.sharedLines()
	s.Intro = append(s.Intro, joined(shared)...)
	s.Blocks = append(s.Blocks, p.fileFigures("accuracies")...)
	for _, t := range p.StudyTables() {
		if t.Measure == "" || t.Header[len(t.Header)-1] == neededHeader {
			continue // of the classifiers; or verdicts, which follow their measure's table
		}
		s.Blocks = append(s.Blocks, p.studyBlock(t, shared))
		s.Blocks = append(s.Blocks, p.verdictBlocks(t.Measure, shared)...)
	}
	s.Blocks = append(s.Blocks, p.fileFigures("few-labels", "layers", "epochs", "layer-epochs", "similarity", "clusters")...)
	return s, nil
}

// sharedLines are the lines that captions of several tables have.
func (p *pageMaker) sharedLines() []string {
	count := map[string]int{}
	var shared []string
	for _, t := range p.StudyTables() {
		if t.Measure == "" || t.Measure == ClassifiersMeasure {
			continue
		}
		for line := range strings.SplitSeq(t.Caption, "\n") {
			if count[line]++; count[line] == 2 {
				shared = append(shared, line)
			}
		}
	}
	return shared
}

// studyBlock is a table, with what only its own caption says.
func (p *pageMaker) studyBlock(t StudyTable, shared []string) block {
	title := sentenceCase(t.Title)
	if t.Measure != "" {
		title = measureTitle(t.Measure)
	}
	lines := without(strings.Split(t.Caption, "\n"), shared)
	for i, line := range lines {
		if strings.HasPrefix(line, p.Data.Title) {
			lines[i] = sentenceCase(line)
		}
	}
	return p.numbered(block{Title: title, Text: joined(lines), Table: tableOf(t.Table)})
}

// verdictBlocks are the verdicts on a measure.
func (p *pageMaker) verdictBlocks(measure string, shared []string) []block {
	if p.Verdicts == nil {
		return nil
	}
	var blocks []block
	for _, t := range p.verdictTables() {
		if t.Measure != measure {
			continue
		}
		_, finding, _ := strings.Cut(t.Title, ", ")
		b := p.studyBlock(t, shared)
		b.Title = "Verdicts: " + strings.ToLower(b.Title[:1]) + b.Title[1:]
		if finding != measure {
			b.Title += ", " + finding
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// joined makes one line of those that say the same of different names: "a: note" and
// "b: note" become "a, b: note".
func joined(lines []string) []string {
	var all []string
	at := map[string]int{}
	for _, line := range lines {
		name, note, has := strings.Cut(line, ": ")
		if !has || strings.Contains(name, " ") {
			all = append(all, line)
			continue
		}
		if i, known := at[note]; known {
			all[i] = strings.TrimSuffix(all[i], ": "+note) + ", " + name + ": " + note
			continue
		}
		at[note] = len(all)
		all = append(all, line)
	}
	return all
}

func without(lines, taken []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" || slices.Contains(taken, line) })
}

// sentenceCase begins with a capital; names that begin with another letter stay as they
// are.
func sentenceCase(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
