package experiments

import (
	"context"
	"fmt"
	"path/filepath"

	"aeprobe/config"
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
	Notes []string `json:"notes,omitempty"`
	Data  DataUsed `json:"data"`
	// Autoencoder has the means of bce, l1 and mse.
	Autoencoder Scores `json:"autoencoder"`
	// Classifier has a score per protocol of the definition; it is nil where
	// the weights hold no classifier.
	Classifier map[string]Score `json:"classifier,omitempty"`
}

// Eval measures the network in a file of weights, safetensors or one that
// torch.save wrote, on the test images of data. The definition says what network
// it is: the file must hold its encoder and decoder, and may hold its
// classifier.
func Eval(ctx context.Context, definition *config.Definition, data *vision.Dataset, path string, device torch.Device, threads int) (*Evaluation, error) {
	source, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	unpin, err := torch.Pin()
	if err != nil {
		return nil, err
	}
	defer unpin()
	r := newRun(definition, data, Options{Dir: filepath.Dir(path), Device: device, Threads: threads})
	drop, err := r.loadImages()
	if err != nil {
		return nil, err
	}
	defer drop()
	generator, err := torch.NewGenerator(definition.Seed)
	if err != nil {
		return nil, err
	}
	network, err := r.newClassifier(generator)
	if err != nil {
		return nil, err
	}
	defer network.Drop()
	f, classifier, err := fitClassifier(network, source)
	if err != nil {
		return nil, fmt.Errorf("%s, definition %s: %w", path, definition.Name, err)
	}

	e := &Evaluation{Weights: path, Notes: f.Notes, Data: r.dataUsed()}
	if e.Autoencoder, err = r.testAutoencoder(ctx, network.AutoEncoder); err != nil {
		return nil, explain(err)
	}
	if classifier {
		e.Classifier, err = r.scores(ctx, network)
	}
	return e, explain(err)
}

// fitClassifier gives network the weights of source, and says whether they are
// those of its classifier too.
func fitClassifier(network *models.Classifier, source *weights.Source) (f *weights.File, classifier bool, err error) {
	whole, err := parameterSpecs(network.Parameters())
	if err != nil {
		return nil, false, err
	}
	autoencoder, err := parameterSpecs(network.AutoEncoder.Parameters())
	if err != nil {
		return nil, false, err
	}
	f, fitted, err := source.Fit(whole, autoencoder)
	if err != nil {
		return nil, false, err
	}
	if fitted == 0 {
		return f, true, loadWeights(network.Parameters(), f)
	}
	return f, false, loadWeights(network.AutoEncoder.Parameters(), f)
}

// scores tests a classifier by the definition's protocols.
func (r *run) scores(ctx context.Context, network *models.Classifier) (map[string]Score, error) {
	features, drop, err := r.encodeEachTime(ctx, network, r.testImages)
	if err != nil {
		return nil, err
	}
	defer drop()
	predicted, _, err := r.classify(ctx, network, features)
	if err != nil {
		return nil, err
	}
	return r.byProtocol(Predictions{Labels: r.data.Test.Labels, Predicted: predicted})
}

// byProtocol is what each of the definition's protocols makes of predictions.
func (r *run) byProtocol(p Predictions) (map[string]Score, error) {
	scores := map[string]Score{}
	for _, name := range r.definition.Evaluate.Protocols {
		test, err := lookUp(protocols, "test protocol", name)
		if err != nil {
			return nil, err
		}
		scores[name] = test(p, len(r.data.Classes))
	}
	return scores, nil
}
