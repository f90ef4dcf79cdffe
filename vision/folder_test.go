package vision

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
)

// garden is the folder of images that sets.py made, 24 by 18 pixels each.
func garden() config.Preparation {
	return config.Preparation{Path: "testdata/sets/garden", Size: 24, Fit: config.FitPad, Channels: 3}
}

// TestGarden reads what torchvision's ImageFolder reads.
func TestGarden(t *testing.T) {
	o := Options{Prepare: garden(), CacheDir: t.TempDir()}
	var h heard
	o.Log = h.logger()
	d, err := Open(t.Context(), config.FolderSet, o)
	if err != nil {
		t.Fatal(err)
	}
	if d.Title() != "garden" || d.Origin != Own || d.Shape != [3]int{3, 24, 24} {
		t.Errorf("%s, %s, %v", d.Title(), d.Origin, d.Shape)
	}
	if !strings.Contains(h.String(), "1 file is no image by name") {
		t.Errorf("notes.txt is passed over in silence:\n%s", h.String())
	}
	folder, err := config.ListFolder("testdata/sets/garden", 0, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]struct {
		listed []config.FolderImage
		split  Split
	}{"train": {folder.Train, d.Train}, "test": {folder.Test, d.Test}} {
		var want struct {
			Classes []string
			Images  map[string][2]json.RawMessage
		}
		expected(t, "garden "+name, &want)
		if diff := cmp.Diff(want.Classes, d.Classes); diff != "" {
			t.Errorf("classes of %s (-want +got):\n%s", name, diff)
		}
		if len(got.listed) != len(want.Images) || got.split.Len() != len(want.Images) {
			t.Errorf("%d %s images, want %d", got.split.Len(), name, len(want.Images))
		}
		for i, image := range got.listed {
			var label byte
			var p planes
			if err := json.Unmarshal(want.Images[image.File][0], &label); err != nil {
				t.Fatalf("%s: ImageFolder has none: %v", image.File, err)
			}
			if err := json.Unmarshal(want.Images[image.File][1], &p); err != nil {
				t.Fatal(err)
			}
			if got.split.Labels[i] != label {
				t.Errorf("%s has class %d, want %d", image.File, got.split.Labels[i], label)
			}
			tolerance := 0
			if strings.HasSuffix(image.File, ".jpg") {
				tolerance = 2 // libjpeg's inverse cosine transform rounds otherwise
			}
			inner := middle(got.split.Image(i), 24, 18)
			if most := farthest(inner, p.bytes); most > tolerance {
				t.Errorf("%s is up to %d off", image.File, most)
			}
		}
	}
}

// middle are the rows of square colour planes that a padded image has.
func middle(padded []byte, size, height int) []byte {
	var inner []byte
	for c := range 3 {
		from := (c*size + (size-height)/2) * size
		inner = append(inner, padded[from:from+size*height]...)
	}
	return inner
}

// farthest is the largest difference between two images.
func farthest(a, b []byte) int {
	if len(a) != len(b) {
		return 256
	}
	most := 0
	for i := range a {
		most = max(most, int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return most
}

// TestGardenCache decodes once, and again where anything is different.
func TestGardenCache(t *testing.T) {
	root := filepath.Join(t.TempDir(), "garden")
	if err := os.CopyFS(root, os.DirFS("testdata/sets/garden")); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	open := func(change func(*config.Preparation)) (*Dataset, int) {
		decoded := 0
		o := Options{Prepare: garden(), CacheDir: cache, Decoded: func(done, total int) {
			if decoded++; done != decoded || total != 18 {
				t.Errorf("%d of %d, after %d", done, total, decoded)
			}
		}}
		o.Prepare.Path = root
		change(&o.Prepare)
		d, err := Open(t.Context(), config.FolderSet, o)
		if err != nil {
			t.Fatal(err)
		}
		return d, decoded
	}
	same := func(*config.Preparation) {}
	first, n := open(same)
	if n != 18 {
		t.Errorf("%d images decoded, want 18", n)
	}
	second, n := open(same)
	if diff := cmp.Diff(first, second, quick); n != 0 || diff != "" {
		t.Errorf("%d decoded again (-first +second):\n%s", n, diff)
	}
	if grey, n := open(func(p *config.Preparation) { p.Channels = 1 }); n != 18 || grey.Fingerprint == first.Fingerprint {
		t.Errorf("in grey %d were decoded", n)
	}
	files, err := filepath.Glob(cache + "/folders/garden-*.images")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/2] ^= 1
		writeFile(t, file, content)
	}
	if d, n := open(same); n != 18 || d.Fingerprint != first.Fingerprint {
		t.Errorf("after damage %d were decoded, to %.8s instead of %.8s", n, d.Fingerprint, first.Fingerprint)
	}
	// One more byte behind a PNG's end changes no pixel, but could have.
	path := filepath.Join(root, "train", "bees and wasps", "0.png")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, append(content, 0))
	if d, n := open(same); n != 18 || d.Fingerprint != first.Fingerprint {
		t.Errorf("after a change %d were decoded", n)
	}
}

// TestCacheOfSwappedFiles decodes again when files of equal sizes and times changed
// places.
func TestCacheOfSwappedFiles(t *testing.T) {
	root := filepath.Join(t.TempDir(), "garden")
	if err := os.CopyFS(root, os.DirFS("testdata/sets/garden")); err != nil {
		t.Fatal(err)
	}
	file := func(class string) string { return filepath.Join(root, "train", class, "swapped.png") }
	entries, err := os.ReadDir(filepath.Join(root, "train"))
	if err != nil {
		t.Fatal(err)
	}
	classes := []string{entries[0].Name(), entries[1].Name()}
	same := time.Unix(1e9, 0)
	for i, class := range classes {
		picture := image.NewGray(image.Rect(0, 0, 1, 1))
		picture.Pix[0] = byte(10 + i)
		writeFile(t, file(class), pngOf(t, picture))
		if err := os.Chtimes(file(class), same, same); err != nil {
			t.Fatal(err)
		}
	}
	cache := t.TempDir()
	open := func() string {
		p := garden()
		p.Path = root
		d, err := Open(t.Context(), config.FolderSet, Options{Prepare: p, CacheDir: cache})
		if err != nil {
			t.Fatal(err)
		}
		return d.Fingerprint
	}
	before := open()
	for _, move := range [][2]string{{file(classes[0]), root + "/aside"}, {file(classes[1]), file(classes[0])}, {root + "/aside", file(classes[1])}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
	if after := open(); after == before {
		t.Error("the images from before the swap are used")
	}
}

// TestNoCache decodes each time, with a warning, where nothing can be kept.
func TestNoCache(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	var h heard
	d, err := Open(t.Context(), config.FolderSet, Options{Prepare: garden(), Log: h.logger()})
	if err != nil || d.Train.Len() == 0 || !strings.Contains(h.String(), "cannot be kept") {
		t.Errorf("%v\n%s", err, h.String())
	}
}

// TestAbandonedCache removes what a process that was killed has left, and no file that
// another may be writing.
func TestAbandonedCache(t *testing.T) {
	cache := t.TempDir()
	dir := filepath.Join(cache, "folders")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(dir, ".garden-0.images123"), filepath.Join(dir, ".garden-0.images124")
	writeFile(t, old, nil)
	writeFile(t, young, nil)
	if past := time.Now().Add(-2 * abandoned); os.Chtimes(old, past, past) != nil {
		t.Fatal("no other time")
	}
	if _, err := Open(t.Context(), config.FolderSet, Options{Prepare: garden(), CacheDir: cache}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young one: %v", err)
	}
}

// TestTitleOfFolder keeps a folder from being called as another set is.
func TestTitleOfFolder(t *testing.T) {
	for _, name := range []string{"garden", "my CIFAR-10", "photos"} {
		if got := titleOfFolder(name); got != name {
			t.Errorf("%s is called %s", name, got)
		}
	}
	taken := []string{"synthetic-roses", "Modified", "cifar-10"}
	for _, s := range sources() {
		for _, o := range []Origin{Official, Modified, Unchecked} {
			taken = append(taken, (&Dataset{Name: s.name, Origin: o}).Title())
		}
	}
	for _, name := range append(taken, "folder of images") {
		if got := titleOfFolder(name); got != "folder "+name {
			t.Errorf("%s is called %s", name, got)
		}
	}
}

// TestClassCalledTrain: train is a class where it cannot be a split.
func TestClassCalledTrain(t *testing.T) {
	root := t.TempDir()
	for _, file := range []string{"train/1.png", "train/2.png", "plane/1.png", "plane/2.png"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(root, file), nil)
	}
	f, err := config.ListFolder(root, 0.5, 0, true)
	if err != nil || !slices.Equal(f.Classes, []string{"plane", "train"}) || len(f.Train) != 2 || len(f.Test) != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	_, err = config.ListFolder(root, 0, 0, true)
	wantError(t, err, "a folder train, but no folder test")
	// ImageNet's train and val are no classes.
	if err := os.Mkdir(filepath.Join(root, "train", "rose"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = config.ListFolder(root, 0.5, 0, true)
	wantError(t, err, "a folder train, but no folder test")
}

// TestUnlabelledFolder reads images without classes.
func TestUnlabelledFolder(t *testing.T) {
	p := config.Pretraining{Set: config.FolderSet, Images: config.UnlabelledImages, Preparation: garden()}
	d, err := OpenPretraining(t.Context(), p, Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Len() != 3 || slices.ContainsFunc(d.Train.Labels, func(l byte) bool { return l != NoLabel }) {
		t.Errorf("labels %v", d.Train.Labels)
	}
}

// TestSplit keeps a share of each class for tests, whatever else is added.
func TestSplit(t *testing.T) {
	root := t.TempDir()
	add := func(class string, from, to int) {
		if err := os.MkdirAll(filepath.Join(root, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := from; i < to; i++ {
			writeFile(t, filepath.Join(root, class, string(rune('a'+i))+".png"), pngOf(t, image.NewGray(image.Rect(0, 0, 2, 2))))
		}
	}
	add("few", 0, 2)
	add("many", 0, 20)
	list := func(seed uint64) (train, test []string) {
		f, err := config.ListFolder(root, 0.25, seed, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, image := range f.Train {
			train = append(train, image.File)
		}
		for _, image := range f.Test {
			test = append(test, image.File)
		}
		return train, test
	}
	train, test := list(1)
	if len(train) != 16 || len(test) != 6 || len(slices.DeleteFunc(slices.Clone(test), func(f string) bool { return strings.HasPrefix(f, "many") })) != 1 {
		t.Errorf("train %v, test %v", train, test)
	}
	if again, _ := list(1); !slices.Equal(train, again) {
		t.Errorf("%v, then %v", train, again)
	}
	if other, _ := list(2); slices.Equal(train, other) {
		t.Error("another seed changes nothing")
	}
	add("many", 20, 21)
	_, more := list(1)
	for _, file := range test {
		if !slices.Contains(more, file) && len(more) == len(test) {
			moved := slices.DeleteFunc(slices.Clone(more), func(f string) bool { return slices.Contains(test, f) })
			if len(moved) > 1 {
				t.Errorf("an image more moves %v", moved)
			}
		}
	}
}

func pngOf(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b strings.Builder
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

// TestFolderErrors refuses folders that say nothing, or not enough.
func TestFolderErrors(t *testing.T) {
	small := pngOf(t, image.NewGray(image.Rect(0, 0, 24, 24)))
	for name, c := range map[string]struct {
		files map[string][]byte
		share float64
		fit   string
		want  []string
	}{
		"empty":          {nil, 0.2, "", []string{"has 0 folders of images"}},
		"one class":      {map[string][]byte{"a/1.png": small, "a/2.png": small}, 0.2, "", []string{"has 1 folders of images"}},
		"not split":      {map[string][]byte{"a/1.png": small, "b/2.png": small}, 0, "", []string{"no share of the images", "\nset test_share"}},
		"no test":        {map[string][]byte{"train/a/1.png": small}, 0, "", []string{"a folder train, but no folder test"}},
		"twice split":    {map[string][]byte{"train/a/1.png": small, "test/a/1.png": small}, 0.2, "", []string{"nothing to split"}},
		"other classes":  {map[string][]byte{"train/a/1.png": small, "train/b/1.png": small, "test/a/1.png": small, "test/c/1.png": small}, 0, "", []string{`test has a class "c"`}},
		"missing class":  {map[string][]byte{"train/a/1.png": small, "train/b/1.png": small, "test/a/1.png": small}, 0, "", []string{`train has a class "b"`}},
		"class of none":  {map[string][]byte{"a/1.png": small, "a/2.png": small, "b/1.gif": small}, 0.2, "", []string{`class "b" has no images`}},
		"a single image": {map[string][]byte{"a/1.png": small, "a/2.png": small, "b/1.png": small}, 0.2, "", []string{`class "b" has no test images`}},
		"line break":     {map[string][]byte{"a\nb/1.png": small, "a\nb/2.png": small, "b/1.png": small, "b/2.png": small}, 0.2, "", []string{"cannot be a class's"}},
		"other size":     {map[string][]byte{"a/1.png": small, "a/2.png": pngOf(t, image.NewGray(image.Rect(0, 0, 9, 24))), "b/1.png": small, "b/2.png": small}, 0.2, "", []string{"1 of the 4 images", "a/2.png: it is 9 by 24, and how it becomes 24 by 24 is not said", "\nset data.fit"}},
		"damaged": {map[string][]byte{"a/1.png": small[:40], "a/2.png": []byte("GIF89a"), "b/1.png": small, "b/2.png": small}, 0.2, "pad",
			[]string{"2 of the 4 images", "a/1.png: the PNG is damaged: the file ends too early", "a/2.png: it is no PNG, JPEG or WebP", "\nrepair or remove them"}},
	} {
		root := t.TempDir()
		for file, content := range c.files {
			path := filepath.Join(root, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, path, content)
		}
		p := config.Preparation{Path: root, Size: 24, Channels: 3, TestShare: c.share, Fit: c.fit}
		_, err := Open(t.Context(), config.FolderSet, Options{Prepare: p, CacheDir: t.TempDir()})
		t.Run(name, func(t *testing.T) { wantError(t, err, c.want...) })
	}
}

// TestFolderStops ends with its context.
func TestFolderStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cache := t.TempDir()
	_, err := Open(ctx, config.FolderSet, Options{Prepare: garden(), CacheDir: cache, Decoded: func(int, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	if left, _ := filepath.Glob(cache + "/folders/*"); len(left) > 0 {
		t.Errorf("it keeps %v", left)
	}
}
