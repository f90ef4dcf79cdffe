package bench

import (
	"context"
	"fmt"
	"time"

	"aeprobe/internal/metrics"
)

// wholeReport is the name of what measureReport measures.
const wholeReport = "report"

// reportEpochs are those of each of the report's trainings.
const reportEpochs = 100

// aeprobe's report is measured with these epochs. What the one takes longer
// than the other is the cost of epochs; the rest is that of everything else.
const shortEpochs, longEpochs = 1, 4

// measureReport times whole runs of aeprobe's report definition, with its tests
// and figures, but with fewer epochs and images, until that was done in so many
// rounds. They come between the other measurements, of which the scripts'
// reports are put together: a machine's speed may change meanwhile.
func (b *bench) measureReport(ctx context.Context, rounds int) error {
	for round := len(b.longReport); round < rounds; round++ {
		for _, part := range []struct {
			epochs  int
			seconds *[]float64
		}{{shortEpochs, &b.shortReport}, {longEpochs, &b.longReport}} {
			begun := time.Now()
			err := b.runAeprobe(ctx, ours{definition: "report", train: b.Images, test: b.testImages(),
				sets: []string{fmt.Sprint("train.epochs=", part.epochs)}, event: func(int, metrics.Event) {}})
			if err != nil {
				return err
			}
			seconds := time.Since(begun).Seconds()
			*part.seconds = append(*part.seconds, seconds)
			b.log("round %d  %-8s %-19s %8.1f s  report of %d epochs", round+1, Aeprobe, "", seconds, part.epochs)
		}
	}
	return nil
}

// ourReport is the seconds of the report in full, drawn out from what
// measureReport measured. Epochs are longer with all images; nothing else is.
func (b *bench) ourReport() []float64 {
	train := float64(reportData().Train)
	return eachRound(min(len(b.shortReport), len(b.longReport)), func(i int) float64 {
		epoch := (b.longReport[i] - b.shortReport[i]) / (longEpochs - shortEpochs)
		return b.shortReport[i] - shortEpochs*epoch + reportEpochs*epoch*train/float64(b.Images)
	})
}

// theirReport is the seconds that a contender's six trainings take for the
// report's epochs one after the other, each tested once at its end, put
// together from the workloads; nil where one of them is missing. Starting the
// six programs and drawing the figures is not counted.
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

// gain is how many times as many images a contender trains on where it trains
// auto-encoders side by side instead of one after the other; 1 where that is no
// gain, or was not measured.
func (b *bench) gain(contender string) []float64 {
	one, several := best(b.series[batch16], contender), best(b.series[together], contender)
	return eachRound(b.Rounds, func(i int) float64 {
		if one == nil || several == nil {
			return 1
		}
		return max(1, several.Rates[i]/one.Rates[i])
	})
}
