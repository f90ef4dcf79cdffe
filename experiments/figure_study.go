package experiments

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stats"
	"aeprobe/plots"
)

// This file draws what a study found. A figure whose measures the study does not
// have is not drawn.

// accuracies draws the accuracies that are compared, with intervals: over the
// seeds by Student, of one encoder by Wilson.
func (d *drawing) accuracies(ctx context.Context) error {
	if d.definition.Study == nil {
		return nil
	}
	type series struct{ measure, finding string }
	var all []series
	for _, measure := range d.definition.Study.Measures {
		if found := d.results.Study.OfMeasure(measure); len(found) > 0 {
			for _, f := range found[0].Findings {
				if f.Compared && f.Predictions != "" {
					all = append(all, series{measure, f.Name})
				}
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	rows := slices.Concat(d.definition.Study.Encoders, d.definition.Study.Baselines)
	chance := 100 / float64(len(d.data.Classes))
	intervals := plots.Intervals{Axis: "accuracy in %", Rows: rows, Reference: &plots.Reference{Label: "chance", Value: chance}}
	for _, s := range all {
		intervals.Series = append(intervals.Series, s.finding)
	}
	pools := d.definition.Study.Pools
	if len(d.definition.Study.Encoders) == 0 {
		pools = pools[:1]
	}
	for _, pool := range pools {
		panel := plots.IntervalPanel{Label: pool}
		for _, encoder := range rows {
			set := d.setOf(encoder, pool)
			var estimates []*plots.Estimate
			for _, s := range all {
				estimate, err := d.estimate(set, s.measure, s.finding)
				if err != nil {
					return err
				}
				estimates = append(estimates, estimate)
			}
			panel.Estimates = append(panel.Estimates, estimates)
		}
		intervals.Panels = append(intervals.Panels, panel)
	}
	figure, err := plots.IntervalPlot(fmt.Sprintf("What the features know: accuracy on %d test images", d.data.Test.Len()), intervals)
	if err != nil {
		return err
	}
	how := "95 % intervals over images (Wilson)"
	if len(d.results.Repeats) > 0 {
		how = "95 % intervals: of the mean over seeds (Student), of a baseline over images (Wilson)"
	}
	return d.saveStudy(ctx, "accuracies", figure, how)
}

// estimate is a finding of a set of features with its interval, nil if there is
// none.
func (d *drawing) estimate(set featureSet, measure, finding string) (*plots.Estimate, error) {
	var values []float64
	var last *report.Finding
	for _, m := range d.results.Study.OfMeasure(measure) {
		if f := m.Finding(finding); m.Features == set.String() && f != nil && !f.Value.IsNaN() {
			values, last = append(values, float64(f.Value)), f
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) == 1 {
		e := &plots.Estimate{Value: values[0], Low: values[0], High: values[0]}
		if last.Low != nil {
			e.Low, e.High = *last.Low, *last.High
		}
		return e, nil
	}
	summary, err := stats.Summarize(values, 0.95)
	if err != nil {
		return nil, err
	}
	e := &plots.Estimate{Value: summary.Mean, Low: summary.Mean, High: summary.Mean}
	if i := summary.Interval; i != nil {
		e.Low, e.High = i.Low, i.High
	}
	return e, nil
}

// setOf is an encoder's features of a pool; what is no encoder has the same of
// every pool.
func (d *drawing) setOf(encoder, pool string) featureSet {
	if slices.Contains(d.definition.Study.Encoders, encoder) {
		return featureSet{encoder: encoder, pool: pool}
	}
	return featureSet{encoder: encoder}
}

// fewLabels draws accuracies by the number of labels, for each pool.
func (d *drawing) fewLabels(ctx context.Context) error {
	if !d.definition.Study.Has("few_labels") {
		return nil
	}
	for _, pool := range d.definition.Study.Pools {
		curves := plots.Curves{X: "labelled images per class", Y: "accuracy in %",
			Reference: &plots.Reference{Label: "chance", Value: 100 / float64(len(d.data.Classes))}}
		rows := slices.Concat(d.definition.Study.Encoders, d.definition.Study.Baselines)
		if d.definition.Study.Has(fromScratch) {
			rows = append(rows, fromScratch)
		}
		for _, encoder := range rows {
			set := d.setOf(encoder, pool)
			curve := plots.Curve{Label: encoder}
			for _, n := range d.definition.Study.FewLabels.PerClass {
				estimate, err := d.estimate(set, "few_labels", perClassName(n))
				if err != nil {
					return err
				}
				if estimate != nil {
					curve.Points = append(curve.Points, plots.CurvePoint{X: float64(n), Estimate: *estimate})
				}
			}
			curves.Curves = append(curves.Curves, curve)
		}
		figure, err := plots.LearningCurves("Accuracy with few labels, features pooled by "+pool, curves)
		if err != nil {
			return err
		}
		note := fmt.Sprintf("means of %d subsets; bands: 95 %% of the mean over encoders' seeds, or over subsets where there is one encoder", d.definition.Study.FewLabels.Subsets)
		if err := d.saveStudy(ctx, "few-labels-"+pool, figure, note); err != nil {
			return err
		}
	}
	return nil
}

// layers draws the logistic probe's accuracy on every layer of every encoder, the
// mean over the seeds, for each pool.
func (d *drawing) layers(ctx context.Context) error {
	study := d.definition.Study
	if !study.Has("logistic") || len(study.Layers) == 0 || len(study.Encoders) == 0 {
		return nil
	}
	for _, pool := range study.Pools {
		var sets []featureSet
		for _, encoder := range study.Encoders {
			sets = append(sets, featureSet{encoder: encoder, pool: pool})
		}
		figure, err := d.byLayer("Accuracy by layer, features pooled by "+pool, "encoder", study.Encoders, sets)
		if err != nil {
			return err
		}
		if err := d.saveStudy(ctx, "layers-"+pool, figure, fmt.Sprintf("logistic probe, %d test images, means over seeds", d.data.Test.Len())); err != nil {
			return err
		}
	}
	return nil
}

// byLayer is a heat map of the logistic probe's accuracy on every layer, with a
// column for each of sets, the mean over the seeds.
func (d *drawing) byLayer(title, axis string, columns []string, sets []featureSet) (*plots.Figure, error) {
	cells := plots.Cells{ColumnAxis: axis, RowAxis: "layer", Columns: columns, Scale: "accuracy in %", Low: 100 / float64(len(d.data.Classes)), Decimals: 1}
	for _, layer := range d.layerOrder() {
		row := []float64{}
		for _, set := range sets {
			set.layer = layer
			estimate, err := d.logistic(set)
			if err != nil {
				return nil, err
			}
			if estimate == nil {
				estimate = &plots.Estimate{Value: math.NaN()}
			}
			row = append(row, estimate.Value)
		}
		cells.Rows = append(cells.Rows, cmp.Or(layer, "encoder's output"))
		cells.Values = append(cells.Values, row)
	}
	cells.High = math.Ceil(slices.Max(slices.Concat(cells.Values...)))
	return plots.HeatMap(title, cells)
}

// logistic is the logistic probe's accuracy, nil if it was not measured.
func (d *drawing) logistic(set featureSet) (*plots.Estimate, error) {
	return d.estimate(set, "logistic", "logistic")
}

// layerOrder is a study's layers from the images on: the encoder's, its output,
// the decoder's.
func (d *drawing) layerOrder() []string {
	order := append([]string{""}, d.definition.Study.Layers...)
	slices.SortStableFunc(order, func(a, b string) int {
		partA, atA := layerOf(a)
		partB, atB := layerOf(b)
		rank := func(part string) int { return slices.Index([]string{config.Encoder, "", config.Decoder}, part) }
		return cmp.Or(rank(partA)-rank(partB), atA-atB)
	})
	return order
}

// similarity draws how alike encoders' features are.
func (d *drawing) similarity(ctx context.Context) error {
	s := d.results.Similarity
	if s == nil {
		return nil
	}
	figure, err := plots.HeatMap("How alike features are: debiased linear CKA", plots.Cells{Rows: s.Names, Columns: s.Names, Values: s.Debiased,
		Scale: "debiased CKA", Low: 0, High: 1, Decimals: 2})
	if err != nil {
		return err
	}
	return d.saveStudy(ctx, "similarity", figure, fmt.Sprintf("flattened maps of %d test images", s.Images))
}

// clusters draws what the clusters of each encoder's features hold, for the
// number of clusters nearest to that of the classes, of the first pool and seed.
func (d *drawing) clusters(ctx context.Context) error {
	if !d.definition.Study.Has("clusters") {
		return nil
	}
	for _, encoder := range d.definition.Study.Encoders {
		m := d.results.Study.Find(featureSet{encoder: encoder, pool: d.definition.Study.Pools[0]}.String(), "clusters", d.seed)
		if m == nil {
			continue
		}
		var all []clusterDetails
		if err := json.Unmarshal(m.Details, &all); err != nil {
			return fmt.Errorf("%s: %w", m.Features, err)
		}
		nearest := slices.MinFunc(all, func(a, b clusterDetails) int {
			return abs(a.K-len(d.data.Classes)) - abs(b.K-len(d.data.Classes))
		})
		figure, err := plots.ClusterContents(fmt.Sprintf("%d clusters of %s", nearest.K, m.Features), nearest.Contents, d.data.Classes)
		if err != nil {
			return err
		}
		if err := d.saveMeasured(ctx, "clusters-"+encoder, figure, fmt.Sprintf("k-means of the training images, %d test images · seed %d", d.data.Test.Len(), d.results.Seed)); err != nil {
			return err
		}
	}
	return nil
}

func abs(n int) int { return max(n, -n) }

// saveStudy saves a figure whose note also says how it was measured, and with
// which seeds.
func (d *drawing) saveStudy(ctx context.Context, name string, figure *plots.Figure, how string, trainings ...*metrics.Training) error {
	seeds := fmt.Sprintf("seed %d", d.results.Seed)
	for _, repeat := range d.results.Repeats {
		seeds += fmt.Sprintf(", %d", repeat.Seed)
	}
	return d.saveMeasured(ctx, name, figure, how+" · "+seeds, trainings...)
}

// saveMeasured saves a figure whose note says how it was measured.
func (d *drawing) saveMeasured(ctx context.Context, name string, figure *plots.Figure, how string, trainings ...*metrics.Training) error {
	d.how = how
	defer func() { d.how = "" }()
	return d.save(ctx, name, figure, trainings...)
}

func figuresOfStudy(s *setup) float64 {
	if s.definition.Study == nil {
		return 0
	}
	return float64(len(s.definition.Study.Encoders)) * figureBytes
}
