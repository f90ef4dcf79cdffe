package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"

	"aeprobe/internal/atomicfile"
)

// PredictionsFile is a classifier's predictions, in its stage's folder.
const PredictionsFile = "predictions.csv"

// Predictions are a classifier's for the test images, in order.
type Predictions struct {
	// Labels and Predicted are classes, [N] each.
	Labels, Predicted []byte
}

// BothCorrect tell which images two predictions have the class of; isSame is false if
// the images have other labels, so that they are not the same ones.
func BothCorrect(a, b *Predictions) (correctA, correctB []bool, isSame bool) {
	if !bytes.Equal(a.Labels, b.Labels) {
		return nil, nil, false
	}
	return a.correct(), b.correct(), true
}

func (p *Predictions) correct() []bool {
	all := make([]bool, len(p.Labels))
	for i, label := range p.Labels {
		all[i] = p.Predicted[i] == label
	}
	return all
}

// WritePredictions writes a line per test image: index, label, predicted.
func WritePredictions(path string, labels, predicted []byte) error {
	text := []byte("index,label,predicted\n")
	for i, label := range labels {
		text = fmt.Appendf(text, "%d,%d,%d\n", i, label, predicted[i])
	}
	return atomicfile.WriteBytes(path, text)
}

// ReadPredictions reads a classifier's predictions.csv. It fails on lines out of
// order and on classes outside 0 to classes-1.
func ReadPredictions(path string, classes int) (*Predictions, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := csv.NewReader(bytes.NewReader(text))
	lines.FieldsPerRecord = 3
	rows, err := lines.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s: no predictions", path)
	}
	p := new(Predictions)
	for i, row := range rows[1:] {
		var numbers [3]int
		for column, cell := range row {
			if numbers[column], err = strconv.Atoi(cell); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, i+2, err)
			}
		}
		index, label, predicted := numbers[0], numbers[1], numbers[2]
		if index != i || label < 0 || label >= classes || predicted < 0 || predicted >= classes {
			return nil, fmt.Errorf("%s:%d: expected image %d and two classes from 0 to %d, found %v", path, i+2, i, classes-1, row)
		}
		p.Labels = append(p.Labels, byte(label))
		p.Predicted = append(p.Predicted, byte(predicted))
	}
	return p, nil
}
