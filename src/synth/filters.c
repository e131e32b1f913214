/* Names as in the cookbook: w0 the angle of the frequency, alpha the half bandwidth, A the square root of the gain. */
#include "filters.h"

#include "neume/synth.h"

#include <math.h>

static biquad normalised(double b0, double b1, double b2, double a0, double a1, double a2) {
    return (biquad){(float)(b0 / a0), (float)(b1 / a0), (float)(b2 / a0), (float)(a1 / a0), (float)(a2 / a0)};
}

static double angle(double frequency_hz) {
    return 2 * M_PI * fmin(frequency_hz, 0.49 * NEUME_SYNTH_RATE_HZ) / NEUME_SYNTH_RATE_HZ;
}

biquad neume__biquad_peak(double frequency_hz, double q, double gain_db) {
    double w0 = angle(frequency_hz), alpha = sin(w0) / (2 * q), A = pow(10, gain_db / 40);
    return normalised(1 + alpha * A, -2 * cos(w0), 1 - alpha * A, 1 + alpha / A, -2 * cos(w0), 1 - alpha / A);
}

biquad neume__biquad_low_pass(double frequency_hz, double q) {
    double w0 = angle(frequency_hz), alpha = sin(w0) / (2 * q), c = cos(w0);
    return normalised((1 - c) / 2, 1 - c, (1 - c) / 2, 1 + alpha, -2 * c, 1 - alpha);
}

biquad neume__biquad_high_pass(double frequency_hz, double q) {
    double w0 = angle(frequency_hz), alpha = sin(w0) / (2 * q), c = cos(w0);
    return normalised((1 + c) / 2, -1 - c, (1 + c) / 2, 1 + alpha, -2 * c, 1 - alpha);
}

biquad neume__biquad_high_shelf(double frequency_hz, double slope, double gain_db) {
    double w0 = angle(frequency_hz), c = cos(w0), A = pow(10, gain_db / 40);
    double alpha = sin(w0) / 2 * sqrt((A + 1 / A) * (1 / slope - 1) + 2), r = 2 * sqrt(A) * alpha;
    return normalised(A * ((A + 1) + (A - 1) * c + r), -2 * A * ((A - 1) + (A + 1) * c),
                      A * ((A + 1) + (A - 1) * c - r), (A + 1) - (A - 1) * c + r, 2 * ((A - 1) - (A + 1) * c),
                      (A + 1) - (A - 1) * c - r);
}

void neume__biquad_run(const biquad *filter, float *x, size_t count) {
    const biquad f = *filter;
    float s1 = 0, s2 = 0; /* transposed direct form II */
    for (size_t i = 0; i < count; i++) {
        float in = x[i] + 1e-18f, out = f.b0 * in + s1; /* the addend keeps silence from becoming denormal */
        s1 = f.b1 * in - f.a1 * out + s2;
        s2 = f.b2 * in - f.a2 * out;
        x[i] = out;
    }
}
