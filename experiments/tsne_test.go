package experiments

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/tsne"
)

// TestTSNE runs, draws and verifies a report with t-SNE of the first images.
func TestTSNE(t *testing.T) {
	definition := smallReport(t, "data.train=256", "data.test=500", "train.epochs=1", "autoencoders.l1=null", "autoencoders.mse=null",
		"classifiers.end_to_end=null", "figures=[pca, tsne]", "features.projections=[pca, tsne]",
		"features.tsne.images=120", "features.tsne.perplexity=12")
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"features/random-pca.csv", "figures/fig3-pca.png", "figures/fig4-tsne.png", "figures/tsne-random.svg"} {
		if _, err := os.Stat(f.path(name)); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(f.path("features/*.state.json")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if points, _, err := report.ReadProjection(f.path("features/bce-tsne.csv")); err != nil || len(points) != 120 || len(points[0]) != 2 {
		t.Errorf("%d points, %v", len(points), err)
	}
	results, err := report.ReadResults(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	got := results.Features["bce"].TSNE
	if got == nil || got.Images != 120 || got.Perplexity != 12 || got.Iterations != tsne.Iterations || !(got.KL > 0) || !(got.Trustworthiness > 0.5) {
		t.Errorf("the results say %+v", got)
	}
	if different := f.verified(stages.Different); len(different) > 0 {
		t.Errorf("%+v", different)
	}

	forged := f.copied(t)
	forged.forge(featuresStage, func(r *stages.Result) {
		var features map[string]report.FeatureResult
		if err := r.Detail(featuresStage, &features); err != nil {
			t.Fatal(err)
		}
		features["random"].TSNE.Recall += 0.01
		if err := r.SetDetail(featuresStage, features); err != nil {
			t.Fatal(err)
		}
	})
	forged.edit("features/bce-tsne.csv", "\n7,", "\n7,1")
	text := ""
	for _, c := range forged.verified(stages.Different) {
		text += c.What + ": " + strings.Join(c.Differences, "; ") + "\n"
	}
	for _, want := range []string{"random-tsne.csv: what result.json says", "recall of neighbours is kept as", "bce-tsne.csv", "image 7 has label"} {
		if !strings.Contains(text, want) {
			t.Errorf("no word of %q in\n%s", want, text)
		}
	}
	moved := f.copied(t)
	moved.forgetChecksums(featuresStage)
	label := string(rune('0' + f.data.Train.Labels[7]))
	moved.edit("features/bce-tsne.csv", "\n7,"+label+",", "\n7,"+label+",9")
	if different := moved.verified(stages.Different); len(different) == 0 || !strings.Contains(different[0].Differences[0], "KL divergence is kept as") {
		t.Errorf("a point elsewhere is found as %+v", different)
	}
}

// TestTSNEGoesOn interrupts a descent again and again.
func TestTSNEGoesOn(t *testing.T) {
	features := pcaCase{n: 70, d: 20, value: ofFactors(3, 70, 20, 5, 0.7, 0.1)}.features(t)
	source := &projectionSource{features: features, labels: make([]byte, 70), seed: 5, threads: 1,
		spec:  config.Features{TSNE: config.TSNE{Images: 64, Perplexity: 10}},
		state: filepath.Join(t.TempDir(), "state.json")}
	want, err := projectTSNE(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(source.state, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	interruptions := 0
	for ; ; interruptions++ {
		got, err := projectTSNE(&countdown{Context: t.Context(), left: 1000}, source)
		if err == nil {
			if !reflect.DeepEqual(got, want) {
				t.Error("an interrupted descent ended elsewhere")
			}
			break
		}
		if !errors.Is(err, context.Canceled) || interruptions > 10 {
			t.Fatal(err)
		}
	}
	if interruptions < 2 {
		t.Errorf("%d interruptions", interruptions)
	}
}
