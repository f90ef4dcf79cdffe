package nuisance

import (
	"context"
	"fmt"
	"math"

	"aeprobe/internal/geometry"
)

// solver fits ridge regressions on the same images. With the features' correlations
// C = V' L V and their covariances b with a target, the weights of the standardised
// features are V' (L + lambda)^-1 V b: one decomposition serves all penalties.
type solver struct {
	features, targets geometry.Centered
	values, vectors   []float64 // L, [D], and V, [D, D], a row for each
	turned            []float64 // V b, [D, T]
}

// model predicts a target from features x: intercept + weights . (x - the means of the
// features it was fitted on).
type model struct {
	target    int
	intercept float64
	weights   []float64
}

func newSolver(ctx context.Context, d dataSet) (*solver, error) {
	features, err := geometry.Center(d.features)
	if err != nil {
		return nil, err
	}
	targets, err := geometry.Center(d.targets)
	if err != nil {
		return nil, fmt.Errorf("targets of the regression: %w", err)
	}
	correlations, err := features.Products(ctx, features)
	if err != nil {
		return nil, err
	}
	covariances, err := features.Products(ctx, targets)
	if err != nil {
		return nil, err
	}
	n, D, T := float64(d.features.Rows()), d.features.Columns, d.targets.Columns
	s := &solver{features: features, targets: targets, turned: make([]float64, D*T)}
	for i := range D {
		for j := range D {
			correlations[i*D+j] *= s.scale(i) * s.scale(j) / n
		}
		for t := range T {
			covariances[i*T+t] *= s.scale(i) / n
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.values, s.vectors, err = geometry.Eigen(correlations, D); err != nil {
		return nil, err
	}
	for k := range D {
		for j := range D {
			for t := range T {
				s.turned[k*T+t] += s.vectors[k*D+j] * covariances[j*T+t]
			}
		}
	}
	return s, nil
}

// scale standardises feature j; a constant one becomes 0.
func (s *solver) scale(j int) float64 {
	if s.features.Deviations[j] == 0 {
		return 0
	}
	return 1 / s.features.Deviations[j]
}

// model fits a target with a penalty above 0.
func (s *solver) model(target int, penalty float64) model {
	D, T := s.features.Columns, s.targets.Columns
	weights := make([]float64, D)
	for k, value := range s.values {
		// Correlations have no negative eigenvalues; rounding makes some.
		along := s.turned[k*T+target] / (max(0, value) + penalty)
		for j := range weights {
			weights[j] += along * s.vectors[k*D+j]
		}
	}
	for j := range weights {
		weights[j] *= s.scale(j)
	}
	return model{target, s.targets.Means[target], weights}
}

// models fits every target with every penalty, the penalties of a target together.
func (s *solver) models(penalties []float64) []model {
	var all []model
	for target := range s.targets.Columns {
		for _, penalty := range penalties {
			all = append(all, s.model(target, penalty))
		}
	}
	return all
}

// squaredErrors are the sums of the squared errors on d of models that s has fitted.
func (s *solver) squaredErrors(ctx context.Context, models []model, d dataSet) ([]float64, error) {
	sums := make([]float64, len(models))
	centred := make([]float64, d.features.Columns)
	for i := range d.features.Rows() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for j, x := range d.features.Row(i) {
			centred[j] = float64(x) - s.features.Means[j]
		}
		for m, model := range models {
			predicted := model.intercept
			for j, x := range centred {
				predicted += x * model.weights[j]
			}
			difference := predicted - float64(d.targets.Row(i)[model.target])
			sums[m] += difference * difference
		}
	}
	for _, sum := range sums {
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return nil, fmt.Errorf("features or targets of the images to predict hold NaN or infinity: the network that made them has diverged")
		}
	}
	return sums, nil
}
