package vision

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// A binary file is n records of one label byte and 3072 pixel bytes: 32 rows
// of red, 32 of green, 32 of blue.
const binaryRecord = 1 + cifarImage

func binarySizes(n int) (least, most int64) {
	return int64(n) * binaryRecord, int64(n) * binaryRecord
}

// decodeBinary reads len(labels) records, and the end of the file after them.
// Its own memory is one small buffer.
func decodeBinary(r io.Reader, _ int64, labels, pixels []byte) error {
	br := bufio.NewReaderSize(r, 1<<18)
	for i := range labels {
		at := int64(i) * binaryRecord
		label, err := br.ReadByte()
		if err != nil {
			return readError(at, err)
		}
		if label >= cifarClasses {
			return &damage{at, fmt.Sprintf("image %d has label %d; labels are 0 to %d", i, label, cifarClasses-1)}
		}
		labels[i] = label
		n, err := io.ReadFull(br, pixels[i*cifarImage:(i+1)*cifarImage])
		if err != nil {
			return readError(at+1+int64(n), err)
		}
	}
	end := int64(len(labels)) * binaryRecord
	switch _, err := br.ReadByte(); {
	case err == nil:
		return &damage{end, fmt.Sprintf("the file goes on after its %d images", len(labels))}
	case errors.Is(err, io.EOF):
		return nil
	default:
		return readError(end, err)
	}
}

// readError says at which byte a file could not be read on.
func readError(at int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &damage{at, "the file ends here, too early"}
	}
	return fmt.Errorf("byte %d: %w", at, err)
}
