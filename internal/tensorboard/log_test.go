package tensorboard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aeprobe/internal/metrics"
)

// training is that of testdata/events.py.
func training() *Training {
	return &Training{
		Group:      "autoencoders/bce",
		Parameters: map[string]any{"noise": false},
		Begun:      time.UnixMicro(1700000000250000),
		Epochs: []metrics.Epoch{
			{Epoch: 1, Loss: 0.6, Test: metrics.Scores{"bce": 0.55}, Seconds: 1.5},
			{Epoch: 2, Loss: math.NaN(), LearningRate: 0.01, Seconds: 3.25},
		},
		Finished: true,
	}
}

func update(t *testing.T, l *Log, training *Training) []byte {
	t.Helper()
	if err := l.Update(training); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(l.Dir, EventFile))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLogIsWhatTensorBoardWrites compares to the byte.
func TestLogIsWhatTensorBoardWrites(t *testing.T) {
	want, err := os.ReadFile("testdata/events.tfevents")
	if err != nil {
		t.Fatal(err)
	}
	tr := training()
	last, err := tr.events(0, true)
	if err != nil {
		t.Fatal(err)
	}
	version := Version(tr.Begun)
	events := slices.Concat(version, Began(tr.Begun, tr.Group, map[string]any{"batch": 16}), Began(tr.Begun, tr.Group, map[string]any{"freeze": true}),
		Began(tr.Begun, tr.Group, map[string]any{"learning_rate": 0.001}), Began(tr.Begun, tr.Group, map[string]any{"loss": "bce + 0.1 l1"}), last[len(version):])
	// A NaN's bits differ from Python's to Go's.
	for _, b := range [][]byte{want, events} {
		blankNaN(t, b)
	}
	if !bytes.Equal(events, want) {
		t.Errorf("\n%q, TensorBoard has\n%q", events, want)
	}
}

// blankNaN overwrites float32 NaNs, and the checksum of their record.
func blankNaN(t *testing.T, b []byte) {
	t.Helper()
	for _, bits := range []uint32{0x7fc00000, 0x7fc00001} {
		at := bytes.Index(b, append([]byte("train/loss\x15"), binary.LittleEndian.AppendUint32(nil, bits)...))
		if at < 0 {
			continue
		}
		copy(b[at+11:], "nan!")
		for rest := b; len(rest) > 0; {
			size := int(binary.LittleEndian.Uint64(rest)) + 16
			if bytes.Contains(rest[:size], []byte("nan!")) {
				copy(rest[size-4:size], "crc!")
			}
			rest = rest[size:]
		}
		return
	}
	t.Fatal("no NaN")
}

// TestLogHoldsEachEpochOnce follows a training that is looked at twice, is
// interrupted, ends and begins anew.
func TestLogHoldsEachEpochOnce(t *testing.T) {
	tr := training()
	tr.Epochs[1].Loss = 0.5
	whole, err := tr.events(0, true)
	if err != nil {
		t.Fatal(err)
	}
	l := &Log{Dir: filepath.Join(t.TempDir(), "new")}
	at := func(epochs int, finished bool) *Training {
		part := *tr
		part.Epochs, part.Finished = tr.Epochs[:epochs], finished
		return &part
	}
	update(t, l, at(0, false))
	one := update(t, l, at(1, false))
	if again := update(t, l, at(1, false)); !bytes.Equal(again, one) || !bytes.HasPrefix(whole, one) {
		t.Error("an epoch was written twice")
	}
	two := update(t, l, at(2, false))
	if got := update(t, l, at(1, false)); !bytes.Equal(got, two) {
		t.Error("going back to a checkpoint changed the log")
	}
	later := at(2, false)
	later.Epochs = slices.Clone(later.Epochs)
	later.Epochs[1].Seconds++
	if got := update(t, l, later); !bytes.Equal(got, two) {
		t.Error("an epoch that took longer the second time changed the log")
	}
	if got := update(t, l, at(2, true)); !bytes.Equal(got, whole) || !l.Ended() {
		t.Errorf("in three steps %d bytes, in one %d", len(got), len(whole))
	}
	removed := &Log{Dir: filepath.Join(t.TempDir(), "removed")}
	update(t, removed, at(1, false))
	if err := os.RemoveAll(removed.Dir); err != nil {
		t.Fatal(err)
	}
	if got := update(t, removed, at(2, true)); !bytes.Equal(got, whole) || !removed.Ended() {
		t.Errorf("of a log that was removed, %d bytes were written anew, of %d", len(got), len(whole))
	}
	other := at(1, false)
	other.Epochs = []metrics.Epoch{{Epoch: 1, Loss: 0.7}}
	anew, err := other.events(0, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := update(t, l, other); !bytes.Equal(got, anew) || l.Ended() {
		t.Error("a training that began anew did not replace the log")
	}
	if got := update(t, &Log{Dir: l.Dir}, at(2, true)); !bytes.Equal(got, whole) {
		t.Error("another command did not write the log anew")
	}
	entries, err := os.ReadDir(l.Dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files: %v", len(entries), err)
	}
}

// TestMasked has the example of RFC 3720, B.4: 32 bytes of zeros.
func TestMasked(t *testing.T) {
	crc := uint32(0x8a9136aa)
	if got, want := masked(make([]byte, 32)), (crc>>15|crc<<17)+0xa282ead8; got != want {
		t.Errorf("%08x, want %08x", got, want)
	}
}

func TestEmbedding(t *testing.T) {
	dir := t.TempDir()
	e := &Embedding{Values: make([]byte, 24), Points: 3, Width: 2, Columns: []string{"class", "index"},
		Rows: [][]string{{"a\tb\n", "0"}, {"cat", "1"}, {"dog", "2"}}, Sprites: image.NewRGBA(image.Rect(0, 0, 64, 64)), SpriteSize: image.Pt(32, 32)}
	if err := e.Write(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		metadataFile: "class\tindex\na b \t0\ncat\t1\ndog\t2\n",
		ProjectorConfig: "embeddings {\n  tensor_name: \"features\"\n  tensor_path: \"features.bytes\"\n  tensor_shape: 3\n  tensor_shape: 2\n" +
			"  metadata_path: \"features.tsv\"\n  sprite {\n    image_path: \"features.png\"\n    single_image_dim: 32\n    single_image_dim: 32\n  }\n}\n",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	if !slices.Equal(e.Rows[0], []string{"a\tb\n", "0"}) {
		t.Error("the rows were changed")
	}
	e.Points = 4
	if err := e.Write(t.TempDir()); err == nil || !strings.Contains(err.Error(), "24 bytes and 3 rows for 4 points of 2 values") {
		t.Error(err)
	}
	if err := (&Log{Dir: filepath.Join(dir, metadataFile)}).Update(training()); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Error("a file in the way:", err)
	}
}
