package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// featuresStage is also the folder: per encoder one .npy of maps, and one .csv of
// coordinates per projection.
const featuresStage = report.FeaturesFolder

// featureInputs are what decides the stored features.
type featureInputs struct {
	inputs     `yaml:",inline"`
	Images     int `yaml:"images"`
	Components int `yaml:"components"`
	// Projections is empty for the default.
	Projections []string                   `yaml:"projections,omitempty"`
	TSNE        config.TSNE                `yaml:"tsne,omitempty"`
	Encoders    map[string]fingerprint.Sum `yaml:"encoders"`
}

// featuresStages encode images with the random encoder and with that of every
// auto-encoder and aggregation, and project the maps.
func featuresStages(s *setup, p *plan) error {
	spec := s.definition.Features
	inputs := featureInputs{inputs: s.inputs("features"), Images: spec.Images, Components: spec.Components,
		Projections: spec.Projections, TSNE: spec.TSNE, Encoders: map[string]fingerprint.Sum{}}
	stage := &stages.Stage{Name: featuresStage, Share: true, Demand: s.featuresDemand(spec), Verify: s.verifyFeatures}
	for _, name := range s.encoders()[1:] {
		need := p.stage(s.pretrainingStage(name))
		stage.Needs = append(stage.Needs, need)
		inputs.Encoders[name] = need.Fingerprint()
	}
	stage.Inputs = inputs
	stage.Run = func(ctx context.Context, _ *stages.Stage) (*stages.Result, error) {
		features := map[string]report.FeatureResult{}
		for _, name := range s.encoders() {
			f, err := s.extractFeatures(ctx, name)
			if err != nil {
				return nil, fmt.Errorf("features of encoder %s: %w", name, err)
			}
			features[name] = *f
		}
		result := new(stages.Result)
		return result, errors.Join(s.removeProjectionStates(), result.SetDetail(featuresStage, features))
	}
	return p.add(stage, rankFeatures)
}

// encoders are the names of all encoders: random first, then the auto-encoders and
// the aggregations.
func (s *setup) encoders() []string {
	return slices.Concat([]string{config.Random}, sortedKeys(s.definition.Autoencoders), sortedKeys(s.definition.Aggregations))
}

// extractFeatures stores the maps of one encoder and their projections.
func (s *setup) extractFeatures(ctx context.Context, encoder string) (*report.FeatureResult, error) {
	spec := s.definition.Features
	network, err := s.pretrained(encoder)
	if err != nil {
		return nil, err
	}
	defer network.Drop()
	maps, shape, err := s.encoderMaps(ctx, network, s.trainImages, spec.Images)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(maps)
	width := shape[0] * shape[1] * shape[2]
	err = weights.WriteNPY(s.mapsFile(encoder), []int{spec.Images, width}, func(write func([]float32) error) error {
		return torch.EachBlock(maps, func(rows *ts.Tensor) error {
			values, err := torch.ToSlice[float32](rows)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			return write(values)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := &report.FeatureResult{Shape: [2]int{spec.Images, width}, Map: shape}
	// A projection has the threads of all slots, which trainings beside it leave.
	s.working.Add(int32(s.dir.Slots) - 1)
	defer s.working.Add(1 - int32(s.dir.Slots))
	for _, name := range spec.ProjectionNames() {
		kind, err := lookUp(projections, "projection", name)
		if err != nil {
			return nil, err
		}
		p, err := kind.project(ctx, s.projectionSource(maps, name, encoder))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if p.TSNE != nil {
			f.TSNE = p.TSNE
		}
		if kind.ratios != nil {
			*kind.ratios(f) = p.Ratios
		}
		if err := report.WriteProjection(s.projectionFile(name, encoder), p.Axes, p.Coordinates, s.data.Train.Labels); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (s *setup) mapsFile(encoder string) string { return s.dir.Join(featuresStage, encoder+".npy") }

// projectionSource is that of an encoder's maps.
func (s *setup) projectionSource(maps *ts.Tensor, projection, encoder string) *projectionSource {
	return &projectionSource{spec: s.definition.Features, features: maps, labels: s.data.Train.Labels, seed: s.seed,
		threads: s.threads * s.dir.Slots, state: s.projectionState(projection, encoder)}
}

func (s *setup) projectionState(projection, encoder string) string {
	return s.dir.Join(featuresStage, encoder+"-"+projection+".state.json")
}

// removeProjectionStates removes what only an interrupted stage leaves.
func (s *setup) removeProjectionStates() error {
	for _, encoder := range s.encoders() {
		for _, name := range s.definition.Features.ProjectionNames() {
			if err := os.Remove(s.projectionState(name, encoder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func (s *setup) projectionFile(projection, encoder string) string {
	return report.ProjectionFile(s.dir.Path, projection, encoder)
}
