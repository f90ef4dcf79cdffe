package weights

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
)

// alignment of an entry's content in bytes, as torch.save has it, so that the file
// can be mapped into memory.
const alignment = 64

// zipWriter writes entries that are not compressed, in order. The same entries give
// the same bytes.
type zipWriter struct {
	counter
	archive *zip.Writer
	err     error
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

func newZipWriter(w io.Writer) *zipWriter {
	z := &zipWriter{counter: counter{w: w}}
	z.archive = zip.NewWriter(&z.counter)
	return z
}

// add adds an entry, unless one before failed.
func (z *zipWriter) add(name string, content ...[]byte) {
	if z.err != nil {
		return
	}
	if z.err = z.archive.Flush(); z.err != nil {
		return
	}
	h := &zip.FileHeader{Name: name, Method: zip.Store, Extra: padding(z.n + localHeader + len(name))}
	for _, piece := range content {
		h.CRC32 = crc32.Update(h.CRC32, crc32.IEEETable, piece)
		h.UncompressedSize64 += uint64(len(piece))
	}
	h.CompressedSize64 = h.UncompressedSize64
	w, err := z.archive.CreateRaw(h) // which knows the sizes, so that none has to follow the content
	for _, piece := range content {
		if err == nil {
			_, err = w.Write(piece)
		}
	}
	z.err = err
}

// localHeader is the size of what comes before an entry's name, in bytes.
const localHeader = 30

// padding is an extra field, of PyTorch's kind FB, after which content begins at a
// multiple of alignment, where the field begins at a byte.
func padding(at int) []byte {
	const head = 4
	fill := (alignment - (at+head)%alignment) % alignment
	return append([]byte{'F', 'B', byte(fill), 0}, bytes.Repeat([]byte{'Z'}, fill)...)
}

func (z *zipWriter) close() error {
	if z.err != nil {
		return z.err
	}
	return z.archive.Close()
}
