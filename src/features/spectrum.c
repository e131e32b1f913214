/* The real FFT by a complex one of half the length: even samples are taken as real parts, odd samples as imaginary
 * parts, and one pass unpicks the two afterwards. kiss_fftr() does the same, but keeps a buffer in its plan and always
 * unpicks every bin; doing the pass here lets threads share a plan and touches only the bins someone looks at.
 *
 *     Z = FFT of z[n] = x[2n] + i x[2n+1],  M = N/2,  w = exp(-2 pi i k / N)
 *     X[k] = E + w (-i) O,  E = (Z[k] + conj Z[M-k]) / 2,  O = (Z[k] - conj Z[M-k]) / 2
 *
 * The halves and the factor 2 / sum(window) are folded into the window. */
#include "spectrum.h"

#include <kiss_fft.h>
#include <math.h>

struct neume__spectrum {
    int window_samples, bins;
    float *window;                /* (N), periodic Hann / its sum */
    float *twiddle_r, *twiddle_i; /* (bins) */
    kiss_fft_cfg plan;            /* complex, N/2 points; kiss_fft() out of place only reads it */
};

static neume_status plan_new(int points, kiss_fft_cfg *out) {
    size_t bytes = 0;
    kiss_fft_alloc(points, 0, NULL, &bytes);
    void *memory = neume__alloc_aligned(bytes);
    if (!memory) return NEUME_ENOMEM;
    *out = kiss_fft_alloc(points, 0, memory, &bytes);
    return NEUME_OK;
}

static void fill_tables(neume__spectrum *spectrum) {
    const int n = spectrum->window_samples;
    for (int i = 0; i < n; i++) /* the sum of a periodic Hann window of N samples is N / 2 */
        spectrum->window[i] = (float)((0.5 - 0.5 * cos(2 * M_PI * i / n)) / (0.5 * n));
    for (int k = 0; k < spectrum->bins; k++) {
        spectrum->twiddle_r[k] = (float)cos(-2 * M_PI * k / n);
        spectrum->twiddle_i[k] = (float)sin(-2 * M_PI * k / n);
    }
}

neume_status neume__spectrum_new(int window_samples, int bins, neume__spectrum **out) {
    neume_status status = NEUME_ENOMEM;
    neume__spectrum *spectrum = neume__calloc(1, sizeof *spectrum);
    if (!spectrum) return status;
    spectrum->window_samples = window_samples;
    spectrum->bins = bins;
    spectrum->window = neume__alloc_aligned((size_t)window_samples * sizeof(float));
    spectrum->twiddle_r = neume__alloc_aligned((size_t)bins * sizeof(float));
    spectrum->twiddle_i = neume__alloc_aligned((size_t)bins * sizeof(float));
    if (!spectrum->window || !spectrum->twiddle_r || !spectrum->twiddle_i) goto fail;
    NEUME_GO(plan_new(window_samples / 2, &spectrum->plan));
    fill_tables(spectrum);
    *out = spectrum;
    return NEUME_OK;
fail:
    neume__spectrum_free(spectrum);
    return status;
}

void neume__spectrum_free(neume__spectrum *spectrum) {
    if (!spectrum) return;
    neume__free(spectrum->plan);
    neume__free(spectrum->twiddle_i);
    neume__free(spectrum->twiddle_r);
    neume__free(spectrum->window);
    neume__free(spectrum);
}

NEUME_VECTOR static void multiply(const float *restrict a, const float *restrict b, int n, float *restrict out) {
    for (int i = 0; i < n; i++) out[i] = a[i] * b[i];
}

/* z: (M + 1), the last equal to the first, so that M - k needs no wrapping. */
NEUME_VECTOR static void unpick(const float *restrict z, int m, const neume__spectrum *spectrum,
                                float *restrict magnitude) {
    const float *restrict wr = spectrum->twiddle_r, *restrict wi = spectrum->twiddle_i;
    const int bins = spectrum->bins;
    for (int k = 0; k < bins; k++) {
        float ar = z[2 * k], ai = z[2 * k + 1], br = z[2 * (m - k)], bi = z[2 * (m - k) + 1];
        float er = ar + br, ei = ai - bi, odd_r = ar - br, odd_i = ai + bi;
        float xr = er + wr[k] * odd_i + wi[k] * odd_r;
        float xi = ei + wi[k] * odd_i - wr[k] * odd_r;
        magnitude[k] = sqrtf(xr * xr + xi * xi);
    }
}

void neume__spectrum_run(const neume__spectrum *spectrum, const float *samples, float *work, float *magnitude) {
    const int n = spectrum->window_samples, m = n / 2;
    float *windowed = work, *z = work + n;
    multiply(samples, spectrum->window, n, windowed);
    kiss_fft(spectrum->plan, (const kiss_fft_cpx *)windowed, (kiss_fft_cpx *)z);
    z[2 * m] = z[0];
    z[2 * m + 1] = z[1];
    unpick(z, m, spectrum, magnitude);
}
