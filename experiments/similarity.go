package experiments

import (
	"context"
	"fmt"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/geometry"
	"aeprobe/internal/matrix"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/models"
)

// similarityStage is also the folder, and the key of the similarities in its
// result.
const similarityStage = "similarity"

// similarityInputs are what decides the similarities.
type similarityInputs struct {
	inputs    `yaml:",inline"`
	Encoders  []string          `yaml:"encoders"`
	Files     map[string]string `yaml:"files_sha256,omitempty"`
	Baselines []string          `yaml:"baselines"`
	// Layers are left out where there are none, as earlier versions did.
	Layers     []string                   `yaml:"layers,omitempty"`
	Components int                        `yaml:"components"`
	Seeds      []uint64                   `yaml:"seeds"`
	Weights    map[string]fingerprint.Sum `yaml:"weights"`
}

// similarityStages compare the maps of all encoders of a study, of all seeds, with
// one another, and with the baselines.
func similarityStages(s *setup, p *plan) error {
	study := s.definition.Study
	if !study.Has("similarity") {
		return nil
	}
	in := similarityInputs{inputs: s.inputs("similarity"), Encoders: study.Encoders, Baselines: study.Baselines, Layers: study.Layers, Components: study.Components, Files: p.files,
		Seeds: seedsOf(s.definition), Weights: map[string]fingerprint.Sum{}}
	images := float64(s.data.Test.Len())
	sets := float64(len(s.repeats()) * len(study.Encoders))
	stage := &stages.Stage{Name: similarityStage, Verify: s.verifySimilarity,
		Run: func(ctx context.Context, _ *stages.Stage) (*stages.Result, error) {
			found, err := s.similarities(ctx)
			if err != nil {
				return nil, err
			}
			result := new(stages.Result)
			return result, result.SetDetail(similarityStage, found)
		}}
	width := sets * float64(s.widthOf(featureSet{pool: "flatten"}))
	for _, layer := range study.Layers {
		width += float64(len(study.Encoders) * s.widthOf(featureSet{pool: "flatten", layer: layer}))
	}
	stage.Demand.Memory = 3 * float32Bytes * images * width
	for _, repeat := range s.repeats() {
		for _, encoder := range study.Encoders {
			if trained := repeat.trainingOf(p, encoder); trained != nil {
				stage.Needs = append(stage.Needs, trained)
				in.Weights[trained.Name] = trained.Fingerprint()
			}
		}
	}
	stage.Inputs = in
	return p.add(stage, rankStudy)
}

// similarities are the linear CKAs of the test images' features: flattened maps of
// every encoder and seed, of the first seed's layers, and the baselines.
func (s *setup) similarities(ctx context.Context) (*report.Similarity, error) {
	found := &report.Similarity{Images: s.data.Test.Len(), ByPlan: s.evaluates()}
	var all []matrix.Matrix
	repeats := s.repeats()
	for _, encoder := range s.definition.Study.Encoders {
		for _, repeat := range repeats {
			if s.isFile(encoder) && repeat != s {
				continue
			}
			name := encoder
			if len(repeats) > 1 && !s.isFile(encoder) {
				name = fmt.Sprintf("%s, seed %d", encoder, repeat.seed)
			}
			maps, err := repeat.testMaps(ctx, featureSet{encoder: encoder})
			if err != nil {
				return nil, err
			}
			all, found.Names = append(all, maps), append(found.Names, name)
		}
		for _, layer := range s.layersOf(encoder) {
			maps, err := s.testMaps(ctx, featureSet{encoder: encoder, layer: layer})
			if err != nil {
				return nil, err
			}
			all, found.Names = append(all, maps), append(found.Names, encoder+"."+layer)
		}
	}
	for _, baseline := range s.definition.Study.Baselines {
		f, err := s.features(ctx, featureSet{encoder: baseline})
		if err != nil {
			return nil, err
		}
		all, found.Names = append(all, f.test), append(found.Names, baseline)
	}
	ckas, err := geometry.CKAs(ctx, all)
	found.Biased, found.Debiased = ckas.Biased, ckas.Debiased
	return found, err
}

// testMaps are an encoder's or a layer's of the test images alone, flattened.
func (s *setup) testMaps(ctx context.Context, set featureSet) (maps matrix.Matrix, err error) {
	err = s.withParts(set, func(parts []models.Part) (err error) {
		maps, err = s.mapsOf(ctx, parts, set.layer, s.testImages)
		return err
	})
	return maps, err
}

// verifySimilarity compares encoders again.
func (s *setup) verifySimilarity(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
	const what = "the similarities of encoders' features"
	var kept report.Similarity
	if err := result.Detail(similarityStage, &kept); err != nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return nil
	}
	same := *s
	same.autograd = !kept.ByPlan
	again, err := same.similarities(ctx)
	if err != nil && ctx.Err() == nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return nil
	}
	if err != nil {
		return err
	}
	check(stages.Compared(stage.Name, what, similarityDifferences(&kept, again)))
	return nil
}

// similarityDifferences are those that rounding does not explain.
func similarityDifferences(kept, again *report.Similarity) []string {
	if fmt.Sprint(kept.Names) != fmt.Sprint(again.Names) || kept.Images != again.Images || len(kept.Debiased) != len(again.Debiased) || len(kept.Biased) != len(again.Biased) {
		return []string{fmt.Sprintf("kept are those of %v, there are %v", kept.Names, again.Names)}
	}
	var all stages.Tally
	for name, both := range map[string][2][][]float64{"CKA": {kept.Biased, again.Biased}, "debiased CKA": {kept.Debiased, again.Debiased}} {
		for i, row := range both[1] {
			for j, x := range row {
				if i >= len(both[0]) || j >= len(both[0][i]) {
					return []string{name + " is not of all pairs"}
				}
				const rounding = 1e-4
				if was := both[0][i][j]; !(was-x <= rounding && x-was <= rounding) {
					all.Add("%s of %s and %s is kept as %g, found is %g", name, kept.Names[i], kept.Names[j], was, x)
				}
			}
		}
	}
	return all.List()
}
