package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
)

// hostile is text that must not become markup. What a page is made of may have it:
// descriptions, classes of images in folders, names in results that somebody edited.
const hostile = `<img src=x onerror=alert(1)>"'&`

// A pageRun is a run directory with every kind of thing that a page shows, made
// without any training.
type pageRun struct {
	*Results
	definition *config.Definition
	dir        string
}

func (r pageRun) page(t *testing.T) string {
	t.Helper()
	page, err := r.Results.page(r.definition, r.dir)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func (r pageRun) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const fixtureImages = 400

// newPageRun has two seeds, auto-encoders bce and l1, a study with verdicts, and
// projections of 120 images.
func newPageRun(t *testing.T) pageRun {
	t.Helper()
	data := stages.DataUsed{Title: "modified CIFAR-10", Fingerprint: "6250346b34b8339b", Train: 120, Test: fixtureImages}
	freeze, train := true, config.Train{Epochs: 3}
	r := pageRun{dir: t.TempDir(),
		definition: &config.Definition{Name: "fixture", Description: "A run of " + hostile, Seed: 87, Seeds: []uint64{87, 88},
			Autoencoders: map[string]config.Autoencoder{"bce": {Loss: "bce", Train: train}, "l1": {Loss: "l1", Train: train}},
			Classifiers: map[string]config.Classifier{"random": {Encoder: "random", Freeze: &freeze, Loss: "cross_entropy", Train: train},
				"pretrained": {Encoder: "bce", Freeze: &freeze, Loss: "cross_entropy", Train: train}}},
	}
	r.Results = &Results{Layout: 2, Definition: "fixture", DefinitionFingerprint: "d0c", Seed: 87, Data: data, Classes: publishedClasses, Published: published,
		Features: map[string]EncoderFeatures{"bce": {FeatureResult: FeatureResult{ExplainedVarianceRatio: []float64{0.5, 0.25}}}, "random": {}}}
	made := stages.MadeWith{Aeprobe: "(devel)", Libtorch: "2.11.0", Device: "cpu", CPU: "AVX2", Threads: 1}
	trained := func(stage string, level float64) Trained {
		for i, loss := range []float64{1, 0.6, 0.5} {
			line := fmt.Sprintf(`{"epoch":%d,"loss":%g,"test":{"bce":%g,"l1":0.1,"cross_entropy":%g,"accuracy":%g},"seconds":1}`+"\n", i+1, level*loss, level*loss+0.01, level*loss+0.02, 20+level)
			if i > 0 {
				line = readFile(t, filepath.Join(r.dir, stage, metrics.File)) + line
			}
			r.write(t, filepath.Join(stage, metrics.File), line)
		}
		return Trained{Training: &metrics.Training{Epochs: 3, Loss: level / 2, Test: metrics.Scores{"bce": level/2 + 0.01, "l1": 0.1, "mse": 0.01}, Seconds: 61, ImagesPerSecond: 1000},
			Source: Source{Stage: stage, Fingerprint: "f1", Data: data, DefinedEpochs: 3, MadeWith: made}}
	}
	autoencoders := func(folder string) []AutoencoderResult {
		return []AutoencoderResult{{Name: "bce", Loss: "bce", Trained: trained(folder+"autoencoders/bce", 0.6)}, {Name: "l1", Loss: "l1", Trained: trained(folder+"autoencoders/l1", 0.2)}}
	}
	classifiers := func(folder string) []ClassifierResult {
		all := []ClassifierResult{{Name: "random", Encoder: "random", Freeze: true}, {Name: "pretrained", Encoder: "bce", Freeze: true}}
		for i := range all {
			all[i].Trained = trained(folder+"classifiers/"+all[i].Name, 2)
			var labels, predicted []byte
			for k := range fixtureImages {
				labels = append(labels, byte(k%10))
				predicted = append(predicted, byte(k%10))
				if k%3 != i { // one in three is right
					predicted[k] = byte((k + k/10) % 10)
				}
			}
			if err := WritePredictions(filepath.Join(r.dir, folder, "classifiers", all[i].Name, PredictionsFile), labels, predicted); err != nil {
				t.Fatal(err)
			}
			all[i].Scores = map[string]Score{"full": score(labels, predicted, 10)}
		}
		return all
	}
	r.Autoencoders, r.Classifiers = autoencoders(""), classifiers("")
	r.Repeats = []Repeat{{Seed: 88, Autoencoders: autoencoders("seeds/88/"), Classifiers: classifiers("seeds/88/")}}
	r.addStudy(data, made)
	r.addFeatures(t)
	r.addFigures(t)
	r.Warnings = r.warnings()
	return r
}

func (r pageRun) addStudy(data stages.DataUsed, made stages.MadeWith) {
	for _, encoder := range []string{"random", "bce", "l1"} {
		for _, measure := range []string{"logistic", "knn"} {
			r.Study = append(r.Study, Measured{Features: encoder + "-avg", Encoder: encoder, Pool: "avg", Width: 48, Seed: new(r.Seed), Measure: measure, Protocol: "As " + measure + " is measured.",
				Findings: []Finding{{Name: measure, Value: 33, Unit: "%", N: fixtureImages, Compared: true}}, Notes: []string{"not converged"},
				Source: Source{Stage: "study/" + encoder + "-avg/" + measure, Fingerprint: "f2", Data: data, MadeWith: made}})
		}
	}
	verdict := func(a, b string, difference float64, v stats.Verdict) Verdict {
		return Verdict{Measure: "logistic", Finding: "logistic", A: a, B: b, AccuracyA: 33 + difference, AccuracyB: 33,
			Comparison: stats.Comparison{Seeds: 2, Images: fixtureImages, Difference: difference, Interval: stats.Interval{Low: difference - 2, High: difference + 2},
				Deciding: stats.BySeeds, AdjustedP: 0.03, Verdict: v, SeedsToTell: 9}}
	}
	r.Verdicts = &Verdicts{Comparisons: []Verdict{
		verdict("bce-avg", "random-avg", 5, stats.Better),
		verdict("random-avg", "l1-avg", 0.5, stats.CannotTell), // turned round: A is the encoder
		verdict("bce-avg", "l1-avg", -3, stats.Worse),
	}, Source: Source{Stage: "verdicts", Fingerprint: "f3", Data: data, MadeWith: made}}
}

// alsoWhole adds the features as whole maps, with verdicts on bce's and on l1's.
func (r pageRun) alsoWhole(difference float64, verdict stats.Verdict) {
	for _, m := range r.Study {
		m.Features, m.Pool = strings.Replace(m.Features, "avg", "flatten", 1), "flatten"
		r.Study = append(r.Study, m)
	}
	for _, v := range r.Verdicts.Comparisons[:2] {
		v.A, v.B = strings.Replace(v.A, "avg", "flatten", 1), strings.Replace(v.B, "avg", "flatten", 1)
		if v.Verdict != stats.CannotTell {
			v.Difference, v.AccuracyA, v.Verdict = difference, 33+difference, verdict
			v.Interval = stats.Interval{Low: difference - 2, High: difference + 2}
		}
		r.Verdicts.Comparisons = append(r.Verdicts.Comparisons, v)
	}
}

// addFeatures projects 120 images: on a circle by PCA, along a line by t-SNE.
func (r pageRun) addFeatures(t *testing.T) {
	var circle, line [][]float64
	var labels []byte
	for i := range 120 {
		angle := 2 * math.Pi * float64(i) / 120
		circle, line = append(circle, []float64{math.Cos(angle), math.Sin(angle)}), append(line, []float64{float64(i), float64(i % 7)})
		labels = append(labels, byte(i%10))
	}
	if err := os.MkdirAll(filepath.Join(r.dir, FeaturesFolder), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		WriteProjection(ProjectionFile(r.dir, "pca", "bce"), []string{"pc1", "pc2"}, circle, labels),
		WriteProjection(ProjectionFile(r.dir, "pca", "random"), []string{"pc1", "pc2"}, circle, labels),
		WriteProjection(ProjectionFile(r.dir, "tsne", "bce"), []string{"x", "y"}, line, labels),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// tileColor is the colour of a training image in the fixture's sheet.
func tileColor(image int) color.RGBA {
	return []color.RGBA{{200, 40, 40, 255}, {40, 200, 40, 255}, {40, 40, 200, 255}}[image%3]
}

func (r pageRun) addFigures(t *testing.T) {
	const tile = 32
	sheet := image.NewRGBA(image.Rect(0, 0, tile*SheetColumns, 3*tile))
	for i := range 120 {
		for k := range tile * tile {
			sheet.SetRGBA(i%SheetColumns*tile+k%tile, i/SheetColumns*tile+k/tile, tileColor(i))
		}
	}
	var text bytes.Buffer
	if err := jpeg.Encode(&text, sheet, nil); err != nil {
		t.Fatal(err)
	}
	r.write(t, "figures/"+SheetFile, text.String())
	files := []string{`"` + SheetFile + `":""`}
	for _, name := range []string{"fig1-architecture", "fig2-reconstructions", "decoded-random", "accuracies", "fig3-pca", "loss-random", "confusion-random", "new-kind"} {
		r.write(t, "figures/"+name+".svg", `<svg viewBox="0 0 360 120" xmlns="http://www.w3.org/2000/svg"><rect width="360" height="120" fill="#fff"/></svg>`)
		files = append(files, `"`+name+`.svg":""`, `"`+name+`.png":""`)
	}
	r.write(t, "figures/annotated.svg", "<svg>somebody's own</svg>")
	r.write(t, "figures/result.json", `{"stage":"figures","files":{`+strings.Join(files, ",")+`}}`)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
