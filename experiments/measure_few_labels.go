package experiments

import (
	"context"
	"fmt"

	"aeprobe/internal/labels"
	"aeprobe/internal/logistic"
	"aeprobe/internal/matrix"
	"aeprobe/internal/report"
	"aeprobe/internal/stats"
)

// fewLabelsDetails are the accuracies of every subset.
type fewLabelsDetails struct {
	PerClass []int `json:"per_class"`
	// Accuracies are in percent, by subset and by size; the largest size has one
	// where it takes all images.
	Accuracies [][]float64 `json:"accuracies"`
	// Hashes are of the subsets' images, so that equal ones are seen to be.
	Hashes []string `json:"subsets_sha256"`
	// Unconverged counts the fits that did not converge.
	Unconverged int `json:"unconverged,omitempty"`
}

// measureFewLabels fits the logistic probe on a few labelled images: nested,
// stratified subsets, the same for all features.
func measureFewLabels(ctx context.Context, f *features) (*found, error) {
	settings, seed := f.study().FewLabels, f.study().Seed
	details := fewLabelsDetails{PerClass: settings.PerClass}
	for subset := range settings.Subsets {
		nested, err := labels.Nested(f.data.Train.Labels, len(f.data.Classes), settings.PerClass, seed+uint64(subset))
		if err != nil {
			return nil, err
		}
		details.Hashes = append(details.Hashes, labels.Hash(nested))
		var accuracies []float64
		for size, index := range nested {
			if subset > 0 && len(index) == f.train.Rows() {
				accuracies = append(accuracies, details.Accuracies[0][size])
				continue // of all images there is one subset
			}
			model, err := f.fitOn(ctx, index)
			if err != nil {
				return nil, err
			}
			accuracy, err := f.accuracyIn(ctx, model, f.data.Test.Labels)
			if err != nil {
				return nil, err
			}
			accuracies = append(accuracies, accuracy)
			if !model.Converged {
				details.Unconverged++
			}
		}
		details.Accuracies = append(details.Accuracies, accuracies)
	}
	result := &found{details: details, protocol: fmt.Sprintf("The logistic probe on a few labelled images per class: means over %d nested, stratified subsets, the same for all features; "+
		"C by cross-validation within the subset, 1 below 3 images per class. Interval: of the mean over subsets (Student), on these test images; large subsets overlap.", settings.Subsets)}
	if details.Unconverged > 0 {
		result.notes = append(result.notes, fmt.Sprintf("%d of the fits did not converge", details.Unconverged))
	}
	for size, n := range settings.PerClass {
		var all []float64
		for subset := range details.Accuracies {
			all = append(all, details.Accuracies[subset][size])
		}
		finding, err := meanOf(perClassName(n), all, f.test.Rows())
		if err != nil {
			return nil, err
		}
		result.findings = append(result.findings, finding)
	}
	return result, nil
}

// fitOn is a probe fitted on some training images.
func (f *features) fitOn(ctx context.Context, index []int) (*logistic.Model, error) {
	if len(index) == f.train.Rows() {
		fit, err := f.logistic(ctx)
		return fit.model, err
	}
	classes := matrix.Select(f.data.Train.Labels, index)
	model, _, err := logistic.Train(ctx, f.train.Select(index), classes, len(f.data.Classes), logistic.Accuracy, f.study().Seed)
	return model, err
}

// perClassName names the finding for a number of labelled images per class.
func perClassName(n int) string { return fmt.Sprintf("%d per class", n) }

// meanOf is the mean of percentages as a finding, with Student's interval.
func meanOf(name string, percentages []float64, n int) (finding, error) {
	summary, err := stats.Summarize(percentages, 0.95)
	if err != nil {
		return finding{}, err
	}
	f := finding{Finding: report.Finding{Name: name, Value: report.Number(summary.Mean), Unit: "%", N: n}}
	if i := summary.Interval; i != nil {
		f.Low, f.High = &i.Low, &i.High
	}
	return f, nil
}
