package vision

import (
	"fmt"
	"strings"
)

var mnistShape = [3]int{1, 28, 28}

// mnist is the set's source (Y. LeCun, C. Cortes, C. Burges). The MD5s are
// torchvision's, and so is the address: the authors' own asks for a password.
func mnist() source {
	return idxSource("mnist", "MNIST", "MNIST_DIR", "MNIST/raw", "https://ossci-datasets.s3.amazonaws.com/mnist/", []file{
		{name: "train-images-idx3-ubyte.gz", md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873", bytes: 9912422},
		{name: "train-labels-idx1-ubyte.gz", md5: "d53e105ee54ea40749a09fcbcd1e9432", bytes: 28881},
		{name: "t10k-images-idx3-ubyte.gz", md5: "9fb629c4189551a2d022fa330f9573f3", bytes: 1648877},
		{name: "t10k-labels-idx1-ubyte.gz", md5: "ec29112dd5afa0611ce80d1b7f02629c", bytes: 4542},
	})
}

// fashionMNIST is the set's source (H. Xiao, K. Rasul, R. Vollgraf,
// Fashion-MNIST, 2017). The MD5s are the authors'.
func fashionMNIST() source {
	return idxSource("fashion_mnist", "Fashion-MNIST", "FASHION_MNIST_DIR", "FashionMNIST/raw", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", []file{
		{name: "train-images-idx3-ubyte.gz", md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d", bytes: 26421880},
		{name: "train-labels-idx1-ubyte.gz", md5: "25c81989df183df01b3e8a0aad5dffbe", bytes: 29515},
		{name: "t10k-images-idx3-ubyte.gz", md5: "bef4ecab320f06d8554ea6380940ec79", bytes: 4422102},
		{name: "t10k-labels-idx1-ubyte.gz", md5: "bb300cfdad3c16e7a12a480ee83cd310", bytes: 5148},
	})
}

// idxSource is a set of four gzipped files: images and labels for training, and
// both for tests. They may be unpacked, as torchvision leaves them; nobody has
// published MD5s of those.
func idxSource(name, title, variable, folder, address string, files []file) source {
	s := source{name: name, title: title, classes: classesOf(name), shape: mnistShape, variable: variable}
	row := s.row()
	plain := make([]file, len(files))
	for i := range files {
		f := &files[i]
		x := idx{gzipped: true, classes: len(s.classes)}
		if f.split, f.to = trainSplit, row.Train; i >= 2 {
			f.split, f.to = testSplit, row.Test
		}
		if i%2 == 0 {
			x.side = mnistShape[1]
		}
		f.format = x.format()
		x.gzipped = false
		plain[i] = file{name: strings.TrimSuffix(f.name, ".gz"), split: f.split, to: f.to, format: x.format()}
	}
	s.layouts = []layout{{kind: "gzip", folder: folder, files: files}, {kind: "unpacked", folder: folder, files: plain}}
	s.download = published(address, "", 0)
	return s
}

// emnist is the source of one of EMNIST's six splits (G. Cohen, S. Afshar, J.
// Tapson, A. van Schaik, EMNIST: an extension of MNIST to handwritten letters,
// 2017). All six are in one archive, which is kept as it is; its MD5 is
// torchvision's. Images lie on their sides in it, and the letters' labels begin
// with 1.
func emnist(part, title string) source {
	name := "emnist_" + part
	s := source{name: name, title: title, classes: classesOf(name), shape: mnistShape, variable: "EMNIST_DIR", staysPacked: true}
	row := s.row()
	var packed, plain []file
	for _, in := range []struct {
		name  string
		split split
		n     int
	}{{"train", trainSplit, row.Train}, {"test", testSplit, row.Test}} {
		for _, of := range []struct {
			name string
			side int
		}{{"images-idx3", mnistShape[1]}, {"labels-idx1", 0}} {
			x := idx{side: of.side, turned: true, gzipped: true, classes: len(s.classes)}
			if part == "letters" {
				x.first = 1
			}
			f := file{name: fmt.Sprintf("emnist-%s-%s-%s-ubyte.gz", part, in.name, of.name), split: in.split, to: in.n, format: x.format()}
			packed = append(packed, f)
			x.gzipped = false
			f.name, f.format = strings.TrimSuffix(f.name, ".gz"), x.format()
			plain = append(plain, f)
		}
	}
	const md5 = "58c8d27c78d21e728a6bc7b3cc06412e"
	s.layouts = []layout{
		{kind: "gzip", folder: "gzip", archive: "gzip.zip", archiveMD5: md5, files: packed},
		{kind: "unpacked", folder: "EMNIST/raw", files: plain},
	}
	s.download = published("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip", md5, 561753746)
	return s
}
