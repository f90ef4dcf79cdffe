package vision

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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
func (s source) locate(o Options) (location, error) {
	named, by := o.Dir, "--data"
	if named == "" {
		named, by = os.Getenv(s.variable), s.variable
	}
	if named != "" {
		return s.locateNamed(named, by)
	}
	dir, err := cacheDir(o)
	if err != nil {
		return location{}, nil // without a cache there is nothing in it
	}
	at, err := s.look(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return location{}, fmt.Errorf("the cache: %w%s", err, cacheRemedy)
	}
	at.cached = true
	return at, nil
}

func (s source) locateNamed(path, by string) (location, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return location{}, fmt.Errorf("%s: %w", by, err)
	}
	at, err := s.look(whole)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return location{}, fmt.Errorf("%s: %w\nmake it readable, or name another copy of %s", by, err, s.title)
	case err != nil:
		return location{}, fmt.Errorf("%s: %w\n%s", by, err, s.expected())
	case at.path == "":
		if other, ok := s.otherIn(whole); ok {
			return location{}, fmt.Errorf("%s: no %s in %s, but %s\n%s", by, s.title, path, other.title, s.instead(other))
		}
		return location{}, fmt.Errorf("%s: no %s in %s\n%s", by, s.title, path, s.expected())
	}
	return at, nil
}

// expected is the remedy where the set was not found: what to name.
func (s source) expected() string {
	var forms []string
	for _, l := range s.layouts {
		forms = append(forms, l.folder)
		if l.archive != "" {
			forms = append(forms, l.archive)
		}
	}
	if forms = slices.Compact(forms); len(forms) == 1 {
		return fmt.Sprintf("name the folder with %s and the others", s.layouts[0].files[0].name)
	}
	last := len(forms) - 1
	return fmt.Sprintf("name %s or %s, or the folder that it is in", strings.Join(forms[:last], ", "), forms[last])
}

// instead is the remedy where another set was found.
func (s source) instead(other source) string {
	return fmt.Sprintf("ask for data set %s, or name a copy of %s", other.name, s.title)
}

// others are the other published sets.
func (s source) others() []source {
	return slices.DeleteFunc(sources(), func(other source) bool { return other.name == s.name })
}

// otherIn is another published set that is in a folder.
func (s source) otherIn(path string) (source, bool) {
	for _, other := range s.others() {
		if at, err := other.look(path); err == nil && at.path != "" {
			return other, true
		}
	}
	return source{}, false
}

// look finds the data at or directly below path. An error that keeps a part of
// the folder from being looked at counts only where nothing is found elsewhere.
func (s source) look(path string) (location, error) {
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
	var hidden error
	for _, l := range s.layouts {
		for _, dir := range []string{path, filepath.Join(path, l.folder)} {
			begun, err := l.begunIn(dir)
			if begun {
				return location{path: dir, layout: l}, nil
			}
			hidden = first(hidden, err)
		}
	}
	for _, l := range s.layouts {
		for _, name := range l.archiveNames() {
			archive := filepath.Join(path, name)
			is, err := isFile(archive)
			if is {
				return location{path: archive, packed: true}, nil
			}
			hidden = first(hidden, err)
		}
	}
	return location{}, hidden
}

// archiveNames are the names under which the layout's archive may be in a
// folder: as published, unzipped by a browser, or packed again.
func (l layout) archiveNames() []string {
	if l.archive == "" {
		return nil
	}
	names := []string{l.archive}
	for _, stem := range []string{strings.TrimSuffix(l.archive, ".tar.gz"), l.folder} {
		for _, suffix := range []string{".tar.gz", ".tgz", ".tar", ".zip"} {
			if name := stem + suffix; name != l.archive {
				names = append(names, name)
			}
		}
	}
	return names
}

// begunIn says whether a folder holds any file of the layout. Whether it is
// whole is for read to say.
func (l layout) begunIn(dir string) (bool, error) {
	var hidden error
	for _, f := range l.files {
		is, err := isFile(filepath.Join(dir, f.name))
		if is {
			return true, nil
		}
		hidden = first(hidden, err)
	}
	return false, hidden
}

// isFile says whether path is a plain file. That nothing is there is no error;
// anything else that keeps it from being looked at is.
func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil && info.Mode().IsRegular(), err
}

// first is the first error that there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
