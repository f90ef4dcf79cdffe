package tsne

import (
	"context"
	"errors"
	"math"

	"aeprobe/internal/matrix"
)

// descent is a picture on its way to being finished.
type descent struct {
	p       matrix.Matrix // affinities, [N, N]
	threads int
	state   *State
	x, y    []float64 // the coordinates, apart, which is faster to read
	pulls   []pull
}

// pull is what all other points j do to a point i, where w = 1 / (1 + |y_i - y_j|^2).
type pull struct {
	attraction [2]float64 // sum of p_ij w (y_i - y_j)
	repulsion  [2]float64 // sum of w^2 (y_i - y_j)
	weight     float64    // sum of w
}

func newDescent(p matrix.Matrix, threads int, state *State) *descent {
	n := p.Rows()
	d := &descent{p: p, threads: threads, state: state, x: make([]float64, n), y: make([]float64, n), pulls: make([]pull, n)}
	d.split()
	return d
}

// split copies the state's coordinates to x and y.
func (d *descent) split() {
	for i, point := range d.state.Coordinates {
		d.x[i], d.y[i] = point[0], point[1]
	}
}

// run does the iterations that are left.
func (d *descent) run(ctx context.Context, save func(State) error) error {
	if save == nil {
		save = func(State) error { return nil }
	}
	for d.state.Iteration < Iterations {
		if err := d.step(ctx); err != nil {
			return errors.Join(err, save(*d.state.clone()))
		}
		if d.state.Iteration%saveEvery == 0 {
			if err := save(*d.state.clone()); err != nil {
				return err
			}
		}
	}
	return nil
}

// step does one iteration, or nothing if ctx ends first.
func (d *descent) step(ctx context.Context) error {
	s := d.state
	exaggeration := 1.0
	if s.Iteration < EarlyIterations {
		exaggeration = EarlyExaggeration
	}
	normalizer, err := d.pullAll(ctx)
	if err != nil {
		return err
	}
	if s.Iteration == EarlyIterations {
		clear(s.Velocity)
	}
	rate := float64(len(s.Coordinates)) / exaggeration
	var mean [2]float64
	for i := range s.Coordinates {
		velocity, gains := &s.Velocity[i], &s.Gains[i]
		gradient := d.pulls[i].gradient(exaggeration, normalizer)
		for c, g := range gradient {
			if sign(velocity[c]) != sign(g) {
				gains[c] += gainRise
			} else {
				gains[c] = gains[c]*gainDecay + leastGain
			}
			velocity[c] = momentum*velocity[c] - rate*gains[c]*g
		}
		if length := math.Hypot(velocity[0], velocity[1]); length > longestStep {
			velocity[0] *= longestStep / length
			velocity[1] *= longestStep / length
		}
		for c, v := range velocity {
			s.Coordinates[i][c] += v
			mean[c] += s.Coordinates[i][c]
		}
	}
	for i := range s.Coordinates {
		for c := range mean {
			s.Coordinates[i][c] -= mean[c] / float64(len(s.Coordinates))
		}
	}
	s.Iteration++
	d.split()
	return nil
}

// gradient is a quarter of the KL divergence's by a point's coordinates, given the
// normalizer Z, the sum of w over all pairs: the sum of (p_ij - w/Z) w (y_i - y_j)
// (van der Maaten and Hinton 2008, equation 5).
func (p *pull) gradient(exaggeration, normalizer float64) (g [2]float64) {
	for c := range g {
		g[c] = exaggeration*p.attraction[c] - p.repulsion[c]/normalizer
	}
	return g
}

// pullAll computes the pull on each point, and returns the normalizer.
func (d *descent) pullAll(ctx context.Context) (float64, error) {
	n := len(d.x)
	err := eachBlock(ctx, n, d.threads, func(first, end int) {
		for i := first; i < end; i++ {
			d.pulls[i] = pull{}
			row := d.p.Row(i)
			d.pulls[i].add(d.x[i], d.y[i], d.x[:i], d.y[:i], row[:i])
			d.pulls[i].add(d.x[i], d.y[i], d.x[i+1:], d.y[i+1:], row[i+1:])
		}
	})
	var normalizer float64
	for i := range d.pulls {
		normalizer += d.pulls[i].weight
	}
	return normalizer, err
}

// add adds the pulls of the points at xs and ys, of affinities ps, on one at x, y.
// This loop is where the time goes: its sums are variables, which stay in
// registers, as an array's do not.
func (p *pull) add(x, y float64, xs, ys []float64, ps []float32) {
	ys, ps = ys[:len(xs)], ps[:len(xs)]
	weight, ax, ay, rx, ry := p.weight, p.attraction[0], p.attraction[1], p.repulsion[0], p.repulsion[1]
	for j, other := range xs {
		dx, dy := x-other, y-ys[j]
		w := 1 / (1 + dx*dx + dy*dy)
		attraction, repulsion := float64(ps[j])*w, w*w
		weight += w
		ax += attraction * dx
		ay += attraction * dy
		rx += repulsion * dx
		ry += repulsion * dy
	}
	*p = pull{[2]float64{ax, ay}, [2]float64{rx, ry}, weight}
}

// divergence is the sum of p_ij ln(p_ij / q_ij), with q_ij = w / Z.
func (d *descent) divergence(ctx context.Context) (float64, error) {
	normalizer, err := d.pullAll(ctx)
	if err != nil {
		return 0, err
	}
	n := len(d.x)
	rows := make([][2]float64, n) // sums of p_ij ln(p_ij / w), and of p_ij
	err = eachBlock(ctx, n, d.threads, func(first, end int) {
		for i := first; i < end; i++ {
			for j, p32 := range d.p.Row(i) {
				if p32 > 0 {
					p, dx, dy := float64(p32), d.x[i]-d.x[j], d.y[i]-d.y[j]
					rows[i][0] += p * math.Log(p*(1+dx*dx+dy*dy))
					rows[i][1] += p
				}
			}
		}
	})
	var kl, sum float64
	for _, row := range rows {
		kl, sum = kl+row[0], sum+row[1]
	}
	return kl + sum*math.Log(normalizer), err
}

// sign is -1, 0 or 1.
func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	default:
		return 0
	}
}
