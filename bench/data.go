package bench

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"aeprobe/vision"
)

// dataDir is where writeData writes.
func (b *bench) dataDir() string { return filepath.Join(b.dir, "cifar-10-batches-bin") }

// trainFiles is the number of files of training images in CIFAR-10's binary
// layout.
const trainFiles = 5

// writeData writes the images in CIFAR-10's binary layout, so that all
// contenders read the same ones, whatever they were read from.
func (b *bench) writeData() error {
	if err := os.MkdirAll(b.dataDir(), 0o755); err != nil {
		return err
	}
	n := b.Data.Train.Len()
	for i := range trainFiles {
		name := fmt.Sprintf("data_batch_%d.bin", i+1)
		if err := b.writeRecords(name, b.Data.Train, i*n/trainFiles, (i+1)*n/trainFiles); err != nil {
			return err
		}
	}
	return b.writeRecords("test_batch.bin", b.Data.Test, 0, b.Data.Test.Len())
}

// writeRecords writes the images from first to before end: a byte for the
// label, and the pixels.
func (b *bench) writeRecords(name string, s vision.Split, first, end int) error {
	f, err := os.Create(filepath.Join(b.dataDir(), name))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for i := first; i < end; i++ {
		// The writer keeps its first error for Flush to return.
		_ = w.WriteByte(s.Labels[i])
		_, _ = w.Write(s.Image(i))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
