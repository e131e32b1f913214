/* A band's value is a weighted sum of the FFT magnitudes near its centre.
 *
 * Log-frequency bands: a triangle in log2(frequency). Its half-width is 1/36 octave where the FFT is fine enough, else
 * as wide as the FFT's own bins need. Each triangle is scaled so that a sine of amplitude 1 at its centre gives 1, from
 * the Hann window's own transform; so neighbouring windows agree in level where they are cross-faded, and so do low and
 * high bands, whose triangles hold one FFT bin or ten.
 *
 * Mel bands: triangles in Hz between points equally spaced on Slaney's mel scale (Auditory Toolbox, 1998): linear,
 * 200/3 Hz a mel, to 1000 Hz; above it 27 mels for each factor of 6.4. */
#include "bank.h"

#include "neume/features.h"

#include <math.h>

static const double log_bin_octaves = 1.0 / 36;
static const double cross_fade_octaves = 0.5;
static const double mel_low_hz = 30, mel_high_hz = 11000;

double neume_features_bin_hz(int k) {
    return 27.5 * exp2((k - 1) / 36.0);
}

/* A triangle to be added: weight(f) for FFT bin frequencies strictly inside (low_hz, high_hz). */
typedef struct triangle {
    double low_hz, centre_hz, high_hz;
    bool in_octaves; /* linear in log2 f rather than in f */
} triangle;

static double height(const triangle *shape, double hz) {
    double edge_hz = hz < shape->centre_hz ? shape->low_hz : shape->high_hz;
    if (!shape->in_octaves) return (hz - edge_hz) / (shape->centre_hz - edge_hz);
    return log2(hz / edge_hz) / log2(shape->centre_hz / edge_hz);
}

/* 2 |X| / sum(window) of a unit sine `distance` FFT bins away, for a Hann window: |sinc(d) / (1 - d^2)|. */
static double hann_response(double distance) {
    double d = fabs(distance);
    if (d < 1e-9) return 1;
    if (fabs(d - 1) < 1e-9) return 0.5;
    return fabs(sin(M_PI * d) / (M_PI * d * (1 - d * d)));
}

static neume_status add_filter(neume__bank *bank, int band, const triangle *shape, double fft_bin_hz) {
    NEUME_TRY(
        neume__grow((void **)&bank->filters, &bank->filter_capacity, bank->filter_count + 1, sizeof *bank->filters));
    int first = (int)floor(shape->low_hz / fft_bin_hz) + 1;
    int end = (int)ceil(shape->high_hz / fft_bin_hz);
    size_t count = (size_t)(end - first), start = bank->weight_count;
    NEUME_TRY(neume__grow((void **)&bank->weights, &bank->weight_capacity, start + count, sizeof *bank->weights));
    for (int k = first; k < end; k++) bank->weights[bank->weight_count++] = (float)height(shape, k * fft_bin_hz);
    bank->filters[bank->filter_count++] = (neume__filter){band, first, end - first, start};
    if (end > bank->fft_bins) bank->fft_bins = end;
    return NEUME_OK;
}

/* Scales the filter added last so that a sine of amplitude 1 at centre_hz gives `level`. */
static void scale_last_filter(neume__bank *bank, double centre_hz, double fft_bin_hz, double level) {
    const neume__filter *filter = &bank->filters[bank->filter_count - 1];
    float *weights = bank->weights + filter->weight;
    double response = 0;
    for (int i = 0; i < filter->count; i++)
        response += (double)weights[i] * hann_response(filter->first + i - centre_hz / fft_bin_hz);
    for (int i = 0; i < filter->count; i++) weights[i] = (float)((double)weights[i] * level / response);
}

/* 0 below the cross-fade about edge_hz, 1 above it. */
static double faded_in(double hz, double edge_hz) {
    double rise = 0.5 + log2(hz / edge_hz) / cross_fade_octaves;
    return rise < 0 ? 0 : rise > 1 ? 1 : rise;
}

neume_status neume__bank_add_log(neume__bank *bank, const neume__log_bank_plan *plan) {
    const double fft_bin_hz = (double)NEUME_FEATURES_RATE_HZ / plan->window_samples;
    for (int band = 0; band < NEUME_FEATURES_BINS; band++) {
        double centre_hz = neume_features_bin_hz(band);
        double share = faded_in(centre_hz, plan->from_hz) * (1 - faded_in(centre_hz, plan->to_hz));
        if (share <= 0) continue;
        double least_octaves = log2(1 + plan->least_half_width_fft_bins * fft_bin_hz / centre_hz);
        double half_width = exp2(fmax(log_bin_octaves, least_octaves));
        triangle shape = {centre_hz / half_width, centre_hz, centre_hz * half_width, true};
        NEUME_TRY(add_filter(bank, band, &shape, fft_bin_hz));
        scale_last_filter(bank, centre_hz, fft_bin_hz, share);
    }
    return NEUME_OK;
}

static const double mel_knee_hz = 1000, mel_knee = 15; /* 1000 Hz / (200/3 Hz a mel) */

static double mel_of_hz(double hz) {
    return hz < mel_knee_hz ? hz * 3 / 200 : mel_knee + 27 * log(hz / mel_knee_hz) / log(6.4);
}

static double hz_of_mel(double mel) {
    return mel < mel_knee ? mel * 200 / 3 : mel_knee_hz * exp((mel - mel_knee) * log(6.4) / 27);
}

neume_status neume__bank_add_mel(neume__bank *bank, int window_samples) {
    const double low = mel_of_hz(mel_low_hz), step = (mel_of_hz(mel_high_hz) - low) / (NEUME_FEATURES_MELS + 1);
    for (int band = 0; band < NEUME_FEATURES_MELS; band++) {
        triangle shape = {hz_of_mel(low + step * band), hz_of_mel(low + step * (band + 1)),
                          hz_of_mel(low + step * (band + 2)), false};
        NEUME_TRY(add_filter(bank, band, &shape, (double)NEUME_FEATURES_RATE_HZ / window_samples));
    }
    return NEUME_OK;
}

void neume__bank_clear(neume__bank *bank) {
    neume__free(bank->filters);
    neume__free(bank->weights);
    *bank = (neume__bank){0};
}

void neume__bank_apply(const neume__bank *bank, const float *magnitude, float *sums) {
    for (size_t i = 0; i < bank->filter_count; i++) {
        const neume__filter *filter = &bank->filters[i];
        const float *weight = bank->weights + filter->weight, *m = magnitude + filter->first;
        float sum = 0;
        for (int k = 0; k < filter->count; k++) sum += weight[k] * m[k];
        sums[filter->band] += sum;
    }
}
