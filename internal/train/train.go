package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
)

// observeEvery is the number of steps between looks at the losses on the CPU.
const observeEvery = 100

// saveEvery is how long epochs go unsaved: what a killed training loses at most,
// and computes again.
const saveEvery = time.Second

// A learner takes one step of the optimizer on the examples at index, int64
// [B], and stores their loss, from before the step, in losses[at].
type learner func(index, losses *ts.Tensor, at int) error

// A Trainer trains one task. It holds everything that the next step depends on,
// which is also what a checkpoint holds.
type Trainer struct {
	*Task
	Options
	observeEvery int // steps between looks at the losses within an epoch, 0 for none
	folder       *folder
	machinery    machinery
	mixed        []string // changes of machinery so far

	epochStart []byte // the generator's state before this epoch's shuffle
	optimizer  Optimizer
	rate       float64     // the learning rate in use
	planned    *planned    // nil where autograd trains
	learn      learner     // by autograd
	replayer   *replayer   // behind learn on a GPU, or nil
	team       *torch.Team // behind learn on several threads, or nil
	partLosses []float64   // of the last step, each weighted by its share
	losses     *ts.Tensor  // float32 [steps in an epoch], filled up to at.Step
	pace       pace
	at         position
	saved      time.Time // when last
}

// position is how far a trainer has come.
type position struct {
	Epoch int `json:"epoch"` // whole epochs done
	Step  int `json:"step"`  // steps done of the epoch after those
	// Seconds spent in training steps so far, over all sessions.
	Seconds float64 `json:"seconds"`
	// MetricsBytes is the length of the metrics file that belongs to this
	// position.
	MetricsBytes int64 `json:"metrics_bytes"`
}

// stepsPerEpoch counts a last, smaller batch, as PyTorch's DataLoader does.
func (t *Trainer) stepsPerEpoch() int {
	return (t.Examples + t.Settings.Batch - 1) / t.Settings.Batch
}

// train runs the remaining epochs. When ctx ends it saves a checkpoint and
// returns ctx's error.
func (t *Trainer) train(ctx context.Context) error {
	for t.at.Epoch < t.Settings.Epochs {
		if err := t.Epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Epoch visits every example once, in the order that the generator draws, tests
// the network, and saves a checkpoint.
func (t *Trainer) Epoch(ctx context.Context) error {
	if t.EnterEpoch != nil {
		changed, err := t.EnterEpoch(t.at.Epoch + 1)
		if err != nil {
			return fmt.Errorf("epoch %d: %w", t.at.Epoch+1, err)
		}
		if changed && t.replayer != nil {
			t.replayer.forget()
		}
	}
	if t.StartEpoch != nil && t.at.Step == 0 {
		if err := t.StartEpoch(ctx, t.at.Epoch+1); err != nil {
			return err
		}
	}
	t.setRate()
	order, err := t.shuffle()
	if err != nil {
		return err
	}
	defer torch.Drop(order)

	begun, resumedAt := time.Now(), t.at.Step
	for t.at.Step < t.stepsPerEpoch() {
		before := t.at.Step
		if err := t.take(order, t.chunkEnd()); err != nil {
			return fmt.Errorf("epoch %d, step %d: %w", t.at.Epoch+1, t.at.Step+1, err)
		}
		stop := ctx.Err() != nil
		due := t.CheckpointSteps > 0 && t.at.Step%t.CheckpointSteps == 0
		look := t.observeEvery > 0 && t.at.Step/t.observeEvery > before/t.observeEvery && t.at.Step < t.stepsPerEpoch()
		if stop || due || look {
			if err := t.observe(time.Since(begun), t.at.Step-resumedAt); err != nil {
				return err
			}
		}
		if stop || due {
			t.at.Seconds += time.Since(begun).Seconds()
			begun, resumedAt = time.Now(), t.at.Step
			if err := t.save(); err != nil {
				return err
			}
		}
		if stop {
			return ctx.Err()
		}
	}
	loss, err := t.meanLoss()
	if err != nil {
		return err
	}
	t.at.Seconds += time.Since(begun).Seconds()
	return t.endEpoch(ctx, loss)
}

// shuffle draws the epoch's order of the examples, int64 [examples] on the
// device.
func (t *Trainer) shuffle() (*ts.Tensor, error) {
	var err error
	if t.epochStart, err = t.Generator.State(); err != nil {
		return nil, err
	}
	order, err := t.Generator.Shuffle(t.Examples)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(order)
	return order.ToDevice(t.Device.Gotch(), gotch.Int64, false, false, false)
}

// chunkEnd is the step before which the trainer next looks around: at most one
// that a checkpoint is due after.
func (t *Trainer) chunkEnd() int {
	if t.planned == nil {
		return t.at.Step + 1
	}
	end := min(t.at.Step+t.planned.steps, t.stepsPerEpoch())
	if every := t.CheckpointSteps; every > 0 {
		end = min(end, (t.at.Step/every+1)*every)
	}
	return end
}

// take takes the steps up to before end on order's batches.
func (t *Trainer) take(order *ts.Tensor, end int) error {
	t.pace.yield()
	if t.planned != nil {
		if err := t.planned.run(order, t.at.Step, end); err != nil {
			return err
		}
		t.at.Step = end
		return nil
	}
	for ; t.at.Step < end; t.at.Step++ {
		if err := t.step(order); err != nil {
			return err
		}
	}
	return nil
}

// step trains by autograd on the batch of order that is next.
func (t *Trainer) step(order *ts.Tensor) error {
	first := t.at.Step * t.Settings.Batch
	batch, err := order.Narrow(0, int64(first), int64(t.batchAt(t.at.Step)), false)
	if err != nil {
		return err
	}
	defer torch.Drop(batch)
	return t.learn(batch, t.losses, t.at.Step)
}

// minimize is the plain learner: forward, backward, update.
func (t *Trainer) minimize(index, losses *ts.Tensor, at int) error {
	loss, err := t.Loss(index)
	if err != nil {
		return err
	}
	defer torch.Drop(loss)
	if err := torch.Record(losses, at, loss); err != nil {
		return err
	}
	if err := t.optimizer.BackPropagate(0, loss, 1); err != nil {
		return err
	}
	return t.update(index, 1)
}

// update takes the optimizer's step after the gradients of all parts of the
// batch at index.
func (t *Trainer) update(index *ts.Tensor, parts int) error {
	if err := t.optimizer.Update(parts); err != nil || t.AfterStep == nil {
		return err
	}
	return t.AfterStep(index)
}

// batchAt is the number of examples in a step's batch.
func (t *Trainer) batchAt(step int) int {
	return min(t.Settings.Batch, t.Examples-step*t.Settings.Batch)
}

// meanLoss is the epoch's mean loss over the examples so far. It fails if the
// loss of any step is not finite.
func (t *Trainer) meanLoss() (float64, error) {
	losses, err := torch.ToSlice[float32](t.losses)
	if err != nil {
		return 0, err
	}
	var sum float64
	var examples int
	for step, loss := range losses[:t.at.Step] {
		if math.IsNaN(float64(loss)) || math.IsInf(float64(loss), 0) {
			return 0, &NonFiniteError{t.at.Epoch + 1, step + 1, t.rate}
		}
		sum += float64(loss) * float64(t.batchAt(step))
		examples += t.batchAt(step)
	}
	return sum / float64(examples), nil
}

// observe reports progress within the epoch: the rate of the last steps, which
// took the time since.
func (t *Trainer) observe(since time.Duration, steps int) error {
	loss, err := t.meanLoss()
	if err != nil {
		return err
	}
	t.Events(metrics.Event{Kind: metrics.Progressed, Stage: t.Stage, Epoch: t.at.Epoch + 1, Epochs: t.Settings.Epochs,
		Step: t.at.Step, Steps: t.stepsPerEpoch(), Loss: loss,
		ImagesPerSecond: metrics.Rate(steps*t.Settings.Batch, since.Seconds())})
	return nil
}

// endEpoch tests the network, appends a line of metrics and saves a checkpoint,
// unless one was saved less than saveEvery ago and more epochs follow.
// If ctx is cancelled during the test, the checkpoint is from before the test.
func (t *Trainer) endEpoch(ctx context.Context, loss float64) error {
	line := metrics.Epoch{Epoch: t.at.Epoch + 1, Loss: loss, Seconds: t.at.Seconds}
	if t.Settings.Schedule != nil {
		line.LearningRate = t.rate
	}
	var err error
	last := line.Epoch == t.Settings.Epochs
	if last || line.Epoch%t.TestEvery == 0 {
		line.Test, err = t.Test(ctx)
		if ctx.Err() != nil {
			if err := t.save(); err != nil {
				return err
			}
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("test after epoch %d: %w", line.Epoch, err)
		}
	}
	if slices.Contains(t.Keep, line.Epoch) {
		if err := t.writeWeights(EpochFile(line.Epoch)); err != nil {
			return err
		}
	}
	t.at.Epoch, t.at.Step = line.Epoch, 0
	if t.at.MetricsBytes, err = t.folder.appendMetrics(line); err != nil {
		return err
	}
	if t.epochStart, err = t.Generator.State(); err != nil {
		return err
	}
	// An epoch of a probe takes some milliseconds, as saving it does.
	if last || time.Since(t.saved) >= saveEvery {
		if err := t.save(); err != nil {
			return err
		}
	}
	t.Events(metrics.Event{Kind: metrics.EpochEnded, Stage: t.Stage, Epoch: t.at.Epoch, Epochs: t.Settings.Epochs,
		Loss: loss, Scores: line.Test, Seconds: t.at.Seconds,
		ImagesPerSecond: metrics.Rate(t.at.Epoch*t.Examples, t.at.Seconds)})
	return nil
}
