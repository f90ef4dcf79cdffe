package experiments

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Results are a run's results.json: every number of the report, with what it
// came from. Tables and the report are made from it alone.
type Results struct {
	Definition string `json:"definition"`
	Seed       uint64 `json:"seed"`
	// Data is what the tables must call the data.
	Data    DataUsed `json:"data"`
	Classes []string `json:"classes"`
	// Warnings say what a reader of the table must know: data that is not
	// CIFAR-10, fewer epochs than the report's, stages that differ in device
	// or data.
	Warnings []string `json:"warnings"`

	Autoencoders []AutoencoderResult      `json:"autoencoders"`
	Classifiers  []ClassifierResult       `json:"classifiers"`
	Features     map[string]FeatureResult `json:"features"`
	// Published is the report's own Table I.
	Published []PublishedRow `json:"published"`
}

// Source says which stage a number came from.
type Source struct {
	Stage       string      `json:"stage"`
	Fingerprint Fingerprint `json:"fingerprint"`
	Data        string      `json:"data"`
	MadeWith    MadeWith    `json:"made_with"`
}

// AutoencoderResult is one auto-encoder's part of the results.
type AutoencoderResult struct {
	Name     string         `json:"name"`
	Loss     string         `json:"loss"`
	Training TrainingResult `json:"training"`
	Source   Source         `json:"source"`
}

// ClassifierResult is one classifier's part of the results.
type ClassifierResult struct {
	Name     string         `json:"name"`
	Encoder  string         `json:"encoder"`
	Freeze   bool           `json:"freeze"`
	Training TrainingResult `json:"training"`
	// Scores are by protocol.
	Scores map[string]Score `json:"scores"`
	Source Source           `json:"source"`
}

// PublishedRow is a row of the report's Table I.
type PublishedRow struct {
	// Classifier is the mode's name in the built-in definitions.
	Classifier string    `json:"classifier"`
	PerClass   []Percent `json:"per_class"`
	Mean       Percent   `json:"mean"`
}

// published is Table I of the report (CPS 803, Ian MacPherson): accuracy per
// class on a test batch of 500, after 100 epochs.
var published = []PublishedRow{
	{"random", []Percent{50, 22, 0, 0, 25, 33, 36, 16, 73, 0}, 25.50},
	{"pretrained", []Percent{50, 66, 0, 25, 41, 16, 72, 0, 26, 0}, 29.60},
	{"end_to_end", []Percent{75, 88, 44, 50, 50, 50, 81, 83, 53, 75}, 64.90},
}

// publishedClasses are the columns of Table I.
var publishedClasses = []string{"plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// publishedEpochs is how long the report trained everything.
const publishedEpochs = 100

// collect makes the results of a run directory whose stages are done.
func (r *run) collect() (*Results, error) {
	results := &Results{Definition: r.definition.Name, Seed: r.definition.Seed, Data: r.dataUsed(), Classes: r.data.Classes,
		Warnings: []string{}, Autoencoders: []AutoencoderResult{}, Classifiers: []ClassifierResult{}}
	for _, name := range sortedKeys(r.definition.Autoencoders) {
		stage, err := r.trainedStage(autoencoderStageName(name))
		if err != nil {
			return nil, err
		}
		results.Autoencoders = append(results.Autoencoders, AutoencoderResult{Name: name,
			Loss: r.definition.Autoencoders[name].Loss, Training: *stage.Training, Source: sourceOf(stage)})
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
	results.Features = features.Features
	if slices.Equal(r.data.Classes, publishedClasses) {
		results.Published = published
	}
	results.Warnings = append(results.Warnings, results.warnings()...)
	return results, nil
}

func (r *run) collectClassifier(name string) (*ClassifierResult, error) {
	stage, err := r.trainedStage(classifierStageName(name))
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
	spec := r.definition.Classifiers[name]
	return &ClassifierResult{Name: name, Encoder: spec.Encoder, Freeze: spec.Freeze, Training: *stage.Training,
		Scores: scores, Source: sourceOf(stage)}, nil
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

func (r *run) trainedStage(name string) (*Result, error) {
	result, err := ReadResult(filepath.Join(r.dir, name))
	if err != nil {
		return nil, err
	}
	if result.Training == nil {
		return nil, fmt.Errorf("%s: %s says nothing of a training", name, resultFile)
	}
	return result, nil
}

func sourceOf(r *Result) Source {
	return Source{Stage: r.Stage, Fingerprint: r.Fingerprint, Data: r.Data.Title, MadeWith: r.MadeWith}
}

// warnings are what the numbers must not be shown without.
func (r *Results) warnings() []string {
	var all []string
	if r.Data.Title != "CIFAR-10" {
		all = append(all, "made from "+r.Data.Title)
	}
	trainings := r.trainings()
	fewest := publishedEpochs
	for _, t := range trainings {
		fewest = min(fewest, t.Epochs)
	}
	if fewest < publishedEpochs {
		all = append(all, fmt.Sprintf("trained for %s, the report's networks for %d", epochRange(trainings), publishedEpochs))
	}
	if devices := r.distinct(func(s Source) string { return s.MadeWith.Device }); len(devices) > 1 {
		all = append(all, "rows from different devices: "+strings.Join(devices, ", "))
	}
	if data := r.distinct(func(s Source) string { return s.Data }); len(data) > 1 {
		all = append(all, "rows from different data: "+strings.Join(data, ", "))
	}
	return all
}

// trainings are those of all networks.
func (r *Results) trainings() []TrainingResult {
	var all []TrainingResult
	for _, a := range r.Autoencoders {
		all = append(all, a.Training)
	}
	for _, c := range r.Classifiers {
		all = append(all, c.Training)
	}
	return all
}

// distinct are the values that property takes over the networks' sources,
// sorted.
func (r *Results) distinct(property func(Source) string) []string {
	values := map[string]bool{}
	for _, a := range r.Autoencoders {
		values[property(a.Source)] = true
	}
	for _, c := range r.Classifiers {
		values[property(c.Source)] = true
	}
	return sortedKeys(values)
}

// epochRange is "6 epochs" or "6 to 30 epochs".
func epochRange(trainings []TrainingResult) string {
	var epochs []int
	for _, t := range trainings {
		epochs = append(epochs, t.Epochs)
	}
	least, most := slices.Min(epochs), slices.Max(epochs)
	if least == most {
		return plural(most, "epoch")
	}
	return fmt.Sprintf("%d to %s", least, plural(most, "epoch"))
}

// ReadResults reads a run directory's results.json.
func ReadResults(dir string) (*Results, error) {
	var r Results
	if err := readJSON(filepath.Join(dir, resultsFile), &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// resultsFile holds the Results of a run directory.
const resultsFile = "results.json"
