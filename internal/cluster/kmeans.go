// Package cluster finds clusters of features without labels by k-means, and
// says how well they agree with classes.
//
// Results are the same bits for the same rows and seed, on any number of
// threads: see distances.go. A call uses libtorch, on the caller's goroutine.
package cluster

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"aeprobe/internal/matrix"
)

// Options are how KMeans searches. A zero value means scikit-learn's default.
type Options struct {
	// Starts is from how many seedings Lloyd's algorithm starts; 0 is 10.
	Starts int
	// Iterations is how many a start takes at most; 0 is 300.
	Iterations int
	// Tolerance ends a start once the sum of the centroids' squared moves in an
	// iteration is at most Tolerance times the mean of the columns' variances;
	// 0 is 1e-4.
	Tolerance float64
	// Seed and a start's number draw its seeding: more starts repeat the earlier ones.
	Seed uint64
}

// Clusters are the centroids of the start with the lowest inertia.
type Clusters struct {
	// Centroids are float32 [k, columns]. Two are equal only if the rows hold
	// fewer than k distinct values.
	Centroids matrix.Matrix `json:"-"`
	// Inertia is the sum of the rows' squared distances from their centroids.
	Inertia float64 `json:"inertia"`
	// Iterations is how many moves of the centroids the start took.
	Iterations int `json:"iterations"`
	// Converged is false if Options.Iterations ended the start.
	Converged bool `json:"converged"`
	// Inertias are those of all starts: their spread says how much the search matters.
	Inertias []float64 `json:"inertias"`
}

// KMeans clusters the rows of m around k centroids, 1 to m.Rows(), by Lloyd's
// algorithm from greedy k-means++ seedings, as scikit-learn's KMeans does. It
// keeps a copy of m while it runs, and stops with ctx's error when ctx ends.
func KMeans(ctx context.Context, m matrix.Matrix, k int, o Options) (*Clusters, error) {
	if o.Starts < 0 || o.Iterations < 0 || !(o.Tolerance >= 0) {
		return nil, fmt.Errorf("k-means with %d starts, %d iterations and a tolerance of %v: none may be negative",
			o.Starts, o.Iterations, o.Tolerance)
	}
	if err := check(m); err != nil {
		return nil, err
	}
	if k < 1 || k > m.Rows() {
		return nil, fmt.Errorf("%d rows do not make %d clusters: ask for 1 to %[1]d clusters, or give more rows", m.Rows(), k)
	}
	r, err := newRows(m)
	if err != nil {
		return nil, err
	}
	defer r.drop()
	seedings := make([]matrix.Matrix, cmp.Or(o.Starts, 10))
	for start := range seedings {
		random := rand.New(rand.NewPCG(o.Seed, uint64(start)))
		if seedings[start], err = r.plusPlus(ctx, k, random); err != nil {
			return nil, err
		}
	}
	var all []Clusters
	for group := range slices.Chunk(seedings, max(1, together/k)) {
		found, err := r.lloyd(ctx, group, cmp.Or(o.Iterations, 300), cmp.Or(o.Tolerance, 1e-4)*r.meanVariance())
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	best := slices.MinFunc(all, func(a, b Clusters) int { return cmp.Compare(a.Inertia, b.Inertia) })
	for _, c := range all {
		best.Inertias = append(best.Inertias, c.Inertia)
	}
	return &best, nil
}

// together is how many centroids starts share a product for: one with 100 columns
// takes a third of the time of ten with 10.
const together = 200

// Assign is the number of the centroid nearest to each row of m, the lowest of
// equally near ones.
func (c *Clusters) Assign(ctx context.Context, m matrix.Matrix) ([]int, error) {
	if m.Columns != c.Centroids.Columns {
		return nil, fmt.Errorf("rows have %d columns, the centroids %d: take the features that were clustered",
			m.Columns, c.Centroids.Columns)
	}
	if err := check(m); err != nil {
		return nil, err
	}
	r, err := newRows(m)
	if err != nil {
		return nil, err
	}
	defer r.drop()
	nearest := make([]int, m.Rows())
	err = r.each(ctx, c.Centroids, func(i int, estimates []float64, slack float64) {
		nearest[i] = r.nearest(i, c.Centroids, estimates, slack)
	})
	if err != nil {
		return nil, err
	}
	return nearest, nil
}

// largest keeps the squares that libtorch adds far below float32's 3e38.
const largest = 1e15

func check(m matrix.Matrix) error {
	if m.Columns < 1 || len(m.Values) == 0 {
		return fmt.Errorf("no features to cluster: give at least one row and one column")
	}
	for at, x := range m.Values {
		if !(math.Abs(float64(x)) <= largest) {
			return fmt.Errorf("row %d, column %d is %v: clusters need numbers from %g to %g; check the features, or standardise them",
				at/m.Columns, at%m.Columns, x, -largest, largest)
		}
	}
	return nil
}
