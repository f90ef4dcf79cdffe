package geometry

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
	"aeprobe/internal/torch/torchtest"
)

// mapped is m times a map, [m.Columns, columns], plus a shift.
func mapped(m matrix.Matrix, columns int, by func(from, to int) float64, shift float64) matrix.Matrix {
	out := matrix.New(m.Rows(), columns)
	for i := range m.Rows() {
		for to := range columns {
			sum := shift
			for from, x := range m.Row(i) {
				sum += float64(x) * by(from, to)
			}
			out.Row(i)[to] = float32(sum)
		}
	}
	return out
}

// CKA with itself is 1, and so with what is rotated, reflected, scaled and shifted;
// not with what a general linear map makes. The images do not fit one block.
func TestCKAInvariance(t *testing.T) {
	torchtest.Pin(t)
	const d = 6
	x := matrixtest.Normal(blockRows+100, d, 1)
	// Householder's reflection I - 2 v v' / |v|^2 of v = (1, ..., d), after a turn of
	// the columns, is orthogonal.
	orthogonal := func(from, to int) float64 {
		from = (from + 1) % d
		entry := -2 * float64((from+1)*(to+1)) / (d * (d + 1) * (2*d + 1) / 6)
		if from == to {
			entry++
		}
		return entry
	}
	general := func(from, to int) float64 {
		if from == to {
			return math.Pow(3, float64(from))
		}
		return 0
	}
	for name, c := range map[string]struct {
		y    matrix.Matrix
		same bool
	}{
		"itself":     {x, true},
		"orthogonal": {mapped(x, d, orthogonal, 0), true},
		"scaled":     {mapped(x, d, func(from, to int) float64 { return 7 * orthogonal(from, to) }, 20), true},
		"general":    {mapped(x, d, general, 0), false},
	} {
		biased, debiased, err := CKA(t.Context(), x, c.y)
		if err != nil {
			t.Fatal(err)
		}
		// float32 rounds what the maps make.
		if c.same && (!near(biased, 1, 1e-5) || !near(debiased, 1, 1e-5)) {
			t.Errorf("%s: %v, debiased %v", name, biased, debiased)
		}
		// Covariances I and diag(9^k): (sum 9^k) / sqrt(d sum 81^k) = 0.456.
		if !c.same && (!near(biased, 0.456, 0.1) || !near(debiased, 0.456, 0.1)) {
			t.Errorf("%s: %v, debiased %v, want 0.456 of each, roughly", name, biased, debiased)
		}
	}
}

// Unrelated features: HSIC_1 is a sum of n(n-1) products K(i, j) L(i, j), each twice,
// of mean 0 and variance d e, against sqrt(HSIC(x, x) HSIC(y, y)) of n^2 sqrt(d e): the
// standard error is sqrt(2) / n. HSIC_0 has n d e more, and its norms n d^2 and
// n e^2: with d = e, CKA is d / (n + d).
func TestCKAOfUnrelated(t *testing.T) {
	torchtest.Pin(t)
	const n, d = 200, 100
	var layers []matrix.Matrix
	for seed := range 4 {
		layers = append(layers, matrixtest.Normal(n, d, uint64(seed)))
	}
	s, err := CKAs(t.Context(), layers)
	if err != nil {
		t.Fatal(err)
	}
	for i := range layers {
		for j := range i {
			if math.Abs(s.Debiased[i][j]) > 4*math.Sqrt2/n {
				t.Errorf("debiased %d, %d is %v, above four standard errors", i, j, s.Debiased[i][j])
			}
			if !near(s.Biased[i][j], float64(d)/(n+d), 0.03) {
				t.Errorf("biased %d, %d is %v, want 1/3", i, j, s.Biased[i][j])
			}
		}
	}
	again, err := CKAs(t.Context(), layers)
	if err != nil || !reflect.DeepEqual(s, again) {
		t.Errorf("again it is %v, not %v (%v)", again, s, err)
	}
	for i := range layers {
		if s.Debiased[i][i] != 1 && !near(s.Debiased[i][i], 1, 1e-12) || s.Debiased[i][0] != s.Debiased[0][i] {
			t.Errorf("row %d is %v", i, s.Debiased[i])
		}
	}
}

func TestCKAOfConstant(t *testing.T) {
	torchtest.Pin(t)
	constant := matrix.New(8, 2)
	for i := range constant.Values {
		constant.Values[i] = 0.1
	}
	s, err := CKAs(t.Context(), []matrix.Matrix{matrixtest.Normal(8, 3, 1), constant})
	if err != nil || s.Biased[0][1] != 0 || s.Debiased[1][0] != 0 || s.Biased[1][1] != 0 || s.Debiased[1][1] != 0 {
		t.Errorf("%v (%v)", s, err)
	}
}

func TestCKARefusals(t *testing.T) {
	torchtest.Pin(t)
	x := matrixtest.Normal(8, 3, 1)
	if _, _, err := CKA(t.Context(), x, x.Slice(0, 7)); err == nil || !strings.Contains(err.Error(), "layer 1 (from 0) has 7 images, the first has 8") {
		t.Errorf("other images: %v", err)
	}
	if _, _, err := CKA(t.Context(), x.Slice(0, 3), x.Slice(0, 3)); err == nil || !strings.Contains(err.Error(), "at least 4") {
		t.Errorf("three images: %v", err)
	}
	diverged := matrixtest.Normal(8, 3, 2)
	diverged.Row(3)[2] = float32(math.NaN())
	if _, _, err := CKA(t.Context(), x, diverged); err == nil || !strings.Contains(err.Error(), "layer 1 (from 0): feature 2 (from 0) holds NaN") {
		t.Errorf("NaN: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := CKA(ended, x, x); err != context.Canceled {
		t.Errorf("after ctx ended: %v", err)
	}
}
