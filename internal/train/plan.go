package train

import (
	"errors"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/plan"
	"aeprobe/internal/torch"
	"aeprobe/internal/torch/memory"
	"aeprobe/models"
)

// This file trains by plan, which is several times as fast as autograd. The rule:
// a training that began by plan goes on by plan, and one that began by autograd
// by autograd, since they round differently. A plan's bits do not depend on its
// threads, so it may take more of them whenever they are free.

const (
	// leastWork is how many floating-point operations of a step make a thread of
	// a plan worthwhile: threads meet some 20 times a step.
	leastWork = 10e6
	// atOnce is how many floating-point operations a plan does before the
	// trainer looks around, which takes a microsecond: about a millisecond's
	// worth.
	atOnce = 5e7
)

// planned takes a trainer's steps by plan.
type planned struct {
	network  *plan.Network
	training plan.Training
	losses   []float32
	steps    int // at once
	most     int // threads that are worthwhile
	allotted func() int
	crew     *crew
}

// A crew is a plan and the threads that it is for.
type crew struct {
	threads int
	plan    *plan.Plan
	team    *torch.Team // nil for one thread
}

// usePlan makes t train by plan, if its task has one and nothing hinders.
func (t *Trainer) usePlan() error {
	moments, isAdam := t.optimizer.(*adam)
	if t.Autograd || t.Network == nil || !TakenByPlan(t.Settings) || !isAdam || !moments.plain || t.Whole || t.AfterStep != nil || !t.Device.IsCPU() || !Plannable() {
		return nil
	}
	p, err := t.newPlanned(moments)
	if unsupported := new(plan.Unsupported); errors.As(err, &unsupported) {
		return nil
	}
	t.planned = p
	return err
}

// TakenByPlan reports whether plans know these settings: Adam without weight decay,
// on the images as they are.
func TakenByPlan(s config.Train) bool {
	o := s.OptimizerSettings()
	return o.Name == config.Adam && o.WeightDecay == 0 && s.Augment == nil
}

// Plannable reports whether the instructions in force, which ATEN_CPU_CAPABILITY
// chooses, are enough for plans.
func Plannable() bool { return plan.Supported() && torch.CPUCapability() != "DEFAULT" }

// NarrowPlans reports whether those instructions keep plans from AVX-512.
func NarrowPlans() bool { return torch.CPUCapability() != "AVX512" }

func (t *Trainer) newPlanned(moments *adam) (*planned, error) {
	network, err := t.Network()
	if err != nil {
		return nil, err
	}
	step, err := moments.plan(network)
	if err != nil {
		return nil, err
	}
	work := max(t.FLOPs, float64(network.FLOPs())) * float64(t.Settings.Batch)
	p := &planned{network: network, steps: max(1, int(atOnce/work)), most: max(1, int(work/leastWork)), allotted: t.Allotted}
	if t.AtOnce > 0 {
		p.steps = t.AtOnce
	}
	if p.allotted == nil {
		p.allotted = func() int { return t.Threads }
	}
	p.training = plan.Training{Batch: t.Settings.Batch, LearningRate: t.Settings.LearningRate, Step: step, Narrow: NarrowPlans()}
	if p.losses, _, err = memory.Of[float32](t.losses); err != nil {
		return nil, err
	}
	if p.crew, err = p.newCrew(p.threads()); err != nil {
		return nil, err
	}
	return p, nil
}

// threads is how many there are to use now.
func (p *planned) threads() int { return max(1, min(p.allotted(), p.most)) }

func (p *planned) newCrew(threads int) (*crew, error) {
	training := p.training
	training.Threads = threads
	made, err := plan.New(*p.network, training)
	if err != nil {
		return nil, err
	}
	c := &crew{threads: threads, plan: made}
	if threads > 1 {
		if c.team, err = torch.NewTeam(threads); err != nil {
			made.Close()
			return nil, err
		}
	}
	return c, nil
}

// resize changes the crew where there are more threads or fewer than before. What
// cannot be had, for lack of memory, is not tried again.
func (p *planned) resize() {
	threads := p.threads()
	if threads == p.crew.threads {
		return
	}
	c, err := p.newCrew(threads)
	if err != nil {
		p.most = p.crew.threads
		return
	}
	p.crew.close()
	p.crew = c
}

func (p *planned) setLearningRate(rate float64) {
	p.training.LearningRate = rate
	p.crew.plan.SetLearningRate(rate)
}

// plan gives the network the moments of what it trains, and returns the memory of
// the number of steps.
func (a *adam) plan(network *plan.Network) (step []float32, err error) {
	var s torch.Scope
	defer s.Drop() // their memory is the optimizer's
	var weights, averages, squares []*ts.Tensor
	for i, p := range a.trained {
		average, square, err := a.Moments(i)
		if err != nil {
			return nil, err
		}
		s.Do(func() (*ts.Tensor, error) { return average, nil })
		s.Do(func() (*ts.Tensor, error) { return square, nil })
		weights, averages, squares = append(weights, p.Tensor), append(averages, average), append(squares, square)
	}
	if err := models.PlanMoments(network, weights, averages, squares); err != nil {
		return nil, err
	}
	count, err := a.Step()
	if err != nil {
		return nil, err
	}
	defer torch.Drop(count)
	step, _, err = memory.Of[float32](count)
	return step, err
}

// run takes the steps from first to before end on order's batches.
func (p *planned) run(order *ts.Tensor, first, end int) error {
	indices, _, err := memory.Of[int64](order)
	if err != nil {
		return err
	}
	p.resize()
	c := p.crew
	if err := c.plan.Begin(indices, p.losses, first, end); err != nil {
		return err
	}
	if c.team == nil {
		c.plan.Work(0)
		return nil
	}
	return c.team.Do(c.team.Size(), func(part int) error {
		c.plan.Work(part)
		return nil
	})
}

func (c *crew) close() {
	if c.team != nil {
		c.team.Close()
	}
	c.plan.Close()
}
