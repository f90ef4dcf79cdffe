package machine

import (
	"fmt"
	"math"

	"aeprobe/internal/words"
)

// Needs is what a run will take of the machine, and what the machine has, in
// bytes. They are estimates, mostly a little high.
type Needs struct {
	// Disk is what the run directory will still grow by, LeastDisk what is
	// certain of that, FreeDisk what is free.
	Disk      int64 `json:"disk"`
	LeastDisk int64 `json:"disk_at_least"`
	FreeDisk  int64 `json:"disk_free"`
	// Memory is the program's peak, AvailableMemory what it can have in all.
	// Both are 0 if nothing is known of them, as on a GPU.
	Memory          int64 `json:"memory,omitempty"`
	AvailableMemory int64 `json:"memory_available,omitempty"`
}

func (n Needs) String() string {
	disk := fmt.Sprintf("about %s of disk, with %s free", words.Bytes(n.Disk), words.Bytes(n.FreeDisk))
	if n.Memory == 0 {
		return disk + "; memory is not checked"
	}
	return disk + fmt.Sprintf(", and %s of memory, with %s available", words.Bytes(n.Memory), words.Bytes(n.AvailableMemory))
}

// Shortage warns if disk or memory may run out; it is empty otherwise.
func (n Needs) Shortage(dir string) string {
	switch {
	case n.Disk > n.FreeDisk:
		return fmt.Sprintf("the disk of %s may fill up: the run needs about %s, and %s are free; "+
			"it would stop, keep what is done, and resume when there is room", dir, words.Bytes(n.Disk), words.Bytes(n.FreeDisk))
	case n.Memory > n.AvailableMemory:
		return fmt.Sprintf("memory may run out: the run needs about %s, and %s are available; "+
			"with fewer --threads fewer stages run at once", words.Bytes(n.Memory), words.Bytes(n.AvailableMemory))
	}
	return ""
}

// WholeBytes converts an estimate; what does not fit becomes the largest int64.
func WholeBytes(x float64) int64 {
	if x >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(x)
}
