package experiments

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/train"
)

// TestNetworksThatTheDefinitionLeftOutAreNotTested has a folder with the weights
// of a classifier that is no longer in the definition, and of one that is not
// trained yet.
func TestNetworksThatTheDefinitionLeftOutAreNotTested(t *testing.T) {
	definition := smallReport(t, tiny()...)
	dir := t.TempDir()
	file := func(stage string) string { return filepath.Join(dir, stage, train.CheckpointFile) }
	for _, stage := range []string{"autoencoders/bce", "classifiers/random", "classifiers/old"} {
		if err := os.MkdirAll(filepath.Join(dir, stage), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file(stage), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, leftOver, err := WeightsOf(dir, definition)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{file("autoencoders/bce"), file("classifiers/random")}, files); diff != "" {
		t.Errorf("to test: %s", diff)
	}
	if diff := cmp.Diff([]string{file("classifiers/old")}, leftOver); diff != "" {
		t.Errorf("left over: %s", diff)
	}
}
