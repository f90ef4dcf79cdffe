package torch

// #include <stdlib.h>
// #include "native/aeprobe_cuda.h"
//
// static char *graph_begin(const aep_cuda *c, aep_graph *out) { return c->graph_begin(out); }
// static char *graph_end(const aep_cuda *c, aep_graph g) { return c->graph_end(g); }
// static void graph_abandon(const aep_cuda *c, aep_graph g) { c->graph_abandon(g); }
// static char *graph_replay(const aep_cuda *c, aep_graph g) { return c->graph_replay(g); }
// static void graph_free(const aep_cuda *c, aep_graph g) { c->graph_free(g); }
import "C"

import (
	"runtime"
	"sync"
)

// Graph is work for a GPU that was recorded once and is begun again by a
// single call. A step at a small batch is some hundred kernels, each quicker
// than the call that begins it: without a graph the GPU waits.
type Graph struct {
	c C.aep_graph
}

// capturing is held while the process's CUDA generator, which libtorch lets
// every graph register with, may be changed.
var capturing sync.Mutex

// Capture records the work that f begins on a GPU, without doing it: f's own
// tensors hold nothing afterwards. f must have run before, so that libtorch has
// made its preparations, and must not read from the GPU. The caller is
// within OnOwnStream. Where Capture fails, all is as before.
func Capture(f func() error) (*Graph, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := LoadGraphs(); err != nil {
		return nil, err
	}
	capturing.Lock()
	defer capturing.Unlock()
	g := new(Graph)
	if err := failure(C.graph_begin(cuda, &g.c)); err != nil {
		return nil, err
	}
	if err := f(); err != nil {
		C.graph_abandon(cuda, g.c)
		return nil, err
	}
	if err := failure(C.graph_end(cuda, g.c)); err != nil {
		return nil, err
	}
	return g, nil
}

// Replay begins the recorded work again, which reads and writes the same
// tensors as when it was recorded. It does not wait for its end.
func (g *Graph) Replay() error { return failure(C.graph_replay(cuda, g.c)) }

// Drop frees the graph and the memory that its work needs, when the replays
// that were begun have ended.
func (g *Graph) Drop() {
	capturing.Lock()
	defer capturing.Unlock()
	C.graph_free(cuda, g.c)
}
