package plan

// #include "plan.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// An Evaluator runs a network forward only. Its methods are not safe for
// concurrent use, except that all threads call Work at the same time.
type Evaluator struct{ p *Plan }

// NewEvaluator makes an evaluator of n, whose losses need not use every layer. It
// uses the memory of every slice in n until Close, and reads the weights anew for
// each call of Begin. narrow is that of Training.
func NewEvaluator(n Network, threads int, narrow bool) (*Evaluator, error) {
	p, err := newPlan(n, Training{Threads: threads, Narrow: narrow})
	if err != nil {
		return nil, err
	}
	return &Evaluator{p}, nil
}

// Begin sets the examples from first to before end. out, if not nil, is room for
// what the network makes of each of them in map m, in row-major order [C, H, W].
// Every thread then calls Work, and out must stay until all are done.
func (e *Evaluator) Begin(first, end, m int, out []float32) error {
	if m < 0 || m >= len(e.p.sizes) || out != nil && len(out) != (end-first)*e.p.sizes[m] {
		return fmt.Errorf("room for %d numbers of map %d of %d examples", len(out), m, end-first)
	}
	e.p.call.Unpin()
	if out != nil {
		e.p.call.Pin(unsafe.SliceData(out))
	}
	return failure(C.aep_plan_evaluate(e.p.c, C.int64_t(first), C.int64_t(end), C.int(m), (*C.float)(unsafe.SliceData(out))))
}

// Work does a thread's part. Threads are counted from 0.
func (e *Evaluator) Work(thread int) { C.aep_plan_evaluate_work(e.p.c, C.int(thread)) }

// Sums are those of each of the network's losses, over the examples and, but for
// CrossEntropy, the values of each. Their bits do not depend on the threads.
func (e *Evaluator) Sums() []float64 {
	sums := make([]float64, e.p.losses)
	if len(sums) > 0 {
		C.aep_plan_sums(e.p.c, (*C.double)(unsafe.SliceData(sums)))
	}
	return sums
}

// Threads is how many threads must call Work.
func (e *Evaluator) Threads() int { return e.p.threads }

// Close frees the evaluator, not what it works on.
func (e *Evaluator) Close() { e.p.Close() }
