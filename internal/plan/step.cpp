#include "step.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace plan {

// The values of a loss that one thread adds up, in vectors of GROUP.
static constexpr long loss_block = 512;
// The floats that one thread updates at a time.
static constexpr long adam_block = 2048;

static int ceil_div(int64_t n, int64_t by) { return static_cast<int>((n + by - 1) / by); }

void Plan::begin(const int64_t *order_, int64_t size, int64_t first, int64_t end, float *losses_) {
  known = std::min((end + 1) * training.batch, size); // one batch more, which the last step fetches
  for (int64_t i = first * training.batch; i < known; i++)
    if (order_[i] < 0 || order_[i] >= examples.count)
      throw std::out_of_range("example " + std::to_string(order_[i]) + " of " + std::to_string(examples.count));
  order = order_, order_size = size, first_step = first, end_step = end, losses = losses_;
}

void Plan::work(int thread) {
  const Crew everyone{thread, training.threads, &barrier};
  for (int64_t at = first_step; at < end_step; at++) step(at, everyone);
}

void Plan::step(int64_t at, const Crew &everyone) {
  const int64_t first = at * training.batch;
  const int count = static_cast<int>(std::min<int64_t>(training.batch, order_size - first));
  const int groups = ceil_div(count, GROUP), nchains = std::min(groups, max_chains);
  // Threads that each take chains of their own meet less often, but only a split
  // of pixels occupies them all where chains are few.
  const bool apart = nchains % everyone.count == 0;
  if (everyone.number == 0) images = count;
  pack(everyone);
  everyone.wait();
  for (int chain = 0; chain < nchains; chain++) {
    if (apart && chain * everyone.count / nchains != everyone.number) continue;
    const Crew crew = apart ? Crew{0, 1, &alone} : everyone;
    const int from = groups * chain / nchains, to = groups * (chain + 1) / nchains;
    for (int group = from; group < to; group++)
      run_group(*workspaces[apart ? everyone.number : 0], first + group * GROUP, std::min(GROUP, count - group * GROUP), group,
                chain, group > from, crew);
  }
  everyone.wait();
  update(everyone);
  if (everyone.number == 0) losses[at] = static_cast<float>(loss());
  everyone.wait(); // the step's count is read until here
  if (everyone.number == 0) *training.adam_step += 1; // others read it after more meetings
}

void Plan::pack(const Crew &crew) {
  int job = 0;
  const auto share = [&](const ProductLayout &p, const Parameter &w, int64_t out, int64_t in, int64_t tap, Floats &to) {
    for (int block = 0; block < p.blocks(); block++)
      if (job++ % crew.count == crew.number) p.pack(w.weights, out, in, tap, block, to.data());
  };
  for (Layer &l : layers) {
    const aep_layer &s = l.spec;
    if (l.forward) share(*l.forward, l.weight, s.out_stride, s.in_stride, s.tap_stride, l.forward_weights);
    if (l.backward) share(*l.backward, l.weight, s.in_stride, s.out_stride, s.tap_stride, l.backward_weights);
  }
}

void Plan::choose(Workspace &w, int64_t first, int count) const {
  for (int i = 0; i < GROUP; i++) {
    // Lanes without an image repeat one, and take no part in losses.
    const int64_t at = first + std::min(i, count - 1), example = order == nullptr ? at : order[at];
    w.images[i] = i < count ? -1 : 0;
    w.labels[i] = examples.labels == nullptr ? 0 : static_cast<int32_t>(examples.labels[example]);
    const int64_t picture = examples.index == nullptr ? example : examples.index[example];
    const size_t from = static_cast<size_t>(picture) * examples.channels * examples.height * examples.width;
    if (examples.bytes != nullptr) w.bytes[i] = examples.bytes + from;
    if (examples.floats != nullptr) w.rows[i] = examples.floats + from;
  }
}

// fetch asks for a part of the next group's examples, which lie all over the
// memory, while this one is computed.
void Plan::fetch(int64_t first, size_t part, size_t parts) const {
  constexpr size_t line = 64;
  const size_t size = static_cast<size_t>(examples.channels) * examples.height * examples.width *
                      (examples.bytes != nullptr ? 1 : sizeof(float));
  const char *all = examples.bytes != nullptr ? reinterpret_cast<const char *>(examples.bytes)
                                              : reinterpret_cast<const char *>(examples.floats);
  const size_t begin = size * part / parts, end = size * (part + 1) / parts;
  for (int64_t i = first; i < std::min(first + GROUP, known); i++) {
    const int64_t picture = examples.index == nullptr ? order[i] : examples.index[order[i]];
    for (size_t at = begin; at < end; at += line) __builtin_prefetch(all + picture * size + at);
  }
}

void Plan::run_group(Workspace &w, int64_t first, int count, int group, int chain, bool add, const Crew &crew) {
  if (crew.number == 0) choose(w, first, count);
  crew.wait();
  gather(w, crew);
  crew.wait();
  for (size_t i = 0; i < layers.size(); i++) {
    forward(w, layers[i], crew);
    if (crew.number == 0) fetch(first + count, i, layers.size());
    crew.wait();
  }
  losses_of(w, group, crew);
  crew.wait();
  // A layer's weights are taken up with the next layer's input: one meeting for
  // both.
  for (size_t i = layers.size(); i-- > 0;) {
    by_input(w, layers[i], i, crew);
    if (i + 1 < layers.size()) by_weights(w, layers[i + 1], i + 1, chain, add, crew);
    crew.wait();
  }
  by_weights(w, layers[0], 0, chain, add, crew);
  crew.wait();
}

void Plan::gather(Workspace &w, const Crew &crew) const {
  const int pixels = examples.height * examples.width;
  if (examples.bytes != nullptr) {
    const long runs = static_cast<long>(examples.channels) * ceil_div(pixels, RUN);
    kernels.images(w.bytes, examples.channels, pixels, w.maps[0].data(), crew.begin(runs), crew.end(runs));
  } else if (crew.number == 0)
    kernels.rows(w.rows, examples.channels, w.maps[0].data());
}

const float *Plan::mask(const Workspace &w, int map) const { return maps[map].is_relu ? w.maps[map].data() : nullptr; }

void Plan::forward(Workspace &w, const Layer &l, const Crew &crew) const {
  const MapShape &from = maps[l.spec.input], &to = maps[l.output];
  const float *in = w.maps[l.spec.input].data();
  float *out = w.maps[l.output].data();
  const int begin = crew.begin(to.channels), end = crew.end(to.channels);
  switch (l.spec.kind) {
  case AEP_CONV:
  case AEP_CONV_TRANSPOSE: {
    const ProductCall call{in, out, l.forward_weights.data(), l.bias.weights, nullptr, l.spec.relu != 0, false};
    return kernels.product(l.forward->product, call, l.forward->begin(crew), l.forward->end(crew));
  }
  case AEP_RELU: return kernels.relu(in, out, crew.begin(to.vectors()), crew.end(to.vectors()));
  case AEP_SIGMOID: return kernels.sigmoid(in, out, crew.begin(to.vectors()), crew.end(to.vectors()));
  case AEP_MAX_POOL: return kernels.max_pool(l.pool, in, out, begin, end);
  case AEP_MEAN: return kernels.mean(in, from.pixels, from.channels, out, begin, end);
  case AEP_MAXIMUM: return kernels.maximum(in, from.pixels, from.channels, out, begin, end);
  }
}

long Plan::blocks(const Term &t) const {
  return t.kind == AEP_CROSS_ENTROPY ? 1 : ceil_div(maps[t.map].vectors(), loss_block);
}

long Plan::all_blocks() const {
  long sum = 0;
  for (const Term &t : terms) sum += blocks(t);
  return sum;
}

static Loss kernel_of(int kind) {
  switch (kind) {
  case AEP_BCE_CLAMPED: return Loss::bce_clamped;
  case AEP_L1: return Loss::l1;
  case AEP_MSE: return Loss::mse;
  case AEP_L1_SIGMOID: return Loss::l1_sigmoid;
  case AEP_MSE_SIGMOID: return Loss::mse_sigmoid;
  }
  return Loss::bce_exact;
}

void Plan::losses_of(Workspace &w, int group, const Crew &crew) {
  double *sums = partial[group].data();
  for (const Term &t : terms) {
    const MapShape &map = maps[t.map];
    const bool whole = t.kind == AEP_CROSS_ENTROPY;
    const double count = whole ? images : static_cast<double>(images) * map.vectors();
    const long n = blocks(t);
    for (long block = crew.begin(n); block < crew.end(n); block++) {
      const size_t at = block * loss_block * GROUP;
      LossCall call{w.maps[t.map].data() + at, nullptr, nullptr, nullptr, w.images, static_cast<float>(t.weight / count), t.adds};
      if (map.needs_gradient) call.gradient = w.gradients[t.map] + at;
      if (map.is_relu) call.mask = call.output;
      if (whole) {
        sums[block] = kernels.cross_entropy(map.channels, w.labels, call);
        continue;
      }
      call.target = w.maps[0].data() + at;
      sums[block] = kernels.loss(kernel_of(t.kind), call, std::min(loss_block, map.vectors() - block * loss_block));
    }
    sums += n;
  }
}

void Plan::sums(double *to) const {
  size_t at = 0;
  for (const Term &t : terms) {
    *to = 0;
    for (int group = 0; group < ceil_div(images, GROUP); group++)
      for (long block = 0; block < blocks(t); block++) *to += partial[group][at + block];
    at += blocks(t), to++;
  }
}

double Plan::loss() {
  sums(term_sums.data());
  double total = 0;
  for (size_t i = 0; i < terms.size(); i++) {
    const Term &t = terms[i];
    const double count = t.kind == AEP_CROSS_ENTROPY ? images : static_cast<double>(images) * maps[t.map].vectors();
    total += t.weight * (term_sums[i] / count);
  }
  return total;
}

void Plan::evaluate(int64_t first, int64_t end, int map, float *out_) {
  if (training.batch != 0) throw std::invalid_argument("an evaluation by a plan that trains");
  if (first < 0 || first >= end || end > examples.count) throw std::out_of_range("examples that are not there");
  order = nullptr, first_step = first, images = static_cast<int>(end - first), out_map = map, out = out_;
  const size_t groups = ceil_div(images, GROUP);
  if (partial.size() < groups) partial.resize(groups, std::vector<double>(all_blocks()));
  pack({0, 1, &alone});
}

void Plan::evaluate_work(int thread) {
  const Crew crew{0, 1, &alone};
  Workspace &w = *workspaces[thread];
  for (int group = thread; group < ceil_div(images, GROUP); group += training.threads) {
    const int at = group * GROUP, count = std::min(GROUP, images - at);
    choose(w, first_step + at, count);
    gather(w, crew);
    for (const Layer &l : layers) forward(w, l, crew);
    losses_of(w, group, crew);
    if (out != nullptr) copy_map(w, at, count);
  }
}

void Plan::copy_map(const Workspace &w, int64_t first, int count) const {
  const MapShape &m = maps[out_map];
  const float *map = w.maps[out_map].data();
  for (int c = 0; c < m.channels; c++)
    for (int p = 0; p < m.pixels; p++) {
      const float *from = map + (static_cast<size_t>(p) * m.channels + c) * GROUP;
      float *to = out + first * m.vectors() + static_cast<size_t>(c) * m.pixels + p;
      for (int i = 0; i < count; i++) to[i * m.vectors()] = from[i];
    }
}

// by_input computes the gradient by a layer's input, and prepares the one by its
// weights.
void Plan::by_input(Workspace &w, const Layer &l, size_t index, const Crew &crew) const {
  const MapShape &from = maps[l.spec.input], &to = maps[l.output];
  const float *in = w.maps[l.spec.input].data(), *out = w.maps[l.output].data();
  if (l.weight_sum) {
    const WeightSumLayout &s = *l.weight_sum;
    const bool fine_is_input = l.spec.kind == AEP_CONV;
    const float *map = s.turns_fine == fine_is_input ? in : w.gradients[l.output];
    kernels.turn(map, s.sum.lanes_channels, s.sum.padded, w.turned[index], crew.begin(s.turned_pixels), crew.end(s.turned_pixels));
  }
  if (!l.passes_on) return;
  const float *gradient = w.gradients[l.output];
  const GradientCall call{gradient, w.gradients[l.spec.input], mask(w, l.spec.input), l.adds};
  const int begin = crew.begin(from.channels), end = crew.end(from.channels);
  switch (l.spec.kind) {
  case AEP_CONV:
  case AEP_CONV_TRANSPOSE: {
    const ProductCall product{gradient, call.to, l.backward_weights.data(), nullptr, call.mask, false, call.add};
    return kernels.product(l.backward->product, product, l.backward->begin(crew), l.backward->end(crew));
  }
  case AEP_RELU: return kernels.relu_gradient(out, call, crew.begin(to.vectors()), crew.end(to.vectors()));
  case AEP_SIGMOID: return kernels.sigmoid_gradient(out, call, crew.begin(to.vectors()), crew.end(to.vectors()));
  case AEP_MAX_POOL: return kernels.max_pool_gradient(l.pool, in, out, call, begin, end);
  case AEP_MEAN: return kernels.mean_gradient(from.pixels, from.channels, call, begin, end);
  case AEP_MAXIMUM: return kernels.maximum_gradient(in, out, from.pixels, from.channels, call, begin, end);
  }
}

void Plan::by_weights(Workspace &w, const Layer &l, size_t index, int chain, bool add, const Crew &crew) {
  float *gradient = chains[chain].data();
  const MapShape &to = maps[l.output];
  if (l.weight_sum) {
    const WeightSumLayout &s = *l.weight_sum;
    const bool fine_is_input = l.spec.kind == AEP_CONV;
    const float *other = s.turns_fine == fine_is_input ? w.gradients[l.output] : w.maps[l.spec.input].data();
    const WeightSumCall call{w.turned[index], other, gradient + l.weight.at, add};
    kernels.weight_sum(s.sum, call, crew.begin(s.sum.jobs), crew.end(s.sum.jobs));
  }
  if (l.bias.trained())
    kernels.bias_sum(w.gradients[l.output], to.pixels, to.channels, gradient + l.bias.at, add, crew.begin(to.channels),
                     crew.end(to.channels));
}

// power is b^n; the C library's pow may round differently on another processor.
static double power(double b, int64_t n) {
  double p = 1;
  for (; n > 0; n /= 2, b *= b)
    if (n % 2 != 0) p *= b;
  return p;
}

void Plan::update(const Crew &crew) {
  const int64_t t = static_cast<int64_t>(*training.adam_step) + 1;
  const int nchains = std::min(ceil_div(images, GROUP), max_chains);
  AdamCall call;
  call.step_size = static_cast<float>(training.learning_rate / (1 - power(0.9, t)));
  call.root = static_cast<float>(1 / std::sqrt(1 - power(0.999, t)));
  int job = 0;
  for (const Parameter &p : trained) {
    call.weights = p.weights, call.average = p.average, call.square = p.square;
    for (int64_t from = 0; from < p.size; from += adam_block) {
      if (job++ % crew.count != crew.number) continue;
      const int64_t to = std::min<int64_t>(from + adam_block, p.size);
      float *sum = chains[0].data() + p.at;
      for (int chain = 1; chain < nchains; chain++) {
        const float *more = chains[chain].data() + p.at;
        for (int64_t i = from; i < to; i++) sum[i] += more[i];
      }
      kernels.adam(call, sum, from, to);
    }
  }
}

const float *Plan::gradient(int layer, int bias) const {
  const Layer &l = layers[layer];
  const Parameter &p = bias ? l.bias : l.weight;
  return p.trained() ? chains[0].data() + p.at : nullptr;
}

} // namespace plan
