/* The network's layers, shared by learning (net.c) and inference (runner.c). Private to the room.
 *
 *   spectrum (B, T, 304, 2)                                mel (B, 2T, 64, 1)
 *     | standardise per bin                                   | standardise per band
 *     | stem: conv 5x5 -> S, conv 3x5 -> S, residual          | conv 3x3 -> 16, 3x3 / 2 -> 32, 3x3 / 2 -> 48
 *     | gather 10 harmonics x 3 bins (30 S)                   | 16 bands x 48 side by side, linear -> D
 *     | linear -> C                    (B, T, 88, C)          | 6 residual convs over time, width 5, dilated
 *     | blocks: conv 5x1 dilated in time, conv 1x3 in pitch   |
 *     | linear -> 4                                           | linear -> 122
 *   onset, frame, offset, velocity                           61 drum keys: onset, velocity
 *
 *   for each note found: its first 640 ms (of older models 400), 17 harmonics x 3 bins x 2 channels, relative to their
 * mean, the mean, where other notes lie on them, and where it lies on the keyboard (N, 1, patch_frames, 130) | conv 5
 * -> F, conv 3 / 2 -> F, conv 3 / 2 -> F over time, linear -> F, linear -> 14 instrument family
 *
 * Every pitch is heard by the same weights (each frame teaches 88 times), its overtones are one product away, and
 * dilation gives 1.5 s of context either way. After Wei et al., "HPPNet" (ISMIR 2022) and Bittner et al. (ICASSP 2022).
 */
#ifndef NEUME_HEAR_ARCHITECTURE_H
#define NEUME_HEAR_ARCHITECTURE_H

#include "neume/hear_net.h"

enum {
    BLOCKS_MAX = 16,
    PATCH_FRAMES_MOST = 64,
    PATCH_BEFORE = 2, /* frames before the onset's */
    PATCH_HARMONICS = 17,
    PATCH_PLACES = 10, /* where the note lies on the keyboard, as bumps */
    PATCH_VALUES = PATCH_HARMONICS * 3 * NEUME_FEATURES_CHANNELS,
    PATCH_CHANNELS = PATCH_VALUES + PATCH_HARMONICS + PATCH_PLACES + 1, /* the last: how loud the whole is */
    TIMBRE_CONVS = 3,
    DRUM_CONVS = 3,
    DRUM_BLOCKS = 6,
    DRUM_BANDS = NEUME_FEATURES_MELS / 4,
    DRUM_FLAT = DRUM_BANDS * 48
};

/* One convolution (or linear layer) with its normalisation. */
typedef struct normed_conv {
    neume_conv_layer conv;
    neume_norm_layer norm;
} normed_conv;

typedef struct normed_linear {
    neume_linear_layer linear;
    neume_norm_layer norm;
} normed_linear;

/* What brings each bin to mean 0 and deviation 1, measured once before training. */
typedef struct scaling {
    neume_parameter mean, deviation;
} scaling;

typedef struct hear_layers {
    neume_hear_config config;
    neume_parameters parameters;
    scaling spectrum; /* (608): bins x channels */
    scaling mel;      /* (64) */
    normed_conv stem[2];
    normed_linear harmonic;
    normed_conv time[BLOCKS_MAX], pitch[BLOCKS_MAX];
    neume_linear_layer notes;
    normed_conv timbre_conv[TIMBRE_CONVS];
    normed_linear timbre_flat;
    neume_linear_layer families;
    normed_conv drum_conv[DRUM_CONVS];
    normed_linear drum_flat;
    normed_conv drum_time[DRUM_BLOCKS];
    neume_linear_layer drums;
} hear_layers;

extern const neume_harmonics HEAR_HARMONICS;

/* seed NULL: weights are zero, for loading over them. */
neume_status hear_layers_init(hear_layers *layers, const neume_hear_config *config, const uint64_t *seed);
void hear_layers_clear(hear_layers *layers);
/* The layers move over; what they came from is empty. */
void hear_layers_move(hear_layers *from, hear_layers *to);

/* The drum branch's parameters and its spectrum's statistics; *out borrows. */
neume_status hear_drum_parameters(const hear_layers *layers, neume_parameters *out);

/* (x - mean) / deviation per entry of the last two dimensions, to the given type. */
neume_status hear_standardise(neume_compute *c, const scaling *by, const neume_tensor *x, neume_dtype dtype,
                              neume_tensor *scratch, neume_tensor *y);

/* Frames of a patch after two halvings. */
static inline int64_t hear_patch_left(const neume_hear_config *config) {
    return config->patch_frames / 4;
}

/* What patches are cut from, and how. */
typedef struct hear_scene {
    const neume_hear_config *config;
    const neume_tensor *spectrum; /* (B, T, 304, 2), standardised */
    const neume_tensor *sounding; /* (B, T, 88, 1), see neume_hear_pass */
} hear_scene;
/* Notes' first frames, aligned by harmonics: (count, 1, patch_frames, PATCH_CHANNELS); zeros beyond the edges. Type of
 * the spectrum. */
neume_status hear_patches(const hear_scene *scene, const neume_hear_place *places, int64_t count, neume_tensor *out);

/* A net to be loaded into (seed NULL) or with random weights; and what is inside a net. */
neume_status hear_net_make(const neume_hear_config *config, const uint64_t *seed, neume_hear_net **out);
hear_layers *hear_net_layers(neume_hear_net *net);

/* The same memory seen with other dimensions. */
neume_tensor hear_view(const neume_tensor *tensor, int64_t a, int64_t b, int64_t c, int64_t d);

#endif
