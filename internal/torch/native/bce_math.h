// Binary cross-entropy of logits, LANES of them at a time, and what it is made
// of.
//
// exact: for a logit x and a target t the loss is max(x, 0) - x t + log(1 + e),
// with e = exp(-|x|), and its derivative sigmoid(x) - t.
//
// clamped: what PyTorch computes from p = sigmoid(x), rounded to float32. The
// loss is -t log(p) - (1 - t) log(1 - p), whose logarithms are -100 at least.
// Its derivative is (p - t) / max(p (1 - p), 1e-12), times p (1 - p). For logits
// from -27 to 6 that is the exact form but for rounding, and the same bits here.
// Above, the 24 bits of p leave few for 1 - p, and none from 16.7 on: the loss
// is 100 (1 - t), its derivative 0. Below -27 the derivative fades.
//
// Not a number stays so.
#pragma once

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

// twice_atanh is 2 atanh(z) for |z| <= 1/3: log((1 + z) / (1 - z)).
INLINE vec twice_atanh(vec z) {
  const vec square = z * z;
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

// log_1_plus is log(1 + e) for e from 0 to 1.
INLINE vec log_1_plus(vec e) { return twice_atanh(e / (e + 2.0f)); }

struct loss_and_slope { vec loss, slope; };

INLINE loss_and_slope exact(vec x, vec t) {
  const vec e = exp_negative(x > 0.0f ? -x : x), one = all(1.0f);
  const vec loss = (x > 0.0f ? x : vec{}) - x * t + log_1_plus(e);
  return {loss, (x > 0.0f ? one : e) / (e + 1.0f) - t};
}

// What the two forms differ in lies above and below these logits.
static const float highest = 6, lowest = -27;

// The greatest logit whose exponential float32 does not hold: p is 0 below it.
static const float no_sigmoid = -88.72284f;

INLINE loss_and_slope clamped(vec x, vec t) {
  loss_and_slope it = exact(x, t);
  const vec e = exp_negative(x > 0.0f ? -x : x), one = all(1.0f);
  // Rounded as PyTorch rounds it, q = 1 - p is k 2^-24 with a whole k.
  const vec p = one / (one + e), q = one - p;
  // -log(q) is -log(e) - log(q / e), and q / e from 2/3 to 2.
  const vec without = q > 0.0f ? x - twice_atanh((q - e) / (q + e)) : all(100.0f);
  it.loss = x > highest ? (one - t) * without + t * log_1_plus(q / p) : it.loss;
  it.slope = x > highest && q <= 0.0f ? vec{} : it.slope;
  it.slope = x < lowest && e < 1e-12f ? it.slope * (e * 1e12f) : it.slope;
  it.loss = x < no_sigmoid ? t * 100.0f : it.loss;
  it.slope = x < no_sigmoid ? vec{} : it.slope;
  return it;
}
