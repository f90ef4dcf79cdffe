package experiments

import (
	"context"
	"fmt"

	"aeprobe/internal/cluster"
	"aeprobe/internal/logistic"
	"aeprobe/internal/nuisance"
)

// controlTypes is how many kinds of images the control task has: 200, or half as
// many as there are training images.
func (s *setup) controlTypes() int { return min(200, s.data.Train.Len()/2) }

// nuisanceDetails are the regressions, by property.
type nuisanceDetails struct {
	Properties map[string]nuisance.Regression `json:"properties"`
	// Control and Task are the logistic probe's accuracies, in percent, on the
	// control task and on the classes.
	Control float64 `json:"control"`
	Task    float64 `json:"task"`
}

// measureNuisances is what features know that is not class.
func measureNuisances(ctx context.Context, f *features) (*found, error) {
	result := &found{protocol: fmt.Sprintf("R² on the test images of a ridge regression from the features to properties of the image. Control task: %d kinds of images, clusters of the pixels' principal components, "+
		"each with a random class; selectivity is the logistic probe's accuracy on the classes less that on the control task (Hewitt and Liang 2019), in points.", f.controlTypes())}
	properties, err := f.imageProperties()
	if err != nil {
		return nil, err
	}
	regressions, err := nuisance.Ridge(ctx, f.train, properties.train, f.test, properties.test, f.study().Seed)
	if err != nil {
		return nil, err
	}
	d := nuisanceDetails{Properties: map[string]nuisance.Regression{}}
	for i, name := range properties.names {
		d.Properties[name] = regressions[i]
		result.findings = append(result.findings, value(name, regressions[i].R2, f.test.Rows()))
	}
	if err := f.control(ctx, &d); err != nil {
		return nil, err
	}
	n := f.test.Rows()
	result.findings = append(result.findings, percent("control task", d.Control/100, n), percent("selectivity", (d.Task-d.Control)/100, n))
	result.details = d
	return result, nil
}

// properties are what images are like, by property.
type properties struct {
	names []string
	splits
}

// imageProperties are those of all images, the same for all features.
func (s *setup) imageProperties() (properties, error) {
	return s.properties.get("", func() (p properties, err error) {
		if p.names, p.train, err = nuisance.Properties(s.data.Train.Pixels, s.data.Shape); err != nil {
			return p, err
		}
		_, p.test, err = nuisance.Properties(s.data.Test.Pixels, s.data.Shape)
		return p, err
	})
}

// control measures the probe on the classes and on the control task.
func (f *features) control(ctx context.Context, d *nuisanceDetails) error {
	seed, classes := f.study().Seed, len(f.data.Classes)
	fit, err := f.logistic(ctx)
	if err != nil {
		return err
	}
	kinds, err := f.types(ctx)
	if err != nil {
		return err
	}
	control, err := nuisance.ControlLabels(kinds.train, classes, seed)
	if err != nil {
		return err
	}
	controlTest, err := nuisance.ControlLabels(kinds.test, classes, seed)
	if err != nil {
		return err
	}
	controlled, _, err := logistic.Train(ctx, f.train, control, classes, logistic.Accuracy, seed)
	if err != nil {
		return err
	}
	if d.Task, err = f.accuracyIn(ctx, fit.model, f.data.Test.Labels); err != nil {
		return err
	}
	d.Control, err = f.accuracyIn(ctx, controlled, controlTest)
	return err
}

// accuracyIn is a model's accuracy on the test images, in percent, by some labels.
func (f *features) accuracyIn(ctx context.Context, model *logistic.Model, labels []byte) (float64, error) {
	predicted, err := model.Predict(ctx, f.test)
	if err != nil {
		return 0, err
	}
	return 100 * float64(matches(labels, predicted)) / float64(len(labels)), nil
}

// imageKinds are numbers from 0, by image.
type imageKinds struct{ train, test []int }

// types are the kinds of images of the control task, the same for all features.
func (f *features) types(ctx context.Context) (imageKinds, error) {
	return f.kinds.get("", func() (k imageKinds, err error) {
		pixels, err := f.pixelPCA(ctx)
		if err != nil {
			return k, err
		}
		clusters, err := cluster.KMeans(ctx, pixels.train, f.controlTypes(), cluster.Options{Starts: 1, Iterations: 50, Seed: f.study().Seed})
		if err != nil {
			return k, err
		}
		if k.train, err = clusters.Assign(ctx, pixels.train); err != nil {
			return k, err
		}
		k.test, err = clusters.Assign(ctx, pixels.test)
		return k, err
	})
}
