package experiments

import (
	"context"
	"fmt"

	"aeprobe/internal/logistic"
)

// logisticDetails say how the probe was fitted.
type logisticDetails struct {
	C            float64           `json:"c"`
	GradientNorm float64           `json:"gradient_norm"`
	Iterations   int               `json:"iterations"`
	Converged    bool              `json:"converged"`
	Choices      []logistic.Choice `json:"choices"`
}

// logisticFit is a converged probe on all training images.
type logisticFit struct {
	model   *logistic.Model
	choices []logistic.Choice
}

// logistic is the probe on f, which several measures want.
func (f *features) logistic(ctx context.Context) (logisticFit, error) {
	return f.fits.get(f.mapsKey(f.set)+f.set.pool, func() (logisticFit, error) {
		model, choices, err := logistic.Train(ctx, f.train, f.data.Train.Labels, len(f.data.Classes), logistic.Accuracy, f.study().Seed)
		return logisticFit{model, choices}, err
	})
}

// measureLogistic fits a linear classifier until it has converged.
func measureLogistic(ctx context.Context, f *features) (*found, error) {
	fit, err := f.logistic(ctx)
	if err != nil {
		return nil, err
	}
	model := fit.model
	predicted, err := model.Predict(ctx, f.test)
	if err != nil {
		return nil, err
	}
	bits, err := model.CodeLengths(ctx, f.test, f.data.Test.Labels)
	if err != nil {
		return nil, err
	}
	mean := 0.0
	for _, b := range bits {
		mean += b / float64(len(bits))
	}
	result := &found{
		protocol: fmt.Sprintf("Multinomial logistic regression on standardised features, L2, L-BFGS in float64 until the gradient's largest entry is at most %g; "+
			"C chosen on training images that are held out, then fitted on all %d. Interval: over images (Wilson).", logistic.Tolerance, f.train.Rows()),
		findings: []finding{compared(f.accuracyOf("logistic", predicted)), value("bits per label", mean, len(bits)), value("C", model.C, len(bits))},
		details:  logisticDetails{model.C, model.GradientNorm, model.Iterations, model.Converged, fit.choices},
	}
	if !model.Converged {
		result.notes = append(result.notes, fmt.Sprintf("not converged: the gradient's largest entry is %.2g after %d iterations", model.GradientNorm, model.Iterations))
	}
	return result, nil
}
