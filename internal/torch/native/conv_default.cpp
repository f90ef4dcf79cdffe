#define LANES 4
#define KERNELS conv_default
#include "conv_kernels.h"
