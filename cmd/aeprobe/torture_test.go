package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Flags of TestTorture; make torture sets them.
var (
	tortureKills   = flag.Int("torture.kills", 8, "how many kills are to be survived")
	tortureSeed    = flag.Uint64("torture.seed", 1, "seed of where they fall")
	tortureThreads = flag.Int("torture.threads", 1, "threads of the tortured program")
	tortureProgram = flag.String("torture.program", "", "aeprobe to torture (default the one in the test's binary)")
)

// killsPerReport is about how often a report is killed before it is let go to
// its end.
const killsPerReport = 15

// TestTorture kills aeprobe with SIGKILL at random moments of a small report,
// again and again, going on with the same command each time, and compares all
// that it leaves with what an uninterrupted run leaves.
func TestTorture(t *testing.T) {
	program := *tortureProgram
	if program == "" {
		var err error
		if program, err = exec.LookPath("aeprobe"); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.ArtifactDir()
	whole := victim{program, filepath.Join(dir, "uninterrupted"), *tortureThreads}
	begun := time.Now()
	first, err := whole.live(nil)
	if err != nil {
		t.Fatal(err)
	}
	plot := newTimeline(first)
	say("seed %d: a small report takes %.1f s with --threads %d when nothing kills it, and tells of %d events\n",
		*tortureSeed, first.ended.Sub(first.begun).Seconds(), *tortureThreads, len(plot.milestones))

	random := rand.New(rand.NewPCG(*tortureSeed, 0))
	toll := newToll()
	reports := 0
	var checked content
	for toll.kills < *tortureKills {
		reports++
		v := victim{program, filepath.Join(dir, fmt.Sprintf("report-%d", reports)), *tortureThreads}
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
	say("compared with the uninterrupted report, each time: %s\n", checked)
	say("differences: none\n")
}

// survive runs the report, killing it, until it comes to its end.
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
