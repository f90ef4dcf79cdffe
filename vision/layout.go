package vision

import (
	"fmt"
	"io"
)

// layout is one of the ways in which a data set is published: a folder of
// files, and an archive of that folder.
type layout struct {
	kind       string // binary or python
	folder     string
	archive    string // empty where the files are published one by one
	archiveMD5 string
	files      []file
}

// file holds the images from to to-1 of one split, or only their labels, or
// only their pixels.
type file struct {
	name string
	// md5 is empty where it is not known; only the archive as a whole can then
	// be official.
	md5      string
	split    split
	from, to int
	format   format
	// bytes is the length of a file that is published by itself.
	bytes int64
}

// split is one of a data set's.
type split int

const (
	trainSplit split = iota
	testSplit
	unlabelledSplit
)

// format is how a file's content is read.
type format struct {
	// sizes are the smallest and the largest length in bytes that a whole
	// file of n images can have.
	sizes func(n int) (least, most int64)
	// decode reads a file of size bytes into its part of a split. It reads no
	// more than that and keeps nothing of r.
	decode func(r io.Reader, size int64, part Split) error
	// count is the number of images that a file of size bytes says it has, so that
	// a smaller copy of a set can be used; nil where only a whole one can.
	count func(r io.Reader, size int64) (int, error)
}

// images is the number of images in a split.
func (l layout) images(s split) int {
	n := 0
	for _, f := range l.files {
		if f.split == s {
			n = max(n, f.to)
		}
	}
	return n
}

// allocate gives a data set splits of the layout's sizes.
func (l layout) allocate(d *Dataset) {
	size := d.Shape[0] * d.Shape[1] * d.Shape[2]
	for s := trainSplit; s <= unlabelledSplit; s++ {
		if n := l.images(s); n > 0 {
			*d.split(s) = newSplit(n, size)
		}
	}
	for i := range d.Unlabelled.Labels {
		d.Unlabelled.Labels[i] = NoLabel
	}
}

// in is the file's part of a data set that has been allocated.
func (f file) in(d *Dataset) Split {
	s := d.split(f.split)
	size := len(s.Pixels) / len(s.Labels)
	return Split{Pixels: s.Pixels[f.from*size : f.to*size], Labels: s.Labels[f.from:f.to]}
}

// origin compares the files' MD5s with the published ones.
func (l layout) origin(sums []string) Origin {
	found := Official
	for i, f := range l.files {
		switch {
		case f.md5 == "":
			found = Unchecked
		case sums[i] != f.md5:
			return Modified
		}
	}
	return found
}

// checkSize refuses a file whose length says that it cannot be whole.
func (f file) checkSize(size int64) error {
	n := f.to - f.from
	least, most := f.format.sizes(n)
	switch {
	case size < least:
		return &damage{offset: size, reason: fmt.Sprintf("the file ends here; %d images need %d bytes", n, least)}
	case size > most:
		return &damage{offset: most, reason: fmt.Sprintf("the file should have ended by here and goes on to byte %d", size)}
	}
	return nil
}

// damage is a fault at a byte of a file.
type damage struct {
	offset int64
	reason string
	cause  error
}

func (d *damage) Error() string { return fmt.Sprintf("byte %d: %s", d.offset, d.reason) }
func (d *damage) Unwrap() error { return d.cause }

// refusal is a file that is not what it should be, and what to do about it.
type refusal struct{ reason, remedy string }

func (r *refusal) Error() string { return r.reason }

func newSplit(n, size int) Split {
	return Split{Pixels: make([]byte, n*size), Labels: make([]byte, n)}
}
