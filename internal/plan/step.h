// A plan's layers, its memory, and how threads go through a step.
#pragma once

#include <memory>
#include <new>
#include <vector>

#include "barrier.h"
#include "layout.h"
#include "plan.h"

namespace plan {

// Memory from the start of a cache line, so that no vector lies in two, and no two threads
// write to one.
template <class T> struct Lines {
  typedef T value_type;
  static constexpr std::align_val_t line{64};
  Lines() = default;
  template <class U> Lines(const Lines<U> &) {}
  T *allocate(size_t n) { return static_cast<T *>(::operator new(n * sizeof(T), line)); }
  void deallocate(T *p, size_t) { ::operator delete(p, line); }
  template <class U> bool operator==(const Lines<U> &) const { return true; }
  template <class U> bool operator!=(const Lines<U> &) const { return false; }
};

typedef std::vector<float, Lines<float>> Floats;

// A map of a network. Its gradient is needed where parameters before it are
// trained.
struct MapShape {
  int channels, pixels;
  int producer = -1;       // the layer, or -1 for the examples
  bool needs_gradient = false;
  int first_use = 0, last_use = 0; // of its gradient: layers of the way back, the losses' coming before the last
  int buffer = -1;                 // for its gradient
  bool is_relu = false;    // its producer applied a ReLU, whose gradient consumers apply
  size_t floats() const { return static_cast<size_t>(channels) * pixels * GROUP; }
  long vectors() const { return static_cast<long>(channels) * pixels; }
};

struct Parameter : aep_parameter {
  size_t at = 0; // in the gradient
  bool trained() const { return weights != nullptr && average != nullptr; }
};

struct Layer {
  aep_layer spec;
  int output; // map
  Parameter weight, bias;
  std::unique_ptr<ProductLayout> forward, backward; // backward is null where the input needs no gradient
  std::unique_ptr<WeightSumLayout> weight_sum;      // null where the weight is not trained
  Floats forward_weights, backward_weights;         // packed
  Pool pool;
  std::vector<int32_t> windows;
  bool passes_on = false;                           // a gradient to its input
  bool adds = false;                                // to its input's gradient, which a later layer has begun
  bool is_product() const { return spec.kind == AEP_CONV || spec.kind == AEP_CONV_TRANSPOSE; }
};

struct Term {
  int kind, map;
  double weight;
  bool adds; // to its map's gradient
};

// The memory that one group of images at a time goes through. Threads share one,
// or each has its own. Gradients, and maps turned for weights' gradients, take the
// place of others that are needed no more: the less memory a step goes through, the
// more of it is in the cache.
struct Workspace {
  std::vector<Floats> maps, buffers, turned_buffers;
  std::vector<float *> gradients; // by map, null where none is needed
  std::vector<float *> turned;    // by layer
  int32_t images[GROUP];               // -1 for an image, 0 for none
  int32_t labels[GROUP];
  const uint8_t *bytes[GROUP];
  const float *rows[GROUP];
};

class Plan {
public:
  Plan(const Kernels &, const aep_examples &, const aep_layer *, int layers, const aep_loss *, int losses, const aep_training &);

  void set_learning_rate(double rate) { training.learning_rate = rate; }
  void begin(const int64_t *order, int64_t examples, int64_t first, int64_t end, float *losses);
  void work(int thread);
  void evaluate(int64_t first, int64_t end, int map, float *out);
  void evaluate_work(int thread);
  void sums(double *) const;
  const float *gradient(int layer, int bias) const;

private:
  // Gradients are added within a chain of groups, then the chains in order:
  // whoever computes a chain, the sum is the same.
  static constexpr int max_chains = AEP_MAX_CHAINS;

  void add_layer(const aep_layer &);
  void add_loss(const aep_loss &);
  void plan_gradients();
  void share_buffers();
  std::unique_ptr<Workspace> make_workspace() const;
  void add_parameter(Parameter &, const aep_parameter &);
  Window window(const Layer &) const;
  void make_pool(Layer &);
  const float *mask(const Workspace &, int map) const;

  void step(int64_t at, const Crew &everyone);
  void pack(const Crew &);
  void run_group(Workspace &, int64_t first, int count, int group, int chain, bool add, const Crew &);
  void choose(Workspace &, int64_t first, int count) const;
  void fetch(int64_t first, size_t part, size_t parts) const;
  void gather(Workspace &, const Crew &) const;
  void copy_map(const Workspace &, int64_t first, int count) const;
  void forward(Workspace &, const Layer &, const Crew &) const;
  void losses_of(Workspace &, int group, const Crew &);
  void by_input(Workspace &, const Layer &, size_t index, const Crew &) const;
  void by_weights(Workspace &, const Layer &, size_t index, int chain, bool add, const Crew &);
  void update(const Crew &);
  double loss();
  long blocks(const Term &) const;
  long all_blocks() const;

  const Kernels &kernels;
  const aep_examples examples;
  aep_training training;
  std::vector<MapShape> maps;
  std::vector<Layer> layers;
  std::vector<Term> terms;
  std::vector<Parameter> trained;
  size_t parameters = 0; // floats of all that are trained

  std::vector<size_t> buffers; // floats of each buffer for gradients
  std::vector<std::unique_ptr<Workspace>> workspaces;
  std::vector<Floats> chains; // gradients
  std::vector<double> term_sums;
  std::vector<std::vector<double>> partial; // sums of losses, by group: a term's blocks, one term after another
  Barrier barrier, alone{1};

  // Of the call in progress, and of its step.
  const int64_t *order = nullptr;
  int64_t order_size = 0, known = 0, first_step = 0, end_step = 0; // order is known to be right up to known
  float *losses = nullptr;
  int images = 0; // in the batch
  // Of an evaluation.
  int out_map = 0;
  float *out = nullptr;
};

} // namespace plan
