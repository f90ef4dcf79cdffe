package vision

import "io"

// svhn is the source of the cropped digits (Y. Netzer et al., Reading Digits in
// Natural Images with Unsupervised Feature Learning, 2011). The MD5s are
// torchvision's. A label of 10 stands for the digit 0, as which it is read.
func svhn() source {
	format := matFormat(32, 10)
	return source{
		name: "svhn", title: "SVHN", classes: classesOf("svhn"), shape: cifarShape, variable: "SVHN_DIR",
		layouts: []layout{{
			kind: "MATLAB", folder: "svhn",
			files: []file{
				{name: "train_32x32.mat", md5: "e26dedcc434d2e4c54c9b2d4a06d8373", bytes: 182040794, split: trainSplit, to: 73257, format: format},
				{name: "test_32x32.mat", md5: "eb5a983be6a315427106f1b164d9cef3", bytes: 64275384, split: testSplit, to: 26032, format: format},
			},
		}},
		download: published("http://ufldl.stanford.edu/housenumbers/", "", 0),
	}
}

// matFormat is of MAT-files with the images X, [side, side, 3, n], and their
// labels y, [n, 1] or [1, n], from 1 to classes, of which the last is class 0.
func matFormat(side, classes int) format {
	image := 3 * side * side
	return format{
		sizes: func(n int) (least, most int64) {
			size := int64(n) * int64(image+8)
			return matHeader, size + size/1000 + 1<<16 // compressed, or not
		},
		count: func(r io.Reader, _ int64) (int, error) {
			m := mat{side: side, classes: classes, most: 1 << 31}
			return m.count(r)
		},
		decode: func(r io.Reader, _ int64, part Split) error {
			m := mat{side: side, classes: classes, most: 2*int64(len(part.Pixels)) + 1<<20}
			return m.decode(r, part)
		},
	}
}
