package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// mixedResults are a report of which every part came about differently.
func mixedResults() *Results {
	real := stages.DataUsed{Title: "CIFAR-10", Fingerprint: "aaaaaaaaaaaa", Train: 50000, Test: 10000}
	drawn := stages.DataUsed{Title: "synthetic data (not CIFAR-10)", Fingerprint: "bbbbbbbbbbbb", Train: 512, Test: 500}
	trained := func(stage string, epochs, of int, data stages.DataUsed, device string) Trained {
		return Trained{Training: &metrics.Training{Epochs: epochs, Test: metrics.Scores{"bce": 0.5, "l1": 0.1, "mse": 0.01}},
			Source: Source{Stage: stage, Fingerprint: "f", Data: data, DefinedEpochs: of, MadeWith: stages.MadeWith{Device: device}}}
	}
	scores := map[string]Score{"full": score([]byte{0, 1}, []byte{0, 0}, 2)}
	results := &Results{Definition: "mixed", Data: real, Classes: []string{"plane", "car"},
		Autoencoders: []AutoencoderResult{
			{Name: "bce", Loss: "bce", Trained: trained("autoencoders/bce", 3, 3, real, "cuda:0")},
			{Name: "long", Loss: "bce", Trained: trained("autoencoders/long", 100, 100, real, "cpu")},
		},
		Classifiers: []ClassifierResult{
			{Name: "random", Encoder: config.Random, Trained: trained("classifiers/random", 100, 100, real, "cpu"), Scores: scores},
			{Name: "pretrained", Encoder: "bce", Trained: trained("classifiers/pretrained", 24, 30, real, "cpu"), Scores: scores},
			{Name: "end_to_end", Encoder: config.Random, Trained: trained("classifiers/end_to_end", 30, 30, drawn, "cuda:1"), Scores: scores},
		},
		Published: published,
	}
	results.Warnings = results.warnings()
	return results
}

// The footers of mixedResults' table, without the report's columns.
var mixedFooters = map[string][]string{
	"train images": {"50000", "50000", "512"},
	"epochs":       {"100", "24 of 30, encoder 3", "30"},
	"data":         {"CIFAR-10", "CIFAR-10", "synthetic data (not CIFAR-10)"},
	"device":       {"cpu", "cpu, encoder cuda:0", "cuda:1"},
}

func TestEveryColumnSaysWhatItCameFrom(t *testing.T) {
	results := mixedResults()
	reported := map[string]string{"train images": "50000", "epochs": "100", "data": "CIFAR-10", "device": ""}
	want := map[string][]string{}
	for footer, cells := range mixedFooters {
		for _, cell := range cells {
			want[footer] = append(want[footer], cell, reported[footer])
		}
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(results.markdown())) {
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "| "), " |"), " | ")
		if _, footer := want[cells[0]]; footer {
			for _, cell := range cells[1:] {
				got[cells[0]] = append(got[cells[0]], strings.TrimSpace(cell))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table1.md (-want +got):\n%s\n%s", diff, results.markdown())
	}
}

func TestEveryFormOfTheTableSaysWhatIsMixed(t *testing.T) {
	results := mixedResults()
	forms := map[string]string{
		CSVFile: string(results.csv()), MarkdownFile: string(results.markdown()),
		PageFile: pageOf(t, results, 2), "the page of an earlier version": pageOf(t, results, 1),
		// A terminal's table breaks its cells between words.
		"terminal": strings.Join(strings.Fields(strings.Map(withoutBorders, results.Table1().Render())), " "),
	}
	for form, text := range forms {
		for _, footers := range mixedFooters {
			for _, cell := range footers {
				words := strings.Fields(cell)
				if form != "terminal" {
					words = []string{cell}
				}
				for _, word := range words {
					if !strings.Contains(text, word) {
						t.Errorf("%s does not say %q:\n%s", form, cell, text)
					}
				}
			}
		}
	}
	for _, want := range []string{"bce (long) | 0.5000", "| 3 | CIFAR-10 | cuda:0 |", "| 100 | CIFAR-10 | cpu |"} {
		if !strings.Contains(forms[MarkdownFile], want) {
			t.Errorf("the table of auto-encoders does not say %q:\n%s", want, forms[MarkdownFile])
		}
	}
}

// pageOf is the page of a layout, without files of a run.
func pageOf(t *testing.T, results *Results, layout int) string {
	t.Helper()
	results.Layout = layout
	page, err := results.page(&config.Definition{Name: results.Definition}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func withoutBorders(r rune) rune {
	if r >= '─' && r <= '╿' {
		return ' '
	}
	return r
}

func TestWarningsNameWhatIsMixed(t *testing.T) {
	want := []string{
		"classifiers/pretrained was trained for 24 epochs of the definition's 30",
		"trained for 3 to 100 epochs, the report's networks for 100",
		"numbers from different devices: cpu, cuda:0, cuda:1",
		"numbers from different data: CIFAR-10, synthetic data (not CIFAR-10)",
	}
	results := mixedResults()
	if diff := cmp.Diff(want, results.warnings()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// Two data sets may have the same title.
	results.Classifiers[2].Source.Data = stages.DataUsed{Title: "CIFAR-10", Fingerprint: "cccccccccccc", Train: 50000, Test: 10000}
	want[3] = "numbers from different data: CIFAR-10 aaaaaaaa, CIFAR-10 cccccccc"
	if diff := cmp.Diff(want, results.warnings()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	results.Numerics.BCE = "exact"
	if got, want := results.warnings()[0], "BCE is computed exactly, from logits; PyTorch's is at most 100 per pixel"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	results.Data.Train, results.Classes = 512, publishedClasses
	if got, want := results.warnings()[0], "made from 512 training and 10000 test images, CIFAR-10 has 50000 and 10000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTheTerminalsTableIsNarrow has the report's classifiers and protocols, on
// the data with the longest name.
func TestTheTerminalsTableIsNarrow(t *testing.T) {
	results := mixedResults()
	for i := range results.Classifiers {
		results.Classifiers[i].Source.Data.Title = "synthetic data (not CIFAR-10)"
		results.Classifiers[i].Scores["first500"] = results.Classifiers[i].Scores["full"]
	}
	const want = 110
	line, _, _ := bytes.Cut([]byte(results.Table1().Render()), []byte("\n"))
	if width := len([]rune(string(line))); width > want {
		t.Errorf("%d characters wide, want %d at most:\n%s", width, want, results.Table1().Render())
	}
}
