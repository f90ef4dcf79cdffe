// Adaptgotch copies gotch and makes the copy work with a libtorch of the
// user's choice. install-libtorch.sh runs it; it needs the standard library
// and a C++ compiler alone, because gotch doesn't build before it has run.
//
// The copy differs from gotch in its link and include flags (flags.go), in
// the generated functions that the libtorch at hand lacks, which the compiler
// names (compiler.go), and in a few leaks and rough edges (edits.go).
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	gotch := flag.String("gotch", "", "`folder` of gotch as published")
	gotchVersion := flag.String("gotch-version", "", "its `version`")
	libtorch := flag.String("libtorch", "", "`folder` with libtorch's lib and include")
	version := flag.String("libtorch-version", "", "its `version`")
	compiler := flag.String("compiler", "g++", "C++ compiler, as Go will use it")
	to := flag.String("to", "", "`folder` to make; what was there is replaced")
	flag.Parse()
	if *gotch == "" || *libtorch == "" || *to == "" || flag.NArg() != 0 {
		fmt.Fprintln(os.Stderr, "adaptgotch: run ./install-libtorch.sh, which calls this with what it found")
		os.Exit(2)
	}
	a, err := adapt(*gotch, *libtorch, *compiler, *to, Adaptation{
		Gotch: *gotchVersion, Libtorch: *libtorch, Version: *version,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("-std=%s, %d functions left out\n", a.Standard, len(a.Unavailable))
}

// adapt makes the folder to an adapted copy of gotch. The copy is made in a
// temporary folder beside it and renamed, so that to is never half-made.
func adapt(gotch, libtorch, compiler, to string, a Adaptation) (Adaptation, error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return a, err
	}
	work, err := os.MkdirTemp(filepath.Dir(to), ".partial-")
	if err != nil {
		return a, err
	}
	defer os.RemoveAll(work)

	if err := copyModule(gotch, work); err != nil {
		return a, fmt.Errorf("copying gotch: %w", err)
	}
	for _, e := range edits {
		if err := e.apply(work); err != nil {
			return a, err
		}
	}
	if a.CXX11ABI, err = cxx11ABI(filepath.Join(libtorch, "lib")); err != nil {
		return a, err
	}
	cxx := compilerFor(compiler, includeFolders(libtorch))
	if a.Standard, err = cxx.standard(); err != nil {
		return a, err
	}
	if err := writeFlags(work, to, libtorch, a); err != nil {
		return a, err
	}
	if a.Unavailable, err = leaveOut(cxx, work, a); err != nil {
		return a, err
	}
	if err := a.write(work); err != nil {
		return a, err
	}
	if err := os.RemoveAll(to); err != nil {
		return a, err
	}
	if err := os.Chmod(work, 0o755); err != nil {
		return a, err
	}
	return a, os.Rename(work, to)
}
