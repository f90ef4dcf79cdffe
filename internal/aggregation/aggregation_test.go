package aggregation

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// readJSON reads a file that a script in testdata wrote.
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

// kept is a tensor that the test drops.
func kept(t *testing.T) func(*ts.Tensor, error) *ts.Tensor {
	return func(made *ts.Tensor, err error) *ts.Tensor {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { torch.Drop(made) })
		return made
	}
}

func floats(t *testing.T, columns int, values ...float32) *ts.Tensor {
	t.Helper()
	return kept(t)(torch.FromSlice(values, int64(len(values)/columns), int64(columns)))
}

func integers(t *testing.T, values ...int64) *ts.Tensor {
	t.Helper()
	return kept(t)(torch.FromSlice(values, int64(len(values))))
}

func values[T torch.Element](t *testing.T, x *ts.Tensor) []T {
	t.Helper()
	all, err := torch.ToSlice[T](x)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// aggregator has a bank of these rows, and labels that are all 0 unless given.
func aggregator(t *testing.T, s Settings, bank []float32, labels ...byte) *Aggregator {
	t.Helper()
	s.Images = len(bank) / s.Width
	for _, field := range []*int{&s.Clusterings, &s.Clusters, &s.Iterations, &s.Noise, &s.Background} {
		*field = max(*field, 1)
	}
	if labels == nil {
		labels = make([]byte, s.Images)
	}
	a, err := New(s, labels, torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Drop)
	if err := a.Fill(floats(t, s.Width, bank...)); err != nil {
		t.Fatal(err)
	}
	return a
}

// assign sets the clusters, image by image.
func (a *Aggregator) assign(t *testing.T, clusters ...int64) {
	t.Helper()
	if err := fill(a.clusters, clusters, int64(a.Images), int64(a.Clusterings)); err != nil {
		t.Fatal(err)
	}
}

// lossAndGradient are a loss and its gradient at v, [B, Width].
func (a *Aggregator) lossAndGradient(t *testing.T, loss func(v, index *ts.Tensor) (*ts.Tensor, error), v []float32, index ...int64) (float64, []float32) {
	t.Helper()
	x := floats(t, a.Width, v...)
	if err := x.RequiresGrad_(true); err != nil {
		t.Fatal(err)
	}
	l := kept(t)(loss(x, integers(t, index...)))
	if err := l.Backward(); err != nil {
		t.Fatal(err)
	}
	value, err := torch.Scalar(l)
	if err != nil {
		t.Fatal(err)
	}
	return value, values[float32](t, kept(t)(x.Grad(false)))
}

// random are rows of length 1.
func random(rows, columns int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([]float32, 0, rows*columns)
	for range rows {
		row, length := make([]float64, columns), 0.0
		for j := range row {
			row[j] = r.NormFloat64()
			length += row[j] * row[j]
		}
		for _, x := range row {
			all = append(all, float32(x/math.Sqrt(length)))
		}
	}
	return all
}

func isNear(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// TestLossesEqualPyTorch also compares gradients, with losses that PyTorch computed
// in double precision by loops over sets.
func TestLossesEqualPyTorch(t *testing.T) {
	var cases []struct {
		D, K, Clusterings, Clusters int
		Temperature                 float64
		Bank, V                     []float32
		Index, Assigned, Noise      []int64
		Partition, Local, Instance  float64
		LocalGradient               []float64 `json:"local_gradient"`
		InstanceGradient            []float64 `json:"instance_gradient"`
	}
	readJSON(t, "testdata/losses.json", &cases)
	for _, c := range cases {
		a := aggregator(t, Settings{Width: c.D, Temperature: c.Temperature, Background: c.K, Clusterings: c.Clusterings,
			Clusters: c.Clusters, Noise: c.K}, c.Bank)
		a.assign(t, c.Assigned...)
		if got := math.Exp(logPartition(a.Settings)); !isNear(got, c.Partition, 1e-6*c.Partition) {
			t.Errorf("Z is %v, want %v", got, c.Partition)
		}
		compare := func(what string, loss float64, gradient []float32, wantLoss float64, wantGradient []float64) {
			t.Helper()
			if !isNear(loss, wantLoss, 1e-5*max(1, math.Abs(wantLoss))) {
				t.Errorf("%s loss %v, want %v", what, loss, wantLoss)
			}
			scale := 0.0
			for _, g := range wantGradient {
				scale = max(scale, math.Abs(g))
			}
			for i, want := range wantGradient {
				if !isNear(float64(gradient[i]), want, 1e-5*scale) {
					t.Errorf("%s gradient %d is %v, want %v", what, i, gradient[i], want)
				}
			}
		}
		loss, gradient := a.lossAndGradient(t, a.LocalLoss, c.V, c.Index...)
		compare("local", loss, gradient, c.Local, c.LocalGradient)
		noise := kept(t)(torch.FromSlice(c.Noise, int64(len(c.Index)), int64(c.K)))
		loss, gradient = a.lossAndGradient(t, func(v, index *ts.Tensor) (*ts.Tensor, error) {
			return a.instanceLoss(v, index, noise)
		}, c.V, c.Index...)
		compare("instance", loss, gradient, c.Instance, c.InstanceGradient)
	}
}

// hexagon is a bank of six directions in the plane, at 0, 60, ... 300 degrees.
func hexagon() []float32 {
	var bank []float32
	for i := range 6 {
		angle := float64(i) * math.Pi / 3
		bank = append(bank, float32(math.Cos(angle)), float32(math.Sin(angle)))
	}
	return bank
}

// TestLocalLossByHand has an embedding at 0 degrees, whose cosines with the bank are
// 1, 1/2, -1/2, -1, -1/2, 1/2: its three nearest are 0, 1 and 5. In the first
// clustering 0 and 1 share a cluster, in the second 0 and 3.
func TestLocalLossByHand(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 0.5, Background: 3, Clusterings: 2, Clusters: 4}, hexagon(), 1, 1, 0, 1, 0, 1)
	a.assign(t, 0, 0, 0, 1, 1, 2, 1, 0, 2, 1, 2, 3)
	// P(C and B) / P(B) with C = {0, 1, 3}, B = {0, 1, 5}.
	want := -math.Log((math.Exp(2)+math.E)/(math.Exp(2)+2*math.E) + 1e-7)
	if got, _ := a.lossAndGradient(t, a.LocalLoss, []float32{1, 0}, 0); !isNear(got, want, 1e-6) {
		t.Errorf("loss %v, want %v", got, want)
	}
	// Of C and B: 0 and 1; others: 1, which has 0's label.
	if got := values[float32](t, a.found)[:3]; !slices.Equal(got, []float32{2, 1, 1}) {
		t.Errorf("close neighbours %v", got)
	}
}

// TestAllInOneCluster: then C holds B, whatever the embeddings.
func TestAllInOneCluster(t *testing.T) {
	a := aggregator(t, Settings{Width: 5, Temperature: 0.07, Background: 7, Clusterings: 3}, random(20, 5, 1))
	loss, gradient := a.lossAndGradient(t, a.LocalLoss, random(4, 5, 2), 3, 1, 0, 9)
	if !isNear(loss, 0, 1e-6) {
		t.Errorf("loss %v, want 0", loss)
	}
	for _, g := range gradient {
		if !isNear(float64(g), 0, 1e-5) {
			t.Errorf("gradient %v, want 0", gradient)
		}
	}
}

// TestOwnClusterOnly: an image alone in its clusters is told from its background,
// by the softmax over that.
func TestOwnClusterOnly(t *testing.T) {
	bank := random(10, 3, 3)
	a := aggregator(t, Settings{Width: 3, Temperature: 0.2, Background: 4, Clusters: 10}, bank)
	a.assign(t, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	v := bank[12:15] // of image 4, which is its own nearest
	var p []float64
	for j := range 10 {
		var cosine float64
		for c := range 3 {
			cosine += float64(v[c]) * float64(bank[3*j+c])
		}
		p = append(p, math.Exp(cosine/0.2))
	}
	own := p[4]
	slices.Sort(p)
	want := -math.Log(own/(p[6]+p[7]+p[8]+p[9]) + 1e-7)
	if got, _ := a.lossAndGradient(t, a.LocalLoss, v, 4); !isNear(got, want, 1e-5) {
		t.Errorf("loss %v, want %v", got, want)
	}
	a.assign(t, 0, 1, 2, 3, 0, 5, 6, 7, 8, 9) // 4 and 0 together
	if got, _ := a.lossAndGradient(t, a.LocalLoss, v, 4); got > want {
		t.Errorf("loss %v with a companion, %v alone", got, want)
	}
}

// TestNoCloseNeighbour: an image whose background has none of its clusters, not even
// itself, has no gradient, and is counted (a trap of the definition).
func TestNoCloseNeighbour(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 0.5, Background: 2, Clusters: 6}, hexagon())
	a.assign(t, 0, 1, 2, 3, 4, 5)
	// Image 0 is now where image 3 was.
	loss, gradient := a.lossAndGradient(t, a.LocalLoss, []float32{-1, 0.01}, 0)
	if want := -math.Log(1e-7); !isNear(loss, want, 1e-4) || gradient[0] != 0 || gradient[1] != 0 {
		t.Errorf("loss %v, gradient %v; want %v and none", loss, gradient, want)
	}
	others := []float32{1, 0, 0.5, 0.8, -0.5, 0.8, -0.5, -0.8, 0.5, -0.8}
	a.lossAndGradient(t, a.LocalLoss, others, 0+1, 2, 3, 4, 5)
	s, err := a.Statistics()
	if err != nil {
		t.Fatal(err)
	}
	if s.Empty < 1 {
		t.Errorf("%+v counts no image without close neighbours", s)
	}
}

// TestBackgroundIsOfTheSizeAskedFor: others ask for one neighbour more. An image's
// own row is one of them like any other.
func TestBackgroundIsOfTheSizeAskedFor(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 0.5, Background: 3}, hexagon())
	var o ops
	defer o.Drop()
	scores := a.present(&o, floats(t, 2, 1, 0, -1, 0.1), integers(t, 0, 1))
	near := a.background(&o, scores)
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	all := values[int64](t, near)
	slices.Sort(all[:3])
	slices.Sort(all[3:])
	if want := []int64{0, 1, 5, 2, 3, 4}; !slices.Equal(all, want) {
		t.Errorf("background %v, want %v", all, want)
	}
}

// TestGradientsAreNumeric compares with differences of losses, in places where the
// neighbours stay the same.
func TestGradientsAreNumeric(t *testing.T) {
	const width, step = 4, 1e-2
	a := aggregator(t, Settings{Width: width, Temperature: 1, Background: 12, Clusterings: 2, Clusters: 3, Noise: 5}, random(12, width, 5))
	r := rand.New(rand.NewPCG(6, 6))
	clusters := make([]int64, 24)
	for i := range clusters {
		clusters[i] = r.Int64N(3)
	}
	a.assign(t, clusters...)
	for name, loss := range map[string]func(v, index *ts.Tensor) (*ts.Tensor, error){"local": a.LocalLoss, "instance": a.InstanceLoss} {
		v := random(2, width, 7)
		_, gradient := a.lossAndGradient(t, loss, v, 2, 8)
		for i := range v {
			var ends [2]float64
			for side, by := range []float32{-step, step} {
				moved := slices.Clone(v)
				moved[i] += by
				ends[side], _ = a.lossAndGradient(t, loss, moved, 2, 8)
			}
			if want := (ends[1] - ends[0]) / (2 * step); !isNear(float64(gradient[i]), want, 2e-3*max(1, math.Abs(want))) {
				t.Errorf("%s: gradient %d is %v, differences make it %v", name, i, gradient[i], want)
			}
		}
	}
}

// TestGradientsReachEmbeddingsAlone: neither loss needs one of the bank.
func TestGradientsReachEmbeddingsAlone(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 0.5, Background: 3, Noise: 4}, hexagon())
	before := values[float32](t, a.bank)
	a.lossAndGradient(t, a.LocalLoss, []float32{1, 0}, 0)
	a.lossAndGradient(t, a.InstanceLoss, []float32{1, 0}, 0)
	if needs, err := a.bank.RequiresGrad(); err != nil || needs {
		t.Errorf("the bank requires a gradient (%v)", err)
	}
	if !slices.Equal(before, values[float32](t, a.bank)) {
		t.Error("a loss changed the bank")
	}
}

// TestLossesReadTheBankAsItWas: an image's own row is updated after the loss, not
// before, which is another loss.
func TestLossesReadTheBankAsItWas(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 0.5, Momentum: 0.5, Background: 6, Clusters: 6}, hexagon())
	a.assign(t, 0, 1, 2, 3, 4, 5)
	loss := func() float64 {
		l, _ := a.lossAndGradient(t, a.LocalLoss, []float32{0, 1}, 0)
		return l
	}
	// Cosines of 90 degrees with 0, 60, ... 300.
	p, high, low := 1.0, math.Exp(math.Sqrt(3)), math.Exp(-math.Sqrt(3))
	want := -math.Log(p / (2*p + 2*high + 2*low))
	if got := loss(); !isNear(got, want, 1e-5) {
		t.Errorf("first loss %v, want %v", got, want)
	}
	if err := a.Remember(integers(t, 0)); err != nil {
		t.Fatal(err)
	}
	// Half of (1, 0), half of (0, 1), at length 1.
	row := values[float32](t, a.bank)[:2]
	if !isNear(float64(row[0]), math.Sqrt(0.5), 1e-6) || !isNear(float64(row[1]), math.Sqrt(0.5), 1e-6) {
		t.Errorf("the row is %v after an update", row)
	}
	if rest := values[float32](t, a.bank)[2:]; !slices.Equal(rest, hexagon()[2:]) {
		t.Errorf("other rows changed: %v", rest)
	}
	p = math.Exp(2 * math.Sqrt(0.5))
	want = -math.Log(p / (p + 1 + 2*high + 2*low))
	if got := loss(); !isNear(got, want, 1e-5) {
		t.Errorf("second loss %v, want %v", got, want)
	}
}

// TestMomentumDecidesTheUpdate keeps 0.9 of the old row, or nothing.
func TestMomentumDecidesTheUpdate(t *testing.T) {
	for momentum, want := range map[float64][2]float64{0: {0, 1}, 0.9: {0.9 / math.Hypot(0.9, 0.1), 0.1 / math.Hypot(0.9, 0.1)}} {
		a := aggregator(t, Settings{Width: 2, Temperature: 0.5, Momentum: momentum}, hexagon())
		a.lossAndGradient(t, a.LocalLoss, []float32{0, 1}, 0)
		if err := a.Remember(integers(t, 0)); err != nil {
			t.Fatal(err)
		}
		row := values[float32](t, a.bank)
		if !isNear(float64(row[0]), want[0], 1e-6) || !isNear(float64(row[1]), want[1], 1e-6) {
			t.Errorf("momentum %v makes it %v, want %v", momentum, row[:2], want)
		}
	}
}

func TestNormalize(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 1}, hexagon())
	got := values[float32](t, kept(t)(a.Normalize(floats(t, 2, 3, 4, 0, 0, -2, 0))))
	for i, want := range []float64{0.6, 0.8, 0, 0, -1, 0} {
		if !isNear(float64(got[i]), want, 1e-6) {
			t.Fatalf("%v", got)
		}
	}
	x := floats(t, 2, 0, 0)
	if err := x.RequiresGrad_(true); err != nil {
		t.Fatal(err)
	}
	unit := kept(t)(a.Normalize(x))
	if err := kept(t)(unit.Sum(gotch.Float, false)).Backward(); err != nil {
		t.Fatal(err)
	}
	if g := values[float32](t, kept(t)(x.Grad(false))); math.IsNaN(float64(g[0])) {
		t.Errorf("the gradient of a row of zeros is %v", g)
	}
}

// TestPartition compares the mean of exp(v.v_j / t) with its closed forms in 1 and 3
// dimensions, and with what the paper's code measured on its random bank, of which
// a row is its own neighbour: 2876934.2 / 1281167.
func TestPartition(t *testing.T) {
	mean := func(width int, temperature float64) float64 {
		return math.Exp(logPartition(Settings{Images: 1, Width: width, Temperature: temperature}))
	}
	for _, temperature := range []float64{0.07, 0.5, 3} {
		k := 1 / temperature
		if got, want := mean(1, temperature), math.Cosh(k); !isNear(got, want, 1e-9*want) {
			t.Errorf("1 dimension, t = %v: %v, want %v", temperature, got, want)
		}
		if got, want := mean(3, temperature), math.Sinh(k)/k; !isNear(got, want, 1e-9*want) {
			t.Errorf("3 dimensions, t = %v: %v, want %v", temperature, got, want)
		}
	}
	if got := mean(128, 0.07); !isNear(got, 2876934.2/1281167, 0.02*got) {
		t.Errorf("128 dimensions: %v", got)
	}
	// At a low temperature only the logarithm is small enough.
	if got, k := logPartition(Settings{Images: 1, Width: 3, Temperature: 0.001}), 1000.0; !isNear(got, k-math.Log(2*k), 1e-9*k) {
		t.Errorf("log Z at t = 0.001: %v", got)
	}
}

func TestFillRandomly(t *testing.T) {
	a := aggregator(t, Settings{Width: 3, Temperature: 1, Seed: 4}, random(4000, 3, 1))
	if err := a.FillRandomly(); err != nil {
		t.Fatal(err)
	}
	rows := values[float32](t, a.bank)
	var sums [3]float64
	for i := range 4000 {
		var square float64
		for c, x := range rows[3*i : 3*i+3] {
			sums[c] += float64(x)
			square += float64(x) * float64(x)
		}
		if !isNear(square, 1, 1e-5) {
			t.Fatalf("row %d has a squared length of %v", i, square)
		}
	}
	for c, sum := range sums { // five standard deviations of sums of variance 1/3
		if math.Abs(sum) > 5*math.Sqrt(4000./3) {
			t.Errorf("column %d adds up to %v", c, sum)
		}
	}
	if err := a.FillRandomly(); err != nil || !slices.Equal(rows, values[float32](t, a.bank)) {
		t.Errorf("the same seed makes another bank (%v)", err)
	}
}

func TestImpossibleSettings(t *testing.T) {
	fine := Settings{Images: 3, Width: 1, Temperature: 1, Background: 3, Clusterings: 1, Clusters: 3, Iterations: 1, Noise: 9}
	for name, change := range map[string]func(*Settings){
		"temperature": func(s *Settings) { s.Temperature = 0 }, "momentum": func(s *Settings) { s.Momentum = 1 },
		"background": func(s *Settings) { s.Background = 4 }, "clusters": func(s *Settings) { s.Clusters = 4 },
		"noise": func(s *Settings) { s.Noise = 0 }, "images": func(s *Settings) { s.Images = 4 },
	} {
		s := fine
		change(&s)
		if a, err := New(s, make([]byte, 3), torch.CPU); err == nil {
			a.Drop()
			t.Errorf("%s: accepted", name)
		}
	}
	a, err := New(fine, make([]byte, 3), torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	a.Drop()
}
