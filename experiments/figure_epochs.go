package experiments

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"aeprobe/config"
	"aeprobe/plots"
)

// This file draws what auto-encoders' features know on the way: by the epochs of
// the trainings, which a study's epochs name.

// epochs draws the logistic probe's accuracy by the epochs of pre-training, for
// each pool. The random encoder is what every auto-encoder was before its first.
func (d *drawing) epochs(ctx context.Context) error {
	autoencoders := d.measuredByEpoch()
	if len(autoencoders) == 0 {
		return nil
	}
	for _, pool := range d.definition.Study.Pools {
		curves := plots.Curves{X: "epochs of pre-training", Y: fmt.Sprintf("accuracy on %d test images, %%", d.data.Test.Len())}
		start, err := d.logistic(d.setOf(config.Random, pool))
		if err != nil {
			return err
		}
		if start != nil {
			curves.Reference = &plots.Reference{Label: "random encoder", Value: start.Value}
		}
		for _, name := range autoencoders {
			curve := plots.Curve{Label: d.label(name)}
			for _, epoch := range d.epochsOf(name) {
				estimate, err := d.logistic(featureSet{encoder: name, pool: pool, epoch: epoch})
				if err != nil {
					return err
				}
				if estimate != nil {
					at := float64(cmp.Or(epoch, d.definition.Autoencoders[name].Epochs))
					curve.Points = append(curve.Points, plots.CurvePoint{X: at, Estimate: *estimate})
				}
			}
			curves.Curves = append(curves.Curves, curve)
		}
		figure, err := plots.LearningCurves("What pre-training adds, features pooled by "+pool, curves)
		if err != nil {
			return err
		}
		if err := d.saveStudy(ctx, "epochs-"+pool, figure, "logistic probe; bands: 95 % of the mean over seeds, or over images where there is one"); err != nil {
			return err
		}
	}
	return nil
}

// layerEpochs draws the same for every layer of an auto-encoder, the mean over the
// seeds, with the first pool.
func (d *drawing) layerEpochs(ctx context.Context) error {
	study := d.definition.Study
	if study == nil || len(study.Layers) == 0 {
		return nil
	}
	pool := study.Pools[0]
	for _, name := range d.measuredByEpoch() {
		var sets []featureSet
		var columns []string
		if slices.Contains(study.Encoders, config.Random) {
			sets, columns = append(sets, featureSet{encoder: config.Random, pool: pool}), append(columns, "0")
		}
		for _, epoch := range d.epochsOf(name) {
			sets = append(sets, featureSet{encoder: name, pool: pool, epoch: epoch})
			columns = append(columns, fmt.Sprint(cmp.Or(epoch, d.definition.Autoencoders[name].Epochs)))
		}
		figure, err := d.byLayer("Accuracy by layer and epoch: "+d.label(name), "epochs of pre-training", columns, sets)
		if err != nil {
			return err
		}
		how := fmt.Sprintf("logistic probe, features pooled by %s, means over seeds", pool)
		if err := d.saveStudy(ctx, "layer-epochs-"+name, figure, how); err != nil {
			return err
		}
	}
	return nil
}

// measuredByEpoch are the auto-encoders that a logistic probe measures on the way.
func (d *drawing) measuredByEpoch() []string {
	study := d.definition.Study
	if !study.Has("logistic") || len(study.Epochs) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(study.Encoders), func(name string) bool {
		_, isAutoencoder := d.definition.Autoencoders[name]
		return !isAutoencoder
	})
}
