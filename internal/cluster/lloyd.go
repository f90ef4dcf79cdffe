package cluster

import (
	"context"
	"slices"

	"aeprobe/internal/matrix"
)

// partition assigns rows to centroids.
type partition struct {
	*rows
	centroids matrix.Matrix
	// assigned are the rows' centroids, -1 before the first assignment.
	assigned []int
	// sums are the sums of each centroid's rows, [k, Columns] row-major, and counts
	// their numbers. Both follow single rows as they move: few do after the first
	// iterations. float64 sums of float32 values bear that.
	sums   []float64
	counts []int
}

// lloyd moves centroids to the means of the rows nearest to them, over and over,
// at most so many iterations, until no row moves or the centroids' squared moves
// add up to stop or less.
func (r *rows) lloyd(ctx context.Context, first matrix.Matrix, iterations int, stop float64) (*Clusters, error) {
	k := first.Rows()
	p := &partition{
		rows:      r,
		centroids: matrix.Matrix{Values: slices.Clone(first.Values), Columns: first.Columns},
		assigned:  make([]int, r.Rows()),
		sums:      make([]float64, k*r.Columns),
		counts:    make([]int, k),
	}
	for i := range p.assigned {
		p.assigned[i] = -1
	}
	c := &Clusters{Centroids: p.centroids}
	for {
		moved, err := p.assign(ctx)
		if err != nil {
			return nil, err
		}
		c.Converged = c.Converged || moved == 0
		if c.Converged || c.Iterations == iterations {
			break
		}
		p.fillEmpty()
		c.Converged = p.update() <= stop
		c.Iterations++
	}
	c.Inertia = sum(p.distances())
	return c, nil
}

// assign gives every row to its nearest centroid, and counts those that moved.
func (p *partition) assign(ctx context.Context) (moved int, err error) {
	err = p.nearest(ctx, p.centroids, func(i, j int) {
		if p.assigned[i] != j {
			p.move(i, j)
			moved++
		}
	})
	return moved, err
}

func (p *partition) move(i, to int) {
	if from := p.assigned[i]; from >= 0 {
		p.add(i, from, -1)
	}
	p.add(i, to, 1)
	p.assigned[i] = to
}

// add adds row i, times sign, to the sums of centroid j.
func (p *partition) add(i, j, sign int) {
	p.counts[j] += sign
	sums := p.sums[j*p.Columns : (j+1)*p.Columns]
	for c, x := range p.Row(i) {
		sums[c] += float64(sign) * float64(x)
	}
}

// distances are the rows' squared distances from their centroids.
func (p *partition) distances() []float64 {
	d := make([]float64, p.Rows())
	for i, j := range p.assigned {
		d[i] = squaredDistance(p.Row(i), p.centroids.Row(j))
	}
	return d
}

// fillEmpty gives each centroid without rows the row that is farthest from its
// own, as scikit-learn does, but never the only row of another. A centroid stays
// empty if all such rows lie on their centroids.
func (p *partition) fillEmpty() {
	if !slices.Contains(p.counts, 0) {
		return
	}
	distances := p.distances()
	for j, n := range p.counts {
		if n > 0 {
			continue
		}
		farthest, most := -1, 0.0
		for i, d := range distances {
			if d > most && p.counts[p.assigned[i]] > 1 {
				farthest, most = i, d
			}
		}
		if farthest < 0 {
			return
		}
		p.move(farthest, j)
		distances[farthest] = 0
	}
}

// update moves each centroid to the mean of its rows; one without rows stays. It
// returns the sum of the squared moves.
func (p *partition) update() float64 {
	var shift float64
	mean := make([]float32, p.Columns)
	for j, n := range p.counts {
		if n == 0 {
			continue
		}
		for c, s := range p.sums[j*p.Columns : (j+1)*p.Columns] {
			mean[c] = float32(s / float64(n))
		}
		shift += squaredDistance(mean, p.centroids.Row(j))
		copy(p.centroids.Row(j), mean)
	}
	return shift
}
