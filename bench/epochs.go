package bench

import (
	"context"
	"fmt"
	"time"

	"aeprobe/internal/metrics"
)

// wholeEpochs names what measureEpochs measures.
const wholeEpochs = "epochs"

// timedEpochs follow the first one, which is not counted.
const timedEpochs = 3

// measureEpochs measures, once a round, how long an auto-encoder's epochs take from
// end to end, with their tests and checkpoints, over the steps in them.
func (b *bench) measureEpochs(ctx context.Context) error {
	w := workload{name: wholeEpochs, mode: modeAutoencoder, loss: "bce"}
	file, err := b.writeDefinition(w.name, w.definition(b.Threads))
	if err != nil {
		return err
	}
	for round := range b.Rounds {
		var ends epochEnds
		err := b.runAeprobe(ctx, ourRun{definition: file, train: b.Images, test: b.testImages(),
			sets:  []string{fmt.Sprint("train.epochs=", timedEpochs+1), "evaluate.every=1"},
			event: func(_ int, e metrics.Event) { ends.add(b.clock(), e) }})
		if err != nil {
			return err
		}
		share, err := ends.overSteps()
		if err != nil {
			return err
		}
		b.overSteps = append(b.overSteps, share)
		b.log("round %d  %-8s %28.3f times its steps  a whole epoch", round+1, Aeprobe, share)
	}
	return nil
}

// epochEnds are when a training's epochs ended, and the seconds of all steps until
// then.
type epochEnds struct {
	at    []time.Time
	steps []float64
}

func (ends *epochEnds) add(now time.Time, e metrics.Event) {
	if e.Kind == metrics.EpochEnded {
		ends.at, ends.steps = append(ends.at, now), append(ends.steps, e.Seconds)
	}
}

// overSteps is how many times as long as their steps the epochs after the first one
// took.
func (ends *epochEnds) overSteps() (float64, error) {
	last := len(ends.at) - 1
	if last < 1 || ends.steps[last] <= ends.steps[0] {
		return 0, fmt.Errorf("epochs cannot be told from their steps: %d ended, after %v seconds of steps", last+1, ends.steps)
	}
	return ends.at[last].Sub(ends.at[0]).Seconds() / (ends.steps[last] - ends.steps[0]), nil
}

func (b *bench) epochsRow() Row {
	r := Row{Work: "an epoch of an auto-encoder with its test and checkpoint, over its steps, batch 16", Unit: "times", Digits: 3,
		LessIsBetter: true, Cells: map[string]Cell{}, Goals: map[string]float64{Aeprobe: 1.15}}
	if len(b.overSteps) > 0 {
		r.Cells[Aeprobe] = Cell{Values: b.overSteps}
	}
	return r
}
