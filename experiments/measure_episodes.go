package experiments

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"aeprobe/internal/episodes"
	"aeprobe/internal/report"
)

// episodesDetails are one kind of episodes.
type episodesDetails struct {
	Ways  int `json:"ways"`
	Shots int `json:"shots"`
	// Of says which classes they draw from.
	Of string `json:"of"`
	*episodes.Result
}

// comparedShots is the number of shots whose accuracies are compared, if a study has
// it: less depends on which images they are than with one. Others are compared with
// the first number.
const comparedShots = 5

func comparedShotsOf(shots []int) int {
	if slices.Contains(shots, comparedShots) {
		return comparedShots
	}
	return shots[0]
}

// measureEpisodes classifies test images by a few others: N-way K-shot.
func measureEpisodes(ctx context.Context, f *features) (*found, error) {
	settings := f.study().Episodes
	result := &found{protocol: fmt.Sprintf("N-way K-shot episodes of test images: nearest mean of the K labelled images of each class, CL2N features, %d queries per class, %d episodes, the same for all features. "+
		"Intervals are of the mean, 1.96 s / sqrt(n), not the spread of episodes.", settings.Queries, settings.Episodes)}
	var all []episodesDetails
	base := f.train.Means()
	for _, group := range f.classGroups() {
		for _, ways := range settings.Ways {
			if ways > len(group.classes) {
				continue
			}
			for _, shots := range settings.Shots {
				r, err := episodes.Run(ctx, f.test, f.data.Test.Labels, episodes.Options{Classes: group.classes, Ways: ways, Shots: shots,
					Queries: settings.Queries, Episodes: settings.Episodes, Transform: episodes.CL2N, BaseMean: base, Seed: f.study().Seed})
				if err != nil {
					return nil, err
				}
				name := fmt.Sprintf("%d-way %d-shot", ways, shots)
				if group.name != "" {
					name += ", " + group.name
				}
				low, high := 100*(r.Mean-r.Interval95), 100*(r.Mean+r.Interval95)
				accuracy := finding{Finding: report.Finding{Name: name, Value: report.Number(100 * r.Mean), Unit: "%", Low: &low, High: &high, N: r.Episodes, Of: "episodes"}}
				if ways == settings.Ways[0] && shots == comparedShotsOf(settings.Shots) {
					accuracy = scored(accuracy, "episode", r.Accuracies)
				}
				r.Accuracies = nil // the hash says which episodes they are of
				result.findings = append(result.findings, accuracy)
				all = append(all, episodesDetails{Ways: ways, Shots: shots, Of: group.name, Result: r})
			}
		}
	}
	result.details = all
	if note := f.unseenNote(); note != "" {
		result.notes = append(result.notes, note)
	}
	return result, nil
}

// The groups' names.
const leftOut, seenClasses = "left out", "seen"

// classGroup is some of the classes.
type classGroup struct {
	name    string // empty for all
	classes []byte
}

// classGroups are all classes of the test images and, where auto-encoders leave
// some out, those and the others.
func (s *setup) classGroups() []classGroup {
	unseen := s.definition.Unseen()
	isUnseen := map[int]bool{}
	for _, class := range unseen {
		isUnseen[class] = true
	}
	groups := []classGroup{{}, {name: leftOut}, {name: seenClasses}}
	for class := range s.data.Classes {
		if bytes.IndexByte(s.data.Test.Labels, byte(class)) < 0 {
			continue
		}
		at := 2
		if isUnseen[class] {
			at = 1
		}
		groups[0].classes = append(groups[0].classes, byte(class))
		groups[at].classes = append(groups[at].classes, byte(class))
	}
	if len(unseen) == 0 {
		return groups[:1]
	}
	return groups
}

// unseenNote says whether the encoder saw the classes that some leave out.
func (f *features) unseenNote() string {
	if len(f.definition.Unseen()) == 0 || f.set.isBaseline() {
		return ""
	}
	without := f.definition.Autoencoders[f.set.encoder].Without
	if len(f.definition.Data.Labels(without)) == len(f.definition.Unseen()) {
		return "its encoder never saw the classes left out, not even without labels"
	}
	return ""
}
