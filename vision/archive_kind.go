package vision

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
)

// kind is what a file is by its content. Names do not count: a browser unzips
// what it saves, or saves a page under the archive's name.
type kind int

const (
	unknown kind = iota
	tarball
	gzipped
	zipped
)

const downloadAgain = "download it again, or name another copy with --data"

// headSize is as many bytes as kindOf looks at: a tar's first header.
const headSize = 512

// kindOf is the kind of a file that is read, or a refusal of one that is not,
// which says what is expected.
func kindOf(r io.ReaderAt, expected string) (kind, error) {
	head := make([]byte, headSize)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return unknown, err
	}
	head = head[:n]
	switch {
	case n == 0:
		return unknown, &refusal{"the file is empty", downloadAgain}
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return gzipped, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipped, nil
	case isTar(head):
		return tarball, nil
	case strings.HasPrefix(http.DetectContentType(head), "text/html"):
		return unknown, &refusal{"this is a web page, not an archive",
			"a server or proxy sent a page in place of the file: " + downloadAgain}
	}
	for _, packer := range []struct{ name, begin string }{
		{"xz", "\xfd7zXZ\x00"}, {"bzip2", "BZh"}, {"zstd", "\x28\xb5\x2f\xfd"}, {"7z", "7z\xbc\xaf\x27\x1c"}, {"rar", "Rar!\x1a\x07"},
	} {
		if bytes.HasPrefix(head, []byte(packer.begin)) {
			return unknown, &refusal{"this is a " + packer.name + " archive, not a tar.gz, tar or zip", "unpack it and name the folder with --data"}
		}
	}
	return unknown, &refusal{"this is not a tar.gz, tar or zip", expected}
}

// isTar says whether a file begins with a tar's header, whose checksum is
// right.
func isTar(head []byte) bool {
	if len(head) < headSize || head[0] == 0 {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(head)).Next()
	return !errors.Is(err, tar.ErrHeader)
}
