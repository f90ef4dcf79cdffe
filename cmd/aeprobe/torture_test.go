package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Flags of TestTorture; make torture sets them.
var (
	tortureKills   = flag.Int("torture.kills", 8, "number of kills to survive")
	tortureSeed    = flag.Uint64("torture.seed", 1, "seed of the moments of the kills")
	tortureTerm    = flag.Bool("torture.term", false, "send SIGTERM instead of SIGKILL")
	tortureImages  = flag.Int("torture.images", 256, "number of training images of the report, and of test images up to 10,000")
	tortureThreads = flag.Int("torture.threads", 1, "threads of the program")
	tortureRuns    = flag.String("torture.definition", "smoke", "definition of the report, with 16 checkpoints per epoch")
	tortureProgram = flag.String("torture.program", "", "path of the program (default: the one in the test's binary)")
)

// termination is how long aeprobe may take to end after a SIGTERM.
const termination = 5 * time.Second

// killsPerReport is about the number of kills before a report may finish.
const killsPerReport = 15

// TestTorture kills aeprobe with SIGKILL at random moments of a small report,
// again and again, resuming with the same command each time, and compares the
// result with that of an uninterrupted run.
func TestTorture(t *testing.T) {
	program := *tortureProgram
	if program == "" {
		var err error
		if program, err = exec.LookPath("aeprobe"); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.ArtifactDir()
	whole := victim{program: program, definition: *tortureRuns, dir: filepath.Join(dir, "uninterrupted"),
		threads: *tortureThreads, images: *tortureImages, signal: syscall.SIGKILL}
	if *tortureTerm {
		whole.signal = syscall.SIGTERM
	}
	begun := time.Now()
	first, err := whole.live(nil)
	if err != nil {
		t.Fatal(err)
	}
	plot := newTimeline(first)
	say("seed %d: a small report takes %.1f s with --threads %d when nothing kills it, and has %d events\n",
		*tortureSeed, first.ended.Sub(first.begun).Seconds(), *tortureThreads, len(plot.milestones))

	random := rand.New(rand.NewPCG(*tortureSeed, 0))
	toll := newToll()
	reports := 0
	var checked content
	for toll.kills < *tortureKills {
		reports++
		v := whole
		v.dir = filepath.Join(dir, fmt.Sprintf("report-%d", reports))
		before := toll.kills
		if err := v.survive(plot, random, toll); err != nil {
			t.Fatalf("seed %d, report %d: %v", *tortureSeed, reports, err)
		}
		differences, all, err := compareRuns(whole.dir, v.dir)
		if err != nil {
			t.Fatal(err)
		}
		checked = all
		say("report %d: %d kills, %d differences\n", reports, toll.kills-before, len(differences))
		for _, d := range differences {
			t.Errorf("seed %d, report %d, after %d kills: %s", *tortureSeed, reports, toll.kills-before, d)
		}
		if len(differences) > 0 {
			t.Fatalf("%s differs from %s", v.dir, whole.dir) // -artifacts keeps both
		}
		if err := os.RemoveAll(v.dir); err != nil {
			t.Fatal(err)
		}
	}
	say("\n%d kills in %d reports, %.0f s\n%s", toll.kills, reports, time.Since(begun).Seconds(), toll)
	if *tortureTerm {
		say("the longest time from the signal to the end: %.1f s\n", toll.longest.Seconds())
		if toll.longest > termination {
			t.Errorf("seed %d: it took %v to end", *tortureSeed, toll.longest)
		}
	}
	say("compared with the uninterrupted report, each time: %s\n", checked)
	say("differences: none\n")
}

// survive runs the report, killing it, until it finishes.
func (v victim) survive(plot *timeline, random *rand.Rand, toll *toll) error {
	reached := -1 // the place in the timeline up to which it was seen
	for {
		k := plot.next(random, reached)
		l, err := v.live(k)
		if err != nil {
			return err
		}
		reached = max(reached, plot.furthest(l))
		if !l.killed {
			return nil
		}
		if err := toll.count(l, v.dir); err != nil {
			return err
		}
	}
}

// say prints what make torture shows.
func say(format string, args ...any) {
	if testing.Verbose() {
		fmt.Printf(format, args...)
	}
}
