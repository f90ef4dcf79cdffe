package knn

import (
	"context"
	"fmt"

	"aeprobe/internal/matrix"
)

// Occurrences counts, for each row of m, how many other rows have it among their k
// nearest ones by Euclidean distance: N_k of Radovanovic et al. (Hubs in Space, JMLR
// 2010, section 2), k on average. No row is its own neighbour, and of equally near
// ones the lower is nearer. k is from 1 to m.Rows() - 1.
//
// Distances are compared in float32, of rows less their mean.
func Occurrences(ctx context.Context, m matrix.Matrix, k int) ([]int, error) {
	if k < 1 || k >= m.Rows() {
		return nil, fmt.Errorf("%d nearest of %d images: ask for 1 or more, and fewer than there are", k, m.Rows())
	}
	if err := m.CheckFinite("image"); err != nil {
		return nil, err
	}
	queries, bank := byDistance(m)
	counts := make([]int, m.Rows())
	// One more than k, as a row is near itself.
	err := eachNearest(ctx, queries, bank, k+1, func(query int, nearest []neighbour) {
		left := k
		for _, n := range nearest {
			if int(n.index) != query && left > 0 {
				counts[n.index]++
				left--
			}
		}
	})
	return counts, err
}

// byDistance are two matrices whose rows have the largest product where those of m
// are the nearest: |a - b|^2 = |a|^2 - 2 (ab - |b|^2 / 2).
func byDistance(m matrix.Matrix) (queries, bank matrix.Matrix) {
	means := m.Means()
	queries, bank = matrix.New(m.Rows(), m.Columns+1), matrix.New(m.Rows(), m.Columns+1)
	for i := range m.Rows() {
		to, square := queries.Row(i), 0.0
		for j, x := range m.Row(i) {
			to[j] = float32(float64(x) - means[j])
			square += float64(to[j]) * float64(to[j])
		}
		copy(bank.Row(i), to[:m.Columns])
		to[m.Columns], bank.Row(i)[m.Columns] = 1, float32(-square/2)
	}
	return queries, bank
}
