package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/machine"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
)

// This file makes the stages of a study: one for each measure of each set of
// features, so that a new measure, or a new encoder, redoes none of the others.
// Sets without an encoder are measured once, whatever the seeds.

// studyInputs are what decides what a measure finds.
type studyInputs struct {
	inputs `yaml:",inline"`
	// Features are those of an encoder or a baseline.
	Features string `yaml:"features"`
	Pool     string `yaml:"pool,omitempty"`
	Layer    string `yaml:"layer,omitempty"`
	// Epoch is that of the training whose end the encoder is not from.
	Epoch int `yaml:"epoch,omitempty"`
	// File is the SHA-256 of the encoder's weights file, if it has one.
	File string `yaml:"file_sha256,omitempty"`
	// Weights is the fingerprint of the stage that trained the encoder, if one
	// did.
	Weights    fingerprint.Sum `yaml:"weights,omitempty"`
	Components int             `yaml:"components,omitempty"`
	Measure    string          `yaml:"measure"`
	// Version is the measure's, left out at first.
	Version   int    `yaml:"measure_version,omitempty"`
	Settings  any    `yaml:"settings,omitempty"`
	StudySeed uint64 `yaml:"study_seed"`
}

// measuredDetail is the key of a stage's report.Measured in its result.
const measuredDetail = "measured"

// studyStages measure the features that the definition's study names.
func studyStages(s *setup, p *plan) error {
	study := s.definition.Study
	if study == nil {
		return nil
	}
	if s.seed == s.definition.Seed { // further seeds have the same images, and no files
		if err := s.checkCounts(); err != nil {
			return err
		}
		var err error
		if p.files, err = s.checkFiles(); err != nil {
			return err
		}
	}
	for _, set := range s.featureSets() {
		for _, name := range study.Measures {
			kind, err := lookUp(measures, "measure", name)
			if err != nil {
				return err
			}
			if kind.measure == nil {
				continue
			}
			if err := p.add(s.studyStage(p, set, name, kind, p.files[set.encoder]), rankStudy); err != nil {
				return err
			}
		}
	}
	return nil
}

// featureSets are those of s's seed.
func (s *setup) featureSets() []featureSet {
	var sets []featureSet
	for _, encoder := range s.definition.Study.Encoders {
		if s.isFile(encoder) && s.seed != s.definition.Seed {
			continue
		}
		for _, layer := range append([]string{""}, s.layersOf(encoder)...) {
			for _, pool := range s.definition.Study.Pools {
				for _, epoch := range s.epochsOf(encoder) {
					sets = append(sets, featureSet{encoder, pool, layer, epoch})
				}
			}
		}
	}
	if s.seed == s.definition.Seed {
		for _, baseline := range s.definition.Study.Baselines {
			sets = append(sets, featureSet{encoder: baseline})
		}
	}
	return sets
}

// layersOf are the study's layers that an encoder has: a file may hold no decoder.
func (s *setup) layersOf(encoder string) []string {
	return slices.DeleteFunc(slices.Clone(s.definition.Study.Layers), func(layer string) bool {
		part, _ := layerOf(layer)
		return part == config.Decoder && s.isFile(encoder)
	})
}

// epochsOf are the epochs of an encoder's training after which it is measured; 0 is
// its end.
func (s *setup) epochsOf(encoder string) []int {
	if _, isAutoencoder := s.definition.Autoencoders[encoder]; isAutoencoder {
		return append(slices.Clone(s.definition.Study.Epochs), 0)
	}
	return []int{0}
}

func (s *setup) studyStageName(set featureSet, measure string) string {
	return s.seedFolder() + filepath.Join("study", set.String(), measure)
}

func (s *setup) studyStage(p *plan, set featureSet, measure string, kind measureKind, file string) *stages.Stage {
	study := s.definition.Study
	in := studyInputs{Features: set.encoder, Pool: set.pool, Layer: set.layer, Epoch: set.epoch, File: file, Measure: measure, Version: kind.version, Settings: kind.settings(s.definition), StudySeed: study.Seed}
	stage := &stages.Stage{Name: s.studyStageName(set, measure), Share: true, Demand: s.studyDemand(set),
		Run: func(ctx context.Context, stage *stages.Stage) (*stages.Result, error) {
			return s.measureStage(ctx, stage, set, measure, kind)
		},
		Verify: func(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
			return s.verifyMeasured(ctx, stage, result, set, measure, kind, check)
		}}
	if set.isBaseline() {
		in.inputs = inputs{Kind: "study", Data: s.data.Fingerprint}
	} else {
		in.inputs = s.inputs("study")
		if s.isFile(set.encoder) {
			in.Seed = 0
		}
	}
	if set.encoder == pixelPCA || set.pool == principalPool {
		in.Components = study.Components
	}
	if trained := s.trainingOf(p, set.encoder); trained != nil {
		stage.Needs = []*stages.Stage{trained}
		in.Weights = trained.Fingerprint()
	}
	stage.Inputs = in
	return stage
}

// trainingOf is the stage that trains an encoder, or nil for one that none does.
func (s *setup) trainingOf(p *plan, encoder string) *stages.Stage {
	switch {
	case encoder == config.Random || s.isFile(encoder):
		return nil
	case isEncoderOfClassifier(s.definition, encoder):
		return p.stage(s.classifierStage(encoder))
	default:
		return p.stage(s.pretrainingStage(encoder))
	}
}

// studyDemand is that of a set of features and what measures make of it: copies
// in double precision, their gradients, and blocks of products.
func (s *setup) studyDemand(set featureSet) machine.Demand {
	images := float64(s.data.Train.Len() + s.data.Test.Len())
	width, maps := float64(s.widthOf(set)), 0.0
	if !set.isBaseline() {
		maps = float64(s.widthOf(featureSet{encoder: set.encoder, pool: "flatten", layer: set.layer}))
	} else if set.encoder == pixelPCA {
		maps = float64(s.widthOf(featureSet{encoder: pixels}))
	}
	return machine.Demand{Memory: float32Bytes*images*(2*maps+6*width) + 4*float32Bytes*500*images,
		Rest: 6 * (predictionBytes*float64(s.data.Test.Len()) + blockBytes)}
}

// measureStage measures a set of features, and stores the predictions and scores.
func (s *setup) measureStage(ctx context.Context, stage *stages.Stage, set featureSet, name string, kind measureKind) (*stages.Result, error) {
	f, err := s.features(ctx, set)
	if err != nil {
		return nil, err
	}
	found, err := kind.measure(ctx, f)
	if err != nil {
		return nil, err
	}
	measured, err := s.measured(f, name, found)
	if err != nil {
		return nil, err
	}
	for i := range found.findings {
		if predicted := found.findings[i].predicted; predicted != nil {
			path := s.dir.Join(stage.Name, measured.Findings[i].Predictions)
			if err := report.WritePredictions(path, s.data.Test.Labels, predicted); err != nil {
				return nil, err
			}
		}
		if scores := found.findings[i].scores; scores.Values != nil {
			if err := scores.Write(s.dir.Join(stage.Name, measured.Findings[i].Scores)); err != nil {
				return nil, err
			}
		}
	}
	result := new(stages.Result)
	return result, result.SetDetail(measuredDetail, measured)
}

// measured is what was found, as a result has it.
func (s *setup) measured(f *features, name string, found *found) (*report.Measured, error) {
	m := &report.Measured{Features: f.set.String(), Encoder: f.set.encoder, Pool: f.set.pool, Layer: f.set.layer, Epoch: f.set.epoch, Width: f.train.Columns,
		Measure: name, Protocol: found.protocol, Notes: found.notes}
	if !f.set.isBaseline() {
		m.ByPlan = f.evaluates()
	}
	if !s.isSeedless(f.set) {
		m.Seed = &s.seed
	}
	if part, _ := layerOf(f.set.layer); part == config.Decoder && !s.trainsDecoder(f.set.encoder) {
		m.Notes = append(m.Notes, "its decoder was never trained")
	}
	for _, finding := range found.findings {
		m.Findings = append(m.Findings, finding.Finding)
	}
	if found.details == nil {
		return m, nil
	}
	text, err := json.Marshal(found.details)
	m.Details = text
	return m, err
}

// trainsDecoder reports whether an encoder's decoder was trained, if only along
// with the encoder that it started from.
func (s *setup) trainsDecoder(encoder string) bool {
	if a, isAggregation := s.definition.Aggregations[encoder]; isAggregation {
		return a.Encoder != config.Random
	}
	_, isAutoencoder := s.definition.Autoencoders[encoder]
	if isAutoencoder || !isEncoderOfClassifier(s.definition, encoder) {
		return isAutoencoder
	}
	c := s.definition.Classifiers[encoder]
	return c.Changes(config.Decoder) || c.Encoder != config.Random && s.trainsDecoder(c.Encoder)
}

// verifyMeasured measures again, in the same way, and compares.
func (s *setup) verifyMeasured(ctx context.Context, stage *stages.Stage, result *stages.Result, set featureSet, name string, kind measureKind, check func(stages.Check)) error {
	var kept report.Measured
	if err := result.Detail(measuredDetail, &kept); err != nil {
		check(stages.Compared(stage.Name, "what was measured", []string{err.Error()}))
		return nil
	}
	same := *s
	same.autograd = !kept.ByPlan
	f, err := same.features(ctx, set)
	if err != nil && ctx.Err() == nil {
		check(stages.Compared(stage.Name, "the features can be made again", []string{err.Error()}))
		return nil
	}
	if err != nil {
		return err
	}
	found, err := kind.measure(ctx, f)
	if err != nil {
		return err
	}
	again, err := s.measured(f, name, found)
	if err != nil {
		return err
	}
	differences, err := s.measuredDifferences(&kept, again, result)
	if err != nil {
		return err
	}
	check(stages.Compared(stage.Name, fmt.Sprintf("what %s finds of %d features", name, f.train.Columns), differences))
	s.verifyPartScores(stage, &kept, found, s.isMadeLike(result), check)
	return s.verifyMeasuredPredictions(stage, &kept, found, s.isMadeLike(result), check)
}

// verifyPartScores compares the kept scores with those found again: to the last bit, or
// their means to half a point.
func (s *setup) verifyPartScores(stage *stages.Stage, kept *report.Measured, found *found, exact bool, check func(stages.Check)) {
	for i, finding := range kept.Findings {
		if finding.Scores == "" || i >= len(found.findings) {
			continue
		}
		again := found.findings[i].scores
		scores, err := report.ReadScores(s.dir.Join(stage.Name, finding.Scores))
		var differences []string
		switch {
		case err != nil:
			differences = []string{err.Error()}
		case len(scores.Values) != len(again.Values) || scores.Part != again.Part:
			differences = []string{fmt.Sprintf("%d scores by %s are kept, %d by %s are found", len(scores.Values), scores.Part, len(again.Values), again.Part)}
		case exact && !slices.Equal(scores.Values, again.Values):
			differences = []string{"some differ"}
		case math.Abs(meanOfAll(scores.Values)-meanOfAll(again.Values)) > 0.005:
			differences = []string{fmt.Sprintf("their mean is kept as %g, found is %g", meanOfAll(scores.Values), meanOfAll(again.Values))}
		}
		check(stages.Compared(stage.Name, finding.Scores+": the scores", differences))
	}
}

func meanOfAll(values []float64) float64 {
	mean, _ := stats.MeanDeviation(values)
	return mean
}

// verifyMeasuredPredictions compares the kept predictions with those found again.
func (s *setup) verifyMeasuredPredictions(stage *stages.Stage, kept *report.Measured, found *found, exact bool, check func(stages.Check)) error {
	for i, finding := range kept.Findings {
		if finding.Predictions == "" || i >= len(found.findings) {
			continue
		}
		what := finding.Predictions + ": the classes predicted"
		p, err := s.keptPredictions(stage, finding.Predictions)
		if err != nil {
			check(stages.Compared(stage.Name, what, []string{err.Error()}))
			continue
		}
		differ := 0
		for k, class := range found.findings[i].predicted {
			if p.Predicted[k] != class {
				differ++
			}
		}
		differences := tooMany(differ, len(p.Labels), exact)
		if is := p.Accuracy(len(s.data.Classes)); is != float64(finding.Value) {
			differences = append(differences, fmt.Sprintf("their accuracy is %g, kept is %g", is, finding.Value))
		}
		check(stages.Compared(stage.Name, what, differences))
	}
	return nil
}

// tooMany is a difference if so many of n predictions cannot be ties: features
// that differ by rounding move few images across a boundary, and equal ones none.
func tooMany(differ, n int, exact bool) []string {
	allowed := max(2, n/500)
	if exact {
		allowed = 0
	}
	if differ > allowed {
		return []string{fmt.Sprintf("%d of %d differ, rounding explains %d", differ, n, allowed)}
	}
	return nil
}

// collectStudy are the results of a study's stages, in the definition's order.
func (s *setup) collectStudy() (all report.Study, err error) {
	if s.definition.Study == nil {
		return nil, nil
	}
	for _, repeat := range s.repeats() {
		for _, set := range repeat.featureSets() {
			for _, measure := range s.definition.Study.Measures {
				if measures[measure].measure == nil {
					continue
				}
				var m report.Measured
				if m.Source, err = s.detailOf(repeat.studyStageName(set, measure), measuredDetail, &m); err != nil {
					return nil, err
				}
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// collectSimilarity are the similarities, nil if the study has none.
func (s *setup) collectSimilarity() (*report.Similarity, error) {
	if !s.definition.Study.Has("similarity") {
		return nil, nil
	}
	similarity := new(report.Similarity)
	source, err := s.detailOf(similarityStage, similarityStage, similarity)
	similarity.Source = source
	return similarity, err
}

// collectVerdicts are the verdicts, nil without a study.
func (s *setup) collectVerdicts() (*report.Verdicts, error) {
	if s.definition.Study == nil {
		return nil, nil
	}
	verdicts := new(report.Verdicts)
	source, err := s.detailOf(verdictsStage, verdictsStage, verdicts)
	verdicts.Source = source
	return verdicts, err
}

// isEncoderOfClassifier reports whether an encoder is named after the classifier
// that trains it.
func isEncoderOfClassifier(d *config.Definition, encoder string) bool {
	_, isClassifier := d.Classifiers[encoder]
	return isClassifier && !isPretrained(d, encoder) && encoder != config.Random
}

// isPretrained reports whether an encoder is an auto-encoder's or an
// aggregation's.
func isPretrained(d *config.Definition, encoder string) bool {
	_, isAutoencoder := d.Autoencoders[encoder]
	_, isAggregation := d.Aggregations[encoder]
	return isAutoencoder || isAggregation
}
