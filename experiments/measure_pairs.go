package experiments

import (
	"bytes"
	"context"
	"fmt"

	"aeprobe/internal/logistic"
	"aeprobe/internal/pairs"
	"aeprobe/internal/report"
)

// pairsDetails are one set of pairs.
type pairsDetails struct {
	Of string `json:"of"`
	*pairs.Result
	// Learned is by a logistic regression instead of the cosine.
	Learned *pairs.Learned `json:"learned,omitempty"`
	Recalls []pairs.Recall `json:"recalls,omitempty"`
}

// bootstrapDraws is how often the bootstrap over images draws.
const bootstrapDraws = 2000

// pairing is a set of pairs to draw.
type pairing struct {
	name            string
	classes, others []byte
	// ranks tells that recalls are of these classes, too.
	ranks bool
}

// pairings are the sets of a study: of all classes and, where auto-encoders leave some
// out, of those, of the others, and of those against the others.
func (f *features) pairings() []pairing {
	groups := f.classGroups()
	all := []pairing{{name: "all classes", classes: groups[0].classes, ranks: len(groups) == 1}}
	if len(groups) == 1 {
		return all
	}
	for _, group := range groups[1:] {
		if len(group.classes) > 1 { // images of one class are never different
			all = append(all, pairing{name: group.name, classes: group.classes, ranks: true})
		}
	}
	unseen, seen := groups[1], groups[2]
	if len(unseen.classes) > 0 && len(seen.classes) > 0 {
		all = append(all, pairing{name: unseen.name + " against " + seen.name, classes: unseen.classes, others: seen.classes})
	}
	return all
}

// measurePairs tells images of one class from images of two, by the cosine of
// their features and by what is learned of their differences.
func measurePairs(ctx context.Context, f *features) (*found, error) {
	settings, seed := f.study().Pairs, f.study().Seed
	result := &found{protocol: fmt.Sprintf("Same class or different: pairs of test images in %d folds that share no image, scored by the cosine of features less the training images' mean; "+
		"accuracy at the threshold that is best on the other folds; AUC's interval by %d bootstraps over images. Learned: scored by a logistic regression on |a - b| that is fitted on the other folds or, "+
		"for classes left out, on all pairs of those seen; AUC and accuracy as means over folds. Left out against seen: same are two images of a class left out, different one of these and one of a seen class. "+
		"Chance is 0.5.", settings.Folds, bootstrapDraws)}
	sets := map[string]*pairs.Set{}
	pairings := f.pairings()
	for _, p := range pairings {
		var err error
		options := pairs.Options{Classes: p.classes, Others: p.others, Folds: settings.Folds, PerFold: settings.PerFold, Seed: seed}
		if sets[p.name], err = pairs.Draw(f.data.Test.Labels, options); err != nil {
			return nil, err
		}
	}
	var all []pairsDetails
	center := f.train.Means()
	for _, p := range pairings {
		set := sets[p.name]
		r, err := set.Evaluate(ctx, f.test, pairs.Scoring{Similarity: pairs.Cosine, Center: center, Draws: bootstrapDraws, Seed: seed})
		if err != nil {
			return nil, err
		}
		d := pairsDetails{Of: p.name, Result: r}
		n := r.Same + r.Different
		auc := of("pairs", value("AUC, "+p.name, r.AUC, n))
		auc.Low, auc.High = &r.AUCInterval95[0], &r.AUCInterval95[1]
		result.findings = append(result.findings, scored(auc, "fold", r.FoldAUCs), of("pairs", value("EER, "+p.name, r.EER, n)),
			of("pairs", value("accuracy, "+p.name, r.Accuracy, n)))
		if p.others == nil {
			if d.Learned, err = f.learned(ctx, p, sets); err != nil {
				return nil, err
			}
			if d.Learned.Unconverged > 0 {
				result.notes = append(result.notes, fmt.Sprintf("%s: the learned scores of %d of %d folds are by a fit that did not converge", p.name, d.Learned.Unconverged, settings.Folds))
			}
			result.findings = append(result.findings, of("pairs", value("learned AUC, "+p.name, d.Learned.AUC, n)),
				of("pairs", value("learned accuracy, "+p.name, d.Learned.Accuracy, n)))
		}
		if p.ranks {
			if d.Recalls, err = pairs.Recalls(ctx, f.test, f.data.Test.Labels, pairs.Retrieval{Classes: p.classes, K: []int{1, 2, 4, 8}, Center: center}); err != nil {
				return nil, err
			}
			result.findings = append(result.findings, finding{Finding: report.Finding{Name: "R@1, " + p.name, Value: report.Number(d.Recalls[0].Recall), N: f.testImagesOf(p.classes)}})
		}
		all = append(all, d)
	}
	result.details = all
	if note := f.unseenNote(); note != "" {
		result.notes = append(result.notes, note)
	}
	return result, nil
}

// learned is fitted on the seen classes for those left out, where there are pairs of
// them, and otherwise fold by fold.
func (f *features) learned(ctx context.Context, p pairing, sets map[string]*pairs.Set) (*pairs.Learned, error) {
	if seen := sets[seenClasses]; p.name == leftOut && seen != nil {
		return sets[p.name].LearnFrom(ctx, seen, f.test, logistic.Grid(), f.study().Seed)
	}
	return sets[p.name].Learn(ctx, f.test, logistic.Grid(), f.study().Seed)
}

// testImagesOf counts the test images of some classes.
func (s *setup) testImagesOf(classes []byte) int {
	n := 0
	for _, label := range s.data.Test.Labels {
		if bytes.IndexByte(classes, label) >= 0 {
			n++
		}
	}
	return n
}
