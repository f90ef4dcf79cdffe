package train

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/plan"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// A Task is a network to train and how to test it.
type Task struct {
	Settings config.Train
	// Generator shuffles the examples; the weights were drawn from it before.
	Generator *torch.Generator
	// Examples is how many there are to train on.
	Examples int
	// FLOPs is roughly how many floating-point operations an example takes,
	// forward and backward.
	FLOPs float64

	// Trained are the parameters that the optimizer changes. Weights are those
	// of the whole network, trained or not, running statistics included: what
	// the final checkpoint holds. State is what else the next step depends on,
	// such as a memory bank; only a resume reads it.
	Trained, Weights, State []models.Parameter

	// Loss is the mean loss, a scalar, of the examples at index, int64 [B].
	// Unless the task is Whole it may run on several threads at once, each
	// with a part of the batch.
	Loss func(index *ts.Tensor) (*ts.Tensor, error)
	// Network, if not nil, is the network that Loss trains, for a plan, without
	// moments. It fails with a *plan.Unsupported where no plan trains it. What
	// it refers to must stay until the training ends.
	Network func() (*plan.Network, error)
	// Whole tells that the loss needs its batch in one piece, as batch norm
	// does in training mode.
	Whole bool
	// Varies tells that steps differ in more than their examples, so that none is
	// recorded and replayed.
	Varies bool
	// EnterEpoch, if not nil, runs before the first step that a session takes of an
	// epoch, which counts from 1, begun or resumed. It reports whether steps compute
	// something else from there on, so that a recorded one is recorded anew.
	EnterEpoch func(epoch int) (changed bool, err error)
	// StartEpoch, if not nil, runs before the first batch of an epoch, which
	// counts from 1: once per epoch, however often the training is resumed.
	StartEpoch func(ctx context.Context, epoch int) error
	// AfterStep, if not nil, runs after the optimizer's step on the examples at
	// index. It works on the device alone, since a GPU records it.
	AfterStep func(index *ts.Tensor) error
	// Test measures the network on the test images.
	Test func(context.Context) (metrics.Scores, error)
	// NewOptimizer makes the optimizer of Trained for losses in parts; nil
	// means the one that Settings name.
	NewOptimizer func(trained []models.Parameter, s config.Train, parts int) (Optimizer, error)
	// Drop frees the network.
	Drop func()
}

// kept are the parameters that a checkpoint holds.
func (t *Task) kept() []models.Parameter { return slices.Concat(t.Weights, t.State) }

// Options say where and how a task is trained. They do not change what the
// result means.
type Options struct {
	// Stage is the training's name in events.
	Stage string
	// Dir is the folder of its checkpoints and metrics; it must exist.
	Dir string
	// Inputs, canonical JSON, are all that decides the result. A checkpoint of
	// other inputs is refused, except for the number of epochs where the learning
	// rates do not depend on it.
	Inputs json.RawMessage
	// Keep are the epochs after which the weights are kept, in EpochFile.
	Keep []int
	// TestEvery is the number of epochs between tests; the last epoch is always
	// tested.
	TestEvery int
	// CheckpointSteps is the number of steps between checkpoints within an
	// epoch, 0 for none.
	CheckpointSteps int
	Device          torch.Device
	// TF32 tells that the device may round to it.
	TF32 bool
	// Threads is how many threads this training may use on a CPU, by plan at least.
	Threads int
	// Allotted is how many it may use now, where its bits do not depend on that; nil
	// for Threads.
	Allotted func() int
	// Record, if not nil, records a step once, which is then replayed.
	Record Recorder
	// SharesCores tells that this training and those next to it keep every core
	// busy.
	SharesCores bool
	// Autograd keeps a training from being taken by plan. BeganByAutograd says
	// where it must.
	Autograd bool
	// AtOnce is how many steps a plan takes before the trainer looks whether to
	// stop or to report; 0 means some that take about a millisecond.
	AtOnce int
	// AllowMixed accepts a checkpoint that was computed on other machinery.
	AllowMixed bool
	Events     func(metrics.Event)
}

// NonFiniteError says that a loss became NaN or infinite. The checkpoint of
// the last finite loss is kept.
type NonFiniteError struct {
	// Epoch and Step count from 1.
	Epoch, Step  int
	LearningRate float64
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("the loss is not a finite number at epoch %d, step %d, with learning rate %g\n"+
		"lower the learning rate; the last checkpoint before it is kept", e.Epoch, e.Step, e.LearningRate)
}
