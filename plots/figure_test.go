package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

func lossFigure(t testing.TB, title string) *Figure {
	t.Helper()
	f, err := LossCurve(title, []Series{{Label: "train", X: []float64{1, 2, 3}, Y: []float64{3, 2, 1.5}}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSave(t *testing.T) {
	f := lossFigure(t, "Loss")
	path := filepath.Join(t.TempDir(), "fig5-loss")
	var before [2][]byte
	for range 2 { // the second time over the first files
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		for i, ext := range []string{".svg", ".png"} {
			data, err := os.ReadFile(path + ext)
			if err != nil {
				t.Fatal(err)
			}
			if before[i] != nil && !bytes.Equal(before[i], data) {
				t.Errorf("%s: the same figure gave other bytes", ext)
			}
			before[i] = data
		}
	}
	config, err := png.DecodeConfig(bytes.NewReader(before[1]))
	if err != nil {
		t.Fatal(err)
	}
	if w, h, _, _ := f.frame(); config.Width != 4*int(w) || config.Height != 4*int(h) {
		t.Errorf("PNG of %d by %d dots for %v by %v points, want 4 dots a point", config.Width, config.Height, w, h)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 2 {
		t.Errorf("%d files (%v), want 2", len(files), err)
	}
}

// Experiments that run side by side draw side by side.
func TestFiguresAreIndependent(t *testing.T) {
	want, err := lossFigure(t, "Loss").svg()
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	for range 4 {
		f := lossFigure(t, "Loss")
		group.Go(func() error {
			if _, err := f.png(30); err != nil {
				return err
			}
			got, err := f.svg()
			if err == nil && !bytes.Equal(got, want) {
				err = errors.New("the SVG differs")
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

func TestPNGKnowsItsSize(t *testing.T) {
	data, err := lossFigure(t, "Loss").png(288)
	if err != nil {
		t.Fatal(err)
	}
	// 288 dots an inch are 11339 (0x2C4B) a metre.
	want := []byte("\x00\x00\x00\x09pHYs\x00\x00\x2c\x4b\x00\x00\x2c\x4b\x01")
	if at := bytes.Index(data, want); at != 33 {
		t.Errorf("pHYs stands at byte %d, want 33", at)
	}
	decode(t, data) // checks the chunk's checksum
}

func TestSaveReportsFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "figure")
	err := lossFigure(t, "Loss").Save(path)
	if err == nil || !strings.Contains(err.Error(), `figure "Loss"`) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v, want an error with the figure and the path", err)
	}
}

// Titles and notes come from definitions, so anything may stand in them.
func TestAnyTitle(t *testing.T) {
	for _, title := range []string{
		"", " ", "a < b & \"c\" 'd' <text >]]>", "zero \x00 and \x1b[31m bell \a", "bad \xff\xfe UTF-8", "\ufffe",
		"two\nlines", strings.Repeat("long ", 100), strings.Repeat("x", 400), "日本語 العربية 🙂",
	} {
		f := lossFigure(t, title)
		f.Note = title
		checkLayout(t, f)
		svg, err := f.svg()
		if err != nil {
			t.Fatalf("%q: %v", title, err)
		}
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%q: not XML: %v", title, err)
			}
		}
		if _, err := f.png(20); err != nil {
			t.Fatalf("%q: %v", title, err)
		}
	}
}

func TestNoteIsDrawn(t *testing.T) {
	f := lossFigure(t, "Loss")
	f.Note = "synthetic images"
	svg, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(svg, []byte(">synthetic images</text>")) {
		t.Error("the note is not in the SVG")
	}
}

// wantError checks that err says all of the words.
func wantError(t *testing.T, name string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: error %q does not say %q", name, err, word)
		}
	}
}

var nan, inf = math.NaN(), math.Inf(1)
