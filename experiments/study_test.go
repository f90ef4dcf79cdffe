package experiments

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// verifyAll verifies a run in which nothing must differ.
func verifyAll(t *testing.T, definition *config.Definition, data *vision.Dataset, dir string) {
	t.Helper()
	err := Verify(t.Context(), definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1}, func(c stages.Check) {
		if c.Verdict != stages.Equal {
			t.Errorf("%+v", c)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// smallStudy has every measure of a few features, with two seeds and classes that
// one auto-encoder never sees.
func smallStudy(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	return smallReport(t, append([]string{"autoencoders={bce: {without: [cat, ship, dog]}, l1: null, mse: null}", "classifiers={pretrained: null}",
		"figures=[accuracies, few-labels, similarity, clusters]", "train.epochs=1", "seeds=[87, 5]", "data={train: 160, test: 200}", "evaluate.protocols=[full]", "features.images=160",
		`study={encoders: [random, bce], baselines: [mean_colour], pools: [avg], components: 8, knn: {k: [1, 20]}, clusters: {k: [3, 10], starts: 2},
		few_labels: {per_class: [1, 5], subsets: 2}, episodes: {ways: [2, 5], shots: [1], queries: 5, episodes: 20}, pairs: {folds: 4, per_fold: 30}}`}, sets...)...)
}

// TestStudy runs every measure, verifies all numbers, and asks for one more set
// of features.
func TestStudy(t *testing.T) {
	definition := smallStudy(t)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	verifyAll(t, definition, data, dir)
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, measure := range definition.Study.Measures {
		for _, set := range []string{"random-avg", "bce-avg"} {
			for _, seed := range []uint64{87, 5} {
				if m := results.Study.Find(set, measure, seed); measures[measure].measure != nil && (m == nil || m.Protocol == "" || len(m.Findings) == 0) {
					t.Errorf("%s of %s, seed %d: %+v", measure, set, seed, m)
				}
			}
		}
	}
	if row := results.Study.Find(fromScratch, "few_labels", 0); row == nil || len(row.Findings) != 2 || row.Findings[0].Low == nil {
		t.Errorf("trained from scratch: %+v", row)
	}
	// Red, green and blue are what mean colour is.
	nuisances := results.Study.Find("mean_colour", "nuisances", 0)
	for _, colour := range []string{"red", "green", "blue"} {
		if f := nuisances.Finding(colour); f == nil || f.Value < 0.999 {
			t.Errorf("mean colour predicts %s with R² %v", colour, f)
		}
	}
	if names := results.Similarity.Names; len(names) != 5 || names[1] != "random, seed 5" {
		t.Errorf("similarities are of %v", names)
	}
	checkSimilarities(t, results.Similarity)
	for measure, words := range protocolWords {
		m := results.Study.Find("bce-avg", measure, 87)
		for _, word := range words {
			if !strings.Contains(m.Protocol, word) {
				t.Errorf("the protocol of %s does not say %q: %s", measure, word, m.Protocol)
			}
		}
	}
	finding := func(measure, name string) float64 {
		f := results.Study.Find("bce-avg", measure, 87).Finding(name)
		if f == nil {
			t.Fatalf("%s has no finding %q", measure, name)
		}
		return float64(f.Value)
	}
	if got, want := finding("nuisances", "selectivity"), finding("logistic", "logistic")-finding("nuisances", "control task"); math.Abs(got-want) > 1e-9 {
		t.Errorf("selectivity is %g, the probe's accuracy less the control task's %g", got, want)
	}
	for _, k := range []string{"K = 3", "K = 10"} {
		if acc, purity := finding("clusters", "ACC, "+k), finding("clusters", "purity, "+k); acc > purity || purity > 100 {
			t.Errorf("%s: purity %g, ACC %g", k, purity, acc)
		}
		if named, unnamed := finding("clusters", "named, "+k), finding("clusters", "unnamed, "+k); named+unnamed > 100 {
			t.Errorf("%s: %g %% are named right, and %g %% not at all", k, named, unnamed)
		}
		if few := finding("clusters", "named, "+k+" of 100 images"); few <= 0 || few > 100 {
			t.Errorf("%s of 100 images: %g %%", k, few)
		}
	}
	verdicts := results.Verdicts.Comparisons
	if !slices.ContainsFunc(verdicts, func(v report.Verdict) bool {
		return v.Measure == "logistic" && v.A == "bce-avg" && v.B == "random-avg" && v.Seeds == 2 && v.Images == 200
	}) {
		t.Errorf("the auto-encoder is not compared with the random encoder: %+v", verdicts)
	}
	// AUCs by fold and accuracies by episode, each on all classes, those left out and
	// the others, are in tables of their own.
	tables := map[string]int{}
	for _, v := range verdicts {
		if v.Part != "" {
			tables[v.Finding]++
		}
		if v.Part == "fold" && v.Parts != 4 || v.Part == "episode" && v.Parts != 20 || v.Part != "" && (v.A == "bce-avg" && v.Seeds != 2 || v.AdjustedP < v.DecidingP) {
			t.Errorf("%+v", v)
		}
	}
	wantTables := map[string]int{"AUC, all classes": 3, "AUC, left out": 3, "AUC, seen": 3, "AUC, left out against seen": 3, "2-way 1-shot": 3, "2-way 1-shot, left out": 3, "2-way 1-shot, seen": 3}
	if diff := cmp.Diff(wantTables, tables); diff != "" {
		t.Errorf("comparisons of scores (-want +got):\n%s", diff)
	}
	episodes := results.Study.Find("bce-avg", "episodes", 87).Findings[0]
	scores, err := report.ReadScores(filepath.Join(dir, "study/bce-avg/episodes", episodes.Scores))
	if mean := 100 * meanOfAll(scores.Values); err != nil || mean-float64(episodes.Value) > 1e-9 || float64(episodes.Value)-mean > 1e-9 {
		t.Errorf("the scores' mean is %g, the finding %g (%v)", mean, episodes.Value, err)
	}
	for _, figure := range []string{"accuracies", "few-labels-avg", "similarity", "clusters-bce"} {
		if _, err := os.Stat(filepath.Join(dir, "figures", figure+".svg")); err != nil {
			t.Error(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, report.PageFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"What the features know", "never saw the classes left out", "Mean ± standard deviation over 2 encoders", "Verdicts: a converged linear classifier"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}

	events, err := runInto(t, t.Context(), dir, "", smallStudy(t, "study.pools=[avg, max]", "study.measures=[nearest_mean]"), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"figures", "seeds/5/study/bce-max/nearest_mean", "seeds/5/study/random-max/nearest_mean",
		"study/bce-max/nearest_mean", "study/random-max/nearest_mean", "verdicts"}
	if diff := cmp.Diff(want, stagesOf(events, metrics.StageFinished)); diff != "" {
		t.Errorf("with another pool (-want +finished):\n%s", diff)
	}
}

// protocolWords are what a number cannot be read without.
var protocolWords = map[string][]string{
	"knn":            {"0.07", "cosine", "CL2N"},
	"clusters":       {"training images", "test images", "arithmetic"},
	"few_labels":     {"nested", "cross-validation"},
	"episodes":       {"not the spread", "queries"},
	"same_different": {"share no image", "bootstraps over images", "seen"},
	"nuisances":      {"ridge", "in points"},
	"description":    {"online code", "Voita"},
}

// checkSimilarities checks what holds of all CKAs.
func checkSimilarities(t *testing.T, s *report.Similarity) {
	t.Helper()
	for _, m := range [][][]float64{s.Biased, s.Debiased} {
		for i := range m {
			if math.Abs(m[i][i]-1) > 1e-6 {
				t.Errorf("%s is %g like itself", s.Names[i], m[i][i])
			}
			for k := range m[i] {
				if m[i][k] != m[k][i] || m[i][k] > 1+1e-6 || m[i][k] < -1-1e-6 {
					t.Errorf("%s and %s: %g, the other way round %g", s.Names[i], s.Names[k], m[i][k], m[k][i])
				}
			}
		}
	}
}

// TestLeftOutClassesAreNeverSeen puts noise in the place of training images: of classes
// left out it changes not a bit of what is trained, of one that is kept it does.
func TestLeftOutClassesAreNeverSeen(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallStudy(t, "seeds=[87]")
	data := smallData(t, definition)
	trained := func(noisy ...string) (weights []byte, result *stages.Result) {
		changed := *data
		changed.Train.Pixels = slices.Clone(data.Train.Pixels)
		noise := rand.New(rand.NewPCG(1, 1))
		for _, label := range definition.Data.Labels(noisy) {
			for i, l := range changed.Train.Labels {
				if int(l) == label {
					for k := range changed.Train.Image(i) {
						changed.Train.Image(i)[k] = byte(noise.Uint32())
					}
				}
			}
		}
		dir := t.TempDir()
		if _, err := runInto(t, t.Context(), dir, stage, definition, &changed, nil); err != nil {
			t.Fatal(err)
		}
		weights, err := os.ReadFile(filepath.Join(dir, stage, train.CheckpointFile))
		if err != nil {
			t.Fatal(err)
		}
		if result, err = stages.ReadResult(filepath.Join(dir, stage)); err != nil {
			t.Fatal(err)
		}
		return weights, result
	}
	clean, result := trained()
	kept := 0
	for _, label := range data.Train.Labels {
		if !slices.Contains(definition.Unseen(), int(label)) {
			kept++
		}
	}
	if got := result.Training.Examples; got != kept || kept == data.Train.Len() {
		t.Errorf("trained on %d of %d images, want %d", got, data.Train.Len(), kept)
	}
	if without, _ := trained("cat", "ship", "dog"); !bytes.Equal(clean, without) {
		t.Error("noise in the classes left out changes the training")
	}
	if with, _ := trained("frog"); bytes.Equal(clean, with) {
		t.Error("noise in a class that is kept does not change the training")
	}
}

// TestStudyIsTamperProof changes a number of each kind of stage.
func TestStudyIsTamperProof(t *testing.T) {
	definition := smallStudy(t, "seeds=[87]", "study.encoders=[random]", "study.baselines=[pixel_pca]", "study.few_labels={per_class: [5], subsets: 1}", "figures=[]")
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	different := func() (all []string) {
		err := Verify(t.Context(), definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1}, func(c stages.Check) {
			if c.Verdict == stages.Different && !slices.Contains(all, c.Subject) {
				all = append(all, c.Subject)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	undo := replaceIn(t, filepath.Join(dir, verdictsStage, stages.ResultFile), `"cannot tell"`, `"better"`)
	if found := different(); !slices.Contains(found, verdictsStage) {
		t.Errorf("a changed verdict goes unnoticed: what differs is %v", found)
	}
	undo()
	wanted := []string{"study/pixel_pca/nearest_mean", "study/pixel_pca/episodes", "study/pixel_pca/logistic", similarityStage, "study/from_scratch/5-per-class-0"}
	replaceIn(t, filepath.Join(dir, "study/pixel_pca/nearest_mean", "predictions-nearest-mean.csv"), "\n0,", "\n00,")
	replaceIn(t, filepath.Join(dir, "study/pixel_pca/episodes", "scores-2-way-1-shot.csv"), "\n0,", "\n1,")
	replaceIn(t, filepath.Join(dir, "study/pixel_pca/logistic", stages.ResultFile), `"name": "C",`, `"name": "D",`)
	replaceFirst(t, filepath.Join(dir, similarityStage, stages.ResultFile), `(?s)("debiased": \[\s*\[\s*)1`, `${1}0.9`)
	replaceFirst(t, filepath.Join(dir, "study/from_scratch/5-per-class-0", report.PredictionsFile), `(?m)^1,`, `01,`)
	for _, measure := range definition.Study.Measures {
		if measures[measure].measure == nil {
			continue
		}
		stage := "study/random-avg/" + measure
		replaceFirst(t, filepath.Join(dir, stage, stages.ResultFile), `"value": (-?)([0-9])`, `"value": ${1}1${2}`)
		wanted = append(wanted, stage)
	}
	found := different()
	for _, stage := range wanted {
		if !slices.Contains(found, stage) {
			t.Errorf("a change of %s goes unnoticed", stage)
		}
	}
}

// replaceFirst replaces what a pattern matches first in a file.
func replaceFirst(t *testing.T, path, pattern, replacement string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	expression := regexp.MustCompile(pattern)
	at := expression.FindSubmatchIndex(text)
	if at == nil {
		t.Fatalf("%s has no %s", path, pattern)
	}
	changed := expression.Expand(slices.Clone(text[:at[0]]), []byte(replacement), text, at)
	if err := os.WriteFile(path, append(changed, text[at[1]:]...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replaceIn replaces text in a file, and undo puts it back.
func replaceIn(t *testing.T, path, old, new string) (undo func()) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	write := func(content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte(strings.Replace(string(text), old, new, 1)))
	return func() { write(text) }
}

// TestLayers measures further layers. The encoder's last one is what the encoder
// gives; libtorch and plans agree on the decoder's.
func TestLayers(t *testing.T) {
	definition := smallStudy(t, "seeds=[87]", "study.encoders=[random, bce]", "study.pools=[avg, pca]", "study.layers=[decoder.1, encoder.5]",
		"study.measures=[nearest_mean, logistic, similarity]", "figures=[accuracies, layers]")
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	verifyAll(t, definition, data, dir)
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, pool := range []string{"avg", "pca"} {
		last := results.Study.Find("bce.encoder.5-"+pool, "nearest_mean", 87)
		whole := results.Study.Find("bce-"+pool, "nearest_mean", 87)
		if last == nil || whole == nil || last.Findings[0].Value != whole.Findings[0].Value || last.Width != whole.Width {
			t.Errorf("%s: the encoder's last layer gives %+v, the encoder %+v", pool, last, whole)
		}
	}
	for _, figure := range []string{"accuracies", "layers-avg", "layers-pca"} {
		if _, err := os.Stat(filepath.Join(dir, "figures", figure+".png")); err != nil {
			t.Error(err)
		}
	}
	wantNames := []string{"random", "random.decoder.1", "random.encoder.5", "bce", "bce.decoder.1", "bce.encoder.5", meanColour}
	if diff := cmp.Diff(wantNames, results.Similarity.Names); diff != "" {
		t.Errorf("similarities (-want +got):\n%s", diff)
	}
	checkSimilarities(t, results.Similarity)
	if same := results.Similarity.Debiased[0][2]; math.Abs(same-1) > 1e-6 {
		t.Errorf("the encoder's last layer is %g like its output", same)
	}
	if m := results.Study.Find("random.decoder.1-avg", "nearest_mean", 87); m == nil || m.Width != 24 {
		t.Errorf("the decoder's second layer has %+v, not 24 channels", m)
	}
	maps := func(autograd bool) []float32 {
		s := newSetup(definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1, Autograd: autograd})
		drop, err := s.loadImages()
		if err != nil {
			t.Fatal(err)
		}
		defer drop()
		both, err := s.maps(t.Context(), featureSet{encoder: "bce", pool: "flatten", layer: "decoder.1"})
		if err != nil {
			t.Fatal(err)
		}
		return both.test.Values
	}
	byPlan, byLibtorch := maps(false), maps(true)
	if len(byPlan) != 200*24*8*8 {
		t.Fatalf("%d values of 200 maps of 24 x 8 x 8", len(byPlan))
	}
	for i, x := range byPlan {
		if y := byLibtorch[i]; x-y > 1e-4 || y-x > 1e-4 {
			t.Fatalf("value %d is %g by plan, %g by libtorch", i, x, y)
		}
	}
}

// TestEncoderFromAFile measures the weights of another run's auto-encoder, once
// whatever the seeds, and refuses files that are no encoder.
func TestEncoderFromAFile(t *testing.T) {
	definition := smallStudy(t, "seeds=[87]", "study.measures=[nearest_mean]", "study.encoders=[bce]", "study.baselines=[]")
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "autoencoders/bce", train.CheckpointFile)
	elsewhere := t.TempDir()
	sets := []string{"study.measures=[nearest_mean, similarity]", "study.baselines=[]", "study.encoders=[random, other]"}
	second := smallStudy(t, append(sets, "study.files={other: "+file+"}")...)
	if _, err := runInto(t, t.Context(), elsewhere, "", second, data, nil); err != nil {
		t.Fatal(err)
	}
	verifyAll(t, second, data, elsewhere)
	first, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	results, err := report.ReadResults(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	expected, got := first.Study.Find("bce-avg", "nearest_mean", 87), results.Study.Find("other-avg", "nearest_mean", 87)
	if got == nil || got.Seed != nil || got.Findings[0].Value != expected.Findings[0].Value {
		t.Errorf("the file's encoder gives %+v, its own run %+v", got, expected)
	}
	if names := results.Similarity.Names; len(names) != 3 {
		t.Errorf("similarities are of %v", names)
	}

	// A file that changes after it was checked is not measured as what it was.
	changing := filepath.Join(elsewhere, "changing.safetensors")
	content, err := weights.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := weights.WriteSafetensors(changing, content); err != nil {
		t.Fatal(err)
	}
	s := newSetup(smallStudy(t, append(sets, "study.files={other: "+changing+"}")...), data, Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1})
	if _, err := s.checkFiles(); err != nil {
		t.Fatal(err)
	}
	network, err := s.checkedFileEncoder("other")
	if err != nil {
		t.Fatal(err)
	}
	network.Drop()
	content.Tensors["encoder.0.bias"].Data[0] ^= 1
	if err := weights.WriteSafetensors(changing, content); err != nil {
		t.Fatal(err)
	}
	if _, err := s.checkedFileEncoder("other"); err == nil || !strings.Contains(err.Error(), "has changed since the run began") {
		t.Errorf("a changed file: %v", err)
	}

	text := filepath.Join(elsewhere, "no.safetensors")
	if err := os.WriteFile(text, []byte("weights"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{text: "neither a safetensors file", filepath.Join(elsewhere, "missing"): "no such file"} {
		events, err := runInto(t, t.Context(), t.TempDir(), "", smallStudy(t, append(sets, "study.files={other: "+path+"}")...), data, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "study.files.other") || len(stagesOf(events, metrics.StageStarted)) > 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestStudyKnowsTheSmallestClass asks for more images than one class has, which
// the definition cannot know.
func TestStudyKnowsTheSmallestClass(t *testing.T) {
	definition := smallStudy(t, "study.measures=[few_labels]", "study.few_labels.per_class=[16]")
	data := smallData(t, definition)
	data.Train.Labels = append([]byte(nil), data.Train.Labels...)
	data.Train.Labels[slices.Index(data.Train.Labels, 3)] = 4
	events, err := runInto(t, t.Context(), t.TempDir(), "", definition, data, nil)
	if err == nil || !strings.Contains(err.Error(), "study.few_labels.per_class: 16 images of each class are asked for, and cat has 15 training images") ||
		len(stagesOf(events, metrics.StageStarted)) > 0 {
		t.Errorf("error %v", err)
	}
}
