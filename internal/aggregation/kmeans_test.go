package aggregation

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

func TestKMeansEqualsScikitLearn(t *testing.T) {
	var cases []struct {
		Name                string
		Columns, Iterations int
		Rows, Init          []float32
		Assigned            []int64
		Inertia             float64
	}
	readJSON(t, "testdata/kmeans.json", &cases)
	for _, c := range cases {
		rows, init := floats(t, c.Columns, c.Rows...), floats(t, c.Columns, c.Init...)
		got := kept(t)(kMeans(t.Context(), rows, init, c.Iterations))
		if !slices.Equal(values[int64](t, got), c.Assigned) {
			t.Errorf("%s: assigned %v, want %v", c.Name, values[int64](t, got), c.Assigned)
		}
		if !slices.Equal(values[float32](t, init), c.Init) {
			t.Errorf("%s: the given centroids changed", c.Name)
		}
	}
}

// TestKMeansOfFewRows has more centroids than distinct rows, among others.
func TestKMeansOfFewRows(t *testing.T) {
	for _, c := range []struct {
		name     string
		rows     []float32
		init     []float32
		assigned []int64
	}{
		{"one for each", []float32{1, 0, 0, 1, -1, 0}, []float32{1, 0, 0, 1, -1, 0}, []int64{0, 1, 2}},
		{"the same rows", []float32{1, 0, 1, 0, 1, 0}, []float32{1, 0, 1, 0}, []int64{0, 0, 0}},
		// The second centroid has no rows, and takes the farthest: by turns (0, 1)
		// and (0, -1) are as far, so the first.
		{"empty", []float32{1, 0, 0, 1, 0, -1}, []float32{1, 0, -9, 0}, []int64{0, 1, 0}},
	} {
		got := kept(t)(kMeans(t.Context(), floats(t, 2, c.rows...), floats(t, 2, c.init...), 20))
		if !slices.Equal(values[int64](t, got), c.assigned) {
			t.Errorf("%s: assigned %v, want %v", c.name, values[int64](t, got), c.assigned)
		}
	}
}

// TestKMeansSpansBlocks has more rows than are compared at a time, around two
// opposite directions.
func TestKMeansSpansBlocks(t *testing.T) {
	n := BlockRows + 300
	rows := make([]float32, 0, 2*n)
	for i := range n {
		angle := float64(i) / float64(n) / 2
		side := float32(1 - 2*(i%2))
		rows = append(rows, side*float32(math.Cos(angle)), side*float32(math.Sin(angle)))
	}
	got := values[int64](t, kept(t)(kMeans(t.Context(), floats(t, 2, rows...), floats(t, 2, rows[:4]...), 20)))
	for i, c := range got {
		if c != int64(i%2) {
			t.Fatalf("row %d is in cluster %d", i, c)
		}
	}
}

// TestClusteringsAreTheSameOnAnyThreads, and differ from one another and from epoch
// to epoch.
func TestClusteringsAreTheSameOnAnyThreads(t *testing.T) {
	a := aggregator(t, Settings{Width: 6, Temperature: 1, Clusterings: 3, Clusters: 9, Iterations: 5, Seed: 1}, random(200, 6, 2))
	cluster := func(epoch, threads int) []int64 {
		t.Helper()
		if err := a.Cluster(t.Context(), epoch, threads); err != nil {
			t.Fatal(err)
		}
		return values[int64](t, a.clusters)
	}
	first := cluster(1, 1)
	if !slices.Equal(first, cluster(1, 3)) {
		t.Error("three threads make other clusters")
	}
	if slices.Equal(first, cluster(2, 1)) {
		t.Error("another epoch makes the same clusters")
	}
	column := func(h int) []int64 {
		var all []int64
		for i := h; i < len(first); i += 3 {
			all = append(all, first[i])
		}
		return all
	}
	if slices.Equal(column(0), column(1)) {
		t.Error("two clusterings are the same")
	}
	for h := range 3 {
		counts := make([]int, 9)
		for _, c := range column(h) {
			counts[c]++
		}
		if slices.Contains(counts, 0) {
			t.Errorf("clustering %d has sizes %v", h, counts)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Cluster(ctx, 3, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("it went on after its context: %v", err)
	}
}

// BenchmarkClustering is one of the ten clusterings of an epoch with the defaults,
// on one thread.
func BenchmarkClustering(b *testing.B) {
	rows := ts.MustRandn([]int64{50000, 128}, gotch.Float, gotch.CPU)
	defer rows.MustDrop()
	for b.Loop() {
		init := rows.MustNarrow(0, 0, 1000, false)
		found, err := kMeans(b.Context(), rows, init, 20)
		if err != nil {
			b.Fatal(err)
		}
		found.MustDrop()
		init.MustDrop()
	}
}

// BenchmarkLosses is a step's loss and gradient with the defaults, on one thread.
func BenchmarkLosses(b *testing.B) {
	s := Settings{Images: 50000, Width: 128, Temperature: 0.07, Momentum: 0.5, Background: 4096, Clusterings: 10, Clusters: 1000, Iterations: 1, Noise: 4096}
	a, err := New(s, make([]byte, s.Images), torch.CPU)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Drop()
	if err := a.FillRandomly(); err != nil {
		b.Fatal(err)
	}
	index := ts.MustArange(ts.IntScalar(128), gotch.Int64, gotch.CPU)
	defer index.MustDrop()
	for name, loss := range map[string]func(v, index *ts.Tensor) (*ts.Tensor, error){"local": a.LocalLoss, "instance": a.InstanceLoss} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				v := ts.MustRandn([]int64{128, 128}, gotch.Float, gotch.CPU)
				v.MustRequiresGrad_(true)
				l, err := loss(v, index)
				if err != nil {
					b.Fatal(err)
				}
				l.MustBackward()
				torch.Drop(l, v)
			}
		})
	}
}
