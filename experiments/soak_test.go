package experiments

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

var soakTime = flag.Duration("soak", 0, "how long TestSoak goes on; make soak sets it")

// How far a soak may come away from its baseline, the report after which
// nothing should grow any more.
const (
	soakWarmUp = 2
	// moreThreads allows for those that Go makes while others are busy in C,
	// and keeps for later.
	moreThreads = 4
	// moreMemory is between the medians of the first and of the last third,
	// in kB: the allocator keeps a report's memory in pieces, now more, now
	// less, so single reports differ by more.
	moreMemory = 32 << 10
	// soakMemory is from how many reports on the medians say something.
	soakMemory = 30
)

// TestSoak makes one small report after the other in this process and counts
// what is left of each: tensors, goroutines, threads, open files, memory.
func TestSoak(t *testing.T) {
	sets := []string{"data.train=256", "data.test=100", "evaluate.protocols=[full]", "train.epochs=1"}
	if *soakTime == 0 {
		sets = append(sets, "autoencoders.l1=null", "autoencoders.mse=null", "figures=[architecture]")
	}
	definition := smallReport(t, sets...)
	data := smallData(t, definition)
	begun := time.Now()
	var all []census
	for len(all) < soakWarmUp+2 || time.Since(begun) < *soakTime {
		soakReport(t, definition, data)
		all = append(all, settledCensus(t, all))
		if testing.Verbose() {
			fmt.Printf("%6.0f s  report %4d  %v\n", time.Since(begun).Seconds(), len(all), all[len(all)-1])
		}
	}
	checkSoak(t, all)
}

// settledCensus waits for goroutines that have handed over their results, and
// for their threads, to end.
func settledCensus(t *testing.T, before []census) census {
	t.Helper()
	c := takeCensus(t)
	if len(before) < soakWarmUp {
		return c
	}
	baseline := before[soakWarmUp-1]
	for try := 0; try < 100 && (c.goroutines > baseline.goroutines || c.threads > baseline.threads); try++ {
		time.Sleep(10 * time.Millisecond)
		c = takeCensus(t)
	}
	return c
}

// soakReport makes a whole report in two goes, the first interrupted, two
// stages side by side, and one stage of it again with two threads.
func soakReport(t *testing.T, definition *config.Definition, data *vision.Dataset) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := Options{Dir: dir, Device: torch.CPU, Threads: 2, Events: func(e metrics.Event) {
		if e.Kind == metrics.StageStarted && e.Stage == featuresStage {
			cancel()
		}
	}}
	if err := Run(ctx, definition, data, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := Run(t.Context(), definition, data, o); err != nil {
		t.Fatal(err)
	}
	alone := smallReport(t, "data.train=256", "data.test=100", "evaluate.protocols=[full]", "train.epochs=1",
		"autoencoders.l1=null", "autoencoders.mse=null", "classifiers.random=null", "classifiers.pretrained=null", "classifiers.end_to_end=null")
	o.Dir, o.Only = filepath.Join(t.TempDir(), "alone"), "autoencoders/bce"
	if err := Run(t.Context(), alone, data, o); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, o.Dir} {
		if err := os.RemoveAll(d); err != nil {
			t.Fatal(err)
		}
	}
}

// checkSoak compares what was counted after each report with the baseline.
func checkSoak(t *testing.T, all []census) {
	t.Helper()
	baseline, rest := all[soakWarmUp-1], all[soakWarmUp:]
	for i, c := range rest {
		if c.tensors != baseline.tensors || c.goroutines != baseline.goroutines || c.files != baseline.files ||
			c.threads > baseline.threads+moreThreads {
			t.Errorf("after report %d: %v\nthe baseline:   %v", soakWarmUp+i+1, c, baseline)
		}
	}
	if len(rest) < soakMemory {
		if testing.Verbose() {
			fmt.Printf("memory is judged from %d reports on\n", soakWarmUp+soakMemory)
		}
		return
	}
	third := len(rest) / 3
	first, last := medianMemory(rest[:third]), medianMemory(rest[len(rest)-third:])
	if testing.Verbose() {
		fmt.Printf("memory: %d kB in the first third, %d kB in the last (medians)\n", first, last)
	}
	if last > first+moreMemory {
		t.Errorf("memory grew from %d to %d kB", first, last)
	}
}

func medianMemory(all []census) int {
	var memory []int
	for _, c := range all {
		memory = append(memory, c.memory)
	}
	slices.Sort(memory)
	return memory[len(memory)/2]
}
