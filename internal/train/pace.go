package train

import (
	"runtime"
	"time"
)

// pace keeps Go's scheduler from disturbing trainings that share all cores.
type pace struct {
	sharesCores bool
	yielded     time.Time // when last
}

// yieldEvery is well below the 10 ms after which Go's scheduler preempts a
// goroutine.
const yieldEvery = 5 * time.Millisecond

// yield yields to the scheduler every 5 ms. Nothing else is waiting to run; the
// point is to keep the runtime from preempting long cgo calls, for which it
// would wake a thread every 20 microseconds: a tenth of a core. While a core is
// idle yielding costs more than that: another thread wakes up, only to wake
// this one.
func (p *pace) yield() {
	if !p.sharesCores || time.Since(p.yielded) < yieldEvery {
		return
	}
	runtime.Gosched()
	p.yielded = time.Now()
}
