// Streams and graphs of CUDA. install-libtorch.sh makes a library of this file
// where libtorch has CUDA and CUDA's headers are there.

#include "../aeprobe_cuda.h"

#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

#include <ATen/Context.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/version.h>

#include "../guard.h"

namespace {

// libtorch's pool goes round: the 33rd stream taken from it is the first, in
// use or not. Here a stream is given again only after it was left.
std::mutex streams_mutex;
std::vector<c10::cuda::CUDAStream> streams_left;

c10::cuda::CUDAStream take_stream(c10::DeviceIndex device) {
  std::lock_guard<std::mutex> lock(streams_mutex);
  for (auto s = streams_left.begin(); s != streams_left.end(); ++s) {
    if (s->device_index() != device) continue;
    c10::cuda::CUDAStream taken = *s;
    streams_left.erase(s);
    return taken;
  }
  return c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device);
}

// A stream is the current one of the thread that entered it, until it leaves.
struct Stream {
  explicit Stream(c10::cuda::CUDAStream s) : stream(s), current(s) {}
  c10::cuda::CUDAStream stream;
  c10::cuda::CUDAStreamGuard current;
};

// Streams do not wait for one another. So what the thread queued before is
// done when it enters, and what it queued in between when it leaves. To wait
// for the whole device would spoil another thread's recording.
char *stream_enter(int device, aep_stream *out) {
  return guard([&] {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    auto index = static_cast<c10::DeviceIndex>(device);
    c10::cuda::getCurrentCUDAStream(index).synchronize();
    *out = new Stream(take_stream(index));
  });
}

char *stream_leave(aep_stream s) {
  std::unique_ptr<Stream> left(static_cast<Stream *>(s));
  c10::cuda::CUDAStream stream = left->stream;
  char *failure = guard([&] { stream.synchronize(); });
  left.reset();
  std::lock_guard<std::mutex> lock(streams_mutex);
  streams_left.push_back(stream);
  return failure;
}

struct Graph {
  at::cuda::CUDAGraph graph;
  // The memory of what is computed on the way. Nothing else may use it, for a
  // replay writes to the same addresses.
  c10::MempoolId_t pool = at::cuda::graph_pool_handle();
  c10::DeviceIndex device = c10::cuda::current_device();
};

// After a failed recording libtorch may still send allocations to the graph's
// pool, and ask the graph whether to. So the pool is ended by hand, where what
// was ended already fails once more, and the graph stays in memory.
void graph_abandon(aep_graph abandoned) {
  Graph *g = static_cast<Graph *>(abandoned);
  std::free(guard([&] { g->graph.capture_end(); }));
  std::free(guard([&] { c10::cuda::CUDACachingAllocator::endAllocateToPool(g->device, g->pool); }));
  std::free(guard([&] { c10::cuda::CUDACachingAllocator::releasePool(g->device, g->pool); }));
}

// Thread-local: other threads go on meanwhile, and do what would spoil the
// recording if this thread did it, such as waiting for their streams.
char *graph_begin(aep_graph *out) {
  Graph *g = nullptr;
  char *failure = guard([&] {
    c10::cuda::getCurrentCUDAStream().synchronize();
    g = new Graph;
    g->graph.capture_begin(g->pool, cudaStreamCaptureModeThreadLocal);
    *out = g;
  });
  if (failure != nullptr && g != nullptr) graph_abandon(g);
  return failure;
}

char *graph_end(aep_graph g) {
  char *failure = guard([&] { static_cast<Graph *>(g)->graph.capture_end(); });
  if (failure != nullptr) graph_abandon(g);
  return failure;
}

char *graph_replay(aep_graph g) {
  return guard([&] { static_cast<Graph *>(g)->graph.replay(); });
}

// What went wrong in a replay shows where its results are read, too.
void graph_free(aep_graph g) {
  std::free(guard([&] { c10::cuda::getCurrentCUDAStream().synchronize(); }));
  delete static_cast<Graph *>(g);
}

const aep_cuda library = {TORCH_VERSION, stream_enter, stream_leave, graph_begin, graph_end,
                          graph_abandon, graph_replay, graph_free};

} // namespace

extern "C" __attribute__((visibility("default"))) const aep_cuda *aep_cuda_1(void) { return &library; }
