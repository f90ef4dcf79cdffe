package vision

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
)

// expected is testdata/sets/expected.json, what sets.py read from the files beside
// it with the packages that users have.
func expected(t testing.TB, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/sets/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[name], into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// array is one of these: its labels and its bytes' hash.
type array struct {
	Shape  []int
	Labels []int
	SHA256 string
}

func arrayOf(s Split, shape [3]int) array {
	a := array{Shape: append([]int{s.Len()}, shape[:]...)}
	for _, l := range s.Labels {
		label := int(l)
		if l == NoLabel {
			label = -1
		}
		a.Labels = append(a.Labels, label)
	}
	sum := sha256.Sum256(s.Pixels)
	a.SHA256 = hex.EncodeToString(sum[:])
	return a
}

// TestFormats reads what the packages wrote, as they read it.
func TestFormats(t *testing.T) {
	sets := "testdata/sets"
	stl := t.TempDir()
	withFewer(stl10(), 2, 2, 3).unpackFixture(t, sets+"/stl10_binary.tar.gz", stl)
	for _, c := range []struct {
		name   string // in expected.json
		source source
		path   string
		origin Origin
		from   string
	}{
		{"mnist", mnist(), sets, Modified, "raw (gzip)"},
		{"mnist", mnist(), unzipped(t, sets+"/MNIST/raw"), Modified, "raw (unpacked)"},
		{"emnist", withFewer(emnist("letters", "EMNIST Letters"), 6, 4, 0), sets + "/gzip.zip", Unchecked, "gzip.zip (archive)"},
		{"emnist", emnist("letters", "EMNIST Letters"), sets + "/gzip", Modified, "gzip (gzip)"},
		{"svhn", svhn(), sets, Modified, "svhn (MATLAB)"},
		{"stl10", withFewer(stl10(), 2, 2, 3), sets + "/stl10_binary.tar.gz", Modified, "stl10_binary.tar.gz (archive)"},
		{"stl10", stl10(), stl, Modified, "stl10_binary (binary)"},
	} {
		var train, test array
		expected(t, c.name+" train", &train)
		expected(t, c.name+" test", &test)
		asked := Options{Dir: c.path, Train: len(train.Labels), Test: len(test.Labels)}
		d, err := c.source.open(t.Context(), asked.complete())
		if err != nil {
			t.Errorf("%s from %s: %v", c.name, c.path, err)
			continue
		}
		if diff := cmp.Diff([]array{train, test}, []array{arrayOf(d.Train, d.Shape), arrayOf(d.Test, d.Shape)}); diff != "" {
			t.Errorf("%s from %s (-want +got):\n%s", c.name, c.path, diff)
		}
		if d.Origin != c.origin || d.Source != c.from || d.Unlabelled.Len() > 0 {
			t.Errorf("%s is %s from %s, with %d unlabelled images; want %s from %s", c.name, d.Origin, d.Source, d.Unlabelled.Len(), c.origin, c.from)
		}
		if c.name != "stl10" {
			continue
		}
		var unlabelled array
		expected(t, "stl10 unlabeled", &unlabelled)
		d, err = c.source.open(t.Context(), Options{Dir: c.path, Train: 3, Unlabelled: true}.complete())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(unlabelled, arrayOf(d.Unlabelled, d.Shape)); diff != "" || d.Train.Len() > 0 {
			t.Errorf("without labels, and %d others (-want +got):\n%s", d.Train.Len(), diff)
		}
	}
}

// unzipped is a folder with the gzip files of another, unpacked.
func unzipped(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "raw")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(from + "/*.gz")
	if err != nil || len(names) != 4 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		writeFile(t, filepath.Join(to, strings.TrimSuffix(filepath.Base(name), ".gz")), gunzip(t, name))
	}
	return to
}

// withFewer is a source with fewer images: an archive has to be whole.
func withFewer(s source, train, test, unlabelled int) source {
	for i := range s.layouts {
		for k := range s.layouts[i].files {
			f := &s.layouts[i].files[k]
			f.to = map[split]int{trainSplit: train, testSplit: test, unlabelledSplit: unlabelled}[f.split]
		}
	}
	return s
}

// unpackFixture unpacks an archive, as a download is.
func (s source) unpackFixture(t *testing.T, archive, dir string) {
	t.Helper()
	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, filepath.Base(archive))
	writeFile(t, copied, content)
	for i := range s.layouts[0].files {
		f := &s.layouts[0].files[i]
		f.md5 = md5Of(fileIn(t, content, f.name))
	}
	if err := s.unpack(t.Context(), copied, dir); err != nil {
		t.Fatal(err)
	}
}

// TestMixedMat reads variables in another order, among others.
func TestMixedMat(t *testing.T) {
	content, err := os.ReadFile("testdata/sets/mixed.mat")
	if err != nil {
		t.Fatal(err)
	}
	var want array
	expected(t, "mixed.mat", &want)
	part := newSplit(3, cifarImage)
	if err := matFormat(32, 10).decode(bytes.NewReader(content), int64(len(content)), part); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, arrayOf(part, cifarShape)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSmallerCopy: a copy with fewer images is used only where a definition asks
// for no more.
func TestSmallerCopy(t *testing.T) {
	open := func(train, test int) error {
		_, err := Open(t.Context(), "mnist", Options{Dir: "testdata/sets", Train: train, Test: test})
		return err
	}
	wantError(t, open(0, 6), "only 12 of the 60000 training images", "\nname a whole one, or set data.train: 12")
	wantError(t, open(13, 6), "only 12 of the 60000 training images")
	wantError(t, open(12, 0), "only 6 of the 10000 test images", "data.test: 6")
	if err := open(10, 5); err != nil {
		t.Error(err)
	}
	d, err := OpenPretraining(t.Context(), config.Pretraining{Set: "mnist", Train: 10}, Options{Dir: "testdata/sets"})
	if err != nil || d.Train.Len() != 10 || d.Test.Len() != 0 || d.Fingerprint != fingerprint(d.Train) {
		t.Errorf("to train on: %v, %v", origin(d), err)
	}
}

// TestDamaged says what is wrong with files, and where.
func TestDamaged(t *testing.T) {
	labels := gunzip(t, "testdata/sets/MNIST/raw/t10k-labels-idx1-ubyte.gz")
	images := gunzip(t, "testdata/sets/MNIST/raw/t10k-images-idx3-ubyte.gz")
	mat, err := os.ReadFile("testdata/sets/svhn/test_32x32.mat")
	if err != nil {
		t.Fatal(err)
	}
	changed := func(b []byte, at int, value byte) []byte {
		b = bytes.Clone(b)
		b[at] = value
		return b
	}
	hdf5 := append(bytes.Clone(mat[:124]), 0, 2, 'I', 'M')
	imagesFormat, labelsFormat := idx{side: 28}.format(), idx{classes: 10}.format()
	gzipped := idx{side: 28, gzipped: true}.format()
	for _, c := range []struct {
		format  format
		content []byte
		want    string
	}{
		{labelsFormat, changed(labels, 9, 10), "byte 9: image 1 has label 10; labels are 0 to 9"},
		{labelsFormat, labels[:10], "byte 10: the file ends here, too early"},
		{labelsFormat, append(bytes.Clone(labels), 0), "byte 14: the file goes on after its 6 images"},
		{labelsFormat, changed(labels, 7, 5), "the file says that it has 5 images, not 6"},
		{labelsFormat, images, "byte 0: an IDX file of these has 0x801 here, found 0x803"},
		{imagesFormat, changed(images, 15, 32), "byte 12: an IDX file of these has 0x1c here, found 0x20"},
		{imagesFormat, images[:1000], "byte 1000: the file ends here, too early"},
		{gzipped, images, "this is no gzip file"},
		{gzipped, gzipOf(t, images, 1)[:1500], "the file ends here, too early"},
		{matFormat(32, 10), mat[:5000], "the file ends in the middle of a variable"},
		{matFormat(32, 10), mat[:100], "byte 100: the file ends here"},
		{matFormat(32, 10), hdf5, "version 7.3 (HDF5), which aeprobe does not read"},
		{matFormat(32, 10), changed(mat, 126, 'X'), "no MAT-file of level 5"},
		{matFormat(32, 10), changed(mat, matHeader+8+16+8, 31), "X has shape [31 32 3 6], not [32 32 3 n]"},
		{matFormat(32, 9), mat, "has label 10; labels are 1 to 9"},
		{bytesFormat(10, 1), []byte{1, 2, 3, 4, 5, 0}, "byte 5: image 5 has label 0; labels are 1 to 10"},
	} {
		err := c.format.decode(bytes.NewReader(c.content), int64(len(c.content)), newSplit(6, sizeOf(c.format)))
		wantError(t, err, c.want)
	}
}

// sizeOf is the pixels of an image of a format in TestDamaged.
func sizeOf(f format) int {
	if least, _ := f.sizes(1); least == matHeader {
		return cifarImage
	}
	return 28 * 28
}

// TestIsAnother: Fashion-MNIST's files have the names of MNIST's.
func TestIsAnother(t *testing.T) {
	fashion, sums := fashionMNIST(), []string(nil)
	for _, f := range fashion.layouts[0].files {
		sums = append(sums, f.md5)
	}
	err := mnist().checkIsNoOther(mnist().layouts[0], sums)
	wantError(t, err, "this is Fashion-MNIST, not MNIST")
	if err := fashion.checkIsNoOther(fashion.layouts[0], sums); err != nil {
		t.Error(err)
	}
}

// matOf is a MAT-file with a variable X that says it has so many images, and the
// bytes that follow.
func matOf(images uint32, compressed bool, data []byte) []byte {
	order := binary.LittleEndian
	b := append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M')
	element := func(kind uint32, content []byte) []byte {
		e := order.AppendUint32(order.AppendUint32(nil, kind), uint32(len(content)))
		return append(append(e, content...), make([]byte, (8-len(content)%8)%8)...)
	}
	numbers := func(values ...uint32) (all []byte) {
		for _, v := range values {
			all = order.AppendUint32(all, v)
		}
		return all
	}
	matrix := slices.Concat(element(6, numbers(classUint8, 0)), element(5, numbers(32, 32, 3, images)), element(1, []byte("X")),
		numbers(matUint8, images*cifarImage), data)
	whole := element(matMatrix, matrix)
	if compressed {
		whole = element(matCompressed, deflated(whole))
	}
	return append(b, whole...)
}

// TestMatBomb: what a file says of itself is not believed, and no more is
// unpacked than its images can be.
func TestMatBomb(t *testing.T) {
	claims := matOf(1<<19, false, nil)
	if _, err := matFormat(32, 10).count(bytes.NewReader(claims), int64(len(claims))); err != nil {
		t.Errorf("a claim within bounds: %v", err)
	}
	bomb := matOf(6, true, make([]byte, 64<<20))
	part := newSplit(6, cifarImage)
	bounded(t, 4<<20, 1, len(bomb), func() {
		err := matFormat(32, 10).decode(bytes.NewReader(bomb), int64(len(bomb)), part)
		wantError(t, err, "the file unpacks to far more than its images are")
	})
}

// TestEMNISTClasses holds the names against torchvision's lists.
func TestEMNISTClasses(t *testing.T) {
	if got := strings.Join(classesOf("emnist_balanced"), ""); got != "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt" {
		t.Errorf("merged: %s", got)
	}
	sizes := map[string]int{}
	for _, s := range sources() {
		sizes[s.name] = len(s.classes)
	}
	for name, n := range map[string]int{"emnist_byclass": 62, "emnist_letters": 26, "emnist_digits": 10, "mnist": 10, "fashion_mnist": 10, "stl10": 10, "svhn": 10} {
		if sizes[name] != n {
			t.Errorf("%s has %d classes, want %d", name, sizes[name], n)
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(sizes)), slices.Sorted(slices.Values(slices.DeleteFunc(Sets(), func(s string) bool { return s == "synthetic" || s == "folder" })))) {
		t.Errorf("sources %v, sets %v", sizes, Sets())
	}
}

// planes are an image of expected.json: its shape, and its bytes in base64.
type planes struct {
	shape [3]int
	bytes []byte
}

func (p *planes) UnmarshalJSON(text []byte) error {
	var both [2]json.RawMessage
	if err := json.Unmarshal(text, &both); err != nil {
		return err
	}
	var in string
	if err := json.Unmarshal(both[0], &p.shape); err != nil {
		return err
	}
	if err := json.Unmarshal(both[1], &in); err != nil {
		return err
	}
	var err error
	p.bytes, err = base64.StdEncoding.DecodeString(in)
	return err
}
