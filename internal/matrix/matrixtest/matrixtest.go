// Package matrixtest makes features for tests.
package matrixtest

import (
	"math/rand/v2"
	"testing"

	"aeprobe/internal/matrix"
)

// Rows are values, row-major.
func Rows(t testing.TB, columns int, values ...float32) matrix.Matrix {
	t.Helper()
	m, err := matrix.Of(values, columns)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Normal is features drawn from a standard normal distribution.
func Normal(rows, columns int, seed uint64) matrix.Matrix {
	r := rand.New(rand.NewPCG(seed, 0))
	m := matrix.New(rows, columns)
	for i := range m.Values {
		m.Values[i] = float32(r.NormFloat64())
	}
	return m
}
