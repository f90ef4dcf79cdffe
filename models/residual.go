package models

import (
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// residual is the ReLU of its layers' output plus its shortcut's. Names are those
// of PyTorch's ResNets: conv1, bn1, conv2, bn2 in the order of the layers, and the
// shortcut's layers behind downsample or upsample.
type residual struct {
	layers       *Sequential
	shortcut     Module // nil for the identity
	shortcutName string // begins the names of the shortcut's parameters
}

// newResidual draws the layers' parameters, then the shortcut's.
func newResidual(spec config.Layer, in [3]int, g *torch.Generator) (Module, error) {
	layers, out, err := newSequential(spec.Layers, in, g)
	if err != nil {
		return nil, err
	}
	layers.names = spec.LayerNames()
	r := &residual{layers: layers, shortcutName: spec.ShortcutName()}
	switch shortcut := spec.ShortcutLayers(out[0]); {
	case spec.PadsShortcut():
		r.shortcut = newPadShortcut(spec.Stride, in[0], out[0])
	case len(shortcut) > 0:
		s, _, err := newSequential(shortcut, in, g)
		if err != nil {
			r.Drop()
			return nil, fmt.Errorf("shortcut: %w", err)
		}
		r.shortcut = s
	}
	return r, nil
}

func (r *residual) Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	short := x
	if r.shortcut != nil {
		var err error
		if short, err = r.shortcut.Forward(x, m); err != nil {
			return nil, fmt.Errorf("shortcut: %w", err)
		}
		defer torch.Drop(short)
	}
	y, err := r.layers.Forward(x, m)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(y)
	return inPlaceReLU(y.Add(short, false))
}

// parts are the layers and the shortcut, if it is a module, by their names behind
// prefix.
func (r *residual) parts(prefix string) []Part {
	all := []Part{{prefix, r.layers}}
	if r.shortcut != nil {
		all = append(all, Part{prefix + "." + r.shortcutName, r.shortcut})
	}
	return all
}

func (r *residual) Parameters(prefix string) []Parameter { return Parameters(r.parts(prefix)...) }

func (r *residual) Buffers(prefix string) (all []Parameter) {
	for _, p := range r.parts(prefix) {
		all = append(all, p.Buffers()...)
	}
	return all
}

func (r *residual) NeedsWholeBatch() bool { return NeedWholeBatch(r.parts("")...) }

func (r *residual) Place(device torch.Device) error {
	for _, p := range r.parts("") {
		if err := p.module.Place(device); err != nil {
			return err
		}
	}
	return nil
}

func (r *residual) Drop() {
	for _, p := range r.parts("") {
		p.module.Drop()
	}
}

// padShortcut takes every stride-th pixel, and adds channels of zeros.
type padShortcut struct {
	stateless
	stride int64
	pad    []int64 // as F.pad takes them
}

// newPadShortcut adds out-in channels: half of them before, the rest behind.
func newPadShortcut(stride, in, out int) *padShortcut {
	before := (out - in) / 2
	return &padShortcut{stride: int64(stride), pad: []int64{0, 0, 0, 0, int64(before), int64(out - in - before)}}
}

func (p *padShortcut) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) {
	rows, err := x.Slice(2, nil, nil, p.stride, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(rows)
	pixels, err := rows.Slice(3, nil, nil, p.stride, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(pixels)
	return pixels.ConstantPadNd(p.pad, false)
}
