package experiments

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"aeprobe/config"
	"aeprobe/internal/forecast"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// A setup is what every kind of stage may use.
type setup struct {
	definition *config.Definition
	// seed of the stages' generators.
	seed uint64
	dir  *stages.Dir

	device torch.Device
	// threads of each stage, and of all together.
	threads, allThreads int
	// testEvery is the number of epochs between tests of a training.
	testEvery int
	// sharesCores tells that stages keep all cores busy between them.
	sharesCores bool
	// allowMixed accepts checkpoints that were computed on other machinery.
	allowMixed bool
	// autograd keeps to libtorch, without plans.
	autograd bool
	// noGraphs leaves record nil.
	noGraphs bool
	// resultsOnly leaves out what illustrates.
	resultsOnly bool
	// bf16OnCPU is for tests of mixed precision.
	bf16OnCPU bool
	atOnce    int
	allotted  func() int
	// speeds keep how long stages took on this machine, or are nil.
	speeds *forecast.Book

	data *vision.Dataset
	*shared
}

// shared is what all copies of a setup have together, once it is loaded.
type shared struct {
	// working is how many stages are being made.
	working                 atomic.Int32
	trainImages, testImages *vision.Resident
	// record makes steps on a GPU replay, or is nil.
	record train.Recorder
	// files are the SHA-256 sums of weights files, as checkFiles read them.
	files map[string]string
	// What measures of a study share.
	cache      recent[splits]
	kinds      recent[imageKinds]
	properties recent[properties]
	fits       recent[logisticFit]
}

// gpuSlots is how many stages share a GPU at most, however few processor cores
// there are: a step of one keeps little of the GPU busy, and the core that
// starts it only for a moment.
const gpuSlots = 8

func newSetup(definition *config.Definition, data *vision.Dataset, o Options) *setup {
	// The threads of a stage depend on the definition and the machine alone,
	// not on what is left to do: a resumed stage must compute the same bits.
	trainings := len(seedsOf(definition)) * (len(definition.Autoencoders) + len(definition.Aggregations) + len(definition.Classifiers))
	slots, threads := max(1, min(gpuSlots, trainings)), 1
	if o.Device.IsCPU() {
		slots = max(1, min(o.Threads, trainings))
		threads = max(1, o.Threads/slots)
	}
	s := &setup{definition: definition, seed: definition.Seed, testEvery: definition.Evaluate.Every, device: o.Device, threads: threads, data: data, shared: new(shared),
		allThreads:  o.Threads,
		allowMixed:  o.AllowMixed,
		autograd:    o.Autograd,
		noGraphs:    o.NoGraphs,
		resultsOnly: o.ResultsOnly,
		atOnce:      o.atOnce,
		allotted:    o.allotted,
		speeds:      o.Speeds,
		sharesCores: o.Device.IsCPU() && slots > 1 && slots*threads >= runtime.GOMAXPROCS(0)}
	s.dir = &stages.Dir{Path: o.Dir, Slots: slots, MadeWith: s.madeWith(), Data: s.dataUsed(), BaseMemory: s.baseMemory(),
		OnThread: s.onThread, Forecast: s.forecast, Events: stages.Serial(o.Events)}
	s.dir.Shared = s.sharedFolder(o.Shared)
	return s
}

// allotment is how many threads a stage may use now, if its bits do not depend on
// them: with its own, those that other stages left.
func (s *setup) allotment() int {
	if s.allotted != nil {
		return s.allotted()
	}
	all := min(s.allThreads, runtime.GOMAXPROCS(0))
	return max(s.threads, all/max(1, int(s.working.Load())))
}

// onThread runs f on its own operating-system thread, which ends with the
// calling goroutine, and on its own stream of a GPU.
func (s *setup) onThread(f func() error) error {
	// Without unpin the thread ends with the goroutine.
	if _, err := torch.Pin(); err != nil {
		return err
	}
	defer torch.GiveMemoryBack()
	s.working.Add(1)
	defer s.working.Add(-1)
	return torch.OnOwnStream(s.device, f)
}

func (s *setup) madeWith() stages.MadeWith {
	m := stages.MadeWith{Libtorch: torch.Version(), Device: s.device.String(), CPU: torch.CPUCapability(),
		Threads: s.threads, TF32: s.tf32(), BF16: s.bf16(), PlanRevision: steps.Revision}
	m.SetVersions()
	return m
}

func (s *setup) dataUsed() stages.DataUsed {
	return stages.DataUsed{Title: s.data.Title(), Fingerprint: s.data.Fingerprint,
		Train: s.data.Train.Len(), Test: s.data.Test.Len()}
}

// precision is the definition's, as an input of the stages; nil where it changes
// nothing: on the CPU, and at the value that everything was computed with
// before the definition had it.
func (s *setup) precision() *config.Precision {
	if s.device.IsCPU() || s.definition.Precision == (config.Precision{TF32: true}) {
		return nil
	}
	return &s.definition.Precision
}

// tf32 tells that the device may round to TF32.
func (s *setup) tf32() bool { return !s.device.IsCPU() && s.definition.Precision.TF32 }

// bf16 tells that steps compute in mixed precision.
func (s *setup) bf16() bool { return s.definition.Precision.BF16 && (!s.device.IsCPU() || s.bf16OnCPU) }

// loadImages puts both splits on the device, where all stages share them. The
// returned function frees them.
func (s *setup) loadImages() (drop func(), err error) {
	if !s.device.IsCPU() {
		s.prepareGPU()
	}
	if s.trainImages, err = vision.NewResident(s.data.Train, s.data.Shape, s.device); err != nil {
		return nil, machine.Explain(err)
	}
	if s.testImages, err = vision.NewResident(s.data.Test, s.data.Shape, s.device); err != nil {
		s.trainImages.Drop()
		return nil, machine.Explain(err)
	}
	return func() {
		s.trainImages.Drop()
		s.testImages.Drop()
	}, nil
}

// prepareGPU sets the precision and loads CUDA graphs, which training can do
// without, but not as fast.
func (s *setup) prepareGPU() {
	torch.SetTF32(s.definition.Precision.TF32)
	if err := torch.LoadGraphs(); err != nil {
		s.dir.Events(metrics.Event{Kind: metrics.Warning, Message: fmt.Sprintf("no CUDA graphs, so training is slow: %v", err)})
		return
	}
	if !s.noGraphs {
		s.record = train.RecordGraph
	}
}

// inputs are what decides the result of every stage with a network. Kinds embed
// them in their own inputs.
type inputs struct {
	Kind      string            `yaml:"kind"`
	Seed      uint64            `yaml:"seed"`
	Data      string            `yaml:"data"`
	Encoder   []config.Layer    `yaml:"encoder"`
	Decoder   []config.Layer    `yaml:"decoder"`
	Precision *config.Precision `yaml:"precision,omitempty"`
	// Numerics are set where images are reconstructed in training or tests.
	Numerics config.Numerics `yaml:"numerics,omitempty"`
}

func (s *setup) inputs(kind string) inputs {
	return inputs{Kind: kind, Seed: s.seed, Data: s.data.Fingerprint, Encoder: s.definition.Model.Encoder,
		Decoder: s.definition.Model.Decoder, Precision: s.precision()}
}

// trainStage trains t to the end in a stage's folder.
func (s *setup) trainStage(ctx context.Context, stage *stages.Stage, t *train.Task) (*stages.Result, error) {
	return s.trainBy(ctx, t, s.trainOptions(stage))
}

// trainBy trains t to the end.
func (s *setup) trainBy(ctx context.Context, t *train.Task, o train.Options) (*stages.Result, error) {
	summary, mixed, err := train.Run(ctx, t, o)
	if err != nil {
		return nil, err
	}
	if t.Examples != s.trainImages.Len() {
		summary.Examples = t.Examples
	}
	return &stages.Result{Training: summary, MadeWith: stages.MadeWith{Mixed: mixed}}, nil
}

// asBegun is s for a training stage: without plans where the stage began so.
func (s *setup) asBegun(stage *stages.Stage) *setup {
	if s.autograd || !train.BeganByAutograd(s.dir.Folder(stage)) {
		return s
	}
	return s.byLibtorch()
}

// byLibtorch is s without plans. A training whose steps no plan takes is tested
// without one, too: it must not matter whether it was resumed.
func (s *setup) byLibtorch() *setup {
	same := *s
	same.autograd = true
	return &same
}

func (s *setup) trainOptions(stage *stages.Stage) train.Options {
	return train.Options{Stage: stage.Name, Dir: s.dir.Folder(stage), Inputs: stage.CanonicalInputs(),
		TestEvery: s.testEvery, CheckpointSteps: s.definition.Checkpoint.Steps,
		Device: s.device, TF32: s.tf32(), Threads: s.threads, Allotted: s.allotment, Record: s.record,
		SharesCores: s.sharesCores, AllowMixed: s.allowMixed, Autograd: s.autograd, AtOnce: s.atOnce, Events: s.dir.Events}
}

// resumable is a training stage's Accept.
func (s *setup) resumable(stage *stages.Stage) error {
	return train.Accept(s.trainOptions(stage), stage.Epochs)
}

// lookUp finds name in a table. The definition's check knows the same names.
func lookUp[T any](table map[string]T, what, name string) (T, error) {
	entry, known := table[name]
	if !known {
		return entry, fmt.Errorf("no %s named %q", what, name)
	}
	return entry, nil
}
