package experiments

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/report"
	"aeprobe/internal/train"
)

// TestEncodersOnTheWay: what is measured after an epoch of a longer training is
// what a training that ends there leaves, to the bit, however often the longer one
// was interrupted.
func TestEncodersOnTheWay(t *testing.T) {
	sets := []string{"seeds=[87]", "train.epochs=3", "study={epochs: [2, 1], measures: [logistic, nearest_mean], layers: [decoder.1]}", "figures=[epochs, layer-epochs]"}
	definition := smallStudy(t, sets...)
	data := smallData(t, definition)
	dir := t.TempDir()
	for _, left := range []int{9, 14} {
		interrupt(t, dir, "autoencoders/bce", definition, data, left)
	}
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	verifyAll(t, definition, data, dir)
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	const epoch = 2
	shorter := smallStudy(t, "seeds=[87]", "train.epochs="+strconv.Itoa(epoch), "study={measures: [logistic, nearest_mean], layers: [decoder.1]}", "figures=[]")
	short := t.TempDir()
	if _, err := runInto(t, t.Context(), short, "", shorter, data, nil); err != nil {
		t.Fatal(err)
	}
	want, err := report.ReadResults(short)
	if err != nil {
		t.Fatal(err)
	}
	for _, pool := range []string{"-avg", ".decoder.1-avg"} {
		a, b := want.Study.Find("bce"+pool, "logistic", 87), results.Study.Find("bce@2"+pool, "logistic", 87)
		if a == nil || b == nil || b.Epoch != epoch {
			t.Fatalf("%s: %+v, %+v", pool, a, b)
		}
		if diff := cmp.Diff(a.Findings, b.Findings); diff != "" {
			t.Errorf("%s:\n%s", pool, diff)
		}
	}
	for _, c := range results.Verdicts.Comparisons {
		if strings.Contains(c.A+c.B, "@") {
			t.Errorf("%s is compared with %s", c.A, c.B)
		}
	}
	for _, name := range []string{"epochs-avg.png", "layer-epochs-bce.png"} {
		if _, err := os.Stat(filepath.Join(dir, figuresStage, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestEpochsThatWereNotKept: a training that ended without keeping them says so.
func TestEpochsThatWereNotKept(t *testing.T) {
	definition := smallStudy(t, "seeds=[87]", "train.epochs=2", "study={measures: [nearest_mean]}")
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	definition = smallStudy(t, "seeds=[87]", "train.epochs=2", "study={measures: [nearest_mean], epochs: [1]}")
	_, err := runInto(t, t.Context(), dir, "", definition, data, nil)
	if err == nil || !strings.Contains(err.Error(), "has not kept it") || !strings.Contains(err.Error(), "remove ") {
		t.Errorf("%v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "autoencoders", "bce")); err != nil {
		t.Fatal(err)
	}
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "autoencoders", "bce", train.EpochFile(1))); err != nil {
		t.Error(err)
	}
}
