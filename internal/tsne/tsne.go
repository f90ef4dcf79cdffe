// Package tsne draws features as points in the plane by exact t-SNE (van der
// Maaten and Hinton, JMLR 9, 2008), and measures how far the picture can be
// trusted.
//
// All pairs of points count, none is approximated: time and memory grow with the
// square of the number of points N, 4 bytes a pair. Nothing here needs libtorch.
//
// Equal inputs give equal bits, whatever the number of threads and however often
// the descent was interrupted: each row of a matrix is summed by one thread, from
// its first column to its last, and rows are added in order. What a thread does
// with numbers too small for a float32's full precision must not show either, so
// affinities below smallest are 0.
package tsne

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"aeprobe/internal/matrix"
)

// The descent is openTSNE's, as of version 1.0: early exaggeration, then without;
// a learning rate of N / exaggeration (Belkina et al., Nature Communications 10,
// 2019) for a gradient without the factor 4; gains per coordinate; steps of
// limited length. The gains last, and the velocity is 0 again, after the early
// iterations.
const (
	// Iterations is the length of a descent, EarlyIterations the number of the
	// first ones, in which affinities are EarlyExaggeration times as large.
	Iterations        = 750
	EarlyIterations   = 250
	EarlyExaggeration = 12

	momentum  = 0.8
	gainRise  = 0.2
	gainDecay = 0.8
	leastGain = 0.01
	// longestStep is the most that a point moves in an iteration.
	longestStep = 5
)

// saveEvery is the number of iterations between states that are saved.
const saveEvery = 50

// Options choose a picture.
type Options struct {
	// Perplexity is the effective number of neighbours, above 1 and at most a
	// third of the other points; 30 is usual.
	Perplexity float64
	// Threads is the number of threads, 1 or more; it decides no bit.
	Threads int
}

// Result is a finished picture.
type Result struct {
	// Coordinates are the points, [N], with mean 0.
	Coordinates [][2]float64 `json:"-"`
	Perplexity  float64      `json:"perplexity"`
	// KL is the Kullback-Leibler divergence of the picture's similarities from
	// the affinities, in nats, 0 or more.
	KL         float64 `json:"kl"`
	Iterations int     `json:"iterations"`
}

// Run descends from start, [N], to a picture of features, [N, D]. Start makes
// such a start.
//
// Every few iterations, and when ctx ends, it calls save, unless that is nil, with
// a state which save may keep. With a state as resume it continues there, to the
// same bits. A state of other inputs is ignored, as nil is: the descent starts over.
//
// It returns ctx's error soon after ctx ends, and an error for features that are
// not finite, a start of another size, and a perplexity too large for N.
func Run(ctx context.Context, features matrix.Matrix, start [][2]float64, o Options, resume *State, save func(State) error) (*Result, error) {
	if len(start) != features.Rows() {
		return nil, fmt.Errorf("t-SNE of %d points from a start of %d", features.Rows(), len(start))
	}
	p, err := affinities(ctx, features, o)
	if err != nil {
		return nil, err
	}
	inputs := digest(features, start, o)
	d := newDescent(p, o.Threads, newState(inputs, start))
	if resume != nil && resume.Inputs == inputs && resume.fits(len(start)) {
		d = newDescent(p, o.Threads, resume.clone())
	}
	if err := d.run(ctx, save); err != nil {
		return nil, err
	}
	kl, err := d.divergence(ctx)
	if err != nil {
		return nil, err
	}
	if math.IsNaN(kl) || math.IsInf(kl, 0) {
		return nil, fmt.Errorf("t-SNE with perplexity %g diverged: its KL divergence is %g", o.Perplexity, kl)
	}
	return &Result{Coordinates: d.state.Coordinates, Perplexity: o.Perplexity, KL: kl, Iterations: d.state.Iteration}, nil
}

// Divergence is the KL of a Result: of coordinates, [N], from the affinities of
// features, [N, D].
func Divergence(ctx context.Context, features matrix.Matrix, coordinates [][2]float64, o Options) (float64, error) {
	if len(coordinates) != features.Rows() {
		return 0, fmt.Errorf("%d points have %d coordinates", features.Rows(), len(coordinates))
	}
	p, err := affinities(ctx, features, o)
	if err != nil {
		return 0, err
	}
	return newDescent(p, o.Threads, newState("", coordinates)).divergence(ctx)
}

// check refuses options that do not go with so many points.
func (o Options) check(points int) error {
	switch {
	case o.Threads < 1:
		return errors.New("t-SNE needs at least one thread")
	case !(o.Perplexity > 1):
		return fmt.Errorf("a perplexity of %g: expected more than 1", o.Perplexity)
	case 3*o.Perplexity > float64(points-1):
		return fmt.Errorf("a perplexity of %g needs at least %.0f points, and there are %d: "+
			"choose a perplexity of at most %d, or more points", o.Perplexity, math.Ceil(3*o.Perplexity)+1, points, MaxPerplexity(points))
	}
	return nil
}

// MaxPerplexity is the largest whole perplexity for that many points: each has a
// third of the others as effective neighbours, at most.
func MaxPerplexity(points int) int { return max(0, (points-1)/3) }

// digest identifies all that decides the picture.
func digest(features matrix.Matrix, start [][2]float64, o Options) string {
	h := sha256.New()
	buffer := binary.LittleEndian.AppendUint64(nil, math.Float64bits(o.Perplexity))
	buffer = binary.LittleEndian.AppendUint64(buffer, uint64(features.Columns))
	for _, point := range start {
		for _, x := range point {
			buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(x))
		}
	}
	h.Write(buffer)
	for row := range slices.Chunk(features.Values, features.Columns) {
		buffer = buffer[:0]
		for _, x := range row {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(x))
		}
		h.Write(buffer)
	}
	return hex.EncodeToString(h.Sum(nil))
}
