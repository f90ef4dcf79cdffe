package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"aeprobe/internal/metrics"
)

// AggregationTable is how the encoders did that were trained by local aggregation:
// nearest neighbours by their features, and what their close neighbours were in the
// last epoch.
func (r *Results) AggregationTable() *Table {
	t := plainTable()
	measured := map[string]bool{}
	for _, a := range r.Aggregations {
		for name := range a.Training.Test {
			measured[name] = true
		}
	}
	scores := slices.SortedFunc(maps.Keys(measured), func(a, b string) int {
		return slices.Index(aggregationScores, a) - slices.Index(aggregationScores, b)
	})
	header := table.Row{"aggregation", "from", "loss"}
	for _, score := range scores {
		header = append(header, metrics.LabelOf(score))
	}
	t.AppendHeader(append(header, "epochs", "data", "device"))
	for _, a := range r.Aggregations {
		from := a.Encoder
		if a.InstanceEpochs > 0 {
			from = fmt.Sprintf("%s, %d epochs of instance recognition", from, a.InstanceEpochs)
		}
		row := table.Row{a.Name, from, fmt.Sprintf("%.4f", a.Training.Loss)}
		for _, score := range scores {
			row = append(row, a.Training.Test.Text(score))
		}
		t.AppendRow(append(row, epochsOf(a.Trained), r.dataOf(a.Source), deviceOf(a.Source)))
	}
	return t
}

// aggregationScores are the columns of AggregationTable, in order.
var aggregationScores = []string{"knn_accuracy", "close", "close_same_class", "close_in_background", "close_in_background_same_class", "close_none"}
