package tsne

import (
	"context"
	"math"
	"slices"

	"aeprobe/internal/matrix"
)

// smallest is the smallest affinity that is kept: of float32's full precision.
const smallest = 0x1p-126

// affinities are the joint probabilities p_ij = (p_j|i + p_i|j) / 2N of features,
// float32 [N, N]: symmetric, 0 on the diagonal, with a sum of 1 (van der Maaten and
// Hinton 2008, equation 1 and section 3.1).
func affinities(ctx context.Context, features matrix.Matrix, o Options) (matrix.Matrix, error) {
	n := features.Rows()
	if err := o.check(n); err != nil {
		return matrix.Matrix{}, err
	}
	p, err := squaredDistances(ctx, features, o.Threads)
	if err != nil {
		return matrix.Matrix{}, err
	}
	entropy := math.Log(o.Perplexity)
	err = eachBlock(ctx, n, o.Threads, func(first, end int) {
		s := newSearch(n - 1)
		for i := first; i < end; i++ {
			s.condition(p.Row(i), i, entropy)
		}
	})
	if err != nil {
		return matrix.Matrix{}, err
	}
	err = eachBlock(ctx, n, o.Threads, func(first, end int) {
		for column := first; column < n; column += blockRows {
			for i := first; i < end; i++ {
				for j := max(i+1, column); j < min(column+blockRows, n); j++ {
					joint := kept((float64(p.Values[i*n+j]) + float64(p.Values[j*n+i])) / float64(2*n))
					p.Values[i*n+j], p.Values[j*n+i] = joint, joint
				}
			}
		}
	})
	return p, err
}

func kept(probability float64) float32 {
	if probability < smallest {
		return 0
	}
	return float32(probability)
}

// A search finds the width of the Gaussian around a point. Its slices are of the
// other points.
type search struct {
	// distances are squared, less the nearest one's.
	distances, weights []float64
}

func newSearch(others int) *search {
	return &search{make([]float64, others), make([]float64, others)}
}

// condition replaces the squared distances of point i in row, [N], by p_j|i, which
// have the given entropy, in nats. If more points are nearest than that allows,
// such as duplicates, they share all the probability.
func (s *search) condition(row []float32, i int, entropy float64) {
	for j, d := range row[:i] {
		s.distances[j] = float64(d)
	}
	for j, d := range row[i+1:] {
		s.distances[i+j] = float64(d)
	}
	nearest := slices.Min(s.distances)
	ties, mean := 0, 0.0
	for j := range s.distances {
		s.distances[j] -= nearest
		mean += s.distances[j] / float64(len(s.distances))
		if s.distances[j] == 0 {
			ties++
		}
	}
	var sum float64
	if math.Log(float64(ties)) >= entropy {
		sum = s.weighTies()
	} else {
		sum = s.weigh(mean, entropy)
	}
	for j := range row[:i] {
		row[j] = kept(s.weights[j] / sum)
	}
	row[i] = 0
	for j := range row[i+1:] {
		row[i+1+j] = kept(s.weights[i+j] / sum)
	}
}

// weighTies gives the nearest points a weight of 1 each, and returns their number.
func (s *search) weighTies() float64 {
	sum := 0.0
	for j, d := range s.distances {
		s.weights[j] = 0
		if d == 0 {
			s.weights[j] = 1
			sum++
		}
	}
	return sum
}

// weigh sets the weights to exp(-beta d) with the beta that gives them the
// entropy, and returns their sum. It looks for log beta by Newton's method, within
// bounds that each step narrows: dH / d log beta = -beta^2 Var(d). mean is the
// distances' and more than 0.
func (s *search) weigh(mean, entropy float64) float64 {
	const tolerance, longest, most = 1e-6, 2, 200
	logBeta, low, high := -math.Log(mean), math.Inf(-1), math.Inf(1)
	for step := 1; ; step++ {
		beta := math.Exp(logBeta)
		var sum, first, second float64
		for j, d := range s.distances {
			w := math.Exp(-beta * d)
			s.weights[j] = w
			sum += w
			first += w * d
			second += w * d * d
		}
		first, second = first/sum, second/sum
		excess := math.Log(sum) + beta*first - entropy
		if math.Abs(excess) <= tolerance || step == most {
			return sum
		}
		if excess > 0 {
			low = logBeta
		} else {
			high = logBeta
		}
		slope := beta * beta * max(0, second-first*first)
		logBeta += max(-longest, min(longest, excess/slope))
		if logBeta <= low || logBeta >= high {
			logBeta = (low + high) / 2
		}
	}
}
