package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"aeprobe/internal/pickle"
)

// What the first two pickles of a legacy file hold.
var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

const legacyProtocol = 1001

// isLegacy holds for what begins as a pickle of protocol 2 or later does, or
// as the magic number of protocols 0 and 1.
func isLegacy(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\x80")) || bytes.HasPrefix(b, []byte("L"+legacyMagic.String()))
}

// readLegacy reads what torch.save wrote before PyTorch 1.6 and still does with
// _use_new_zipfile_serialization=False: five pickles (magic number, protocol,
// system, value, keys of the storages) and then, for each key, the number of
// elements as an int64 and the elements.
func readLegacy(b []byte) (*Source, error) {
	at, err := legacyHeader(b)
	if err != nil {
		return nil, err
	}
	var u unpickler
	root, n, err := u.decode(b[at:])
	if err != nil {
		return nil, err
	}
	at += n
	keys, n, err := pickle.Decoder{}.Decode(b[at:])
	if err != nil {
		return nil, fmt.Errorf("the list of storages: %w", err)
	}
	at += n
	stored, err := legacyStorages(b[at:], keys, u.storages)
	if err != nil {
		return nil, err
	}
	return sourceIn(root, func(s *storage) ([]byte, error) {
		b, ok := stored[s.key]
		if !ok {
			return nil, fmt.Errorf("the file lacks storage %.100q", s.key)
		}
		return b, nil
	})
}

// legacyHeader reads the first three pickles and returns where they end.
func legacyHeader(b []byte) (at int, err error) {
	var header [3]any
	for i := range header {
		v, n, err := pickle.Decoder{}.Decode(b[at:])
		magic, ok := v.(*big.Int)
		if i == 0 && (err != nil || !ok || magic.Cmp(legacyMagic) != 0) {
			return 0, errors.New("a Python pickle, but not one that torch.save wrote" + remedy)
		}
		if err != nil {
			return 0, fmt.Errorf("the file's header: %w", err)
		}
		header[i] = v
		at += n
	}
	if header[1] != int64(legacyProtocol) {
		return 0, fmt.Errorf("the file's protocol is not %d", legacyProtocol)
	}
	system, ok := header[2].(*pickle.Dict)
	if !ok {
		return 0, errors.New("the file does not say what system wrote it")
	}
	if little, _ := system.Get("little_endian"); little != true {
		return 0, errors.New("the file was written on a big-endian machine; only little is read")
	}
	return at, nil
}

// legacyStorages cuts what follows the pickles into storages, by key.
func legacyStorages(b []byte, keys any, known map[string]*view) (map[string][]byte, error) {
	list, ok := keys.(*pickle.List)
	if !ok {
		return nil, errors.New("the file lacks its list of storages")
	}
	stored := map[string][]byte{}
	for _, item := range list.Items {
		key, ok := item.(string)
		s, met := known[key]
		if !ok || !met {
			return nil, errors.New("the list of storages has one that no tensor is in")
		}
		if _, twice := stored[key]; twice {
			return nil, fmt.Errorf("storage %.100q is in the list twice", key)
		}
		if len(b) < 8 {
			return nil, fmt.Errorf("storage %.100q is cut off", key)
		}
		n := binary.LittleEndian.Uint64(b)
		b = b[8:]
		if n != uint64(s.elements) {
			return nil, fmt.Errorf("storage %.100q has %d elements, its tensors say %d", key, n, s.elements)
		}
		if s.width == 0 {
			return nil, fmt.Errorf("storage %.100q is a %.100q, whose size is not known", key, s.class)
		}
		if s.elements > len(b)/s.width {
			return nil, fmt.Errorf("storage %.100q is cut off: %d elements of %s, %d bytes left", key, n, s.dtype, len(b))
		}
		size := s.elements * s.width
		stored[key], b = b[:size:size], b[size:]
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%d bytes follow the last storage", len(b))
	}
	return stored, nil
}
