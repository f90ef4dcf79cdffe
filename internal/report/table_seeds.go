package report

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"aeprobe/internal/words"
)

// seedsTable is the classifiers' accuracies over the definition's seeds.
func (r *Results) seedsTable() StudyTable {
	seeds := [][]ClassifierResult{r.Classifiers}
	for _, repeat := range r.Repeats {
		seeds = append(seeds, repeat.Classifiers)
	}
	t := newTable(1, 2*len(r.protocols()))
	header := table.Row{"classifier"}
	for _, protocol := range r.protocols() {
		header = append(header, "all images, "+protocol, "AVG, "+protocol)
	}
	t.AppendHeader(header)
	for i, c := range r.Classifiers {
		row := table.Row{c.Name}
		for _, protocol := range r.protocols() {
			var accuracies, means []float64
			for _, classifiers := range seeds {
				score := classifiers[i].Scores[protocol]
				accuracies, means = append(accuracies, float64(score.Accuracy)), append(means, float64(score.Mean))
			}
			row = append(row, overSeeds(accuracies, "%"), overSeeds(means, "%"))
		}
		t.AppendRow(row)
	}
	return StudyTable{Title: "classifiers over seeds", Table: t, Caption: fmt.Sprintf("%s. Accuracy in percent, mean ± standard deviation over %s (%s); table1.md has the first seed's classes.",
		r.Data.Title, words.Count(len(seeds), "seed"), r.seeds())}
}
