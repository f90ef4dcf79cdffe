package experiments

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/torch"
	"aeprobe/plots"
	"aeprobe/vision"
)

// figuresStageName is also the folder of the figures.
const figuresStageName = "figures"

// figureKinds is the table of figures that a definition can name. Each draws
// one figure or one per network.
var figureKinds = map[string]func(*drawing, context.Context) error{
	"architecture":       (*drawing).architecture,
	"reconstructions":    (*drawing).reconstructions,
	"pca":                (*drawing).pca,
	"loss-curves":        (*drawing).lossCurves,
	"decoded":            (*drawing).decoded,
	"autoencoder-losses": (*drawing).autoencoderLosses,
	"confusion":          (*drawing).confusion,
}

// publishedFigures are the numbers of those figures that the report has too.
var publishedFigures = map[string]int{
	"architecture": 1, "reconstructions": 2, "pca": 3,
	"loss-random": 5, "loss-pretrained": 6, "loss-end-to-end": 7,
	"decoded-random": 8, "decoded-end-to-end": 9,
}

// A drawing is the figures of one run being drawn.
type drawing struct {
	*run
	results *Results
}

// figureInputs are what decides the figures.
type figureInputs struct {
	Kind    string                 `yaml:"kind"`
	Name    string                 `yaml:"name"`
	Figures []string               `yaml:"figures"`
	Stages  map[string]Fingerprint `yaml:"stages"`
}

// figuresStage draws the definition's figures from the other stages' folders.
func (r *run) figuresStage(stages []*stage) *stage {
	inputs := figureInputs{Kind: "figures", Name: r.definition.Name, Figures: r.definition.Figures, Stages: map[string]Fingerprint{}}
	for _, s := range stages {
		inputs.Stages[s.name] = s.fingerprint
	}
	return &stage{name: figuresStageName, needs: stages, inputs: inputs, takes: r.figuresDemand(),
		run: func(ctx context.Context, s *stage) (*Result, error) {
			return &Result{}, r.drawFigures(ctx)
		}}
}

// Plot draws the figures of a finished run directory, o.Dir, again.
func Plot(ctx context.Context, definition *config.Definition, data *vision.Dataset, o Options) error {
	return withRemedy(newRun(definition, data, o).plot(ctx), o.Dir)
}

func (r *run) plot(ctx context.Context) error {
	unlock, err := lock(r.dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := atomicfile.RemoveTemporaries(r.dir); err != nil {
		return err
	}
	stages, err := r.stages()
	if err != nil {
		return err
	}
	figures := stages[len(stages)-1]
	for _, s := range figures.needs {
		if !r.done(s) {
			return fmt.Errorf("%s of %s is not done, or was made from something else\n"+
				"aeprobe run on the same folder brings it up to date", s.name, r.dir)
		}
	}
	unpin, err := torch.Pin()
	if err != nil {
		return err
	}
	defer unpin()
	drop, err := r.loadImages()
	if err != nil {
		return err
	}
	defer drop()
	if err := r.complete(ctx, figures); err != nil {
		return err
	}
	return r.writeReport()
}

// drawFigures makes the folder of figures anew.
func (r *run) drawFigures(ctx context.Context) error {
	results, err := r.collect()
	if err != nil {
		return err
	}
	dir := filepath.Join(r.dir, figuresStageName)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	d := &drawing{run: r, results: results}
	for _, kind := range r.definition.Figures {
		draw, err := lookUp(figureKinds, "figure", kind)
		if err != nil {
			return err
		}
		if err := draw(d, ctx); err != nil {
			return fmt.Errorf("figure %s: %w", kind, err)
		}
	}
	return nil
}

// save writes a figure of the given name, with the report's number where it
// has one, and in small print what was trained for how long on what; not
// once ctx has ended.
func (d *drawing) save(ctx context.Context, name string, figure *plots.Figure, trainings ...TrainingResult) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name = strings.ReplaceAll(name, "_", "-")
	figure.Note = d.note(trainings)
	if number, has := publishedFigures[name]; has {
		name = fmt.Sprintf("fig%d-%s", number, name)
	}
	return figure.Save(filepath.Join(d.dir, figuresStageName, name))
}

func (d *drawing) note(trainings []TrainingResult) string {
	parts := []string{d.results.Data.Title, "definition " + d.results.Definition}
	if len(trainings) > 0 {
		parts = append(parts, epochRange(trainings))
	}
	return strings.Join(append(parts, fmt.Sprintf("seed %d", d.results.Seed)), " · ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
