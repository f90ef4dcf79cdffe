// Convolutions of images with few channels, for vectors of LANES floats;
// conv_default.cpp, conv_avx2.cpp and conv_avx512.cpp include it and name the
// KERNELS.
//
// With P the matrix of patches, a row for each pixel of the coarse map, there
// are three products:
//
//   gather           coarse = P W^T      a convolution; a transposed one's input gradient
//   scatter          P = coarse W        a transposed convolution; a convolution's input gradient
//   weight gradient  dW = coarse^T P     both
//
// P is never made: a patch is `kernel` runs of floats in the padded image. Each
// product keeps a tile of M by N vectors of sums in registers, for M rows of
// the product that are STEP apart.
#include "conv_shape.h"
#include "vectors.h"

// M is the number of rows in a tile N vectors wide: as many sums as there are
// registers for beside a row of factors.
#if LANES == 16
constexpr int tile_rows(int n) { return n == 3 ? 8 : n == 2 ? 12 : 16; }
#else
constexpr int tile_rows(int n) { return n == 3 ? 4 : n == 2 ? 6 : 8; }
#endif

INLINE vec rectified(vec v) { return v < 0.0f ? vec{} : v; }

// gather's tile: M pixels, N vectors of channels.
struct gather_tiles {
  static constexpr int step = 1;
  const conv_shape &s;
  const int *offsets;
  const float *padded, *weights, *bias;
  bool relu;
  float *coarse;

  template <int M, int N, int STEP> INLINE void tile(const gather_tiles &t, int pixel, int channel) {
    vec sum[M][N];
    const float *patch[M];
    for (int m = 0; m < M; m++) {
      patch[m] = t.padded + t.offsets[pixel + m];
      for (int n = 0; n < N; n++) sum[m][n] = load(t.bias + channel + n * LANES);
    }
    const float *weights = t.weights + channel;
    for (int row = 0; row < t.s.kernel; row++) {
      for (int i = 0; i < t.s.run; i++) {
        vec w[N];
        for (int n = 0; n < N; n++) w[n] = load(weights + n * LANES);
        for (int m = 0; m < M; m++)
          for (int n = 0; n < N; n++) sum[m][n] += patch[m][i] * w[n];
        weights += t.s.coarse_pitch;
      }
      for (int m = 0; m < M; m++) patch[m] += t.s.padded_pitch;
    }
    float *to = t.coarse + pixel * t.s.coarse_pitch + channel;
    for (int m = 0; m < M; m++)
      for (int n = 0; n < N; n++) store(to + m * t.s.coarse_pitch + n * LANES, t.relu ? rectified(sum[m][n]) : sum[m][n]);
  }
};

// scatter's tile: M pixels, N vectors of a row of their patches. Neighbours'
// patches overlap: what one has just stored in part of a vector would have to
// reach the cache before the next can load it. So the pixels are not neighbours.
struct scatter_tiles {
  static constexpr int step = 4;
  const conv_shape &s;
  const int *offsets;
  const float *coarse, *weights;
  float *padded;

  template <int M, int N, int STEP> INLINE void tile(const scatter_tiles &t, int pixel, int column) {
    vec sum[M][N] = {};
    const float *coarse = t.coarse + pixel * t.s.coarse_channels;
    const float *weights = t.weights + column;
    for (int c = 0; c < t.s.coarse_channels; c++) {
      vec w[N];
      for (int n = 0; n < N; n++) w[n] = load(weights + n * LANES);
      for (int m = 0; m < M; m++)
        for (int n = 0; n < N; n++) sum[m][n] += coarse[m * STEP * t.s.coarse_channels + c] * w[n];
      weights += t.s.kernel * t.s.run_pitch;
    }
    for (int m = 0; m < M; m++)
      for (int n = 0; n < N; n++) {
        float *to = t.padded + t.offsets[pixel + m * STEP] + column + n * LANES;
        store(to, load(to) + sum[m][n]);
      }
  }
};

// The weight gradient's tile: M channels, N vectors of a row of the kernel.
struct weight_tiles {
  static constexpr int step = 1;
  const conv_shape &s;
  const int *offsets;
  const float *padded, *coarse;
  float *gradient;

  template <int M, int N, int STEP> INLINE void tile(const weight_tiles &t, int channel, int column) {
    const int pitch = t.s.kernel * t.s.run_pitch;
    float *gradient = t.gradient + channel * pitch + column;
    vec sum[M][N];
    for (int m = 0; m < M; m++)
      for (int n = 0; n < N; n++) sum[m][n] = load(gradient + m * pitch + n * LANES);
    const float *coarse = t.coarse + channel;
    for (int pixel = 0; pixel < t.s.pixels; pixel++) {
      const float *patch = t.padded + t.offsets[pixel] + column;
      vec p[N];
      for (int n = 0; n < N; n++) p[n] = load(patch + n * LANES);
      for (int m = 0; m < M; m++)
        for (int n = 0; n < N; n++) sum[m][n] += coarse[m] * p[n];
      coarse += t.s.coarse_channels;
    }
    for (int m = 0; m < M; m++)
      for (int n = 0; n < N; n++) store(gradient + m * pitch + n * LANES, sum[m][n]);
  }
};

// cover_rows computes all rows of tiles N vectors wide.
template <int N, typename T> INLINE void cover_rows(const T &t, int rows, int column) {
  constexpr int M = tile_rows(N);
  int i = 0;
  for (; i + M * T::step <= rows; i += M * T::step)
    for (int k = 0; k < T::step; k++) T::template tile<M, N, T::step>(t, i + k, column);
  for (; i + M <= rows; i += M) T::template tile<M, N, 1>(t, i, column);
  for (; i + 4 <= rows; i += 4) T::template tile<4, N, 1>(t, i, column);
  for (; i + 2 <= rows; i += 2) T::template tile<2, N, 1>(t, i, column);
  for (; i < rows; i++) T::template tile<1, N, 1>(t, i, column);
}

// cover computes rows by columns, the latter in whole vectors.
template <typename T> INLINE void cover(const T &t, int rows, int columns) {
  int i = 0;
  for (; columns - i > 4 * LANES || columns - i == 3 * LANES; i += 3 * LANES) cover_rows<3>(t, rows, i);
  for (; columns - i >= 2 * LANES; i += 2 * LANES) cover_rows<2>(t, rows, i);
  if (i < columns) cover_rows<1>(t, rows, i);
}

static void gather(const conv_shape &s, const int *offsets, const float *padded, const float *weights,
                   const float *bias, bool relu, float *coarse) {
  cover(gather_tiles{s, offsets, padded, weights, bias, relu, coarse}, s.pixels, s.coarse_pitch);
}

static void scatter(const conv_shape &s, const int *offsets, const float *coarse, const float *weights,
                    float *padded) {
  for (int row = 0; row < s.kernel; row++)
    cover(scatter_tiles{s, offsets, coarse, weights + row * s.run_pitch, padded + row * s.padded_pitch}, s.pixels,
          s.run_pitch);
}

static void weight_gradient(const conv_shape &s, const int *offsets, const float *padded, const float *coarse,
                            float *gradient) {
  for (int row = 0; row < s.kernel; row++)
    cover(weight_tiles{s, offsets, padded + row * s.padded_pitch, coarse, gradient + row * s.run_pitch},
          s.coarse_channels, s.run_pitch);
}

static void crop(const conv_shape &s, const float *padded, const float *bias, bool relu, float *fine) {
  const int row_size = s.fine_width * s.fine_channels;
  for (int y = 0; y < s.fine_height; y++, fine += row_size) {
    const float *row = padded + (s.padding + y) * s.padded_pitch + s.padding * s.fine_channels;
    int i = 0;
    for (; i + LANES <= row_size; i += LANES) {
      const vec sum = load(row + i) + load(bias + i);
      store(fine + i, relu ? rectified(sum) : sum);
    }
    for (; i < row_size; i++) {
      const float sum = row[i] + bias[i];
      fine[i] = relu && sum < 0 ? 0 : sum;
    }
  }
}

static void relu_gradient(int size, const float *output, const float *gradient, float *input_gradient) {
  int i = 0;
  for (; i + LANES <= size; i += LANES)
    store(input_gradient + i, load(output + i) <= 0.0f ? vec{} : load(gradient + i));
  for (; i < size; i++) input_gradient[i] = output[i] <= 0 ? 0 : gradient[i];
}

extern const conv_kernels KERNELS;
const conv_kernels KERNELS = {LANES, gather, scatter, weight_gradient, crop, relu_gradient};
