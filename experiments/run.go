package experiments

import (
	"context"
	"os"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/forecast"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// Options say where and how a definition is run. They do not change what the
// results mean.
type Options struct {
	// Dir is the run directory; it is made if it does not exist.
	Dir string
	// Only names a single stage to bring up to date, with what it needs, by its
	// folder in Dir. Empty means the whole run.
	Only string
	// Device to train on.
	Device torch.Device
	// Threads is how many processor cores to use, 1 or more.
	Threads int
	// AllowMixed resumes trainings that were computed on other machinery; their
	// results are marked as mixed.
	AllowMixed bool
	// Autograd trains and tests by libtorch alone, not by plan, which rounds
	// differently. A training that began one way goes on that way.
	Autograd bool
	// NoGraphs launches the kernels of a GPU's step one by one instead of replaying
	// them as a CUDA graph: slower, with the same bits.
	NoGraphs bool
	// ResultsOnly leaves out what only illustrates, the stored features, the figures
	// and the page, and removes the checkpoints of finished trainings. A run of the
	// same directory without it adds them, except the checkpoints.
	ResultsOnly bool
	// Shared is a folder to take finished stages from and to leave them in, for
	// runs with the same Device and Threads on the same kind of processor; empty
	// for none.
	Shared string
	// Speeds keep how long stages took on this machine; nil for no such record.
	Speeds *forecast.Book
	// atOnce is train.Options.AtOnce: tests count steps.
	atOnce int
	// allotted replaces a setup's in tests.
	allotted func() int
	// Events receives the run's progress, from several goroutines but one call
	// at a time.
	Events func(metrics.Event)
}

// Run brings the run directory up to date with the definition: finished stages
// stay, interrupted ones resume. When ctx ends, trainings save a checkpoint and
// Run returns ctx's error. When a stage fails, those that do not need it still
// run.
func Run(ctx context.Context, definition *config.Definition, data *vision.Dataset, o Options) error {
	return machine.WithRemedy(newSetup(definition, data, o).bringUpToDate(ctx, o.Only), o.Dir)
}

// bringUpToDate is Run of all stages, or of the one called only and what it
// needs.
func (s *setup) bringUpToDate(ctx context.Context, only string) error {
	wanted, err := s.wanted(only)
	if err != nil {
		return err
	}
	s.timed(wanted)
	text, err := s.definition.YAML()
	if err != nil {
		return err
	}
	unfinished := slices.DeleteFunc(slices.Clone(wanted), s.dir.Done)
	finished := slices.DeleteFunc(slices.Clone(wanted), func(st *stages.Stage) bool { return slices.Contains(unfinished, st) })
	definitionChanges := s.definitionChanges(text)
	unlock, err := s.dir.Lock(unfinished, finished, only == "" || definitionChanges)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.dir.Preflight(unfinished); err != nil {
		return err
	}
	if definitionChanges {
		if err := atomicfile.RemoveTemporaries(s.dir.Path); err != nil {
			return err
		}
		if err := atomicfile.WriteBytes(s.dir.Join(DefinitionFile), text); err != nil {
			return err
		}
	}
	if len(unfinished) > 0 {
		drop, err := s.loadImages()
		if err != nil {
			return err
		}
		defer drop()
	}
	if err := s.dir.Run(ctx, wanted); err != nil || only != "" {
		return err
	}
	if err := s.writeReport(); err != nil || !s.resultsOnly {
		return err
	}
	return removeCheckpoints(s.dir, wanted)
}

// wanted are all stages, or the one called only and what it needs, of a run
// directory that may be worked on.
func (s *setup) wanted(only string) ([]*stages.Stage, error) {
	if err := stages.CheckOwnership(s.dir.Path); err != nil {
		return nil, err
	}
	wanted, err := s.kept()
	if err != nil || only == "" {
		return wanted, err
	}
	return stages.Closure(wanted, only)
}

// definitionChanges tells that the run directory does not hold the definition
// as it is now.
func (s *setup) definitionChanges(text []byte) bool {
	kept, err := os.ReadFile(s.dir.Join(DefinitionFile))
	return err != nil || string(kept) != string(text)
}

// writeReport writes everything that is made from the stages' results: cheap,
// and so made again each time.
func (s *setup) writeReport() error {
	if err := atomicfile.RemoveTemporaries(s.dir.Path); err != nil {
		return err
	}
	results, err := s.collect()
	if err != nil {
		return err
	}
	if err := stages.WriteJSON(s.dir.Join(report.ResultsFile), results); err != nil {
		return err
	}
	return s.eachPresentation(results, func(name string, text []byte) error {
		return atomicfile.WriteBytes(s.dir.Join(name), text)
	})
}

// eachPresentation calls f with every file that shows the results, and its
// content.
func (s *setup) eachPresentation(results *report.Results, f func(name string, text []byte) error) error {
	return results.EachPresentation(s.definition, s.dir.Path, func(name string, text []byte) error {
		if name == report.PageFile && s.resultsOnly {
			return nil
		}
		return f(name, text)
	})
}
