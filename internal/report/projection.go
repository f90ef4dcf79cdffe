package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"aeprobe/internal/atomicfile"
)

// FeaturesFolder holds the encoders' features and their projections, in the run
// directory.
const FeaturesFolder = "features"

// ProjectionFile is where a run directory keeps a projection of an encoder's
// features.
func ProjectionFile(dir, projection, encoder string) string {
	return filepath.Join(dir, FeaturesFolder, encoder+"-"+projection+".csv")
}

// WriteProjection writes a line per image: index, label, and its coordinates, which
// axes name, such as pc1, pc2. Coordinates are [N][axes], and there are N labels or
// more.
func WriteProjection(path string, axes []string, coordinates [][]float64, labels []byte) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(append([]string{"index", "label"}, axes...)); err != nil {
		return err
	}
	for i, point := range coordinates {
		row := []string{strconv.Itoa(i), strconv.Itoa(int(labels[i]))}
		for _, x := range point {
			row = append(row, strconv.FormatFloat(x, 'g', -1, 64))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return atomicfile.WriteBytes(path, text.Bytes())
}

// ReadProjection reads what WriteProjection wrote: the coordinates [N][axes] and the
// labels [N] of the images.
func ReadProjection(path string) (coordinates [][]float64, labels []int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 || len(rows[0]) < 4 {
		return nil, nil, fmt.Errorf("%s: expected index, label, pc1, pc2", path)
	}
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i) {
			return nil, nil, fmt.Errorf("%s:%d: expected image %d, found %.20q", path, i+2, i, row[0])
		}
		label, err := strconv.Atoi(row[1])
		point := make([]float64, len(row)-2)
		for c := range point {
			var problem error
			point[c], problem = strconv.ParseFloat(row[c+2], 64)
			err = errors.Join(err, problem)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, i+2, err)
		}
		coordinates, labels = append(coordinates, point), append(labels, label)
	}
	return coordinates, labels, nil
}
