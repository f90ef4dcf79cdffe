package pairs

import (
	"cmp"
	"math"
	"slices"

	"aeprobe/internal/matrix"
)

// How two images are compared; the higher, the more alike.
const (
	// Cosine is of the angle between their features; 0 if either is all zero.
	Cosine = "cosine"
	// Euclidean is the negative squared distance of their features.
	Euclidean = "euclidean"
)

// scored is a pair with its similarity.
type scored struct {
	Pair
	fold  int
	score float64
}

// rank scores the pairs of all folds, in float64; the highest score first.
func (s *Set) rank(features matrix.Matrix, similarity string, center []float64) []scored {
	compare := negativeSquaredDistance
	if similarity == Cosine {
		compare = cosine
	}
	if center == nil {
		center = make([]float64, features.Columns)
	}
	var ranked []scored
	for f, pairs := range s.Folds {
		for _, p := range pairs {
			ranked = append(ranked, scored{p, f, compare(features.Row(p.A), features.Row(p.B), center)})
		}
	}
	sortByScore(ranked)
	return ranked
}

func sortByScore(ranked []scored) {
	slices.SortStableFunc(ranked, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
}

func cosine(a, b []float32, center []float64) float64 {
	var ab, aa, bb float64
	for j, c := range center {
		x, y := float64(a[j])-c, float64(b[j])-c
		ab += x * y
		aa += x * x
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// negativeSquaredDistance needs no center: it subtracts out.
func negativeSquaredDistance(a, b []float32, _ []float64) float64 {
	var square float64
	for j := range a {
		d := float64(a[j]) - float64(b[j])
		square += d * d
	}
	return -square
}
