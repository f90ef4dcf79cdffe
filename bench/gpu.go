package bench

import (
	"context"
	"fmt"
	"strings"

	"aeprobe/internal/metrics"
)

// This file is what is measured on a GPU. The rule: a time ends when the last loss has been
// read, for a call only starts work there.

// The workloads that only a GPU has.
const (
	seeds8  = "seeds8"
	seeds30 = "seeds30"
)

// noGraphs is the flag of aeprobe run with which a step is not a CUDA graph.
const noGraphs = "--no-graphs"

// gpuWorkloads leave out two epochs, for PyTorch's CUDA graphs of two sizes of batches are
// recorded in the second.
var gpuWorkloads = []workload{
	{name: batch16, title: "one auto-encoder, batch 16", mode: modeAutoencoder, loss: "bce", batch: 16, epochs: 5, originalEpochs: 1, warm: 2,
		ourWays: []string{"", noGraphs}, tunedWays: []string{"--logits", "--logits --compile --graphs", "--logits --whole"}},
	{name: endToEnd, title: "end-to-end classifier, batch 16", mode: modeEndToEnd, batch: 16, epochs: 5, originalEpochs: 1, warm: 2,
		ourWays: []string{"", noGraphs}, tunedWays: []string{"", "--compile --graphs", "--whole"}},
	{name: frozen, title: "frozen classifier, batch 16", mode: modeFrozen, batch: 16, epochs: 20, originalEpochs: 1, warm: 2,
		ourWays: []string{"", noGraphs}, tunedWays: []string{"", "--whole"}},
	{name: seeds8, title: "auto-encoders of 8 seeds, batch 16", mode: modeAutoencoder, loss: "bce", batch: 16, epochs: 10, warm: 2,
		seeds: 8, ourEpochs: 40, sideBySide: 8, noOriginal: true, tunedWays: []string{"--logits --whole"}},
	{name: seeds30, title: "auto-encoders of 30 seeds, batch 16", mode: modeAutoencoder, loss: "bce", batch: 16,
		seeds: 30, ourEpochs: 15, oursOnly: true},
	{name: batch128, title: "one auto-encoder, batch 128", mode: modeAutoencoder, loss: "bce", batch: 128, epochs: 20, originalEpochs: 1, warm: 2,
		ourWays: []string{"", noGraphs}, tunedWays: []string{"--logits", "--logits --whole"}},
}

// gpuGoals are by row: under Aeprobe the most microseconds, under a peer how many times
// as fast.
var gpuGoals = map[string]map[string]float64{
	stepTitle("one auto-encoder, batch 16", ""):       {Aeprobe: 150, Original: 8},
	seedsTitle("auto-encoders of 30 seeds, batch 16"): {Aeprobe: 300},
}

// gpuRows summarizes what was measured on a GPU.
func (b *bench) gpuRows() []Row {
	var rows []Row
	for _, w := range gpuWorkloads {
		if w.seeds > 0 {
			rows = append(rows, b.seedsRow(w))
			continue
		}
		for _, way := range w.ourWays {
			rows = append(rows, b.stepRow(w, way))
		}
	}
	report := Row{Work: wholeReportTitle, Unit: "min", Digits: 1, LessIsBetter: true,
		Cells: map[string]Cell{}, Goals: map[string]float64{Aeprobe: 5}}
	report.addReport(Aeprobe, b.ourReport(), b.howOurReport())
	return append(rows, report)
}

func stepTitle(title, way string) string {
	how := "as a CUDA graph"
	if way == noGraphs {
		how = "kernel by kernel"
	}
	return fmt.Sprintf("a step of %s; ours %s", title, how)
}

func seedsTitle(title string) string { return "a step of all " + title }

// stepRow is the microseconds of a step: of aeprobe's in the given way, and of the
// peers' in their best.
func (b *bench) stepRow(w workload, way string) Row {
	r := microseconds(stepTitle(w.title, way))
	for _, s := range b.series[w.name] {
		if s.Contender == Aeprobe && s.Way == way && len(s.Rates) > 0 {
			r.Cells[Aeprobe] = Cell{Values: s.stepTimes(w.batch)}
		}
	}
	for _, c := range []string{Original, Tuned} {
		if s := best(b.series[w.name], c); s != nil {
			r.Cells[c] = Cell{s.stepTimes(w.batch), s.Way}
		}
	}
	return r
}

// seedsRow is the microseconds of a step of every seed: of aeprobe in one process, of the
// peers in the better of two ways.
func (b *bench) seedsRow(w workload) Row {
	r := microseconds(seedsTitle(w.title))
	if s := best(b.series[w.name], Aeprobe); s != nil {
		r.Cells[Aeprobe] = Cell{s.stepTimes(w.seeds * w.batch), "one process"}
	}
	for _, c := range []string{Original, Tuned} {
		several, one := best(b.series[seeds8], c), best(b.series[batch16], c)
		if several != nil {
			r.Cells[c] = Cell{several.stepTimes(w.seeds * w.batch), joined(several.Way, "8 processes at a time")}
		}
		if one != nil && (several == nil || median(one.Rates) > median(several.Rates)) {
			r.Cells[c] = Cell{one.stepTimes(w.seeds * w.batch), joined(one.Way, "one after the other")}
		}
	}
	return r
}

func microseconds(work string) Row {
	return Row{Work: work, Unit: "µs", LessIsBetter: true, Cells: map[string]Cell{}, Goals: gpuGoals[work]}
}

// stepTimes are the microseconds, one a round, in which so many images were trained on.
func (s *Series) stepTimes(images int) []float64 {
	return eachRound(len(s.Rates), func(i int) float64 { return float64(images) / s.Rates[i] * 1e6 })
}

// leastSeconds is how much longer than a short run a long one must take, so that what a
// start varies by does not matter.
const leastSeconds = 2

// trainSeeds takes aeprobe's turn with several seeds in one run. The epochs that a long run
// has more than a short one are what counts, and not what a run costs once.
func (b *bench) trainSeeds(ctx context.Context, w workload) ([]training, error) {
	file, err := b.writeDefinition(w.name, w.definition(b.Threads))
	if err != nil {
		return nil, err
	}
	timed := func(epochs int) (float64, error) {
		begun := b.clock()
		err := b.runAeprobe(ctx, ourRun{definition: file, train: b.Images, test: b.testImages(), sets: []string{fmt.Sprint("train.batch=", w.batch),
			fmt.Sprint("train.epochs=", epochs), fmt.Sprint("evaluate.every=", epochs)}, event: func(int, metrics.Event) {}})
		return b.clock().Sub(begun).Seconds(), err
	}
	long, err := timed(1 + w.ourEpochs)
	if err != nil {
		return nil, err
	}
	short, err := timed(1)
	if err != nil {
		return nil, err
	}
	if long-short < leastSeconds {
		return nil, fmt.Errorf("%d epochs took %.2f s and one %.2f s: the start varies by as much", 1+w.ourEpochs, long, short)
	}
	share := training{seconds: make([]float64, w.warmEpochs())}
	for range w.ourEpochs {
		share.seconds = append(share.seconds, (long-short)/float64(w.ourEpochs))
	}
	trainings := make([]training, w.seeds)
	for i := range trainings {
		trainings[i] = share
	}
	return trainings, nil
}

// howOnGPU explains the table.
var howOnGPU = strings.ReplaceAll(`- Every contender is a program of its own, run as its user runs it; they take turns, round by round. A step is an epoch
  with its data, divided by its steps. The first two epochs of each run are not counted.
- original is the recipe as a PyTorch user writes it, with a DataLoader of two workers, whose start each epoch pays.
  tuned has the images on the GPU, channels_last, a fused Adam, losses read once an epoch, features encoded once, and
  TF32 like aeprobe; it was tried in each of the ways listed at the end (|--compile --graphs| is torch.compile in its
  mode reduce-overhead, |--whole| a step that is recorded as one CUDA graph by hand), and the best of them is its number.
- Several seeds: aeprobe trains them in one run. A shorter run is subtracted, so that the start does not count. Of tuned
  8 processes share the GPU.
- The whole report is drawn out to 100 epochs of 50,000 images.

`, "|", "`")
