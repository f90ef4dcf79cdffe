// Binary cross-entropy of logits, LANES of them at a time; bce_avx2.cpp and
// bce_avx512.cpp include it and name the KERNEL.
//
// For a logit x and a target t the loss is max(x, 0) - x t + log(1 + e), with
// e = exp(-|x|), and its derivative sigmoid(x) - t. Not a number stays so.
#include "bce.h"
#include "vectors.h"

typedef int ivec __attribute__((vector_size(4 * LANES), may_alias));

INLINE vec all(float x) { return x - vec{}; }

// exp_negative is exp(y) for y from -87 to 0, and exp(-87) below: 2^n exp(r)
// with |r| <= log(2)/2, for which Taylor's polynomial is exact to float's
// rounding.
INLINE vec exp_negative(vec y) {
  y = y < -87.0f ? all(-87.0f) : y;
  const vec rounder = all(12582912.0f); // 1.5 * 2^23: adding it rounds to whole numbers
  const vec shifted = y * 1.44269504f + rounder;
  const vec n = shifted - rounder;
  const vec r = y - n * 0.693359375f + n * 2.12194440e-4f; // log(2) in two parts
  vec p = all(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 1.0f / 2;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const ivec bits = ((ivec)shifted - (ivec)rounder + 127) << 23;
  return p * (vec)bits;
}

// log_1_plus is log(1 + e) for e from 0 to 1: 2 atanh(e / (2 + e)), whose
// argument is at most 1/3.
INLINE vec log_1_plus(vec e) {
  const vec z = e / (e + 2.0f), square = z * z;
  vec p = all(1.0f / 15);
  p = p * square + 1.0f / 13;
  p = p * square + 1.0f / 11;
  p = p * square + 1.0f / 9;
  p = p * square + 1.0f / 7;
  p = p * square + 1.0f / 5;
  p = p * square + 1.0f / 3;
  p = p * square + 1.0f;
  return 2.0f * z * p;
}

struct loss_and_slope { vec loss, slope; };

INLINE loss_and_slope compare(vec x, vec t) {
  const vec e = exp_negative(x > 0.0f ? -x : x), one = all(1.0f);
  const vec loss = (x > 0.0f ? x : vec{}) - x * t + log_1_plus(e);
  return {loss, (x > 0.0f ? one : e) / (e + 1.0f) - t};
}

static double bce(long n, const float *logits, const float *targets, float scale, float *gradient) {
  double sum = 0;
  long i = 0;
  while (i + LANES <= n) {
    // Sums of float stay short; theirs is one of double.
    const long end = n - i > 64 * LANES ? i + 64 * LANES : n;
    vec sums = {};
    for (; i + LANES <= end; i += LANES) {
      const loss_and_slope one = compare(load(logits + i), load(targets + i));
      sums += one.loss;
      if (gradient != nullptr) store(gradient + i, one.slope * scale);
    }
    for (int k = 0; k < LANES; k++) sum += sums[k];
  }
  if (i == n) return sum;
  float last[3][LANES] = {};
  for (long k = 0; k < n - i; k++) last[0][k] = logits[i + k], last[1][k] = targets[i + k];
  const loss_and_slope one = compare(load(last[0]), load(last[1]));
  store(last[2], one.slope * scale);
  for (long k = 0; k < n - i; k++) {
    sum += one.loss[k];
    if (gradient != nullptr) gradient[i + k] = last[2][k];
  }
  return sum;
}

bce_kernel *const KERNEL = bce;
