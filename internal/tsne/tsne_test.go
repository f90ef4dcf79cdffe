package tsne

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
)

// expected.py makes the same points, and expected.json of them.
const (
	points  = 300
	columns = 10
	classes = 6
)

func hash(a int) int { return int(uint32(a*a)*2654435761) >> 16 }

func clusters() (features matrix.Matrix, labels []byte) {
	features = matrix.New(points, columns)
	for i := range points {
		labels = append(labels, byte(i%classes))
		for j := range columns {
			x := 3 * (hash(1000+10*(i%classes)+j)%17 - 8)
			for k := range 3 {
				x += hash(20000+30*i+3*j+k)%17 - 8
			}
			features.Row(i)[j] = float32(x) + float32(hash(40000+10*i+j))/65536
		}
	}
	return features, labels
}

// sheet bends a rectangle in space. Its picture has one best form, which every
// descent finds; that of clusters has many, and rounding decides between them.
func sheet() matrix.Matrix {
	features := matrix.New(points, columns)
	for i := range points {
		u, v := float64(hash(900+2*i))/65536*20, float64(hash(901+2*i))/65536*14
		row := features.Row(i)
		for j, x := range []float64{u, v, u * v / 10, u * u / 20, v * v / 20} {
			row[j] = float32(x)
		}
		for j := 5; j < columns; j++ {
			row[j] = float32(float64(hash(5000+10*i+j)) / 65536)
		}
	}
	return features
}

// firstColumns are the features' first two columns.
func firstColumns(features matrix.Matrix) [][2]float64 {
	var all [][2]float64
	for i := range features.Rows() {
		all = append(all, [2]float64{float64(features.Row(i)[0]), float64(features.Row(i)[1])})
	}
	return all
}

// startOf is the start of expected.py: without a jitter.
func startOf(features matrix.Matrix) [][2]float64 {
	scaler := matrix.NewScaler(features)
	start := firstColumns(features)
	for i := range start {
		for c := range start[i] {
			start[i][c] = 1e-4 * (start[i][c] - scaler.Means[c]) / scaler.Deviations[0]
		}
	}
	return start
}

type expectation struct {
	KL              float64
	Trustworthiness float64
	// Early are the first points after EarlyIterations, Final after all.
	Early, Final [][2]float64
}

type expectations struct {
	Affinities   []float64
	FirstColumns Quality     `json:"first_columns"`
	ScikitLearn  expectation `json:"scikit_learn"`
	OpenTSNE     expectation
}

func expected(t *testing.T) (e expectations) {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func run(t *testing.T, features matrix.Matrix, start [][2]float64, o Options) *Result {
	t.Helper()
	r, err := Run(t.Context(), features, start, o, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRunEndsWhereOthersDo compares with scikit-learn's TSNE(method="exact"), whose
// schedule is another, and with openTSNE without approximations, from the same
// start. Within 1 % of the KL and 0.005 of the trustworthiness are promised.
func TestRunEndsWhereOthersDo(t *testing.T) {
	features, want := sheet(), expected(t)
	var early [][2]float64
	r, err := Run(t.Context(), features, startOf(features), Options{Perplexity: 30, Threads: 2}, nil, func(s State) error {
		if s.Iteration == EarlyIterations {
			early = s.Coordinates
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Iterations != Iterations || r.Perplexity != 30 {
		t.Errorf("%d iterations with perplexity %g", r.Iterations, r.Perplexity)
	}
	q, err := Measure(t.Context(), features, r.Coordinates, make([]byte, points), 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]expectation{"scikit-learn": want.ScikitLearn, "openTSNE": want.OpenTSNE} {
		t.Logf("KL %.5f, %s's %.5f; trustworthiness %.5f, %.5f", r.KL, name, other.KL, q.Trustworthiness, other.Trustworthiness)
		if !(math.Abs(r.KL-other.KL) <= 0.01*other.KL) {
			t.Errorf("KL %g, %s's %g", r.KL, name, other.KL)
		}
		if !(math.Abs(q.Trustworthiness-other.Trustworthiness) <= 0.005) {
			t.Errorf("trustworthiness %g, %s's %g", q.Trustworthiness, name, other.Trustworthiness)
		}
	}
	compareDistances(t, "early", early, want.OpenTSNE.Early)
	compareDistances(t, "final", r.Coordinates, want.OpenTSNE.Final)
	if kl, err := Divergence(t.Context(), features, r.Coordinates, Options{Perplexity: 30, Threads: 1}); err != nil || kl != r.KL {
		t.Errorf("the KL is %g when computed again, was %g: %v", kl, r.KL, err)
	}
}

// compareDistances compares distances between the first points with another's:
// within 1 % of the largest. A picture may be turned.
func compareDistances(t *testing.T, what string, got, want [][2]float64) {
	t.Helper()
	largest, worst := 0.0, 0.0
	for i, a := range want {
		for j, b := range want[:i] {
			distance := math.Hypot(a[0]-b[0], a[1]-b[1])
			largest = max(largest, distance)
			worst = max(worst, math.Abs(math.Hypot(got[i][0]-got[j][0], got[i][1]-got[j][1])-distance))
		}
	}
	t.Logf("%s: up to %g off, of %g", what, worst, largest)
	if !(largest > 0 && worst <= 0.01*largest) {
		t.Errorf("%s: distances are up to %g off, of %g", what, worst, largest)
	}
}

// interrupted is a context that ends after a number of looks at it.
type interrupted struct {
	context.Context
	left int
}

func (c *interrupted) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestRunIsTheSameHoweverItIsDone compares bits: of other numbers of threads, and of
// descents that were interrupted at every stage and continued from JSON.
func TestRunIsTheSameHoweverItIsDone(t *testing.T) {
	all, _ := clusters()
	features := all.Slice(0, 100)
	start, o := startOf(features), Options{Perplexity: 10, Threads: 1}
	want := run(t, features, start, o)
	for _, threads := range []int{2, 3, 7} {
		if got := run(t, features, start, Options{Perplexity: 10, Threads: threads}); !reflect.DeepEqual(got, want) {
			t.Errorf("%d threads make a difference", threads)
		}
	}

	var resume *State
	interruptions, iterations := 0, 0
	for {
		var kept []byte
		// One thread looks at the context 6 times for 100 rows: three times for the
		// affinities, once an iteration. The last look is within iteration 178.
		ctx := &interrupted{t.Context(), 6*(3+177) + 3}
		got, err := Run(ctx, features, start, o, resume, func(s State) (err error) {
			kept, err = json.Marshal(s)
			return err
		})
		if err == nil {
			if !reflect.DeepEqual(got, want) {
				t.Error("a descent that was interrupted ends elsewhere")
			}
			break
		}
		if !errors.Is(err, context.Canceled) || kept == nil {
			t.Fatalf("%v, and state %q", err, kept)
		}
		resume = new(State)
		if err := json.Unmarshal(kept, resume); err != nil {
			t.Fatal(err)
		}
		if resume.Iteration <= iterations {
			t.Fatalf("interrupted at iteration %d, continued from %d", resume.Iteration, iterations)
		}
		iterations, interruptions = resume.Iteration, interruptions+1
	}
	if interruptions < 3 {
		t.Errorf("%d interruptions", interruptions)
	}
}

// TestRunIgnoresStatesThatDoNotFit continues from what would lead elsewhere.
func TestRunIgnoresStatesThatDoNotFit(t *testing.T) {
	all, _ := clusters()
	features := all.Slice(0, 40)
	start, o := startOf(features), Options{Perplexity: 5, Threads: 1}
	var states []State
	want, err := Run(t.Context(), features, start, o, nil, func(s State) error {
		states = append(states, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(states) != Iterations/saveEvery || states[0].Iteration != saveEvery {
		t.Fatalf("%d states, the first of iteration %d", len(states), states[0].Iteration)
	}
	for name, spoil := range map[string]func(*State){
		"of other inputs": func(s *State) { s.Inputs = digest(features, start, Options{Perplexity: 6}) },
		"short":           func(s *State) { s.Velocity = s.Velocity[1:] },
		"not finite":      func(s *State) { s.Gains[3][1] = math.Inf(1) },
		"beyond the end":  func(s *State) { s.Iteration = Iterations + 1 },
	} {
		s := states[4].clone()
		s.Coordinates[7][0] += 0.5
		moved, err := Run(t.Context(), features, start, o, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if reflect.DeepEqual(moved, want) {
			t.Error("a state that was changed leads to the same end, so nothing is tested")
		}
		spoil(s)
		if got, err := Run(t.Context(), features, start, o, s, nil); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("a state that is %s was continued, %v", name, err)
		}
	}
	// A state that was handed over is not written to, neither by its own descent nor by the next.
	before := states[4].clone()
	if got, err := Run(t.Context(), features, start, o, &states[4], nil); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("continued from iteration %d it ends elsewhere, %v", before.Iteration, err)
	}
	if !reflect.DeepEqual(&states[4], before) {
		t.Error("a state was changed by continuing from it")
	}
}

func TestRunStopsWhenSavingFails(t *testing.T) {
	features, _ := clusters()
	full := errors.New("disk full")
	_, err := Run(t.Context(), features, startOf(features), Options{Perplexity: 5, Threads: 1}, nil, func(State) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// TestRunPartsClasses pictures ten classes as one-hot vectors with little noise:
// each becomes a blob that is nearer to itself than to any other.
func TestRunPartsClasses(t *testing.T) {
	const classes, each = 10, 20
	features, labels := matrix.New(classes*each, classes), make([]byte, classes*each)
	for i := range labels {
		labels[i] = byte(i % classes)
		for j := range classes {
			features.Row(i)[j] = float32(hash(classes*i+j)) / 65536 / 20
		}
		features.Row(i)[labels[i]]++
	}
	r := run(t, features, startOf(features), Options{Perplexity: 10, Threads: 2})
	within, between := 0.0, math.Inf(1)
	for i, a := range r.Coordinates {
		for j, b := range r.Coordinates[:i] {
			distance := math.Hypot(a[0]-b[0], a[1]-b[1])
			if labels[i] == labels[j] {
				within = max(within, distance)
			} else {
				between = min(between, distance)
			}
		}
	}
	t.Logf("blobs are up to %.2f wide and at least %.2f apart", within, between)
	if !(within < between) {
		t.Errorf("points of a class are up to %g apart, of different classes as little as %g", within, between)
	}
	q, err := Measure(t.Context(), features, r.Coordinates, labels, 2)
	if err != nil {
		t.Fatal(err)
	}
	if q.Accuracy != 1 || q.FeatureAccuracy != 1 {
		t.Errorf("%+v", *q)
	}
}

// TestRunOfDuplicates pictures points of which many, or all, are the same.
func TestRunOfDuplicates(t *testing.T) {
	all, _ := clusters()
	for name, of := range map[string]func(i int) int{
		"pairs":                    func(i int) int { return i / 2 },
		"more than the perplexity": func(i int) int { return max(0, i-60) },
		"all":                      func(i int) int { return 0 },
	} {
		features := matrix.New(120, columns)
		components := make([][]float64, 120)
		for i := range components {
			copy(features.Row(i), all.Row(of(i)))
			components[i] = []float64{float64(features.Row(i)[0]), float64(features.Row(i)[1])}
		}
		start, err := Start(components, 1)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, features, start, Options{Perplexity: 20, Threads: 1})
		for i, point := range r.Coordinates {
			if isNotFinite(point) {
				t.Fatalf("%s: point %d is at %v", name, i, point)
			}
		}
		if !(r.KL >= 0) {
			t.Errorf("%s: KL %g", name, r.KL)
		}
		if _, err := Measure(t.Context(), features, r.Coordinates, make([]byte, 120), 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRunIsOfAnyScale multiplies features by a power of two: the picture is the
// same where squares of them do not fit a float32.
func TestRunIsOfAnyScale(t *testing.T) {
	all, _ := clusters()
	features := all.Slice(0, 40)
	start, o := startOf(features), Options{Perplexity: 5, Threads: 1}
	want := run(t, features, start, o)
	for _, exponent := range []int{-110, -1, 110} {
		scaled := matrix.New(40, columns)
		for i, x := range features.Values {
			scaled.Values[i] = float32(math.Ldexp(float64(x), exponent))
		}
		if got := run(t, scaled, start, o); !reflect.DeepEqual(got, want) {
			t.Errorf("features times 2^%d have another picture", exponent)
		}
	}
}

func TestRunRefusesWhatHasNoPicture(t *testing.T) {
	for name, c := range map[string]struct {
		perplexity float64
		value      float32
		points     int
		message    string
	}{
		"perplexity":     {30, 0, 90, "a perplexity of 30 needs at least 91 points, and there are 90: choose a perplexity of at most 29"},
		"perplexity 1":   {1, 0, 90, "expected more than 1"},
		"no perplexity":  {math.NaN(), 0, 90, "expected more than 1"},
		"not a number":   {5, float32(math.NaN()), 90, "feature 3 of point 2 is NaN"},
		"infinite":       {5, float32(math.Inf(-1)), 90, "feature 3 of point 2 is -Inf"},
		"another number": {5, 0, 89, "t-SNE of 90 points from a start of 89"},
	} {
		features, _ := clusters()
		features = features.Slice(0, 90)
		features.Row(2)[3] += c.value
		_, err := Run(t.Context(), features, make([][2]float64, c.points), Options{Perplexity: c.perplexity, Threads: 1}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", name, err)
		}
	}
	features, _ := clusters()
	if _, err := affinities(t.Context(), features.Slice(0, 91), Options{Perplexity: 30, Threads: 1}); err != nil {
		t.Errorf("91 points with perplexity 30: %v", err)
	}
}

// TestStart checks the scale and the jitter, which is that of the seed.
func TestStart(t *testing.T) {
	features, _ := clusters()
	var components [][]float64
	for i := range points {
		components = append(components, []float64{float64(features.Row(i)[0]), float64(features.Row(i)[1]), 7})
	}
	start, err := Start(components, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Start(components, 1)
	if !reflect.DeepEqual(start, again) {
		t.Error("a seed has two starts")
	}
	if other, _ := Start(components, 2); reflect.DeepEqual(start, other) {
		t.Error("two seeds have one start")
	}
	flat := make([]float32, 0, 2*points)
	for _, point := range start {
		flat = append(flat, float32(point[0]), float32(point[1]))
	}
	deviations := matrix.NewScaler(matrix.Matrix{Values: flat, Columns: 2}).Deviations
	of := matrix.NewScaler(features).Deviations
	// The jitter adds 1 % at right angles, give or take its correlation.
	if !(math.Abs(deviations[0]/1e-4-1) < 0.005) || !(math.Abs(deviations[1]/deviations[0]*of[0]/of[1]-1) < 0.01) {
		t.Errorf("deviations of %g from features' %g", deviations, of[:2])
	}
	if _, err := Start([][]float64{{1}}, 1); err == nil {
		t.Error("a start of one component")
	}
}
