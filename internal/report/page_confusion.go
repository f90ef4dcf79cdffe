package report

import "fmt"

// confusionMatrix is which classes a classifier takes for which, as shares of the
// images of each class.
type confusionMatrix struct {
	Classes []confusionClass
	Rows    []confusionRow
}

type confusionClass struct {
	Name string
	// Short heads a narrow column.
	Short string
}

type confusionRow struct {
	Class string
	Cells []confusionCell
}

// confusionCell is a share in whole percent, the count behind it in words, and the
// level of its shade, 0 to 10.
type confusionCell struct {
	Share, Count string
	Level        int
	Right        bool
}

func (p *pageMaker) confusionSection() (*pageSection, error) {
	s := &pageSection{ID: "confusion", Title: "Which classes are taken for which",
		Intro: []string{fmt.Sprintf("Rows are true classes, columns predicted ones; each row adds up to 100 %%, and the diagonal is right. Seed %d.", p.Seed)}}
	if len(p.Classes) > manyClasses {
		s.Blocks = p.fileFigures("confusion")
		return s, nil
	}
	if _, numbered := shortNames(p.Classes); numbered {
		s.Intro[0] += " Columns have the numbers of the rows."
	}
	for _, c := range p.Classifiers {
		score := c.widest()
		s.Blocks = append(s.Blocks, p.numbered(block{Title: "Confusion of " + c.Name,
			Text:      []string{sentence(fmt.Sprintf("%s. Share of the %s test images of each class, in percent", sentenceCase(p.describe(c)), grouped(score.Images)))},
			Confusion: confusionOf(score, p.Classes)}))
	}
	return s, nil
}

// widest is the score on the most images.
func (c ClassifierResult) widest() Score {
	var widest Score
	for _, score := range c.Scores {
		if score.Images > widest.Images {
			widest = score
		}
	}
	return widest
}

// A narrow column has room for so many letters; of more than ten columns, each has
// less.
const headLetters, headLettersOfMany = 5, 3

// shortNames are the classes' shortest beginnings, of one length, that tell them
// apart; numbers from 1 where such would be too long.
func shortNames(classes []string) (short []string, numbered bool) {
	most := headLetters
	if len(classes) > 10 {
		most = headLettersOfMany
	}
	for letters := 3; letters <= most; letters++ {
		short = short[:0]
		different := map[string]bool{}
		for _, class := range classes {
			name := []rune(class)
			head := string(name[:min(letters, len(name))])
			short = append(short, head)
			different[head] = true
		}
		if len(different) == len(classes) {
			return short, false
		}
	}
	for i := range classes {
		short[i] = fmt.Sprint(i + 1)
	}
	return short, true
}

func confusionOf(score Score, classes []string) *confusionMatrix {
	m := &confusionMatrix{}
	short, numbered := shortNames(classes)
	for i, class := range classes {
		m.Classes = append(m.Classes, confusionClass{class, short[i]})
	}
	for class, counts := range score.Confusion {
		row, images := confusionRow{Class: classes[class]}, 0
		if numbered {
			row.Class = short[class] + " " + row.Class
		}
		for _, n := range counts {
			images += n
		}
		for predicted, n := range counts {
			cell := confusionCell{Right: class == predicted,
				Count: fmt.Sprintf("%d of %d images of %s are taken for %s", n, images, classes[class], classes[predicted])}
			if images > 0 {
				share := float64(n) / float64(images)
				cell.Share, cell.Level = fmt.Sprintf("%.0f", 100*share), int(10*share+0.5)
			}
			row.Cells = append(row.Cells, cell)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}
