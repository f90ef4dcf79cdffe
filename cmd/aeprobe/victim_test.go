package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"aeprobe/experiments"
)

// A victim is a report that aeprobe works on and is killed at.
type victim struct {
	program, dir string
	threads      int
}

// command brings the report up to date. It has every kind of stage, file and
// table, and a checkpoint after every step.
func (v victim) command() *exec.Cmd {
	return exec.Command(v.program, "run", "smoke", "--out", v.dir, "--json", "--threads", strconv.Itoa(v.threads),
		"--set", "data.train=256", "--set", "data.test=100", "--set", "evaluate.protocols=[full]",
		"--set", "train.epochs=2", "--set", "checkpoint.steps=1", "--set", "figures=[architecture,pca,loss-curves,decoded]")
}

// A milestone is something that aeprobe told of, without its numbers. The zero
// milestone is the start of the process.
type milestone struct {
	kind        experiments.EventKind
	stage       string
	epoch, step int
}

// A kill is to be made a while after a milestone, or after the first that is
// further on.
type kill struct {
	at    int // place in the timeline, -1 for the start
	after time.Duration
	plot  *timeline
}

// A life is one process, to its end or its death.
type life struct {
	begun, ended time.Time
	milestones   []milestone
	times        []time.Time
	killed       bool
}

// live starts the process and kills it as k says; a nil k lets it live. An
// error is what the process failed by itself of, or complained of.
func (v victim) live(k *kill) (*life, error) {
	command := v.command()
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l := &life{begun: time.Now()}
	if err := command.Start(); err != nil {
		return nil, err
	}
	// What cannot be killed has ended.
	die := func() { _ = command.Process.Kill() }
	armed := false
	arm := func(at int) {
		if k != nil && !armed && at >= k.at {
			armed = true
			time.AfterFunc(k.after, die)
		}
	}
	arm(-1)
	var complaint error
	for events := json.NewDecoder(stdout); ; {
		var e experiments.Event
		if err := events.Decode(&e); err != nil {
			// A kill can cut a line short.
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				complaint = fmt.Errorf("not an event: %w", err)
				die()
			}
			break
		}
		// A kill must not damage a checkpoint.
		if e.Kind == experiments.Warning && strings.Contains(e.Message, "damaged") {
			complaint = fmt.Errorf("%s: %s", e.Stage, e.Message)
		}
		m := milestone{e.Kind, e.Stage, e.Epoch, e.Step}
		l.milestones, l.times = append(l.milestones, m), append(l.times, time.Now())
		if k != nil {
			arm(k.plot.place(m))
		}
	}
	err = command.Wait()
	l.ended = time.Now()
	if ended, is := errors.AsType[*exec.ExitError](err); is && armed {
		status, is := ended.Sys().(syscall.WaitStatus)
		l.killed = is && status.Signal() == syscall.SIGKILL
	}
	if err != nil && !l.killed {
		return nil, fmt.Errorf("%w\n%s", err, &stderr)
	}
	return l, complaint
}

// A timeline is the milestones of an uninterrupted report, in order, and how long
// it took from each to the next.
type timeline struct {
	milestones []milestone
	places     map[milestone]int
	gaps       []time.Duration // [i] is before milestones[i], the last is after all
}

func newTimeline(l *life) *timeline {
	plot := &timeline{milestones: l.milestones, places: map[milestone]int{}}
	last := l.begun
	for i, m := range l.milestones {
		plot.places[m] = i
		plot.gaps = append(plot.gaps, l.times[i].Sub(last))
		last = l.times[i]
	}
	plot.gaps = append(plot.gaps, l.ended.Sub(last))
	return plot
}

// place is where a milestone lies, -1 for the start and for what an uninterrupted
// report does not tell of.
func (p *timeline) place(m milestone) int {
	if i, has := p.places[m]; has {
		return i
	}
	return -1
}

// furthest is the last place that a life came to.
func (p *timeline) furthest(l *life) int {
	furthest := -1
	for _, m := range l.milestones {
		furthest = max(furthest, p.place(m))
	}
	return furthest
}

// next picks where to kill a report that was seen to have reached a place: at
// the start, there once more, or at one of those ahead, anywhere in the time
// to the milestone after it. Most lives so come further than those before, and
// the report ends, however fast or slow the machine is.
func (p *timeline) next(random *rand.Rand, reached int) *kill {
	stride := max(1, 2*len(p.milestones)/killsPerReport)
	candidates := []int{-1, reached}
	for ahead := reached + 1; ahead < len(p.milestones) && ahead <= reached+stride; ahead++ {
		candidates = append(candidates, ahead)
		if p.milestones[ahead].kind != experiments.Progressed {
			// Steps are many, and everything else happens between these.
			candidates = append(candidates, ahead, ahead, ahead)
		}
	}
	at := candidates[random.IntN(len(candidates))]
	return &kill{at: at, after: time.Duration(random.Float64() * float64(p.gaps[at+1])), plot: p}
}
