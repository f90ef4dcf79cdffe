// Package atomicfile replaces files so that none is ever found half written.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/google/renameio/v2"
)

// Write makes a file with what write writes, or replaces one: whenever the
// process or the machine stops, path holds the old content or the new, whole.
// It returns once the new one is on the disk: the data, in a temporary file of
// the same folder, and the folder, after the file got its name.
//
// On an error, a *fs.PathError of path, the old content stays. A process killed
// meanwhile leaves its temporary file, named as path's last element with a dot
// before and digits after it, for RemoveTemporaries to take away.
func Write(path string, write func(w io.Writer) error) error {
	if err := replace(path, write); err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: reason(err)}
	}
	return nil
}

// WriteBytes is Write of content that is there already.
func WriteBytes(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func replace(path string, write func(w io.Writer) error) error {
	// In path's own folder: one elsewhere could be on another disk.
	dir := filepath.Dir(path)
	t, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithPermissions(0o666))
	if err != nil {
		return err
	}
	defer t.Cleanup()
	b := bufio.NewWriterSize(t, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := t.CloseAtomicallyReplace(); err != nil { // fsync, close, rename
		return err
	}
	return syncDir(dir)
}

// reason is err without the name of the temporary file, which is gone when
// somebody reads it.
func reason(err error) error {
	if e, is := errors.AsType[*fs.PathError](err); is {
		return e.Err
	}
	if e, is := errors.AsType[*os.LinkError](err); is {
		return e.Err
	}
	return err
}

// temporary is how Write names its temporary files: ".state.json123".
var temporary = regexp.MustCompile(`^\..*\.[a-z]+[0-9]+$`)

// RemoveTemporaries takes away what processes killed in the middle of a Write
// left behind in a folder. None may be writing there meanwhile.
func RemoveTemporaries(dir string) error {
	return removeTemporaries(dir, func(fs.DirEntry) bool { return true })
}

// RemoveAbandoned is RemoveTemporaries for a folder where others may be writing: it
// leaves the files that were written to within age.
func RemoveAbandoned(dir string, age time.Duration) error {
	return removeTemporaries(dir, func(e fs.DirEntry) bool {
		info, err := e.Info()
		return err == nil && time.Since(info.ModTime()) > age
	})
}

func removeTemporaries(dir string, wanted func(fs.DirEntry) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !temporary.MatchString(e.Name()) || !wanted(e) {
			continue
		}
		// Another process may have removed it.
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// RemoveTemporariesOf is RemoveTemporaries for what a Write of path left behind, in a
// folder that may have hidden files of others.
func RemoveTemporariesOf(path string) error {
	dir, name := filepath.Split(path)
	return removeTemporaries(filepath.Clean(dir), func(e fs.DirEntry) bool {
		digits, is := strings.CutPrefix(e.Name(), "."+name)
		return is && strings.Trim(digits, "0123456789") == ""
	})
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
