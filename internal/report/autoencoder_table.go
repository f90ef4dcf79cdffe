package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"aeprobe/internal/metrics"
)

// AutoencoderTable is the test losses of the auto-encoders.
func (r *Results) AutoencoderTable() table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	scores := r.autoencoderScores()
	header := table.Row{"trained with"}
	for _, score := range scores {
		header = append(header, "test "+metrics.LabelOf(score))
	}
	t.AppendHeader(append(header, "epochs", "data", "device"))
	for _, a := range r.Autoencoders {
		name := a.Loss
		if a.Name != a.Loss {
			name = fmt.Sprintf("%s (%s)", a.Loss, a.Name)
		}
		row := table.Row{name}
		for _, score := range scores {
			row = append(row, a.Training.Test.Text(score))
		}
		t.AppendRow(append(row, epochsOf(a.Trained), r.dataOf(a.Source), deviceOf(a.Source)))
	}
	return t
}

// lossColumns are the losses that every auto-encoder is tested with.
var lossColumns = []string{"bce", "l1", "mse"}

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
