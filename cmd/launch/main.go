// Command launch is what users of a packed aeprobe start: it finds libtorch and
// becomes the program.
//
// The rules: it is static, so that it runs where libtorch is missing and can say so;
// what it finds is of the version that the program was built with, or it is not used;
// it decides by files alone and runs nothing but the program.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// version of libtorch that the program needs; the linker sets it.
var version = "unknown"

const (
	exitFailed = 1
	// program is beside the launcher, with libtorch in torch/lib beside it.
	program = "lib/aeprobe/aeprobe"
)

func main() {
	fmt.Fprintln(os.Stderr, "aeprobe:", launch())
	os.Exit(exitFailed)
}

// launch becomes the program, or says why not.
func launch() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	binary := filepath.Join(filepath.Dir(self), program)
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("%w: unpack the archive again, and move its folder only as a whole", err)
	}
	libraries, err := find(places{root: "/", bundled: filepath.Join(filepath.Dir(binary), "torch"), getenv: os.Getenv})
	if err != nil {
		return err
	}
	err = syscall.Exec(binary, os.Args, withLibraries(os.Environ(), libraries))
	return fmt.Errorf("start %s: %w", binary, err)
}

// withLibraries is an environment in which the loader looks into a folder first.
func withLibraries(environment []string, folder string) []string {
	const variable = "LD_LIBRARY_PATH="
	path := folder
	var all []string
	for _, entry := range environment {
		if old, is := strings.CutPrefix(entry, variable); is {
			if old != "" {
				path = folder + ":" + old
			}
			continue
		}
		all = append(all, entry)
	}
	return append(all, variable+path)
}

var errMissing = errors.New("libtorch is missing")
