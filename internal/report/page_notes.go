package report

import (
	"fmt"
	"strings"

	"aeprobe/internal/words"
)

// A fact is a property of the whole run.
type fact struct{ Name, Value string }

// facts are what a reader wants to know of the run at a glance.
func (p *pageMaker) facts() []fact {
	facts := []fact{
		{"data", p.Data.Title},
		{"images", fmt.Sprintf("%s to train on, %s to test", grouped(p.Data.Train), grouped(p.Data.Test))},
		{"seeds", p.seeds()},
	}
	if trainings := p.trainings(); len(trainings) > 0 {
		facts = append(facts, fact{"trained for", EpochRange(trainings)})
	}
	return append(facts, fact{"device", strings.Join(p.distinct(deviceOf), ", ")}, fact{"definition", p.Definition})
}

// notes are the warnings, as sentences, and what one seed does not tell. They stand
// nowhere else.
func (p *pageMaker) notes() []string {
	var notes []string
	for _, w := range p.Warnings {
		if w == "made from "+p.Data.Title && strings.HasPrefix(p.Data.Title, "modified") {
			w += ": complete files, but not the official ones"
		}
		notes = append(notes, sentence(w))
	}
	if len(p.Repeats) == 0 && len(p.trainings()) > 0 {
		notes = append(notes, fmt.Sprintf("One seed (%d): how far another start would move the numbers was not measured, and no interval counts it.", p.Seed))
	}
	return notes
}

// reservations are what an answer has to begin with: how briefly was trained, on what
// data, with how few seeds.
func (p *pageMaker) reservations() string {
	var parts []string
	trainings := p.trainings()
	if len(trainings) > 0 {
		var fewest, most = trainings[0].Epochs, 0
		for _, t := range trainings {
			fewest, most = min(fewest, t.Epochs), max(most, t.Epochs)
		}
		switch {
		case most < publishedEpochs:
			parts = append(parts, "after only "+EpochRange(trainings))
		case fewest < publishedEpochs:
			parts = append(parts, "after "+EpochRange(trainings))
		}
	}
	if p.Data.Title != "CIFAR-10" {
		parts = append(parts, "on "+p.Data.Title)
	}
	switch seeds := 1 + len(p.Repeats); {
	case len(trainings) == 0:
	case seeds == 1:
		parts = append(parts, "with one seed")
	default:
		parts = append(parts, "with "+words.Count(seeds, "seed"))
	}
	return strings.Join(parts, ", ")
}
