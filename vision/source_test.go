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
			{name: "train_X", split: trainSplit, to: 3, format: pixels},
			{name: "train_y", split: trainSplit, to: 3, format: labels},
			{name: "test_X", split: testSplit, to: 2, format: pixels},
			{name: "test_y", split: testSplit, to: 2, format: labels},
			{name: "more_X", split: unlabelledSplit, to: 5, format: pixels},
		}}},
	}
}

// TestUnlabelled reads a set with an unlabelled split, which is read by itself.
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
	if d.Unlabelled.Len() != 0 || d.Test.Len() != 2 {
		t.Errorf("%d images without labels, %d test images", d.Unlabelled.Len(), d.Test.Len())
	}
	if d.Fingerprint != fingerprint(d.Train, d.Test) {
		t.Error("the fingerprint is not that of the labelled images")
	}
	d, err = dots().open(t.Context(), Options{Dir: dir, Unlabelled: true}.complete())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Unlabelled.Image(4)); got != "QRST" || d.Unlabelled.Len() != 5 || d.Train.Len() != 0 {
		t.Errorf("the last unlabelled image is %q, of %d", got, d.Unlabelled.Len())
	}
	for i, l := range d.Unlabelled.Labels {
		if l != NoLabel {
			t.Errorf("unlabelled image %d has label %d", i, l)
		}
	}
	if row := dots().set(); row.train != 3 || row.test != 2 || row.unlabelled != 5 {
		t.Errorf("%d training and %d test images have labels, %d none; want 3, 2 and 5", row.train, row.test, row.unlabelled)
	}
}
