package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// places are where libtorch may be.
type places struct {
	root    string // of the file system, / except in tests
	bundled string // the torch folder of the archive
	getenv  func(string) string
}

// needed are the libraries that make a folder libtorch's, and cuda the one that makes
// it use a GPU.
var needed = []string{"libtorch_cpu.so", "libc10.so"}

const cuda = "libtorch_cuda.so"

// find returns the folder of libtorch's libraries: that of LIBTORCH, whatever it is;
// with an NVIDIA driver the first one that has CUDA; otherwise the first one. The
// order is the archive's own, the cache's, and that of an installed PyTorch.
func find(p places) (folder string, err error) {
	if named := p.getenv("LIBTORCH"); named != "" {
		folder := filepath.Join(named, "lib")
		if !has(folder, needed...) {
			return "", fmt.Errorf("LIBTORCH is %s, but there is no %s in %s", named, needed[0], folder)
		}
		if found := versionOf(named); found != "" && found != version {
			return "", fmt.Errorf("LIBTORCH is %s, which is libtorch %s; this aeprobe needs %s", named, found, version)
		}
		return folder, nil
	}
	var others []string
	candidates := p.candidates()
	for _, wantCUDA := range []bool{true, false} {
		if wantCUDA && !p.hasDriver() {
			continue
		}
		for _, torch := range candidates {
			folder := filepath.Join(torch, "lib")
			if !has(folder, needed...) || wantCUDA && !has(folder, cuda) {
				continue
			}
			if found := versionOf(torch); torch != p.bundled && found != version {
				if other := fmt.Sprintf("%s is %s", torch, found); !slices.Contains(others, other) {
					others = append(others, other)
				}
				continue
			}
			return folder, nil
		}
	}
	remedy := fmt.Sprintf("install it with pip install torch==%s, unpack the archive again, or name one in LIBTORCH", version)
	if len(others) > 0 {
		return "", fmt.Errorf("%w: version %s is needed, and %s; %s", errMissing, version, strings.Join(others, ", "), remedy)
	}
	return "", fmt.Errorf("%w: version %s is needed; %s", errMissing, version, remedy)
}

// candidates are folders like torch's in Python's site-packages.
func (p places) candidates() []string {
	all := []string{p.bundled}
	home := p.getenv("HOME")
	cache := p.getenv("XDG_CACHE_HOME")
	if cache == "" && home != "" {
		cache = filepath.Join(home, ".cache")
	}
	if cache != "" {
		all = append(all, glob(filepath.Join(cache, "aeprobe/libtorch", version+"-*/torch"))...)
	}
	for _, variable := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if prefix := p.getenv(variable); prefix != "" {
			all = append(all, glob(filepath.Join(prefix, "lib/python3*/site-packages/torch"))...)
		}
	}
	if home != "" {
		all = append(all, glob(filepath.Join(home, ".local/lib/python3*/site-packages/torch"))...)
	}
	for _, pattern := range []string{"usr/local/lib/python3*/dist-packages/torch", "usr/local/lib/python3*/site-packages/torch",
		"usr/lib/python3*/site-packages/torch", "usr/lib/python3/dist-packages/torch"} {
		all = append(all, glob(filepath.Join(p.root, pattern))...)
	}
	return all
}

// glob is what matches a pattern, the last by name first: newer Pythons before older.
func glob(pattern string) []string {
	matches, _ := filepath.Glob(pattern) // fails only for a malformed pattern, which matches nothing
	slices.Reverse(matches)
	return matches
}

// hasDriver reports whether there is an NVIDIA driver.
func (p places) hasDriver() bool { return has(filepath.Join(p.root, "proc/driver/nvidia"), "version") }

func has(folder string, names ...string) bool {
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

var pythonVersion = regexp.MustCompile(`(?m)^__version__ = '([0-9.]+)`)

// versionOf is a torch folder's version without what is behind a +; empty if it does
// not say.
func versionOf(torch string) string {
	if text, err := os.ReadFile(filepath.Join(torch, "version.py")); err == nil {
		if m := pythonVersion.FindSubmatch(text); m != nil {
			return string(m[1])
		}
	}
	if text, err := os.ReadFile(filepath.Join(torch, "build-version")); err == nil {
		before, _, _ := strings.Cut(strings.TrimSpace(string(text)), "+")
		return before
	}
	// The cache's folders have no such file, and the version in their name.
	before, _, is := strings.Cut(filepath.Base(filepath.Dir(torch)), "-c")
	if is {
		return before
	}
	return ""
}
