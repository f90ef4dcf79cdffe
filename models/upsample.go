package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// upsample is nn.Upsample(scale_factor=Scale, mode="nearest").
type upsample struct {
	stateless
	size []int64 // of the output, height and width
}

func newUpsample(spec config.Layer, in [3]int, _ *torch.Generator) (Module, error) {
	out, err := spec.Shape(in)
	if err != nil {
		return nil, err
	}
	return &upsample{size: []int64{int64(out[1]), int64(out[2])}}, nil
}

func (u *upsample) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) {
	return x.UpsampleNearest2d(u.size, nil, nil, false)
}
