/* The inner loops on vectors of 8 floats, for AVX2 (x86-64-v3). */
#define LANES      8
#define LM_KERNELS lm_kernels_8
#include "kernels_body.h"
