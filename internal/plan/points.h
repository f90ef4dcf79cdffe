// The kernels that work on each value of a map by itself, or nearly so.
#pragma once

#include "products.h"

namespace plan {
namespace {

INLINE vec root_of(vec x) {
#if LANES == 16 && defined(__AVX512F__)
  return (vec)_mm512_sqrt_ps((__m512)x);
#elif LANES == 8
  return (vec)_mm256_sqrt_ps((__m256)x);
#else // only for testdata/check.cpp
  float *at = reinterpret_cast<float *>(&x);
  for (int i = 0; i < LANES; i += 8) _mm256_storeu_ps(at + i, _mm256_sqrt_ps(_mm256_loadu_ps(at + i)));
  return x;
#endif
}

INLINE ivec load_ints(const int32_t *p) {
  ivec v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

// put makes value at the input's gradient what call asks for.
INLINE void put(const GradientCall &call, size_t at, vec value) {
  if (call.mask != nullptr) value = load(call.mask + at) <= 0.0f ? vec{} : value;
  store(call.to + at, call.add ? load(call.to + at) + value : value);
}

// Planes to a group's map, RUN bytes of each image at a time; the last run of a
// plane may be short.
void images(const uint8_t *const *images, int channels, int pixels, float *map, int begin, int end) {
  const int runs = (pixels + RUN - 1) / RUN;
  for (int u = begin; u < end; u++) {
    const int c = u / runs, pixel = u % runs * RUN, n = pixels - pixel < RUN ? pixels - pixel : RUN;
    const size_t at = static_cast<size_t>(c) * pixels + pixel;
    alignas(16) uint8_t bytes[RUN][GROUP];
    if (n == RUN) {
      __m128i r[16], s[16];
      for (int i = 0; i < 16; i++) r[i] = _mm_loadu_si128(reinterpret_cast<const __m128i *>(images[i] + at));
      for (int round = 0; round < 2; round++) { // four rounds of interleaving transpose 16 x 16 bytes
        for (int i = 0; i < 8; i++) s[2 * i] = _mm_unpacklo_epi8(r[i], r[i + 8]), s[2 * i + 1] = _mm_unpackhi_epi8(r[i], r[i + 8]);
        for (int i = 0; i < 8; i++) r[2 * i] = _mm_unpacklo_epi8(s[i], s[i + 8]), r[2 * i + 1] = _mm_unpackhi_epi8(s[i], s[i + 8]);
      }
      for (int i = 0; i < 16; i++) _mm_store_si128(reinterpret_cast<__m128i *>(bytes[i]), r[i]);
    } else
      for (int k = 0; k < n; k++)
        for (int i = 0; i < GROUP; i++) bytes[k][i] = images[i][at + k];
    for (int k = 0; k < n; k++) {
      float *to = map + (static_cast<size_t>(pixel + k) * channels + c) * GROUP;
      const __m128i values = _mm_load_si128(reinterpret_cast<const __m128i *>(bytes[k]));
      for (int half = 0; half < 2; half++) {
        const __m256i wide = _mm256_cvtepu8_epi32(half == 0 ? values : _mm_srli_si128(values, 8));
        _mm256_storeu_ps(to + 8 * half, _mm256_div_ps(_mm256_cvtepi32_ps(wide), _mm256_set1_ps(255)));
      }
    }
  }
}

void rows(const float *const *rows, int floats, float *map) {
  int i = 0;
  for (; i + 8 <= floats; i += 8)
    for (int n = 0; n < GROUP; n += 8) {
      __m256 from[8];
      for (int k = 0; k < 8; k++) from[k] = _mm256_loadu_ps(rows[n + k] + i);
      transpose8(from, map + static_cast<size_t>(i) * GROUP + n, GROUP);
    }
  for (; i < floats; i++)
    for (int n = 0; n < GROUP; n++) map[static_cast<size_t>(i) * GROUP + n] = rows[n][i];
}

INLINE vec sigmoid_of(vec x) {
  const vec e = exp_negative(x > 0.0f ? -x : x);
  return (x > 0.0f ? all(1.0f) : e) / (e + 1.0f);
}

template <Loss KIND> INLINE loss_and_slope compare(vec x, vec t) {
  if (KIND == Loss::bce_exact) return exact(x, t);
  if (KIND == Loss::bce_clamped) return clamped(x, t);
  const bool squashed = KIND == Loss::l1_sigmoid || KIND == Loss::mse_sigmoid;
  const vec p = squashed ? sigmoid_of(x) : x, d = p - t;
  loss_and_slope it;
  if (KIND == Loss::l1 || KIND == Loss::l1_sigmoid) {
    it.loss = d < 0.0f ? -d : d;
    it.slope = d > 0.0f ? all(1.0f) : d < 0.0f ? all(-1.0f) : d; // not a number stays so
  } else
    it.loss = d * d, it.slope = d + d;
  if (squashed) it.slope *= p * (1.0f - p);
  return it;
}

// A block of vectors is summed in float32, the blocks' sums in float64.
constexpr long LOSS_BLOCK = 64;

template <Loss KIND> double losses(const LossCall &call, long n, bool *saturated) {
  vec sums[V] = {};
  ivec beyond = {};
  for (long i = 0; i < n; i++)
    for (int v = 0; v < V; v++) {
      const long at = i * GROUP + v * LANES;
      const ivec valid = load_ints(call.images + v * LANES);
      const vec x = load(call.output + at);
      const loss_and_slope it = compare<KIND>(x, load(call.target + at));
      if (KIND == Loss::bce_exact) beyond |= (ivec)(x > highest) | (ivec)(x < lowest);
      sums[v] += (vec)((ivec)it.loss & valid);
      if (call.gradient == nullptr) continue;
      vec slope = (vec)((ivec)(it.slope * call.scale) & valid);
      if (call.mask != nullptr) slope = load(call.mask + at) <= 0.0f ? vec{} : slope;
      store(call.gradient + at, call.add ? load(call.gradient + at) + slope : slope);
    }
  *saturated = false;
  for (int k = 0; k < LANES; k++) *saturated |= beyond[k] != 0;
  double sum = 0;
  for (int v = 0; v < V; v++)
    for (int k = 0; k < LANES; k++) sum += sums[v][k];
  return sum;
}

// bce_clamped is bce_exact where no logit of a block is beyond what the two
// differ in: seldom, and half the work.
double clamped_losses(const LossCall &call, long n) {
  float before[LOSS_BLOCK * GROUP];
  const bool adds = call.add && call.gradient != nullptr;
  if (adds) __builtin_memcpy(before, call.gradient, n * GROUP * sizeof(float));
  bool saturated;
  const double sum = losses<Loss::bce_exact>(call, n, &saturated);
  if (!saturated) return sum;
  if (adds) __builtin_memcpy(call.gradient, before, n * GROUP * sizeof(float));
  return losses<Loss::bce_clamped>(call, n, &saturated);
}

double loss_block(Loss kind, const LossCall &call, long n) {
  bool ignored;
  switch (kind) {
  case Loss::bce_exact: return losses<Loss::bce_exact>(call, n, &ignored);
  case Loss::bce_clamped: return clamped_losses(call, n);
  case Loss::l1: return losses<Loss::l1>(call, n, &ignored);
  case Loss::mse: return losses<Loss::mse>(call, n, &ignored);
  case Loss::l1_sigmoid: return losses<Loss::l1_sigmoid>(call, n, &ignored);
  case Loss::mse_sigmoid: return losses<Loss::mse_sigmoid>(call, n, &ignored);
  }
  return 0;
}

double loss(Loss kind, const LossCall &call, long vectors) {
  double sum = 0;
  for (long i = 0; i < vectors; i += LOSS_BLOCK) {
    LossCall block = call;
    block.output += i * GROUP, block.target += i * GROUP;
    if (call.gradient != nullptr) block.gradient += i * GROUP;
    if (call.mask != nullptr) block.mask += i * GROUP;
    sum += loss_block(kind, block, vectors - i < LOSS_BLOCK ? vectors - i : LOSS_BLOCK);
  }
  return sum;
}

// log_of is log(s) of a normal s above 0: e log(2) + log(m), s = m 2^e with m
// from 2/3 to 4/3. Infinity and not a number become the latter.
INLINE vec log_of(vec s) {
  const ivec e = ((ivec)s - 0x3f2aaaab) >> 23;
  const vec m = (vec)((ivec)s - (e << 23));
  vec n;
  for (int k = 0; k < LANES; k++) n[k] = e[k];
  return n * 0.693359375f + (twice_atanh((m - 1.0f) / (m + 1.0f)) - n * 2.12194440e-4f) + (s - s);
}

double cross_entropy(int classes, const int32_t *labels, const LossCall &call) {
  double sum = 0;
  for (int v = 0; v < V; v++) {
    const float *logits = call.output + v * LANES;
    const ivec label = load_ints(labels + v * LANES), valid = load_ints(call.images + v * LANES);
    vec top = load(logits), own = {}, total = {};
    for (int c = 1; c < classes; c++) {
      const vec x = load(logits + c * GROUP);
      top = x > top ? x : top;
    }
    for (int c = 0; c < classes; c++) {
      const vec x = load(logits + c * GROUP), e = exp_negative(x - top);
      total += e;
      own = label == c ? x : own;
      if (call.gradient != nullptr) store(call.gradient + c * GROUP + v * LANES, e);
    }
    const vec loss = (vec)((ivec)(log_of(total) + (top - own)) & valid);
    for (int k = 0; k < LANES; k++) sum += loss[k];
    if (call.gradient == nullptr) continue;
    const vec one = all(1.0f);
    for (int c = 0; c < classes; c++) {
      float *at = call.gradient + c * GROUP + v * LANES;
      const vec slope = load(at) / total - (label == c ? one : vec{});
      store(at, (vec)((ivec)(slope * call.scale) & valid));
    }
  }
  return sum;
}

// A not-a-number is the largest, as in PyTorch.
INLINE vec larger(vec a, vec b) { return b > a || b != b ? b : a; }

void max_pool(const Pool &p, const float *in, float *out, int begin, int end) {
  for (int q = 0; q < p.out_pixels; q++)
    for (int c = begin; c < end; c++)
      for (int v = 0; v < V; v++) {
        vec top = all(-__builtin_inff());
        for (int k = 0; k < p.window; k++) {
          const int32_t pixel = p.windows[q * p.window + k];
          if (pixel >= 0) top = larger(top, load(in + (static_cast<size_t>(pixel) * p.channels + c) * GROUP + v * LANES));
        }
        store(out + (static_cast<size_t>(q) * p.channels + c) * GROUP + v * LANES, top);
      }
}

// The first of a window's largest gets the gradient.
void max_pool_gradient(const Pool &p, const float *in, const float *out, const GradientCall &call, int begin, int end) {
  const auto at = [&](int pixel, int c, int v) { return (static_cast<size_t>(pixel) * p.channels + c) * GROUP + v * LANES; };
  if (!call.add)
    for (int i = 0; i < p.in_pixels; i++)
      for (int c = begin; c < end; c++)
        for (int v = 0; v < V; v++) store(call.to + at(i, c, v), vec{});
  GradientCall adding = call;
  adding.add = true;
  for (int q = 0; q < p.out_pixels; q++)
    for (int c = begin; c < end; c++)
      for (int v = 0; v < V; v++) {
        const vec top = load(out + at(q, c, v)), gradient = load(call.gradient + at(q, c, v));
        ivec taken = {};
        for (int k = 0; k < p.window; k++) {
          const int32_t pixel = p.windows[q * p.window + k];
          if (pixel < 0) continue;
          const vec x = load(in + at(pixel, c, v));
          const ivec is = ((ivec)(x == top) | (ivec)(x != x)) & ~taken;
          taken |= is;
          put(adding, at(pixel, c, v), (vec)((ivec)gradient & is));
        }
      }
}

void mean(const float *in, int pixels, int channels, float *out, int begin, int end) {
  for (int c = begin; c < end; c++)
    for (int v = 0; v < V; v++) {
      vec sum = {};
      for (int p = 0; p < pixels; p++) sum += load(in + (static_cast<size_t>(p) * channels + c) * GROUP + v * LANES);
      store(out + c * GROUP + v * LANES, sum / static_cast<float>(pixels));
    }
}

void mean_gradient(int pixels, int channels, const GradientCall &call, int begin, int end) {
  for (int c = begin; c < end; c++)
    for (int v = 0; v < V; v++) {
      const vec share = load(call.gradient + c * GROUP + v * LANES) / static_cast<float>(pixels);
      for (int p = 0; p < pixels; p++) put(call, (static_cast<size_t>(p) * channels + c) * GROUP + v * LANES, share);
    }
}

void maximum(const float *in, int pixels, int channels, float *out, int begin, int end) {
  for (int c = begin; c < end; c++)
    for (int v = 0; v < V; v++) {
      vec top = load(in + c * GROUP + v * LANES);
      for (int p = 1; p < pixels; p++) top = larger(top, load(in + (static_cast<size_t>(p) * channels + c) * GROUP + v * LANES));
      store(out + c * GROUP + v * LANES, top);
    }
}

// All that are the largest share the gradient, as torch.amax has it.
void maximum_gradient(const float *in, const float *out, int pixels, int channels, const GradientCall &call, int begin, int end) {
  for (int c = begin; c < end; c++)
    for (int v = 0; v < V; v++) {
      const auto at = [&](int p) { return (static_cast<size_t>(p) * channels + c) * GROUP + v * LANES; };
      const vec top = load(out + c * GROUP + v * LANES), one = all(1.0f);
      vec count = {};
      for (int p = 0; p < pixels; p++) count += load(in + at(p)) == top ? one : vec{};
      const vec share = load(call.gradient + c * GROUP + v * LANES) / count;
      for (int p = 0; p < pixels; p++) put(call, at(p), load(in + at(p)) == top ? share : vec{});
    }
}

void sigmoid(const float *in, float *out, long begin, long end) {
  for (long i = begin * GROUP; i < end * GROUP; i += LANES) store(out + i, sigmoid_of(load(in + i)));
}

void sigmoid_gradient(const float *out, const GradientCall &call, long begin, long end) {
  for (long i = begin * GROUP; i < end * GROUP; i += LANES) {
    const vec p = load(out + i);
    put(call, i, load(call.gradient + i) * (p * (1.0f - p)));
  }
}

void relu(const float *in, float *out, long begin, long end) {
  for (long i = begin * GROUP; i < end * GROUP; i += LANES) {
    const vec x = load(in + i);
    store(out + i, x < 0.0f ? vec{} : x);
  }
}

void relu_gradient(const float *out, const GradientCall &call, long begin, long end) {
  for (long i = begin * GROUP; i < end * GROUP; i += LANES)
    put(call, i, load(out + i) <= 0.0f ? vec{} : load(call.gradient + i));
}

// As libtorch's fused Adam rounds it: beta1 = 0.9, beta2 = 0.999, epsilon 1e-8.
INLINE void adam_of(const AdamCall &call, const float *gradient, float *weights, float *average, float *square) {
  const vec g = load(gradient), m0 = load(average);
  const vec m = m0 + (g - m0) * 0.1f;
  const vec s = load(square) * 0.999f + g * g * 0.001f;
  store(average, m);
  store(square, s);
  store(weights, load(weights) - m * call.step_size / (root_of(s) * call.root + 1e-8f));
}

void adam(const AdamCall &call, const float *gradient, long begin, long end) {
  long i = begin;
  for (; i + LANES <= end; i += LANES) adam_of(call, gradient + i, call.weights + i, call.average + i, call.square + i);
  if (i == end) return;
  const size_t rest = (end - i) * sizeof(float);
  float last[4][LANES] = {};
  const float *from[] = {gradient + i, call.weights + i, call.average + i, call.square + i};
  for (int k = 0; k < 4; k++) __builtin_memcpy(last[k], from[k], rest);
  adam_of(call, last[0], last[1], last[2], last[3]);
  __builtin_memcpy(call.weights + i, last[1], rest);
  __builtin_memcpy(call.average + i, last[2], rest);
  __builtin_memcpy(call.square + i, last[3], rest);
}

} // namespace

extern const Kernels KERNELS;
const Kernels KERNELS = {SUMS,          product,       weight_sum,       turn,    bias_sum,         images,
                         rows,          loss,          cross_entropy,    max_pool, max_pool_gradient, mean,
                         mean_gradient, maximum,       maximum_gradient, sigmoid, sigmoid_gradient, relu,
                         relu_gradient, adam};

} // namespace plan
