// Package episodes measures how well features tell classes apart from a few
// labelled images, by N-way K-shot episodes: each draws N classes, K support and
// some query images of each, and gives every query to the class with the nearest
// mean of supports (Snell et al., Prototypical Networks for Few-shot Learning,
// NIPS 2017, eqs. 1 and 2; Wang et al., SimpleShot, 2019, for the transforms).
//
// Episodes depend on labels, options and seed alone, never on features: every
// encoder gets the same, so that accuracies can be compared episode by episode.
// The first episodes are the same however many follow.
package episodes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"

	"aeprobe/internal/matrix"
)

// What happens to features first.
const (
	None = "none"
	// L2 scales each row to length 1.
	L2 = "l2"
	// CL2N subtracts BaseMean, and then scales each row to length 1.
	CL2N = "cl2n"
)

// Options of Run.
type Options struct {
	// Classes are those that episodes draw from: for honest novel classes, those
	// that the encoder never saw, not even unlabelled. Empty, all that have labels.
	Classes []byte
	// Ways is the number of classes in an episode, 2 or more.
	Ways int
	// Shots and Queries are images of each of them, 1 or more; 15 queries are
	// customary.
	Shots, Queries int
	// Episodes is 2 or more; 600 to 10,000 are customary.
	Episodes int
	// Transform is None, L2 or CL2N.
	Transform string
	// BaseMean is the mean of the features that the encoder was trained on, not
	// of these. Only CL2N uses it.
	BaseMean []float64
	Seed     uint64
}

// Result is of all episodes. Accuracies are from 0 to 1.
type Result struct {
	Episodes int `json:"episodes"`
	// Mean is the mean accuracy.
	Mean float64 `json:"mean"`
	// Deviation is the standard deviation between episodes, divided by n - 1: how
	// far one episode's accuracy is from another's.
	Deviation float64 `json:"deviation_between_episodes"`
	// Interval95 is half the width of the mean's 95 % confidence interval,
	// 1.96 Deviation / sqrt(Episodes): not the spread of episodes.
	Interval95 float64 `json:"interval_95_of_mean"`
	// Hash is the SHA-256 of the episodes, in hexadecimal. Each adds its classes,
	// rising, and after each class its supports' and queries' row numbers, every
	// number as 4 bytes, little-endian.
	Hash string `json:"episodes_sha256"`
	// Accuracies are by episode.
	Accuracies []float64 `json:"accuracies,omitempty"`
}

// Run draws the episodes from rows of features, whose classes labels tells, and
// scores each.
func Run(ctx context.Context, features matrix.Matrix, labels []byte, o Options) (*Result, error) {
	d, err := newDrawer(features, labels, o)
	if err != nil {
		return nil, fmt.Errorf("few-shot episodes: %w", err)
	}
	transformed := o.transform(features)
	hash := sha256.New()
	accuracies := make([]float64, 0, o.Episodes)
	for range o.Episodes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := d.draw()
		e.write(hash)
		accuracies = append(accuracies, e.accuracy(transformed))
	}
	r := summarize(accuracies)
	r.Hash = hex.EncodeToString(hash.Sum(nil))
	return r, nil
}

func (o Options) transform(features matrix.Matrix) matrix.Matrix {
	switch o.Transform {
	case L2:
		return features.UnitRows(nil)
	case CL2N:
		return features.UnitRows(o.BaseMean)
	}
	return features
}

func summarize(accuracies []float64) *Result {
	n := float64(len(accuracies))
	r := &Result{Episodes: len(accuracies), Accuracies: accuracies}
	for _, a := range accuracies {
		r.Mean += a
	}
	r.Mean /= n
	var square float64
	for _, a := range accuracies {
		square += (a - r.Mean) * (a - r.Mean)
	}
	r.Deviation = math.Sqrt(square / (n - 1))
	r.Interval95 = 1.96 * r.Deviation / math.Sqrt(n)
	return r
}

// choose draws n distinct values, in random order; it reorders from.
func choose[T any](r *rand.Rand, from []T, n int) []T {
	for i := range n {
		j := i + r.IntN(len(from)-i)
		from[i], from[j] = from[j], from[i]
	}
	return from[:n]
}
