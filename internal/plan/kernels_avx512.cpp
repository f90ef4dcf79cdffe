#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,fma")
#define LANES 16
#define KERNELS kernels_avx512
#include "points.h"
#endif
