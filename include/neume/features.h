/** @file
 * Sound to time-frequency frames: what the note model looks at.
 *
 * The log-frequency spectrum has F = 304 bins, 36 an octave, bin k (from 0) centred on 27.5 * 2^((k - 1) / 36) Hz, so
 * that the piano's semitone p (from 0 = A0) sits at bin 3 p + 1. Two channels: `long` (Hann 8192 samples below 180 Hz,
 * 4096 to 400 Hz, 2048 above, cross-faded over half an octave) sees pitch, `short` (Hann 1024 everywhere) sees when.
 * Each bin is a triangle in log frequency, half-width max(1/36 octave, 1 FFT bin in `long`, 1.5 in `short`), over FFT
 * magnitudes 2 |X| / sum of the window, scaled so that a sine of amplitude 1 at the bin's centre gives m = 1; the value
 * is ln(1 + 3000 m). 22,050 Hz mono, a frame each 441 samples (20 ms), frame t centred on sample 441 t. The drum
 * spectrum has 64 Slaney mel bands, 30 .. 11,000 Hz, triangles of height 1 over Hann 1024 magnitudes, 100 frames a
 * second, frame n centred on sample round(220.5 n); the value is ln(1 + 1000 m).
 */
#ifndef NEUME_FEATURES_H
#define NEUME_FEATURES_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NEUME_FEATURES_RATE_HZ = 22050,
    NEUME_FEATURES_HOP_SAMPLES = 441, /**< 20 ms */
    NEUME_FEATURES_BINS = 304,
    NEUME_FEATURES_CHANNELS = 2,
    NEUME_FEATURES_MELS = 64,
    NEUME_FEATURES_MARGIN_SAMPLES = 4096, /**< what the longest window needs on each side of a frame's centre */
};

/** Windows, filters and FFT plans; constant after neume_features_new(), so any thread may use one at once. */
typedef struct neume_features neume_features;
NEUME_MUST neume_status neume_features_new(neume_features **out);
void neume_features_free(neume_features *features);

/** A stretch of a recording and the frames wanted of it. */
typedef struct neume_features_span {
    const float *pcm;         /**< (count) mono samples at 22,050 Hz */
    int64_t count, pcm_start; /**< pcm[0] is sample number pcm_start of the recording; samples outside are zero */
    int64_t first, frames;    /**< frames first .. first + T - 1; frame n is centred on sample 441 n */
    float gain;               /**< factor on all samples before analysis (level normalisation) */
} neume_features_span;

/** T frames of both spectra, on the thread pool when called from outside a parallel region.
 *
 * @param[out] log_spectrum  (T, 304, 2) row-major, channels `long`, `short`
 * @param[out] mel    (2 T, 64): the 100-a-second frames 2 first .. 2 (first + T) - 1; NULL if not wanted
 * Frames do not depend on what else is asked for in a call: any split of a recording gives the same numbers, bit for
 * bit. Cost: about 3 ms a second of audio on two cores.
 * @retval NEUME_ENOMEM */
NEUME_MUST neume_status neume_features_run(const neume_features *features, const neume_features_span *span,
                                           float *log_spectrum, float *mel);

/** Centre frequency of bin k in Hz. */
double neume_features_bin_hz(int k);

#ifdef __cplusplus
}
#endif
#endif
