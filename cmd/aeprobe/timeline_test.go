package main

import (
	"math/rand/v2"
	"time"

	"aeprobe/internal/metrics"
)

// A milestone is an event of aeprobe's, without its numbers.
type milestone struct {
	kind        metrics.EventKind
	stage       string
	epoch, step int
}

// A timeline is the milestones of an uninterrupted report, in order, and the
// times between them.
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

// place is the index of a milestone, -1 for one that an uninterrupted report
// does not have.
func (p *timeline) place(m milestone) int {
	if i, has := p.places[m]; has {
		return i
	}
	return -1
}

// furthest is the last place that a life reached.
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
		if p.milestones[ahead].kind != metrics.Progressed {
			// Steps are many, and everything else happens between these.
			candidates = append(candidates, ahead, ahead, ahead)
		}
	}
	at := candidates[random.IntN(len(candidates))]
	return &kill{at: at, after: time.Duration(random.Float64() * float64(p.gaps[at+1])), plot: p}
}

// A kill is to be made a while after a milestone, or after the first that is
// further on.
type kill struct {
	at    int // place in the timeline, -1 for the start
	after time.Duration
	plot  *timeline
}
