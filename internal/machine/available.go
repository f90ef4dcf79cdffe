// Package machine knows what this computer has left, estimates what a run will
// take of it, and says what to do when it runs out.
package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// FreeDisk is how many bytes can still be written to the disk that holds dir, or
// will hold it.
func FreeDisk(dir string) (int64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(existing(dir), &disk); err != nil {
		return 0, fmt.Errorf("free space of the disk of %s: %w", dir, err)
	}
	return WholeBytes(float64(disk.Bavail) * float64(disk.Bsize)), nil
}

// existing is dir, or its nearest ancestor that exists.
func existing(dir string) string {
	for {
		above := filepath.Dir(dir)
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || above == dir {
			return dir
		}
		dir = above
	}
}

// Writable fails if nothing can be written to dir, which need not exist yet.
func Writable(dir string) error {
	folder := existing(dir)
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return &fs.PathError{Op: "write to", Path: folder, Err: err}
	}
	return nil
}

// FileSize is in bytes, and 0 for a missing file.
func FileSize(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(info.Size())
}

// AvailableMemory is how many bytes of memory the program can have in all,
// including what it has now: bounded by what the machine has free and by every
// control group (version 2) above the process. It is 0 if the system does not
// say. Root is / except in tests.
func AvailableMemory(root string) int64 {
	available := Kilobytes(filepath.Join(root, "proc/meminfo"), "MemAvailable:")
	if available == 0 {
		return 0
	}
	for _, group := range controlGroups(root) {
		limit, errLimit := Number(filepath.Join(group, "memory.max"))
		used, errUsed := Number(filepath.Join(group, "memory.current"))
		if errLimit != nil || errUsed != nil {
			continue // no limit here
		}
		// Pages of files are given back when memory is short.
		cached := field(filepath.Join(group, "memory.stat"), "inactive_file")
		available = min(available, max(0, limit-used+cached))
	}
	return available + Kilobytes(filepath.Join(root, "proc/self/status"), "VmRSS:")
}

// TotalMemory is how many bytes of memory the machine has, or the smallest limit
// of a control group above the process. It is 0 if the system does not say.
func TotalMemory(root string) int64 {
	total := Kilobytes(filepath.Join(root, "proc/meminfo"), "MemTotal:") + Kilobytes(filepath.Join(root, "proc/meminfo"), "SwapTotal:")
	if total == 0 {
		return 0
	}
	for _, group := range controlGroups(root) {
		if limit, err := Number(filepath.Join(group, "memory.max")); err == nil {
			total = min(total, limit)
		}
	}
	return total
}

// controlGroups are the folders of the process's control group and of its
// ancestors.
func controlGroups(root string) []string {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return nil
	}
	var groups []string
	for line := range strings.Lines(string(text)) {
		path, unified := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for unified {
			groups = append(groups, filepath.Join(root, "sys/fs/cgroup", path))
			if path == "/" || path == "" || path == "." {
				break
			}
			path = filepath.Dir(path)
		}
	}
	return groups
}

// Kilobytes is a field, in kB, of a file like /proc/meminfo, converted to bytes;
// 0 if there is none.
func Kilobytes(path, name string) int64 { return 1024 * field(path, name) }

// field is the number after a name at the beginning of a line; 0 for none.
func field(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == name {
			n, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				return 0
			}
			return min(n, math.MaxInt64/2048)
		}
	}
	return 0
}

// Number reads a file that holds one number.
func Number(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}
