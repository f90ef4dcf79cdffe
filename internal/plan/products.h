// The kernels that do nearly all of a step's arithmetic; kernels_avx2.cpp and
// kernels_avx512.cpp include them.
//
// Every sum has one order, whatever the vectors' width and the number of threads:
// taps, then channels, for a product; pixels, then images, for a weight's gradient,
// the images in as many chains as weight_sums says. So all of them give the same
// bits.
#pragma once

#include <immintrin.h>

#include "bce_math.h"
#include "shape.h"

namespace plan {
namespace {

constexpr int V = GROUP / LANES; // vectors of a group
// As many sums as registers are left for besides their operands.
constexpr int SUMS = LANES == 16 ? 24 : 6;

typedef float vec8 __attribute__((vector_size(32), aligned(4), may_alias));

// IN is the number of input channels, or 0 for any.
template <int COUNT, int BLOCK, int IN> void tile(const Product &p, const ProductCall &from, const Tile &t) {
  const ProductCall call = from; // a copy, which no store can change
  vec sums[COUNT][BLOCK][V];
  const size_t out_pitch = static_cast<size_t>(p.out_channels) * GROUP;
  const int channel = t.block * BLOCK;
  for (int i = 0; i < COUNT; i++)
    for (int m = 0; m < BLOCK; m++)
      for (int v = 0; v < V; v++) sums[i][m][v] = call.bias == nullptr ? vec{} : all(call.bias[channel + m]);
  if (call.add)
    for (int i = 0; i < COUNT; i++)
      for (int m = 0; m < BLOCK; m++)
        for (int v = 0; v < V; v++) sums[i][m][v] += load(call.out + t.out[i] * out_pitch + (channel + m) * GROUP + v * LANES);
  const int in_channels = IN > 0 ? IN : p.in_channels;
  const size_t tap_pitch = static_cast<size_t>(in_channels) * BLOCK;
  const float *block = call.weights + t.block * p.ntaps * tap_pitch;
  for (int k = 0; k < t.ntaps; k++) {
    const float *w = block + t.taps[k].tap * tap_pitch;
    const float *x[COUNT];
    for (int i = 0; i < COUNT; i++) x[i] = call.in + static_cast<ptrdiff_t>(t.in[i] + t.taps[k].offset) * in_channels * GROUP;
    for (int c = 0; c < in_channels; c++, w += BLOCK) {
      vec values[COUNT][V];
      for (int i = 0; i < COUNT; i++)
        for (int v = 0; v < V; v++) values[i][v] = load(x[i] + c * GROUP + v * LANES);
      for (int m = 0; m < BLOCK; m++)
        for (int i = 0; i < COUNT; i++)
          for (int v = 0; v < V; v++) sums[i][m][v] += values[i][v] * w[m];
    }
  }
  for (int i = 0; i < COUNT; i++) {
    const size_t at = t.out[i] * out_pitch + channel * GROUP;
    if (call.relu)
      for (int m = 0; m < BLOCK; m++)
        for (int v = 0; v < V; v++) sums[i][m][v] = sums[i][m][v] < 0.0f ? vec{} : sums[i][m][v];
    if (call.mask != nullptr)
      for (int m = 0; m < BLOCK; m++)
        for (int v = 0; v < V; v++) sums[i][m][v] = load(call.mask + at + m * GROUP + v * LANES) <= 0.0f ? vec{} : sums[i][m][v];
    for (int m = 0; m < BLOCK; m++)
      for (int v = 0; v < V; v++) store(call.out + at + m * GROUP + v * LANES, sums[i][m][v]);
  }
}

template <int BLOCK, int IN> void tiles_of(const Product &p, const ProductCall &call, int begin, int end) {
  for (int i = begin; i < end; i++) {
    const Tile &t = p.tiles[i];
    if (t.count == SUMS / BLOCK) {
      tile<SUMS / BLOCK, BLOCK, IN>(p, call, t);
      continue;
    }
    Tile one = t;
    one.count = 1;
    for (int k = 0; k < t.count; k++, one.in++, one.out++) tile<1, BLOCK, IN>(p, call, one);
  }
}

// Images have 3 channels: so few that a loop over them costs as much as the sums.
template <int BLOCK> void tiles(const Product &p, const ProductCall &call, int begin, int end) {
  p.in_channels == 3 ? tiles_of<BLOCK, 3>(p, call, begin, end) : tiles_of<BLOCK, 0>(p, call, begin, end);
}

void product(const Product &p, const ProductCall &call, int begin, int end) {
  switch (p.block) {
  case 1: return tiles<1>(p, call, begin, end);
  case 2: return tiles<2>(p, call, begin, end);
  case 3: return tiles<3>(p, call, begin, end);
  case 6: return tiles<6>(p, call, begin, end);
#if LANES == 16
  case 4: return tiles<4>(p, call, begin, end);
  case 8: return tiles<8>(p, call, begin, end);
  case 12: return tiles<12>(p, call, begin, end);
#endif
  default: __builtin_trap();
  }
}

// Vectors are of 8 channels, whatever LANES is: most networks' are no multiple of
// 16.
template <int VECTORS, int OTHERS> void weight_sums(const WeightSum &s, const WeightSumCall &call, int job) {
  constexpr int L = 8;
  // So many chains take the images in turn, where there would be too few sums to
  // hide how long an addition takes. How many there are decides the bits.
  constexpr int UNROLL = VECTORS * OTHERS >= 8 ? 1 : VECTORS * OTHERS >= 4 ? 2 : 4;
  const int blocks = s.other_channels / OTHERS, per_tap = s.padded / (VECTORS * L) * blocks;
  const int tap = job / per_tap, other = job % blocks * OTHERS, lane = job % per_tap / blocks * VECTORS * L;
  vec8 sums[UNROLL][OTHERS][VECTORS]; // = {} would fill memory, not registers
  for (int u = 0; u < UNROLL; u++)
    for (int o = 0; o < OTHERS; o++)
      for (int v = 0; v < VECTORS; v++) sums[u][o][v] = vec8{};
  for (int32_t i = s.first[tap]; i < s.first[tap + 1]; i++) {
    const float *a = call.turned + static_cast<size_t>(s.pairs[i].lanes) * GROUP * s.padded + lane;
    const float *b = call.other + (static_cast<size_t>(s.pairs[i].other) * s.other_channels + other) * GROUP;
    for (int n = 0; n < GROUP; n += UNROLL)
      for (int u = 0; u < UNROLL; u++, a += s.padded) {
        vec8 values[VECTORS];
        for (int v = 0; v < VECTORS; v++) values[v] = *reinterpret_cast<const vec8 *>(a + v * L);
        for (int o = 0; o < OTHERS; o++)
          for (int v = 0; v < VECTORS; v++) sums[u][o][v] += values[v] * b[o * GROUP + n + u];
      }
  }
  float of_lanes[OTHERS][VECTORS * L];
  for (int o = 0; o < OTHERS; o++)
    for (int v = 0; v < VECTORS; v++) {
      vec8 sum = sums[0][o][v];
      for (int u = 1; u < UNROLL; u++) sum += sums[u][o][v];
      *reinterpret_cast<vec8 *>(of_lanes[o] + v * L) = sum;
    }
  const int lanes = s.lanes_channels - lane < VECTORS * L ? s.lanes_channels - lane : VECTORS * L;
  float *to = call.gradient + tap * s.tap_stride + other * s.other_stride + lane * s.lanes_stride;
  for (int l = 0; l < lanes; l++, to += s.lanes_stride)
    for (int o = 0; o < OTHERS; o++) {
      float *at = to + o * s.other_stride;
      *at = call.add ? *at + of_lanes[o][l] : of_lanes[o][l];
    }
}

template <int VECTORS>
void weight_sums_of(const WeightSum &s, const WeightSumCall &call, int begin, int end) {
  for (int job = begin; job < end; job++) switch (s.others) {
    case 1: weight_sums<VECTORS, 1>(s, call, job); break;
    case 2: weight_sums<VECTORS, 2>(s, call, job); break;
    case 3: weight_sums<VECTORS, 3>(s, call, job); break;
    case 4: weight_sums<VECTORS, 4>(s, call, job); break;
    case 6: if constexpr (VECTORS == 2) { weight_sums<2, 6>(s, call, job); break; } [[fallthrough]];
    default: __builtin_trap();
    }
}

void weight_sum(const WeightSum &s, const WeightSumCall &call, int begin, int end) {
  switch (s.vectors) {
  case 1: return weight_sums_of<1>(s, call, begin, end);
  case 2: return weight_sums_of<2>(s, call, begin, end);
  case 3: return weight_sums_of<3>(s, call, begin, end);
  default: __builtin_trap();
  }
}

// transpose8 stores the columns of 8 rows.
INLINE void transpose8(__m256 (&r)[8], float *to, size_t pitch) {
  __m256 t[8];
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int k = 0; k < 2; k++) {
      r[i + 2 * k] = _mm256_shuffle_ps(t[i + k], t[i + 2 + k], 0x44);
      r[i + 2 * k + 1] = _mm256_shuffle_ps(t[i + k], t[i + 2 + k], 0xEE);
    }
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(to + i * pitch, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
    _mm256_storeu_ps(to + (i + 4) * pitch, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
  }
}

void turn(const float *map, int channels, int padded, float *turned, int begin, int end) {
  for (int p = begin; p < end; p++) {
    const float *from = map + static_cast<size_t>(p) * channels * GROUP;
    float *to = turned + static_cast<size_t>(p) * GROUP * padded;
    for (int c = 0; c < padded; c += 8)
      for (int n = 0; n < GROUP; n += 8) {
        const float *corner = from + c * GROUP + n;
        __m256 rows[8];
        if (c + 8 <= channels)
          for (int i = 0; i < 8; i++) rows[i] = _mm256_loadu_ps(corner + i * GROUP);
        else
          for (int i = 0; i < 8; i++) rows[i] = c + i < channels ? _mm256_loadu_ps(corner + i * GROUP) : _mm256_setzero_ps();
        transpose8(rows, to + n * padded + c, padded);
      }
  }
}

// sum_of_lanes adds them up as a tree, the same for every width.
INLINE float sum_of_lanes(const vec (&v)[V]) {
  float t[GROUP];
  for (int i = 0; i < V; i++) store(t + i * LANES, v[i]);
  for (int half = GROUP / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) t[k] += t[k + half];
  return t[0];
}

void bias_sum(const float *gradient, int pixels, int channels, float *sums, bool add, int begin, int end) {
  constexpr int CHAINS = 4, AT_ONCE = 8; // channels, for a map is read line by line
  for (int first = begin; first < end; first += AT_ONCE) {
    const int count = end - first < AT_ONCE ? end - first : AT_ONCE;
    vec s[AT_ONCE][CHAINS][V] = {};
    for (int p = 0; p < pixels; p++) {
      const float *from = gradient + (static_cast<size_t>(p) * channels + first) * GROUP;
      for (int c = 0; c < count; c++)
        for (int v = 0; v < V; v++) s[c][p % CHAINS][v] += load(from + c * GROUP + v * LANES);
    }
    for (int c = 0; c < count; c++) {
      for (int v = 0; v < V; v++) s[c][0][v] = (s[c][0][v] + s[c][1][v]) + (s[c][2][v] + s[c][3][v]);
      const float sum = sum_of_lanes(s[c][0]);
      sums[first + c] = add ? sums[first + c] + sum : sum;
    }
  }
}

} // namespace
} // namespace plan
