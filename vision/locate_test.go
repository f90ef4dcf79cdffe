package vision

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLocate names the data in every way.
func TestLocate(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		l := s.layouts[0]
		dir := t.TempDir()
		folder := s.write(t, dir)
		packed := t.TempDir()
		archive := filepath.Join(packed, l.archive)
		writeFile(t, archive, s.archive)
		renamed := filepath.Join(t.TempDir(), "mine.tgz")
		writeFile(t, renamed, s.archive)

		for _, c := range []struct{ name, source string }{
			{folder, l.folder + " (binary)"},
			{dir, l.folder + " (binary)"},
			{archive, l.archive + " (archive)"},
			{packed, l.archive + " (archive)"},
			{renamed, "mine.tgz (archive)"},
		} {
			want := *s.set
			want.Origin, want.Source = Official, c.source
			got, err := s.open(c.name)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			} else if diff := cmp.Diff(&want, got, quick); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			t.Setenv(s.variable, c.name)
			got, found, err := s.check(t.Context(), Options{})
			if err != nil || !strings.HasPrefix(found, s.title+": "+string(filepath.Separator)) ||
				!strings.HasSuffix(found, c.source+", read whole: 15 training and 3 test images, MD5 as published") {
				t.Errorf("check with %s=%s: %q, %v", s.variable, c.name, found, err)
			} else if diff := cmp.Diff(&want, got, quick); diff != "" {
				t.Errorf("check with %s=%s (-want +got):\n%s", s.variable, c.name, diff)
			}
		}
	}
}

// TestLocateOrder has data, told apart by one pixel, in all three places.
func TestLocateOrder(t *testing.T) {
	s := newSmall(t)
	places := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	for i, dir := range places {
		s.set.Train.Pixels[0] = byte(i)
		s.write(t, dir)
	}
	open := func(o Options) byte {
		t.Helper()
		o.CacheDir, o.Offline = places[2], true
		d, err := s.source.open(t.Context(), o.complete())
		if err != nil {
			t.Fatal(err)
		}
		return d.Train.Pixels[0]
	}
	t.Setenv(s.variable, places[1])
	if got := open(Options{Dir: places[0]}); got != 0 {
		t.Errorf("with Dir, place %d was read", got)
	}
	if got := open(Options{}); got != 1 {
		t.Errorf("with %s, place %d was read", s.variable, got)
	}
	t.Setenv(s.variable, "")
	if got := open(Options{}); got != 2 {
		t.Errorf("with neither, place %d was read", got)
	}
}

// TestNamedIsNeverReplaced: what a user names has to be there.
func TestNamedIsNeverReplaced(t *testing.T) {
	s := newSmall(t)
	empty := t.TempDir()
	gone := filepath.Join(empty, "gone")

	_, err := s.open(empty)
	wantError(t, err, "--data", "no CIFAR-10 in "+empty, "\nname cifar-10-batches-bin", "or cifar-10-python.tar.gz")
	_, err = s.open(gone)
	wantError(t, err, "--data", gone, "no such file", "\nname cifar-10-batches-bin")
	t.Setenv(s.variable, gone)
	_, err = s.open("")
	wantError(t, err, s.variable, gone)
	_, _, err = s.check(t.Context(), Options{})
	wantError(t, err, s.variable, gone)
}

// TestAnotherSet: where another set is than was asked for, the error says so.
func TestAnotherSet(t *testing.T) {
	ten, hundred := newSmall(t), newSmall100(t)
	for _, c := range []struct {
		asked, there *small
		want         []string
	}{
		{ten, hundred, []string{"CIFAR-100", "\nask for data set cifar100, or name a copy of CIFAR-10"}},
		{hundred, ten, []string{"CIFAR-10", "\nask for data set cifar10, or name a copy of CIFAR-100"}},
	} {
		dir := t.TempDir()
		folder := c.there.write(t, dir)
		for _, path := range []string{dir, folder} {
			_, err := c.asked.open(path)
			wantError(t, err, append(c.want, "no "+c.asked.title+" in "+path+", but "+c.there.title)...)
		}
		archive := filepath.Join(dir, "mine.tar.gz")
		writeFile(t, archive, c.there.archive)
		_, err := c.asked.open(archive)
		wantError(t, err, append(c.want, archive+": this is "+c.there.title+", not "+c.asked.title)...)
	}
}

// loop makes a link to itself: like a folder without permission, it is there
// and cannot be looked at, but for every user.
func loop(t *testing.T, path string) {
	t.Helper()
	if err := os.Symlink(path, path); err != nil {
		t.Fatal(err)
	}
}

// TestHiddenIsNotMissing: what cannot be looked at is not said to be missing.
func TestHiddenIsNotMissing(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		l := s.layouts[1] // looked for later
		t.Setenv(s.variable, "")
		for _, name := range []string{s.layouts[0].folder, s.layouts[0].files[0].name, s.layouts[0].archive, l.folder, l.archive} {
			dir := t.TempDir()
			hidden := filepath.Join(dir, name)
			loop(t, hidden)
			_, err := s.open(dir)
			wantError(t, err, "--data", hidden, "too many levels of symbolic links")
			_, _, err = s.check(t.Context(), Options{Dir: dir})
			wantError(t, err, "--data", hidden, "too many levels of symbolic links")
			_, err = s.source.open(t.Context(), Options{CacheDir: dir, Offline: true}.complete())
			wantError(t, err, "the cache", hidden, "too many levels of symbolic links", cacheRemedy)
		}
		// What can be read elsewhere is.
		dir := t.TempDir()
		loop(t, filepath.Join(dir, s.layouts[0].folder))
		writeFile(t, filepath.Join(dir, s.layouts[0].archive), s.archive)
		if d, err := s.open(dir); err != nil || d.Origin != Official {
			t.Errorf("with an archive beside it: %v", err)
		}
	}
}

// TestPermission: data that may not be read is said to be so, with a remedy.
func TestPermission(t *testing.T) {
	s := newSmall(t)
	file := filepath.Join(s.write(t, t.TempDir()), "data_batch_2.bin")
	above := t.TempDir()
	folder := s.write(t, above)
	for _, path := range []string{file, folder} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
	}
	if _, err := os.ReadDir(folder); err == nil {
		t.Skip("this user may read everything")
	}
	for _, c := range []struct{ name, at string }{
		{filepath.Dir(file), file}, {above, folder}, {folder, folder},
	} {
		_, err := s.open(c.name)
		wantError(t, err, c.at, "permission denied\nmake it readable, or name another copy")
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v is no permission error", err)
		}
	}
}
