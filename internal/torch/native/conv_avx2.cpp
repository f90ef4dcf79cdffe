#if defined(__x86_64__)
#pragma GCC target("avx2,fma")
#define LANES 8
#define KERNELS conv_avx2
#include "conv_kernels.h"
#endif
