package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// This file claims locks on file systems without flock. The rules are:
//
//   - A claim is a file beside the lock's, made with O_EXCL, which NFS has kept
//     since version 3. Its content names the holder.
//   - A claim outlives a killed holder. It is taken over by the same job, begun
//     again, and on the same host once the process is gone. All others have to
//     believe it: the error says which file to remove.
//   - Who takes over first moves the old claim aside, which only one can.
//   - Readers claim nothing; they only respect a writer's claim.

// ClaimSuffix ends the name of a claim, which begins with that of the lock.
const ClaimSuffix = ".claim"

// claim is Try without flock.
func claim(path string, exclusive bool) (*Lock, error) {
	file := path + ClaimSuffix
	for range 2 {
		held, err := readClaim(path)
		switch {
		case err == nil && !held.isOver():
			return nil, &HeldError{Holder: held.String(),
				Remedy: fmt.Sprintf("the file system has no flock; if that process is gone, remove %s", file)}
		case err == nil:
			if err := moveAside(file, held); err != nil {
				return nil, err
			}
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		if !exclusive {
			return &Lock{Claimed: true, unlock: func() error { return nil }}, nil
		}
		err = writeClaim(file)
		if err == nil {
			return &Lock{Claimed: true, unlock: func() error { return os.Remove(file) }}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		// Another process was quicker: look whose it is.
	}
	return nil, &HeldError{Holder: "another process"}
}

func readClaim(path string) (process, error) {
	var held process
	text, err := os.ReadFile(path + ClaimSuffix)
	if err != nil {
		return held, err
	}
	if err := json.Unmarshal(text, &held); err != nil {
		// It is being written, or its holder was killed meanwhile.
		return process{Host: "an unknown host"}, nil
	}
	return held, nil
}

func writeClaim(file string) error {
	text, err := json.Marshal(me())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

// isOver reports whether a claim's holder is known to be gone.
func (p process) isOver() bool {
	now := me()
	if p.Job != "" && p.Job == now.Job && p.Restart < now.Restart {
		return true
	}
	return p.Host == now.Host && p.PID != now.PID && errors.Is(unix.Kill(p.PID, 0), unix.ESRCH)
}

// moveAside removes a claim that is over. Renaming comes first, because between
// reading and removing it could have become somebody else's: that one is put back.
func moveAside(file string, over process) error {
	aside := fmt.Sprintf("%s.%d", file, os.Getpid())
	err := os.Rename(file, aside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another process took it over
	}
	if err != nil {
		return err
	}
	var moved process
	text, err := os.ReadFile(aside)
	if err == nil && json.Unmarshal(text, &moved) == nil && moved != over {
		err = os.Link(aside, file)
	}
	return errors.Join(err, os.Remove(aside))
}
