package experiments

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

// freeDisk is how many bytes may still be written to the disk on which dir is,
// or will be.
func freeDisk(dir string) (int64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(existing(dir), &disk); err != nil {
		return 0, fmt.Errorf("free space of the disk of %s: %w", dir, err)
	}
	return wholeBytes(float64(disk.Bavail) * float64(disk.Bsize)), nil
}

// existing is dir, or the nearest folder above it that is there.
func existing(dir string) string {
	for {
		above := filepath.Dir(dir)
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || above == dir {
			return dir
		}
		dir = above
	}
}

// writable fails where nothing can be written to dir, which need not be there
// yet.
func writable(dir string) error {
	folder := existing(dir)
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return &fs.PathError{Op: "write to", Path: folder, Err: err}
	}
	return nil
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(info.Size())
}

// availableMemory is how much memory the program can have, what it has by now
// included: what the machine has to give and what each control group (version
// 2) above the program may still take. It is 0 where the system does not say.
// Root is / but in tests.
func availableMemory(root string) int64 {
	available := kilobytes(filepath.Join(root, "proc/meminfo"), "MemAvailable:")
	if available == 0 {
		return 0
	}
	for _, group := range controlGroups(root) {
		limit, errLimit := number(filepath.Join(group, "memory.max"))
		used, errUsed := number(filepath.Join(group, "memory.current"))
		if errLimit != nil || errUsed != nil {
			continue // no limit here
		}
		// Pages of files are given back when memory is short.
		cached := field(filepath.Join(group, "memory.stat"), "inactive_file")
		available = min(available, max(0, limit-used+cached))
	}
	return available + kilobytes(filepath.Join(root, "proc/self/status"), "VmRSS:")
}

// controlGroups are the folders of the program's control group and of those
// above it.
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

// kilobytes is a field of a file as proc/meminfo, in bytes; 0 for none.
func kilobytes(path, name string) int64 { return 1024 * field(path, name) }

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

// number is a file's only number.
func number(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}
