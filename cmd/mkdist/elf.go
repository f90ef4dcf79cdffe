package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// newest are the newest versions of the system's libraries' symbols that may be
// needed: those of Ubuntu 22.04, whose glibc is 2.35 and whose libstdc++ is of GCC 12.
// Debian 12 and Ubuntu 24.04 have these and newer ones.
var newest = map[string]string{"GLIBC": "2.35", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0"}

// systemLibraries are on every one of these systems.
var systemLibraries = []string{"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "librt.so.1",
	"libdl.so.2", "libpthread.so.0", "libutil.so.1"}

// setRunPath replaces where a program looks for its libraries. The new path must not be
// longer than the old one.
func setRunPath(program, path string) error {
	f, err := elf.Open(program)
	if err != nil {
		return err
	}
	defer f.Close()
	old, err := f.DynString(elf.DT_RUNPATH)
	if err != nil || len(old) != 1 {
		return fmt.Errorf("%s has no single RUNPATH: %q, %v", program, old, err)
	}
	names := f.Section(".dynstr")
	if names == nil || len(path) > len(old[0]) {
		return fmt.Errorf("%s has no room for the RUNPATH %s in place of %s", program, path, old[0])
	}
	text, err := names.Data()
	if err != nil {
		return err
	}
	at := bytes.Index(text, append([]byte("\x00"+old[0]), 0))
	if at < 0 {
		return fmt.Errorf("%s: the RUNPATH %s is not among its names", program, old[0])
	}
	file, err := os.OpenFile(program, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	padded := make([]byte, len(old[0]))
	copy(padded, path)
	_, err = file.WriteAt(padded, int64(names.Offset)+int64(at)+1)
	return errors.Join(err, file.Close())
}

// closure is all libraries that a program needs and the system does not have, from
// the folder and from where its libraries look themselves.
func closure(program, folder string) ([]string, error) {
	found := map[string]string{}
	waiting := []string{program}
	for len(waiting) > 0 {
		file := waiting[0]
		waiting = waiting[1:]
		f, err := elf.Open(file)
		if err != nil {
			return nil, err
		}
		names, err := f.ImportedLibraries()
		look := []string{folder}
		for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
			paths, _ := f.DynString(tag) // none is fine
			for _, path := range strings.Split(strings.Join(paths, ":"), ":") {
				if strings.HasPrefix(path, "$ORIGIN") {
					look = append(look, filepath.Clean(strings.Replace(path, "$ORIGIN", filepath.Dir(file), 1)))
				}
			}
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		for _, name := range names {
			if found[name] != "" || slices.Contains(systemLibraries, name) {
				continue
			}
			i := slices.IndexFunc(look, func(dir string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil })
			if i < 0 {
				return nil, fmt.Errorf("%s needs %s, which is in none of %s", file, name, strings.Join(look, ", "))
			}
			found[name] = filepath.Join(look[i], name)
			waiting = append(waiting, found[name])
		}
	}
	return slices.Sorted(maps.Values(found)), nil
}

// checkNeeds returns the newest versions of symbols that the programs and libraries in
// a folder need. It fails if a system that they are for does not have one.
func checkNeeds(folder string) (string, error) {
	highest := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		f, err := elf.Open(path)
		if err != nil {
			return nil // a document
		}
		defer f.Close()
		symbols, err := f.ImportedSymbols()
		if errors.Is(err, elf.ErrNoSymbols) {
			return nil // static
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, s := range symbols {
			family, number, versioned := strings.Cut(s.Version, "_")
			if !versioned || newest[family] == "" || !slices.Contains(systemLibraries, s.Library) {
				continue
			}
			if isNewer(number, newest[family]) {
				return fmt.Errorf("%s needs %s of %s, and Ubuntu 22.04 has %s_%s\nbuild on an older system, such as Debian 12",
					path, s.Version, s.Library, family, newest[family])
			}
			if isNewer(number, highest[family]) {
				highest[family] = number
			}
		}
		return nil
	})
	var all []string
	for _, family := range slices.Sorted(maps.Keys(highest)) {
		all = append(all, family+"_"+highest[family])
	}
	return strings.Join(all, ", "), err
}

// isNewer compares versions such as 2.4 and 2.35 by their numbers.
func isNewer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		var m, n int
		if i < len(x) {
			m, _ = strconv.Atoi(x[i]) // PRIVATE counts as 0
		}
		if i < len(y) {
			n, _ = strconv.Atoi(y[i])
		}
		if m != n {
			return m > n
		}
	}
	return false
}
