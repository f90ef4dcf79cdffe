package vision

import (
	"fmt"
	"io"
)

const (
	cifarImage   = 3 * 32 * 32
	cifarClasses = 10
	// cifarRecords is the number of images in each of the six files.
	cifarRecords = 10000
	// trainFiles of the six come first and make up the training split.
	trainFiles = 5
)

// layout is one of the two ways in which CIFAR-10 is published.
type layout struct {
	kind       string // binary or python
	folder     string
	archive    string
	archiveMD5 string
	// files are the five of training, in order, and the test file.
	files   [trainFiles + 1]file
	records int // images in each file

	// sizes are the smallest and the largest length in bytes that a whole
	// file of n images can have.
	sizes func(n int) (least, most int64)
	// decode reads a file of len(labels) images and size bytes.
	decode func(r io.Reader, size int64, labels, pixels []byte) error
}

type file struct{ name, md5 string }

// The MD5s of the archives are published at
// https://www.cs.toronto.edu/~kriz/cifar.html.

// binaryLayout has the MD5s of its files as unpacked copies of the archive
// have them; several public projects check for the same six.
func binaryLayout() layout {
	return layout{
		kind:       "binary",
		folder:     "cifar-10-batches-bin",
		archive:    "cifar-10-binary.tar.gz",
		archiveMD5: "c32a1d4ab5d03f1284b67883e8d87530",
		files: [...]file{
			{"data_batch_1.bin", "5dd7e06a14cb22eb9f671a540d1b7c25"},
			{"data_batch_2.bin", "5ea93a67294ea407fff1d09f752e9692"},
			{"data_batch_3.bin", "942cd6a4bcdd0dd3c604fbe906cb4421"},
			{"data_batch_4.bin", "ae636b3ba5c66a11e91e8cb52e771fcb"},
			{"data_batch_5.bin", "53f37980c15c3d472c316c40844f3f0d"},
			{"test_batch.bin", "803d5f7f4d78ea53de84dbe85f74fb6d"},
		},
		records: cifarRecords,
		sizes:   binarySizes,
		decode:  decodeBinary,
	}
}

// pythonLayout has the MD5s of its files as torchvision's CIFAR10 checks them.
func pythonLayout() layout {
	return layout{
		kind:       "python",
		folder:     "cifar-10-batches-py",
		archive:    "cifar-10-python.tar.gz",
		archiveMD5: "c58f30108f718f92721af3b95e74349a",
		files: [...]file{
			{"data_batch_1", "c99cafc152244af753f735de768cd75f"},
			{"data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"},
			{"data_batch_3", "54ebc095f3ab1f0389bbae665268c751"},
			{"data_batch_4", "634d18415352ddfa80567beed471001a"},
			{"data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"},
			{"test_batch", "40351d587109b95175f43aff81a1287e"},
		},
		records: cifarRecords,
		sizes:   pythonSizes,
		decode:  decodePython,
	}
}

// checkSize refuses a file whose length says that it cannot be whole.
func (l layout) checkSize(size int64) error {
	least, most := l.sizes(l.records)
	switch {
	case size < least:
		return &damage{size, fmt.Sprintf("the file ends here; %d images need %d bytes", l.records, least)}
	case size > most:
		return &damage{most, fmt.Sprintf("the file should have ended by here and goes on to byte %d", size)}
	}
	return nil
}

// damage is a fault at a byte of a file.
type damage struct {
	offset int64
	reason string
}

func (d *damage) Error() string { return fmt.Sprintf("byte %d: %s", d.offset, d.reason) }

// allocate allocates the splits of a layout and returns them with each
// file's part of them.
func (l layout) allocate() (train, test Split, parts [trainFiles + 1]Split) {
	train, test = newSplit(trainFiles*l.records, cifarImage), newSplit(l.records, cifarImage)
	for i := range parts {
		parts[i] = test
		if i < trainFiles {
			parts[i] = Split{
				Pixels: train.Pixels[i*l.records*cifarImage : (i+1)*l.records*cifarImage],
				Labels: train.Labels[i*l.records : (i+1)*l.records],
			}
		}
	}
	return train, test, parts
}

func newSplit(n, size int) Split {
	return Split{Pixels: make([]byte, n*size), Labels: make([]byte, n)}
}
