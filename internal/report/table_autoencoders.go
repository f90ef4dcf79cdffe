package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"aeprobe/config"
	"aeprobe/internal/metrics"
)

// AutoencoderTable is the test losses of the auto-encoders, and of the
// classifiers that were trained as such, too.
func (r *Results) AutoencoderTable() *Table {
	t := plainTable()
	scores := r.autoencoderScores()
	header := table.Row{"trained with"}
	for _, score := range scores {
		header = append(header, "test "+metrics.LabelOf(score))
	}
	t.AppendHeader(append(header, "epochs", "data", "device"))
	for _, a := range r.reconstructing() {
		name := a.objective()
		if a.Name != name {
			name = fmt.Sprintf("%s (%s)", name, a.Name)
		}
		row := table.Row{name}
		for _, score := range scores {
			row = append(row, a.Training.Test.Text(score))
		}
		data := r.dataOf(a.Source)
		if a.TrainedOn != nil {
			data = fmt.Sprintf("%s, trained on %s", data, a.TrainedOn.Title)
		}
		t.AppendRow(append(row, epochsOf(a.Trained), data, deviceOf(a.Source)))
	}
	return t
}

// reconstructing are the auto-encoders, and the classifiers whose decoder took
// part in the training.
func (r *Results) reconstructing() []AutoencoderResult {
	all := slices.Clone(r.Autoencoders)
	for _, c := range r.Classifiers {
		measured := func(name string) bool { _, has := c.tested()[name]; return has }
		if c.Training != nil && slices.ContainsFunc(lossColumns, measured) {
			all = append(all, AutoencoderResult{Name: c.Name, Loss: c.loss(), Trained: c.Trained})
		}
	}
	return all
}

// lossColumns are the losses that every auto-encoder is tested with.
var lossColumns = config.LossesOf(config.Decoder)

// autoencoderScores are the columns of AutoencoderTable: lossColumns, then
// whatever else was measured, sorted.
func (r *Results) autoencoderScores() []string {
	others := map[string]bool{}
	for _, a := range r.Autoencoders {
		for name := range a.Training.Test {
			if !slices.Contains(lossColumns, name) {
				others[name] = true
			}
		}
	}
	return append(slices.Clone(lossColumns), slices.Sorted(maps.Keys(others))...)
}
