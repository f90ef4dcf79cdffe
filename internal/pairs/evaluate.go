package pairs

import (
	"context"
	"fmt"

	"aeprobe/internal/matrix"
)

// Scoring is how pairs are scored.
type Scoring struct {
	// Similarity is Cosine or Euclidean.
	Similarity string
	// Center, if it is not nil, is subtracted from all features: the mean of those
	// that the encoder was trained on. It changes nothing for Euclidean.
	Center []float64
	// Draws of the bootstrap: 2,000 are customary.
	Draws int
	// Seed is the bootstrap's. With the same one, all encoders are scored on the
	// same drawn images.
	Seed uint64
}

// Result is of one set and similarity. Rates and accuracies are from 0 to 1; by
// chance, AUC, EER and Accuracy are 0.5.
type Result struct {
	// Same and Different count pairs of each kind, Images the images in them.
	Same      int `json:"same_pairs"`
	Different int `json:"different_pairs"`
	Images    int `json:"images"`
	Folds     int `json:"folds"`
	// AUC is the area under the ROC curve, with ties by midranks.
	AUC float64 `json:"auc"`
	// FoldAUCs are those of each fold's pairs, which share no image with another's.
	FoldAUCs []float64 `json:"fold_aucs"`
	// AUCInterval95 is from a bootstrap over images.
	AUCInterval95 [2]float64 `json:"auc_interval_95"`
	// EER is the error rate at which both kinds err as often.
	EER float64 `json:"eer"`
	// TPRAtFPR10 and TPRAtFPR1 are the shares of same pairs recognised where 10 %
	// and 1 % of different ones are called the same.
	TPRAtFPR10 float64 `json:"tpr_at_fpr_10_percent"`
	TPRAtFPR1  float64 `json:"tpr_at_fpr_1_percent"`
	// Accuracy is the mean over folds, each at the threshold that is best on the
	// others; AccuracyError is its standard error.
	Accuracy      float64 `json:"accuracy"`
	AccuracyError float64 `json:"accuracy_standard_error"`
	Hash          string  `json:"pairs_sha256"`
}

// Evaluate scores the pairs by features, whose rows are those of the labels that
// the set was drawn from.
func (s *Set) Evaluate(ctx context.Context, features matrix.Matrix, o Scoring) (*Result, error) {
	if err := o.check(features, s); err != nil {
		return nil, fmt.Errorf("pairs: %w", err)
	}
	ranked := s.rank(features, o.Similarity, o.Center)
	interval, err := bootstrap(ctx, ranked, o.Draws, o.Seed)
	if err != nil {
		return nil, err
	}
	same := countSame(ranked)
	r := &Result{
		Same: same, Different: len(ranked) - same, Images: len(imagesOf(ranked)), Folds: len(s.Folds),
		AUCInterval95: interval, Hash: s.Hash,
	}
	r.AUC, _ = auc(ranked, func(Pair) int { return 1 })
	r.FoldAUCs = foldAUCs(ranked, len(s.Folds))
	points := curve(ranked)
	r.EER = equalErrorRate(points)
	r.TPRAtFPR10, r.TPRAtFPR1 = tprAt(points, 0.1), tprAt(points, 0.01)
	r.Accuracy, r.AccuracyError = meanAndError(foldAccuracies(ranked, len(s.Folds)))
	return r, nil
}

func (o Scoring) check(features matrix.Matrix, s *Set) error {
	if o.Similarity != Cosine && o.Similarity != Euclidean {
		return fmt.Errorf("unknown similarity %q: use %s or %s", o.Similarity, Cosine, Euclidean)
	}
	if o.Draws < 1 {
		return fmt.Errorf("%d bootstrap draws: there must be 1 or more", o.Draws)
	}
	if err := s.checkRows(features); err != nil {
		return err
	}
	return checkFinite(features, o.Center)
}

// checkRows refuses features that some image of a pair does not have.
func (s *Set) checkRows(features matrix.Matrix) error {
	for _, fold := range s.Folds {
		for _, p := range fold {
			if max(p.A, p.B) >= features.Rows() {
				return fmt.Errorf("image %d is in a pair, but only %d have features: encode the images that the pairs were drawn from",
					max(p.A, p.B), features.Rows())
			}
		}
	}
	return nil
}
