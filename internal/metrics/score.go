package metrics

import (
	"fmt"
	"strings"
)

// How scores are shown where the default does not fit.
var (
	labels = map[string]string{"cross_entropy": "cross-entropy", "knn_accuracy": "kNN accuracy", "close": "close images",
		"close_in_background": "close in background", "close_same_class": "% same class",
		"close_in_background_same_class": "% same class in background", "close_none": "images without close ones"}
	formats = map[string]string{"mse": "%.5f", "accuracy": "%.2f", "knn_accuracy": "%.2f", "close": "%.1f", "close_in_background": "%.1f",
		"close_same_class": "%.1f", "close_in_background_same_class": "%.1f", "close_none": "%.0f"}
)

// LabelOf is what a table calls a score: "BCE".
func LabelOf(score string) string {
	if label, has := labels[score]; has {
		return label
	}
	return strings.ToUpper(score)
}

// Text is a score's value with as many decimals as its size needs, or a dash if
// it was not measured.
func (s Scores) Text(score string) string {
	value, has := s[score]
	if !has {
		return "-"
	}
	format, has := formats[score]
	if !has {
		format = "%.4f"
	}
	return fmt.Sprintf(format, value)
}
