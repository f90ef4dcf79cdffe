// The C face of cuda/aeprobe_cuda.cpp: what needs CUDA's headers, and so is a
// library of its own, which a running program loads after libtorch's CUDA
// backend. A function that can fail returns an error message that the caller
// frees, or NULL.

#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef void *aep_stream;
typedef void *aep_graph;

typedef struct {
  const char *libtorch; // the version of its headers

  // A stream is entered and left on the same thread.
  char *(*stream_enter)(int device, aep_stream *out);
  char *(*stream_leave)(aep_stream stream);

  // A graph is begun and then either ended or abandoned, on the same thread. A
  // function that fails has abandoned it.
  char *(*graph_begin)(aep_graph *out);
  char *(*graph_end)(aep_graph graph);
  void (*graph_abandon)(aep_graph graph);
  char *(*graph_replay)(aep_graph graph);
  void (*graph_free)(aep_graph graph);
} aep_cuda;

// The library's one exported function. Its number goes up whenever aep_cuda
// changes, so that a library of another aeprobe is known by what it lacks.
const aep_cuda *aep_cuda_1(void);

#ifdef __cplusplus
}
#endif
