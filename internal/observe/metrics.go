package observe

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"aeprobe/internal/metrics"
)

const (
	// tailBytes of metrics hold the last epochs' lines.
	tailBytes = 8192
	// lateEpochs are what an epoch's time is averaged over.
	lateEpochs = 5
)

// readMetrics fills in how far a training is. A last line that is still being
// written does not count.
func (s *Stage) readMetrics(dir string) error {
	tail, whole, err := readTail(filepath.Join(dir, metrics.File))
	if isAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(tail, []byte("\n"))
	if !whole {
		lines = lines[1:] // begins in the middle
	}
	var late []metrics.Epoch
	for _, line := range lines {
		var e metrics.Epoch
		if bytes.HasSuffix(line, []byte("\n")) && json.Unmarshal(line, &e) == nil {
			late = append(late, e)
		}
	}
	if len(late) == 0 {
		return nil
	}
	last := late[len(late)-1]
	s.Epoch, s.Last = last.Epoch, &last
	first := metrics.Epoch{} // the beginning
	if n := len(late) - 1 - lateEpochs; n >= 0 {
		first = late[n]
	} else if late[0].Epoch > 1 {
		first = late[0]
	}
	if epochs := last.Epoch - first.Epoch; epochs > 0 {
		s.EpochSeconds = (last.Seconds - first.Seconds) / float64(epochs)
	}
	return nil
}

// readTail reads the end of a file, and reports whether that is all of it.
func readTail(path string) (tail []byte, whole bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	start := max(0, info.Size()-tailBytes)
	tail, err = io.ReadAll(io.NewSectionReader(f, start, tailBytes))
	return tail, start == 0, err
}
