// Compares the vector kernels for LANES floats, which the compiler's command
// line says, with plain loops. Vectors wider than the processor's are computed
// in pieces, so that every width can be tried on any processor. It exits with 0
// where nothing differs.
#define KERNELS bce_here
#include "bce_kernel.h"
#undef KERNELS
#define KERNELS conv_here
#include "conv_kernels.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

int checks = 0, failures = 0;

template <typename... T> void must(bool holds, const char *format, T... values) {
  checks++;
  if (holds || failures++ > 20) return;
  std::printf(format, values...);
  std::printf("\n");
}

bool near(double got, double want, double tolerance) {
  return std::isnan(want) ? std::isnan(got) : std::fabs(got - want) <= tolerance;
}

// The losses and their slopes as bce_kernel.h defines them.
struct Reference {
  double loss, slope;
};

Reference exact_of(float x, float t) {
  const double loss = std::fmax(x, 0.0) - double(x) * t + std::log1p(std::exp(-std::fabs(double(x))));
  return {loss, 1 / (1 + std::exp(-double(x))) - t};
}

Reference clamped_of(float x, float t) {
  const float p = 1 / (1 + std::exp(-x));
  const float loss = (t - 1) * std::fmax(std::log1p(-p), -100.0f) - t * std::fmax(std::log(p), -100.0f);
  return {loss, (p - t) / std::fmax((1 - p) * p, 1e-12f) * (1 - p) * p};
}

void compare_bce(const char *name, bce_kernel *kernel, Reference (*reference)(float, float)) {
  std::vector<float> logits, targets;
  for (float x = -130; x <= 130; x += 0.4921875f)
    for (float t : {0.0f, 0.3f, 1.0f}) logits.push_back(x), targets.push_back(t);
  const long all = logits.size();
  std::vector<float> slopes(all);
  // Every number of logits that are left over, from one on.
  for (long first = 0; first < all; first += 1 + first % 7) {
    const long n = 1 + (first * 31) % (all - first);
    std::vector<float> x(logits.begin() + first, logits.begin() + first + n), t(targets.begin() + first, targets.begin() + first + n),
        gradient(n);
    double sum = 0;
    for (long i = 0; i < n; i++) sum += reference(x[i], t[i]).loss;
    const double got = kernel(n, x.data(), t.data(), 0.5f, gradient.data());
    must(near(got, sum, 1e-5 * (sum + 1e-3)), "%s: the sum of %ld losses is %g, want %g", name, n, got, sum);
    must(got == kernel(n, x.data(), t.data(), 0.5f, nullptr), "%s: %ld losses without gradient are others", name, n);
    for (long i = 0; i < n; i++) {
      const double want = reference(x[i], t[i]).slope / 2;
      must(near(gradient[i], want, 1e-6), "%s: gradient %g by logit %g with target %g, want %g", name, gradient[i], x[i], t[i], want);
    }
  }
}

// A convolution's shape, as Geometry in conv_products.cpp.
struct Shape : conv_shape {
  std::vector<int> offsets;

  int whole(int floats) const { return (floats + LANES - 1) / LANES * LANES; }

  Shape(int height, int width, int fine, int coarse, int kernel_, int stride_, int padding_) {
    fine_height = height, fine_width = width, fine_channels = fine;
    kernel = kernel_, stride = stride_, padding = padding_;
    coarse_height = (height + 2 * padding - kernel) / stride + 1;
    coarse_width = (width + 2 * padding - kernel) / stride + 1;
    coarse_channels = coarse;
    pixels = coarse_height * coarse_width;
    run = kernel * fine;
    padded_height = height + 2 * padding;
    padded_pitch = (width + 2 * padding) * fine;
    run_pitch = whole(run);
    coarse_pitch = whole(coarse);
    for (int y = 0; y < coarse_height; y++)
      for (int x = 0; x < coarse_width; x++) offsets.push_back(y * stride * padded_pitch + x * stride * fine);
  }
};

// Small whole numbers, whose sums no order rounds.
std::vector<float> numbers(size_t n) {
  static unsigned state = 1;
  std::vector<float> all(n);
  for (float &x : all) state = state * 1664525 + 1013904223, x = float(int(state >> 24) % 7) - 3;
  return all;
}

void compare_convolution(const Shape &s) {
  const int area = s.kernel * s.run;
  const size_t padded_size = size_t(s.padded_height) * s.padded_pitch;
  std::vector<float> padded = numbers(padded_size), weights = numbers(size_t(s.coarse_channels) * area),
                     bias = numbers(s.coarse_channels), coarse = numbers(size_t(s.pixels) * s.coarse_channels);
  padded.resize(padded_size + LANES);
  const auto patch = [&](int pixel, int i) { return s.offsets[pixel] + i / s.run * s.padded_pitch + i % s.run; };
  const auto same = [&](const char *what, float got, float want) {
    must(got == want, "%s of %dx%d pixels, %d to %d channels, kernel %d, stride %d: %g, want %g", what, s.fine_height, s.fine_width,
         s.fine_channels, s.coarse_channels, s.kernel, s.stride, got, want);
  };

  std::vector<float> columns(size_t(area) * s.coarse_pitch), wide_bias(s.coarse_pitch), out(size_t(s.pixels) * s.coarse_pitch);
  for (int c = 0; c < s.coarse_channels; c++) {
    wide_bias[c] = bias[c];
    for (int i = 0; i < area; i++) columns[i * s.coarse_pitch + c] = weights[c * area + i];
  }
  for (bool relu : {false, true}) {
    conv_here.gather(s, s.offsets.data(), padded.data(), columns.data(), wide_bias.data(), relu, out.data());
    for (int pixel = 0; pixel < s.pixels; pixel++)
      for (int c = 0; c < s.coarse_channels; c++) {
        float want = bias[c];
        for (int i = 0; i < area; i++) want += padded[patch(pixel, i)] * weights[c * area + i];
        same("gather", out[pixel * s.coarse_pitch + c], relu && want < 0 ? 0 : want);
      }
  }

  std::vector<float> rows(size_t(s.coarse_channels) * s.kernel * s.run_pitch), gradient(rows.size());
  for (int i = 0; i < s.coarse_channels * s.kernel; i++)
    for (int k = 0; k < s.run; k++) rows[i * s.run_pitch + k] = weights[i * s.run + k];
  std::vector<float> scattered(padded_size + LANES), want(padded_size);
  conv_here.scatter(s, s.offsets.data(), coarse.data(), rows.data(), scattered.data());
  conv_here.weight_gradient(s, s.offsets.data(), padded.data(), coarse.data(), gradient.data());
  std::vector<float> wanted(size_t(s.coarse_channels) * area);
  for (int pixel = 0; pixel < s.pixels; pixel++)
    for (int c = 0; c < s.coarse_channels; c++)
      for (int i = 0; i < area; i++) {
        const float x = coarse[pixel * s.coarse_channels + c];
        want[patch(pixel, i)] += x * weights[c * area + i];
        wanted[c * area + i] += x * padded[patch(pixel, i)];
      }
  for (size_t i = 0; i < padded_size; i++) same("scatter", scattered[i], want[i]);
  for (int c = 0; c < s.coarse_channels; c++)
    for (int i = 0; i < area; i++)
      same("weight gradient", gradient[(c * s.kernel + i / s.run) * s.run_pitch + i % s.run], wanted[c * area + i]);

  const int row = s.fine_width * s.fine_channels, size = s.fine_height * row;
  std::vector<float> row_bias = numbers(row), fine(size), slopes = numbers(size), rectified(size);
  conv_here.crop(s, padded.data(), row_bias.data(), true, fine.data());
  conv_here.relu_gradient(size, fine.data(), slopes.data(), rectified.data());
  for (int i = 0; i < size; i++) {
    const int y = s.padding + i / row, x = s.padding * s.fine_channels + i % row;
    const float sum = padded[y * s.padded_pitch + x] + row_bias[i % row];
    same("crop", fine[i], sum < 0 ? 0 : sum);
    same("ReLU's gradient", rectified[i], fine[i] > 0 ? slopes[i] : 0);
  }
}

} // namespace

int main() {
  compare_bce("exact", bce_here.exact, exact_of);
  compare_bce("clamped", bce_here.clamped, clamped_of);
  for (int fine : {1, 3, 7, 16})
    for (int coarse : {1, 5, 16, 33, 48})
      for (int kernel : {1, 3, 4})
        for (int stride : {1, 2}) compare_convolution(Shape(6, 9, fine, coarse, kernel, stride, kernel / 2));
  std::printf("%d lanes: %d checks, %d failed\n", LANES, checks, failures);
  return failures > 0;
}
