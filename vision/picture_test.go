package vision

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"archive/tar"

	"golang.org/x/sync/semaphore"

	"aeprobe/config"
)

func gunzip(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// fileIn is a file of a tar.gz.
func fileIn(t testing.TB, packed []byte, name string) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	for entries := tar.NewReader(r); ; {
		e, err := entries.Next()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if filepath.Base(e.Name) == name {
			content, err := io.ReadAll(entries)
			if err != nil {
				t.Fatal(err)
			}
			return content
		}
	}
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b) // into memory
	_ = w.Close()
	return out.Bytes()
}

// decodedPlanes decodes a file as a folder's images are.
func decodedPlanes(content []byte, channels int) ([]byte, [3]int, error) {
	c, _, err := measure(content)
	if err != nil {
		return nil, [3]int{}, err
	}
	picture, err := decodePicture(content, c, channels)
	if err != nil {
		return nil, [3]int{}, err
	}
	shape := [3]int{channels, picture.Bounds().Dy(), picture.Bounds().Dx()}
	planes := make([]byte, shape[0]*shape[1]*shape[2])
	toPlanes(picture, planes, channels)
	return planes, shape, nil
}

// TestPictureKinds holds each kind of file against Pillow: to the byte where nothing is
// lost, within a few levels where decoders may round as they like.
func TestPictureKinds(t *testing.T) {
	var kinds map[string]struct{ RGB, Grey planes }
	expected(t, "kinds", &kinds)
	if len(kinds) != 22 {
		t.Fatalf("%d kinds", len(kinds))
	}
	for name, want := range kinds {
		content, err := os.ReadFile("testdata/sets/kinds/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tolerance := 0
		switch {
		case name == "420.jpg", name == "lossy.webp":
			tolerance = 24 // Pillow interpolates the chroma between its samples, Go repeats it
		case strings.HasSuffix(name, ".jpg"):
			tolerance = 3
		}
		for channels, of := range map[int]planes{3: want.RGB, 1: want.Grey} {
			got, shape, err := decodedPlanes(content, channels)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if most := farthest(got, of.bytes); shape != of.shape || most > tolerance {
				t.Errorf("%s in %d channels: %v, up to %d off; want %v", name, channels, shape, most, of.shape)
			}
		}
	}
}

// TestFits holds each way to fit against Pillow's.
func TestFits(t *testing.T) {
	var cases []struct {
		Image             planes
		Size              int
		Resize, Crop, Pad planes
	}
	expected(t, "fits", &cases)
	if len(cases) != 8 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		for fit, want := range map[string]planes{config.FitResize: c.Resize, config.FitCrop: c.Crop, config.FitPad: c.Pad} {
			d := &Dataset{Shape: c.Image.shape, Train: Split{Pixels: c.Image.bytes, Labels: []byte{1}}}
			if err := prepare(t.Context(), d, config.Preparation{Size: c.Size, Fit: fit}); err != nil {
				t.Fatal(err)
			}
			if most := farthest(d.Train.Pixels, want.bytes); d.Shape != want.shape || most > 1 {
				t.Errorf("%v by %s to %d is %v, up to %d off", c.Image.shape, fit, c.Size, d.Shape, most)
			}
		}
	}
}

// TestPrepare makes grey images colour, and colour ones grey.
func TestPrepare(t *testing.T) {
	grey := &Dataset{Shape: [3]int{1, 1, 2}, Train: Split{Pixels: []byte{7, 9, 1, 2}, Labels: []byte{0, 1}}}
	if err := prepare(t.Context(), grey, config.Preparation{Channels: 3}); err != nil {
		t.Fatal(err)
	}
	if want := []byte{7, 9, 7, 9, 7, 9, 1, 2, 1, 2, 1, 2}; !bytes.Equal(want, grey.Train.Pixels) || grey.Shape != [3]int{3, 1, 2} {
		t.Errorf("%v, %v", grey.Shape, grey.Train.Pixels)
	}
	if grey.Fingerprint != grey.fingerprint() {
		t.Error("the fingerprint is not that of the images as they are now")
	}
	colour := &Dataset{Shape: [3]int{3, 1, 1}, Train: Split{Pixels: []byte{10, 200, 90}, Labels: []byte{0}}}
	if err := prepare(t.Context(), colour, config.Preparation{Channels: 1}); err != nil {
		t.Fatal(err)
	}
	if want := []byte{131}; !bytes.Equal(want, colour.Train.Pixels) { // 0.299*10 + 0.587*200 + 0.114*90 = 130.65
		t.Errorf("luma %v, want %v", colour.Train.Pixels, want)
	}
	same := &Dataset{Shape: [3]int{3, 1, 1}, Train: Split{Pixels: []byte{1, 2, 3}, Labels: []byte{0}}, Fingerprint: "f"}
	if err := prepare(t.Context(), same, config.Preparation{Size: 1, Channels: 3}); err != nil || same.Fingerprint != "f" {
		t.Errorf("what is so already is changed: %v", err)
	}
}

// pngClaiming is a PNG that says it has so many pixels.
func pngClaiming(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	header = append(header, 8, 2, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	b = append(b, header...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(header))
}

// TestImageBomb: a header that claims too much is refused before anything is made
// for it.
func TestImageBomb(t *testing.T) {
	for _, size := range [][2]uint32{{60000, 60000}, {1 << 30, 1 << 30}, {1<<31 - 1, 1}} {
		bomb := pngClaiming(size[0], size[1])
		bounded(t, 1<<20, 1, len(bomb), func() {
			if _, _, err := decodedPlanes(bomb, 3); err == nil {
				t.Errorf("%v pixels are decoded", size)
			}
		})
	}
	_, _, err := decodedPlanes(pngClaiming(60000, 60000), 3)
	wantError(t, err, "claims to be 60000 by 60000 pixels")

	// As many pixels as may be, in columns that take gigabytes to scale.
	for _, height := range []uint32{1 << 26, 1 << 25} {
		path := filepath.Join(t.TempDir(), "column.png")
		writeFile(t, path, pngClaiming(1, height))
		for _, fit := range []string{config.FitResize, config.FitPad} {
			r := &folderRead{root: filepath.Dir(path), shape: [3]int{3, 64, 64}, fit: fit}
			bounded(t, 1<<20, 1, 0, func() {
				err := r.decodeInto(t.Context(), semaphore.NewWeighted(maxPixels), "column.png", make([]byte, 3*64*64))
				wantError(t, err, fmt.Sprintf("it is 1 by %d, too high to be scaled", height))
			})
		}
	}
}

// TestCutImages: a truncated file of each format is an error.
func TestCutImages(t *testing.T) {
	for _, name := range []string{"rgb.png", "444.jpg", "lossless.webp", "lossy.webp"} {
		content, err := os.ReadFile("testdata/sets/kinds/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 3, 11, 20, len(content) / 2} {
			if _, _, err := decodedPlanes(content[:n], 3); err == nil {
				t.Errorf("%d of the %d bytes of %s are decoded", n, len(content), name)
			}
		}
	}
}

// FuzzPicture: whatever a file is, it ends with an error or with a picture as
// large as its header says.
func FuzzPicture(f *testing.F) {
	names, err := filepath.Glob("testdata/sets/kinds/*")
	if err != nil || len(names) != 22 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		f.Add(content[:len(content)*2/3])
	}
	f.Add(pngClaiming(60000, 60000))
	f.Fuzz(func(t *testing.T, in []byte) {
		_, size, err := measure(in)
		if err != nil || size.Width*size.Height > 1<<20 {
			return // what is so large is decoded slowly, and found no more by it
		}
		planes, shape, err := decodedPlanes(in, 3)
		if err == nil && (len(planes) != 3*size.Width*size.Height || shape[1]*shape[2] != size.Width*size.Height) {
			t.Errorf("%d bytes of shape %v, and the header says %d by %d", len(planes), shape, size.Width, size.Height)
		}
		for _, fit := range config.Fits {
			picture, err := fitted(image.NewGray(image.Rect(0, 0, size.Width, size.Height)), [3]int{1, 8, 8}, fit)
			if err != nil || picture.Bounds() != image.Rect(0, 0, 8, 8) {
				t.Errorf("%s: %v, %v", fit, picture.Bounds(), err)
			}
		}
	})
}

// FuzzFormats reads IDX, STL-10's labels and MAT-files.
func FuzzFormats(f *testing.F) {
	formats := []format{idx{side: 28}.format(), idx{side: 28, gzipped: true, turned: true}.format(), idx{classes: 10}.format(), matFormat(32, 10), bytesFormat(10, 1), columnsFormat(16)}
	add := func(kind int, content []byte) {
		f.Add(content, uint8(kind))
		f.Add(content[:len(content)/2], uint8(kind))
	}
	add(0, gunzip(f, "testdata/sets/MNIST/raw/t10k-images-idx3-ubyte.gz"))
	add(2, gunzip(f, "testdata/sets/MNIST/raw/t10k-labels-idx1-ubyte.gz"))
	for kind, name := range map[int]string{1: "MNIST/raw/t10k-images-idx3-ubyte.gz", 3: "svhn/test_32x32.mat"} {
		content, err := os.ReadFile("testdata/sets/" + name)
		if err != nil {
			f.Fatal(err)
		}
		add(kind, content)
	}
	mixed, err := os.ReadFile("testdata/sets/mixed.mat")
	if err != nil {
		f.Fatal(err)
	}
	add(3, mixed)
	add(3, matOf(6, true, make([]byte, 6*cifarImage)))
	add(3, matOf(1<<31-1, false, nil))
	add(4, []byte{1, 2, 3, 10, 1, 1})
	add(5, bytes.Repeat([]byte{1, 2, 3}, 6*256))
	f.Fuzz(func(t *testing.T, in []byte, kind uint8) {
		of := formats[int(kind)%len(formats)]
		size := map[int]int{3: cifarImage, 5: 3 * 16 * 16}[int(kind)%len(formats)]
		part := newSplit(6, max(size, 28*28))
		if size > 0 {
			part = newSplit(6, size)
		}
		bounded(t, 2<<20, 4, len(in), func() {
			n, err := of.count(bytes.NewReader(in), int64(len(in)))
			if err == nil && n < 0 {
				t.Errorf("%d images", n)
			}
			if of.decode(bytes.NewReader(in), int64(len(in)), part) == nil && !valid(part.Labels, 10) {
				t.Errorf("labels %v", part.Labels)
			}
		})
	})
}

// FuzzOrientation finds one of eight, or none.
func FuzzOrientation(f *testing.F) {
	content, err := os.ReadFile("testdata/sets/kinds/exif6.jpg")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if n := orientation(in); n < 1 || n > 8 {
			t.Errorf("orientation %d", n)
		}
	})
}
