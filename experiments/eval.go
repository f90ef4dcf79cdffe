package experiments

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

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
	Weights string          `json:"weights"`
	Data    stages.DataUsed `json:"data"`
	// Autoencoder has the means of bce, l1 and mse.
	Autoencoder metrics.Scores `json:"autoencoder"`
	// Classifier has a score per protocol of the definition; it is nil where
	// the weights hold no classifier.
	Classifier map[string]report.Score `json:"classifier,omitempty"`
}

// Eval measures the network in a file of weights, safetensors or a PyTorch
// state_dict, on the test images of data. The definition says what network it
// is: the file must hold its encoder and decoder, and may hold its classifier.
func Eval(ctx context.Context, definition *config.Definition, data *vision.Dataset, path string, device torch.Device, threads int) (*Evaluation, error) {
	f, err := weights.Read(path)
	if err != nil {
		return nil, err
	}
	unpin, err := torch.Pin()
	if err != nil {
		return nil, err
	}
	defer unpin()
	s := newSetup(definition, data, Options{Dir: filepath.Dir(path), Device: device, Threads: threads})
	drop, err := s.loadImages()
	if err != nil {
		return nil, err
	}
	defer drop()
	network, _, err := s.newClassifier()
	if err != nil {
		return nil, err
	}
	defer network.Drop()
	classifier := hasClassifier(f)
	parameters := network.AutoEncoder.Parameters()
	if classifier {
		parameters = network.Parameters()
	}
	if err := models.Load(parameters, f); err != nil {
		return nil, fmt.Errorf("%s does not hold the weights of definition %s: %w", path, definition.Name, err)
	}

	e := &Evaluation{Weights: path, Data: s.dataUsed()}
	if e.Autoencoder, err = s.testAutoencoder(ctx, network.AutoEncoder); err != nil {
		return nil, machine.Explain(err)
	}
	if classifier {
		e.Classifier, err = s.scores(ctx, network)
	}
	return e, machine.Explain(err)
}

func hasClassifier(f *weights.File) bool {
	for _, name := range f.Names() {
		if strings.HasPrefix(name, "classifier.") {
			return true
		}
	}
	return false
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
