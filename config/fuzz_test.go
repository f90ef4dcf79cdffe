package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzLoad feeds Load any file and any flag. It must return a definition that
// survives YAML and Load, or problems that name their place.
func FuzzLoad(f *testing.F) {
	for _, b := range Builtins() {
		text, err := BuiltinYAML(b.Name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "train.epochs=5")
	}
	archives, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(file.Data, "seed=*a")
		}
	}
	f.Add([]byte("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nseed: *c\n"), "figures=[pca]")
	f.Add([]byte("base: report\nautoencoders: {l1: null}\n"), "classifiers.random=null")
	dir := f.TempDir()
	path, again := filepath.Join(dir, "fuzz.yaml"), filepath.Join(dir, "again.yaml")
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := Load(path, []string{set})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || len(e.Problems) == 0 {
				t.Fatalf("error without problems: %v", err)
			}
			for _, p := range e.Problems {
				if p.File == "" || p.Message == "" {
					t.Errorf("incomplete problem: %#v", p)
				}
			}
			return
		}
		written, err := d.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(again, written, 0o644); err != nil {
			t.Fatal(err)
		}
		reloaded, err := Load(again, nil)
		if err != nil {
			t.Fatalf("Load rejects what YAML wrote: %v\n%s", err, written)
		}
		if diff := cmp.Diff(d, reloaded, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("after YAML and Load (-before +after):\n%s\n%s", diff, written)
		}
	})
}
