package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// install writes a torch folder with libraries and a version.
func install(t *testing.T, torch, version string, libraries ...string) {
	t.Helper()
	files := map[string]string{"version.py": "__version__ = '" + version + "'\n"}
	for _, name := range libraries {
		files[filepath.Join("lib", name)] = ""
	}
	for name, text := range files {
		path := filepath.Join(torch, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	version = "2.11.0"
	cpu := []string{"libtorch_cpu.so", "libc10.so"}
	gpu := append(slices.Clone(cpu), "libtorch_cuda.so")
	const pip = "home/.local/lib/python3.11/site-packages/torch"
	for name, c := range map[string]struct {
		make        func(root string)
		environment map[string]string
		want        string // below the root, or a part of the error
	}{
		"the archive's own": {func(root string) {
			install(t, filepath.Join(root, "bundled"), "", cpu...)
			install(t, filepath.Join(root, pip), "2.11.0+cu130", gpu...)
		}, nil, "bundled/lib"},
		"pip's with a driver": {func(root string) {
			install(t, filepath.Join(root, "bundled"), "", cpu...)
			install(t, filepath.Join(root, pip), "2.11.0+cu130", gpu...)
			install(t, filepath.Join(root, "proc/driver"), "")
			if err := os.MkdirAll(filepath.Join(root, "proc/driver/nvidia"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "proc/driver/nvidia/version"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, nil, pip + "/lib"},
		"the active environment's": {func(root string) {
			install(t, filepath.Join(root, "venv/lib/python3.12/site-packages/torch"), "2.11.0+cpu", cpu...)
			install(t, filepath.Join(root, pip), "2.11.0", cpu...)
		}, map[string]string{"VIRTUAL_ENV": "venv"}, "venv/lib/python3.12/site-packages/torch/lib"},
		"the cache's": {func(root string) {
			install(t, filepath.Join(root, "home/.cache/aeprobe/libtorch/2.11.0-cpu/torch"), "", cpu...)
			if err := os.Remove(filepath.Join(root, "home/.cache/aeprobe/libtorch/2.11.0-cpu/torch/version.py")); err != nil {
				t.Fatal(err)
			}
		}, nil, "home/.cache/aeprobe/libtorch/2.11.0-cpu/torch/lib"},
		"none":            {func(string) {}, nil, "libtorch is missing: version 2.11.0 is needed; install it with pip install torch==2.11.0"},
		"another version": {func(root string) { install(t, filepath.Join(root, pip), "2.12.1", cpu...) }, nil, "python3.11/site-packages/torch is 2.12.1"},
		"half of it":      {func(root string) { install(t, filepath.Join(root, pip), "2.11.0", "libc10.so") }, nil, "libtorch is missing"},
		"named": {func(root string) {
			install(t, filepath.Join(root, "own"), "2.11.0", cpu...)
			install(t, filepath.Join(root, "bundled"), "", cpu...)
		}, map[string]string{"LIBTORCH": "own"}, "own/lib"},
		"named, of another version": {func(root string) { install(t, filepath.Join(root, "own"), "2.10.0", cpu...) },
			map[string]string{"LIBTORCH": "own"}, "which is libtorch 2.10.0; this aeprobe needs 2.11.0"},
		"named, and not there": {func(string) {}, map[string]string{"LIBTORCH": "own"}, "there is no libtorch_cpu.so"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			c.make(root)
			getenv := func(name string) string {
				if path := c.environment[name]; path != "" {
					return filepath.Join(root, path)
				}
				if name == "HOME" {
					return filepath.Join(root, "home")
				}
				return ""
			}
			got, err := find(places{root: root, bundled: filepath.Join(root, "bundled"), getenv: getenv})
			if err != nil {
				if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%v, want %s in one line", err, c.want)
				}
			} else if got != filepath.Join(root, c.want) {
				t.Errorf("found %s, want %s", got, c.want)
			}
		})
	}
}

func TestLibrariesComeFirst(t *testing.T) {
	got := withLibraries([]string{"A=1", "LD_LIBRARY_PATH=/x"}, "/torch/lib")
	if want := []string{"A=1", "LD_LIBRARY_PATH=/torch/lib:/x"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := withLibraries([]string{"LD_LIBRARY_PATH="}, "/t"); !slices.Equal(got, []string{"LD_LIBRARY_PATH=/t"}) {
		t.Errorf("an empty path: %v", got)
	}
}
