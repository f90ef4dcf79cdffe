package geometry

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// pairImages is how many images are paired, at most: 12.5 million pairs.
const pairImages = 5000

// pairSums are sums over the pairs i < j.
type pairSums struct {
	pairs, samePairs          int
	cosine, kernel, alignment float64
}

// draw is the places of at most pairImages of n images, ascending: images may be in
// the order of their classes.
func draw(n int, seed uint64) []int {
	drawn := rand.New(rand.NewPCG(seed, 0)).Perm(n)[:min(n, pairImages)]
	slices.Sort(drawn)
	return drawn
}

// sumPairs pairs the rows of m, scaled to length 1, each with each. A row of zeros
// stays one: its cosines are 0 and its squared distances 1, or 0 to another such.
// Distances come from float32 cosines, and have their rounding of 1e-7.
func sumPairs(ctx context.Context, m matrix.Matrix, labels []byte) (pairSums, error) {
	unit := m.UnitRows(nil)
	square := make([]float64, unit.Rows())
	for i := range square {
		if slices.ContainsFunc(unit.Row(i), func(x float32) bool { return x != 0 }) {
			square[i] = 1
		}
	}
	var s pairSums
	err := torch.EachProduct(ctx, unit, unit, func(first int, rows matrix.Matrix) error {
		for r := range rows.Rows() {
			i, cosines := first+r, rows.Row(r)
			for j := i + 1; j < len(cosines); j++ {
				cosine := float64(cosines[j])
				distance := max(0, square[i]+square[j]-2*cosine)
				s.pairs++
				s.cosine += cosine
				s.kernel += math.Exp(-2 * distance)
				if labels[i] == labels[j] {
					s.samePairs++
					s.alignment += distance
				}
			}
		}
		return nil
	})
	return s, err
}
