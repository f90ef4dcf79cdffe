package logistic

import (
	"context"
	"fmt"

	"aeprobe/internal/labels"
	"aeprobe/internal/matrix"
)

// Online codes the labels by the online code: in a shuffled order, at each of
// labels.OnlineSizes it fits a probe on the images so far, with C chosen among
// them by Bits, and codes the labels up to the next size by it, with
// [Model.CodeLengths]. [labels.Describe] and [labels.Curve] read the blocks.
func Online(ctx context.Context, features matrix.Matrix, classOf []byte, classes int, seed uint64) ([]labels.Block, error) {
	if err := check(features, classOf, classes); err != nil {
		return nil, err
	}
	order := labels.Shuffled(len(classOf), seed)
	sizes := labels.OnlineSizes(len(classOf))
	if len(sizes) < 2 {
		return nil, fmt.Errorf("the online code takes at least two images, not %d", len(classOf))
	}
	var blocks []labels.Block
	for i, size := range sizes[:len(sizes)-1] {
		seen, next := order[:size], order[size:sizes[i+1]]
		model, _, err := Train(ctx, features.Select(seen), matrix.Select(classOf, seen), classes, Bits, seed)
		if err != nil {
			return nil, err
		}
		lengths, err := model.CodeLengths(ctx, features.Select(next), matrix.Select(classOf, next))
		if err != nil {
			return nil, err
		}
		block := labels.Block{Images: size, Next: len(next)}
		for _, bits := range lengths {
			block.Bits += bits
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}
