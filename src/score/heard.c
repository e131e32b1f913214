/* What the beat networks say of a whole piece. */
#include "heard.h"

#include <math.h>

#define DOUBT (-4.6) /* least log probability of a metre: one moment must not rule it out */
#define SURE  1e-4   /* least probability of a bar's beginning, and of none */
enum { NEAR = 2 };   /* frames to each side where a beginning is looked for */

neume_status neume__heard_add(neume__heard *heard, const neume__activation *stretch, size_t frames) {
    if (!heard->frames) heard->start_s = stretch->start_s;
    const size_t n = heard->frames + frames;
    NEUME_TRY(neume__grow((void **)&heard->down, &heard->down_capacity, n, sizeof *heard->down));
    NEUME_TRY(
        neume__grow((void **)&heard->metre, &heard->metre_capacity, n / NEUME__HEARD_CELL + 1, sizeof *heard->metre));
    for (size_t t = 0; t < frames; t++) {
        const size_t at = heard->frames + t, within = at % NEUME__HEARD_CELL;
        const float *said = &stretch->metre[t * NEUME_BEAT_METRES];
        float *mean = heard->metre[at / NEUME__HEARD_CELL];
        heard->down[at] = stretch->downbeat[t];
        for (int k = 0; k < NEUME_BEAT_METRES; k++) {
            if (!within) mean[k] = 0;
            mean[k] += (fmaxf(said[k], (float)DOUBT) - mean[k]) / (float)(within + 1);
        }
    }
    heard->frames = n;
    return NEUME_OK;
}

double neume__heard_down(const neume__heard *heard, double time_s) {
    if (!heard->frames) return 0;
    const double middle = round((time_s - heard->start_s) / NEUME__ACTIVATION_STEP_S);
    const double last = fmin(middle + NEAR, (double)heard->frames - 1);
    double most = SURE;
    for (double t = fmax(middle - NEAR, 0); t <= last; t++) most = fmax(most, (double)heard->down[(size_t)t]);
    most = fmin(most, 1 - SURE);
    return log(most / (1 - most));
}

void neume__heard_metre(const neume__heard *heard, double from_s, double to_s, double *sum) {
    const double first = (from_s - heard->start_s) / NEUME__ACTIVATION_STEP_S;
    const double last = (to_s - heard->start_s) / NEUME__ACTIVATION_STEP_S;
    const size_t end = (size_t)fmin(fmax(last, 0), (double)heard->frames);
    for (size_t t = (size_t)fmax(first, 0); t < end; t++)
        for (int k = 0; k < NEUME_BEAT_METRES; k++)
            sum[k] += NEUME__ACTIVATION_STEP_S * (double)heard->metre[t / NEUME__HEARD_CELL][k];
}

void neume__heard_clear(neume__heard *heard) {
    neume__free(heard->down), neume__free(heard->metre);
    *heard = (neume__heard){0};
}
