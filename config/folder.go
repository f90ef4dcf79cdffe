package config

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file lists a folder of images; package vision reads them. The rules are
// those of torchvision's ImageFolder: each folder is a class, classes are in the
// order of their names, and whatever lies below a class's folder belongs to it.
// Hidden files and folders are passed over, and so is what does not end in
// .png, .jpg, .jpeg or .webp.

// MaxClasses is how many classes a data set can have: a label is a byte, and
// one value stands for none.
const MaxClasses = 255

// maxFolderImages bounds a listing.
const maxFolderImages = 10_000_000

// Folder is a listing of a folder of images.
type Folder struct {
	// Root is where it is; Name is its own, without the folders above.
	Root, Name string

	Classes []string
	// Train, Test and Unlabelled are in an order that the seed and their paths
	// decide, so that the first ones are of all classes.
	Train, Test, Unlabelled []FolderImage
	// Others is the number of files that are no images by their name.
	Others int
}

// FolderImage is an image's file.
type FolderImage struct {
	// File is relative to the folder, with slashes.
	File string
	// Class is the index of its class; -1 for none.
	Class int
}

// ListFolder lists the images below path. Classes are needed if labelled. Where
// there are no folders train and test, share of each class is for tests, which
// seed decides; a folder train alone is then a class, if it has images and no
// folders. The second line of an error is a remedy.
func ListFolder(path string, share float64, seed uint64, labelled bool) (*Folder, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f := &Folder{Root: whole, Name: filepath.Base(whole)}
	l := lister{folder: f, root: whole}
	folders, err := l.folders("")
	if err != nil {
		return nil, fmt.Errorf("%w\nname a folder that can be read", withoutPath(path, err))
	}
	isSplit, err := l.isSplit(folders, share)
	if err != nil {
		return nil, err
	}
	if slices.Contains(folders, "unlabelled") && (isSplit || !labelled) {
		if f.Unlabelled, err = l.images("unlabelled", -1); err != nil {
			return nil, err
		}
	}
	if !labelled && len(f.Unlabelled) == 0 {
		return nil, fmt.Errorf("no images in %s\nput images without labels there", filepath.Join(path, "unlabelled"))
	}
	switch {
	case !labelled:
		shuffle(f.Unlabelled, seed)
		return f, nil
	case isSplit && !slices.Contains(folders, "test"):
		return nil, fmt.Errorf("%s has a folder train, but no folder test\n%s", path,
			"call the one with the test images test, or name train itself, with test_share: 0.2")
	case isSplit && share > 0:
		return nil, fmt.Errorf("%s is split into train and test, so test_share has nothing to split\nleave test_share out", path)
	case isSplit:
		err = l.splits()
	case share == 0:
		return nil, fmt.Errorf("%s has no folders train and test, and no share of the images is set apart\n"+
			"set test_share: 0.2 to keep a fifth of each class for tests, or make these folders", path)
	default:
		if f.Classes, f.Train, err = l.classes("", folders); err == nil {
			shuffle(f.Train, seed)
			f.split(share)
		}
	}
	if err != nil {
		return nil, err
	}
	for _, images := range [][]FolderImage{f.Train, f.Test, f.Unlabelled} {
		shuffle(images, seed)
	}
	return f, f.check(path)
}

// baseName is a folder's own name.
func baseName(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return filepath.Base(path)
}

// lister walks a folder of images.
type lister struct {
	folder *Folder
	root   string
	found  int
}

// isSplit reports whether train is the training images and no class. With folders
// in it, it is hardly a class: train and val would be learned apart.
func (l *lister) isSplit(folders []string, share float64) (bool, error) {
	if !slices.Contains(folders, "train") {
		return false, nil
	}
	if slices.Contains(folders, "test") || share == 0 {
		return true, nil
	}
	inner, err := l.folders("train")
	return len(inner) > 0, err
}

// splits lists train and test, which must have the same classes.
func (l *lister) splits() error {
	f := l.folder
	var inTest []string
	for _, s := range []struct {
		folder  string
		classes *[]string
		images  *[]FolderImage
	}{{"train", &f.Classes, &f.Train}, {"test", &inTest, &f.Test}} {
		folders, err := l.folders(s.folder)
		if err != nil {
			return err
		}
		if *s.classes, *s.images, err = l.classes(s.folder, folders); err != nil {
			return err
		}
	}
	for _, class := range inTest {
		if !slices.Contains(f.Classes, class) {
			return fmt.Errorf("test has a class %s, train has none\ngive both the same folders", quote(class))
		}
	}
	if len(inTest) < len(f.Classes) {
		missing := slices.DeleteFunc(slices.Clone(f.Classes), func(c string) bool { return slices.Contains(inTest, c) })
		return fmt.Errorf("train has a class %s, test has none\ngive both the same folders", quote(missing[0]))
	}
	return nil
}

// classes lists the images of the classes in a folder.
func (l *lister) classes(in string, names []string) ([]string, []FolderImage, error) {
	var images []FolderImage
	for class, name := range names {
		of, err := l.images(filepath.Join(in, name), class)
		if err != nil {
			return nil, nil, err
		}
		images = append(images, of...)
	}
	return names, images, nil
}

// folders are the names of the folders in one, sorted.
func (l *lister) folders(in string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(l.root, in))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		// Stat, because a class's folder may be a link to one.
		info, err := os.Stat(filepath.Join(l.root, in, e.Name()))
		if err == nil && info.IsDir() && !isHidden(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// images are those below a folder, in the order of their paths.
func (l *lister) images(in string, class int) ([]FolderImage, error) {
	var images []FolderImage
	// A dot, because a walk does not begin at a link.
	root := filepath.Join(l.root, in) + string(filepath.Separator) + "."
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && isHidden(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case !isImage(e.Name()):
			l.folder.Others++
			return nil
		}
		if l.found++; l.found > maxFolderImages {
			return fmt.Errorf("more than %d images\nname a folder with fewer", maxFolderImages)
		}
		file, err := filepath.Rel(l.root, path)
		images = append(images, FolderImage{filepath.ToSlash(file), class})
		return err
	})
	if _, isPath := errors.AsType[*fs.PathError](err); isPath {
		return nil, fmt.Errorf("%w\nmake it readable", err)
	}
	return images, err
}

// check says what is wrong with a listing.
func (f *Folder) check(path string) error {
	switch n := len(f.Classes); {
	case n < 2:
		return fmt.Errorf("%s has %d folders of images, and a class is one\nput the images of each class into a folder of its own", path, n)
	case n > MaxClasses:
		return fmt.Errorf("%s has %d classes; aeprobe takes up to %d\nleave out some, or name a part of them", path, n, MaxClasses)
	}
	train, test := counts(f.Train, len(f.Classes)), counts(f.Test, len(f.Classes))
	for class, name := range f.Classes {
		switch {
		case !isPlain(name):
			return fmt.Errorf("the folder's name %s cannot be a class's\nname it in at most 60 letters, digits and signs, without line breaks", quote(name))
		case train[class]+test[class] == 0:
			return fmt.Errorf("class %s has no images that end in .png, .jpg, .jpeg or .webp\nadd some, or remove its folder", quote(name))
		case train[class] == 0:
			return fmt.Errorf("class %s has no training images\nadd some, or remove its folder", quote(name))
		case test[class] == 0:
			return fmt.Errorf("class %s has no test images\nadd some, or remove its folder; test_share takes none of a single image", quote(name))
		}
	}
	return nil
}

// split moves a share of each class to the tests, the first ones: its number,
// rounded, but at least one image, and not all.
func (f *Folder) split(share float64) {
	left := counts(f.Train, len(f.Classes))
	for class, n := range left {
		left[class] = min(max(int(math.Round(share*float64(n))), 1), n-1)
	}
	var train []FolderImage
	for _, image := range f.Train {
		if left[image.Class] > 0 {
			left[image.Class]--
			f.Test = append(f.Test, image)
		} else {
			train = append(train, image)
		}
	}
	f.Train = train
}

// shuffle orders images by a hash of the seed and their paths: on every platform
// the same, and an image that is added moves no other.
func shuffle(images []FolderImage, seed uint64) {
	ranks := make(map[string][sha256.Size]byte, len(images))
	for _, image := range images {
		ranks[image.File] = sha256.Sum256([]byte(strconv.FormatUint(seed, 10) + " " + image.File))
	}
	slices.SortFunc(images, func(a, b FolderImage) int {
		x, y := ranks[a.File], ranks[b.File]
		return bytes.Compare(x[:], y[:])
	})
}

func counts(images []FolderImage, classes int) []int {
	n := make([]int, classes)
	for _, image := range images {
		n[image.Class]++
	}
	return n
}

// isImage tells by a file's name.
func isImage(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".webp":
		return true
	}
	return false
}

func isHidden(name string) bool { return strings.HasPrefix(name, ".") }

// isPlain reports whether a name can stand in tables and figures.
func isPlain(name string) bool {
	return utf8.ValidString(name) && utf8.RuneCountInString(name) <= 60 &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == '|' })
}

// withoutPath names a folder as the user did.
func withoutPath(path string, err error) error {
	if wrong, is := errors.AsType[*fs.PathError](err); is && wrong.Err != nil {
		return fmt.Errorf("%s: %w", path, wrong.Err)
	}
	return err
}
