#include "plan.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include "step.h"

namespace plan {

Plan::Plan(const Kernels &k, const aep_examples &e, const aep_layer *specs, int nlayers, const aep_loss *loss_specs, int nlosses,
           const aep_training &t)
    : kernels(k), examples(e), training(t), barrier(t.threads) {
  if (e.index != nullptr)
    for (int64_t i = 0; i < e.count; i++)
      if (e.index[i] < 0 || e.index[i] >= e.pictures) throw std::out_of_range("an example of a picture that is not there");
  maps.push_back({e.channels, e.height * e.width});
  layers.reserve(nlayers);
  for (int i = 0; i < nlayers; i++) add_layer(specs[i]);
  for (int i = 0; i < nlosses; i++) add_loss(loss_specs[i]);
  plan_gradients();
  const int groups = (t.batch + GROUP - 1) / GROUP;
  chains.assign(std::min(groups, max_chains), Floats(parameters));
  partial.assign(groups, std::vector<double>(all_blocks()));
  term_sums.resize(terms.size());
  share_buffers();
  for (int i = 0; i < (t.batch == 0 ? t.threads : std::min(groups, t.threads)); i++) workspaces.push_back(make_workspace());
}

std::unique_ptr<Workspace> Plan::make_workspace() const {
  auto w = std::make_unique<Workspace>();
  for (size_t n : buffers) w->buffers.emplace_back(n);
  for (const MapShape &m : maps) {
    w->maps.emplace_back(m.floats());
    w->gradients.push_back(m.buffer < 0 ? nullptr : w->buffers[m.buffer].data());
  }
  // A layer's turned map is read while that of the layer before it is written.
  size_t most = 0;
  for (const Layer &l : layers) most = std::max(most, l.weight_sum ? l.weight_sum->turned() : 0);
  w->turned_buffers.assign(2, Floats(most));
  for (size_t i = 0; i < layers.size(); i++) w->turned.push_back(w->turned_buffers[i % 2].data());
  return w;
}

// share_buffers gives each gradient a buffer that holds no other one at the same
// time. A gradient is begun by the losses or the last layer that reads its map,
// and read for the last time with the layer before its producer: see run_group.
void Plan::share_buffers() {
  std::vector<MapShape *> in_order;
  for (size_t m = 1; m < maps.size(); m++) {
    MapShape &map = maps[m];
    if (!map.needs_gradient) continue;
    map.first_use = -1, map.last_use = map.producer - 1;
    for (size_t i = 0; i < layers.size(); i++)
      if (layers[i].passes_on && layers[i].spec.input == static_cast<int>(m)) map.first_use = i;
    for (const Term &t : terms)
      if (t.map == static_cast<int>(m)) map.first_use = layers.size();
    in_order.push_back(&map);
  }
  std::stable_sort(in_order.begin(), in_order.end(), [](const MapShape *a, const MapShape *b) { return a->first_use > b->first_use; });
  std::vector<int> free_after; // the last use of each buffer so far; uses go down
  for (MapShape *map : in_order) {
    size_t b = 0;
    while (b < buffers.size() && free_after[b] <= map->first_use) b++;
    if (b == buffers.size()) buffers.push_back(0), free_after.push_back(0);
    buffers[b] = std::max(buffers[b], map->floats());
    free_after[b] = map->last_use;
    map->buffer = b;
  }
}

void Plan::add_parameter(Parameter &p, const aep_parameter &spec) {
  static_cast<aep_parameter &>(p) = spec;
  if (training.batch == 0) p.average = nullptr; // forward only
  if (!p.trained()) return;
  p.at = parameters;
  parameters += p.size;
  trained.push_back(p);
}

Window Plan::window(const Layer &l) const {
  const aep_layer &s = l.spec;
  const MapShape &from = maps[s.input];
  const aep_layer *before = from.producer < 0 ? nullptr : &layers[from.producer].spec;
  const int height = before ? before->height : examples.height, width = before ? before->width : examples.width;
  if (s.kind == AEP_CONV_TRANSPOSE) return {s.height, s.width, height, width, s.kernel_height, s.kernel_width, s.stride, s.padding};
  return {height, width, s.height, s.width, s.kernel_height, s.kernel_width, s.stride, s.padding};
}

void Plan::add_layer(const aep_layer &spec) {
  const int index = layers.size();
  layers.emplace_back();
  Layer &l = layers.back();
  l.spec = spec, l.output = index + 1;
  const bool input_needs = l.passes_on = !spec.detached && maps[spec.input].needs_gradient;
  const int in_channels = maps[spec.input].channels;
  MapShape to{spec.channels, spec.height * spec.width, index};
  if (l.is_product()) {
    add_parameter(l.weight, spec.weight);
    add_parameter(l.bias, spec.bias);
    const Window w = window(l);
    const bool gathers = spec.kind == AEP_CONV;
    l.forward = std::make_unique<ProductLayout>(w, gathers, in_channels, spec.channels, kernels.sums, training.threads);
    l.forward_weights.resize(l.forward->weights());
    if (input_needs) {
      l.backward = std::make_unique<ProductLayout>(w, !gathers, spec.channels, in_channels, kernels.sums, training.threads);
      l.backward_weights.resize(l.backward->weights());
    }
    if (l.weight.trained())
      l.weight_sum = gathers
          ? std::make_unique<WeightSumLayout>(w, in_channels, spec.channels, spec.in_stride, spec.out_stride, spec.tap_stride)
          : std::make_unique<WeightSumLayout>(w, spec.channels, in_channels, spec.out_stride, spec.in_stride, spec.tap_stride);
  }
  to.needs_gradient = input_needs || l.weight.trained() || l.bias.trained();
  to.is_relu = l.is_product() && spec.relu;
  maps.push_back(to);
  if (spec.kind == AEP_MAX_POOL) make_pool(l);
}

void Plan::make_pool(Layer &l) {
  const Window w = window(l);
  for (int y = 0; y < w.coarse_height; y++)
    for (int x = 0; x < w.coarse_width; x++)
      for (int ky = 0; ky < w.kernel_height; ky++)
        for (int kx = 0; kx < w.kernel_width; kx++) {
          const int fy = y * w.stride - w.padding + ky, fx = x * w.stride - w.padding + kx;
          l.windows.push_back(w.has_fine(fy, fx) ? fy * w.fine_width + fx : -1);
        }
  l.pool = {l.spec.channels, w.fine_height * w.fine_width, w.coarse_height * w.coarse_width, w.kernel_height * w.kernel_width,
            l.windows.data()};
}

void Plan::add_loss(const aep_loss &spec) {
  const MapShape &map = maps[spec.map];
  if (spec.kind == AEP_CROSS_ENTROPY ? examples.labels == nullptr || map.pixels != 1
                                     : map.channels != maps[0].channels || map.pixels != maps[0].pixels)
    throw std::invalid_argument("a loss of a map of another shape");
  if (spec.kind == AEP_CROSS_ENTROPY && map.is_relu) throw std::invalid_argument("logits after a ReLU");
  if (spec.kind == AEP_CROSS_ENTROPY)
    for (int64_t i = 0; i < examples.count; i++)
      if (examples.labels[i] < 0 || examples.labels[i] >= map.channels) throw std::out_of_range("a label that no class has");
  terms.push_back({spec.kind, spec.map, spec.weight, false});
}

// Gradients of a map are begun by one of its consumers and added to by the
// others, last layers first and losses before them. A map without consumers
// would leave parameters without a gradient.
void Plan::plan_gradients() {
  std::vector<bool> begun(maps.size());
  for (Term &t : terms) {
    if (t.kind == AEP_CROSS_ENTROPY && begun[t.map] && training.batch > 0) throw std::invalid_argument("two losses of the same logits");
    t.adds = begun[t.map], begun[t.map] = true;
  }
  for (size_t i = layers.size(); i-- > 0;) {
    Layer &l = layers[i];
    if (!begun[l.output] && training.batch > 0) throw std::invalid_argument("a layer that no loss depends on");
    if (l.spec.detached) continue;
    l.adds = begun[l.spec.input], begun[l.spec.input] = true;
  }
  if (trained.empty() && training.batch > 0) throw std::invalid_argument("nothing to train");
}

static char *copy_of(const char *message) {
  char *out = static_cast<char *>(malloc(strlen(message) + 1));
  return out == nullptr ? nullptr : strcpy(out, message);
}

// guarded calls f and returns its exception's message.
template <typename F> static char *guarded(F f) {
  try {
    f();
    return nullptr;
  } catch (const std::exception &e) {
    return copy_of(e.what());
  }
}

#if defined(__x86_64__)
static const Kernels *kernels_here(bool narrow) {
  if (!narrow && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq"))
    return &kernels_avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels_avx2 : nullptr;
}
#else
static const Kernels *kernels_here(bool) { return nullptr; }
#endif

} // namespace plan

struct aep_plan : plan::Plan {
  using plan::Plan::Plan;
};

int aep_plan_supported(void) { return plan::kernels_here(true) != nullptr; }

char *aep_plan_new(const aep_examples *examples, const aep_layer *layers, int nlayers, const aep_loss *losses, int nlosses,
                   const aep_training *training, aep_plan **out) {
  return plan::guarded([&] {
    const plan::Kernels *kernels = plan::kernels_here(training->narrow != 0);
    if (kernels == nullptr) throw std::invalid_argument("a processor without AVX2");
    *out = new aep_plan(*kernels, *examples, layers, nlayers, losses, nlosses, *training);
  });
}

void aep_plan_free(aep_plan *plan) { delete plan; }

char *aep_plan_begin(aep_plan *plan, const int64_t *order, int64_t examples, int64_t first, int64_t end, float *losses) {
  return plan::guarded([&] { plan->begin(order, examples, first, end, losses); });
}

void aep_plan_set_learning_rate(aep_plan *plan, double rate) { plan->set_learning_rate(rate); }

void aep_plan_work(aep_plan *plan, int thread) { plan->work(thread); }

char *aep_plan_evaluate(aep_plan *plan, int64_t first, int64_t end, int map, float *out) {
  return plan::guarded([&] { plan->evaluate(first, end, map, out); });
}

void aep_plan_evaluate_work(aep_plan *plan, int thread) { plan->evaluate_work(thread); }

void aep_plan_sums(const aep_plan *plan, double *sums) { plan->sums(sums); }

const float *aep_plan_gradient(const aep_plan *plan, int layer, int bias) { return plan->gradient(layer, bias); }
