package bench

import (
	"context"
	"fmt"

	"aeprobe/internal/metrics"
)

// wholeReport names what measureReport measures.
const wholeReport = "report"

// reportEpochs are those of each of the report's trainings.
const reportEpochs = 100

// aeprobe's report is measured with these numbers of epochs. The difference until the
// last training ends is the cost of the epochs between them; the rest, such as figures,
// is everything else.
const shortEpochs, longEpochs = 1, 4

// On a GPU an epoch takes so little that the difference would drown in what a start
// varies by.
const longGPUEpochs = 41

func (o Options) longEpochs() int {
	if o.onGPU() {
		return longGPUEpochs
	}
	return longEpochs
}

// reportTime is the seconds until a report's last epoch has ended, and until all is
// done.
type reportTime struct{ trained, all float64 }

// measureReport times whole runs of aeprobe's report definition, tests and figures
// included, with fewer epochs and images, until the given number of rounds is done.
// They alternate with the workloads that the scripts' reports are computed from,
// because a machine's speed drifts.
func (b *bench) measureReport(ctx context.Context, rounds int) error {
	for round := len(b.shortReport); round < rounds; round++ {
		for _, part := range []struct {
			epochs int
			times  *[]reportTime
		}{{b.longEpochs(), &b.longReport}, {shortEpochs, &b.shortReport}} {
			begun := b.clock()
			var r reportTime
			err := b.runAeprobe(ctx, ourRun{definition: "report", train: b.Images, test: b.testImages(),
				sets: []string{fmt.Sprint("train.epochs=", part.epochs)}, event: func(_ int, e metrics.Event) {
					if e.Kind == metrics.EpochEnded {
						r.trained = b.clock().Sub(begun).Seconds()
					}
				}})
			if err != nil {
				return err
			}
			r.all = b.clock().Sub(begun).Seconds()
			*part.times = append(*part.times, r)
			b.log("round %d  %-8s %-19s %8.1f s  report of %d epochs, the last of which ended after %.1f s", round+1, Aeprobe, "", r.all, part.epochs, r.trained)
		}
	}
	return nil
}

// ourReport extrapolates the seconds of the full report from what measureReport
// measured. Only epochs take longer with all images.
func (b *bench) ourReport() []float64 {
	train := float64(reportData().Train)
	return eachRound(min(len(b.shortReport), len(b.longReport)), func(i int) float64 {
		epoch := (b.longReport[i].trained - b.shortReport[i].trained) / float64(b.longEpochs()-shortEpochs)
		return b.shortReport[i].all - shortEpochs*epoch + reportEpochs*epoch*train/float64(b.Images)
	})
}

// theirReport computes the seconds that a contender's six trainings take for the
// report's epochs, one after another, each tested once at its end, from the
// workloads; nil if one is missing. It leaves out starting the programs and drawing
// figures.
func (b *bench) theirReport(contender string) []float64 {
	train, test := float64(reportData().Train), float64(reportData().Test)
	var total []float64
	for name, times := range map[string]float64{batch16: 1, lossL1: 1, lossMSE: 1, endToEnd: 1, frozen: 2} {
		s := best(b.series[name], contender)
		if s == nil {
			return nil
		}
		if total == nil {
			total = make([]float64, b.Rounds)
		}
		for i := range total {
			total[i] += times * (reportEpochs*train/s.Rates[i] + s.testSeconds[i]*test/float64(b.testImages()) +
				s.encodeSeconds[i]*train/float64(b.Images))
		}
	}
	return total
}

// gain is a contender's speed-up from training auto-encoders side by side instead
// of one after another; 1 if there is none, or it was not measured.
func (b *bench) gain(contender string) []float64 {
	one, several := best(b.series[batch16], contender), best(b.series[together], contender)
	return eachRound(b.Rounds, func(i int) float64 {
		if one == nil || several == nil {
			return 1
		}
		return max(1, several.Rates[i]/one.Rates[i])
	})
}
