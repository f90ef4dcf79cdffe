package experiments

import (
	"context"
	"fmt"

	"aeprobe/config"
	"aeprobe/plots"
)

// architecture draws the networks from the model's specification.
func (d *drawing) architecture(ctx context.Context) error {
	model := d.definition.Model
	encoder, decoder, err := model.Shapes(d.data.Shape)
	if err != nil {
		return err
	}
	var head *plots.Block
	if len(d.results.Classifiers) > 0 {
		classes := len(d.data.Classes)
		head = &plots.Block{
			Label: fmt.Sprintf("%s, Linear %d→%d", poolNames[model.Pool], model.Features(d.data.Shape), classes),
			Shape: [3]int{classes, 1, 1},
		}
	}
	figure, err := plots.Architecture("The auto-encoder and the linear classifier on its features", d.data.Shape,
		blocks(model.Encoder, encoder, d.data.Shape), blocks(model.Decoder, decoder, encoder[len(encoder)-1]), head)
	if err != nil {
		return err
	}
	return d.save(ctx, "architecture", figure)
}

var poolNames = map[string]string{"avg": "average pooling", "max": "max pooling", "flatten": "flatten"}

// blocks are the layers, each with those after it that keep its output's shape;
// shapes are those after each layer, and the first layer's input is of shape in.
func blocks(layers []config.Layer, shapes [][3]int, in [3]int) []plots.Block {
	var all []plots.Block
	for i, l := range layers {
		label := l.Label(in)
		switch last := len(all) - 1; {
		case !l.KeepsShape():
			all = append(all, plots.Block{Label: label, Shape: shapes[i]})
		case last < 0:
		case all[last].Activation == "":
			all[last].Activation = label
		default:
			all[last].Activation += ", " + label
		}
		in = shapes[i]
	}
	return all
}
