package pairs

import (
	"context"
	"fmt"
	"math"
	"sync"

	"aeprobe/internal/logistic"
	"aeprobe/internal/matrix"
)

// Learned is what a logistic regression on |a - b|, by feature, makes of pairs: unlike
// a similarity, it learns which features tell classes apart, and how much. That of a
// fold is fitted on the other folds' pairs, with which it shares no image, or on the
// pairs of other classes.
type Learned struct {
	// AUC and Accuracy are means over the folds, each with its standard error. Pairs
	// are called the same where that is the more probable.
	AUC           float64 `json:"auc"`
	AUCError      float64 `json:"auc_standard_error"`
	Accuracy      float64 `json:"accuracy"`
	AccuracyError float64 `json:"accuracy_standard_error"`
	// FoldAUCs, FoldAccuracies and C are by fold.
	FoldAUCs       []float64 `json:"fold_aucs"`
	FoldAccuracies []float64 `json:"fold_accuracies"`
	C              []float64 `json:"c"`
	// Unconverged counts the fits that did not converge.
	Unconverged int `json:"unconverged,omitempty"`
}

// Learn fits and scores. C is chosen from grid, for each fold, by the code length of
// pairs that are held out of those fitted on; some share images with these. features
// are those of Evaluate, and seed draws the pairs held out. libtorch must compute with
// one thread for the same bits, as on a goroutine that called torch.Pin.
func (s *Set) Learn(ctx context.Context, features matrix.Matrix, grid []float64, seed uint64) (*Learned, error) {
	return s.learn(ctx, features, func(fold int) (*logistic.Model, error) {
		return s.fit(ctx, features, grid, seed, func(f int) bool { return f != fold })
	})
}

// LearnFrom is Learn with one model for all folds, which is fitted on all pairs of
// another set: of other classes, it tells what carries over to classes that nothing was
// fitted on.
func (s *Set) LearnFrom(ctx context.Context, other *Set, features matrix.Matrix, grid []float64, seed uint64) (*Learned, error) {
	fitted := sync.OnceValues(func() (*logistic.Model, error) {
		if err := other.checkRows(features); err != nil {
			return nil, fmt.Errorf("pairs: %w", err)
		}
		return other.fit(ctx, features, grid, seed, func(int) bool { return true })
	})
	return s.learn(ctx, features, func(int) (*logistic.Model, error) { return fitted() })
}

// learn scores each fold by its model.
func (s *Set) learn(ctx context.Context, features matrix.Matrix, modelOf func(fold int) (*logistic.Model, error)) (*Learned, error) {
	if err := s.checkRows(features); err != nil {
		return nil, fmt.Errorf("pairs: %w", err)
	}
	if err := checkFinite(features, nil); err != nil {
		return nil, fmt.Errorf("pairs: %w", err)
	}
	l := new(Learned)
	for fold := range s.Folds {
		model, err := modelOf(fold)
		if err != nil {
			return nil, err
		}
		own, _ := s.differences(features, func(f int) bool { return f == fold })
		logits, err := model.Logits(ctx, own)
		if err != nil {
			return nil, err
		}
		var ranked []scored
		correct := 0
		for i, p := range s.Folds[fold] {
			score := logits[2*i+1] - logits[2*i]
			ranked = append(ranked, scored{p, fold, score})
			if (score > 0) == p.Same {
				correct++
			}
		}
		sortByScore(ranked)
		area, _ := auc(ranked, func(Pair) int { return 1 })
		l.FoldAUCs = append(l.FoldAUCs, area)
		l.FoldAccuracies = append(l.FoldAccuracies, float64(correct)/float64(len(ranked)))
		l.C = append(l.C, model.C)
		if !model.Converged {
			l.Unconverged++
		}
	}
	l.AUC, l.AUCError = meanAndError(l.FoldAUCs)
	l.Accuracy, l.AccuracyError = meanAndError(l.FoldAccuracies)
	return l, nil
}

// fit is fitted on the pairs of some folds: class 1 is the same.
func (s *Set) fit(ctx context.Context, features matrix.Matrix, grid []float64, seed uint64, isWanted func(fold int) bool) (*logistic.Model, error) {
	differences, same := s.differences(features, isWanted)
	c, _, err := logistic.Choose(ctx, differences, same, 2, grid, logistic.Bits, seed)
	if err != nil {
		return nil, err
	}
	problem, err := logistic.NewProblem(differences, same, 2)
	if err != nil {
		return nil, err
	}
	return problem.Fit(ctx, c, nil)
}

// differences are |a - b| of the pairs of some folds, and 1 for the same ones.
func (s *Set) differences(features matrix.Matrix, isWanted func(fold int) bool) (matrix.Matrix, []byte) {
	all := matrix.Matrix{Columns: features.Columns}
	var same []byte
	for f, pairs := range s.Folds {
		if !isWanted(f) {
			continue
		}
		for _, p := range pairs {
			a, b := features.Row(p.A), features.Row(p.B)
			for j := range a {
				all.Values = append(all.Values, float32(math.Abs(float64(a[j])-float64(b[j]))))
			}
			is := byte(0)
			if p.Same {
				is = 1
			}
			same = append(same, is)
		}
	}
	return all, same
}
