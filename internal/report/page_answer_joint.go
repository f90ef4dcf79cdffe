package report

import (
	"fmt"
	"slices"

	"aeprobe/internal/stats"
	"aeprobe/internal/words"
)

// jointAnswer is about networks that were trained to reconstruct and to classify.
func (p *pageMaker) jointAnswer(joint []string, labels string) (answer, error) {
	a := answer{Question: "Does it help or hinder to reconstruct and to classify at once?"}
	c, err := p.ofClassifiers(joint, labels)
	if err != nil {
		return a, err
	}
	if len(c.verdicts) == 0 {
		return p.numbersAnswer(), nil
	}
	c.probe = "the network"
	count := func(v stats.Verdict) int { return len(c.named(v)) }
	short := fmt.Sprintf("of %s trained to reconstruct and to classify at once, ", words.Count(len(c.verdicts), "network"))
	switch better := count(stats.Better); better {
	case 0:
		short += "none is shown to classify better than one trained on the labels alone"
	default:
		short += fmt.Sprintf("%d classify better than one trained on the labels alone", better)
	}
	if n := count(stats.Worse); n > 0 {
		short += fmt.Sprintf(", %d worse", n)
	}
	if n := count(stats.CannotTell); n > 0 {
		short += fmt.Sprintf("; for %d, these data cannot tell", n)
	}
	a.Short = p.withReservations(short)
	a.compare("network", labels+", on the labels alone", c)
	a.Evidence = append(a.Evidence, p.reconstructionEvidence(joint)...)
	return a, nil
}

// reconstructionEvidence is how the joint trainings reconstruct, next to an
// auto-encoder: means over the seeds.
func (p *pageMaker) reconstructionEvidence(joint []string) []string {
	bce := jointColumn{score: "bce", floor: p.PixelEntropy}
	var alone string
	var both []float64
	for _, n := range p.Networks() {
		var sum float64
		complete := true
		for _, s := range n.Scores {
			value, has := bce.of(s)
			sum, complete = sum+value, complete && has
		}
		if !complete {
			continue
		}
		mean := sum / float64(len(n.Scores))
		if slices.Contains(joint, n.Name) {
			both = append(both, mean)
		} else if auto := p.Autoencoder(n.Name); auto != nil && auto.objective() == "bce" && alone == "" {
			alone = fmt.Sprintf("%.4f", mean)
		}
	}
	if alone == "" || len(both) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Their test BCE lies %.4f to %.4f above the pixels' own entropy, that of the auto-encoder trained on images alone %s.", slices.Min(both), slices.Max(both), alone)}
}
