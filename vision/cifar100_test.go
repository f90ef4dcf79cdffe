package vision

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCIFAR100Record holds the two label bytes apart.
func TestCIFAR100Record(t *testing.T) {
	s := newSmall100(t)
	good := s.file(1)
	folder := s.write(t, t.TempDir())
	path := filepath.Join(folder, "test.bin")
	for _, c := range []struct {
		at    int
		value byte
		want  string // of the error; empty where there is none
	}{
		{1, 99, ""},
		{1, 100, "byte 1: image 0 has label 100; labels are 0 to 99"},
		{0, 19, ""},
		{0, 20, "byte 0: image 0 has label 20; labels are 0 to 19"},
		{3074*2 + 1, 255, "byte 6149: image 2 has label 255; labels are 0 to 99"},
		{3074 * 2, 255, "byte 6148: image 2 has label 255; labels are 0 to 19"},
	} {
		content := slices.Clone(good)
		content[c.at] = c.value
		writeFile(t, path, content)
		d, err := s.open(folder)
		if c.want != "" {
			wantError(t, err, path+": "+c.want, "\nget a whole copy of "+folder)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := []byte{content[1], content[3075], content[2*3074+1]}; !slices.Equal(got, d.Test.Labels) {
			t.Errorf("labels %v, want %v", d.Test.Labels, got)
		}
	}
}

func TestCIFAR100Classes(t *testing.T) {
	names := cifar100().classes
	if len(names) != 100 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != 100 {
		t.Errorf("%d names, not 100 in order", len(names))
	}
	// Three that public code names by number.
	for label, name := range map[int]string{0: "apple", 39: "keyboard", 99: "worm"} {
		if names[label] != name {
			t.Errorf("class %d is %s, want %s", label, names[label], name)
		}
	}
}

// TestCIFAR100Download keeps the set beside CIFAR-10 in one cache.
func TestCIFAR100Download(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		t.Setenv(s.variable, "")
		site := newSite(t, s.archive, whole)
		for range 2 { // the second time from the cache
			d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir})
			if err != nil || d.Origin != Official || d.Fingerprint != s.set.Fingerprint || d.Name != s.name {
				t.Fatalf("%s: %s, %v", s.name, origin(d), err)
			}
		}
		if len(site.ranges) != 1 {
			t.Errorf("%s: %d requests", s.name, len(site.ranges))
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"cifar-10-batches-bin", "cifar-10.lock", "cifar-100-binary", "cifar-100.lock"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("the cache (-want +got):\n%s", diff)
	}
}

// TestNoStandIn: ten drawn classes do not stand in for a hundred.
func TestNoStandIn(t *testing.T) {
	s := newSmall100(t)
	t.Setenv(s.variable, "")
	_, err := s.source.open(t.Context(), Options{CacheDir: t.TempDir(), Offline: true}.complete())
	wantError(t, err, "CIFAR-100 is not on this machine and cannot be downloaded", "\nname a copy with --data or CIFAR100_DIR")
}

// TestDownloadStaysPacked: where an MD5 of a file is wrong or unknown, the
// archive, whose MD5 is right, is kept and is official.
func TestDownloadStaysPacked(t *testing.T) {
	for _, md5 := range []string{"", "6172c7755cfe09b2fe270c85cebc1b15"} {
		s := newSmall100(t)
		t.Setenv(s.variable, "")
		s.layouts[0].files[0].md5 = md5
		site := newSite(t, s.archive, whole)
		dir := t.TempDir()
		for range 2 {
			d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir})
			if err != nil || d.Origin != Official || d.Source != "cifar-100-binary.tar.gz (archive)" {
				t.Fatalf("%s, %v", origin(d), err)
			}
		}
		if diff := cmp.Diff([]string{"cifar-100-binary.tar.gz", "cifar-100.lock"}, filesIn(t, dir)); diff != "" {
			t.Errorf("the cache (-want +got):\n%s", diff)
		}
	}
}
