/* The inner loops on vectors of 16 floats, for AVX-512 (x86-64-v4). */
#define LANES      16
#define LM_KERNELS lm_kernels_16
#include "kernels_body.h"
