package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/torch"
)

// write writes a file below dir, creating folders as needed.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A missing CUDA is a problem only if there is a driver.
func TestWithoutCUDA(t *testing.T) {
	why := errors.New("CUDA backend: libtorch: libcudnn.so.9: cannot open shared object file: No such file or directory")
	if f := withoutCUDA("", why); f.Status != ok || f.Remedy != "" {
		t.Errorf("without a driver: %v", f)
	}
	f := withoutCUDA("580.95.05", why)
	if f.Status != problem || f.Remedy == "" || !strings.Contains(f.Found, "libcudnn.so.9") || !strings.Contains(f.Found, "580.95.05") {
		t.Errorf("with a driver: %v", f)
	}
}

func TestExamineAdaptation(t *testing.T) {
	folder := t.TempDir()
	if f := examineAdaptation(folder, "2.11.0"); f.Status != warning || f.Remedy == "" {
		t.Errorf("without adaptation.json: %v", f)
	}
	write(t, folder, "adaptation.json", `{"gotch": "v0.9.1", "version": "2.11.0", "unavailable": ["atg_a", "atg_b"]}`)
	want := finding{Status: ok, About: "gotch",
		Found: "v0.9.1 for libtorch 2.11.0 in " + folder + "; 2 functions left out: atg_a, atg_b"}
	if diff := cmp.Diff(want, examineAdaptation(folder, "2.11.0")); diff != "" {
		t.Error(diff)
	}
	if f := examineAdaptation(folder, "2.15.0"); f.Status != problem || !strings.Contains(f.Found, "2.15.0") {
		t.Errorf("for another libtorch: %v", f)
	}
	write(t, folder, "adaptation.json", "{")
	if f := examineAdaptation(folder, "2.11.0"); f.Status != warning {
		t.Errorf("damaged: %v", f)
	}
}

// A folder that others may not enter keeps them from running the program.
func TestClosedToOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "home/cache/lib/libtorch.so", "")
	lib := filepath.Join(dir, "home/cache/lib")
	before := closedToOthers(lib) // a folder above the test's, or none
	if strings.HasPrefix(before, filepath.Join(dir, "home")) {
		t.Errorf("open folders: %q", before)
	}
	if err := os.Chmod(filepath.Join(dir, "home"), 0o700); err != nil {
		t.Fatal(err)
	}
	if before == "" {
		before = filepath.Join(dir, "home")
	}
	if got := closedToOthers(lib); got != before {
		t.Errorf("got %q, want %q", got, before)
	}
}

func TestCPUComputes(t *testing.T) {
	if err := computes(torch.CPU); err != nil {
		t.Error(err)
	}
}
