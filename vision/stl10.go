package vision

import (
	"bufio"
	"io"
)

// stl10 is the set's source (A. Coates, H. Lee, A. Y. Ng, An Analysis of Single
// Layer Networks in Unsupervised Feature Learning, 2011). The MD5s are
// torchvision's. Its 100,000 images without labels are read only where they are
// asked for: they take 2.8 GB.
func stl10() source {
	const md5, side = "91f7769df0f17e558f3565bffb0c7dfb", 96
	pixels, labels := columnsFormat(side), bytesFormat(10, 1)
	return source{
		name: "stl10", title: "STL-10", classes: classesOf("stl10"), shape: [3]int{3, side, side}, variable: "STL10_DIR",
		layouts: []layout{{
			kind: "binary", folder: "stl10_binary", archive: "stl10_binary.tar.gz", archiveMD5: md5,
			files: []file{
				{name: "train_X.bin", md5: "918c2871b30a85fa023e0c44e0bee87f", split: trainSplit, to: 5000, format: pixels},
				{name: "train_y.bin", md5: "5a34089d4802c674881badbb80307741", split: trainSplit, to: 5000, format: labels},
				{name: "test_X.bin", md5: "7f263ba9f9e0b06b93213547f721ac82", split: testSplit, to: 8000, format: pixels},
				{name: "test_y.bin", md5: "36f9794fa4beb8a2c72628de14fa638e", split: testSplit, to: 8000, format: labels},
				{name: "unlabeled_X.bin", md5: "5242ba1fed5e4be9e1e742405eb56ca4", split: unlabelledSplit, to: 100000, format: pixels},
			},
		}},
		download: published("http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", md5, 2640397119),
	}
}

// columnsFormat is of square colour images without a header, whose planes are
// stored column by column.
func columnsFormat(side int) format {
	size := int64(3 * side * side)
	return format{
		sizes: func(n int) (least, most int64) { return int64(n) * size, int64(n) * size },
		count: func(_ io.Reader, bytes int64) (int, error) { return int(bytes / size), nil },
		decode: func(r io.Reader, _ int64, part Split) error {
			in := &counter{r: r}
			if n, err := io.ReadFull(in, part.Pixels); err != nil {
				return readError(int64(n), err)
			}
			for i := range part.Len() {
				eachPlane(part.Image(i), side, transpose)
			}
			return atEnd(in, part.Len())
		},
	}
}

// bytesFormat is of labels alone, a byte each, of which first is the lowest.
func bytesFormat(classes, first int) format {
	return format{
		sizes: func(n int) (least, most int64) { return int64(n), int64(n) },
		count: func(_ io.Reader, bytes int64) (int, error) { return int(bytes), nil },
		decode: func(r io.Reader, _ int64, part Split) error {
			in := &counter{r: bufio.NewReader(r)}
			if err := readLabels(in, part.Labels, classes, first); err != nil {
				return err
			}
			return atEnd(in, part.Len())
		},
	}
}

// eachPlane calls f with each channel of a square image.
func eachPlane(image []byte, side int, f func(plane []byte, side int)) {
	for ; len(image) > 0; image = image[side*side:] {
		f(image[:side*side], side)
	}
}
