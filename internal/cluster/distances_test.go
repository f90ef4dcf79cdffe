package cluster

import (
	"math"
	"math/rand/v2"
	"testing"

	"aeprobe/internal/matrix"
)

// Rows and points between which float32 products cannot decide: twins that differ
// in a last bit, and columns far from 0. The nearest is as in float64 all the same.
func TestNearestIsExact(t *testing.T) {
	const columns = 300
	m := normal(blockRows+100, columns, 0, 1)
	for i := range m.Rows() {
		m.Row(i)[i%columns] += 1000 // a mean of 3 does not take this away
		m.Row(i)[1] += 4096
	}
	points := m.Slice(0, 40)
	points = matrix.Matrix{Values: append([]float32(nil), points.Values...), Columns: columns}
	for j := 0; j < 40; j += 2 {
		twin := points.Row(j + 1)
		copy(twin, points.Row(j))
		twin[3] = math.Nextafter32(twin[3], 9)
	}
	close := 0
	r := held(t, m)
	err := r.each(t.Context(), points, func(i int, estimates []float64, slack float64) {
		got := r.nearest(i, points, estimates, slack)
		want, least := 0, math.Inf(1)
		for j := range points.Rows() {
			if d := squaredDistance(m.Row(i), points.Row(j)); d < least {
				want, least = j, d
			}
		}
		if got != want {
			t.Errorf("row %d is nearest to %d, want %d", i, got, want)
		}
		close += want % 2
	})
	if err != nil || close == 0 {
		t.Errorf("%d rows are nearest to the second of twins (%v)", close, err)
	}
}

func TestEstimatesAreWithinSlack(t *testing.T) {
	for _, c := range []struct {
		name            string
		mean, deviation float64
	}{{"standard", 0, 1}, {"far from 0", 1e6, 1}, {"huge", 0, 1e14}, {"tiny", 0, 1e-22}, {"subnormal", 0, 1e-40}} {
		m := normal(200, 100, c.mean, c.deviation)
		points := m.Slice(50, 70)
		r := held(t, m)
		err := r.each(t.Context(), points, func(i int, estimates []float64, slack float64) {
			for j, e := range estimates {
				if d := slowDistance(m.Row(i), points.Row(j)); !(math.Abs(e-d) <= slack) {
					t.Fatalf("%s: the distance of row %d from point %d is %v, estimated as %v, not within %v",
						c.name, i, j, d, e, slack)
				}
			}
		})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// slowDistance is squaredDistance, added otherwise.
func slowDistance(x, y []float32) float64 {
	var d float64
	for j := range x {
		d += math.Pow(float64(x[j])-float64(y[j]), 2)
	}
	return d
}

func TestSquaredDistance(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6, 7}
	y := []float32{0, 0, 0, 0, 0, 0, 0}
	if got := squaredDistance(x, y); got != 140 {
		t.Errorf("%v, want 140", got)
	}
}

// Greedy k-means++ with all distances computed picks the same rows, also of two
// groups so far apart that float32 products tell nothing of distances in them.
func TestPlusPlusIsExact(t *testing.T) {
	m := normal(400, 6, 0, 1)
	for i := range m.Values {
		m.Values[i] += float32(1000 * (i / 6 % 2))
	}
	r := held(t, m)
	got, err := r.plusPlus(t.Context(), 30, rand.New(rand.NewPCG(3, 4)))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	distances := make([]float64, m.Rows())
	for i := range distances {
		distances[i] = math.Inf(1)
	}
	candidates := []int{random.IntN(m.Rows())}
	for j := range got.Rows() {
		var best []float64
		picked := 0
		for _, c := range candidates {
			with := make([]float64, m.Rows())
			for i := range with {
				with[i] = min(distances[i], squaredDistance(m.Row(i), m.Row(c)))
			}
			if best == nil || sum(with) < sum(best) {
				best, picked = with, c
			}
		}
		distances = best
		if squaredDistance(got.Row(j), m.Row(picked)) != 0 {
			t.Fatalf("pick %d is not row %d", j, picked)
		}
		candidates = draw(distances, 5, random) // 2 + ln 30
	}
}

func TestDraw(t *testing.T) {
	const n = 30000
	weights := []float64{0, 1, 0, 3, 2, 0}
	counts := make([]float64, len(weights))
	for _, i := range draw(weights, n, rand.New(rand.NewPCG(5, 6))) {
		counts[i]++
	}
	for i, w := range weights {
		// Five standard deviations.
		if p := w / 6; math.Abs(counts[i]-n*p) > 5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("index %d of weight %v was drawn %v times of %d", i, w, counts[i], n)
		}
	}
	if got := draw([]float64{0, 0}, 1, rand.New(rand.NewPCG(7, 8))); got[0] != 0 {
		t.Errorf("of weights of 0, index %v was drawn", got)
	}
}
