package experiments

import (
	"errors"
	"io/fs"
	"math"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
)

// collect makes the results of a run directory whose stages are done.
func (s *setup) collect() (*report.Results, error) {
	whole, err := fingerprint.OfValue(s.definition)
	if err != nil {
		return nil, err
	}
	results := &report.Results{Definition: s.definition.Name, DefinitionFingerprint: whole, Seed: s.definition.Seed,
		Data: s.dataUsed(), Classes: s.data.Classes, Numerics: s.definition.Numerics, Autoencoders: []report.AutoencoderResult{},
		Classifiers: []report.ClassifierResult{}, Features: map[string]report.EncoderFeatures{}}
	for i, repeat := range s.repeats() {
		autoencoders, classifiers, err := repeat.collectTrained()
		if err != nil {
			return nil, err
		}
		aggregations, err := repeat.collectAggregations()
		if err != nil {
			return nil, err
		}
		if i == 0 {
			results.Autoencoders, results.Aggregations, results.Classifiers = autoencoders, aggregations, classifiers
			continue
		}
		results.Repeats = append(results.Repeats, report.Repeat{Seed: repeat.seed, Autoencoders: autoencoders, Aggregations: aggregations, Classifiers: classifiers})
	}
	if err := s.collectFeatures(results); err != nil {
		return nil, err
	}
	if results.Study, err = s.collectStudy(); err != nil {
		return nil, err
	}
	if results.Study, err = s.collectScratch(results.Study); err != nil {
		return nil, err
	}
	if results.Similarity, err = s.collectSimilarity(); err != nil {
		return nil, err
	}
	if results.Verdicts, err = s.collectVerdicts(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(results.Classifiers, func(c report.ClassifierResult) bool { return c.Joint }) {
		results.PixelEntropy = pixelEntropy(s.data.Test.Pixels)
	}
	results.Complete()
	return results, nil
}

// collectTrained makes the results of a seed's trainings.
func (s *setup) collectTrained() ([]report.AutoencoderResult, []report.ClassifierResult, error) {
	autoencoders, classifiers := []report.AutoencoderResult{}, []report.ClassifierResult{}
	for _, name := range sortedKeys(s.definition.Autoencoders) {
		spec := s.definition.Autoencoders[name]
		trained, err := report.ReadTrained(s.dir.Join(s.autoencoderStage(name)), spec.Epochs)
		if err != nil {
			return nil, nil, err
		}
		if trained.TrainedOn, err = report.ReadTrainedOn(s.dir.Join(s.autoencoderStage(name)), spec.Data != nil); err != nil {
			return nil, nil, err
		}
		autoencoders = append(autoencoders, report.AutoencoderResult{Name: name, Loss: spec.Sum().String(), Noise: spec.Noise, Without: spec.Without, Trained: *trained})
	}
	for _, name := range classifierOrder(s.definition.Classifiers) {
		c, err := s.collectClassifier(name)
		if err != nil {
			return nil, nil, err
		}
		classifiers = append(classifiers, *c)
	}
	return autoencoders, classifiers, nil
}

// collectAggregations makes the results of a seed's aggregations, nil for none.
func (s *setup) collectAggregations() (all []report.AggregationResult, err error) {
	for _, name := range sortedKeys(s.definition.Aggregations) {
		spec := s.definition.Aggregations[name]
		trained, err := report.ReadTrained(s.dir.Join(s.aggregationStage(name)), spec.Epochs)
		if err != nil {
			return nil, err
		}
		all = append(all, report.AggregationResult{Name: name, Encoder: spec.Encoder, InstanceEpochs: spec.InstanceEpochs, Trained: *trained})
	}
	return all, nil
}

func (s *setup) collectClassifier(name string) (*report.ClassifierResult, error) {
	spec := s.definition.Classifiers[name]
	trained, err := report.ReadTrained(s.dir.Join(s.classifierStage(name)), spec.Epochs)
	if err != nil {
		return nil, err
	}
	classes := len(s.data.Classes)
	predictions, err := report.ReadPredictions(s.dir.Join(s.classifierStage(name), report.PredictionsFile), classes)
	if err != nil {
		return nil, err
	}
	scores, err := report.ByProtocol(s.definition.Evaluate.Protocols, *predictions, classes)
	if err != nil {
		return nil, err
	}
	c := &report.ClassifierResult{Name: name, Encoder: spec.Encoder, Freeze: !spec.Changes(config.Encoder), Probe: spec.Probe,
		Trains: spec.Trains, Classify: spec.Classify, Alternate: spec.Alternate, Trained: *trained, Scores: scores}
	c.Joint = spec.IsJoint()
	c.DecoderUntrained = spec.Reconstructs() && !spec.Sum().Uses(config.Decoder) && !spec.Changes(config.Decoder) && !s.trainsDecoder(spec.Encoder)
	c.Unlabelled = spec.Changes(config.Encoder) && !spec.TrainsEncoderWithLabels()
	if spec.Losses != nil {
		c.Loss = spec.Sum().String()
	}
	return c, nil
}

func (s *setup) collectFeatures(results *report.Results) error {
	var features map[string]report.FeatureResult
	source, err := s.detailOf(featuresStage, featuresStage, &features)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a run of results only
	}
	for encoder, f := range features {
		results.Features[encoder] = report.EncoderFeatures{FeatureResult: f, Source: source}
	}
	return err
}

// detailOf reads a detail of a stage's result, and says where it comes from.
func (s *setup) detailOf(stage, key string, detail any) (report.Source, error) {
	result, err := stages.ReadResult(s.dir.Join(stage))
	if err != nil {
		return report.Source{}, err
	}
	return report.SourceOf(result), result.Detail(key, detail)
}

// pixelEntropy is the mean of the entropies, in nats, of 8-bit values as shares of
// 255: the binary cross-entropy of images with themselves.
func pixelEntropy(pixels []byte) float64 {
	var counts [256]int
	for _, v := range pixels {
		counts[v]++
	}
	var sum float64
	for v, n := range counts {
		if p := float64(v) / 255; p > 0 && p < 1 {
			sum -= float64(n) * (p*math.Log(p) + (1-p)*math.Log(1-p))
		}
	}
	return sum / float64(len(pixels))
}
