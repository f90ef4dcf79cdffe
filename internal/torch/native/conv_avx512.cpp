#if defined(__x86_64__)
#pragma GCC target("avx512f")
#define LANES 16
#define KERNELS conv_avx512
#include "conv_kernels.h"
#endif
