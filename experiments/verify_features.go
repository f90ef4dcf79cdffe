package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// verifyFeatures encodes images again, and projects what is stored of them.
func (v *verifier) verifyFeatures(ctx context.Context, s *stage, result *Result) error {
	encoders := append([]string{config.Random}, sortedKeys(v.definition.Autoencoders)...)
	for _, encoder := range encoders {
		f, has := result.Features[encoder]
		if !has {
			v.compared(s.name, "features of encoder "+encoder, []string{resultFile + " does not have them"})
			continue
		}
		shape, stored, err := weights.ReadNPY(v.mapsFile(encoder))
		if err == nil && !slices.Equal(shape, f.Shape[:]) {
			err = fmt.Errorf("of shape %v, %s says %v", shape, resultFile, f.Shape)
		}
		if err != nil {
			v.compared(s.name, encoder+".npy can be read", []string{err.Error()})
			continue
		}
		if err := v.verifyMaps(ctx, s, encoder, f, stored, v.tolerance(result)); err != nil {
			return err
		}
		if err := v.verifyPCA(ctx, s, encoder, f, stored); err != nil {
			return err
		}
	}
	return nil
}

// verifyMaps compares stored maps with those that the encoder's weights give.
func (v *verifier) verifyMaps(ctx context.Context, s *stage, encoder string, f FeatureResult, stored []float32, tolerance float64) error {
	images := v.definition.Features.Images
	what := fmt.Sprintf("%s.npy: the encoder's maps of %d training images, to %g of the largest value", encoder, images, tolerance)
	network, err := v.pretrained(encoder)
	if err != nil {
		v.compared(s.name, what, []string{err.Error()})
		return nil
	}
	defer network.Drop()
	maps, shape, err := v.encoderMaps(ctx, network, images)
	if err != nil {
		return err
	}
	defer torch.Drop(maps)
	given, err := torch.ToSlice[float32](maps)
	if err != nil {
		return err
	}
	if f.Map != shape || len(given) != len(stored) {
		v.compared(s.name, what, []string{fmt.Sprintf("%v maps of shape %v are kept, the definition makes them %v of %v",
			f.Shape[0], f.Map, images, shape)})
		return nil
	}
	width := f.Shape[1]
	v.compared(s.name, what, valueDifferences(wide(stored), wide(given), tolerance, func(i int) string {
		return fmt.Sprintf("image %d, value %d", i/width, i%width)
	}))
	return nil
}

// projectionTolerance is for a computation in double precision from the very
// same numbers.
const projectionTolerance = 1e-6

// verifyPCA projects the stored maps again.
func (v *verifier) verifyPCA(ctx context.Context, s *stage, encoder string, f FeatureResult, stored []float32) error {
	what := fmt.Sprintf("%s-pca.csv: %d principal components of %s.npy, to %g of the largest coordinate, and their shares of the variance",
		encoder, v.definition.Features.Components, encoder, projectionTolerance)
	coordinates, labels, err := readPCA(v.pcaFile(encoder))
	if err != nil {
		v.compared(s.name, what, []string{err.Error()})
		return nil
	}
	features, err := torch.FromSlice(stored, int64(f.Shape[0]), int64(f.Shape[1]))
	if err != nil {
		return err
	}
	defer torch.Drop(features)
	p, err := pca(ctx, features, v.definition.Features.Components)
	if err != nil {
		return err
	}
	var wrongLabels tally
	for i, label := range labels {
		if i >= v.data.Train.Len() || label != int(v.data.Train.Labels[i]) {
			wrongLabels.add("image %d has label %d, which is not the data's", i, label)
		}
	}
	differences := wrongLabels.list()
	kept, given := slices.Concat(coordinates...), slices.Concat(p.Coordinates...)
	if len(coordinates) != len(p.Coordinates) || len(kept) != len(given) {
		differences = append(differences, fmt.Sprintf("%d coordinates of %d images are kept, the features make it %d of %d",
			len(kept), len(coordinates), len(given), len(p.Coordinates)))
	} else {
		components := len(p.Ratios)
		differences = append(differences, valueDifferences(kept, given, projectionTolerance, func(i int) string {
			return fmt.Sprintf("image %d, component %d", i/components, i%components+1)
		})...)
	}
	if len(f.ExplainedVarianceRatio) != len(p.Ratios) {
		differences = append(differences, fmt.Sprintf("%d shares of the variance are kept, of %d components", len(f.ExplainedVarianceRatio), len(p.Ratios)))
	} else {
		differences = append(differences, valueDifferences(f.ExplainedVarianceRatio, p.Ratios, projectionTolerance, func(i int) string {
			return fmt.Sprintf("share of the variance of component %d", i+1)
		})...)
	}
	v.compared(s.name, what, differences)
	return nil
}

// valueDifferences are the values, as many each, that were kept and are not
// what is given, to a tolerance relative to the largest. name says what the
// i-th value is.
func valueDifferences(kept, given []float64, tolerance float64, name func(i int) string) []string {
	var largest float64
	for _, x := range given {
		largest = max(largest, math.Abs(x))
	}
	var all tally
	for i := range given {
		if !(math.Abs(kept[i]-given[i]) <= tolerance*largest) {
			all.add("%s is kept as %g, recomputed as %g", name(i), kept[i], given[i])
		}
	}
	return all.list()
}

func wide(values []float32) []float64 {
	all := make([]float64, len(values))
	for i, x := range values {
		all[i] = float64(x)
	}
	return all
}
