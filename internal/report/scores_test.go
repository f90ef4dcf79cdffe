package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestScores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.csv")
	want := Scores{"fold", []float64{1.0 / 3, 0, 1, 0.1 + 0.2}}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadScores(path)
	if err != nil || got.Part != want.Part || !slices.Equal(got.Values, want.Values) {
		t.Errorf("%+v (%v)", got, err)
	}
	for text, want := range map[string]string{
		"":                        "no scores",
		"fold,score\n":            "no scores",
		"fold,score\n1,0.5\n":     "expected fold 0",
		"fold,score\n0,2\n":       "a score from 0 to 1",
		"fold,score\n0,NaN\n":     "a score from 0 to 1",
		"fold,score\n0,0.5\n1,\n": "scores.csv:3",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadScores(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
