package tensorboard

import (
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/internal/atomicfile"
)

// ProjectorConfig is the file of a log folder that the projector looks for.
const ProjectorConfig = "projector_config.pbtxt"

// Embedding is a set of points for the projector.
type Embedding struct {
	// Values are float32, little endian, [Points, Width].
	Values        []byte
	Points, Width int
	// Columns are the names of what is said of each point, Rows that of each.
	Columns []string
	Rows    [][]string
	// Sprites are the points' pictures, of one size, row by row in a square; nil for
	// none. SpriteSize is a picture's width and height.
	Sprites    image.Image
	SpriteSize image.Point
}

// Files of an embedding, in its log folder.
const (
	valuesFile   = "features.bytes"
	metadataFile = "features.tsv"
	spritesFile  = "features.png"
)

// Write writes an embedding into a log folder, the configuration last.
func (e *Embedding) Write(dir string) error {
	if len(e.Values) != 4*e.Points*e.Width || len(e.Rows) != e.Points {
		return fmt.Errorf("%d bytes and %d rows for %d points of %d values", len(e.Values), len(e.Rows), e.Points, e.Width)
	}
	rows := e.Rows
	if len(e.Columns) > 1 { // a single column has no head
		rows = slices.Concat([][]string{e.Columns}, rows)
	}
	var table strings.Builder
	plain := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				table.WriteByte('\t')
			}
			table.WriteString(plain.Replace(cell))
		}
		table.WriteByte('\n')
	}
	config := fmt.Sprintf("embeddings {\n  tensor_name: \"features\"\n  tensor_path: %q\n  tensor_shape: %d\n  tensor_shape: %d\n  metadata_path: %q\n",
		valuesFile, e.Points, e.Width, metadataFile)
	var sprites []byte
	if e.Sprites != nil {
		var err error
		if sprites, err = encodePNG(e.Sprites); err != nil {
			return err
		}
		config += fmt.Sprintf("  sprite {\n    image_path: %q\n    single_image_dim: %d\n    single_image_dim: %d\n  }\n", spritesFile, e.SpriteSize.X, e.SpriteSize.Y)
	}
	write := func(name string, content []byte) error {
		return atomicfile.WriteBytes(filepath.Join(dir, name), content)
	}
	err := errors.Join(write(valuesFile, e.Values), write(metadataFile, []byte(table.String())))
	if sprites != nil {
		err = errors.Join(err, write(spritesFile, sprites))
	}
	if err != nil {
		return err
	}
	return write(ProjectorConfig, []byte(config+"}\n"))
}
