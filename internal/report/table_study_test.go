package report

import (
	"strings"
	"testing"

	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
)

// studyResults have two seeds of one encoder, and a baseline.
func studyResults() *Results {
	measured := func(features string, seed *uint64, accuracy float64) Measured {
		low, high := accuracy-1, accuracy+1
		return Measured{Features: features, Encoder: strings.TrimSuffix(features, "-avg"), Width: 48, Seed: seed, Measure: "knn", Protocol: "k nearest.",
			Findings: []Finding{{Name: "k = 20", Value: Number(accuracy), Unit: "%", Low: &low, High: &high, N: 200}, {Name: "bits", Value: Number(accuracy / 1000), N: 200}}}
	}
	noted := measured("bce-avg", new(uint64(88)), 32)
	noted.Notes = []string{"not converged"}
	classifier := func(accuracy Percent) []ClassifierResult {
		return []ClassifierResult{{Name: "bce", Scores: map[string]Score{"full": {Accuracy: accuracy, Mean: accuracy - 1}}}}
	}
	return &Results{Seed: 87, Classifiers: classifier(60), Repeats: []Repeat{{Seed: 88, Classifiers: classifier(62)}}, Data: stages.DataUsed{Title: "CIFAR-10", Test: 200},
		Study: Study{measured("bce-avg", new(uint64(87)), 30), noted, measured("pixels", nil, 40)},
		Verdicts: &Verdicts{Comparisons: []Verdict{
			{Measure: "knn", Finding: "k = 20", A: "bce-avg", B: "pixels", AccuracyA: 31, AccuracyB: 40,
				Comparison: stats.Comparison{Seeds: 2, Images: 200, Difference: -9, Interval: stats.Interval{Low: -12, High: -6}, Deciding: stats.BySeeds, AdjustedP: 0.00001, Verdict: stats.Worse}},
			{Measure: "knn", Finding: "k = 20", A: "bce-avg", B: "random-avg", AccuracyA: 31, AccuracyB: 30.5,
				Comparison: stats.Comparison{Seeds: 2, Images: 200, Difference: 0.5, Interval: stats.Interval{Low: -1, High: 2}, Deciding: stats.BySeeds, AdjustedP: 0.41, Verdict: stats.CannotTell, ImagesToTell: 4000, SeedsToTell: 9}},
			{Measure: "episodes", Finding: "5-way 5-shot", A: "bce-avg", B: "random-avg", AccuracyA: 41, AccuracyB: 40,
				Comparison: stats.Comparison{Seeds: 1, Part: "episode", Parts: 1000, Difference: 1, Interval: stats.Interval{Low: -1, High: 3}, Deciding: "paired t over episodes", AdjustedP: 0.3, Verdict: stats.CannotTell, PartsToTell: 7000}},
		}}}
}

// TestStudyTables checks cells by hand: 30 and 32 have mean 31 and deviation
// 1.41.
func TestStudyTables(t *testing.T) {
	tables := studyResults().StudyTables()
	if len(tables) != 4 {
		t.Fatalf("%d tables, want the seeds', the measure's and the verdicts' two", len(tables))
	}
	for i, wanted := range [][]string{
		{"| bce | 61.00 ± 1.41 | 60.00 ± 1.41 |", "over 2 seeds (87, 88)"},
		{"| bce-avg | 48 | 31.00 ± 1.41 | 0.0310 ± 0.0014 |", "| pixels | 48 | 40.00 [39.00, 41.00] | 0.04 |",
			"k nearest.", "200 test images", "over 2 encoders (seeds 87, 88)", "bce-avg: not converged", "bce: its encoder was trained with the labels of all training images"},
		{"| bce-avg | pixels | 31.00 | 40.00 | -9.00 | -12.00 to -6.00 | < 0.0001 | worse |  |",
			"| bce-avg | random-avg | 31.00 | 30.50 | +0.50 | -1.00 to +2.00 | 0.4100 | cannot tell | 4000 images or 9 seeds |", "the table's 2 comparisons"},
		{"| bce-avg | random-avg | 41.00 | 40.00 | +1.00 | -1.00 to +3.00 | 0.3000 | cannot tell | 7000 episodes |",
			"Means over the same 1000 episodes of test images", "paired t over episodes with 1 seed", "the table's 1 comparison;"},
	} {
		text := tables[i].RenderMarkdown() + "\n" + tables[i].Caption
		for _, want := range wanted {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not have %q:\n%s", tables[i].Title, want, text)
			}
		}
	}
	if tables := new(Results).StudyTables(); len(tables) != 0 {
		t.Errorf("without a study there are %d tables", len(tables))
	}
}

// TestThePublishedGap is of 25.5 and 29.6 % of 500 images: z = 1.45, p = 0.15 by
// the pooled z test.
func TestThePublishedGap(t *testing.T) {
	if got := publishedComparison(); !strings.Contains(got, "z = 1.45, p = 0.15: cannot tell. So many tell a difference of 8.1 points in four of five cases, 10000 images one of 1.8.") {
		t.Error(got)
	}
}

func TestOverSeedsHasTheDigitsThatTheDeviationAllows(t *testing.T) {
	for want, values := range map[string][]float64{
		"0.9995 ± 0.0013":     {0.99857868, 1.00042132},
		"0.004837 ± 0.000075": {0.004837 - 0.00005336, 0.004837 + 0.00005336},
		"45412 ± 4224":        {45412 - 2986.8, 45412 + 2986.8},
		"2.0 ± 1.4":           {1, 3},
		"-0.060 ± 0.018":      {-0.0599 - 0.01245, -0.0599 + 0.01245},
		"1 ± 0":               {1, 1},
		"1.000000 ± 0.000000": {1, 1 + 1e-9},
	} {
		if got := overSeeds(values, ""); got != want {
			t.Errorf("%v are %q, want %q", values, got, want)
		}
	}
	for want, values := range map[string][]float64{"1, 100, 100": {1, 100, 100}, "0.001": {1e-3, 1e-3}} {
		if got := eachOf(values); got != want {
			t.Errorf("%v are shown as %s, want %s", values, got, want)
		}
	}
	if got := overSeeds([]float64{60, 61}, "%"); got != "60.50 ± 0.71" {
		t.Errorf("accuracies are %q", got)
	}
}

// TestVerdictsOfFewImagesShowTheScoreInterval has 100 images, on five of which B alone is
// right: too few for the bootstrap's interval, and TestTango has the other.
func TestVerdictsOfFewImagesShowTheScoreInterval(t *testing.T) {
	r := studyResults()
	r.Verdicts.Comparisons = []Verdict{{Measure: "knn", Finding: "k = 20", A: "bce-avg", B: "pixels", AccuracyA: 40, AccuracyB: 45,
		Comparison: stats.Comparison{Seeds: 1, Images: 100, Difference: -5, Interval: stats.Interval{Low: -9, High: -1}, Discordant: &stats.Discordant{OnlyB: 5},
			Deciding: stats.ByImages, AdjustedP: 0.0625, Verdict: stats.CannotTell}}}
	tables := r.StudyTables()
	last := tables[len(tables)-1]
	text := last.RenderMarkdown() + "\n" + last.Caption
	for _, want := range []string{"| -11.18 to -1.12 |", "exact McNemar with 1 seed (Tango’s score interval where fewer than 10 images tell the two apart);"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not have %q:\n%s", want, text)
		}
	}
}
