// The binary cross-entropy of arrays of logits; bce_default.cpp, bce_avx2.cpp and
// bce_avx512.cpp include it and name the KERNELS.
#include "bce.h"
#include "bce_math.h"

// sum_of is the sum of n losses, n at most 64 LANES in whole vectors. The sum of
// a clamped form's block that is saturated somewhere is begun again: seldom, and
// all others are computed as fast as the exact form.
template <bool CLAMPED> INLINE vec sum_of(long n, const float *logits, const float *targets, float scale, float *gradient) {
  vec sums = {};
  ivec saturated = {};
  for (long i = 0; i < n; i += LANES) {
    const vec x = load(logits + i);
    const loss_and_slope one = exact(x, load(targets + i));
    if (CLAMPED) saturated |= (ivec)(x > highest) | (ivec)(x < lowest);
    sums += one.loss;
    if (gradient != nullptr) store(gradient + i, one.slope * scale);
  }
  int any = 0;
  for (int k = 0; k < LANES; k++) any |= saturated[k];
  if (any == 0) return sums;
  sums = vec{};
  for (long i = 0; i < n; i += LANES) {
    const loss_and_slope one = clamped(load(logits + i), load(targets + i));
    sums += one.loss;
    if (gradient != nullptr) store(gradient + i, one.slope * scale);
  }
  return sums;
}

template <bool CLAMPED> static double bce(long n, const float *logits, const float *targets, float scale, float *gradient) {
  double sum = 0;
  const long whole = n - n % LANES;
  // Sums of float stay short; theirs is one of double.
  for (long i = 0; i < whole;) {
    const long block = whole - i < 64 * LANES ? whole - i : 64 * LANES;
    const vec sums = sum_of<CLAMPED>(block, logits + i, targets + i, scale, gradient == nullptr ? nullptr : gradient + i);
    for (int k = 0; k < LANES; k++) sum += sums[k];
    i += block;
  }
  if (whole == n) return sum;
  const long rest = n - whole;
  float last[3][LANES] = {};
  for (long k = 0; k < rest; k++) last[0][k] = logits[whole + k], last[1][k] = targets[whole + k];
  const vec x = load(last[0]), t = load(last[1]);
  const loss_and_slope one = CLAMPED ? clamped(x, t) : exact(x, t);
  store(last[2], one.slope * scale);
  for (long k = 0; k < rest; k++) {
    sum += one.loss[k];
    if (gradient != nullptr) gradient[whole + k] = last[2][k];
  }
  return sum;
}

extern const bce_kernels KERNELS;
const bce_kernels KERNELS = {bce<false>, bce<true>};
