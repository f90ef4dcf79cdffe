package experiments

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// An Estimate is what a whole run will take.
type Estimate struct {
	// Disk and Memory are in bytes; Memory is 0 where nothing is known, on a GPU.
	Disk, Memory float64
	// Files counts what stays in the run directory.
	Files int
	// FLOPs are those of its trainings' steps.
	FLOPs float64
}

// perRun are files that every run has: the definition, results.json, two tables,
// the report's lock, and perStage those of a stage: its result and lock.
const perRun, perStage = 5, 2

// EstimateRun estimates a run in a new directory. Of o, Device, Threads,
// Autograd and ResultsOnly count.
func EstimateRun(definition *config.Definition, data *vision.Dataset, o Options) (Estimate, error) {
	s := newSetup(definition, data, o)
	all, err := s.kept()
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Files: perRun}
	var memory []float64
	for _, st := range all {
		demand := st.Demand
		if s.resultsOnly {
			demand.Files = maps.Clone(demand.Files)
			for _, checkpoint := range []string{train.StateFile, train.PreviousStateFile} {
				delete(demand.Files, checkpoint)
			}
		}
		_, disk := demand.ToWrite("", true)
		e.Disk += disk
		e.Files += perStage + len(demand.Files)
		if st.Epochs > 0 || demand.Rest > 0 {
			e.Files++ // metrics, or what a measure predicts
		}
		e.FLOPs += demand.FLOPs * float64(st.Epochs)
		memory = append(memory, demand.Memory)
	}
	if !s.resultsOnly {
		e.Files += 4 * len(definition.Figures) // a network's each, as SVG and PNG, and the page
	}
	if s.dir.BaseMemory > 0 {
		e.Memory = s.dir.PeakMemory(memory)
	}
	return e, nil
}

// rateImages is how many images MeasureRate trains on.
const rateImages = 256

// MeasureRate trains one of the definition's networks on a few images and returns
// how many FLOPs a second that was, with one thread, by autograd if asked to.
func MeasureRate(ctx context.Context, definition *config.Definition, data *vision.Dataset, device torch.Device, autograd bool) (float64, error) {
	dir, err := os.MkdirTemp("", "aeprobe-rate-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	d, few := *definition, *data
	few.Train, few.Test = few.Train.First(rateImages), few.Test.First(1)
	d.Study, d.Seeds, d.Figures = nil, nil, nil
	encoder, decoder, err := d.Model.TrainingFLOPs(data.Shape)
	if err != nil {
		return 0, err
	}
	names := slices.Sorted(maps.Keys(definition.Autoencoders))
	if len(names) == 0 {
		return 0, fmt.Errorf("no auto-encoder to measure the speed of")
	}
	spec := definition.Autoencoders[names[0]]
	spec.Epochs, spec.Without, spec.Schedule = 1, nil, nil
	d.Autoencoders = map[string]config.Autoencoder{names[0]: spec}
	d.Classifiers, d.Aggregations = nil, nil
	d.Features.Images = min(d.Features.Images, few.Train.Len())
	stage := "autoencoders/" + names[0]
	if err := Run(ctx, &d, &few, Options{Dir: dir, Only: stage, Device: device, Threads: 1, Autograd: autograd}); err != nil {
		return 0, err
	}
	result, err := stages.ReadResult((&stages.Dir{Path: dir}).Join(stage))
	if err != nil {
		return 0, err
	}
	return result.Training.ImagesPerSecond * (encoder + decoder), nil
}
