// Package torch is what gotch lacks of libtorch and aeprobe needs: seeded
// generators with a state that can be kept, fused optimizers, losses and
// convolutions that are faster than libtorch's, threads, memory formats, device
// discovery, and CUDA's streams and graphs.
//
// libtorch keeps its gradient mode, its thread count and gotch's last error
// per operating-system thread: whoever trains calls [Pin] first and stays on
// that goroutine.
//
// gotch frees a tensor that the garbage collector finds unused, even while
// libtorch reads it. A tensor's owner calls [Drop] when it is done with it, and
// so keeps it until then.
package torch
