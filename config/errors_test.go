package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestErrors loads invalid definitions and compares the whole message. An
// archive's first line is the definition to load, each further line a --set
// value; the file want is the message.
func TestErrors(t *testing.T) {
	archives, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			want := unpack(t, archive)
			args := strings.Split(strings.TrimSuffix(string(archive.Comment), "\n"), "\n")
			d, err := Load(args[0], args[1:])
			if err == nil {
				t.Fatalf("loaded %+v, want an error", d)
			}
			if *update {
				want.Data = []byte(err.Error() + "\n")
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), err.Error()+"\n"); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// unpack writes an archive's files to the current folder, but returns the one
// called want.
func unpack(t *testing.T, archive *txtar.Archive) *txtar.File {
	t.Helper()
	var want *txtar.File
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = &archive.Files[i]
			continue
		}
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want == nil {
		t.Fatal("the archive has no file want")
	}
	return want
}
