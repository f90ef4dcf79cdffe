package plots

import (
	"errors"
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot/vg"
)

// Block is a layer together with its activation.
type Block struct {
	// Label says what the layer is: "Conv2d 3→12, k4 s2 p1". Lines are broken
	// at its commas first.
	Label string
	// Activation may be empty.
	Activation string
	// Shape is the output's: channels, rows, columns, each 1 or more.
	Shape [3]int
}

// Architecture draws an auto-encoder as a row of maps, from an image of shape input
// [C, H, W] on the left, each layer's label above the arrow between its input and
// its output. A classifier, if any, hangs
// below the encoder's last map. The decoder may be empty. It returns an error
// if the encoder is empty or a shape has a dimension below 1.
func Architecture(title string, input [3]int, encoder, decoder []Block, classifier *Block) (*Figure, error) {
	a := architecture{encoder: len(encoder), classifier: classifier}
	a.blocks = append(append([]Block{{Label: "input", Shape: input}}, encoder...), decoder...)
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("architecture %q: %w", title, err)
	}
	a.layOut()
	return &Figure{title: title, width: a.width(), height: a.height(), body: a.draw}, nil
}

// architecture is a chain of blocks with its measures on paper. The input is
// the first block.
type architecture struct {
	blocks     []Block
	encoder    int // index of the encoder's last block
	classifier *Block

	maps   []cuboid
	labels [][]string // above the arrow that leads to the map
	pitch  vg.Length  // between maps
	above  vg.Length  // room for labels
	below  vg.Length  // room for the classifier, below the middle of the maps
}

func (a *architecture) check() error {
	if a.encoder == 0 {
		return errors.New("the encoder has no blocks")
	}
	blocks := a.blocks
	if a.classifier != nil {
		blocks = append(blocks[:len(blocks):len(blocks)], *a.classifier)
	}
	for _, b := range blocks {
		if min(b.Shape[0], b.Shape[1], b.Shape[2]) < 1 {
			return fmt.Errorf("block %q has shape %v; want channels, rows and columns of 1 or more", b.Label, b.Shape)
		}
	}
	return nil
}

const (
	sectionLead = vg.Length(16) // height of "Encoder" and "Decoder"
	layerLead   = vg.Length(8.4)
	shapeLead   = vg.Length(9)
	shortest    = vg.Length(20) // room for an arrow between maps
)

// Colours of the maps, by the part of the network that produces them.
var (
	inputColor      = color.NRGBA{0x77, 0x77, 0x77, 0xFF}
	encoderColor    = lineColors[0]
	featuresColor   = lineColors[4]
	decoderColor    = lineColors[2]
	classifierColor = lineColors[3]
)

func (a *architecture) layOut() {
	var most [3]int
	for _, b := range a.blocks {
		for i, n := range b.Shape {
			most[i] = max(most[i], n)
		}
	}
	a.pitch = max(64, min(92, 504/vg.Length(len(a.blocks))))
	for i, b := range a.blocks {
		a.maps = append(a.maps, newCuboid(b.Shape, most, a.color(i)))
		a.pitch = max(a.pitch, a.maps[i].size().X+shortest, smallText.width(shapeText(b.Shape))+6)
	}
	lines := 0
	for i, b := range a.blocks {
		a.labels = append(a.labels, b.lines(a.pitch-4))
		lines = max(lines, len(a.labels[i]))
	}
	a.above = sectionLead + layerLead*vg.Length(lines) + 6
	a.below = a.tallest()/2 + 2*shapeLead + 2
	if a.classifier != nil {
		a.below = max(a.below, a.branchTip()+10+2*shapeLead+2)
	}
}

func (a *architecture) color(i int) color.NRGBA {
	switch {
	case i == 0:
		return inputColor
	case i < a.encoder:
		return encoderColor
	case i == a.encoder:
		return featuresColor
	}
	return decoderColor
}

// lines breaks the block's label and activation into lines.
func (b Block) lines(width vg.Length) []string {
	var lines []string
	for _, part := range strings.Split(b.Label, ",") {
		lines = append(lines, smallText.wrap(part, width)...)
	}
	return append(lines, smallText.wrap(b.Activation, width)...)
}

func (a *architecture) tallest() vg.Length {
	tallest := vg.Length(0)
	for _, m := range a.maps {
		tallest = max(tallest, m.size().Y)
	}
	return tallest
}

// foot is how far below the middle of the maps the i-th map's text ends.
func (a *architecture) foot(i int) vg.Length {
	foot := a.maps[i].size().Y/2 + shapeLead + 3
	if a.role(i) != "" {
		foot += shapeLead
	}
	return foot
}

// branch is the least length of the arrow to the classifier.
func (a *architecture) branch() vg.Length {
	return max(28, layerLead*vg.Length(len(a.classifierLines()))+4)
}

func (a *architecture) classifierLines() []string { return a.classifier.lines(1.4 * a.pitch) }

// branchTip is how far below the middle of the maps the arrow to the classifier
// ends: its label, beside its last part, stays clear of the maps to the left
// and right.
func (a *architecture) branchTip() vg.Length {
	foot := vg.Length(0)
	for i := a.encoder - 1; i < min(len(a.maps), a.encoder+2); i++ {
		foot = max(foot, a.foot(i))
	}
	return foot + a.branch()
}

func (a *architecture) width() vg.Length {
	columns := len(a.blocks)
	if a.classifier != nil && a.encoder == columns-1 {
		columns++ // for the classifier's label
	}
	return a.pitch * vg.Length(columns)
}

func (a *architecture) height() vg.Length { return a.above + a.tallest()/2 + a.below }
