// Package infer guesses a network's layers from the names and shapes of its weights.
//
// Weights tell the kinds and widths of layers, and their order. They do not tell what
// has no weights: strides, paddings, activations and pools. Those are guessed, and
// each guess is marked as one. The rule: a proposal is either a chain of layers that
// fits every tensor, or an error that says which tensor it fails at.
package infer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/weights"
)

// Layer is a layer of a proposal.
type Layer struct {
	config.Layer
	// Theirs is what the file calls it; empty for a layer without weights.
	Theirs string
	// Guess says what of it the weights do not tell; empty if they tell all.
	Guess string
}

// Proposal is a network that the weights of a file may be of.
type Proposal struct {
	Encoder, Decoder []Layer
	// DecoderGuessed tells that the file has no decoder: this one mirrors the encoder.
	DecoderGuessed bool
	// Linear is what the file calls the linear layer on the encoder, "" for none; Pool
	// is what it reads of the map.
	Linear, Pool string
	// Notes are what else there is to know.
	Notes []string
}

// module is a layer with weights: its tensors' shapes by the last part of their
// names.
type module struct {
	name   string
	shapes map[string][]int
}

// Network proposes layers for the tensors of a file, whose names begin with prefix,
// and images [C, H, W]. Where the tensors are in no order, as in safetensors, their
// names' numbers order them.
func Network(tensors []weights.Named, prefix string, image [3]int) (*Proposal, error) {
	modules := modulesOf(tensors, prefix)
	if len(modules) == 0 {
		return nil, errors.New("there are no weights of layers")
	}
	p := &Proposal{Pool: "avg"}
	g := guesser{shape: image, channels: image[0]}
	for i, m := range modules {
		if len(m.shapes["weight"]) == 2 {
			if err := p.head(g, m, modules[i+1:]); err != nil {
				return nil, err
			}
			break
		}
		l, err := g.next(m)
		if err != nil {
			return nil, err
		}
		part := &p.Encoder
		if len(p.Decoder) > 0 || l.Type == "conv_transpose2d" || strings.HasPrefix(m.name, "dec") {
			part = &p.Decoder
		}
		between := g.between(modules, i)
		*part = append(append(*part, *l), between...)
		if err := g.through(append([]Layer{*l}, between...)); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if len(p.Encoder) == 0 {
		return nil, errors.New("no layer of an encoder was found before the first transposed convolution")
	}
	return p, p.finish(image)
}

// modulesOf are the layers that have a weight, in the order of their tensors or, for
// sorted tensors, of the numbers in their names.
func modulesOf(tensors []weights.Named, prefix string) []module {
	var all []module
	places := map[string]int{} // of the modules in all
	sorted := slices.IsSortedFunc(tensors, func(a, b weights.Named) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range tensors {
		name, has := strings.CutPrefix(t.Name, prefix)
		dot := strings.LastIndexByte(name, '.')
		if !has || dot < 0 {
			continue
		}
		at, found := places[name[:dot]]
		if !found {
			at = len(all)
			places[name[:dot]] = at
			all = append(all, module{name[:dot], map[string][]int{}})
		}
		all[at].shapes[name[dot+1:]] = t.Shape
	}
	all = slices.DeleteFunc(all, func(m module) bool { return m.shapes["weight"] == nil })
	if sorted {
		slices.SortStableFunc(all, func(a, b module) int { return compareNames(a.name, b.name) })
	}
	return all
}

// compareNames compares numbers in names as numbers, and puts an encoder before a
// decoder before a classifier.
func compareNames(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		if errX == nil && errY == nil {
			if c := cmp.Compare(x, y); c != 0 {
				return c
			}
			continue
		}
		if c := cmp.Or(cmp.Compare(rank(as[i]), rank(bs[i])), strings.Compare(as[i], bs[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// rank is where a part of a network usually comes.
func rank(part string) int {
	switch {
	case strings.HasPrefix(part, "enc"), strings.HasPrefix(part, "feature"), strings.HasPrefix(part, "conv"):
		return 0
	case strings.HasPrefix(part, "dec"):
		return 1
	case strings.HasPrefix(part, "class"), strings.HasPrefix(part, "fc"), strings.HasPrefix(part, "head"), strings.HasPrefix(part, "linear"):
		return 3
	}
	return 2
}
