// Package torch is what gotch lacks of libtorch and aeprobe needs: seeded
// generators with a state that can be kept, a fused Adam, gradients as a list,
// thread counts, memory formats, device discovery, and CUDA's streams and
// graphs.
//
// libtorch keeps its gradient mode, its thread count and gotch's last error
// per operating-system thread: whoever trains calls [Pin] first and stays on
// that goroutine.
package torch
