/* Recordings come at any level; the model was taught around one. */
#include "neume/hear_net.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK_SAMPLES = NEUME_FEATURES_RATE_HZ / 20 };
static const double TARGET_LEVEL = 0.1; /* -20 dBFS */
static const double GAIN_MAX = 31.6;    /* 30 dB: below that, noise */

static int descending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

float neume_hear_level_gain(const float *pcm, int64_t count) {
    enum { LEVELS_MAX = 1024 };
    float levels[LEVELS_MAX];
    int64_t blocks = count / BLOCK_SAMPLES, used = blocks < LEVELS_MAX ? blocks : LEVELS_MAX;
    for (int64_t i = 0; i < used; i++) {
        const float *block = pcm + blocks * i / used * BLOCK_SAMPLES;
        double power = 0;
        for (int k = 0; k < BLOCK_SAMPLES; k++) power += (double)block[k] * (double)block[k];
        levels[i] = (float)sqrt(power / BLOCK_SAMPLES);
    }
    if (!used) return 1;
    qsort(levels, (size_t)used, sizeof *levels, descending);
    double level = (double)levels[used / 20];
    if (level < 1e-6) return 1; /* silence stays silent */
    return (float)(TARGET_LEVEL / level < GAIN_MAX ? TARGET_LEVEL / level : GAIN_MAX);
}
