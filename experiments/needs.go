package experiments

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
)

// Needs are what a run will take of the machine, and what there is, in bytes.
// They are estimates, mostly a little high.
type Needs struct {
	// Disk is what the run directory will still grow by, LeastDisk what is
	// certain of that, FreeDisk what there is.
	Disk      int64 `json:"disk"`
	LeastDisk int64 `json:"disk_at_least"`
	FreeDisk  int64 `json:"disk_free"`
	// Memory is the program's at its peak, AvailableMemory what it can have,
	// what it has by now included. Both are 0 where nothing is known of them:
	// on a GPU.
	Memory          int64 `json:"memory,omitempty"`
	AvailableMemory int64 `json:"memory_available,omitempty"`
}

func (n Needs) String() string {
	disk := fmt.Sprintf("about %s of disk, with %s free", bytesText(n.Disk), bytesText(n.FreeDisk))
	if n.Memory == 0 {
		return disk + "; memory is not checked"
	}
	return disk + fmt.Sprintf(", and %s of memory, with %s available", bytesText(n.Memory), bytesText(n.AvailableMemory))
}

// shortage warns of what there is less of than is needed; empty for none.
func (n Needs) shortage(dir string) string {
	switch {
	case n.Disk > n.FreeDisk:
		return fmt.Sprintf("the disk of %s may become full: the run needs about %s, %s are free; "+
			"it would stop then, keep what is done, and go on when there is room", dir, bytesText(n.Disk), bytesText(n.FreeDisk))
	case n.Memory > n.AvailableMemory:
		return fmt.Sprintf("memory may run out: the run needs about %s, %s are available; "+
			"with fewer --threads fewer stages run side by side", bytesText(n.Memory), bytesText(n.AvailableMemory))
	}
	return ""
}

// provide tells what the unfinished stages will take, with a warning where
// that is more than there is. It refuses a run that is certain to fail for want
// of disk: hours later it could only say the same. Memory is never refused for,
// since others may free some meanwhile, and the machine may swap.
func (r *run) provide(unfinished []*stage, wholeReport bool) error {
	if len(unfinished) == 0 {
		return nil
	}
	n, err := r.needs(unfinished, wholeReport)
	if err != nil {
		return err
	}
	r.events(Event{Kind: RunNeeds, Message: n.String(), Needs: &n})
	if n.LeastDisk > n.FreeDisk {
		return fmt.Errorf("the run needs at least %s of disk, and the disk of %s has %s free\nmake room, or use another --out",
			bytesText(n.LeastDisk), r.dir, bytesText(n.FreeDisk))
	}
	if shortage := n.shortage(r.dir); shortage != "" {
		r.events(Event{Kind: Warning, Message: shortage})
	}
	return nil
}

const (
	// programMemory is what the program, libtorch and Go's collector take
	// before there is anything to work on.
	programMemory = 210e6
	// pageBytes is what report.html, results.json and the tables come to,
	// beside the figures: those are in the page as PNG, in base64, 0.8 of
	// their bytes times 4/3.
	pageBytes, pageShare = 200e3, 1.1
)

// needs estimates what the unfinished stages will take.
func (r *run) needs(unfinished []*stage, wholeReport bool) (Needs, error) {
	var least, estimate float64
	var memory []float64
	for _, s := range unfinished {
		dir := filepath.Join(r.dir, s.name)
		l, e := s.takes.toWrite(dir, s.beginsAnew(dir))
		if s.name == figuresStageName && wholeReport {
			e += pageBytes + pageShare*e
		}
		least, estimate = least+l, estimate+e
		memory = append(memory, s.takes.memory)
	}
	n := Needs{Disk: wholeBytes(estimate), LeastDisk: wholeBytes(least)}
	var err error
	if n.FreeDisk, err = freeDisk(r.dir); err != nil {
		return n, err
	}
	if n.AvailableMemory = availableMemory("/"); n.AvailableMemory > 0 && r.device.IsCPU() {
		slices.Sort(memory)
		peak := programMemory + r.imagesMemory()
		for _, m := range memory[max(0, len(memory)-r.slots):] {
			peak += m
		}
		n.Memory = wholeBytes(peak)
	} else {
		n.AvailableMemory = 0
	}
	return n, nil
}

// imagesMemory is what both splits take: in Go, whose collector lets garbage be
// 3 % of it, and in libtorch with labels of 8 bytes.
func (r *run) imagesMemory() float64 {
	var all float64
	for _, split := range []int{r.data.Train.Len(), r.data.Test.Len()} {
		image := float64(r.data.Shape[0]) * float64(r.data.Shape[1]) * float64(r.data.Shape[2])
		all += float64(split) * (1.03*image + 8)
	}
	return all
}

// beginsAnew reports whether what is in the stage's folder will be kept aside.
func (s *stage) beginsAnew(dir string) bool {
	old, err := ReadResult(dir)
	if err != nil || !s.costly {
		return false
	}
	longer, err := lastsLonger(old, s)
	return err == nil && !longer
}

func wholeBytes(x float64) int64 {
	if x >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(x)
}
