package vision

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
)

// TestSetsAreThoseOfDefinitions holds the table against config's, both ways.
func TestSetsAreThoseOfDefinitions(t *testing.T) {
	var got []config.Set
	for _, s := range sets() {
		got = append(got, config.Set{Name: s.name, Image: s.shape, Classes: s.classes, Train: s.train, Test: s.test, Unlabelled: s.unlabelled})
	}
	if diff := cmp.Diff(config.Sets, got); diff != "" {
		t.Errorf("config's data sets and vision's differ (-config +vision):\n%s", diff)
	}
}

// TestSources holds what every published set has to keep.
func TestSources(t *testing.T) {
	variables, titles, files := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range sources() {
		if titles[s.title] || variables[s.variable] && s.variable != "EMNIST_DIR" { // all of EMNIST is in one archive
			t.Errorf("%s: its variable or title is another set's", s.name)
		}
		variables[s.variable], titles[s.title] = true, true
		if len(s.classes) > NoLabel {
			t.Errorf("%s has %d classes; a label is a byte", s.name, len(s.classes))
		}
		for _, l := range s.layouts {
			if l.archive != "" && files[l.files[0].name] {
				t.Errorf("%s: archives of two sets begin with %s", s.name, l.files[0].name)
			}
			files[l.files[0].name] = true
			for _, sp := range []split{trainSplit, testSplit, unlabelledSplit} {
				if n := l.images(sp); n != s.layouts[0].images(sp) {
					t.Errorf("%s has %d images in split %d, and %d in another layout", s.name, s.layouts[0].images(sp), sp, n)
				}
				covered := make([]bool, l.images(sp))
				for _, f := range l.files {
					for i := f.from; f.split == sp && i < f.to; i++ {
						covered[i] = true
					}
				}
				for i, ok := range covered {
					if !ok {
						t.Fatalf("%s: no file of %s has image %d of split %d", s.name, l.folder, i, sp)
					}
				}
			}
		}
		l := s.layouts[0]
		for _, f := range l.files {
			if l.archive == "" && (f.md5 == "" || f.bytes == 0) {
				t.Errorf("%s: %s cannot be downloaded without its MD5 and length", s.name, f.name)
			}
		}
		if l.archiveMD5 != s.download.md5 {
			t.Errorf("%s: the download is not its first layout", s.name)
		}
	}
}

func TestOpenUnknown(t *testing.T) {
	_, err := Open(context.Background(), "cifar", Options{})
	wantError(t, err, `"cifar"`, "cifar10, cifar100, ", "folder, synthetic")
	_, _, err = Check(context.Background(), "cifar", Options{})
	wantError(t, err, `"cifar"`)
}
