package experiments

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// Results are a run's results.json: every number of the report, with what it
// came from. Tables and the report are made from it alone.
type Results struct {
	Definition string `json:"definition"`
	// DefinitionFingerprint is that of the whole definition, as resolved.
	DefinitionFingerprint Fingerprint `json:"definition_fingerprint"`
	Seed                  uint64      `json:"seed"`
	// Data is what the tables must call the data.
	Data    DataUsed `json:"data"`
	Classes []string `json:"classes"`
	// Warnings say what a reader of the table must know: data that is not
	// CIFAR-10, fewer epochs than the report's, stages that differ in device
	// or data.
	Warnings []string `json:"warnings"`

	Autoencoders []AutoencoderResult `json:"autoencoders"`
	Classifiers  []ClassifierResult  `json:"classifiers"`
	// Features are by encoder.
	Features map[string]EncoderFeatures `json:"features"`
	// Published is the report's own Table I.
	Published []PublishedRow `json:"published"`
}

// Source says where a number came from.
type Source struct {
	Stage string `json:"stage"`
	// Fingerprint is the stage's: of all that decided its result, which is its
	// part of the definition, the data, and the weights it started from.
	Fingerprint Fingerprint `json:"fingerprint"`
	Data        DataUsed    `json:"data"`
	// DefinedEpochs are those that the definition asks for, 0 where nothing is
	// trained. TrainingResult has how many there really were.
	DefinedEpochs int      `json:"defined_epochs,omitempty"`
	MadeWith      MadeWith `json:"made_with"`
}

// Trained is how the network behind some numbers came about.
type Trained struct {
	Training TrainingResult `json:"training"`
	Source   Source         `json:"source"`
}

// AutoencoderResult is one auto-encoder's part of the results.
type AutoencoderResult struct {
	Name string `json:"name"`
	Loss string `json:"loss"`
	Trained
}

// ClassifierResult is one classifier's part of the results.
type ClassifierResult struct {
	Name    string `json:"name"`
	Encoder string `json:"encoder"`
	Freeze  bool   `json:"freeze"`
	Trained
	// Scores are by protocol.
	Scores map[string]Score `json:"scores"`
}

// EncoderFeatures is what the results say of one encoder's stored features.
type EncoderFeatures struct {
	FeatureResult
	Source Source `json:"source"`
}

// collect makes the results of a run directory whose stages are done.
func (r *run) collect() (*Results, error) {
	whole, err := definitionFingerprint(r.definition)
	if err != nil {
		return nil, err
	}
	results := &Results{Definition: r.definition.Name, DefinitionFingerprint: whole, Seed: r.definition.Seed,
		Data: r.dataUsed(), Classes: r.data.Classes, Warnings: []string{}, Autoencoders: []AutoencoderResult{},
		Classifiers: []ClassifierResult{}, Features: map[string]EncoderFeatures{}}
	for _, name := range sortedKeys(r.definition.Autoencoders) {
		spec := r.definition.Autoencoders[name]
		trained, err := r.readTrained(autoencoderStageName(name), spec.Epochs)
		if err != nil {
			return nil, err
		}
		results.Autoencoders = append(results.Autoencoders, AutoencoderResult{Name: name, Loss: spec.Loss, Trained: *trained})
	}
	for _, name := range classifierOrder(r.definition.Classifiers) {
		c, err := r.collectClassifier(name)
		if err != nil {
			return nil, err
		}
		results.Classifiers = append(results.Classifiers, *c)
	}
	features, err := ReadResult(filepath.Join(r.dir, featuresStageName))
	if err != nil {
		return nil, err
	}
	for encoder, f := range features.Features {
		results.Features[encoder] = EncoderFeatures{FeatureResult: f, Source: sourceOf(features)}
	}
	if slices.Equal(r.data.Classes, publishedClasses) {
		results.Published = published
	}
	results.Warnings = append(results.Warnings, results.warnings()...)
	return results, nil
}

func (r *run) collectClassifier(name string) (*ClassifierResult, error) {
	spec := r.definition.Classifiers[name]
	trained, err := r.readTrained(classifierStageName(name), spec.Epochs)
	if err != nil {
		return nil, err
	}
	classes := len(r.data.Classes)
	predictions, err := ReadPredictions(filepath.Join(r.dir, classifierStageName(name), predictionsFile), classes)
	if err != nil {
		return nil, err
	}
	scores, err := r.byProtocol(*predictions)
	if err != nil {
		return nil, err
	}
	return &ClassifierResult{Name: name, Encoder: spec.Encoder, Freeze: spec.Freeze, Trained: *trained, Scores: scores}, nil
}

// autoencoder is the result of that name, or nil.
func (r *Results) autoencoder(name string) *AutoencoderResult {
	for i := range r.Autoencoders {
		if r.Autoencoders[i].Name == name {
			return &r.Autoencoders[i]
		}
	}
	return nil
}

// readTrained reads how a training stage went that should have lasted for the
// given epochs.
func (r *run) readTrained(stage string, epochs int) (*Trained, error) {
	result, err := ReadResult(filepath.Join(r.dir, stage))
	if err != nil {
		return nil, err
	}
	if result.Training == nil {
		return nil, fmt.Errorf("%s: %s says nothing of a training", stage, resultFile)
	}
	source := sourceOf(result)
	source.DefinedEpochs = epochs
	return &Trained{Training: *result.Training, Source: source}, nil
}

func sourceOf(r *Result) Source {
	return Source{Stage: r.Stage, Fingerprint: r.Fingerprint, Data: r.Data, MadeWith: r.MadeWith}
}

// ReadResults reads a run directory's results.json.
func ReadResults(dir string) (*Results, error) {
	var r Results
	if err := readJSON(filepath.Join(dir, resultsFile), &r); errors.Is(err, fs.ErrNotExist) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w\naeprobe run on the same folder writes it again", err)
	}
	return &r, nil
}

// resultsFile holds the Results of a run directory.
const resultsFile = "results.json"
