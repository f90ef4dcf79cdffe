package vision

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"aeprobe/config"
)

// Origin says how far a data set is the published one.
type Origin string

const (
	// Official data has the checksums its authors' files have.
	Official Origin = "official"
	// Modified data has the published layout, but other bytes.
	Modified Origin = "modified"
	// Unchecked data has the published layout, and nobody has published its
	// checksums.
	Unchecked Origin = "unchecked"
	// Drawn data is synthetic: made by this package.
	Drawn Origin = "synthetic"
	// Own data is the user's: there is no published one.
	Own Origin = "own"
)

// NoLabel is the label of an image that has none.
const NoLabel = 255

// Dataset is a training and a test split of labelled images, and for some sets
// a third one without labels.
type Dataset struct {
	// Name is the set's name in a definition, such as cifar10. It is the
	// name of what the data is, so "synthetic" where that stands in for
	// another set.
	Name string
	// Called is what tables call it, where that is not the name's title.
	Called string
	// Classes holds the classes' short names, at most 255; a label is an index
	// into it.
	Classes []string
	// Shape is channels, height and width of every image.
	Shape [3]int

	Train, Test Split
	// Unlabelled images are for training without labels; every one's label is
	// NoLabel. Most sets have none.
	Unlabelled Split
	// Pretraining are the images that auto-encoders are trained on instead of Train,
	// by the Key of what their definitions say.
	Pretraining map[config.Pretraining]*Dataset

	Origin Origin
	// Source says in a few words what was read, without the folders above
	// it, such as "cifar-10-batches-bin (binary)".
	Source string
	// Fingerprint is the SHA-256, in hexadecimal, of all splits' labels and
	// pixels. It depends on nothing else: not on the layout, not on the place.
	Fingerprint string
}

// Split is a sequence of labelled images.
type Split struct {
	// Pixels holds the images one after the other, [N, C, H, W], 0..255.
	Pixels []byte
	// Labels holds one class index for each image, or NoLabel, [N].
	Labels []byte
}

// Len is the number of images.
func (s Split) Len() int { return len(s.Labels) }

// Image is the i-th image, [C, H, W], 0 <= i < Len. It shares the split's
// memory.
func (s Split) Image(i int) []byte {
	n := len(s.Pixels) / len(s.Labels)
	return s.Pixels[i*n : (i+1)*n : (i+1)*n]
}

// First is the split's first n images, all of them for 0 or if there are fewer.
func (s Split) First(n int) Split { return s.first(min(n, s.Len())) }

// first is the split's first n images, all of them for 0.
func (s Split) first(n int) Split {
	if n == 0 || n == s.Len() {
		return s
	}
	size := len(s.Pixels) / len(s.Labels) * n
	return Split{Pixels: s.Pixels[:size:size], Labels: s.Labels[:n:n]}
}

// Title is what every table and figure made from the data calls it:
// "CIFAR-10", "modified CIFAR-10" or "synthetic data (not CIFAR-10)", for example.
func (d *Dataset) Title() string {
	title := d.Name
	if s, ok := find(d.Name); ok {
		title = s.title
	}
	switch {
	case d.Called != "":
		return d.Called
	case d.Origin == Modified:
		return "modified " + title
	case d.Origin == Unchecked:
		return title + " (unchecked copy)"
	}
	return title
}

// Limit is the data set of the first train and the first test images, and all
// without labels; 0 means all of them. It shares the memory of d and has a fingerprint of its own.
// It is an error to ask for fewer than 0 images or for more than there are.
func (d *Dataset) Limit(train, test int) (*Dataset, error) {
	if err := checkLimit("training", train, d.Train.Len()); err != nil {
		return nil, err
	}
	if err := checkLimit("test", test, d.Test.Len()); err != nil {
		return nil, err
	}
	limited := *d
	limited.Train, limited.Test = d.Train.first(train), d.Test.first(test)
	if limited.Train.Len() != d.Train.Len() || limited.Test.Len() != d.Test.Len() {
		limited.Fingerprint = limited.fingerprint()
	}
	return &limited, nil
}

func checkLimit(split string, ask, have int) error {
	if ask < 0 || ask > have {
		return fmt.Errorf("cannot take the first %d %s images: there are %d\nask for 1 to %d, or 0 for all of them",
			ask, split, have, have)
	}
	return nil
}

// split is a place in d for a split's images.
func (d *Dataset) split(s split) *Split {
	return [...]*Split{trainSplit: &d.Train, testSplit: &d.Test, unlabelledSplit: &d.Unlabelled}[s]
}

// fingerprint is what Fingerprint says. A split without labels counts only
// where there is one.
func (d *Dataset) fingerprint() string {
	if d.Unlabelled.Len() > 0 {
		return fingerprint(d.Train, d.Test, d.Unlabelled)
	}
	return fingerprint(d.Train, d.Test)
}

// fingerprint hashes, for each split, the number of images (8 bytes, big
// endian), the labels and the pixels.
func fingerprint(splits ...Split) string {
	h := sha256.New()
	for _, s := range splits {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(s.Len()))
		h.Write(n[:])
		h.Write(s.Labels)
		h.Write(s.Pixels)
	}
	return hex.EncodeToString(h.Sum(nil))
}
