package experiments

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/machine"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
	"aeprobe/vision"
)

// The names of the arrays that NetworkOutputs gives.
const (
	OutputImages          = "images"
	OutputLabels          = "labels"
	OutputMaps            = "maps"
	OutputReconstructions = "reconstructions"
	OutputFeatures        = "features"
	OutputLogits          = "logits"
)

// NetworkOutputs are what the network in a file of weights, as Eval reads it, makes
// of the first n test images, or of all for 0, by libtorch: images (uint8 [N, C, H,
// W]), labels (int64 [N]), and in float32 maps (the encoder's, [N, C, H, W]),
// features (what a classifier reads; without one, the pooled maps, [N, F]) and, where
// the weights have what makes them, reconstructions ([N, C, H, W]) and logits ([N,
// classes]).
func NetworkOutputs(ctx context.Context, definition *config.Definition, data *vision.Dataset, path string, n int, device torch.Device, threads int) (*weights.File, error) {
	if n == 0 {
		n = data.Test.Len()
	}
	n = min(n, data.Test.Len())
	f := TestImages(data, n)
	err := withNetwork(definition, data, path, device, threads, new(Evaluation), func(s *setup, network *models.Classifier, holds parts) error {
		shapes, _, err := definition.Model.Shapes(data.Shape)
		if err != nil {
			return err
		}
		maps := shapes[len(shapes)-1]
		add := func(name string, shape []int, output func(*outputs) (*ts.Tensor, error)) {
			if err == nil {
				f.Tensors[name], err = s.outputOf(ctx, network, n, shape, output)
			}
		}
		add(OutputMaps, maps[:], (*outputs).Maps)
		add(OutputFeatures, []int{definition.Model.ClassifierFeatures(readBy(definition, path), data.Shape)}, (*outputs).Features)
		if holds.decoder {
			add(OutputReconstructions, data.Shape[:], (*outputs).Decoded)
		}
		if holds.classifier {
			add(OutputLogits, []int{len(data.Classes)}, (*outputs).Logits)
		}
		return machine.Explain(err)
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// TestImages are the first n test images and their labels, as NetworkOutputs has them.
func TestImages(data *vision.Dataset, n int) *weights.File {
	test, shape := data.Test, data.Shape
	labels := make([]int64, n)
	for i := range labels {
		labels[i] = int64(test.Labels[i])
	}
	pixels := test.Pixels[:n*shape[0]*shape[1]*shape[2]]
	return &weights.File{Tensors: map[string]weights.Array{
		OutputImages: weights.Bytes([]int{n, shape[0], shape[1], shape[2]}, pixels),
		OutputLabels: weights.Int64s([]int{n}, labels),
	}}
}

// outputOf is one of a network's outputs, of the given shape for an image, of the
// first n test images.
func (s *setup) outputOf(ctx context.Context, network *models.Classifier, n int, shape []int, output func(*outputs) (*ts.Tensor, error)) (weights.Array, error) {
	width := 1
	for _, d := range shape {
		width *= d
	}
	flat := func(o *outputs) (*ts.Tensor, error) {
		t, err := output(o)
		if err != nil {
			return nil, err
		}
		return o.scope.Do(func() (*ts.Tensor, error) { return t.Flatten(1, -1, false) }), o.scope.Err
	}
	all, err := s.encode(ctx, s.testImages, n, width, ofBatch(network, flat))
	if err != nil {
		return weights.Array{}, err
	}
	defer torch.Drop(all)
	a, err := models.Array(all)
	a.Shape = append([]int{n}, shape...)
	return a, err
}
