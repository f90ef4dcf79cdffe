package torch

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// A Team is a number of threads that work on one thing together, each on its
// part: the thread that calls Do, and others that wait for it in between.
type Team struct {
	members []*member // all but the caller
	threads sync.WaitGroup
}

// member is a thread of a team's own. begin and ended are the gates before and
// after what it does.
type member struct {
	begin, ended gate
	part         int
	work         func(part int) error // nil to end
	err          error
}

// NewTeam starts a team of threads, at least 1, counting the caller's. Close ends
// them.
func NewTeam(threads int) (*Team, error) {
	t := new(Team)
	for range threads - 1 {
		m := &member{part: len(t.members) + 1, begin: closedGate(), ended: closedGate()}
		started := make(chan error)
		t.threads.Go(func() { m.run(started) })
		if err := <-started; err != nil {
			t.Close()
			return nil, err
		}
		t.members = append(t.members, m)
	}
	return t, nil
}

// run is what a member's thread does, which ends with it.
func (m *member) run(started chan<- error) {
	_, err := Pin()
	started <- err
	if err != nil {
		return
	}
	for {
		m.begin.pass()
		if m.work == nil {
			return
		}
		m.err = m.work(m.part)
		m.ended.open()
	}
}

// Size is the number of threads.
func (t *Team) Size() int { return len(t.members) + 1 }

// Do calls f for every part from 0 to before parts, at most Size, each on a
// thread of its own, part 0 on the caller's. It returns when all have, with all
// their errors.
func (t *Team) Do(parts int, f func(part int) error) error {
	helping := t.members[:parts-1]
	for _, m := range helping {
		m.work = f
		m.begin.open()
	}
	err := f(0)
	for _, m := range helping {
		m.ended.pass()
		err = errors.Join(err, m.err)
	}
	return err
}

// Close ends the team's threads.
func (t *Team) Close() {
	for _, m := range t.members {
		m.work = nil
		m.begin.open()
	}
	t.threads.Wait()
}

// patience is how long a gate is watched before its thread sleeps. Waking up
// takes as long as a good part of a training step, above all in a virtual
// machine; between two steps there is less to wait for than that.
const patience = 200 * time.Microsecond

// A gate lets one thread wait for another, which opens it once for each time
// that it is passed.
type gate struct {
	isOpen, asleep atomic.Bool
	wake           chan struct{}
}

func closedGate() gate { return gate{wake: make(chan struct{}, 1)} }

func (g *gate) open() {
	g.isOpen.Store(true)
	if g.asleep.CompareAndSwap(true, false) {
		g.wake <- struct{}{}
	}
}

func (g *gate) pass() {
	for begun := time.Now(); time.Since(begun) < patience; {
		for range 100 {
			if g.isOpen.Load() {
				g.isOpen.Store(false)
				return
			}
		}
	}
	g.asleep.Store(true)
	// Opened before it slept, the gate has nobody to wake; opened after, it
	// has.
	if !g.isOpen.Load() || !g.asleep.CompareAndSwap(true, false) {
		<-g.wake
	}
	g.isOpen.Store(false)
}
