package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"aeprobe/internal/metrics"
)

// A victim is a report whose run is killed.
type victim struct {
	program, dir    string
	definition      string
	threads, images int
	signal          syscall.Signal // SIGKILL or SIGTERM
}

// command runs the report. It has every kind of stage, file and table, and 16
// checkpoints per epoch.
func (v victim) command() *exec.Cmd {
	args := []string{"run", v.definition, "--out", v.dir, "--json", "--threads", strconv.Itoa(v.threads)}
	for _, set := range []string{
		fmt.Sprint("data.train=", v.images), fmt.Sprint("data.test=", min(v.images, 10000)), "evaluate.protocols=[full]",
		"train.epochs=2", fmt.Sprint("checkpoint.steps=", max(1, v.images/256)), "figures=[architecture,pca,loss-curves,decoded]",
	} {
		args = append(args, "--set", set)
	}
	return exec.Command(v.program, args...)
}

// A life is one process, from start to end or death.
type life struct {
	begun, ended time.Time
	milestones   []milestone
	times        []time.Time
	killed       bool
	// dying is the time from the signal to the end.
	dying time.Duration
}

// live starts the process and kills it as k says; a nil k lets it live. The
// error is the process's own failure or complaint.
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
	var signalled atomic.Pointer[time.Time]
	die := func() {
		now := time.Now()
		signalled.Store(&now)
		_ = command.Process.Signal(v.signal) // fails only if the process has ended
	}
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
		var e metrics.Event
		if err := events.Decode(&e); err != nil {
			// A kill can truncate a line.
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				complaint = fmt.Errorf("not an event: %w", err)
				_ = command.Process.Kill()
			}
			break
		}
		// A kill must not damage a checkpoint.
		if e.Kind == metrics.Warning && strings.Contains(e.Message, "damaged") {
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
	if at := signalled.Load(); at != nil {
		l.dying = l.ended.Sub(*at)
		l.killed = diedOf(err, v.signal)
	}
	if err != nil && !l.killed {
		return nil, fmt.Errorf("%w\n%s", err, &stderr)
	}
	return l, complaint
}

// diedOf reports whether a process ended because of the signal: it may have
// died, or handled it and exited.
func diedOf(err error, signal syscall.Signal) bool {
	ended, is := errors.AsType[*exec.ExitError](err)
	if !is {
		return false
	}
	status, is := ended.Sys().(syscall.WaitStatus)
	return is && (status.Signal() == signal || signal == syscall.SIGTERM && status.ExitStatus() == signalError{signal}.exitCode())
}
