package stats

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// oracles are what statsmodels and scipy compute: testdata/make.py.
type oracles struct {
	StudentP        []struct{ DF, T, P float64 } `json:"student_p"`
	StudentQuantile []struct{ DF, P, T float64 } `json:"student_quantile"`
	Wilson          []struct {
		Successes, N          int
		Confidence, Low, High float64
	}
	McNemar []struct {
		B, C int
		P    float64
	}
	Proportions []struct {
		A, B   float64
		NA, NB int
		Z, P   float64
	}
	Holm []struct{ P, Adjusted []float64 }
	// Paired has a's mean, deviation and interval as well.
	Paired []struct {
		A, B                       []float64
		T, P                       float64
		SignFlip                   float64 `json:"sign_flip"`
		Mean, Deviation, Low, High float64
	}
	Crossed []struct {
		D                       [][]int8
		Seeds, Images, Residual float64
		T, DF, P                float64
		POverSeeds              float64 `json:"p_over_seeds"`
	}
	SeedsToTell []struct{ Effect, N float64 } `json:"seeds_to_tell"`
}

func readOracles(t *testing.T) oracles {
	t.Helper()
	text, err := os.ReadFile("testdata/oracles.json")
	if err != nil {
		t.Fatal(err)
	}
	var o oracles
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// near tells that got is want to a relative precision, or to an absolute one of
// the same size for numbers below 1e-12.
func near(got, want, precision float64) bool {
	return got == want || math.Abs(got-want) <= precision*max(math.Abs(want), 1e-12)
}
