// What a plan tells its kernels. Plain data only: see vectors.h.
//
// A map holds GROUP images, innermost: [pixel][channel][GROUP]. So no channel is
// padded, 3 are as good as 16, and every load is a whole vector.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan.h"

namespace plan {

constexpr int GROUP = AEP_GROUP;

// Pixels that a sum has terms for, in order. Those of the padding are left out,
// so that pixels at an edge have fewer taps than those within.
struct Tap {
  int32_t offset; // of the input's pixel from the one that belongs to the output's
  int32_t tap;    // ky * kernel_width + kx
};

// Some output pixels with the same taps, and a block of their channels.
struct Tile {
  const Tap *taps;
  const int32_t *in, *out; // pixels
  int ntaps, count, block;
};

// A sum over taps and input channels: a convolution, a transposed one, or the
// gradient of either by its input. Only the taps differ.
struct Product {
  int in_channels, out_channels, ntaps;
  int block; // output channels of a tile
  int count; // output pixels of a tile that is full
  const Tile *tiles;
};

struct ProductCall {
  const float *in;      // [pixels][in_channels][GROUP]
  float *out;           // [pixels][out_channels][GROUP]
  const float *weights; // [blocks][ntaps][in_channels][block]
  const float *bias;    // or null
  const float *mask;    // like out, or null: where it is not above 0, out becomes 0
  bool relu, add;       // out becomes its ReLU; the sum is added to out
};

struct Pair { int32_t lanes, other; }; // pixels of the two maps

// The gradient of a product's weights: sums over pixels and images of the
// products of two maps' values. Vectors hold channels of one of them, which is
// turned for that to [pixel][GROUP][padded]: no sum then runs across lanes.
struct WeightSum {
  int lanes_channels, padded, other_channels, ntaps;
  int vectors, others;                 // of a job: vectors of 8 channels, other channels
  const Pair *pairs;                   // by tap
  const int32_t *first;                // [ntaps + 1], of a tap's pairs
  ptrdiff_t lanes_stride, other_stride, tap_stride; // in the gradient
  int jobs;
};

struct WeightSumCall {
  const float *turned, *other;
  float *gradient;
  bool add;
};

struct Pool {
  int channels, in_pixels, out_pixels, window;
  const int32_t *windows; // [out_pixels][window]: input pixels, -1 where there is none
};

// A gradient by an output becomes one by the input.
struct GradientCall {
  const float *gradient;
  float *to;
  const float *mask; // like to, or null: where it is not above 0, nothing is passed on
  bool add;          // to what is there
};

enum class Loss { bce_exact, bce_clamped, l1, mse, l1_sigmoid, mse_sigmoid };

struct LossCall {
  const float *output, *target;
  float *gradient;       // or null
  const float *mask;     // or null, as in ProductCall
  const int32_t *images; // [GROUP]: -1 for an image, 0 for none
  float scale;           // of the gradient
  bool add;              // to the gradient
};

struct AdamCall {
  float *weights, *average, *square;
  float step_size, root; // root is 1 / sqrt(1 - beta2^t)
};

// The kernels of one instruction set. Ranges are from begin to before end.
struct Kernels {
  int sums; // vectors of GROUP floats that a tile has room for
  void (*product)(const Product &, const ProductCall &, int begin, int end); // tiles
  void (*weight_sum)(const WeightSum &, const WeightSumCall &, int begin, int end); // jobs
  void (*turn)(const float *map, int channels, int padded, float *turned, int begin, int end); // pixels
  void (*bias_sum)(const float *gradient, int pixels, int channels, float *sums, bool add, int begin, int end); // channels
  // images are GROUP pointers to [channels][pixels] bytes; runs are of RUN bytes
  void (*images)(const uint8_t *const *images, int channels, int pixels, float *map, int begin, int end);
  // rows are GROUP pointers to floats, which become [floats][GROUP]
  void (*rows)(const float *const *rows, int floats, float *map);
  double (*loss)(Loss, const LossCall &, long vectors); // a sum over GROUP * vectors values
  // logits are [classes][GROUP]; the sum of the images' losses
  double (*cross_entropy)(int classes, const int32_t *labels, const LossCall &);
  void (*max_pool)(const Pool &, const float *in, float *out, int begin, int end); // channels
  void (*max_pool_gradient)(const Pool &, const float *in, const float *out, const GradientCall &, int begin, int end);
  void (*mean)(const float *in, int pixels, int channels, float *out, int begin, int end); // channels
  void (*mean_gradient)(int pixels, int channels, const GradientCall &, int begin, int end);
  void (*maximum)(const float *in, int pixels, int channels, float *out, int begin, int end); // channels
  void (*maximum_gradient)(const float *in, const float *out, int pixels, int channels, const GradientCall &, int begin, int end);
  void (*sigmoid)(const float *in, float *out, long begin, long end); // vectors of GROUP
  void (*sigmoid_gradient)(const float *out, const GradientCall &, long begin, long end);
  void (*relu)(const float *in, float *out, long begin, long end);
  void (*relu_gradient)(const float *out, const GradientCall &, long begin, long end);
  void (*adam)(const AdamCall &, const float *gradient, long begin, long end); // floats
};

constexpr int RUN = 16;

extern const Kernels kernels_avx2, kernels_avx512;

} // namespace plan
