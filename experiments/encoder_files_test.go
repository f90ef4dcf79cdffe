package experiments

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// theirs is a classifier's file, written as PyTorch does under other names and among
// other tensors. The second file has the names of ours.
func theirs(t *testing.T, dir string) (renamed, ours string) {
	t.Helper()
	definition := smallReport(t, tiny("classifiers.pretrained=null", "autoencoders={bce: null}", "seed=5", "train.learning_rate=0.01")...)
	if _, err := runInto(t, t.Context(), dir, "classifiers/random", definition, smallData(t, definition), nil); err != nil {
		t.Fatal(err)
	}
	ours = filepath.Join(dir, "classifiers/random", train.CheckpointFile)
	f, err := weights.Read(ours)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("encoder.0.", "module.features.0.", "encoder.2.", "module.features.3.", "encoder.4.", "module.features.6.", "classifier.", "module.fc.")
	other := &weights.File{Tensors: map[string]weights.Array{"module.other": weights.Float32s([]int{1}, []float32{1})}}
	for name, a := range f.Tensors {
		if !strings.HasPrefix(name, "decoder.") {
			other.Tensors[names.Replace(name)] = a
		}
	}
	renamed = filepath.Join(dir, "theirs.pt")
	if err := weights.WriteTorch(renamed, other); err != nil {
		t.Fatal(err)
	}
	return renamed, ours
}

// TestTrainingsStartFromFiles starts each kind of training from a file, verifies all
// that follows, and changes the file.
func TestTrainingsStartFromFiles(t *testing.T) {
	renamed, ours := theirs(t, t.TempDir())
	definition := smallReport(t, tiny(
		"files={theirs: {path: "+renamed+", encoder: [features.0, features.3, features.6], linear: fc}, ours: {path: "+ours+"}}",
		"autoencoders.bce={encoder: theirs}",
		"aggregations={local: {encoder: ours, embedding: 8, background: 16, clusterings: 1, clusters: 8, iterations: 2, noise_images: 16}}",
		"classifiers={random: null, pretrained: {encoder: theirs, linear: theirs, freeze: true}, nearest: {encoder: ours, probe: nearest_mean}, tuned: {encoder: ours, linear: ours, freeze: false}}")...)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	verifyAll(t, definition, data, dir)
	if events, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil || len(stagesOf(events, metrics.StageStarted)) > 0 {
		t.Errorf("once more: %v, started %v", err, stagesOf(events, metrics.StageStarted))
	}

	f, err := weights.Read(ours)
	if err != nil {
		t.Fatal(err)
	}
	s := newSetup(definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1})
	for name, decoder := range map[string]bool{"pretrained": false, "tuned": true} {
		network, _, err := s.startClassifier(definition.Classifiers[name])
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range network.State() {
			a, err := models.Array(p.Tensor)
			if err != nil {
				t.Fatal(err)
			}
			want := decoder || !strings.HasPrefix(p.Name, config.Decoder) // that of another seed
			if same := bytes.Equal(a.Data, f.Tensors[p.Name].Data); same != want {
				t.Errorf("%s: %s is the file's: %v, want %v", name, p.Name, same, want)
			}
		}
		network.Drop()
	}

	// Another file is another start for all that depends on it.
	f.Tensors["encoder.0.bias"].Data[0] ^= 1
	if err := weights.WriteSafetensors(ours, f); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.startClassifier(definition.Classifiers["tuned"]); err == nil || !strings.Contains(err.Error(), "files.ours: "+ours+" has changed since the run began") {
		t.Errorf("a changed file: %v", err)
	}
	events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	started := stagesOf(events, metrics.StageStarted)
	slices.Sort(started)
	if want := []string{"aggregations/local", "classifiers/nearest", "classifiers/tuned", "features", "figures"}; !slices.Equal(started, want) {
		t.Errorf("started %v, want %v", started, want)
	}
}

// TestFilesAreCheckedBeforeAnythingRuns names layers that the file does not have.
func TestFilesAreCheckedBeforeAnythingRuns(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.pt")
	one := &weights.File{Tensors: map[string]weights.Array{"conv1.weight": weights.Float32s([]int{12, 3, 4, 4}, make([]float32, 576)),
		"conv1.bias": weights.Float32s([]int{12}, make([]float32, 12))}}
	if err := weights.WriteTorch(path, one); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"{path: " + path + ", encoder: [conv1, conv2, conv3]}": `4 missing: "conv2.bias" (float32 [24])`,
		"{path: " + path + "}":                                 "no name fits",
		"{path: " + filepath.Join(dir, "none.pt") + "}":        "no such file",
	} {
		definition := smallReport(t, tiny("files={theirs: "+file+"}", "autoencoders.bce={encoder: theirs}")...)
		events, err := runInto(t, t.Context(), t.TempDir(), "", definition, smallData(t, definition), nil)
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "files.theirs") || len(stagesOf(events, metrics.StageStarted)) > 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
