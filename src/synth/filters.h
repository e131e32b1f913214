/* Second-order filters for the augmentation: the audio EQ cookbook by R. Bristow-Johnson. */
#ifndef NEUME_SYNTH_FILTERS_H
#define NEUME_SYNTH_FILTERS_H

#include <stddef.h>

typedef struct biquad {
    float b0, b1, b2, a1, a2; /* normalised: a0 = 1 */
} biquad;

biquad neume__biquad_peak(double frequency_hz, double q, double gain_db);
biquad neume__biquad_low_pass(double frequency_hz, double q);
biquad neume__biquad_high_pass(double frequency_hz, double q);
biquad neume__biquad_high_shelf(double frequency_hz, double slope, double gain_db);
/* Filters in place, from silence. */
void neume__biquad_run(const biquad *filter, float *x, size_t count);

#endif
