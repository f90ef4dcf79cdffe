package stages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyOurFoldersAreWrittenTo(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		ours  bool
	}{
		"an empty folder":         {nil, true},
		"a user's files":          {map[string]string{"definition.yaml": "x", "results.json": "{}", "figures/paper.png": ""}, false},
		"a user's result.json":    {map[string]string{"classifiers/svm/result.json": `{"accuracy": 1}`}, false},
		"a run":                   {map[string]string{".locks/report": ""}, true},
		"a run of an old version": {map[string]string{".lock": "", "definition.yaml": ""}, true},
		"a copied run":            {map[string]string{"features/result.json": `{"stage": "features", "fingerprint": "f"}`}, true},
		"a copied begun run":      {map[string]string{"autoencoders/bce/state.safetensors": ""}, true},
	} {
		dir := t.TempDir()
		for file, text := range c.files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		err := CheckOwnership(dir)
		if (err == nil) != c.ours {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "pass another --out") {
			t.Errorf("%s: no remedy in %q", name, err)
		}
	}
	if err := CheckOwnership(filepath.Join(t.TempDir(), "missing")); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
}
