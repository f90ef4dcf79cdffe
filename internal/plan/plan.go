// Package plan trains small convolutional networks on a CPU by plans: a step is
// worked out once, from a list of layers, and then taken without libtorch, in
// memory that is allocated once. It computes what libtorch's autograd and fused
// Adam compute, but for rounding.
//
// A plan works in the memory of the parameters and of Adam's moments. It keeps
// nothing else from one step to the next, so whatever is written there between
// two calls is what the next step starts from.
//
// All sums have a fixed order: the bits of a training do not depend on the number
// of threads, nor on whether vectors are AVX2's or AVX-512's. Whoever changes the
// order of a sum raises [Revision].
package plan

// #cgo CXXFLAGS: -O3 -std=c++17 -Wno-psabi -Wno-maybe-uninitialized
// #cgo LDFLAGS: -lstdc++
// #include <stdlib.h>
// #include "plan.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

// A Plan is a training step. Its methods are not safe for concurrent use, except
// that all threads call Work at the same time.
type Plan struct {
	c       *C.aep_plan
	pinner  runtime.Pinner // of what the plan works on
	call    runtime.Pinner // of what Begin was given
	threads int
	batch   int
	sizes   []int // of the maps, for each example
	losses  int
}

// Revision counts the changes of bits that plans compute, for checkpoints, which must
// not go on with others.
const Revision = 0

// Supported reports whether this processor can run plans: it needs AVX2 and FMA.
func Supported() bool { return C.aep_plan_supported() != 0 }

// New makes a plan. It fails with an [Unsupported] if it cannot train the
// network. The plan uses the memory of every slice in n and t until Close.
func New(n Network, t Training) (*Plan, error) {
	if t.Batch < 1 || len(t.Step) != 1 {
		return nil, fmt.Errorf("a plan for batches of %d, with %d counts of steps", t.Batch, len(t.Step))
	}
	return newPlan(n, t)
}

func newPlan(n Network, t Training) (*Plan, error) {
	if err := n.check(t.Threads); err != nil {
		return nil, err
	}
	p := &Plan{threads: t.Threads, batch: t.Batch, losses: len(n.Losses)}
	for m := range len(n.Layers) + 1 {
		p.sizes = append(p.sizes, elements(n.Shape(m)))
	}
	layers, losses := make([]C.aep_layer, len(n.Layers)), make([]C.aep_loss, len(n.Losses))
	for i, l := range n.Layers {
		layers[i] = p.layer(l)
	}
	for i, l := range n.Losses {
		losses[i] = C.aep_loss{kind: C.int(l.Kind), _map: C.int(l.Map), weight: C.double(l.Weight)}
	}
	e := n.Examples
	examples := C.aep_examples{bytes: (*C.uint8_t)(pin(p, e.Bytes)), floats: (*C.float)(pin(p, e.Floats)),
		pictures: C.int64_t(e.pictures()), index: (*C.int64_t)(pin(p, e.Index)), labels: (*C.int64_t)(pin(p, e.Labels)),
		count: C.int64_t(e.Count), channels: C.int(e.Shape[0]), height: C.int(e.Shape[1]), width: C.int(e.Shape[2])}
	training := C.aep_training{batch: C.int(t.Batch), threads: C.int(t.Threads), narrow: flag(t.Narrow),
		learning_rate: C.double(t.LearningRate), adam_step: (*C.float)(pin(p, t.Step))}
	// They hold pointers to what is pinned, which C may be given if they are
	// pinned themselves.
	p.pinner.Pin(unsafe.SliceData(layers))
	p.pinner.Pin(unsafe.SliceData(losses))
	message := C.aep_plan_new(&examples, unsafe.SliceData(layers), C.int(len(layers)), unsafe.SliceData(losses), C.int(len(losses)),
		&training, &p.c)
	if err := failure(message); err != nil {
		p.pinner.Unpin()
		return nil, &Unsupported{err.Error()}
	}
	return p, nil
}

func (p *Plan) layer(l Layer) C.aep_layer {
	return C.aep_layer{kind: C.int(l.Kind), input: C.int(l.Input),
		channels: C.int(l.Out[0]), height: C.int(l.Out[1]), width: C.int(l.Out[2]),
		kernel_height: C.int(l.Kernel[0]), kernel_width: C.int(l.Kernel[1]), stride: C.int(l.Stride), padding: C.int(l.Padding),
		relu: flag(l.ReLU), detached: flag(l.Detached), weight: p.parameter(l.Weight), bias: p.parameter(l.Bias),
		out_stride: C.int64_t(l.Strides.Out), in_stride: C.int64_t(l.Strides.In), tap_stride: C.int64_t(l.Strides.Tap)}
}

func (p *Plan) parameter(v Parameter) C.aep_parameter {
	return C.aep_parameter{weights: (*C.float)(pin(p, v.Weights)), average: (*C.float)(pin(p, v.Average)),
		square: (*C.float)(pin(p, v.Square)), size: C.int64_t(len(v.Weights))}
}

// pin keeps a slice's memory where it is until p is closed; nil for none.
func pin[T any](p *Plan, s []T) unsafe.Pointer {
	if len(s) == 0 {
		return nil
	}
	at := unsafe.Pointer(unsafe.SliceData(s))
	p.pinner.Pin(at)
	return at
}

// Close frees the plan, not what it works on.
func (p *Plan) Close() {
	C.aep_plan_free(p.c)
	p.c = nil
	p.call.Unpin()
	p.pinner.Unpin()
}

// Begin sets the steps from first to before end of an epoch: step i trains on the
// examples order[i*batch:(i+1)*batch], of which the last step may have fewer, and
// stores their loss, from before the step, in losses[i]. Every thread then calls
// Work; order and losses must stay as they are until all are done.
func (p *Plan) Begin(order []int64, losses []float32, first, end int) error {
	steps := (len(order) + p.batch - 1) / p.batch
	if first < 0 || first >= end || end > steps || end > len(losses) {
		return fmt.Errorf("steps %d to %d of %d, with room for %d losses", first, end, steps, len(losses))
	}
	p.call.Unpin()
	p.call.Pin(unsafe.SliceData(order))
	p.call.Pin(unsafe.SliceData(losses))
	return failure(C.aep_plan_begin(p.c, (*C.int64_t)(unsafe.SliceData(order)), C.int64_t(len(order)), C.int64_t(first),
		C.int64_t(end), (*C.float)(unsafe.SliceData(losses))))
}

// SetLearningRate changes the learning rate of the steps that Begin sets from now
// on.
func (p *Plan) SetLearningRate(rate float64) { C.aep_plan_set_learning_rate(p.c, C.double(rate)) }

// Work does a thread's part of the steps. The threads, counted from 0, wait for
// one another within.
func (p *Plan) Work(thread int) { C.aep_plan_work(p.c, C.int(thread)) }

// Threads is how many threads must call Work.
func (p *Plan) Threads() int { return p.threads }

// gradient is that of the last step by a layer's weight or bias, nil if it is not
// trained.
func (p *Plan) gradient(layer, size int, bias bool) []float32 {
	at := C.aep_plan_gradient(p.c, C.int(layer), flag(bias))
	if at == nil {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(at)), size)
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// failure turns a message of the C side into an error and frees it.
func failure(message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return errors.New(C.GoString(message))
}
