/* The pictures that the timbre branch looks at: the beginning of each note along its own harmonics. */
#include "architecture.h"

#include <math.h>

/* A half, for an octave below that shares all partials, and harmonics 1 .. 16: round(36 log2 h) bins. */
static const int64_t PATCH_SHIFT[PATCH_HARMONICS] = {-36, 0,   36,  57,  72,  84,  93,  101, 108,
                                                     114, 120, 125, 129, 133, 137, 141, 144};

/* One frame of one note; row: that frame of the spectrum, NULL beyond its edges. @return the sum of the values */
static float fill_values(const float *row, int pitch, float *out) {
    float sum = 0;
    for (int h = 0; h < PATCH_HARMONICS; h++)
        for (int64_t bin = 3 * pitch + PATCH_SHIFT[h], side = 0; side < 3; side++, bin++)
            for (int c = 0; c < NEUME_FEATURES_CHANNELS; c++, out++) {
                *out = row && bin >= 0 && bin < NEUME_FEATURES_BINS ? row[bin * NEUME_FEATURES_CHANNELS + c] : 0;
                sum += *out;
            }
    return sum;
}

/* Which of the note's harmonics other notes cover: partial j of a note counts 1 / j there. sounding: that frame's
 * pitches. */
static void fill_cover(const float *sounding, int pitch, float *out) {
    static const int semitones[PATCH_HARMONICS] = {-12, 0, 12, 19, 24, 28, 31, 34, 36, 38, 40, 42, 43, 44, 46, 47, 48};
    enum { PARTIALS = 10, HIGHEST = NEUME_PITCHES + 48 };
    float cover[HIGHEST + 1] = {0};
    for (int q = 0; q < NEUME_PITCHES && sounding; q++) {
        float sure = sounding[q];
        if (q == pitch || sure < 0.2f) continue;
        for (int j = 1; j <= PARTIALS; j++) cover[q + semitones[j]] += sure / (float)j;
    }
    for (int h = 0; h < PATCH_HARMONICS; h++) {
        int at = pitch + semitones[h];
        out[h] = at >= 0 && at <= HIGHEST ? fminf(cover[at], 2) : 0;
    }
}

static void fill_keyboard(int pitch, float *out) {
    for (int i = 0; i < PATCH_PLACES; i++) {
        float distance = ((float)pitch - (float)(NEUME_PITCHES * i) / (PATCH_PLACES - 1)) / 10;
        out[i] = expf(-distance * distance);
    }
}

/* A loud note is a soft one times a factor, and the spectrum is near to a logarithm: so the mean is taken away. */
static void fill_patch(const hear_scene *scene, const neume_hear_place *place, float (*patch)[PATCH_CHANNELS]) {
    enum { WIDTH = NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS };
    int64_t T = scene->spectrum->dim[1], frames = scene->config->patch_frames;
    float sum = 0;
    for (int64_t k = 0; k < frames; k++) {
        float row[WIDTH], *cover = patch[k] + PATCH_VALUES;
        int64_t t = place->frame - PATCH_BEFORE + k, at = place->b * T + t;
        bool inside = t >= 0 && t < T;
        const float *sounding = inside ? neume_f32(scene->sounding) + at * NEUME_PITCHES : NULL;
        if (inside) neume_tensor_load(scene->spectrum, at * WIDTH, WIDTH, row);
        sum += fill_values(inside ? row : NULL, place->pitch, patch[k]);
        fill_cover(sounding, place->pitch, cover);
        /* in place of what covers the octave below, of which little is learnt: how surely the note itself sounds */
        if (scene->config->patch_own) cover[0] = sounding ? sounding[place->pitch] : 0;
        fill_keyboard(place->pitch, cover + PATCH_HARMONICS);
    }
    float mean = sum / (float)(frames * PATCH_VALUES);
    for (int64_t k = 0; k < frames; k++) {
        for (int i = 0; i < PATCH_VALUES; i++) patch[k][i] -= mean;
        patch[k][PATCH_CHANNELS - 1] = mean;
    }
}

neume_status hear_patches(const hear_scene *scene, const neume_hear_place *places, int64_t count, neume_tensor *out) {
    int64_t frames = scene->config->patch_frames, each = frames * PATCH_CHANNELS;
    NEUME_TRY(neume_tensor_shape(out, scene->spectrum->dtype, NEUME_DIMS(count, 1, frames, PATCH_CHANNELS)));
#pragma omp parallel for
    for (int64_t n = 0; n < count; n++) {
        float patch[PATCH_FRAMES_MOST][PATCH_CHANNELS];
        fill_patch(scene, &places[n], patch);
        neume_tensor_store(out, n * each, each, &patch[0][0]);
    }
    return NEUME_OK;
}
