#if defined(__x86_64__)
#pragma GCC target("avx2,fma")
#define LANES 8
#define KERNELS bce_avx2
#include "bce_kernel.h"
#endif
