package stats

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// One seed: 121 to 59 discordant images, of statsmodels' tests.
func TestCompareOneSeed(t *testing.T) {
	a, b := table(314, 121, 59)
	c, err := Compare(a, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Seeds != 1 || c.Images != 314 || *c.Discordant != (Discordant{121, 59}) || !near(c.Difference, 100*62.0/314, 1e-9) {
		t.Errorf("%+v", c)
	}
	if c.Deciding != ByImages || c.DecidingP != McNemar(121, 59) || *c.P.McNemar != c.DecidingP || c.P.PairedT != nil {
		t.Errorf("decided by %s, %v", c.Deciding, c.DecidingP)
	}
	if c.Verdict != CannotTell {
		t.Errorf("%q before its table is decided", c.Verdict)
	}
	if c.ImagesToTell != ImagesToTell(121, 59, 314) || c.SeedsToTell != 0 {
		t.Errorf("%d images, %d seeds would tell", c.ImagesToTell, c.SeedsToTell)
	}
	text, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(text), `"p":{"mcnemar":`) {
		t.Errorf("%s (%v)", text, err)
	}
}

// A contender in which nothing is random has one row, repeated for each seed of
// the other.
func TestCompareSeeds(t *testing.T) {
	r := newRand(3)
	a, b := world{0.6, 0.02, 0.2}.contender(r, 5, 500), world{0.3, 0, 0.2}.contender(r, 1, 500)
	c, err := Compare(a, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	repeated, err := Compare(a, [][]bool{b[0], b[0], b[0], b[0], b[0]}, 1)
	if text, again := asJSON(t, c), asJSON(t, repeated); err != nil || text != again {
		t.Errorf("one row: %s\nrepeated: %s (%v)", text, again, err)
	}
	p := max(*c.P.PairedT, *c.P.SeedsAndImages)
	if c.DecidingP != p || c.Discordant != nil || (c.Deciding == BySeeds) != (*c.P.PairedT == p) {
		t.Errorf("decided by %s, %v, not %v", c.Deciding, c.DecidingP, p)
	}
	if *c.P.SignFlip != 2.0/32 {
		t.Errorf("five seeds that agree have p %v by sign flips", *c.P.SignFlip)
	}
	if math.Abs(c.Difference-30) > 10 || !c.Interval.Excludes(0) || c.Interval.Excludes(c.Difference) {
		t.Errorf("difference %v, interval %v", c.Difference, c.Interval)
	}
	if c.SeedsToTell < 2 || c.ImagesToTell < 2 || c.SeedsToTell > 5 {
		t.Errorf("%d images, %d seeds would tell", c.ImagesToTell, c.SeedsToTell)
	}
	Decide([]*Comparison{&c, &repeated}, 0.05)
	if c.Verdict != Better || c.AdjustedP != 2*p {
		t.Errorf("%s with p %v", c.Verdict, c.AdjustedP)
	}
}

func asJSON(t *testing.T, c Comparison) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// By hand. After Holm 0.01, 0.02, 0.04 are 0.03, 0.04, 0.04; a fourth of 0.9
// makes them 0.04, 0.06, 0.08.
func TestDecide(t *testing.T) {
	above, below, around := Interval{1, 3}, Interval{-3, -1}, Interval{-1, 3}
	rows := []*Comparison{
		{Difference: 2, Bootstrap: above, DecidingP: 0.04},
		{Difference: -2, Bootstrap: below, DecidingP: 0.01},
		{Difference: 1, Bootstrap: around, DecidingP: 0.02},
	}
	for _, c := range []struct {
		rows []*Comparison
		want []Verdict
	}{
		{rows, []Verdict{Better, Worse, CannotTell}},
		{append(rows, &Comparison{DecidingP: 0.9}), []Verdict{CannotTell, Worse, CannotTell, CannotTell}},
	} {
		Decide(c.rows, 0.05)
		for i, want := range c.want {
			if got := c.rows[i].Verdict; got != want {
				t.Errorf("row %d of %d is %q with p %v, not %q", i, len(c.rows), got, c.rows[i].AdjustedP, want)
			}
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	row, short := make([]bool, 5), make([]bool, 4)
	for name, c := range map[string][2][][]bool{
		"no seeds":         {{}, {row}},
		"no images":        {{{}}, {{}}},
		"3 seeds and 2":    {{row, row, row}, {row, row}},
		"other images":     {{row}, {short}},
		"a short row":      {{row, short}, {row}},
		"one image, seeds": {{{true}, {true}}, {{false}, {true}}},
	} {
		if got, err := Compare(c[0], c[1], 1); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A contender compared with itself never tells, and b with a is the mirror image
// of a with b.
func TestCompareProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seeds, images := rapid.IntRange(1, 4).Draw(t, "seeds"), rapid.IntRange(2, 25).Draw(t, "images")
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Bool(), images, images), seeds, seeds)
		a, b := rows.Draw(t, "a"), rows.Draw(t, "b")
		itself, err := Compare(a, a, 1)
		if err != nil {
			t.Fatal(err)
		}
		Decide([]*Comparison{&itself}, 0.05)
		if itself.Verdict != CannotTell || itself.DecidingP != 1 || itself.Difference != 0 || itself.Interval != (Interval{}) ||
			itself.ImagesToTell != 0 || itself.SeedsToTell != 0 {
			t.Fatalf("a against itself: %+v", itself)
		}

		ab, err := Compare(a, b, 1)
		if err != nil {
			t.Fatal(err)
		}
		ba, err := Compare(b, a, 1)
		if err != nil {
			t.Fatal(err)
		}
		Decide([]*Comparison{&ab}, 0.05)
		Decide([]*Comparison{&ba}, 0.05)
		// The edge itself is left to rounding.
		if p := ab.DecidingP; seeds > 1 && math.Abs(p-0.05) > 1e-6 && ab.Interval.Excludes(0) != (p < 0.05) {
			t.Fatalf("the interval and p contradict each other: %+v", ab)
		}
		mirrored := map[Verdict]Verdict{Better: Worse, Worse: Better, CannotTell: CannotTell}
		if ba.Verdict != mirrored[ab.Verdict] || ba.Difference != -ab.Difference || ba.DecidingP != ab.DecidingP ||
			ba.ImagesToTell != ab.ImagesToTell || ba.SeedsToTell != ab.SeedsToTell {
			t.Fatalf("a against b: %+v\nb against a: %+v", ab, ba)
		}
		for _, i := range [][2]Interval{{ab.Interval, ba.Interval}, {ab.Bootstrap, ba.Bootstrap}} {
			if math.Abs(i[0].Low+i[1].High) > 1e-9 || math.Abs(i[0].High+i[1].Low) > 1e-9 {
				t.Fatalf("a against b is in %v, b against a in %v", i[0], i[1])
			}
		}
	})
}
