#if defined(__x86_64__)
#pragma GCC target("avx2,fma")
#define LANES 8
#define KERNELS kernels_avx2
#include "points.h"
#endif
