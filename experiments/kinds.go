package experiments

import (
	"maps"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/stages"
)

// kinds is the table of what a run is made of. Each kind unfolds the definition
// into its stages; later kinds may need stages of earlier ones.
var kinds = []kind{
	{"autoencoders", true, autoencoderStages},
	{"aggregations", true, aggregationStages},
	{"classifiers", true, classifierStages},
	{"study", true, studyStages},
	{"study", false, scratchStages},
	{"study", false, similarityStages},
	{"study", false, verdictsStages},
	{"features", false, featuresStages},
	{"figures", false, figuresStages},
}

type kind struct {
	name string
	// perSeed tells that there are stages for each of the definition's seeds.
	perSeed bool
	unfold  func(*setup, *plan) error
}

// A plan collects the stages of a run. Stages with a lower rank start first.
type plan struct {
	stages []*stages.Stage
	ranks  map[*stages.Stage]int
	// files are the SHA-256 sums of a study's weights files, by the encoder's name.
	files map[string]string
}

// Ranks: first what the table needs, and of that first what takes longest.
const (
	rankPretraining = iota
	rankClassifier
	rankAutoencoder
	rankStudy
	rankVerdicts
	rankFeatures
	rankFigures
)

// add seals a stage, whose needs are in the plan, and adds it.
func (p *plan) add(s *stages.Stage, rank int) error {
	if err := s.Seal(); err != nil {
		return err
	}
	p.stages = append(p.stages, s)
	p.ranks[s] = rank
	return nil
}

// stage is the stage of that name, or nil.
func (p *plan) stage(name string) *stages.Stage {
	i := slices.IndexFunc(p.stages, func(s *stages.Stage) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return p.stages[i]
}

// unfold is all stages of the definition, in the order in which they should
// start.
func (s *setup) unfold() ([]*stages.Stage, error) {
	p := &plan{ranks: map[*stages.Stage]int{}}
	for _, k := range kinds {
		for _, repeat := range s.repeats() {
			if err := k.unfold(repeat, p); err != nil {
				return nil, err
			}
			if !k.perSeed {
				break
			}
		}
	}
	slices.SortStableFunc(p.stages, func(a, b *stages.Stage) int { return p.ranks[a] - p.ranks[b] })
	return p.stages, nil
}

// pretrainingRank is that of the training of an encoder without labels: those that
// classifiers start from come first.
func pretrainingRank(d *config.Definition, name string) int {
	if isPretraining(d, name) {
		return rankPretraining
	}
	return rankAutoencoder
}

// isPretraining reports whether another training starts from the auto-encoder or
// the aggregation of that name.
func isPretraining(d *config.Definition, encoder string) bool {
	for _, c := range d.Classifiers {
		if c.Encoder == encoder {
			return true
		}
	}
	for _, a := range d.Aggregations {
		if a.Encoder == encoder {
			return true
		}
	}
	return false
}

// classifierOrder is the order of the table's columns: from the least
// supervision of the encoder to the most.
func classifierOrder(classifiers map[string]config.Classifier) []string {
	supervision := func(name string) int {
		switch c := classifiers[name]; {
		case c.TrainsEncoderWithLabels():
			return 2 // with labels
		case c.Changes(config.Encoder), c.Encoder != config.Random:
			return 1 // without
		default:
			return 0
		}
	}
	names := sortedKeys(classifiers)
	slices.SortStableFunc(names, func(a, b string) int { return supervision(a) - supervision(b) })
	return names
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
