package vision

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// cifarImage is the number of pixel bytes in an image of CIFAR-10 or CIFAR-100:
// 32 rows of red, 32 of green, 32 of blue.
const cifarImage = 3 * 32 * 32

var cifarShape = [3]int{3, 32, 32}

// binaryFormat is a sequence of records: label bytes, then 3072 pixel bytes.
// For each label byte, values has the number of values that it may take. The
// last label is the one that is kept.
func binaryFormat(values ...int) format {
	record := len(values) + cifarImage
	return format{
		sizes: func(n int) (least, most int64) { return int64(n * record), int64(n * record) },
		decode: func(r io.Reader, _ int64, part Split) error {
			return decodeBinary(r, values, part.Labels, part.Pixels)
		},
	}
}

// decodeBinary reads len(labels) records, and the end of the file after them.
// Its own memory is one small buffer.
func decodeBinary(r io.Reader, values []int, labels, pixels []byte) error {
	br := bufio.NewReaderSize(r, 1<<18)
	at := int64(0) // the byte that is read next
	for i := range labels {
		for _, n := range values {
			label, err := br.ReadByte()
			if err != nil {
				return readError(at, err)
			}
			if int(label) >= n {
				return &damage{offset: at, reason: fmt.Sprintf("image %d has label %d; labels are 0 to %d", i, label, n-1)}
			}
			labels[i] = label
			at++
		}
		n, err := io.ReadFull(br, pixels[i*cifarImage:(i+1)*cifarImage])
		at += int64(n)
		if err != nil {
			return readError(at, err)
		}
	}
	switch _, err := br.ReadByte(); {
	case err == nil:
		return &damage{offset: at, reason: fmt.Sprintf("the file goes on after its %d images", len(labels))}
	case errors.Is(err, io.EOF):
		return nil
	default:
		return readError(at, err)
	}
}

// readError says at which byte reading a file failed.
func readError(at int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &damage{at, "the file ends here, too early", io.ErrUnexpectedEOF}
	}
	return fmt.Errorf("byte %d: %w", at, err)
}
