package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image"
	_ "image/jpeg"
	"io/fs"
	"os"
	"path/filepath"

	"aeprobe/internal/stages"
)

// SheetFile is a picture of the first training images, among the figures: tiles in
// rows of SheetColumns. It is for the page alone.
const (
	SheetFile    = "images.jpg"
	SheetColumns = 50
	// SheetImages is how many there are at most.
	SheetImages = scatterPoints
)

// imageSheet is the picture in the page.
type imageSheet struct {
	Source                template.URL
	Columns, Tile, Images int
}

// readSheet reads the picture of the first of train images; nil if the run directory
// has none, as those of earlier versions.
func readSheet(dir string, train int) (*imageSheet, error) {
	dir = filepath.Join(dir, FiguresFolder)
	result, err := stages.ReadResult(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, has := result.Files[SheetFile]; !has {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, SheetFile))
	if err != nil {
		return nil, err
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", SheetFile, err)
	}
	tile := size.Width / SheetColumns
	return &imageSheet{Source: template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(text)),
		Columns: SheetColumns, Tile: tile, Images: min(train, SheetColumns*(size.Height/max(tile, 1)))}, nil
}
