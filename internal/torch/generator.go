package torch

// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

// Generator is libtorch's CPU random number generator (a Mersenne Twister),
// independent of the process-wide one, so that experiments side by side do not
// take each other's numbers. It draws what PyTorch's default generator draws
// after torch.manual_seed with the same seed.
type Generator struct {
	c C.aep_generator
}

// NewGenerator returns a generator started from seed.
func NewGenerator(seed uint64) (*Generator, error) {
	g := new(Generator)
	if err := failure(C.aep_generator_new(C.uint64_t(seed), &g.c)); err != nil {
		return nil, err
	}
	runtime.AddCleanup(g, func(c C.aep_generator) { C.aep_generator_free(c) }, g.c)
	return g, nil
}

// State is the generator's whole state, as PyTorch's get_state gives it.
func (g *Generator) State() ([]byte, error) {
	defer runtime.KeepAlive(g)
	var size C.size_t
	if err := failure(C.aep_generator_state_size(g.c, &size)); err != nil {
		return nil, err
	}
	state := make([]byte, size)
	err := failure(C.aep_generator_state(g.c, (*C.uint8_t)(unsafe.SliceData(state)), size))
	return state, err
}

// SetState goes on from a state that State gave.
func (g *Generator) SetState(state []byte) error {
	defer runtime.KeepAlive(g)
	if err := failure(C.aep_generator_set_state(g.c, (*C.uint8_t)(unsafe.SliceData(state)), C.size_t(len(state)))); err != nil {
		return fmt.Errorf("random generator state of %d bytes: %w", len(state), err)
	}
	return nil
}

// Int64 draws what torch.empty((), dtype=torch.int64).random_() draws: a
// number from 0 to 2^63-1.
func (g *Generator) Int64() (int64, error) {
	defer runtime.KeepAlive(g)
	var n C.int64_t
	err := failure(C.aep_random_int64(g.c, &n))
	return int64(n), err
}

// Uniform fills t, in the order of its memory, with numbers from [low, high).
func (g *Generator) Uniform(t *ts.Tensor, low, high float64) error {
	defer runtime.KeepAlive(g)
	return failure(C.aep_uniform(g.c, handle(t), C.double(low), C.double(high)))
}

// Normal fills t with numbers of mean 0 and the given standard deviation.
func (g *Generator) Normal(t *ts.Tensor, deviation float64) error {
	defer runtime.KeepAlive(g)
	return failure(C.aep_normal(g.c, handle(t), C.double(deviation)))
}

// Permutation returns the numbers 0 to n-1 in random order, int64 [n].
func (g *Generator) Permutation(n int) (*ts.Tensor, error) {
	defer runtime.KeepAlive(g)
	var out C.aep_tensor
	message := C.aep_randperm(g.c, C.int64_t(n), &out)
	return owned(out, message)
}

// Shuffle returns the order, int64 [n], in which one epoch of PyTorch's
// DataLoader(shuffle=True) visits n examples, taking the same two draws from
// g: the base seed of the loader's workers, which nothing here needs, and the
// seed of the permutation.
func (g *Generator) Shuffle(n int) (*ts.Tensor, error) {
	if _, err := g.Int64(); err != nil {
		return nil, err
	}
	seed, err := g.Int64()
	if err != nil {
		return nil, err
	}
	fresh, err := NewGenerator(uint64(seed))
	if err != nil {
		return nil, err
	}
	return fresh.Permutation(n)
}
