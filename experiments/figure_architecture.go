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

// blocks are the layers with the activations that follow them; shapes are
// those after each layer, and the first layer's input is of shape in.
func blocks(layers []config.Layer, shapes [][3]int, in [3]int) []plots.Block {
	var all []plots.Block
	for i, l := range layers {
		switch {
		case l.Out > 0:
			name := map[string]string{"conv2d": "Conv2d", "conv_transpose2d": "ConvTranspose2d"}[l.Type]
			label := fmt.Sprintf("%s %d→%d, k%d s%d p%d", name, in[0], l.Out, l.Kernel, l.Stride, l.Padding)
			all = append(all, plots.Block{Label: label, Shape: shapes[i]})
		case len(all) > 0:
			all[len(all)-1].Activation = map[string]string{"relu": "ReLU", "sigmoid": "Sigmoid"}[l.Type]
		}
		in = shapes[i]
	}
	return all
}
