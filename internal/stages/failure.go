package stages

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aeprobe/internal/atomicfile"
)

// This file leaves marks for whoever looks at a run directory from outside, or
// later. The rule: no stage reads them, so a run does without them where they
// cannot be written.

// FailureFile says, in the folder of a stage that failed, why. It is there until
// the stage is begun again.
const FailureFile = "failure.txt"

// noteFailure keeps why a stage failed.
func (d *Dir) noteFailure(s *Stage, why error) {
	_ = atomicfile.WriteBytes(filepath.Join(d.Folder(s), FailureFile), []byte(why.Error()+"\n"))
}

// ReadFailure is why the stage of a folder failed, and when; empty if it did not.
func ReadFailure(dir string) (why string, at time.Time, err error) {
	path := filepath.Join(dir, FailureFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", at, nil
	}
	if err != nil {
		return "", at, err
	}
	if info, err := os.Stat(path); err == nil {
		at = info.ModTime()
	}
	return string(text), at, nil
}

// markBegun dates a stage's folder: a stage that writes nothing for a while has
// begun, too.
func markBegun(dir string) {
	now := time.Now()
	_ = os.Chtimes(dir, now, now)
}
