// Command mkdist packs aeprobe with libtorch's libraries for the CPU, for machines
// with neither Go nor a compiler: make dist calls it.
//
// The rules: everything is found by paths relative to the archive's own folder; what
// is packed needs no newer C and C++ libraries than the systems that it is for have;
// licences and checksums come along.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

type options struct {
	program, launcher, libtorch, out, name string
	documents                              []string
}

func main() {
	var o options
	flag.StringVar(&o.program, "program", "", "the built `aeprobe`")
	flag.StringVar(&o.launcher, "launcher", "", "the built `launcher`")
	flag.StringVar(&o.libtorch, "libtorch", "", "the `folder` of libtorch, which has lib")
	flag.StringVar(&o.out, "out", "dist", "the `folder` to write to")
	flag.StringVar(&o.name, "name", "aeprobe", "what the archive and its folder are called")
	flag.Parse()
	o.documents = flag.Args()
	if err := pack(o); err != nil {
		fmt.Fprintln(os.Stderr, "mkdist:", err)
		os.Exit(1)
	}
}

// pack fills a folder, checks it, and writes the archive and its checksum.
func pack(o options) error {
	folder := filepath.Join(o.out, o.name)
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	binary := filepath.Join(folder, "lib/aeprobe/aeprobe")
	if err := copyFile(o.program, binary, 0o755); err != nil {
		return err
	}
	if err := setRunPath(binary, "$ORIGIN/torch/lib"); err != nil {
		return err
	}
	if err := copyFile(o.launcher, filepath.Join(folder, "aeprobe"), 0o755); err != nil {
		return err
	}
	libraries, err := closure(binary, filepath.Join(o.libtorch, "lib"))
	if err != nil {
		return err
	}
	above := filepath.Dir(o.libtorch) // holds torch and nvidia
	for _, library := range libraries {
		place, err := filepath.Rel(above, library)
		if err != nil {
			return err
		}
		if err := copyFile(library, filepath.Join(folder, "lib/aeprobe", place), 0o644); err != nil {
			return err
		}
	}
	for _, document := range o.documents {
		if err := copyFile(document, filepath.Join(folder, filepath.Base(document)), 0o644); err != nil {
			return err
		}
	}
	if err := copyLicences(filepath.Join(folder, "licences"), above); err != nil {
		return err
	}
	needs, err := checkNeeds(folder)
	if err != nil {
		return err
	}
	fmt.Println("needs at most", needs)
	if err := writeSums(folder); err != nil {
		return err
	}
	return archive(o.out, o.name)
}
