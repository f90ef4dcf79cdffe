package report

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Score is one classifier under one protocol.
type Score struct {
	// PerClass is each class's accuracy in percent; NaN for a class without
	// tested images.
	PerClass []Percent `json:"per_class"`
	// Mean is the mean of PerClass, the report's AVG.
	Mean Percent `json:"mean"`
	// Accuracy is the share of all tested images in percent.
	Accuracy Percent `json:"accuracy"`
	// Images is how many were tested.
	Images int `json:"images"`
	// Confusion counts images by class [C] and by predicted class [C].
	Confusion [][]int `json:"confusion"`
	// Values are further scores of a probe, by name, such as NMI; each becomes
	// a row of the table.
	Values map[string]Percent `json:"values,omitempty"`
}

// Percent is a number from 0 to 100, or NaN, which JSON has as null.
type Percent float64

// Protocols is the table of ways to test a classifier: from its predictions for
// all test images to a Score. A new protocol is a line here and one in config.
var Protocols = map[string]func(p Predictions, classes int) Score{
	// What the report did: one batch.
	"first500": func(p Predictions, classes int) Score {
		return score(p.Labels[:min(publishedBatch, len(p.Labels))], p.Predicted, classes)
	},
	"full": func(p Predictions, classes int) Score { return score(p.Labels, p.Predicted, classes) },
}

// ByProtocol is what each of the named protocols makes of predictions.
func ByProtocol(names []string, p Predictions, classes int) (map[string]Score, error) {
	scores := map[string]Score{}
	for _, name := range names {
		test, known := Protocols[name]
		if !known {
			return nil, fmt.Errorf("no test protocol named %q", name)
		}
		scores[name] = test(p, classes)
	}
	return scores, nil
}

// Accuracy is the share in percent of all images whose class was predicted.
func (p Predictions) Accuracy(classes int) float64 {
	return float64(score(p.Labels, p.Predicted, classes).Accuracy)
}

// score compares labels with the predictions for the same images.
func score(labels, predicted []byte, classes int) Score {
	s := Score{Images: len(labels)}
	for range classes {
		s.Confusion = append(s.Confusion, make([]int, classes))
	}
	for i, label := range labels {
		s.Confusion[label][predicted[i]]++
	}
	var correct, shown int
	var sum float64
	for class, row := range s.Confusion {
		images := 0
		for _, n := range row {
			images += n
		}
		accuracy := math.NaN()
		if images > 0 {
			accuracy = 100 * float64(row[class]) / float64(images)
			sum += accuracy
			shown++
		}
		correct += row[class]
		s.PerClass = append(s.PerClass, Percent(accuracy))
	}
	s.Mean = Percent(sum / float64(shown))
	s.Accuracy = Percent(100 * float64(correct) / float64(len(labels)))
	return s
}

// MarshalJSON writes NaN as null.
func (p Percent) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(p)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(p))
}

// UnmarshalJSON reads null as NaN.
func (p *Percent) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*p = Percent(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(p))
}

// String has two decimals, as the report, or a dash.
func (p Percent) String() string {
	if math.IsNaN(float64(p)) {
		return "-"
	}
	return strconv.FormatFloat(float64(p), 'f', 2, 64)
}
