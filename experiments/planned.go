package experiments

import (
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/torch/memory"
	"aeprobe/models"
	"aeprobe/vision"
)

// planned is what outputs are, for a plan: the maps of a network, each added when
// first asked for.
type planned struct {
	network *models.AutoEncoder
	// classifier is nil for an auto-encoder alone.
	classifier *models.Classifier
	exactBCE   bool

	plan *steps.Network
	// The numbers of maps, 0 before they are added.
	maps, read, features, logits, decoded int
	// cached tells that the examples are features, not images.
	cached bool
}

// planImages is a plan's network without layers, for images.
func planImages(images vision.Images, shape [3]int, withLabels bool) (*steps.Network, error) {
	m, err := images.Memory()
	if err != nil {
		return nil, err
	}
	e := steps.Examples{Count: images.Len(), Shape: shape, Bytes: m.Pixels, Index: m.Index}
	if withLabels {
		e.Labels = m.Labels
	}
	return &steps.Network{Examples: e}, nil
}

// planFeatures is a plan's network without layers, for features, [images,
// features], of images.
func planFeatures(features *ts.Tensor, images vision.Images) (*steps.Network, error) {
	m, err := images.Memory()
	if err != nil {
		return nil, err
	}
	values, _, err := memory.Of[float32](features)
	if err != nil {
		return nil, err
	}
	n := images.Len()
	return &steps.Network{Examples: steps.Examples{Count: n, Shape: [3]int{len(values) / n, 1, 1}, Floats: values,
		Labels: m.Labels}}, nil
}

// planClassifier is a plan's network without layers for images, or for their
// features where cached is not nil.
func (s *setup) planClassifier(network *models.Classifier, images vision.Images, cached *ts.Tensor) (*planned, error) {
	p := &planned{network: network.AutoEncoder, classifier: network, exactBCE: s.exactBCE(), cached: cached != nil}
	var err error
	if cached != nil {
		p.plan, err = planFeatures(cached, images)
	} else {
		p.plan, err = planImages(images, s.data.Shape, true)
	}
	return p, err
}

// once adds a map if it is not there yet.
func (p *planned) once(m *int, add func() (int, error)) (int, error) {
	if *m == 0 {
		var err error
		if *m, err = add(); err != nil {
			return 0, err
		}
	}
	return *m, nil
}

// Maps is the encoder's output.
func (p *planned) Maps() (int, error) {
	return p.once(&p.maps, func() (int, error) { return p.network.Encoder.Plan(p.plan, 0) })
}

// Read is what the classifier reads. A plan trains no encoder that is run twice.
func (p *planned) Read() (int, error) {
	if layer, reads := config.DecoderLayer(p.classifier.Reads); reads {
		if layer == p.network.LastLayer() {
			if p.network.EndsInSigmoid() {
				return 0, &steps.Unsupported{Reason: "a classifier of the decoded images"}
			}
			return p.Decoded()
		}
		maps, err := p.Maps()
		if err != nil {
			return 0, err
		}
		return p.once(&p.read, func() (int, error) { return p.network.PlanDecoderUpTo(p.plan, maps, layer) })
	}
	if p.classifier.Reads == config.ReadsReconstruction {
		return 0, &steps.Unsupported{Reason: "a classifier of the reconstruction"}
	}
	return p.Maps()
}

// Features is the classifier's input.
func (p *planned) Features() (int, error) {
	if p.cached {
		return 0, nil
	}
	read, err := p.Read()
	if err != nil {
		return 0, err
	}
	return p.once(&p.features, func() (int, error) { return p.classifier.PlanFeatures(p.plan, read) })
}

// Logits are the classifier's.
func (p *planned) Logits() (int, error) {
	features, err := p.Features()
	if err != nil {
		return 0, err
	}
	return p.once(&p.logits, func() (int, error) { return p.classifier.PlanLogits(p.plan, features) })
}

// Decoded is the decoder's output, before its final sigmoid where it has one.
func (p *planned) Decoded() (int, error) {
	from, first := p.Maps, 0
	if p.classifier != nil {
		if layer, reads := config.DecoderLayer(p.classifier.Reads); reads && layer < p.network.LastLayer() {
			from, first = p.Read, layer+1
		}
	}
	x, err := from()
	if err != nil {
		return 0, err
	}
	return p.once(&p.decoded, func() (int, error) { return p.network.PlanDecoderFrom(p.plan, x, first) })
}

// lossKinds is the table of objectives for plans; those that it lacks are
// trained on by autograd.
var lossKinds = map[string]func(*planned) (kind steps.LossKind, m int, err error){
	"bce": func(p *planned) (steps.LossKind, int, error) {
		m, err := p.Decoded()
		if p.exactBCE {
			return steps.BCEExact, m, err
		}
		return steps.BCEClamped, m, err
	},
	"l1":  func(p *planned) (steps.LossKind, int, error) { return p.reconstruction(steps.L1, steps.L1Sigmoid) },
	"mse": func(p *planned) (steps.LossKind, int, error) { return p.reconstruction(steps.MSE, steps.MSESigmoid) },
	"cross_entropy": func(p *planned) (steps.LossKind, int, error) {
		m, err := p.Logits()
		return steps.CrossEntropy, m, err
	},
}

func (p *planned) reconstruction(plain, squashed steps.LossKind) (steps.LossKind, int, error) {
	m, err := p.Decoded()
	if p.network.EndsInSigmoid() {
		return squashed, m, err
	}
	return plain, m, err
}

// add adds a weighted sum of objectives.
func (p *planned) add(losses config.LossSum) (*steps.Network, error) {
	return p.addEach(losses.Names(), losses)
}

// addEach adds objectives with their weights, of which a test needs none.
func (p *planned) addEach(names []string, weights config.LossSum) (*steps.Network, error) {
	for _, name := range names {
		kind, known := lossKinds[name]
		if !known {
			return nil, &steps.Unsupported{Reason: "loss " + name}
		}
		k, m, err := kind(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p.plan.Losses = append(p.plan.Losses, steps.Loss{Kind: k, Map: m, Weight: weights[name]})
	}
	return p.plan, nil
}
