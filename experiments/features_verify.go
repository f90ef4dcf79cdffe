package experiments

import (
	"context"
	"fmt"
	"slices"

	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// verifyFeatures encodes images again, and projects what is stored of them.
func (s *setup) verifyFeatures(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
	var features map[string]report.FeatureResult
	if err := result.Detail(featuresStage, &features); err != nil {
		check(stages.Compared(stage.Name, "the features' record", []string{err.Error()}))
		return nil
	}
	for _, encoder := range s.encoders() {
		f, has := features[encoder]
		if !has {
			check(stages.Compared(stage.Name, "features of encoder "+encoder, []string{stages.ResultFile + " does not have them"}))
			continue
		}
		shape, stored, err := weights.ReadNPY(s.mapsFile(encoder))
		if err == nil && !slices.Equal(shape, f.Shape[:]) {
			err = fmt.Errorf("of shape %v, %s says %v", shape, stages.ResultFile, f.Shape)
		}
		if err != nil {
			check(stages.Compared(stage.Name, encoder+".npy can be read", []string{err.Error()}))
			continue
		}
		maps, err := s.verifyMaps(ctx, stage, encoder, f, stored, s.tolerance(result))
		if err != nil {
			return err
		}
		check(maps)
		for _, name := range s.definition.Features.ProjectionNames() {
			projected, err := s.verifyProjection(ctx, stage, name, encoder, f, stored)
			if err != nil {
				return err
			}
			check(projected)
		}
	}
	return nil
}

// verifyMaps compares stored maps with those that the encoder's weights give.
func (s *setup) verifyMaps(ctx context.Context, stage *stages.Stage, encoder string, f report.FeatureResult, stored []float32, tolerance float64) (stages.Check, error) {
	images := s.definition.Features.Images
	what := fmt.Sprintf("%s.npy: the encoder's maps of %d training images, to %g of the largest value", encoder, images, tolerance)
	network, err := s.pretrained(encoder)
	if err != nil {
		return stages.Compared(stage.Name, what, []string{err.Error()}), nil
	}
	defer network.Drop()
	maps, shape, err := s.encoderMaps(ctx, network, s.trainImages, images)
	if err != nil {
		return stages.Check{}, err
	}
	defer torch.Drop(maps)
	given, err := torch.ToSlice[float32](maps)
	if err != nil {
		return stages.Check{}, err
	}
	if f.Map != shape || len(given) != len(stored) {
		return stages.Compared(stage.Name, what, []string{fmt.Sprintf("%v maps of shape %v are kept, the definition makes them %v of %v",
			f.Shape[0], f.Map, images, shape)}), nil
	}
	width := f.Shape[1]
	return stages.Compared(stage.Name, what, stages.ValueDifferences(float64s(stored), float64s(given), tolerance, func(i int) string {
		return fmt.Sprintf("image %d, value %d", i/width, i%width)
	})), nil
}

// projectionTolerance is for a computation in double precision from the very
// same numbers.
const projectionTolerance = 1e-6

// verifyProjection projects the stored maps again, unless that takes long.
func (s *setup) verifyProjection(ctx context.Context, stage *stages.Stage, name, encoder string, f report.FeatureResult, stored []float32) (stages.Check, error) {
	kind, err := lookUp(projections, "projection", name)
	if err != nil {
		return stages.Check{}, err
	}
	what := fmt.Sprintf("%s-%s.csv: %d %s of %s.npy, to %g of the largest coordinate",
		encoder, name, s.definition.Features.Components, kind.axes, encoder, projectionTolerance)
	switch {
	case kind.verify != nil:
		what = fmt.Sprintf("%s-%s.csv: what %s says of the %s of %s.npy, to %g of the largest number",
			encoder, name, stages.ResultFile, kind.axes, encoder, projectionTolerance)
	case kind.ratios != nil:
		what += ", and their shares of the variance"
	}
	coordinates, labels, err := report.ReadProjection(s.projectionFile(name, encoder))
	if err != nil {
		return stages.Compared(stage.Name, what, []string{err.Error()}), nil
	}
	features, err := torch.FromSlice(stored, int64(f.Shape[0]), int64(f.Shape[1]))
	if err != nil {
		return stages.Check{}, err
	}
	defer torch.Drop(features)
	source := s.projectionSource(features, name, encoder)
	if kind.verify != nil {
		differences, err := kind.verify(ctx, source, coordinates, f)
		return stages.Compared(stage.Name, what, append(s.labelDifferences(labels), differences...)), err
	}
	p, err := kind.project(ctx, source)
	if err != nil {
		return stages.Check{}, err
	}
	differences := slices.Concat(s.labelDifferences(labels), coordinateDifferences(coordinates, p.Coordinates))
	if kind.ratios != nil {
		differences = append(differences, ratioDifferences(*kind.ratios(&f), p.Ratios)...)
	}
	return stages.Compared(stage.Name, what, differences), nil
}

// labelDifferences are the labels beside the first training images' coordinates
// that are not theirs.
func (s *setup) labelDifferences(labels []int) []string {
	var all stages.Tally
	for i, label := range labels {
		if i >= s.data.Train.Len() || label != int(s.data.Train.Labels[i]) {
			all.Add("image %d has label %d, which is not the data's", i, label)
		}
	}
	return all.List()
}

func coordinateDifferences(kept, given [][]float64) []string {
	was, is := slices.Concat(kept...), slices.Concat(given...)
	if len(kept) != len(given) || len(was) != len(is) {
		return []string{fmt.Sprintf("%d coordinates of %d images are kept, the features make it %d of %d",
			len(was), len(kept), len(is), len(given))}
	}
	return stages.ValueDifferences(was, is, projectionTolerance, func(i int) string {
		axes := len(given[0])
		return fmt.Sprintf("image %d, component %d", i/axes, i%axes+1)
	})
}

func ratioDifferences(kept, given []float64) []string {
	if len(kept) != len(given) {
		return []string{fmt.Sprintf("%d shares of the variance are kept, of %d components", len(kept), len(given))}
	}
	return stages.ValueDifferences(kept, given, projectionTolerance, func(i int) string {
		return fmt.Sprintf("share of the variance of component %d", i+1)
	})
}

func float64s(values []float32) []float64 {
	all := make([]float64, len(values))
	for i, x := range values {
		all[i] = float64(x)
	}
	return all
}
