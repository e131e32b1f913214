/* AdamW (Loshchilov & Hutter 2019, algorithm 2): Adam's step on bias-corrected moments, and weight decay applied to the
 * weight itself instead of mixed into the gradient.
 *
 * Before the step all gradients together are clipped to a global norm (unless clip_norm is 0). The moving average of
 * the weights starts quickly, with min(decay, (1 + step) / (10 + step)), so that it forgets the random start and is of
 * use from the first evaluation. Statistics (running means) have no gradient; only their average follows. */
#include "neume/nn.h"

#include "slices.h"

#include <math.h>

typedef struct step_factors {
    float gradient;            /* clipping */
    float beta1, beta2;        /* kept share of the moments */
    float m_scale, v_scale;    /* 1 / (1 - beta^step) */
    float rate, kept, epsilon; /* kept: what weight decay leaves of a weight */
    float average;             /* kept share of the average */
} step_factors;

NEUME_VECTOR static float square_chunk(const void *items, int64_t start, int64_t end) {
    const float *x = items;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) sum += x[i] * x[i];
    return sum;
}

static double global_norm(const neume_parameters *list) {
    double squares = 0;
    for (size_t i = 0; i < list->count; i++) {
        const neume_parameter *parameter = list->items[i];
        if (!parameter->statistic)
            squares +=
                neume__sum_slices(square_chunk, parameter->gradient.data, neume_tensor_count(&parameter->gradient));
    }
    return sqrt(squares);
}

NEUME_VECTOR static void update_range(neume_parameter *parameter, const step_factors *f, int64_t start, int64_t end) {
    const float *gradient = neume_f32(&parameter->gradient);
    float *m = neume_f32(&parameter->m), *v = neume_f32(&parameter->v);
    float *value = neume_f32(&parameter->value), *average = neume_f32(&parameter->average);
    const step_factors s = *f;
#pragma omp simd
    for (int64_t i = start; i < end; i++) {
        float g = gradient[i] * s.gradient;
        m[i] = s.beta1 * m[i] + (1 - s.beta1) * g;
        v[i] = s.beta2 * v[i] + (1 - s.beta2) * g * g;
        float step = m[i] * s.m_scale / (__builtin_sqrtf(v[i] * s.v_scale) + s.epsilon);
        value[i] = s.kept * value[i] - s.rate * step;
        average[i] = s.average * average[i] + (1 - s.average) * value[i];
    }
}

NEUME_VECTOR static void follow_range(neume_parameter *parameter, const step_factors *f, int64_t start, int64_t end) {
    const float *value = neume_f32(&parameter->value), kept = f->average;
    float *average = neume_f32(&parameter->average);
#pragma omp simd
    for (int64_t i = start; i < end; i++) average[i] = kept * average[i] + (1 - kept) * value[i];
}

static void update(neume_parameter *parameter, const step_factors *factors) {
    int64_t n = neume_tensor_count(&parameter->value);
#pragma omp parallel for schedule(static) if (n >= NEUME_PARALLEL_FROM)
    for (int64_t slice = 0; slice < NEUME_SLICES; slice++) {
        int64_t start = neume__slice_start(n, slice), end = neume__slice_start(n, slice + 1);
        if (parameter->statistic)
            follow_range(parameter, factors, start, end);
        else
            update_range(parameter, factors, start, end);
    }
}

static step_factors factors_of(const neume_adamw *adam, float rate, double norm) {
    double step = (double)adam->step;
    float warm = (float)((1 + step) / (10 + step));
    bool clips = adam->clip_norm > 0 && norm > (double)adam->clip_norm;
    return (step_factors){
        .gradient = clips ? (float)((double)adam->clip_norm / norm) : 1.0f,
        .beta1 = adam->beta1,
        .beta2 = adam->beta2,
        .m_scale = (float)(1 / (1 - pow((double)adam->beta1, step))),
        .v_scale = (float)(1 / (1 - pow((double)adam->beta2, step))),
        .rate = rate,
        .epsilon = adam->epsilon,
        .average = adam->average_decay < warm ? adam->average_decay : warm,
    };
}

void neume_adamw_step(neume_adamw *adam, neume_parameters *list, float rate, double *norm) {
    *norm = global_norm(list);
    if (!isfinite(*norm)) {
        neume_log(NEUME_LOG_WARNING, "step %lld skipped: the gradient is not finite", (long long)adam->step + 1);
        return;
    }
    adam->step++;
    step_factors factors = factors_of(adam, rate, *norm);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->frozen) continue;
        factors.kept = list->items[i]->decay ? 1 - rate * adam->decay : 1.0f;
        update(list->items[i], &factors);
    }
}

float neume_schedule_cosine(int64_t step, int64_t warmup, int64_t total, float peak, float floor) {
    if (step < warmup) return peak * (float)(step + 1) / (float)warmup;
    if (step >= total) return peak * floor;
    double done = (double)(step - warmup) / (double)(total - warmup);
    double share = 0.5 * (1 + cos(3.14159265358979323846 * done));
    return peak * (floor + (1 - floor) * (float)share);
}
