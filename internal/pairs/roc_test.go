package pairs

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func one(Pair) int { return 1 }

// ranked are pairs with these scores, each of images of its own.
func rankedOf(same []bool, score []float64) []scored {
	var ranked []scored
	for i, s := range score {
		ranked = append(ranked, scored{Pair: Pair{2 * i, 2*i + 1, same[i]}, score: s})
	}
	sortByScore(ranked)
	return ranked
}

// From scikit-learn 1.9.1, by testdata/expected.py: roc_curve, and roc_auc_score
// with and without weights; most scores are tied.
func TestCurveLikeScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Cases []struct {
			Same            []int
			Weight          []int
			Score, FPR, TPR []float64
			AUC, EER        float64
			WeightedAUC     float64            `json:"weighted_auc"`
			TPRAt           map[string]float64 `json:"tpr_at"`
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for i, c := range want.Cases {
		same := make([]bool, len(c.Same))
		for j := range same {
			same[j] = c.Same[j] == 1
		}
		ranked := rankedOf(same, c.Score)
		points := curve(ranked)
		if len(points) != len(c.FPR) {
			t.Fatalf("case %d: %d points, scikit-learn has %d", i, len(points), len(c.FPR))
		}
		for j, p := range points {
			if !near(p.fpr, c.FPR[j]) || !near(p.tpr, c.TPR[j]) {
				t.Errorf("case %d: point %d is %v, want %g, %g", i, j, p, c.FPR[j], c.TPR[j])
			}
		}
		if got, _ := auc(ranked, one); !near(got, c.AUC) {
			t.Errorf("case %d: AUC %g, want %g", i, got, c.AUC)
		}
		if got, _ := auc(ranked, func(p Pair) int { return c.Weight[p.A/2] }); !near(got, c.WeightedAUC) {
			t.Errorf("case %d: weighted AUC %g, want %g", i, got, c.WeightedAUC)
		}
		if got := equalErrorRate(points); math.Abs(got-c.EER) > 1e-10 {
			t.Errorf("case %d: EER %g, want %g", i, got, c.EER)
		}
		for at, want := range c.TPRAt {
			fpr, err := strconv.ParseFloat(at, 64)
			if got := tprAt(points, fpr); err != nil || !near(got, want) {
				t.Errorf("case %d: TPR %g at FPR %s, want %g", i, got, at, want)
			}
		}
	}
	if len(want.Cases) == 0 {
		t.Error("no case")
	}
}

// By hand: falling scores of S D S D, so the curve is (0, 0), (0, 1/2), (1/2, 1/2),
// (1/2, 1), (1, 1). Three of four same-different comparisons are right. It crosses
// FPR = 1 - TPR at (1/2, 1/2), and is vertical at 1/2.
func TestCurve(t *testing.T) {
	ranked := rankedOf([]bool{true, false, true, false}, []float64{4, 3, 2, 1})
	points := curve(ranked)
	area, _ := auc(ranked, one)
	if area != 0.75 || equalErrorRate(points) != 0.5 || tprAt(points, 0.5) != 1 || tprAt(points, 0.25) != 0.5 || tprAt(points, 0) != 0.5 {
		t.Errorf("AUC %g, EER %g of %v", area, equalErrorRate(points), points)
	}
	// All tied: a straight line.
	ranked = rankedOf([]bool{true, false, true, false, false}, make([]float64, 5))
	points = curve(ranked)
	area, _ = auc(ranked, one)
	if area != 0.5 || equalErrorRate(points) != 0.5 || !near(tprAt(points, 0.1), 0.1) {
		t.Errorf("tied: AUC %g, EER %g of %v", area, equalErrorRate(points), points)
	}
	if _, defined := auc(rankedOf([]bool{true}, []float64{1}), one); defined {
		t.Error("the AUC of same pairs alone is defined")
	}
}

// Only the order of scores matters.
func TestMonotoneMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 60).Draw(t, "n")
		same, scores, mapped := make([]bool, n), make([]float64, n), make([]float64, n)
		for i := range n {
			same[i] = i%2 == 0
			scores[i] = float64(rapid.IntRange(-20, 20).Draw(t, "score")) / 8
			mapped[i] = math.Exp(3*scores[i]) - 100
		}
		before, after := rankedOf(same, scores), rankedOf(same, mapped)
		for i := range n { // two folds, each with both kinds
			before[i].fold, after[i].fold = before[i].A/4%2, after[i].A/4%2
		}
		a, _ := auc(before, one)
		b, _ := auc(after, one)
		if a != b || equalErrorRate(curve(before)) != equalErrorRate(curve(after)) || tprAt(curve(before), 0.1) != tprAt(curve(after), 0.1) {
			t.Error("a monotone map changes AUC, EER or TPR")
		}
		for f, x := range foldAccuracies(before, 2) {
			if y := foldAccuracies(after, 2)[f]; x != y {
				t.Errorf("a monotone map changes the accuracy of fold %d from %g to %g", f, x, y)
			}
		}
	})
}

// facenet tries thresholds in steps of 0.01, which these scores all lie between.
func TestEveryScoreIsAThreshold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	var same []bool
	var scores []float64
	for i := range 200 {
		same = append(same, i%2 == 0)
		scores = append(scores, 0.995+1e-6*r.Float64())
		if i%2 == 0 {
			scores[i] += 2e-6
		}
	}
	ranked := rankedOf(same, scores)
	for i := range ranked {
		ranked[i].fold = ranked[i].A / 2 % 10 / 2 // 5 folds of 20 + 20
	}
	points := curve(ranked)
	area, _ := auc(ranked, one)
	if area != 1 || equalErrorRate(points) != 0 || tprAt(points, 0.01) != 1 {
		t.Errorf("AUC %g, EER %g, TPR %g; want 1, 0, 1", area, equalErrorRate(points), tprAt(points, 0.01))
	}
	// Only same pairs below all those of other folds are missed.
	if mean, _ := meanAndError(foldAccuracies(ranked, 5)); mean < 0.97 {
		t.Errorf("accuracy %g over folds, want about 1", mean)
	}
}

// By hand. Fold 0 has S 5, D 3; fold 1 has S 2, D 1. The best threshold of fold 1
// is 2, from which fold 0 calls both the same: 1/2. That of fold 0 is 5, from which
// fold 1 calls none the same: 1/2. Of fold 2, S 1, D 4, none is better than infinity.
func TestFoldAccuracies(t *testing.T) {
	of := func(fold int, same, different float64) []scored {
		return []scored{{Pair{0, 1, true}, fold, same}, {Pair{0, 2, false}, fold, different}}
	}
	ranked := append(of(0, 5, 3), of(1, 2, 1)...)
	sortByScore(ranked)
	if got := foldAccuracies(ranked, 2); got[0] != 0.5 || got[1] != 0.5 {
		t.Errorf("accuracies %v, want 0.5 and 0.5", got)
	}
	worse := of(2, 1, 4)
	sortByScore(worse)
	if got := bestThreshold(worse); !math.IsInf(got, 1) {
		t.Errorf("threshold %g, want infinity", got)
	}
	// Deviation of 0.5, 0.7, 0.9 is 0.2.
	if mean, se := meanAndError([]float64{0.5, 0.7, 0.9}); !near(mean, 0.7) || !near(se, 0.2/math.Sqrt(3)) {
		t.Errorf("mean %g, standard error %g", mean, se)
	}
}
