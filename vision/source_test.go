package vision

import (
	"io"
	"path/filepath"
	"testing"
)

// dots is a data set made for this test: grey images of 2 by 2, labels in
// files of their own, and a split without labels.
func dots() source {
	pixels := format{
		sizes: func(n int) (least, most int64) { return int64(4 * n), int64(4 * n) },
		decode: func(r io.Reader, _ int64, part Split) error {
			_, err := io.ReadFull(r, part.Pixels)
			return err
		},
	}
	labels := format{
		sizes: func(n int) (least, most int64) { return int64(n), int64(n) },
		decode: func(r io.Reader, _ int64, part Split) error {
			_, err := io.ReadFull(r, part.Labels)
			return err
		},
	}
	return source{
		name: "dots", title: "DOTS", classes: []string{"few", "many"}, shape: [3]int{1, 2, 2}, variable: "DOTS_DIR",
		layouts: []layout{{kind: "binary", folder: "dots", archive: "dots.tar.gz", files: []file{
			{"train_X", "", trainSplit, 0, 3, pixels},
			{"train_y", "", trainSplit, 0, 3, labels},
			{"test_X", "", testSplit, 0, 2, pixels},
			{"test_y", "", testSplit, 0, 2, labels},
			{"more_X", "", unlabelledSplit, 0, 5, pixels},
		}}},
	}
}

// TestUnlabelled reads a set with an unlabelled split.
func TestUnlabelled(t *testing.T) {
	dir := t.TempDir()
	content := map[string]string{"train_X": "abcdefghijkl", "train_y": "\x01\x00\x01", "test_X": "mnopqrst", "test_y": "\x00\x01",
		"more_X": "ABCDEFGHIJKLMNOPQRST"}
	for name, bytes := range content {
		writeFile(t, filepath.Join(dir, name), []byte(bytes))
	}
	d, err := dots().open(t.Context(), Options{Dir: dir}.complete())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Train.Image(1)); got != "efgh" || d.Train.Labels[1] != 0 || d.Train.Labels[2] != 1 {
		t.Errorf("image 1 is %q, labels %v", got, d.Train.Labels)
	}
	if got := string(d.Unlabelled.Image(4)); got != "QRST" || d.Unlabelled.Len() != 5 || d.Test.Len() != 2 {
		t.Errorf("the last unlabelled image is %q, of %d", got, d.Unlabelled.Len())
	}
	for i, l := range d.Unlabelled.Labels {
		if l != NoLabel {
			t.Errorf("unlabelled image %d has label %d", i, l)
		}
	}
	if d.Fingerprint != fingerprint(d.Train, d.Test, d.Unlabelled) {
		t.Error("the fingerprint leaves out the unlabelled images")
	}
	limited, err := d.Limit(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if limited.Unlabelled.Len() != 5 || limited.Fingerprint != fingerprint(limited.Train, limited.Test, d.Unlabelled) {
		t.Errorf("limited: %d unlabelled images", limited.Unlabelled.Len())
	}
	if row := dots().set(); row.train != 3 || row.test != 2 {
		t.Errorf("%d training and %d test images have labels, want 3 and 2", row.train, row.test)
	}
}
