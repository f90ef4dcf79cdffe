package sweep

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
)

// A Side is which images a number is of.
type Side string

// The sides. Only numbers of training images may choose.
const (
	OfTest     Side = "test"
	OfTraining Side = "training"
)

// A Measure is one number that runs have in common.
type Measure struct {
	// Name is a path: classifiers/pretrained/accuracy/full.
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
	Side Side   `json:"images"`
	// Higher tells that more is better; it is said of those that may choose.
	Higher bool `json:"higher_is_better,omitempty"`
	// Of says what a number that may choose depends on besides the network, such as
	// the loss that was trained on: only equal ones can be compared.
	Of string `json:"of,omitempty"`
}

// A value is what a run measured with one seed.
type value struct {
	Measure
	x float64
	// correct of images are known of an accuracy.
	correct, images int
}

// A repeat is what a run gave with one seed.
type repeat struct {
	run    Run
	seed   uint64
	values []value
	// folder has the seed's stages.
	folder string
}

// repeatsOf are a run's, one for each seed of its definition.
func repeatsOf(run Run, folder string, r *report.Results) []repeat {
	first := repeat{run: run, seed: r.Seed, folder: folder}
	first.trained(r.Autoencoders, r.Aggregations, r.Classifiers)
	first.studied(r)
	all := []repeat{first}
	for _, further := range r.Repeats {
		next := repeat{run: run, seed: further.Seed, folder: fmt.Sprintf("%s/seeds/%d", folder, further.Seed)}
		next.trained(further.Autoencoders, further.Aggregations, further.Classifiers)
		next.studied(r)
		all = append(all, next)
	}
	return all
}

func (p *repeat) add(m Measure, x float64) { p.values = append(p.values, value{Measure: m, x: x}) }

// trained adds what the trainings of a seed measured.
func (p *repeat) trained(autoencoders []report.AutoencoderResult, aggregations []report.AggregationResult, classifiers []report.ClassifierResult) {
	for _, c := range classifiers {
		at := "classifiers/" + c.Name
		for _, protocol := range slices.Backward(sortedKeys(c.Scores)) {
			s := c.Scores[protocol]
			p.values = append(p.values, value{Measure: Measure{Name: at + "/accuracy/" + protocol, Unit: "%", Side: OfTest}, x: float64(s.Accuracy),
				images: s.Images, correct: int(math.Round(float64(s.Accuracy) * float64(s.Images) / 100))})
		}
		p.training(at, c.Training, orCrossEntropy(c.Loss))
	}
	for _, a := range autoencoders {
		at := "autoencoders/" + a.Name
		p.scores(at, a.Training)
		p.training(at, a.Training, fmt.Sprintf("%s, noise %g", a.Loss, a.Noise))
	}
	for _, a := range aggregations {
		p.scores("aggregations/"+a.Name, a.Training)
	}
}

func orCrossEntropy(loss string) string {
	if loss == "" {
		return "cross_entropy"
	}
	return loss
}

// scores adds a training's last test.
func (p *repeat) scores(at string, t *metrics.Training) {
	if t == nil {
		return
	}
	for _, name := range sortedKeys(t.Test) {
		p.add(Measure{Name: at + "/test/" + name, Side: OfTest}, t.Test[name])
	}
}

// training adds the mean loss of a training's last epoch.
func (p *repeat) training(at string, t *metrics.Training, loss string) {
	if t != nil {
		p.add(Measure{Name: at + "/training_loss", Side: OfTraining, Of: loss}, t.Loss)
	}
}

// studied adds what a study measured of a seed's features; those of baselines have
// no seed.
func (p *repeat) studied(r *report.Results) {
	for _, m := range r.Study {
		if m.Seed != nil && *m.Seed != p.seed {
			continue
		}
		at := fmt.Sprintf("study/%s/%s/", m.Features, m.Measure)
		for _, f := range m.Findings {
			measure := Measure{Name: at + f.Name, Unit: f.Unit, Side: OfTest}
			if f.Of == "training images" {
				measure.Side, measure.Higher = OfTraining, f.Name == "compression"
			}
			p.add(measure, float64(f.Value))
		}
		if best, has := heldOut(m); has {
			p.add(Measure{Name: at + "held_out_accuracy", Unit: "%", Side: OfTraining, Higher: true}, best)
		}
	}
}

// heldOut is the accuracy, on training images that were held out, by which a
// logistic probe chose its C.
func heldOut(m report.Measured) (best float64, has bool) {
	var details struct {
		Choices []struct{ Accuracy float64 }
	}
	if m.Measure != "logistic" || json.Unmarshal(m.Details, &details) != nil {
		return 0, false
	}
	for _, c := range details.Choices {
		best, has = max(best, c.Accuracy), true
	}
	return best, has
}
