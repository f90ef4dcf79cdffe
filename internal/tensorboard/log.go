package tensorboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/metrics"
)

// EventFile is the event file of a log folder. TensorBoard takes a folder's files
// that contain tfevents, and its name has no time: whoever writes it again replaces
// it.
const EventFile = "events.out.tfevents.0000000000.aeprobe"

// Training is what a log tells of a training.
type Training struct {
	// Group and Parameters are those of Began.
	Group      string
	Parameters map[string]any
	// Begun is when the first epoch began.
	Begun time.Time
	// Epochs are those so far.
	Epochs []metrics.Epoch
	// Finished tells that there are no more to come.
	Finished bool
	// Images are shown at the end, by tag.
	Images map[string]image.Image
}

// Log keeps a log folder's event file up to date. The zero value with a folder
// writes the file anew at its first Update, and adds to it later: a TensorBoard that
// reads it goes on.
type Log struct {
	Dir string
	// written are the lines of the epochs in the file, and whether its end is there.
	written [][]byte
	ended   bool
}

// Ended reports whether the file has the end of a finished training.
func (l *Log) Ended() bool { return l.ended }

// Update brings the file up to t. What it holds already is not written twice: a
// training that goes on from a checkpoint computes its last epochs again, which then
// differ in nothing but the time they took. Where they differ in more, since the
// training began anew, the whole file is replaced.
func (l *Log) Update(t *Training) error {
	lines, err := linesOf(t.Epochs)
	if err != nil {
		return err
	}
	common := min(len(lines), len(l.written))
	same := l.written != nil && slices.EqualFunc(lines[:common], l.written[:common], bytes.Equal)
	if same && len(lines) <= len(l.written) && (t.Finished == l.ended || len(lines) < len(l.written)) {
		return nil
	}
	if !same || l.ended {
		l.written, l.ended = nil, false
	}
	if l.written != nil {
		events, err := t.events(len(l.written), false)
		if err != nil {
			return err
		}
		err = l.add(events)
		if err == nil {
			l.written, l.ended = lines, t.Finished
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// Somebody removed it. There may be no further Update, so that it is now that
		// it has to be written.
		l.written, l.ended = nil, false
	}
	events, err := t.events(0, true)
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(l.Dir, 0o777), atomicfile.WriteBytes(filepath.Join(l.Dir, EventFile), events)); err != nil {
		return err
	}
	l.written, l.ended = lines, t.Finished
	return nil
}

// add adds whole records in one write.
func (l *Log) add(events []byte) error {
	f, err := os.OpenFile(filepath.Join(l.Dir, EventFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(events)
	return errors.Join(err, f.Close())
}

// linesOf are the epochs without the times they took, and never nil.
func linesOf(epochs []metrics.Epoch) ([][]byte, error) {
	lines := make([][]byte, len(epochs))
	for i, e := range epochs {
		e.Seconds = 0
		var err error
		if lines[i], err = json.Marshal(e); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// events are the records of the epochs after the first so many, with the beginning
// of a new file or without, and with the end of a finished training.
func (t *Training) events(after int, isNew bool) ([]byte, error) {
	var b []byte
	if isNew {
		b = slices.Concat(Version(t.Begun), Began(t.Begun, t.Group, t.Parameters))
	}
	at := Moment{Time: t.Begun}
	for i, e := range t.Epochs {
		at = Moment{e.Epoch, t.Begun.Add(time.Duration(e.Seconds * float64(time.Second)))}
		if i < after {
			continue
		}
		values := map[string]float64{"train/loss": e.Loss, "train/seconds": e.Seconds}
		if e.LearningRate != 0 {
			values["train/learning_rate"] = e.LearningRate
		}
		for name, score := range e.Test {
			values["test/"+name] = score
		}
		b = append(b, Scalars(at, values)...)
	}
	if !t.Finished {
		return b, nil
	}
	for _, tag := range slices.Sorted(maps.Keys(t.Images)) {
		shown, err := Image(at, tag, t.Images[tag])
		if err != nil {
			return nil, err
		}
		b = append(b, shown...)
	}
	return append(b, Ended(at.Time)...), nil
}
