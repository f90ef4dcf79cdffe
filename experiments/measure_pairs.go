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
	Learned *pairs.Learned `json:"learned"`
	Recalls []pairs.Recall `json:"recalls,omitempty"`
}

// bootstrapDraws is how often the bootstrap over images draws.
const bootstrapDraws = 2000

// measurePairs tells images of one class from images of two, by the cosine of
// their features and by what is learned of their differences.
func measurePairs(ctx context.Context, f *features) (*found, error) {
	settings, seed := f.study().Pairs, f.study().Seed
	result := &found{protocol: fmt.Sprintf("Same class or different: pairs of test images in %d folds that share no image, scored by the cosine of features less the training images' mean; "+
		"accuracy at the threshold that is best on the other folds; AUC's interval by %d bootstraps over images. Learned: scored by a logistic regression on |a - b| that is fitted on the other folds, "+
		"AUC and accuracy as means over folds. Chance is 0.5.", settings.Folds, bootstrapDraws)}
	var all []pairsDetails
	center := f.train.Means()
	groups := f.classGroups()
	for i, group := range groups {
		if len(group.classes) < 2 {
			continue // images of one class are never different
		}
		options := pairs.Options{Classes: group.classes, Folds: settings.Folds, PerFold: settings.PerFold, Seed: seed}
		name := "all classes"
		if group.name != "" {
			name = group.name
		}
		set, err := pairs.Draw(f.data.Test.Labels, options)
		if err != nil {
			return nil, err
		}
		r, err := set.Evaluate(ctx, f.test, pairs.Scoring{Similarity: pairs.Cosine, Center: center, Draws: bootstrapDraws, Seed: seed})
		if err != nil {
			return nil, err
		}
		learned, err := set.Learn(ctx, f.test, logistic.Grid(), seed)
		if err != nil {
			return nil, err
		}
		if learned.Unconverged > 0 {
			result.notes = append(result.notes, fmt.Sprintf("%s: %d of the learned scores' fits did not converge", name, learned.Unconverged))
		}
		d := pairsDetails{Of: name, Result: r, Learned: learned}
		auc := of("pairs", value("AUC, "+name, r.AUC, r.Same+r.Different))
		auc.Low, auc.High = &r.AUCInterval95[0], &r.AUCInterval95[1]
		result.findings = append(result.findings, scored(auc, "fold", r.FoldAUCs), of("pairs", value("EER, "+name, r.EER, r.Same+r.Different)),
			of("pairs", value("accuracy, "+name, r.Accuracy, r.Same+r.Different)),
			of("pairs", value("learned AUC, "+name, learned.AUC, r.Same+r.Different)),
			of("pairs", value("learned accuracy, "+name, learned.Accuracy, r.Same+r.Different)))
		if i == 0 && len(groups) > 1 {
			all = append(all, d)
			continue
		}
		if d.Recalls, err = pairs.Recalls(ctx, f.test, f.data.Test.Labels, pairs.Retrieval{Classes: group.classes, K: []int{1, 2, 4, 8}, Center: center}); err != nil {
			return nil, err
		}
		result.findings = append(result.findings, finding{Finding: report.Finding{Name: "R@1, " + name, Value: report.Number(d.Recalls[0].Recall), N: f.testImagesOf(group.classes)}})
		all = append(all, d)
	}
	result.details = all
	if note := f.unseenNote(); note != "" {
		result.notes = append(result.notes, note)
	}
	return result, nil
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
