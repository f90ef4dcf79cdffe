package metrics

import (
	"fmt"
	"strings"
)

// How scores are shown where the default does not fit.
var (
	labels  = map[string]string{"cross_entropy": "cross-entropy"}
	formats = map[string]string{"mse": "%.5f", "accuracy": "%.2f"}
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
