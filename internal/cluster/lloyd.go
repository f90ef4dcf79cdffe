package cluster

import (
	"context"
	"slices"

	"aeprobe/internal/matrix"
)

// partition is a start of Lloyd's algorithm.
type partition struct {
	*rows
	Clusters
	// assigned are the rows' centroids, -1 before the first assignment.
	assigned []int
	// moved is how many rows the last assignment gave to another centroid.
	moved int
	// sums are the sums of each centroid's rows, [k, Columns] row-major, and counts
	// their numbers. Both follow single rows as they move: few do after the first
	// iterations. float64 sums of float32 values bear that.
	sums   []float64
	counts []int
}

// lloyd moves centroids to the means of the rows nearest to them, over and over,
// until no row moves or the centroids' squared moves add up to stop or less, at
// most so many iterations. All starts, of equally many centroids, move together.
func (r *rows) lloyd(ctx context.Context, starts []matrix.Matrix, iterations int, stop float64) ([]Clusters, error) {
	partitions := make([]*partition, len(starts))
	for n, first := range starts {
		partitions[n] = r.partition(first)
	}
	for running := slices.Clone(partitions); len(running) > 0; {
		if err := r.assign(ctx, running); err != nil {
			return nil, err
		}
		running = slices.DeleteFunc(running, func(p *partition) bool {
			p.Converged = p.Converged || p.moved == 0
			if p.Converged || p.Iterations == iterations {
				p.Inertia = sum(p.distances())
				return true
			}
			p.fillEmpty()
			p.Converged = p.update() <= stop
			p.Iterations++
			return false
		})
	}
	results := make([]Clusters, len(starts))
	for n, p := range partitions {
		results[n] = p.Clusters
	}
	return results, nil
}

func (r *rows) partition(first matrix.Matrix) *partition {
	p := &partition{
		rows:     r,
		assigned: make([]int, r.Rows()),
		sums:     make([]float64, len(first.Values)),
		counts:   make([]int, first.Rows()),
	}
	p.Centroids = matrix.Matrix{Values: slices.Clone(first.Values), Columns: first.Columns}
	for i := range p.assigned {
		p.assigned[i] = -1
	}
	return p
}

// assign gives every row to its nearest centroid in each partition.
func (r *rows) assign(ctx context.Context, partitions []*partition) error {
	all := matrix.Matrix{Columns: r.Columns}
	for _, p := range partitions {
		p.moved = 0
		all.Values = append(all.Values, p.Centroids.Values...)
	}
	k := len(partitions[0].counts)
	return r.each(ctx, all, func(i int, estimates []float64, slack float64) {
		for n, p := range partitions {
			j := r.nearest(i, p.Centroids, estimates[n*k:(n+1)*k], slack)
			if p.assigned[i] != j {
				p.move(i, j)
				p.moved++
			}
		}
	})
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
		d[i] = squaredDistance(p.Row(i), p.Centroids.Row(j))
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
		shift += squaredDistance(mean, p.Centroids.Row(j))
		copy(p.Centroids.Row(j), mean)
	}
	return shift
}
