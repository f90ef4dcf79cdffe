package experiments

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// Options says where and how a definition is run. It does not change what the
// results mean.
type Options struct {
	// Dir is the run directory; it is made if it is not there.
	Dir string
	// Only names a single stage to bring up to date, with what it needs, as
	// its folder in Dir is named. Empty means the whole report.
	Only string
	// Device to train on.
	Device torch.Device
	// Threads is how many processor cores may be used, 1 or more.
	Threads int
	// Events hears of the run's progress, from several goroutines but one
	// call at a time.
	Events func(Event)
}

// A run is a definition being worked on.
type run struct {
	definition *config.Definition
	dir        string
	device     torch.Device
	// slots is how many stages run side by side, each with stageThreads.
	slots, stageThreads int
	events              func(Event)
	// graphs tells that trainings can be recorded as CUDA graphs.
	graphs bool

	data                    *vision.Dataset
	trainImages, testImages *vision.Resident
}

// Run brings the run directory up to date with the definition: what is done
// already stays, what was interrupted goes on. When ctx ends, training stages
// keep a checkpoint and Run returns ctx's error. When a stage fails, those that
// do not need it still run.
func Run(ctx context.Context, definition *config.Definition, data *vision.Dataset, o Options) error {
	return withRemedy(newRun(definition, data, o).bringUpToDate(ctx, o.Only), o.Dir)
}

// bringUpToDate is Run of all stages, or of one and what it needs.
func (r *run) bringUpToDate(ctx context.Context, name string) error {
	stages, err := r.stages()
	if err != nil {
		return err
	}
	if stages, err = only(stages, name); err != nil {
		return err
	}
	unlock, err := lock(r.dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := atomicfile.RemoveTemporaries(r.dir); err != nil {
		return err
	}
	unfinished := slices.DeleteFunc(slices.Clone(stages), r.done)
	if err := r.accept(unfinished); err != nil {
		return err
	}
	if err := r.provide(unfinished, name == ""); err != nil {
		return err
	}
	text, err := r.definition.YAML()
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(filepath.Join(r.dir, definitionFile), text); err != nil {
		return err
	}
	if len(unfinished) > 0 {
		drop, err := r.loadImages()
		if err != nil {
			return err
		}
		defer drop()
	}
	if err := r.runStages(ctx, stages); err != nil || name != "" {
		return err
	}
	return r.writeReport()
}

// writeReport writes everything that is made from the stages' results: cheap,
// and so made again each time.
func (r *run) writeReport() error {
	results, err := r.collect()
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(r.dir, resultsFile), results); err != nil {
		return err
	}
	return r.eachPresentation(results, func(name string, text []byte) error {
		return atomicfile.WriteBytes(filepath.Join(r.dir, name), text)
	})
}

// eachPresentation calls f with every file that shows the results, and its
// content.
func (r *run) eachPresentation(results *Results, f func(name string, text []byte) error) error {
	page, err := r.page(results)
	if err != nil {
		return err
	}
	return errors.Join(f(csvFile, results.csv()), f(markdownFile, results.markdown()), f(reportFile, page))
}

// definitionFile is the definition as resolved, in the run directory.
const definitionFile = "definition.yaml"

func newRun(definition *config.Definition, data *vision.Dataset, o Options) *run {
	r := &run{definition: definition, dir: o.Dir, device: o.Device, events: serial(o.Events), data: data}
	// The threads of a stage depend on the definition and the machine alone,
	// not on what is left to do: a resumed stage must compute the same bits.
	trainings := len(definition.Autoencoders) + len(definition.Classifiers)
	if o.Device.IsCPU() {
		r.slots = max(1, min(o.Threads, trainings))
		r.stageThreads = max(1, o.Threads/r.slots)
	} else {
		r.slots, r.stageThreads = max(1, min(gpuSlots, trainings)), 1
	}
	return r
}

// stages unfolds the definition, in the order in which they should be begun:
// first what the table needs, and of that first what takes longest.
func (r *run) stages() ([]*stage, error) {
	autoencoders := map[string]*stage{}
	for name := range r.definition.Autoencoders {
		autoencoders[name] = r.autoencoderStage(name)
		if err := autoencoders[name].seal(); err != nil {
			return nil, err
		}
	}
	var all, rest []*stage
	for _, name := range sortedKeys(autoencoders) {
		if r.isPretraining(name) {
			all = append(all, autoencoders[name])
		} else {
			rest = append(rest, autoencoders[name])
		}
	}
	for _, name := range slices.Backward(classifierOrder(r.definition.Classifiers)) {
		s := r.classifierStage(name, autoencoders[r.definition.Classifiers[name].Encoder])
		if err := s.seal(); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	all = append(all, rest...)
	features := r.featuresStage(autoencoders)
	if err := features.seal(); err != nil {
		return nil, err
	}
	all = append(all, features)
	figures := r.figuresStage(slices.Clone(all))
	return append(all, figures), figures.seal()
}

// isPretraining reports whether a classifier's encoder starts from the
// auto-encoder of that name.
func (r *run) isPretraining(autoencoder string) bool {
	for _, c := range r.definition.Classifiers {
		if c.Encoder == autoencoder {
			return true
		}
	}
	return false
}

// only leaves of stages the one named and what it needs, in the same order.
func only(stages []*stage, name string) ([]*stage, error) {
	if name == "" {
		return stages, nil
	}
	i := slices.IndexFunc(stages, func(s *stage) bool { return s.name == name })
	if i < 0 {
		unknown := &UnknownStageError{Name: name}
		for _, s := range stages {
			unknown.Known = append(unknown.Known, s.name)
		}
		return nil, unknown
	}
	wanted := map[*stage]bool{}
	var want func(*stage)
	want = func(s *stage) {
		wanted[s] = true
		for _, n := range s.needs {
			want(n)
		}
	}
	want(stages[i])
	return slices.DeleteFunc(slices.Clone(stages), func(s *stage) bool { return !wanted[s] }), nil
}

// UnknownStageError says that a definition has no stage of the name in
// Options.Only.
type UnknownStageError struct {
	Name  string
	Known []string
}

func (e *UnknownStageError) Error() string {
	return fmt.Sprintf("no stage named %q\nthere are: %s", e.Name, strings.Join(e.Known, ", "))
}

// loadImages puts both splits on the device, where all stages share them.
func (r *run) loadImages() (drop func(), err error) {
	if !r.device.IsCPU() {
		r.prepareGPU()
	}
	if r.trainImages, err = vision.NewResident(r.data.Train, r.data.Shape, r.device); err != nil {
		return nil, explain(err)
	}
	if r.testImages, err = vision.NewResident(r.data.Test, r.data.Shape, r.device); err != nil {
		r.trainImages.Drop()
		return nil, explain(err)
	}
	return func() {
		r.trainImages.Drop()
		r.testImages.Drop()
	}, nil
}

// classifierOrder is the order of the table's rows: from the encoder that was
// told least to the one that was told most.
func classifierOrder(classifiers map[string]config.Classifier) []string {
	told := func(name string) int {
		switch c := classifiers[name]; {
		case !c.Freeze:
			return 2
		case c.Encoder != config.Random:
			return 1
		default:
			return 0
		}
	}
	names := sortedKeys(classifiers)
	slices.SortStableFunc(names, func(a, b string) int { return told(a) - told(b) })
	return names
}
