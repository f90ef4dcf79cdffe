package weights

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// WriteAtomic makes a file with what write writes, or replaces one: whenever
// the process or the machine stops, path holds the old content or the new,
// whole. It returns once the new one is on the disk: the data, in a temporary
// file of the same folder, and the folder, after the file got its name.
//
// On an error the old content stays. A process killed meanwhile leaves its
// temporary file, named as path's last element with a dot before and digits
// after it.
func WriteAtomic(path string, write func(w io.Writer) error) error {
	// In path's own folder: one elsewhere could be on another disk.
	dir := filepath.Dir(path)
	t, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithPermissions(0o666))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer t.Cleanup()
	b := bufio.NewWriterSize(t, 1<<16)
	if err := write(b); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := t.CloseAtomicallyReplace(); err != nil { // fsync, close, rename
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// syncDir makes a rename in a folder survive a power cut; renameio leaves it
// out.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
