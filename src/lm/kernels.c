/* Which inner loops this machine can run. */
#include "kernels.h"

const lm_kernels *lm_kernels_at(int index) {
    const lm_kernels *able[3] = {NULL};
    int count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        able[count++] = &lm_kernels_16;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) able[count++] = &lm_kernels_8;
#endif
    able[count++] = &lm_kernels_4;
    return index < count ? able[index] : NULL;
}
