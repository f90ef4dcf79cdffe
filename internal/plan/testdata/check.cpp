// Checks what package plan's Go tests cannot: that vectors of 16 floats, here
// computed in pieces, so that any processor with AVX2 will do, give the bits of
// those of 8; and that a thread sleeps while it waits for one that has lost its core.
// It exits with 0 where all holds.
#include "step.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <initializer_list>
#include <random>
#include <thread>

#pragma GCC target("avx2,fma")
#define LANES 16
#define KERNELS kernels_wide
#include "points.h"

namespace {

int checks = 0, failures = 0;

void must(bool holds, const char *name, const char *what) {
  checks++;
  if (holds) return;
  failures++;
  std::printf("%s: %s\n", name, what);
}

// A network with drawn weights, and the memory that a plan works in.
class Network {
public:
  Network(const Network &) = delete;
  Network(Network &&) = default; // what a plan points to stays where it is

  Network(int channels, int side, int count) : channels(channels), side(side), examples{} {
    pixels.resize(static_cast<size_t>(count) * channels * side * side);
    for (uint8_t &p : pixels) p = draw() & 255;
    for (int i = 0; i < count; i++) labels.push_back(draw() % 7), order.push_back((i * 17 + 3) % count);
    examples.bytes = pixels.data(), examples.pictures = examples.count = count, examples.labels = labels.data();
    examples.channels = channels, examples.height = examples.width = side;
  }

  Network &product(int kind, int out, int kernel, int stride, int padding, bool relu) {
    aep_layer l = after(kind);
    const int in = l.channels, taps = kernel * kernel;
    l.channels = out, l.kernel_height = l.kernel_width = kernel, l.stride = stride, l.padding = padding, l.relu = relu;
    l.height = l.width = kind == AEP_CONV ? (l.height + 2 * padding - kernel) / stride + 1 : (l.height - 1) * stride - 2 * padding + kernel;
    l.weight = parameter(out * in * taps, in * taps), l.bias = parameter(out, in * taps);
    l.out_stride = kind == AEP_CONV ? in * taps : 1, l.in_stride = kind == AEP_CONV ? 1 : out * taps;
    l.tap_stride = kind == AEP_CONV ? in : out;
    return add(l);
  }

  Network &point(int kind) { return add(after(kind)); }

  Network &pool(int kind) {
    aep_layer l = after(kind);
    if (kind == AEP_MAX_POOL)
      l.kernel_height = l.kernel_width = 3, l.stride = 2, l.padding = 1, l.height = l.width = (l.height - 1) / 2 + 1;
    else
      l.height = l.width = 1;
    return add(l);
  }

  Network &loss(int kind, double weight) {
    losses.push_back({kind, static_cast<int>(layers.size()), weight});
    return *this;
  }

  // shift_biases moves those of the last layer.
  void shift_biases(std::initializer_list<float> by) {
    float *bias = layers.back().bias.weights;
    for (float b : by) *bias++ += b;
  }

  // train takes steps through all examples, and returns every bit that they leave.
  std::vector<float> train(const plan::Kernels &kernels, int batch, int threads) {
    const int steps = (order.size() + batch - 1) / batch;
    float step = 0;
    const aep_training training{batch, threads, 0, 1e-3, &step};
    plan::Plan p(kernels, examples, layers.data(), layers.size(), losses.data(), losses.size(), training);
    std::vector<float> all(steps);
    p.begin(order.data(), order.size(), 0, steps, all.data());
    std::vector<std::thread> others;
    for (int t = 1; t < threads; t++) others.emplace_back([&p, t] { p.work(t); });
    p.work(0);
    for (std::thread &t : others) t.join();
    for (const auto &m : memory) all.insert(all.end(), m.begin(), m.end());
    return all;
  }

private:
  const int channels, side;
  std::vector<uint8_t> pixels;
  std::vector<int64_t> labels, order;
  aep_examples examples;
  std::vector<aep_layer> layers;
  std::vector<aep_loss> losses;
  std::deque<std::vector<float>> memory;
  std::mt19937 draw{1};

  // after is a layer that reads the last one, and keeps its shape.
  aep_layer after(int kind) const {
    aep_layer l = {};
    l.channels = channels, l.height = l.width = side;
    if (!layers.empty()) l.channels = layers.back().channels, l.height = layers.back().height, l.width = layers.back().width;
    l.kind = kind, l.input = layers.size();
    return l;
  }

  Network &add(const aep_layer &l) {
    layers.push_back(l);
    return *this;
  }

  aep_parameter parameter(int size, int fan_in) {
    std::uniform_real_distribution<float> within(-1 / std::sqrt(fan_in), 1 / std::sqrt(fan_in));
    memory.emplace_back(size);
    float *weights = memory.back().data();
    for (int i = 0; i < size; i++) weights[i] = within(draw);
    float *moments[2];
    for (float *&m : moments) memory.emplace_back(size), m = memory.back().data();
    return {weights, moments[0], moments[1], size};
  }
};

// in_between has layers of every kind, and channels that fill no vector.
Network in_between() {
  Network n(3, 12, 70);
  n.product(AEP_CONV, 9, 3, 1, 1, true).pool(AEP_MAX_POOL).point(AEP_SIGMOID).product(AEP_CONV, 20, 3, 1, 1, false);
  n.product(AEP_CONV, 16, 3, 1, 1, true).product(AEP_CONV, 18, 2, 1, 0, true).product(AEP_CONV, 10, 3, 1, 1, true);
  n.point(AEP_RELU);
  return n;
}

Network auto_encoder(int loss) {
  Network n(3, 16, 70);
  n.product(AEP_CONV, 12, 4, 2, 1, true).product(AEP_CONV, 24, 4, 2, 1, true).product(AEP_CONV, 48, 4, 2, 1, true);
  n.product(AEP_CONV_TRANSPOSE, 24, 4, 2, 1, true).product(AEP_CONV_TRANSPOSE, 12, 4, 2, 1, true);
  n.product(AEP_CONV_TRANSPOSE, 3, 4, 2, 1, false).loss(loss, 1).loss(AEP_MSE, 0.5);
  n.shift_biases({8, -40, -100}); // to where the forms of the cross-entropy differ
  return n;
}

template <typename Make> void compare(const char *name, Make make) {
  for (int batch : {16, 37, 64})
    for (int threads : {1, 2}) {
      Network narrow = make(), wide = make();
      const std::vector<float> a = narrow.train(plan::kernels_avx2, batch, 1), b = wide.train(plan::kernels_wide, batch, threads);
      bool finite = true;
      for (float x : a) finite = finite && std::isfinite(x);
      must(finite, name, "not a number");
      must(a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0, name,
           "vectors of 8 and of 16 floats give different bits");
    }
}

// sleeps waits at a barrier for a thread that comes late.
void sleeps() {
  plan::Barrier barrier(2);
  double processor = 0;
  std::thread waiting([&] {
    barrier.wait();
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    processor = t.tv_sec + 1e-9 * t.tv_nsec;
  });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  barrier.wait();
  waiting.join();
  must(processor < 0.5, "barrier", "a thread that waited for a second was running for half of it");
}

} // namespace

int main() {
  sleeps();
  static const char *const names[] = {"BCE", "clamped BCE", "L1", "MSE", "L1 of sigmoids", "MSE of sigmoids"};
  for (int loss = AEP_BCE_EXACT; loss <= AEP_MSE_SIGMOID; loss++) compare(names[loss], [&] { return auto_encoder(loss); });
  for (int pool : {AEP_MEAN, AEP_MAXIMUM})
    compare(pool == AEP_MEAN ? "mean" : "maximum", [&] {
      Network n = in_between();
      n.pool(pool).product(AEP_CONV, 7, 1, 1, 0, false).loss(AEP_CROSS_ENTROPY, 1);
      return n;
    });
  std::printf("%d checks, %d failures\n", checks, failures);
  return failures != 0;
}
