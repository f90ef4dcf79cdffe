package bench

import (
	"context"
	"fmt"
	"strings"

	"aeprobe/internal/metrics"
)

// accuracies names what compareAccuracies measures.
const accuracies = "accuracies"

// The same definition runs on the GPU and on the processor, with the same images in the
// same order. They differ by rounding alone, which grows until they differ as two seeds do.
const comparedEpochs, comparedSeeds = 5, 3

// comparedScores are the stages and the score of each.
var comparedScores = [][2]string{
	{"autoencoders/bce", "bce"},
	{"classifiers/random", "accuracy"},
	{"classifiers/pretrained", "accuracy"},
	{"classifiers/end_to_end", "accuracy"},
}

// Comparison holds a score of a stage after the last epoch, one value a seed.
type Comparison struct {
	Stage, Score string
	GPU, CPU     []float64
}

// compareAccuracies trains the report's networks on the GPU and on the processor.
func (b *bench) compareAccuracies(ctx context.Context) error {
	file, err := b.writeDefinition(accuracies, "base: report\nfigures: []\nevaluate: {protocols: [full]}\nautoencoders: {l1: null, mse: null}\n"+seedsLine(comparedSeeds))
	if err != nil {
		return err
	}
	all := make([]Comparison, len(comparedScores))
	for _, device := range []string{b.Device, processor} {
		begun := b.clock()
		scores, err := b.lastScores(ctx, file, device)
		if err != nil {
			return fmt.Errorf("on %s: %w", device, err)
		}
		b.log("%-8s %-19s %8.1f s  %d epochs of %d seeds", Aeprobe, device, b.clock().Sub(begun).Seconds(), comparedEpochs, comparedSeeds)
		for i, what := range comparedScores {
			all[i].Stage, all[i].Score = what[0], what[1]
			for n := range comparedSeeds {
				stage := what[0]
				if n > 0 {
					stage = fmt.Sprintf("seeds/%d/%s", firstSeed+n, stage)
				}
				score, has := scores[stage][what[1]]
				if !has {
					return fmt.Errorf("on %s: %s did not say its %s", device, stage, what[1])
				}
				if device == processor {
					all[i].CPU = append(all[i].CPU, score)
				} else {
					all[i].GPU = append(all[i].GPU, score)
				}
			}
		}
	}
	b.results.Compared = all
	return nil
}

// lastScores are the scores of each training after its last epoch.
func (b *bench) lastScores(ctx context.Context, definition, device string) (map[string]metrics.Scores, error) {
	scores := map[string]metrics.Scores{}
	err := b.runAeprobe(ctx, ourRun{definition: definition, train: b.Images, test: b.testImages(), device: device,
		sets: []string{fmt.Sprint("train.epochs=", comparedEpochs), fmt.Sprint("evaluate.every=", comparedEpochs)},
		event: func(_ int, e metrics.Event) {
			if e.Kind == metrics.EpochEnded && e.Epoch == comparedEpochs {
				scores[e.Stage] = e.Scores
			}
		}})
	return scores, err
}

// writeCompared adds the comparison, if there was one.
func (r *Results) writeCompared(text *strings.Builder) {
	if len(r.Compared) == 0 {
		return
	}
	fmt.Fprintf(text, "After %d epochs of the images above, the same definition on the GPU and on the processor, seeds %d to %d, a value each:\n\n",
		comparedEpochs, firstSeed, firstSeed+comparedSeeds-1)
	text.WriteString("| training | score | GPU | processor |\n| --- | --- | --- | --- |\n")
	for _, c := range r.Compared {
		fmt.Fprintf(text, "| %s | %s | %s | %s |\n", c.Stage, c.Score, c.values(c.GPU), c.values(c.CPU))
	}
	text.WriteString("\n")
}

func (c Comparison) values(scores []float64) string {
	var texts []string
	for _, x := range scores {
		if c.Score == "accuracy" {
			texts = append(texts, fmt.Sprintf("%.2f %%", x))
		} else {
			texts = append(texts, fmt.Sprintf("%.4f", x))
		}
	}
	return strings.Join(texts, "; ")
}
