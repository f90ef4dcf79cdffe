package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"aeprobe/internal/logistic"
	"aeprobe/internal/matrix"
	"aeprobe/internal/nuisance"
	"aeprobe/internal/stats"
	"aeprobe/vision"
)

// How many images are altered and encoded anew, at most: for each alteration about an
// eighth of the work that all images are.
const (
	alteredTrain = 5000
	alteredTest  = 2000
)

// alterationDetails are how one probe was fitted, and what it found.
type alterationDetails struct {
	Name string   `json:"name"`
	Ways []string `json:"ways"`
	// Accuracy and Chance are in percent, of Test images.
	Accuracy  float64 `json:"accuracy"`
	Chance    float64 `json:"chance"`
	Train     int     `json:"train"`
	Test      int     `json:"test"`
	C         float64 `json:"c"`
	Converged bool    `json:"converged"`
}

// measureAlterations asks features for what was done to the images.
func measureAlterations(ctx context.Context, f *features) (*found, error) {
	train, test := f.drawnImages(f.data.Train, alteredTrain, 0), f.drawnImages(f.data.Test, alteredTest, 1)
	result := new(found)
	var all []alterationDetails
	var what []string
	for _, alteration := range nuisance.Alterations() {
		d, finding, err := f.alteration(ctx, alteration, train, test)
		if err != nil {
			return nil, err
		}
		all, result.findings = append(all, d), append(result.findings, finding)
		what = append(what, fmt.Sprintf("%s (%s)", d.Name, strings.Join(d.Ways, ", ")))
		if !d.Converged {
			result.notes = append(result.notes, d.Name+": the probe's fit did not converge")
		}
	}
	result.details = all
	result.protocol = fmt.Sprintf("What was done to an image, told from its features by the logistic probe: %s. %d training and %d test images, the same for all features, "+
		"each altered in a random way, all ways equally often, and encoded anew. Interval: over images (Wilson).", strings.Join(what, "; "), train.Len(), test.Len())
	return result, nil
}

// drawnImages are at most n of a split's, in their order, the same for all features.
func (f *features) drawnImages(split vision.Split, n int, number uint64) vision.Split {
	r := rand.New(rand.NewPCG(f.study().Seed, number))
	drawn := r.Perm(split.Len())[:min(n, split.Len())]
	slices.Sort(drawn)
	var some vision.Split
	for _, i := range drawn {
		some.Pixels = append(some.Pixels, split.Image(i)...)
		some.Labels = append(some.Labels, split.Labels[i])
	}
	return some
}

// alteration alters the images, encodes them, and fits the probe.
func (f *features) alteration(ctx context.Context, a nuisance.Alteration, train, test vision.Split) (d alterationDetails, _ finding, err error) {
	seed := f.study().Seed
	ways, waysTest := a.Draw(train.Len(), seed, 2), a.Draw(test.Len(), seed, 3)
	from, err := f.altered(ctx, a, train, ways)
	if err != nil {
		return d, finding{}, err
	}
	on, err := f.altered(ctx, a, test, waysTest)
	if err != nil {
		return d, finding{}, err
	}
	model, _, err := logistic.Train(ctx, from, ways, len(a.Ways), logistic.Accuracy, seed)
	if err != nil {
		return d, finding{}, err
	}
	predicted, err := model.Predict(ctx, on)
	if err != nil {
		return d, finding{}, err
	}
	told, n := matches(waysTest, predicted), len(predicted)
	share := float64(told) / float64(n)
	d = alterationDetails{Name: a.Name, Ways: a.Ways, Accuracy: 100 * share, Chance: 100 / float64(len(a.Ways)),
		Train: train.Len(), Test: n, C: model.C, Converged: model.Converged}
	interval := stats.Wilson(told, n, 0.95)
	low, high := 100*interval.Low, 100*interval.High
	accuracy := of("altered test images", percent(fmt.Sprintf("%s (chance %.1f)", a.Name, d.Chance), share, n))
	accuracy.Low, accuracy.High = &low, &high
	return d, accuracy, nil
}

// altered are the features of images that are altered each in its way.
func (f *features) altered(ctx context.Context, a nuisance.Alteration, images vision.Split, ways []byte) (matrix.Matrix, error) {
	pixels, err := a.Apply(images.Pixels, f.data.Shape, ways)
	if err != nil {
		return matrix.Matrix{}, err
	}
	return f.ofOthers(ctx, vision.Split{Pixels: pixels, Labels: images.Labels})
}
