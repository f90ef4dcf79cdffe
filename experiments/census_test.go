package experiments

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/sugarme/gotch/ts"
)

// A census counts what this process holds.
type census struct {
	tensors, goroutines, threads, files int
	memory                              int // kB of this process alone, no file's
}

func takeCensus(t *testing.T) census {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "\nRssAnon:")
	var kilobytes int
	if _, err := fmt.Sscan(line, &kilobytes); err != nil {
		t.Fatalf("/proc/self/status: RssAnon: %v", err)
	}
	return census{
		tensors:    len(ts.ExistingTensors),
		goroutines: runtime.NumGoroutine(),
		threads:    entries(t, "/proc/self/task"),
		files:      entries(t, "/proc/self/fd"),
		memory:     kilobytes,
	}
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func (c census) String() string {
	return fmt.Sprintf("%7d tensors %4d goroutines %4d threads %4d files %7d kB", c.tensors, c.goroutines, c.threads, c.files, c.memory)
}
