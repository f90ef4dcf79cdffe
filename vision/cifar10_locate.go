package vision

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// location is data that was found, not yet read: a folder in one of the
// layouts, or an archive. Its path is empty where there is none.
type location struct {
	path   string
	packed bool
	cached bool   // by this program
	layout layout // of a folder; an archive tells when it is read
}

// source is the location without the folders above it.
func (at location) source() string {
	if at.packed {
		return filepath.Base(at.path) + " (archive)"
	}
	return fmt.Sprintf("%s (%s)", filepath.Base(at.path), at.layout.kind)
}

func (at location) String() string {
	return filepath.Join(filepath.Dir(at.path), at.source())
}

// locate looks where the user said, or else into the cache. Nothing there is
// an error in the first case only.
func (c cifar10) locate(o Options) (location, error) {
	named, by := o.Dir, "--data"
	if named == "" {
		named, by = os.Getenv(dirVariable), dirVariable
	}
	if named != "" {
		return c.locateNamed(named, by)
	}
	dir, err := cacheDir(o)
	if err != nil {
		return location{}, nil // without a cache there is nothing in it
	}
	at, err := c.look(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return location{}, fmt.Errorf("the cache: %w%s", err, cacheRemedy)
	}
	at.cached = true
	return at, nil
}

func (c cifar10) locateNamed(path, by string) (location, error) {
	var forms []string
	for _, l := range c.layouts {
		forms = append(forms, l.folder, l.archive)
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return location{}, fmt.Errorf("%s: %w", by, err)
	}
	at, err := c.look(whole)
	if err == nil && at.path == "" {
		err = fmt.Errorf("no CIFAR-10 in %s", path)
	}
	if err != nil {
		return location{}, fmt.Errorf("%s: %w\nit has to name %s, or the folder that one of them is in", by, err, strings.Join(forms, ", "))
	}
	return at, nil
}

// look finds the data at or directly below path.
func (c cifar10) look(path string) (location, error) {
	info, err := os.Stat(path)
	if err != nil {
		return location{}, err
	}
	if info.Mode().IsRegular() {
		return location{path: path, packed: true}, nil
	}
	if !info.IsDir() {
		return location{}, fmt.Errorf("%s is neither a folder nor a plain file", path)
	}
	for _, l := range c.layouts {
		for _, dir := range []string{path, filepath.Join(path, l.folder)} {
			if l.begunIn(dir) {
				return location{path: dir, layout: l}, nil
			}
		}
	}
	for _, l := range c.layouts {
		if archive := filepath.Join(path, l.archive); exists(archive) {
			return location{path: archive, packed: true}, nil
		}
	}
	return location{}, nil
}

// begunIn says whether a folder holds any file of the layout. Whether it is
// whole is for read to say.
func (l layout) begunIn(dir string) bool {
	for _, f := range l.files {
		if exists(filepath.Join(dir, f.name)) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
