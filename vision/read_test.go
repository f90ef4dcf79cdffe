package vision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedFiles damages one file at a time: the error names it, the byte
// and the remedy. Check finds what Open finds.
func TestDamagedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, path string, content []byte)
		want   []string
	}{
		"missing": {
			func(t *testing.T, path string, _ []byte) { os.Remove(path) },
			[]string{"no such file"},
		},
		"short": {
			func(t *testing.T, path string, b []byte) { writeFile(t, path, b[:len(b)-1]) },
			[]string{"byte 9218", "9219"},
		},
		"long": {
			func(t *testing.T, path string, b []byte) { writeFile(t, path, append(b, 0)) },
			[]string{"byte 9219", "9220"},
		},
		"empty": {
			func(t *testing.T, path string, b []byte) { writeFile(t, path, nil) },
			[]string{"byte 0"},
		},
		"a label": {
			func(t *testing.T, path string, b []byte) { b[2*3073] = 10; writeFile(t, path, b) },
			[]string{"byte 6146", "image 2", "label 10"},
		},
		"a folder": {
			func(t *testing.T, path string, b []byte) { os.Remove(path); os.Mkdir(path, 0o755) },
			[]string{"not a plain file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSmall(t)
			path := filepath.Join(s.write(t, t.TempDir()), "data_batch_4.bin")
			c.damage(t, path, s.file(3))
			want := append(c.want, path, "\nget a whole copy of "+filepath.Dir(path), "--data")
			_, err := s.open(filepath.Dir(path))
			wantError(t, err, want...)
			_, _, err = s.check(t.Context(), Options{Dir: filepath.Dir(path)})
			wantError(t, err, want...)
		})
	}
}

// TestDamagedCache has another remedy.
func TestDamagedCache(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		t.Setenv(s.variable, "")
		dir := t.TempDir()
		folder := s.write(t, dir)
		last := s.layouts[0].files[len(s.layouts[0].files)-1].name
		os.Remove(filepath.Join(folder, last))
		_, err := s.source.open(t.Context(), Options{CacheDir: dir}.complete())
		wantError(t, err, last, "\nremove "+folder+" and run again to download it")
		_, _, err = s.check(t.Context(), Options{CacheDir: dir})
		wantError(t, err, last, "\nremove "+folder+" and run again to download it")

		archive := filepath.Join(t.TempDir(), s.layouts[0].archive)
		writeFile(t, archive, []byte("<html>"))
		_, _, err = s.check(t.Context(), Options{CacheDir: filepath.Dir(archive)})
		wantError(t, err, "web page", "\nremove "+archive+" and run again to download it")
	}
}

// TestCheckNothing: nothing on the machine is no error, and nothing is fetched.
func TestCheckNothing(t *testing.T) {
	for _, s := range sources() {
		t.Setenv(s.variable, "")
		dir := filepath.Join(t.TempDir(), "cache")
		d, where, err := Check(t.Context(), s.name, Options{CacheDir: dir})
		want := s.title + ": not on this machine; would be downloaded from " + s.download.url + " to " + dir
		if d != nil || where != want || err != nil {
			t.Errorf("%s: %s, %q, %v; want %q", s.name, origin(d), where, err, want)
		}
		if exists, _ := os.Stat(dir); exists != nil {
			t.Errorf("%s: a cache was made", s.name)
		}
	}
	if d, where, err := Check(t.Context(), "synthetic", Options{}); d != nil || where != "synthetic data: drawn by aeprobe, seed 87" || err != nil {
		t.Errorf("synthetic: %s, %q, %v", origin(d), where, err)
	}
}

// TestEndless names what is no archive and has no end.
func TestEndless(t *testing.T) {
	s := newSmall(t)
	_, err := s.open("/dev/zero")
	wantError(t, err, "/dev/zero is neither a folder nor a plain file")
	big := filepath.Join(t.TempDir(), "big.tar.gz")
	writeFile(t, big, nil)
	if err := os.Truncate(big, 1<<40); err != nil {
		t.Skip(err) // no sparse files here
	}
	_, err = s.open(big)
	wantError(t, err, big, "has fewer than")
}

// TestModified: whole files that are not the official ones are used, and said
// not to be.
func TestModified(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		s.set.Test.Pixels[100] ^= 1
		dir := t.TempDir()
		s.write(t, dir)
		var h heard
		d, err := s.source.open(t.Context(), Options{Dir: dir, Log: h.logger()})
		if err != nil {
			t.Fatal(err)
		}
		if d.Origin != Modified || d.Title() != "modified "+s.title {
			t.Errorf("origin %q, title %q", d.Origin, d.Title())
		}
		_, found, err := s.check(t.Context(), Options{Dir: dir})
		if err != nil || !strings.HasPrefix(found, "modified "+s.title+": ") || !strings.HasSuffix(found, ", MD5 not as published") {
			t.Errorf("check: %q, %v", found, err)
		}
		if !strings.Contains(h.String(), "level=WARN") || !strings.Contains(h.String(), "not the official "+s.title) {
			t.Errorf("no warning in the log:\n%s", h.String())
		}
	}
}

// TestUnknownMD5: files are not official because there is no MD5 to differ, nor
// modified.
func TestUnknownMD5(t *testing.T) {
	s := newSmall(t)
	dir := t.TempDir()
	s.write(t, dir)
	for i := range s.layouts[0].files {
		s.layouts[0].files[i].md5 = ""
	}
	if d, err := s.open(dir); err != nil || d.Origin != Unchecked || d.Title() != "CIFAR-10 (unchecked copy)" {
		t.Errorf("a folder: %s, %v", origin(d), err)
	}
	archive := filepath.Join(dir, "archive.tar.gz")
	writeFile(t, archive, s.archive)
	if d, err := s.open(archive); err != nil || d.Origin != Official {
		t.Errorf("the official archive: %s, %v", origin(d), err)
	}
}
