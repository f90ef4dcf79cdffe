// The products that a convolution is made of, with what surrounds them, for one
// image after the other.
#pragma once

#include "conv_shape.h"

#include <vector>

#include <ATen/ATen.h>

namespace aeprobe {

// The kernels of the CPU capability in force.
const conv_kernels *kernels();

// The n-th image of t, [N, C, H, W] in channels_last order.
const float *image(const at::Tensor &t, int64_t n);
float *image(at::Tensor &t, int64_t n);

// A convolution's geometry, with what its kernels need of it.
struct Geometry : conv_shape {
  std::vector<int> offsets;

  // fine and coarse are [N, C, H, W], weight is [coarse channels, fine
  // channels, k, k].
  Geometry(const at::Tensor &fine, const at::Tensor &coarse, const at::Tensor &weight, int64_t stride,
           int64_t padding);

  int row_size() const { return fine_width * fine_channels; }

  // A padded image of zeros, and room for the last vector.
  std::vector<float> padded() const;
};

// Fine images with their padding.
class Padded {
public:
  explicit Padded(const Geometry &g) : g(g), padded(g.padded()) {}
  const float *operator()(const float *fine);

private:
  const Geometry &g;
  std::vector<float> padded;
};

// Coarse maps from padded fine images. Without a bias it is 0.
class Gather {
public:
  Gather(const Geometry &g, const at::Tensor &weight, const at::Tensor &bias = {}, bool relu = false);
  void operator()(const float *padded, float *coarse);

private:
  const Geometry &g;
  std::vector<float> weights, bias;
  std::vector<float> wide; // a map in whole vectors, where its channels are not
  bool relu;
};

// Fine images from coarse maps. Without a bias it is 0.
class Scatter {
public:
  Scatter(const Geometry &g, const at::Tensor &weight, const at::Tensor &bias = {}, bool relu = false);
  void operator()(const float *coarse, float *fine);

private:
  const Geometry &g;
  std::vector<float> weights, bias, padded;
  bool relu;
};

// The weight's gradient, a sum over images.
class WeightGradient {
public:
  explicit WeightGradient(const Geometry &g);
  void add(const float *padded, const float *coarse);
  at::Tensor like(const at::Tensor &weight) const;

private:
  const Geometry &g;
  std::vector<float> sums;
};

// The bias's gradient, a sum over images and their pixels.
class BiasGradient {
public:
  // Sums run along whole rows, of which vectors can be made, and only at the
  // end over a row's pixels.
  BiasGradient(int width, int channels) : sums(width * channels), channels(channels) {}
  void add(const float *image, int height);
  at::Tensor tensor() const;

private:
  std::vector<float> sums;
  int channels;
};

} // namespace aeprobe
