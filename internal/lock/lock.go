// Package lock keeps processes apart that share files, also over a network.
//
// The rules: flock decides wherever the file system has it; Linux NFS and Lustre
// with -o flock make it hold for all nodes. Where there is none, a claim does
// (claim.go), and whoever locks is told so, to warn once. A lock never waits, and
// names its holder: host, process and job. A lock file stays when it is free,
// because removing it would let two processes hold locks of one name.
package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// A Lock is held until Unlock.
type Lock struct {
	// Claimed tells that the file system has no flock.
	Claimed bool
	unlock  func() error
}

// Unlock lets others have it.
func (l *Lock) Unlock() error { return l.unlock() }

// HeldError says that another process holds a lock.
type HeldError struct {
	// Holder is "process 17 on HOST", and its job if it has one.
	Holder string
	// Remedy is for a claim whose holder may be gone; empty otherwise.
	Remedy string
}

func (e *HeldError) Error() string {
	if e.Remedy == "" {
		return "in use by " + e.Holder
	}
	return "in use by " + e.Holder + "\n" + e.Remedy
}

// Try locks the file at path, which it makes, exclusively or together with other
// readers. If another process holds it, the error is a *HeldError.
func Try(path string, exclusive bool) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f := flock.New(path)
	ok, err := tryFlock(f, exclusive)
	switch {
	case unsupported(err):
		_ = f.Close()
		return claim(path, exclusive)
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", path, err)
	case !ok:
		return nil, &HeldError{Holder: nameIn(path)}
	}
	if exclusive {
		if err := os.WriteFile(path, []byte(me().String()), 0o644); err != nil {
			return nil, errors.Join(err, f.Unlock())
		}
	}
	return &Lock{unlock: f.Unlock}, nil
}

// Glance is longer than Holder has any lock. Who finds a lock held does well to try
// again after it, before believing so.
const Glance = 50 * time.Millisecond

// Holder is who holds the lock at path, empty if nobody does. It changes nothing.
func Holder(path string) (string, error) {
	if c, err := readClaim(path); err == nil && !c.isOver() {
		return c.String(), nil
	}
	f := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := tryFlock(f, false)
	switch {
	case unsupported(err):
		return "", f.Close()
	case err != nil:
		return "", err
	case free:
		return "", f.Unlock()
	}
	return nameIn(path), nil
}

// tryFlock is replaced by tests, which have no file system without flock.
var tryFlock = func(f *flock.Flock, exclusive bool) (bool, error) {
	if exclusive {
		return f.TryLock()
	}
	return f.TryRLock()
}

// unsupported reports whether an error is that of a file system without flock.
func unsupported(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOLCK) || errors.Is(err, unix.EOPNOTSUPP)
}

// nameIn is the process that a lock file names.
func nameIn(path string) string {
	name, err := os.ReadFile(path)
	if err != nil || len(name) == 0 {
		return "another process"
	}
	return string(name)
}
