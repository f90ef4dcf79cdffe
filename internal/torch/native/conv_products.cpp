#include "conv_products.h"
#include "processor.h"

#include <algorithm>
#include <cstring>

using at::Tensor;

namespace aeprobe {

const conv_kernels *kernels() {
  static const conv_kernels *const here = OF_CAPABILITY(conv);
  return here;
}

const float *image(const Tensor &t, int64_t n) { return t.const_data_ptr<float>() + n * (t.numel() / t.size(0)); }
float *image(Tensor &t, int64_t n) { return t.mutable_data_ptr<float>() + n * (t.numel() / t.size(0)); }

static int whole_vectors(int floats) {
  return (floats + kernels()->lanes - 1) / kernels()->lanes * kernels()->lanes;
}

Geometry::Geometry(const Tensor &fine, const Tensor &coarse, const Tensor &weight, int64_t stride_,
                   int64_t padding_) {
  fine_channels = fine.size(1), fine_height = fine.size(2), fine_width = fine.size(3);
  coarse_channels = coarse.size(1), coarse_height = coarse.size(2), coarse_width = coarse.size(3);
  kernel = weight.size(2), stride = stride_, padding = padding_;
  pixels = coarse_height * coarse_width;
  run = kernel * fine_channels;
  // Where the stride leaves no patch for the last pixels, they still have a
  // place.
  padded_height = std::max(padding + fine_height, (coarse_height - 1) * stride + kernel);
  padded_pitch = std::max(padding + fine_width, (coarse_width - 1) * stride + kernel) * fine_channels;
  run_pitch = whole_vectors(run);
  coarse_pitch = whole_vectors(coarse_channels);
  offsets.reserve(pixels);
  for (int y = 0; y < coarse_height; y++)
    for (int x = 0; x < coarse_width; x++) offsets.push_back(y * stride * padded_pitch + x * stride * fine_channels);
}

std::vector<float> Geometry::padded() const {
  return std::vector<float>(static_cast<size_t>(padded_height) * padded_pitch + kernels()->lanes);
}

const float *Padded::operator()(const float *fine) {
  float *to = padded.data() + g.padding * (g.padded_pitch + g.fine_channels);
  for (int y = 0; y < g.fine_height; y++)
    std::memcpy(to + y * g.padded_pitch, fine + y * g.row_size(), g.row_size() * sizeof(float));
  return padded.data();
}

// count floats of values over and over, and zeros up to size; all zeros where
// there are no values.
static std::vector<float> repeated(const Tensor &values, int count, int size) {
  std::vector<float> out(size);
  if (values.defined())
    for (int i = 0; i < count; i++) out[i] = values.const_data_ptr<float>()[i % values.size(0)];
  return out;
}

Gather::Gather(const Geometry &g, const Tensor &weight, const Tensor &bias, bool relu)
    : g(g), weights(static_cast<size_t>(g.kernel) * g.run * g.coarse_pitch),
      bias(repeated(bias, g.coarse_channels, g.coarse_pitch)),
      wide(g.coarse_pitch == g.coarse_channels ? 0 : static_cast<size_t>(g.pixels) * g.coarse_pitch), relu(relu) {
  const float *from = weight.const_data_ptr<float>();
  for (int i = 0; i < g.kernel * g.run; i++)
    for (int c = 0; c < g.coarse_channels; c++) weights[i * g.coarse_pitch + c] = from[c * g.kernel * g.run + i];
}

void Gather::operator()(const float *padded, float *coarse) {
  kernels()->gather(g, g.offsets.data(), padded, weights.data(), bias.data(), relu,
                    wide.empty() ? coarse : wide.data());
  if (wide.empty()) return;
  for (int i = 0; i < g.pixels; i++)
    std::memcpy(coarse + i * g.coarse_channels, wide.data() + i * g.coarse_pitch, g.coarse_channels * sizeof(float));
}

Scatter::Scatter(const Geometry &g, const Tensor &weight, const Tensor &bias, bool relu)
    : g(g), weights(static_cast<size_t>(g.coarse_channels) * g.kernel * g.run_pitch),
      bias(repeated(bias, g.row_size(), g.row_size())), padded(g.padded()), relu(relu) {
  const float *from = weight.const_data_ptr<float>();
  for (int i = 0; i < g.coarse_channels * g.kernel; i++)
    std::memcpy(weights.data() + i * g.run_pitch, from + i * g.run, g.run * sizeof(float));
}

void Scatter::operator()(const float *coarse, float *fine) {
  std::fill(padded.begin(), padded.end(), 0.0f);
  kernels()->scatter(g, g.offsets.data(), coarse, weights.data(), padded.data());
  kernels()->crop(g, padded.data(), bias.data(), relu, fine);
}

WeightGradient::WeightGradient(const Geometry &g)
    : g(g), sums(static_cast<size_t>(g.coarse_channels) * g.kernel * g.run_pitch) {}

void WeightGradient::add(const float *padded, const float *coarse) {
  kernels()->weight_gradient(g, g.offsets.data(), padded, coarse, sums.data());
}

Tensor WeightGradient::like(const Tensor &weight) const {
  Tensor gradient = at::empty_like(weight);
  float *to = gradient.mutable_data_ptr<float>();
  for (int row = 0; row < g.coarse_channels * g.kernel; row++)
    std::memcpy(to + row * g.run, sums.data() + row * g.run_pitch, g.run * sizeof(float));
  return gradient;
}

void BiasGradient::add(const float *image, int height) {
  const int row = sums.size();
  float *to = sums.data();
  for (int y = 0; y < height; y++)
    for (int i = 0; i < row; i++) to[i] += image[y * row + i];
}

Tensor BiasGradient::tensor() const {
  Tensor out = at::zeros({channels});
  float *to = out.mutable_data_ptr<float>();
  for (size_t i = 0; i < sums.size(); i++) to[i % channels] += sums[i];
  return out;
}

} // namespace aeprobe
