package cluster

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
)

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func matrixOf(t *testing.T, columns int, values ...float32) matrix.Matrix {
	t.Helper()
	m, err := matrix.Of(values, columns)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// normal is rows of independent normal values.
func normal(rows, columns int, mean, deviation float64) matrix.Matrix {
	random := rand.New(rand.NewPCG(1, 2))
	m := matrix.New(rows, columns)
	for i := range m.Values {
		m.Values[i] = float32(mean + deviation*random.NormFloat64())
	}
	return m
}

func held(t *testing.T, m matrix.Matrix) *rows {
	t.Helper()
	r, err := newRows(m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.drop)
	return r
}

func TestLloydEqualsScikitLearn(t *testing.T) {
	var cases []struct {
		Name                  string
		Columns, Iterations   int
		Rows, Init, Centroids []float32
		Assigned              []int
		Inertia               float64
	}
	readJSON(t, "testdata/kmeans.json", &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			m := matrixOf(t, c.Columns, c.Rows...)
			r := held(t, m)
			init := matrixOf(t, c.Columns, c.Init...)
			all, err := r.lloyd(t.Context(), []matrix.Matrix{init}, 300, 1e-4*r.meanVariance())
			if err != nil {
				t.Fatal(err)
			}
			got := all[0]
			for i, want := range c.Centroids {
				if got := got.Centroids.Values[i]; math.Abs(float64(got-want)) > 1e-5 {
					t.Errorf("centroid %d, column %d is %v, want %v", i/c.Columns, i%c.Columns, got, want)
				}
			}
			if math.Abs(got.Inertia-c.Inertia) > 1e-5*c.Inertia {
				t.Errorf("inertia %v, want %v", got.Inertia, c.Inertia)
			}
			// scikit-learn also counts the iteration in which no row moves.
			if n := c.Iterations; !got.Converged || got.Iterations != n && got.Iterations != n-1 {
				t.Errorf("%d iterations (converged: %v), want %d", got.Iterations, got.Converged, n)
			}
			assigned, err := got.Assign(t.Context(), m)
			if err != nil || !slices.Equal(assigned, c.Assigned) {
				t.Errorf("assigned %v (%v), want %v", assigned, err, c.Assigned)
			}
		})
	}
}

// Rows around the corners of a simplex with sides 100 sqrt(2), of which one start
// in a few would miss a corner without k-means++.
func TestKMeansFindsBlobs(t *testing.T) {
	const k, each = 12, 20
	m := normal(k*each, k, 0, 1)
	for i := range m.Rows() {
		m.Row(i)[i%k] += 100
	}
	c, err := KMeans(t.Context(), m, k, Options{Starts: 3, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	assigned, err := c.Assign(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range assigned {
		if j != assigned[i%k] || i < k && slices.Contains(assigned[:i], j) {
			t.Fatalf("rows are in clusters %v, want those of the corners", assigned[:i+1])
		}
	}
	// The rows of a cluster vary by 1 in k columns around their mean.
	if want := float64(k * (k*each - k)); math.Abs(c.Inertia-want) > 0.15*want || !c.Converged {
		t.Errorf("inertia %v, want about %v (converged: %v)", c.Inertia, want, c.Converged)
	}
}

func TestKMeansRepeats(t *testing.T) {
	m := normal(300, 5, 0, 1)
	run := func(seed uint64, starts int) *Clusters {
		c, err := KMeans(t.Context(), m, 7, Options{Starts: starts, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	three := run(1, 3)
	if slices.Min(three.Inertias) != three.Inertia {
		t.Errorf("inertias %v, the best %v", three.Inertias, three.Inertia)
	}
	if again := run(1, 3); !reflect.DeepEqual(three, again) {
		t.Errorf("the same seed makes %+v and %+v", three, again)
	}
	if two := run(1, 2); !slices.Equal(two.Inertias, three.Inertias[:2]) {
		t.Errorf("two starts reach %v, three %v", two.Inertias, three.Inertias)
	}
	if other := run(2, 3); slices.Equal(other.Inertias, three.Inertias) {
		t.Error("seeds 1 and 2 reach the same inertias")
	}
	if slices.Equal(three.Inertias[:1], three.Inertias[1:2]) {
		t.Error("two starts reach the same inertia")
	}
}

func TestKMeansOfFewRows(t *testing.T) {
	for _, c := range []struct {
		name     string
		m        matrix.Matrix
		k        int
		inertia  float64
		assigned []int // up to the clusters' numbers
	}{
		{"k = n", matrixOf(t, 1, 5, 1, 3), 3, 0, []int{0, 1, 2}},
		{"duplicates", matrixOf(t, 2, 1, 2, 3, 4, 1, 2, 1, 2), 3, 0, []int{0, 1, 0, 0}},
		{"constant", matrixOf(t, 2, 7, 7, 7, 7, 7, 7), 2, 0, []int{0, 0, 0}},
		// 0, 1 and 10: distances of 0.5 from 0.5.
		{"by hand", matrixOf(t, 1, 0, 1, 10), 2, 0.5, []int{0, 0, 1}},
		{"one row", matrixOf(t, 2, 3, 4), 1, 0, []int{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := KMeans(t.Context(), c.m, c.k, Options{})
			if err != nil {
				t.Fatal(err)
			}
			assigned, err := got.Assign(t.Context(), c.m)
			if err != nil {
				t.Fatal(err)
			}
			if got.Inertia != c.inertia || !got.Converged || len(got.Inertias) != 10 {
				t.Errorf("%+v, want an inertia of %v", got, c.inertia)
			}
			for i := range assigned {
				for j := range i {
					if (assigned[i] == assigned[j]) != (c.assigned[i] == c.assigned[j]) {
						t.Fatalf("assigned %v, want %v", assigned, c.assigned)
					}
				}
			}
		})
	}
}

func TestKMeansStops(t *testing.T) {
	m := normal(3000, 4, 0, 1)
	run := func(o Options) *Clusters {
		o.Starts = 1
		c, err := KMeans(t.Context(), m, 8, o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	still := run(Options{Tolerance: 1e-12})
	if c := run(Options{}); !c.Converged || c.Iterations < 2 || c.Iterations >= still.Iterations {
		t.Errorf("%d iterations (converged: %v), want fewer than %d until nothing moves", c.Iterations, c.Converged, still.Iterations)
	}
	if c := run(Options{Tolerance: 1e3}); !c.Converged || c.Iterations != 1 {
		t.Errorf("%d iterations (converged: %v) of a tolerance of 1000, want 1", c.Iterations, c.Converged)
	}
	if c := run(Options{Iterations: 1}); c.Converged || c.Iterations != 1 {
		t.Errorf("%d iterations (converged: %v), want 1 that does not converge", c.Iterations, c.Converged)
	}
}

// Nothing is nearest to 1000. 100 is farthest from its centroid, 60, but alone
// there; 0 and 2 are as far from theirs, 1.
func TestEmptyClusterTakesFromAnother(t *testing.T) {
	r := held(t, matrixOf(t, 1, 0, 2, 100))
	all, err := r.lloyd(t.Context(), []matrix.Matrix{matrixOf(t, 1, 1, 60, 1000)}, 1, 0)
	if want := []float32{2, 100, 0}; err != nil || !slices.Equal(all[0].Centroids.Values, want) {
		t.Errorf("centroids %v (%v), want %v", all[0].Centroids.Values, err, want)
	}
}

func TestAssignBreaksTies(t *testing.T) {
	c := &Clusters{Centroids: matrixOf(t, 1, 4, 2, -2, 4)}
	got, err := c.Assign(t.Context(), matrixOf(t, 1, 0, 3, 4, 5, -1))
	if want := []int{1, 0, 0, 0, 2}; err != nil || !slices.Equal(got, want) {
		t.Errorf("assigned %v (%v), want %v", got, err, want)
	}
}

func TestRefusals(t *testing.T) {
	m := matrixOf(t, 2, 1, 2, 3, 4)
	nan := matrixOf(t, 2, 1, 2, 3, float32(math.NaN()))
	c := &Clusters{Centroids: m}
	for _, r := range []struct {
		want string
		err  error
	}{
		{"ask for 1 to 2 clusters", second(KMeans(t.Context(), m, 3, Options{}))},
		{"ask for 1 to 2 clusters", second(KMeans(t.Context(), m, 0, Options{}))},
		{"row 1, column 1 is NaN", second(KMeans(t.Context(), nan, 1, Options{}))},
		{"row 0, column 0 is +Inf", second(KMeans(t.Context(), matrixOf(t, 1, float32(math.Inf(1))), 1, Options{}))},
		{"give at least one row", second(KMeans(t.Context(), matrix.Matrix{}, 1, Options{}))},
		{"none may be negative", second(KMeans(t.Context(), m, 1, Options{Tolerance: -1}))},
		{"row 1, column 1 is NaN", second(c.Assign(t.Context(), nan))},
		{"rows have 1 columns, the centroids 2", second(c.Assign(t.Context(), matrixOf(t, 1, 1)))},
	} {
		if r.err == nil || !strings.Contains(r.err.Error(), r.want) {
			t.Errorf("error %v, want one with %q", r.err, r.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := KMeans(ended, m, 1, Options{}); err != context.Canceled {
		t.Errorf("k-means after ctx ended: %v", err)
	}
	if _, err := c.Assign(ended, m); err != context.Canceled {
		t.Errorf("assignment after ctx ended: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
