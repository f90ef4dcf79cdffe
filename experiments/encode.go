package experiments

import (
	"context"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/models"
	"aeprobe/vision"
)

// encodeFeatures are a classifier's features of all images, [images, features]
// on the device.
func (s *setup) encodeFeatures(ctx context.Context, network *models.Classifier, images vision.Images) (*ts.Tensor, error) {
	p := &planned{network: network.AutoEncoder, classifier: network}
	if features, err := s.encodeByPlan(ctx, images, images.Len(), (*planned).Features, p); features != nil || err != nil {
		return features, err
	}
	width := s.definition.Model.ClassifierFeatures(network.Reads, s.data.Shape)
	return s.encode(ctx, images, images.Len(), width, ofBatch(network, (*outputs).Features))
}

// ofBatch makes one of a classifier's outputs of a batch of images, [B, C, H, W],
// in Evaluation.
func ofBatch(network *models.Classifier, output func(*outputs) (*ts.Tensor, error)) func(*ts.Tensor) (*ts.Tensor, error) {
	return func(batch *ts.Tensor) (*ts.Tensor, error) {
		o := &outputs{network: network.AutoEncoder, classifier: network, pixels: batch}
		defer o.drop()
		t, err := output(o)
		if err != nil {
			return nil, err
		}
		return t.ShallowClone()
	}
}

// encode applies f, which makes float32 [B, width] of images [B, C, H, W], to
// the first n images. The result is [n, width] on the device.
func (s *setup) encode(ctx context.Context, images vision.Images, n, width int, f func(*ts.Tensor) (*ts.Tensor, error)) (*ts.Tensor, error) {
	all, err := ts.Zeros([]int64{int64(n), int64(width)}, gotch.Float, s.device.Gotch())
	if err != nil {
		return nil, err
	}
	err = torch.EachBatch(ctx, s.device, s.threads, n, func(number int, index *ts.Tensor) error {
		batch, err := images.Images(index)
		if err != nil {
			return err
		}
		defer torch.Drop(batch)
		encoded, err := f(batch)
		if err != nil {
			return err
		}
		defer torch.Drop(encoded)
		place, err := all.Narrow(0, int64(number*torch.ForwardBatch), index.MustSize()[0], false)
		if err != nil {
			return err
		}
		defer torch.Drop(place)
		return torch.Copy(place, encoded)
	})
	if err != nil {
		torch.Drop(all)
		return nil, err
	}
	return all, nil
}

// encoderMaps are the maps, of the given shape [C, H, W], that network's encoder
// makes of the first n images: float32 [n, C*H*W] on the device.
func (s *setup) encoderMaps(ctx context.Context, network *models.AutoEncoder, images vision.Images, n int) (maps *ts.Tensor, shape [3]int, err error) {
	shapes, _, err := s.definition.Model.Shapes(s.data.Shape)
	if err != nil {
		return nil, shape, err
	}
	shape = shapes[len(shapes)-1]
	maps, err = s.partMaps(ctx, []models.Part{network.Encoder}, shape, images, n)
	return maps, shape, err
}

// partMaps are the maps, of the given shape [C, H, W], that parts, one after the
// other, make of the first n images: float32 [n, C*H*W] on the device.
func (s *setup) partMaps(ctx context.Context, parts []models.Part, shape [3]int, images vision.Images, n int) (*ts.Tensor, error) {
	plan := func(p *planned) (m int, err error) {
		for _, part := range parts {
			if m, err = part.Plan(p.plan, m); err != nil {
				return 0, err
			}
		}
		return m, nil
	}
	if maps, err := s.encodeByPlan(ctx, images, n, plan, new(planned)); maps != nil || err != nil {
		return maps, err
	}
	return s.encode(ctx, images, n, shape[0]*shape[1]*shape[2], func(x *ts.Tensor) (*ts.Tensor, error) {
		var made torch.Scope
		defer made.Drop()
		for _, part := range parts {
			y := x
			x = made.Do(func() (*ts.Tensor, error) { return part.Forward(y, models.Evaluation) })
			if made.Err != nil {
				return nil, made.Err
			}
		}
		return x.Flatten(1, -1, false)
	})
}

// rowsOf calls a function with each row of features, [N, D]. It may be called
// again.
func rowsOf(ctx context.Context, features *ts.Tensor) func(func(row []float32)) error {
	return func(f func(row []float32)) error {
		return torch.EachBlock(features, func(rows *ts.Tensor) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			values, err := torch.ToSlice[float32](rows)
			if err != nil {
				return err
			}
			width := len(values) / int(rows.MustSize()[0])
			for ; len(values) > 0; values = values[width:] {
				f(values[:width])
			}
			return nil
		})
	}
}
