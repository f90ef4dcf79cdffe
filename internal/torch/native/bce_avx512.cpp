#if defined(__x86_64__)
#pragma GCC target("avx512f")
#define LANES 16
#define KERNELS bce_avx512
#include "bce_kernel.h"
#endif
