package experiments

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// A task is a network to train, and how to tell how well it does.
type task struct {
	settings config.Train
	// generator shuffles the examples; the weights have been drawn from it.
	generator *torch.Generator
	// trained are the optimizer's parameters; weights are all that a
	// checkpoint keeps, trained or not.
	trained, weights []models.Parameter
	// examples is how many there are to train on.
	examples int
	// loss is the mean loss, a scalar, of the examples at index, int64 [B]. It
	// can be asked for on several threads at once.
	loss func(index *ts.Tensor) (*ts.Tensor, error)
	// flops is how many floating-point operations an example takes, by and
	// large.
	flops float64
	// test measures the network on the test images.
	test func(context.Context) (Scores, error)
	// drop frees the network.
	drop func()
}

// observeEvery is the number of steps between looks at the losses on the CPU.
const observeEvery = 100

// A learner takes a step of the optimizer on the examples at index, int64 [B],
// and stores their loss before it at place at of losses.
type learner func(index, losses *ts.Tensor, at int) error

// A trainer trains one task. Everything that the next step depends on is in
// it, and is what a checkpoint holds.
type trainer struct {
	*task
	stage        string
	testEvery    int // epochs
	checkpoint   int // steps between checkpoints within an epoch, 0 for none
	observeEvery int // steps between looks at the losses within an epoch, 0 for none
	device       torch.Device
	events       func(Event)
	files        *trainingFiles

	epochStart []byte // the generator's state before this epoch's shuffle
	optimizer  *torch.Adam
	learn      learner
	replayer   *replayer   // behind learn on a GPU, or nil
	team       *torch.Team // behind learn on several threads, or nil
	partLosses []float64   // of the last step, each with its share in the whole
	losses     *ts.Tensor  // float32 [steps in an epoch], filled up to at.Step
	crowded    bool        // trainings have all cores between them
	yielded    time.Time   // when last, for crowded
	at         position
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
func (t *trainer) stepsPerEpoch() int {
	return (t.examples + t.settings.Batch - 1) / t.settings.Batch
}

// train runs the epochs that are still to do. When ctx ends it keeps a
// checkpoint and returns ctx's error.
func (t *trainer) train(ctx context.Context) error {
	for t.at.Epoch < t.settings.Epochs {
		if err := t.epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// epoch visits every example once, in an order of the generator's, tests the
// network, and keeps a checkpoint.
func (t *trainer) epoch(ctx context.Context) error {
	order, err := t.shuffle()
	if err != nil {
		return err
	}
	defer torch.Drop(order)

	begun, resumedAt := time.Now(), t.at.Step
	for t.at.Step < t.stepsPerEpoch() {
		if err := t.step(order); err != nil {
			return fmt.Errorf("epoch %d, step %d: %w", t.at.Epoch+1, t.at.Step+1, err)
		}
		t.at.Step++
		stop := ctx.Err() != nil
		due := t.checkpoint > 0 && t.at.Step%t.checkpoint == 0
		look := t.observeEvery > 0 && t.at.Step%t.observeEvery == 0
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
func (t *trainer) shuffle() (*ts.Tensor, error) {
	var err error
	if t.epochStart, err = t.generator.State(); err != nil {
		return nil, err
	}
	order, err := t.generator.Shuffle(t.examples)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(order)
	return order.ToDevice(t.device.Gotch(), gotch.Int64, false, false, false)
}

// step trains on the batch of order that is next.
func (t *trainer) step(order *ts.Tensor) error {
	first := t.at.Step * t.settings.Batch
	batch, err := order.Narrow(0, int64(first), int64(t.batchAt(t.at.Step)), false)
	if err != nil {
		return err
	}
	defer torch.Drop(batch)
	t.yield()
	return t.learn(batch, t.losses, t.at.Step)
}

// yieldEvery is well below the 10 ms after which Go's scheduler takes a
// goroutine for one that does not let others run.
const yieldEvery = 5 * time.Millisecond

// yield lets other goroutines run now and then, of which there are none.
// Without it the scheduler would take the processor away under each call of
// libtorch, and wake a thread every 20 microseconds to do so: a tenth of a core.
// Where no core is idle a training would pay for that. Where one is, yielding
// would cost more: another thread wakes up, only to wake this one.
func (t *trainer) yield() {
	if !t.crowded || time.Since(t.yielded) < yieldEvery {
		return
	}
	runtime.Gosched()
	t.yielded = time.Now()
}

// minimize is the learner that computes everything as it comes.
func (t *trainer) minimize(index, losses *ts.Tensor, at int) error {
	loss, err := t.loss(index)
	if err != nil {
		return err
	}
	defer torch.Drop(loss)
	if err := torch.Record(losses, at, loss); err != nil {
		return err
	}
	return t.optimizer.Minimize(loss)
}

// batchAt is the number of examples in a step's batch.
func (t *trainer) batchAt(step int) int {
	return min(t.settings.Batch, t.examples-step*t.settings.Batch)
}

// meanLoss is the epoch's mean loss over the examples so far. It fails when
// one of the steps' losses is not a finite number.
func (t *trainer) meanLoss() (float64, error) {
	losses, err := torch.ToSlice[float32](t.losses)
	if err != nil {
		return 0, err
	}
	var sum float64
	var examples int
	for step, loss := range losses[:t.at.Step] {
		if math.IsNaN(float64(loss)) || math.IsInf(float64(loss), 0) {
			return 0, &NonFiniteError{t.at.Epoch + 1, step + 1, t.settings.LearningRate}
		}
		sum += float64(loss) * float64(t.batchAt(step))
		examples += t.batchAt(step)
	}
	return sum / float64(examples), nil
}

// observe reports how the epoch is going, after the given time for the given
// number of steps.
func (t *trainer) observe(since time.Duration, steps int) error {
	loss, err := t.meanLoss()
	if err != nil {
		return err
	}
	t.events(Event{Kind: Progressed, Stage: t.stage, Epoch: t.at.Epoch + 1, Epochs: t.settings.Epochs,
		Step: t.at.Step, Steps: t.stepsPerEpoch(), Loss: loss,
		ImagesPerSecond: rate(steps*t.settings.Batch, since.Seconds())})
	return nil
}

// rate is so many images a second, and 0 where a coarse clock saw no time pass:
// neither JSON nor a reader knows infinitely many.
func rate(images int, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(images) / seconds
}

// endEpoch tests the network, writes down what the epoch came to and keeps a
// checkpoint. When ctx ends meanwhile, the checkpoint is of before the test.
func (t *trainer) endEpoch(ctx context.Context, loss float64) error {
	metrics := EpochMetrics{Epoch: t.at.Epoch + 1, Loss: loss, Seconds: t.at.Seconds}
	var err error
	if last := metrics.Epoch == t.settings.Epochs; last || metrics.Epoch%t.testEvery == 0 {
		metrics.Test, err = t.test(ctx)
		if ctx.Err() != nil {
			if err := t.save(); err != nil {
				return err
			}
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("test after epoch %d: %w", metrics.Epoch, err)
		}
	}
	t.at.Epoch, t.at.Step = metrics.Epoch, 0
	if t.at.MetricsBytes, err = t.files.appendMetrics(metrics); err != nil {
		return err
	}
	if t.epochStart, err = t.generator.State(); err != nil {
		return err
	}
	if err := t.save(); err != nil {
		return err
	}
	t.events(Event{Kind: EpochEnded, Stage: t.stage, Epoch: t.at.Epoch, Epochs: t.settings.Epochs,
		Loss: loss, Scores: metrics.Test, Seconds: t.at.Seconds,
		ImagesPerSecond: rate(t.at.Epoch*t.examples, t.at.Seconds)})
	return nil
}
