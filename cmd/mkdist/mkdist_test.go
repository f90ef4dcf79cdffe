package main

import (
	"archive/tar"
	"compress/gzip"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"2.4", "2.35", false}, {"2.36", "2.35", true}, {"2.35", "2.35", false}, {"2.2.5", "2.35", false}, {"3.4.31", "3.4.30", true}, {"2.4", "", true}} {
		if got := isNewer(c.a, c.b); got != c.want {
			t.Errorf("%s is newer than %s: %v", c.a, c.b, got)
		}
	}
}

// A program of the system's compiler gets another path and still runs; one that needs
// more than there is, is refused by name.
func TestProgram(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "main.c")
	if err := os.WriteFile(source, []byte("#include <stdio.h>\nint main(void) { return puts(\"works\") < 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	if text, err := exec.Command("cc", source, "-o", program, "-Wl,-rpath,/somewhere/rather/deep/in/a/home").CombinedOutput(); err != nil {
		t.Skipf("no C compiler: %v\n%s", err, text)
	}
	if err := setRunPath(program, "$ORIGIN/torch/lib"); err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if path, err := f.DynString(elf.DT_RUNPATH); err != nil || len(path) != 1 || path[0] != "$ORIGIN/torch/lib" {
		t.Errorf("RUNPATH %q, %v", path, err)
	}
	if text, err := exec.Command(program).CombinedOutput(); err != nil || string(text) != "works\n" {
		t.Errorf("%s%v", text, err)
	}
	if err := setRunPath(program, "/a/path/that/is/much/longer/than/the/one/that/is/there"); err == nil {
		t.Error("a longer path was written over what follows")
	}
	if needs, err := checkNeeds(dir); err != nil || !strings.HasPrefix(needs, "GLIBC_2.") {
		t.Errorf("needs %s, %v", needs, err)
	}
	old := newest["GLIBC"]
	defer func() { newest["GLIBC"] = old }()
	newest["GLIBC"] = "2.1"
	if _, err := checkNeeds(dir); err == nil || !strings.Contains(err.Error(), "program needs GLIBC_2.") {
		t.Errorf("for a system of old: %v", err)
	}
	if libraries, err := closure(program, dir); err != nil || len(libraries) != 0 {
		t.Errorf("beside the system's: %v, %v", libraries, err)
	}
}

func TestArchive(t *testing.T) {
	out := t.TempDir()
	if err := copyFile("mkdist_test.go", filepath.Join(out, "x/lib/a.txt"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeSums(filepath.Join(out, "x")); err != nil {
		t.Fatal(err)
	}
	if err := archive(out, "x"); err != nil {
		t.Fatal(err)
	}
	for _, check := range []struct{ dir, file string }{{filepath.Join(out, "x"), sumsFile}, {out, "x.tar.gz.sha256"}} {
		command := exec.Command("sha256sum", "-c", check.file)
		command.Dir = check.dir
		if text, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", check.file, err, text)
		}
	}
	f, err := os.Open(filepath.Join(out, "x.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for packed := tar.NewReader(unzipped); ; {
		header, err := packed.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
	}
	if got := strings.Join(names, " "); got != "x/ x/SHA256SUMS x/lib/ x/lib/a.txt" {
		t.Errorf("packed %s", got)
	}
}
