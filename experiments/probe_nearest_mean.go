package experiments

import (
	"context"
	"math"

	"aeprobe/config"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
)

// nearestMean predicts the class whose training images have the nearest mean of
// standardised features:
//
//	class(x) = argmin_c sum_j ((x_j - mean_cj) / deviation_j)²
//
// mean_c is over the training images of class c, deviation_j is feature j's
// standard deviation over all N training images (divided by N). Features that
// are constant there are left out; a class without training images is never
// predicted; of equal distances the lower class wins. It is the nearest class
// mean classifier (Mensink et al., Distance-Based Image Classification, PAMI
// 2013, eq. 1), which scikit-learn has as StandardScaler and NearestCentroid.
type nearestMean struct {
	*setup
	network *models.Classifier
	means   *classMeans
}

// newNearestMean measures the training images' features.
func newNearestMean(ctx context.Context, s *setup, spec config.Classifier) (probe, error) {
	network, _, err := s.startClassifier(spec)
	if err != nil {
		return nil, err
	}
	p := &nearestMean{setup: s, network: network}
	features, err := s.encodeFeatures(ctx, network, s.trainImages)
	if err == nil {
		defer torch.Drop(features)
		p.means, err = fitClassMeans(rowsOf(ctx, features), s.data.Train.Labels, len(s.data.Classes))
	}
	if err != nil {
		p.Drop()
		return nil, err
	}
	return p, nil
}

func (p *nearestMean) Task() *train.Task { return nil }

func (p *nearestMean) Drop() { p.network.Drop() }

// Predict also measures the accuracy, in percent.
func (p *nearestMean) Predict(ctx context.Context) (predicted []byte, scores metrics.Scores, err error) {
	err = p.eachTestImage(ctx, func(_ int, distances []float64) {
		predicted = append(predicted, nearest(distances))
	})
	if err != nil {
		return nil, nil, err
	}
	return predicted, metrics.Scores{"accuracy": p.accuracy(predicted)}, nil
}

// Margins are of squared distances.
func (p *nearestMean) Margins(ctx context.Context, kept, given []byte) (margins []float64, largest float64, err error) {
	err = p.eachTestImage(ctx, func(i int, distances []float64) {
		margins = append(margins, distances[kept[i]]-distances[given[i]])
		for _, d := range distances {
			if !math.IsInf(d, 0) {
				largest = max(largest, d)
			}
		}
	})
	return margins, largest, err
}

// eachTestImage calls f with the squared distances of every test image.
func (p *nearestMean) eachTestImage(ctx context.Context, f func(i int, distances []float64)) error {
	features, err := p.encodeFeatures(ctx, p.network, p.testImages)
	if err != nil {
		return err
	}
	defer torch.Drop(features)
	i := 0
	return rowsOf(ctx, features)(func(row []float32) {
		f(i, p.means.distances(row))
		i++
	})
}

// nearestMeanDemand is that of the features of one split after the other.
func (s *setup) nearestMeanDemand(config.Classifier) machine.Demand {
	encoder, decoder := s.definition.Model.Parameters(s.data.Shape)
	layers, _ := s.activations()
	images := max(s.data.Train.Len(), s.data.Test.Len())
	features := float64(s.definition.Model.Features(s.data.Shape))
	return machine.Demand{Memory: float32Bytes*(float64(encoder+decoder)+features*float64(images+2*torch.BlockRows(images))) +
		forwarded(layers)*torch.ForwardBatch}
}

// classMeans are the means of each class's features, standardised by the
// deviations of all of them.
type classMeans struct {
	// means are by class, [classes][features]; nil for a class without examples.
	means [][]float64
	// precisions are 1 over each feature's variance, 0 for a constant one.
	precisions []float64
}

// fitClassMeans computes them from rows, which calls a function with every
// example's features in the order of labels, in double precision.
func fitClassMeans(rows func(func(row []float32)) error, labels []byte, classes int) (*classMeans, error) {
	m := &classMeans{means: make([][]float64, classes)}
	counts := make([]float64, classes)
	var mean, least, most []float64
	i := 0
	err := rows(func(row []float32) {
		if mean == nil {
			mean, least, most = make([]float64, len(row)), float64s(row), float64s(row)
		}
		class := labels[i]
		if m.means[class] == nil {
			m.means[class] = make([]float64, len(row))
		}
		for j, value := range row {
			x := float64(value)
			mean[j] += x
			m.means[class][j] += x
			least[j], most[j] = min(least[j], x), max(most[j], x)
		}
		counts[class]++
		i++
	})
	if err != nil {
		return nil, err
	}
	for class, sums := range m.means {
		for j := range sums {
			sums[j] /= counts[class]
		}
	}
	for j := range mean {
		mean[j] /= float64(i)
	}
	variances := make([]float64, len(mean))
	err = rows(func(row []float32) {
		for j, value := range row {
			d := float64(value) - mean[j]
			variances[j] += d * d / float64(i)
		}
	})
	m.precisions = make([]float64, len(mean))
	for j, variance := range variances {
		if least[j] < most[j] {
			m.precisions[j] = 1 / variance
		}
	}
	return m, err
}

// distances are the squared distances of an example's standardised features
// from each class's mean; infinite where a class has none.
func (m *classMeans) distances(row []float32) []float64 {
	all := make([]float64, len(m.means))
	for class, mean := range m.means {
		if mean == nil {
			all[class] = math.Inf(1)
			continue
		}
		for j, value := range row {
			d := float64(value) - mean[j]
			all[class] += d * d * m.precisions[j]
		}
	}
	return all
}

// nearest is the class with the smallest distance, the lowest of several.
func nearest(distances []float64) byte {
	best := 0
	for class, d := range distances {
		if d < distances[best] {
			best = class
		}
	}
	return byte(best)
}
