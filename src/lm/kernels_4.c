/* The inner loops on vectors of 4 floats, for any processor: SSE2, NEON or none. */
#define LANES      4
#define LM_KERNELS lm_kernels_4
#include "kernels_body.h"
