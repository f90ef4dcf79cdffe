package report

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// Results are a run's results.json: every number of the report, with its source.
// Tables and the page are made from it alone.
type Results struct {
	// Layout is which rows tables have: 0 for results of versions without it, 1
	// with intervals. From 2 on, the page is that of page.go.
	Layout     int    `json:"layout,omitempty"`
	Definition string `json:"definition"`
	// DefinitionFingerprint is that of the whole definition, as resolved.
	DefinitionFingerprint fingerprint.Sum `json:"definition_fingerprint"`
	Seed                  uint64          `json:"seed"`
	// Data is what the tables must call the data.
	Data    stages.DataUsed `json:"data"`
	Classes []string        `json:"classes"`
	// PixelEntropy is the mean entropy of the test images' values, of which each
	// from 0 to 1 is taken for a probability: what BCE cannot fall below. It is
	// there where classifiers are trained to reconstruct, too.
	PixelEntropy float64 `json:"pixel_entropy,omitempty"`
	// Numerics are the definition's, if they are not the default.
	Numerics config.Numerics `json:"numerics,omitzero"`
	// Warnings say what a reader of the table must know: data that is not
	// CIFAR-10, fewer epochs than the report's, stages that differ in device
	// or data.
	Warnings []string `json:"warnings"`

	Autoencoders []AutoencoderResult `json:"autoencoders"`
	Aggregations []AggregationResult `json:"aggregations,omitempty"`
	Classifiers  []ClassifierResult  `json:"classifiers"`
	// Repeats are the same with each of the definition's further seeds.
	Repeats []Repeat `json:"repeats,omitempty"`
	// Features are by encoder.
	Features map[string]EncoderFeatures `json:"features"`
	// Study is what the definition's study found.
	Study Study `json:"study,omitempty"`
	// Similarity compares encoders' features; nil if it was not asked for.
	Similarity *Similarity `json:"similarity,omitempty"`
	// Verdicts compare what was predicted from different features; nil without a
	// study.
	Verdicts *Verdicts `json:"verdicts,omitempty"`
	// Published is the report's own Table I.
	Published []PublishedRow `json:"published"`
}

// Source says where a number came from.
type Source struct {
	Stage string `json:"stage"`
	// Fingerprint is the stage's: of all that decided its result, which is its
	// part of the definition, the data, and the weights it started from.
	Fingerprint fingerprint.Sum `json:"fingerprint"`
	Data        stages.DataUsed `json:"data"`
	// DefinedEpochs are those that the definition asks for, 0 where nothing is
	// trained. TrainingResult has how many there really were.
	DefinedEpochs int             `json:"defined_epochs,omitempty"`
	MadeWith      stages.MadeWith `json:"made_with"`
}

// Trained is how the network behind some numbers was trained.
type Trained struct {
	// Training is nil for a probe that needs none.
	Training *metrics.Training `json:"training,omitempty"`
	Source   Source            `json:"source"`
	// TrainedOn are the images that it was trained on, if they are not those that
	// it was tested on.
	TrainedOn *stages.DataUsed `json:"trained_on,omitempty"`
}

// AutoencoderResult is one auto-encoder's part of the results.
type AutoencoderResult struct {
	Name string `json:"name"`
	// Loss is what it was trained on: a loss, or a sum such as "bce + 0.1 l1".
	Loss string `json:"loss"`
	// Noise is the standard deviation of a denoising auto-encoder's noise.
	Noise float64 `json:"noise,omitempty"`
	// Without are the classes that it was trained without.
	Without []string `json:"without,omitempty"`
	Trained
}

// Repeat is what a further seed gave.
type Repeat struct {
	Seed         uint64              `json:"seed"`
	Autoencoders []AutoencoderResult `json:"autoencoders"`
	Aggregations []AggregationResult `json:"aggregations,omitempty"`
	Classifiers  []ClassifierResult  `json:"classifiers"`
}

// AggregationResult is the part of the results of one training by local
// aggregation.
type AggregationResult struct {
	Name string `json:"name"`
	// Encoder is what it started from: random, or an auto-encoder's name.
	Encoder string `json:"encoder"`
	// InstanceEpochs is how many epochs of instance recognition came first.
	InstanceEpochs int `json:"instance_epochs,omitempty"`
	Trained
}

// ClassifierResult is one classifier's part of the results.
type ClassifierResult struct {
	Name    string `json:"name"`
	Encoder string `json:"encoder"`
	// Freeze tells that the encoder was not trained.
	Freeze bool `json:"freeze"`
	// Probe is how the classes were predicted; empty for the linear classifier.
	Probe string `json:"probe,omitempty"`
	// Trains are the parts that were trained; empty where Freeze says it:
	// classifier, or encoder and classifier.
	Trains []string `json:"trains,omitempty"`
	// Loss is the sum that was trained on, such as "bce + 0.1 cross_entropy";
	// empty for cross_entropy alone.
	Loss string `json:"loss,omitempty"`
	// Classify is what the classifier reads; empty for the encoder's map.
	Classify string `json:"classify,omitempty"`
	// Joint tells that it was trained to classify and to reconstruct, or to classify
	// through the decoder.
	Joint bool `json:"joint,omitempty"`
	// DecoderUntrained tells that nothing ever trained the decoder, whose
	// reconstructions are none.
	DecoderUntrained bool `json:"decoder_untrained,omitempty"`
	// Unlabelled tells that the encoder was trained, but not with the labels.
	Unlabelled bool `json:"unlabelled,omitempty"`
	// Alternate tells that steps were taken on the losses in turn.
	Alternate bool `json:"alternate,omitempty"`
	Trained
	// Scores are by protocol.
	Scores map[string]Score `json:"scores"`
}

// FeatureResult describes the stored features of one encoder.
type FeatureResult struct {
	// Shape of the .npy file: float32 [images, channels*height*width], the
	// encoder's maps of the first training images, each row [C, H, W]
	// flattened.
	Shape [2]int `json:"shape"`
	// Map is the shape [C, H, W] of one image's map.
	Map [3]int `json:"map"`
	// ExplainedVarianceRatio is the principal components' share of the
	// variance, each from 0 to 1; empty where there is no PCA.
	ExplainedVarianceRatio []float64 `json:"explained_variance_ratio,omitempty"`
	// TSNE tells of the picture by t-SNE, if there is one.
	TSNE *TSNE `json:"tsne,omitempty"`
}

// EncoderFeatures is what the results say of one encoder's stored features.
type EncoderFeatures struct {
	FeatureResult
	Source Source `json:"source"`
}

// OfSeed are the classifiers of one of the definition's seeds.
func (r *Results) OfSeed(seed uint64) []ClassifierResult {
	for _, repeat := range r.Repeats {
		if repeat.Seed == seed {
			return repeat.Classifiers
		}
	}
	if seed == r.Seed {
		return r.Classifiers
	}
	return nil
}

// Autoencoder is the result of that name, or nil.
func (r *Results) Autoencoder(name string) *AutoencoderResult {
	for i := range r.Autoencoders {
		if r.Autoencoders[i].Name == name {
			return &r.Autoencoders[i]
		}
	}
	return nil
}

// pretraining is the training that an encoder of that name comes from, or nil.
func (r *Results) pretraining(name string) *Trained {
	if a := r.Autoencoder(name); a != nil {
		return &a.Trained
	}
	for i := range r.Aggregations {
		if r.Aggregations[i].Name == name {
			return &r.Aggregations[i].Trained
		}
	}
	return nil
}

// ReadTrained reads the outcome of a stage, a training of the given number of
// epochs, from its folder in the run directory.
func ReadTrained(folder string, epochs int) (*Trained, error) {
	result, err := stages.ReadResult(folder)
	if err != nil {
		return nil, err
	}
	if result.Training == nil && epochs > 0 {
		return nil, fmt.Errorf("%s has no training record", filepath.Join(folder, stages.ResultFile))
	}
	source := SourceOf(result)
	source.DefinedEpochs = epochs
	return &Trained{Training: result.Training, Source: source}, nil
}

// TrainedOnDetail is the key of a result with the images that a network was
// trained on, where they are not those of the definition.
const TrainedOnDetail = "trained_on"

// ReadTrainedOn reads them from the stage's folder; nil if there should be none.
func ReadTrainedOn(folder string, others bool) (*stages.DataUsed, error) {
	if !others {
		return nil, nil
	}
	result, err := stages.ReadResult(folder)
	if err != nil {
		return nil, err
	}
	var on stages.DataUsed
	return &on, result.Detail(TrainedOnDetail, &on)
}

// SourceOf says where the numbers of a stage's result come from.
func SourceOf(r *stages.Result) Source {
	return Source{Stage: r.Stage, Fingerprint: r.Fingerprint, Data: r.Data, MadeWith: r.MadeWith}
}

// Complete adds what follows from the other fields: the report's own table, if
// the classes are its, and the warnings.
func (r *Results) Complete() {
	r.Layout = 2
	if slices.Equal(r.Classes, publishedClasses) {
		r.Published = published
	}
	r.Warnings = append([]string{}, r.warnings()...)
}

// Mentions tells whether the results have numbers of a stage.
func (r *Results) Mentions(stage string) bool {
	return slices.ContainsFunc(r.sources(), func(s Source) bool { return s.Stage == stage })
}

// ReadResults reads a run directory's results.json.
func ReadResults(dir string) (*Results, error) {
	var r Results
	if err := stages.ReadJSON(filepath.Join(dir, ResultsFile), &r); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w\naeprobe run on the same folder writes it again", err)
	}
	return &r, nil
}

// ResultsFile holds the Results of a run directory.
const ResultsFile = "results.json"
