package infer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aeprobe/config"
)

// guesser follows the shape of an image through the layers so far.
type guesser struct {
	shape    [3]int
	channels int
}

// next is the layer that a module is.
func (g *guesser) next(m module) (*Layer, error) {
	weight := m.shapes["weight"]
	_, hasBias := m.shapes["bias"]
	switch {
	case len(weight) == 1 && m.shapes["running_mean"] != nil:
		if weight[0] != g.channels {
			return nil, fmt.Errorf("%s is a batch norm of %d channels, where %d come: this is no plain chain of layers, which is all that is inferred", m.name, weight[0], g.channels)
		}
		return &Layer{Layer: config.Layer{Type: "batch_norm2d"}, Theirs: m.name}, nil
	case len(weight) != 4:
		return nil, fmt.Errorf("%s has a weight %v, which is no layer that definitions have", m.name, weight)
	case weight[2] != weight[3]:
		return nil, fmt.Errorf("%s has a kernel of %d x %d; definitions have square ones", m.name, weight[2], weight[3])
	}
	l := &Layer{Layer: config.Layer{Type: "conv2d", Out: weight[0], Kernel: weight[2]}, Theirs: m.name}
	transposed := weight[0] == g.channels && (weight[1] != g.channels || looksTransposed(m.name))
	switch {
	case transposed:
		l.Type, l.Out = "conv_transpose2d", weight[1]
	case weight[1] != g.channels:
		return nil, fmt.Errorf("%s takes %d channels, where %d come: this is no plain chain of layers, which is all that is inferred", m.name, weight[1], g.channels)
	case weight[0] == weight[1]:
		l.Guess = "conv2d, stride, padding"
	}
	if !hasBias {
		l.Bias = new(bool)
	}
	l.Stride, l.Padding = 1, l.Kernel/2
	if l.Kernel%2 == 0 {
		l.Stride, l.Padding = 2, (l.Kernel-2)/2
	} else if transposed && l.Kernel > 1 {
		l.Stride, l.OutputPadding = 2, 1
	}
	if l.Guess == "" {
		l.Guess = "stride, padding"
	}
	return l, nil
}

// looksTransposed holds for names that people give to layers of a decoder.
func looksTransposed(name string) bool {
	return slices.ContainsFunc([]string{"dec", "trans", "up"}, func(part string) bool { return strings.Contains(strings.ToLower(name), part) })
}

// between are the layers without weights between the module at i and the next one, as
// far as the numbers of an nn.Sequential tell.
func (g *guesser) between(modules []module, i int) []Layer {
	relu := Layer{Layer: config.Layer{Type: "relu"}, Guess: "relu"}
	if i+1 == len(modules) {
		return []Layer{relu}
	}
	m, next := modules[i], modules[i+1]
	if next.shapes["running_mean"] != nil {
		return nil // a batch norm follows its convolution
	}
	here, at, numbered := place(m.name)
	there, behind, nextNumbered := place(next.name)
	if !numbered || !nextNumbered || here != there {
		return []Layer{relu}
	}
	switch behind - at {
	case 1:
		return nil
	case 2:
		return []Layer{relu}
	default: // two layers in a gap are most often these
		return []Layer{relu, {Layer: config.Layer{Type: "max_pool2d", Kernel: 2, Stride: 2}, Guess: "pool"}}
	}
}

// place splits features.3 into features and 3.
func place(name string) (list string, at int, numbered bool) {
	dot := strings.LastIndexByte(name, '.')
	at, err := strconv.Atoi(name[dot+1:])
	return name[:max(dot, 0)], at, err == nil
}

// through follows the shape through layers.
func (g *guesser) through(layers []Layer) error {
	for _, l := range layers {
		out, err := l.Shape(g.shape)
		if err != nil {
			return err
		}
		g.shape, g.channels = out, out[0]
	}
	return nil
}

// head takes the module, whose weight is [classes, features], for the linear layer.
func (p *Proposal) head(g guesser, m module, rest []module) error {
	features := m.shapes["weight"][1]
	switch {
	case len(p.Decoder) > 0 || len(p.Encoder) == 0:
		return fmt.Errorf("%s is a linear layer, which definitions have only on an encoder's map", m.name)
	case features == g.channels:
	case features == g.shape[0]*g.shape[1]*g.shape[2]:
		p.Pool = "flatten"
		p.Notes = append(p.Notes, fmt.Sprintf("%s reads %d features, as many as the map's %v values: the strides guessed may be right", m.name, features, g.shape))
	case features%g.channels == 0:
		p.Pool = "flatten"
		p.Notes = append(p.Notes, fmt.Sprintf("%s reads %d features, %d for each of the map's %d channels: other strides or pools give a map of that size, not of %v", m.name, features, features/g.channels, g.channels, g.shape))
	default:
		return fmt.Errorf("%s reads %d features, where %d channels come", m.name, features, g.channels)
	}
	p.Linear = m.name
	if len(rest) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("what follows %s is left out: %s", m.name, rest[0].name))
	}
	return nil
}

// finish gives the network a decoder that ends at the images, as a sigmoid, and checks
// that it does.
func (p *Proposal) finish(image [3]int) error {
	if len(p.Decoder) == 0 {
		p.DecoderGuessed = true
		p.mirror(image)
	}
	if last := len(p.Decoder) - 1; p.Decoder[last].Type == "relu" {
		p.Decoder = p.Decoder[:last]
	}
	p.Decoder = append(p.Decoder, Layer{Layer: config.Layer{Type: "sigmoid"}, Guess: "sigmoid"})
	if _, _, err := p.Model().Shapes(image); err != nil {
		if p.DecoderGuessed {
			return errors.Join(errors.New("the mirrored decoder does not end at the images"), err)
		}
		p.Notes = append(p.Notes, fmt.Sprintf("with these strides it does not fit the images: %v", err))
	}
	return nil
}

// mirror adds, for each layer of the encoder that changes the shape, one that takes
// that back.
func (p *Proposal) mirror(image [3]int) {
	shapes := [][3]int{image}
	for _, l := range p.Encoder {
		out, _ := l.Shape(shapes[len(shapes)-1])
		shapes = append(shapes, out)
	}
	for i := len(p.Encoder) - 1; i >= 0; i-- {
		l, from, to := p.Encoder[i], shapes[i+1], shapes[i]
		switch l.Type {
		case "conv2d":
			back := config.Layer{Type: "conv_transpose2d", Out: to[0], Kernel: l.Kernel, Stride: l.Stride, Padding: l.Padding}
			if out, err := back.Shape(from); err == nil && to[1] > out[1] && to[1]-out[1] < l.Stride {
				back.OutputPadding = to[1] - out[1]
			}
			p.Decoder = append(p.Decoder, Layer{Layer: back, Guess: "mirrors the encoder"}, Layer{Layer: config.Layer{Type: "relu"}, Guess: "relu"})
		case "max_pool2d":
			p.Decoder = append(p.Decoder, Layer{Layer: config.Layer{Type: "upsample", Scale: l.Stride}, Guess: "mirrors the encoder"})
		}
	}
}

// Model is the proposed network.
func (p *Proposal) Model() config.Model {
	m := config.Model{Pool: p.Pool}
	for _, l := range p.Encoder {
		m.Encoder = append(m.Encoder, l.Layer)
	}
	for _, l := range p.Decoder {
		m.Decoder = append(m.Decoder, l.Layer)
	}
	return m
}
