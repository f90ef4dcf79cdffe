#define LANES 4
#define KERNELS bce_default
#include "bce_kernel.h"
