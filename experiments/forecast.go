package experiments

import (
	"os"
	"slices"
	"time"

	"aeprobe/internal/forecast"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
)

// This file says how long stages will take. The rule: first what like stages took
// on this machine; then what this very training's epochs took, wherever that was;
// then, for a training, its FLOPs at the rate of other trainings on this machine or
// at an assumed one. Nothing is said of other stages.

// forecastBasis is how the time of a stage is known.
type forecastBasis int

const (
	unknownTime forecastBasis = iota
	estimatedTime
	measuredTime
)

// Assumed rates of trainings in FLOP/s, until one was measured: by plan and by
// autograd on a core with AVX2, and on a GPU.
const (
	assumedPlanFLOPS     = 30e9
	assumedAutogradFLOPS = 5e9
	assumedGPUFLOPS      = 1e12
)

// speedMachine is what else than its inputs the time of a stage depends on.
type speedMachine struct {
	Host     string `yaml:"host"`
	Device   string `yaml:"device"`
	CPU      string `yaml:"cpu"`
	Libtorch string `yaml:"libtorch"`
	Threads  int    `yaml:"threads"`
	Slots    int    `yaml:"slots"`
	Plans    bool   `yaml:"plans"`
	Train    int    `yaml:"train"`
	Test     int    `yaml:"test"`
}

func (s *setup) speedMachine() speedMachine {
	host, _ := os.Hostname() // all hosts without a name are one
	made := s.dir.MadeWith
	return speedMachine{Host: host, Device: made.Device, CPU: made.CPU, Libtorch: made.Libtorch, Threads: made.Threads,
		Slots: s.dir.Slots, Plans: s.plans(), Train: s.data.Train.Len(), Test: s.data.Test.Len()}
}

// speedKey is the key of a stage's speed.
func (s *setup) speedKey(stage *stages.Stage) (string, error) {
	return forecast.Key(stage.CanonicalInputs(), s.speedMachine())
}

// rateKey is the key of the FLOP/s of trainings, whatever their images.
func (s *setup) rateKey() (string, error) {
	m := s.speedMachine()
	m.Train, m.Test = 0, 0
	return forecast.Key([]byte(`"rate"`), m)
}

// forecast is how long a run of the unfinished stages will take.
func (s *setup) forecast(unfinished []*stages.Stage) (*machine.Time, error) {
	t := new(machine.Time)
	seconds := map[*stages.Stage]float64{}
	for _, stage := range unfinished {
		takes, basis, err := s.stageSeconds(stage)
		if err != nil {
			return nil, err
		}
		seconds[stage] = takes
		switch basis {
		case measuredTime:
			t.Measured++
		case estimatedTime:
			t.Estimated++
		default:
			t.Unknown++
		}
	}
	var done []*stages.Stage // which take no time
	for _, stage := range unfinished {
		for _, need := range stage.Needs {
			if !slices.Contains(unfinished, need) && !slices.Contains(done, need) {
				done = append(done, need)
			}
		}
	}
	t.Seconds = stages.Makespan(append(done, unfinished...), s.dir.Slots, func(stage *stages.Stage) float64 { return seconds[stage] })
	return t, nil
}

// stageSeconds is how long an unfinished stage will take.
func (s *setup) stageSeconds(stage *stages.Stage) (float64, forecastBasis, error) {
	epochs := 1.0 // the whole stage
	folder := s.dir.Folder(stage)
	if stage.Epochs > 0 {
		epoch, step := train.Reached(folder)
		epochs = max(0, float64(stage.Epochs-epoch))
		if step > 0 {
			epochs -= 0.5 // somewhere in that epoch
		}
	}
	key, err := s.speedKey(stage)
	if err != nil {
		return 0, unknownTime, err
	}
	if speed, has := s.speeds.Speed(key); has {
		return epochs * speed.Seconds, measuredTime, nil
	}
	if stage.Epochs == 0 {
		return 0, unknownTime, nil
	}
	if done, err := metrics.Read(folder); err == nil && len(done) > 0 {
		if last := done[len(done)-1]; last.Seconds > 0 && last.Epoch > 0 {
			return epochs * last.Seconds / float64(last.Epoch), measuredTime, nil
		}
	}
	if stage.Demand.FLOPs == 0 {
		return 0, unknownTime, nil
	}
	rate, err := s.rateKey()
	if err != nil {
		return 0, unknownTime, err
	}
	return epochs * stage.Demand.FLOPs / s.trainingRate(rate), estimatedTime, nil
}

// trainingRate is in FLOP/s of one training.
func (s *setup) trainingRate(key string) float64 {
	if speed, has := s.speeds.Speed(key); has && speed.FLOPS > 0 {
		return speed.FLOPS
	}
	switch {
	case !s.device.IsCPU():
		return assumedGPUFLOPS
	case s.plans():
		return assumedPlanFLOPS * float64(s.threads)
	default:
		return assumedAutogradFLOPS * float64(s.threads)
	}
}

// A stopwatch notes how long stages take, by their events. What cannot be noted is
// only unknown the next time.
type stopwatch struct {
	*setup
	byName map[string]*stages.Stage
	begun  map[string]lap
	now    func() time.Time
}

func byName(all []*stages.Stage) map[string]*stages.Stage {
	named := map[string]*stages.Stage{}
	for _, stage := range all {
		named[stage.Name] = stage
	}
	return named
}

// lap is from where a stage's time is counted.
type lap struct {
	at    time.Time
	epoch int
	// helped tells that a training had threads of stages that ended: side by side
	// with others it takes longer.
	helped bool
}

// timed lets a stopwatch hear the run's events.
func (s *setup) timed(wanted []*stages.Stage) {
	if s.speeds == nil {
		return
	}
	w := &stopwatch{setup: s, byName: byName(wanted), begun: map[string]lap{}, now: time.Now}
	hear := s.dir.Events
	s.dir.Events = stages.Serial(func(e metrics.Event) {
		w.hear(e)
		hear(e)
	})
}

func (w *stopwatch) hear(e metrics.Event) {
	begun, running := w.begun[e.Stage]
	if running && w.evaluates() && w.allotment() > w.threads {
		begun.helped = true
		w.begun[e.Stage] = begun
	}
	switch e.Kind {
	case metrics.StageStarted:
		w.begun[e.Stage] = lap{at: w.now()}
	case metrics.StageResumed:
		w.begun[e.Stage] = lap{at: w.now(), epoch: e.Epoch}
	case metrics.Note: // it waits for another run's result, or took it: no speed of this machine
		delete(w.begun, e.Stage)
	case metrics.EpochEnded:
		if running && e.Epoch == begun.epoch+1 { // in case it is stopped before its end
			w.note(e.Stage, begun, 1)
		}
	case metrics.StageFinished:
		stage := w.byName[e.Stage]
		if !running || stage == nil {
			return
		}
		epochs := 1
		if stage.Epochs > 0 {
			epochs = stage.Epochs - begun.epoch
		}
		if epochs > 0 {
			w.note(e.Stage, begun, epochs)
		}
		delete(w.begun, e.Stage)
	}
}

// note keeps what so many epochs of a stage took, or a stage without any. A training
// that was helped is noted only where nothing else is known.
func (w *stopwatch) note(name string, begun lap, epochs int) {
	stage := w.byName[name]
	if stage == nil {
		return
	}
	key, err := w.speedKey(stage)
	if err != nil {
		return
	}
	if _, known := w.speeds.Speed(key); known && begun.helped && stage.Epochs > 0 {
		return
	}
	speed := forecast.Speed{Seconds: w.now().Sub(begun.at).Seconds() / float64(epochs), At: w.now()}
	all := map[string]forecast.Speed{key: speed}
	// Small steps take their time whatever they compute.
	if flops := stage.Demand.FLOPs / max(speed.Seconds, 1e-9); stage.Epochs > 0 && stage.Demand.FLOPs > 1e9 {
		if rate, err := w.rateKey(); err == nil {
			all[rate] = forecast.Speed{Seconds: speed.Seconds, FLOPS: flops, At: speed.At}
		}
	}
	_ = w.speeds.Note(all)
}
