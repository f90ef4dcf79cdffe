package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"aeprobe/internal/metrics"
)

// A toll counts kills by what aeprobe was doing.
type toll struct {
	kills int
	// longest is the longest time from the signal to the end of a process.
	longest time.Duration
	phases  []string // in the order in which they were first seen
	at      map[string]*phaseToll
}

// phaseToll is the kills in one phase of a report.
type phaseToll struct{ kills, writing int }

func newToll() *toll { return &toll{at: map[string]*phaseToll{}} }

// count adds a life that was killed; the file that it was writing is still in
// the run directory.
func (t *toll) count(l *life, dir string) error {
	phase := "before the first stage"
	if n := len(l.milestones); n > 0 && l.milestones[n-1].stage != "" {
		last := l.milestones[n-1]
		phase = last.stage
		if last.stage == "figures" && last.kind == metrics.StageFinished {
			phase = "tables and page"
		}
	}
	p := t.at[phase]
	if p == nil {
		p = new(phaseToll)
		t.at[phase] = p
		t.phases = append(t.phases, phase)
	}
	left, err := temporaries(dir)
	if err != nil {
		return err
	}
	t.kills++
	t.longest = max(t.longest, l.dying)
	p.kills++
	if len(left) > 0 {
		p.writing++
	}
	return nil
}

func (t *toll) String() string {
	var b strings.Builder
	for _, phase := range t.phases {
		p := t.at[phase]
		fmt.Fprintf(&b, "  %-24s %4d kills, %d of them in the middle of writing a file\n", phase, p.kills, p.writing)
	}
	return b.String()
}

// temporary is the name of a file that is being written.
var temporary = regexp.MustCompile(`^\..*\.[a-z]+[0-9]+$`)

// temporaries are the files below dir that a killed process was writing.
func temporaries(dir string) (found []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && temporary.MatchString(e.Name()) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}
