package machine

import (
	"fmt"
	"math"
	"time"

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
	// Time is how long it will take; nil if nobody estimated that.
	Time *Time `json:"time,omitempty"`
}

// Time is how long a run will take, and how that is known.
type Time struct {
	Seconds float64 `json:"seconds"`
	// Measured, Estimated and Unknown count the stages whose time follows from like
	// ones on this machine, from their FLOPs, and from nothing: those count 0 s.
	Measured  int `json:"measured"`
	Estimated int `json:"estimated"`
	Unknown   int `json:"unknown"`
}

// String is "about 12m03s, as like stages took here" and the like.
func (t Time) String() string {
	long := words.Duration(time.Duration(t.Seconds * float64(time.Second)))
	if t.Seconds < 1 {
		long = "a second or less"
	}
	var text string
	switch {
	case t.Measured+t.Estimated == 0:
		return "time that is not known: nothing like it was measured on this machine"
	case t.Estimated == 0:
		text = "about " + long + ", as like stages took on this machine"
	case t.Measured == 0:
		text = "very roughly " + long + ", estimated from FLOPs: nothing like it was measured on this machine"
	default:
		text = fmt.Sprintf("roughly %s, for %s from FLOPs", long, words.Count(t.Estimated, "stage"))
	}
	if t.Unknown > 0 {
		text += fmt.Sprintf("; and %s whose time is not known", words.Count(t.Unknown, "stage"))
	}
	return text
}

func (n Needs) String() string {
	space := n.space()
	if n.Time == nil {
		return space
	}
	return space + "; " + n.Time.String()
}

// space is disk and memory.
func (n Needs) space() string {
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
