// Binary cross-entropy of logits on the CPU.
#pragma once

// A bce_kernel returns the sum of n losses. Where gradient is not null, it gets
// the derivative of each by its logit, times scale.
typedef double bce_kernel(long n, const float *logits, const float *targets, float scale, float *gradient);

// bce_kernels are the two definitions of that loss; bce_kernel.h tells them
// apart.
struct bce_kernels {
  bce_kernel *exact, *clamped;
};

extern const bce_kernels bce_default;
#if defined(__x86_64__)
extern const bce_kernels bce_avx2, bce_avx512;
#endif
