package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"

	"aeprobe/internal/atomicfile"
)

// Scores are what parts of the test images were scored: each fold, or each episode.
type Scores struct {
	// Part is what one is called, "fold" for instance.
	Part string
	// Values are from 0 to 1, by part.
	Values []float64
}

// Write writes a line per part: its number and its score, to the last bit.
func (s Scores) Write(path string) error {
	text := []byte(s.Part + ",score\n")
	for i, x := range s.Values {
		text = fmt.Appendf(text, "%d,%s\n", i, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return atomicfile.WriteBytes(path, text)
}

// ReadScores reads what Write wrote. It fails on lines out of order and on scores
// outside 0 to 1.
func ReadScores(path string) (s Scores, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	lines := csv.NewReader(bytes.NewReader(text))
	lines.FieldsPerRecord = 2
	rows, err := lines.ReadAll()
	if err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) < 2 || rows[0][1] != "score" {
		return s, fmt.Errorf("%s: no scores", path)
	}
	s.Part = rows[0][0]
	for i, row := range rows[1:] {
		x, err := strconv.ParseFloat(row[1], 64)
		if err != nil || row[0] != strconv.Itoa(i) || math.IsNaN(x) || x < 0 || x > 1 {
			return s, fmt.Errorf("%s:%d: expected %s %d and a score from 0 to 1, found %v", path, i+2, s.Part, i, row)
		}
		s.Values = append(s.Values, x)
	}
	return s, nil
}
