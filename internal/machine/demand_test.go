package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExistingFilesAreOverwritten counts the files of a training that resumes.
func TestExistingFilesAreOverwritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state"), make([]byte, 600), 0o644); err != nil {
		t.Fatal(err)
	}
	d := Demand{Files: map[string]float64{"state": 500, "checkpoint": 1000}, Rest: 7}
	for fresh, want := range map[bool][2]float64{
		false: {1000, (500 + fileBytes - 600) + (1000 + fileBytes) + 7 + stageBytes},
		true:  {1500, (500 + fileBytes) + (1000 + fileBytes) + 7 + stageBytes},
	} {
		least, estimate := d.ToWrite(dir, fresh)
		if got := [2]float64{least, estimate}; got != want {
			t.Errorf("fresh %v: %v, want %v", fresh, got, want)
		}
	}
}

func TestShortage(t *testing.T) {
	enough := Needs{Disk: 10, FreeDisk: 10, Memory: 20, AvailableMemory: 20}
	if got := enough.Shortage("out"); got != "" {
		t.Errorf("got %q for enough", got)
	}
	disk, memory := enough, enough
	disk.Disk, memory.Memory = 11, 21
	if got := disk.Shortage("out"); !strings.Contains(got, "the disk of out may fill up: the run needs about 11 bytes, and 10 bytes are free") {
		t.Errorf("disk: %q", got)
	}
	if got := memory.Shortage("out"); !strings.Contains(got, "memory may run out: the run needs about 21 bytes, and 20 bytes are available") {
		t.Errorf("memory: %q", got)
	}
	if got := (Needs{Disk: 1, FreeDisk: 2}).Shortage("out"); got != "" {
		t.Errorf("memory that is not known: %q", got)
	}
}
