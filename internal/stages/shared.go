package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/lock"
	"aeprobe/internal/metrics"
)

// This file shares finished stages between run directories. The rules are:
//
//   - A stage is shared under its fingerprint, which all that decides its result
//     goes into, and its name. Whoever shares a folder has to see to it that
//     all its runs compute on the same machinery. What was computed on more than one
//     is not shared.
//   - A shared folder appears whole, by a rename, and never changes. Every file
//     taken from it has the checksum that its result names.
//   - One process makes a stage, the others wait for it and then take it. If the
//     maker stops, one of those that wait makes it.
//   - Files are hard links where the disk allows it: every file of a result is
//     only ever replaced. Metrics are copied, since they may be appended to.

// sharePoll is how often a process looks whether another has finished a stage.
const sharePoll = 500 * time.Millisecond

// sharedFolder is where a stage is shared.
func (d *Dir) sharedFolder(s *Stage) string {
	return filepath.Join(d.Shared, string(s.fingerprint[:2]), string(s.fingerprint)+"-"+strings.ReplaceAll(s.Name, "/", "."))
}

// orShared takes the stage from the shared folder into its own, or makes it and
// shares it.
func (d *Dir) orShared(ctx context.Context, s *Stage, dir string, run func() (*Result, error), finish func(*Result) error) error {
	if d.Shared == "" || !s.Share {
		result, err := run()
		if err != nil {
			return err
		}
		return finish(result)
	}
	shared := d.sharedFolder(s)
	unlock, err := d.waitForShared(ctx, s, shared)
	if err != nil {
		return err
	}
	defer unlock()
	result, err := d.take(s, shared, dir)
	if err != nil {
		return err
	}
	if result != nil {
		d.Events(metrics.Event{Kind: metrics.Note, Stage: s.Name, Message: "taken from another run, which made the same"})
		return WriteJSON(filepath.Join(dir, ResultFile), result)
	}
	if result, err = run(); err != nil {
		return err
	}
	if err := finish(result); err != nil {
		return err
	}
	if len(result.MadeWith.Mixed) > 0 {
		return nil
	}
	return leave(result, dir, shared)
}

// waitForShared locks a stage's shared folder for the process that makes it, or
// returns once the folder can be taken.
func (d *Dir) waitForShared(ctx context.Context, s *Stage, shared string) (unlock func(), err error) {
	said := false
	for {
		held, err := lock.Try(shared+".lock", true)
		if err == nil {
			return func() { _ = held.Unlock() }, nil
		}
		other, is := errors.AsType[*lock.HeldError](err)
		if !is {
			return nil, err
		}
		// What is damaged there is being made again.
		if result, damage, err := s.sharedIn(shared); err == nil && result != nil && damage == "" {
			return func() {}, nil
		}
		if !said {
			said = true
			message := "waits for " + other.Holder + ", which makes the same for another run"
			if other.Remedy != "" {
				message += "; " + other.Remedy
			}
			d.Events(metrics.Event{Kind: metrics.Note, Stage: s.Name, Message: message})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(sharePoll):
		}
	}
}

// take brings a shared stage's files into its folder. The result is nil if there
// is none, or if it is damaged: then it is made anew.
func (d *Dir) take(s *Stage, shared, dir string) (*Result, error) {
	result, damage, err := s.sharedIn(shared)
	if err != nil || result == nil {
		return nil, err
	}
	if damage != "" {
		d.Events(metrics.Event{Kind: metrics.Warning, Stage: s.Name, Message: fmt.Sprintf("%s is damaged (%s); the stage is made here", shared, damage)})
		return nil, nil
	}
	for _, name := range slices.Sorted(maps.Keys(result.Files)) {
		if err := linkOrCopy(filepath.Join(shared, filepath.Base(name)), filepath.Join(dir, filepath.Base(name))); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// sharedIn is the result of the stage in a shared folder, nil if there is none with
// all that the stage wants, and what is wrong with its files.
func (s *Stage) sharedIn(shared string) (result *Result, damage string, err error) {
	result, err = ReadResult(shared)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	for _, name := range s.Wants {
		if _, has := result.Files[name]; !has {
			return nil, "", nil
		}
	}
	missing := result.missing(shared)
	if result.Fingerprint != s.fingerprint {
		missing = append(missing, "its fingerprint is another")
	}
	return result, strings.Join(missing, ", "), nil
}

// leave shares a finished stage, unless it is there already.
func leave(result *Result, dir, shared string) error {
	if old, err := ReadResult(shared); err == nil && len(old.missing(shared)) == 0 {
		return nil
	}
	if err := os.RemoveAll(shared); err != nil { // damaged
		return err
	}
	// Only the holder of the lock gets here, so this is what a killed one left.
	unfinished := shared + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := os.MkdirAll(unfinished, 0o755); err != nil {
		return err
	}
	for name := range result.Files {
		if err := linkOrCopy(filepath.Join(dir, name), filepath.Join(unfinished, name)); err != nil {
			return err
		}
	}
	if err := WriteJSON(filepath.Join(unfinished, ResultFile), result); err != nil {
		return err
	}
	return os.Rename(unfinished, shared)
}

// linkOrCopy makes to the same as from, in place of what was there.
func linkOrCopy(from, to string) error {
	if filepath.Base(from) != metrics.File {
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if os.Link(from, to) == nil {
			return nil
		}
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}
