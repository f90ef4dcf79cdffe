// Binary cross-entropy of logits on the CPU.
#pragma once

// A bce_kernel returns the sum of n losses. Where gradient is not null, it gets
// the derivative of each by its logit, times scale.
typedef double bce_kernel(long n, const float *logits, const float *targets, float scale, float *gradient);

#if defined(__x86_64__)
extern bce_kernel *const bce_avx2, *const bce_avx512;
#endif
