package cluster

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func labelsOf(values []int) []byte {
	labels := make([]byte, len(values))
	for i, v := range values {
		labels[i] = byte(v)
	}
	return labels
}

func TestScoresEqualScikitLearn(t *testing.T) {
	var cases []struct {
		Labels, Clusters                []int
		Accuracy, NMI, AMI, ARI, Purity float64
	}
	readJSON(t, "testdata/scores.json", &cases)
	for n, c := range cases {
		got, err := Score(labelsOf(c.Labels), c.Clusters)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct {
			name      string
			got, want float64
		}{
			{"accuracy", got.Accuracy, c.Accuracy}, {"NMI", got.NMI, c.NMI}, {"AMI", got.AMI, c.AMI},
			{"ARI", got.ARI, c.ARI}, {"purity", got.Purity, c.Purity},
		} {
			if !(math.Abs(s.got-s.want) < 1e-10) {
				t.Errorf("case %d: %s is %v, want %v", n, s.name, s.got, s.want)
			}
		}
	}
}

func TestScoresByHand(t *testing.T) {
	for _, c := range []struct {
		name                            string
		labels, clusters                []int
		accuracy, nmi, ami, ari, purity float64
	}{
		{"permuted", []int{0, 0, 1, 1, 2}, []int{7, 7, 0, 0, 3}, 1, 1, 1, 1, 1},
		// Pairs: 1 together in both, 2 among classes, 1 among clusters, 6 in all:
		// (1 - 2/6) / (3/2 - 2/6). MI is ln 2, the entropies ln 2 and 1.5 ln 2. Of the 6
		// ways to place two images of class 0, 2 keep the cluster of two together, with
		// MI ln 2; in the other 4 it is 0.5 ln 2.
		{"a class in two clusters", []int{0, 0, 1, 1}, []int{0, 0, 1, 2}, 0.75, 0.8, 4. / 7, 4. / 7, 1},
		// Every pair disagrees: (0 - 2*2/6) / (2 - 2*2/6). MI is 0; its mean over the 6
		// placements is ln 2 / 3, the entropies are ln 2.
		{"independent", []int{0, 0, 1, 1}, []int{0, 1, 0, 1}, 0.5, 0, -0.5, -0.5, 0.5},
		{"one cluster", []int{0, 0, 1, 2}, []int{4, 4, 4, 4}, 0.5, 0, 0, 0, 0.5},
		{"one class and cluster", []int{3, 3}, []int{5, 5}, 1, 1, 1, 1, 1},
		{"single images", []int{2, 1, 0}, []int{0, 1, 2}, 1, 1, 1, 1, 1},
		{"one image", []int{2}, []int{1}, 1, 1, 1, 1, 1},
	} {
		got, err := Score(labelsOf(c.labels), c.clusters)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct {
			name      string
			got, want float64
		}{
			{"accuracy", got.Accuracy, c.accuracy}, {"NMI", got.NMI, c.nmi}, {"AMI", got.AMI, c.ami},
			{"ARI", got.ARI, c.ari}, {"purity", got.Purity, c.purity},
		} {
			if !(math.Abs(s.got-s.want) < 1e-12) {
				t.Errorf("%s: %s is %v, want %v", c.name, s.name, s.got, s.want)
			}
		}
	}
	got, err := Score([]byte{0, 5, 5}, []int{9, 2, 2})
	if err != nil || got.Images != 3 || got.Classes != 2 || got.Clusters != 2 {
		t.Errorf("%+v (%v), want 3 images, 2 classes and 2 clusters", got, err)
	}
}

// Of independent labels and clusters, AMI and ARI stay near 0; NMI and purity do
// not. The deviations are below 0.002 here.
func TestScoresOfChance(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	labels, clusters := make([]byte, 5000), make([]int, 5000)
	for i := range labels {
		labels[i], clusters[i] = byte(random.IntN(10)), random.IntN(100)
	}
	s, err := Score(labels, clusters)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.AMI) > 0.02 || math.Abs(s.ARI) > 0.02 || s.NMI < 0.02 || s.Purity < 0.15 {
		t.Errorf("%+v of chance", s)
	}
}

func TestScoreRefusals(t *testing.T) {
	for _, c := range []struct {
		want string
		err  error
	}{
		{"1 labels and 2 clusters", second(Score([]byte{1}, []int{1, 2}))},
		{"image 1 is in cluster -1", second(Score([]byte{1, 2}, []int{0, -1}))},
		{"give at least one", second(Score(nil, nil))},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}

// The largest sum over all ways to pair rows and columns, which are few here.
func TestBestMatching(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		counts := make([][]int, 1+random.IntN(5))
		columns := 1 + random.IntN(6)
		for i := range counts {
			counts[i] = make([]int, columns)
			for j := range counts[i] {
				counts[i][j] = random.IntN(8)
			}
		}
		if got, want := bestMatching(counts), bestOfAll(counts, make([]bool, columns)); got != want {
			t.Fatalf("%d, want %d of %v", got, want, counts)
		}
	}
}

func bestOfAll(counts [][]int, taken []bool) int {
	if len(counts) == 0 {
		return 0
	}
	best := bestOfAll(counts[1:], taken) // the row is left over
	for j, n := range counts[0] {
		if !taken[j] {
			taken[j] = true
			best = max(best, n+bestOfAll(counts[1:], taken))
			taken[j] = false
		}
	}
	return best
}
