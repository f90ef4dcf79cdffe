package experiments

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/plots"
	"aeprobe/vision"
)

// figuresStage is also the folder of the figures.
const figuresStage = report.FiguresFolder

// A figureKind draws one figure, or one per network.
type figureKind struct {
	draw func(*drawing, context.Context) error
	// bytes estimates the size of its files.
	bytes func(*setup) float64
}

// figureKinds is the table of figures that a definition can name. A new one is a
// file and a line here, and a line in config.
func figureKinds() map[string]figureKind {
	return map[string]figureKind{
		"architecture":       {(*drawing).architecture, oneFigure},
		"reconstructions":    {(*drawing).reconstructions, oneFigure},
		"pca":                {(*drawing).pca, scatterPerEncoder},
		"tsne":               {(*drawing).tsne, tsnePerEncoder},
		"loss-curves":        {(*drawing).lossCurves, figurePerClassifier},
		"decoded":            {(*drawing).decoded, figurePerClassifier},
		"autoencoder-losses": {(*drawing).autoencoderLosses, oneFigure},
		"confusion":          {(*drawing).confusion, figurePerClassifier},
		"joint":              {(*drawing).joint, oneFigure},
		"accuracies":         {(*drawing).accuracies, oneFigure},
		"few-labels":         {(*drawing).fewLabels, figuresOfStudy},
		"layers":             {(*drawing).layers, oneFigure},
		"epochs":             {(*drawing).epochs, figuresOfStudy},
		"layer-epochs":       {(*drawing).layerEpochs, figuresOfStudy},
		"similarity":         {(*drawing).similarity, oneFigure},
		"clusters":           {(*drawing).clusters, figuresOfStudy},
	}
}

func oneFigure(*setup) float64 { return figureBytes }

func figurePerClassifier(s *setup) float64 {
	return float64(len(s.definition.Classifiers)) * figureBytes
}

func scatterPerEncoder(s *setup) float64 {
	return float64(len(s.encoders())) * (figureBytes + scatteredBytes*float64(s.definition.Features.Images))
}

// publishedFigures are the numbers of the figures that the report has too.
var publishedFigures = map[string]int{
	"architecture": 1, "reconstructions": 2, "pca": 3, "tsne": 4,
	"loss-random": 5, "loss-pretrained": 6, "loss-end-to-end": 7,
	"decoded-random": 8, "decoded-end-to-end": 9,
}

// A drawing is the figures of one run being drawn.
type drawing struct {
	*setup
	results *report.Results
	// files that were written, for the stage's result.
	files map[string]string
	// how the numbers of the figure being saved were measured; empty where the
	// figure says so itself.
	how string
}

// figureInputs are what decides the figures.
type figureInputs struct {
	Kind    string                     `yaml:"kind"`
	Name    string                     `yaml:"name"`
	Figures []string                   `yaml:"figures"`
	Stages  map[string]fingerprint.Sum `yaml:"stages"`
	// Order is that of a study's rows and series.
	Order []string `yaml:"order,omitempty"`
}

// figuresStages draw the definition's figures from the other stages' folders.
func figuresStages(s *setup, p *plan) error {
	inputs := figureInputs{Kind: "figures", Name: s.definition.Name, Figures: s.definition.Figures, Stages: map[string]fingerprint.Sum{}}
	stage := &stages.Stage{Name: figuresStage, Demand: s.figuresDemand(),
		Run: func(ctx context.Context, _ *stages.Stage) (*stages.Result, error) { return s.drawFigures(ctx) }}
	if study := s.definition.Study; study != nil {
		inputs.Order = slices.Concat(study.Encoders, study.Baselines, study.Pools, study.Layers, study.Measures)
		for _, epoch := range study.Epochs {
			inputs.Order = append(inputs.Order, fmt.Sprint(epoch))
		}
	}
	for _, need := range p.stages {
		stage.Needs = append(stage.Needs, need)
		inputs.Stages[need.Name] = need.Fingerprint()
	}
	stage.Inputs = inputs
	return p.add(stage, rankFigures)
}

// Plot draws the figures of a finished run directory again, and makes the page
// that shows them. Of o, Dir, Device, Threads and Events count.
func Plot(ctx context.Context, definition *config.Definition, data *vision.Dataset, o Options) error {
	return machine.WithRemedy(newSetup(definition, data, o).plot(ctx), o.Dir)
}

func (s *setup) plot(ctx context.Context) error {
	all, err := s.unfold()
	if err != nil {
		return err
	}
	figures := all[len(all)-1]
	for _, need := range figures.Needs {
		if !s.dir.Done(need) {
			return fmt.Errorf("%s of %s is not finished, or was made from something else\n"+
				"aeprobe run on the same folder brings it up to date", need.Name, s.dir.Path)
		}
	}
	unlock, err := s.dir.Lock([]*stages.Stage{figures}, figures.Needs, true)
	if err != nil {
		return err
	}
	defer unlock()
	drop, err := s.loadImages()
	if err != nil {
		return err
	}
	defer drop()
	if err := onFreshThread(func() error {
		return s.dir.OnThread(func() error { return s.dir.Complete(ctx, figures) })
	}); err != nil {
		return err
	}
	return s.writeReport()
}

// onFreshThread runs f on a goroutine of its own.
func onFreshThread(f func() error) error {
	done := make(chan error)
	go func() { done <- f() }()
	return <-done
}

func (s *setup) drawFigures(ctx context.Context) (*stages.Result, error) {
	results, err := s.collect()
	if err != nil {
		return nil, err
	}
	d := &drawing{setup: s, results: results, files: map[string]string{}}
	for _, name := range s.definition.Figures {
		kind, err := lookUp(figureKinds(), "figure", name)
		if err != nil {
			return nil, err
		}
		if err := kind.draw(d, ctx); err != nil {
			return nil, fmt.Errorf("figure %s: %w", name, err)
		}
	}
	if err := d.imageSheet(); err != nil {
		return nil, err
	}
	return &stages.Result{Files: d.files}, nil
}

// save writes a figure of that name; trainings are those of the networks in it.
func (d *drawing) save(ctx context.Context, name string, figure *plots.Figure, trainings ...*metrics.Training) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name = strings.ReplaceAll(name, "_", "-")
	figure.Note = d.note(trainings)
	if number, has := publishedFigures[name]; has {
		name = fmt.Sprintf("fig%d-%s", number, name)
	}
	for _, extension := range plots.Extensions {
		d.files[name+extension] = ""
	}
	return figure.Save(filepath.Join(d.dir.Path, figuresStage, name))
}

// note is the line below a figure: the data, the definition, how long the
// networks were trained, and the seed.
func (d *drawing) note(trainings []*metrics.Training) string {
	parts := []string{d.results.Data.Title, "definition " + d.results.Definition}
	trained := trainings[:0:0]
	for _, t := range trainings {
		if t != nil {
			trained = append(trained, t)
		}
	}
	if len(trained) > 0 {
		parts = append(parts, report.EpochRange(trained))
	}
	how := cmp.Or(d.how, fmt.Sprintf("seed %d", d.results.Seed))
	return strings.Join(append(parts, how), " · ")
}
