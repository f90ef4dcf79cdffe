package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	for _, want := range []string{"first", strings.Repeat("second", 1<<15)} {
		if err := Write(path, text(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%d bytes read, %v, want %d", len(got), err, len(want))
		}
		if all := names(t, dir); len(all) != 1 {
			t.Errorf("the folder holds %q", all)
		}
	}

	// While it writes, and when it fails, the old content stays.
	disk := errors.New("disk full")
	err := Write(path, func(w io.Writer) error {
		if err := text(strings.Repeat("third", 1<<16))(w); err != nil {
			return err
		}
		if got, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(got), "second") {
			t.Errorf("%.20q, %v while it is replaced", got, err)
		}
		if all := names(t, dir); len(all) != 2 || !strings.HasPrefix(all[0], ".result.json") {
			t.Errorf("the folder holds %q, want a temporary file beside the old one", all)
		}
		return disk
	})
	if !errors.Is(err, disk) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v, want %q and the path", err, disk)
	}
	if got, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(got), "second") {
		t.Errorf("%.20q, %v after a failure", got, err)
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("the folder holds %q after a failure", all)
	}

	if err := Write(filepath.Join(dir, "missing", "x"), text("")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestWriteOntoFolder fails at the last step, the rename.
func TestWriteOntoFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, func(io.Writer) error { return nil }); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("the folder holds %q after a failed rename", all)
	}
}

func TestRemoveTemporaries(t *testing.T) {
	dir := t.TempDir()
	killed, stop := filepath.Join(dir, "bce-pca.csv"), errors.New("killed here")
	err := Write(killed, func(io.Writer) error {
		// What is there now is what a process that is killed leaves behind.
		leftover := names(t, dir)[0]
		return errors.Join(stop, os.Link(filepath.Join(dir, leftover), filepath.Join(dir, leftover+"0")))
	})
	if !errors.Is(err, stop) || len(names(t, dir)) != 1 {
		t.Fatalf("%v, %q", err, names(t, dir))
	}
	kept := []string{".lock", ".notes.txt", "model2", "result.json"}
	for _, name := range kept {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveTemporaries(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept, names(t, dir)); diff != "" {
		t.Errorf("the folder (-want +got):\n%s", diff)
	}
}

func TestRemoveTemporariesOf(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".bce.onnx123", ".bce.onnx", ".bce.onnx12x", ".l1.onnx123", "bce.onnx", "bce.onnx1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveTemporariesOf(filepath.Join(dir, "bce.onnx")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{".bce.onnx", ".bce.onnx12x", ".l1.onnx123", "bce.onnx", "bce.onnx1"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}
