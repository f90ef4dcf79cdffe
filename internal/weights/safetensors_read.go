package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// metadataKey is the one name in a header that is not a tensor's.
const metadataKey = "__metadata__"

// entry describes one tensor in a header. Offsets are its first byte and the
// one after its last, counted from the header's end.
type entry struct {
	DType   DType   `json:"dtype"`
	Shape   numbers `json:"shape"`
	Offsets numbers `json:"data_offsets"`
}

// numbers reads a short JSON array of integers. Left to itself, the decoder
// would first build as many as a hostile header has.
type numbers []int

func (n *numbers) UnmarshalJSON(b []byte) error {
	text, ok := strings.CutPrefix(string(b[:min(len(b), maxNumbers)]), "[")
	text, closed := strings.CutSuffix(text, "]")
	if !ok || !closed {
		return fmt.Errorf("%.40q is not a short array of integers", b)
	}
	*n = numbers{}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	for field := range strings.SplitSeq(text, ",") {
		i, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return fmt.Errorf("%.40q is not an integer", field)
		}
		*n = append(*n, i)
	}
	return nil
}

// maxNumbers is the most bytes of such an array: maxDims integers of 64 bits.
const maxNumbers = maxDims * 24

// ReadSafetensors reads the content of a safetensors file, as described in
// https://huggingface.co/docs/safetensors. The arrays share b's memory.
func ReadSafetensors(b []byte) (*File, error) {
	if len(b) < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes are too few for a file", len(b))
	}
	size := binary.LittleEndian.Uint64(b)
	if left := uint64(len(b) - 8); size > left {
		return nil, fmt.Errorf("safetensors: the header should have %d bytes, %d are left: the file is cut off or no safetensors file", size, left)
	}
	f := &File{Tensors: map[string]Array{}}
	entries, err := readHeader(b[8:8+size], f)
	if err == nil {
		err = slice(b[8+size:], entries, f)
	}
	if err == nil {
		err = verify(f)
	}
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	return f, nil
}

// readHeader reads the tensors' entries, and the metadata into f.
func readHeader(header []byte, f *File) (map[string]entry, error) {
	d := json.NewDecoder(bytes.NewReader(header))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("the header is not a JSON object")
	}
	entries := map[string]entry{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("the header: %w", err)
		}
		name, _ := t.(string) // the decoder lets no other key pass
		if _, twice := entries[name]; twice || name == metadataKey && f.Metadata != nil {
			return nil, fmt.Errorf("%.100q is in the header twice", name)
		}
		if name == metadataKey {
			f.Metadata = map[string]string{}
			if err := d.Decode(&f.Metadata); err != nil {
				return nil, fmt.Errorf("the header's metadata: %w", err)
			}
			continue
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("the header's entry %.100q: %w", name, err)
		}
		entries[name] = e
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the header goes on after its JSON object")
	}
	return entries, nil
}

// slice cuts the data into f's arrays. As the format wants it, they cover the
// data without gap or overlap.
func slice(data []byte, entries map[string]entry, f *File) error {
	for name, e := range entries {
		if e.Shape == nil || len(e.Offsets) != 2 {
			return fmt.Errorf("the header's entry %.100q lacks its shape or its two data_offsets", name)
		}
		begin, end := e.Offsets[0], e.Offsets[1]
		if begin < 0 || end < begin || end > len(data) {
			return fmt.Errorf("tensor %.100q should be bytes %d to %d of %d: the file is cut off or damaged", name, begin, end, len(data))
		}
		a := Array{DType: e.DType, Shape: e.Shape, Data: data[begin:end:end]}
		if err := a.check(); err != nil {
			return fmt.Errorf("tensor %.100q: %w", name, err)
		}
		f.Tensors[name] = a
	}
	names := f.Names()
	slices.SortStableFunc(names, func(a, b string) int {
		return slices.Compare(entries[a].Offsets, entries[b].Offsets)
	})
	at := 0
	for _, name := range names {
		if begin := entries[name].Offsets[0]; begin != at {
			return fmt.Errorf("tensor %.100q begins at byte %d of the data, the one before it ends at %d", name, begin, at)
		}
		at = entries[name].Offsets[1]
	}
	if at != len(data) {
		return fmt.Errorf("%d bytes of data, %d of them in tensors", len(data), at)
	}
	return nil
}
