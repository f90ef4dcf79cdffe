package experiments

import (
	"context"
	"fmt"
	"path/filepath"

	"aeprobe/config"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
	"aeprobe/vision"
)

// Evaluation is what a file of weights does on the test images.
type Evaluation struct {
	// Weights is the file, as it was named.
	Weights string `json:"weights"`
	// Notes say, a line each, how the network was found in the file: a prefix
	// stripped from its names, a type converted.
	Notes []string        `json:"notes,omitempty"`
	Data  stages.DataUsed `json:"data"`
	// Autoencoder has the means of bce, l1 and mse; it is nil if the weights hold
	// no decoder.
	Autoencoder metrics.Scores `json:"autoencoder,omitempty"`
	// Classifier has a score per protocol of the definition; it is nil where
	// the weights hold no classifier.
	Classifier map[string]report.Score `json:"classifier,omitempty"`
}

// Eval measures the network in a file of weights, safetensors or one that
// torch.save wrote, on the test images of data. The definition says what network
// it is: the file must hold its encoder, and its decoder, its classifier or
// both.
func Eval(ctx context.Context, definition *config.Definition, data *vision.Dataset, path string, device torch.Device, threads int) (*Evaluation, error) {
	e := &Evaluation{Weights: path}
	err := withNetwork(definition, data, path, device, threads, e, func(s *setup, network *models.Classifier, holds parts) (err error) {
		e.Data = s.dataUsed()
		if holds.decoder {
			if e.Autoencoder, err = s.testAutoencoder(ctx, network.AutoEncoder); err != nil {
				return machine.Explain(err)
			}
		}
		if holds.classifier {
			e.Classifier, err = s.scores(ctx, network)
		}
		return machine.Explain(err)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// withNetwork calls f with the network in a file of weights, on a thread of its own,
// next to the images, and with what the file holds of it. e has the notes on how it
// was found there.
func withNetwork(definition *config.Definition, data *vision.Dataset, path string, device torch.Device, threads int, e *Evaluation,
	f func(s *setup, network *models.Classifier, holds parts) error) error {
	source, err := weights.Open(path)
	if err != nil {
		return err
	}
	unpin, err := torch.Pin()
	if err != nil {
		return err
	}
	defer unpin()
	s := newSetup(definition, data, Options{Dir: filepath.Dir(path), Device: device, Threads: threads})
	drop, err := s.loadImages()
	if err != nil {
		return err
	}
	defer drop()
	network, _, err := s.newClassifier(readBy(definition, path))
	if err != nil {
		return err
	}
	defer network.Drop()
	holds, err := loadParts(network, definition.Model, source, e)
	if err != nil {
		return fmt.Errorf("%s, definition %s: %w", path, definition.Name, err)
	}
	return f(s, network, holds)
}

// readBy is what the classifier reads whose weights file, in its run's folder, has
// that path; the encoder's map for other files.
func readBy(definition *config.Definition, path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	folder := filepath.Dir(path)
	if filepath.Base(filepath.Dir(folder)) != "classifiers" {
		return config.ReadsEncoder
	}
	return definition.Classifiers[filepath.Base(folder)].Classify
}

// parts are what a file holds besides an encoder.
type parts struct{ decoder, classifier bool }

// loadParts gives network the weights of source: a whole classifier, an
// auto-encoder, or an encoder with a classifier, which need no decoder.
func loadParts(network *models.Classifier, model config.Model, source *weights.Source, e *Evaluation) (parts, error) {
	choices := []struct {
		parameters []models.Parameter
		parts
	}{
		{network.State(), parts{decoder: true, classifier: true}},
		{network.AutoEncoder.State(), parts{decoder: true}},
		{models.State(network.Parts(config.Encoder, config.Head)...), parts{classifier: true}},
	}
	var networks [][]models.Parameter
	for _, c := range choices {
		networks = append(networks, c.parameters)
	}
	notes, fitted, err := loadFirst(source, model, networks...)
	if err != nil {
		return parts{}, err
	}
	e.Notes = notes
	if !choices[fitted].decoder {
		e.Notes = append(e.Notes, "no decoder: the losses of the auto-encoder are left out")
	}
	return choices[fitted].parts, nil
}

// loadFirst gives the first of networks, parts of model, that source holds its
// weights, under our names or a published ResNet's. notes say how it was found
// there.
func loadFirst(source *weights.Source, model config.Model, networks ...[]models.Parameter) (notes []string, fitted int, err error) {
	var named [][]models.Parameter
	var wanted []map[string]weights.Spec
	var network []int // that named is of
	for i, parameters := range networks {
		for _, names := range append([][]models.Parameter{parameters}, models.StandardNames(model, parameters)...) {
			specs, err := models.Specs(names)
			if err != nil {
				return nil, 0, err
			}
			named, wanted, network = append(named, names), append(wanted, specs), append(network, i)
		}
	}
	f, found, err := source.Fit(wanted...)
	if err != nil {
		return nil, 0, err
	}
	fitted = network[found]
	if ours := networks[fitted][0].Name; named[found][0].Name != ours {
		f.Notes = append(f.Notes, fmt.Sprintf("took a ResNet's names for ours: %s is %s", named[found][0].Name, ours))
	}
	return f.Notes, fitted, models.Load(named[found], f)
}

// scores tests a classifier by the definition's protocols.
func (s *setup) scores(ctx context.Context, network *models.Classifier) (map[string]report.Score, error) {
	predicted, _, err := s.classify(ctx, network, nil, false)
	if err != nil {
		return nil, err
	}
	return report.ByProtocol(s.definition.Evaluate.Protocols,
		report.Predictions{Labels: s.data.Test.Labels, Predicted: predicted}, len(s.data.Classes))
}
