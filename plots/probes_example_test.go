package plots_test

import (
	"fmt"
	"math"

	"aeprobe/plots"
)

func ExampleIntervalPlot() {
	f, err := plots.IntervalPlot("Accuracy by encoder and probe", plots.Intervals{
		Axis:   "Accuracy on 10000 test images, %",
		Rows:   []string{"random encoder", "BCE"},
		Series: []string{"logistic", "kNN"},
		Panels: []plots.IntervalPanel{{
			Label: "Average pooling",
			Estimates: [][]*plots.Estimate{
				{{Value: 33.8, Low: 32.9, High: 34.7}, {Value: 31.4, Low: 30.5, High: 32.3}},
				{{Value: 30.8, Low: 29.9, High: 31.7}, nil}, // not measured
			},
		}},
		Reference: &plots.Reference{Label: "chance, 10 %", Value: 10},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Note = "95 % intervals (Wilson) · seed 87"
	// Output:
}

func ExampleLearningCurves() {
	f, err := plots.LearningCurves("Logistic probes on few labels", plots.Curves{
		X: "Labels per class", Y: "Accuracy on 10000 test images, %",
		Curves: []plots.Curve{{Label: "random encoder", Points: []plots.CurvePoint{
			{X: 1, Estimate: plots.Estimate{Value: 13.8, Low: 11.9, High: 15.7}},
			{X: 10, Estimate: plots.Estimate{Value: 21.5, Low: 20.2, High: 22.8}},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Note = "95 % intervals of the mean over 5 subsets"
	// Output:
}

func ExampleHeatMap() {
	f, err := plots.HeatMap("Accuracy by layer and epoch", plots.Cells{
		RowAxis: "Layer", Rows: []string{"conv1", "conv2"},
		ColumnAxis: "Epoch", Columns: []string{"0", "1", "10"},
		Values: [][]float64{{41.2, 42.0, 42.5}, {43.5, 44.1, math.NaN()}}, // not measured
		Scale:  "Accuracy, %", Low: 40, High: 45, Decimals: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Note = "logistic probe on 10000 test images · seed 87"
	// Output:
}

func ExampleClusterContents() {
	f, err := plots.ClusterContents("Classes in the clusters", [][]int{{812, 95}, {188, 905}}, []string{"cat", "ship"})
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Note = "k-means, K = 2, fitted on training images"
	// Output:
}
