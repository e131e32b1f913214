/* The network's layers, shared by learning (net.c) and inference (runner.c). Private to the room.
 *
 *   spectrum (B, T, 304, 2)                                mel (B, 2T, 64, 1)
 *     | standardise per bin                                   | standardise per band
 *     | stem: conv 5x5 -> S, conv 3x5 -> S, residual          | conv 3x3 -> 16, 3x3 / 2 -> 32, 3x3 / 2 -> 48
 *     | gather 10 harmonics x 3 bins (30 S)                   | 16 bands x 48 side by side, linear -> D
 *     | linear -> C                    (B, T, 88, C)          | 6 residual convs over time, width 5, dilated
 *     | blocks: conv 5x1 dilated in time, conv 1x3 in pitch   |
 *     | linear -> 18                                          | linear -> 20
 *   onset, frame, offset, velocity, 14 families              10 drums: onset, velocity
 *
 * Every pitch is heard by the same weights (each frame teaches 88 times), its overtones are one product away, and
 * dilation gives 1.5 s of context either way. After Wei et al., "HPPNet" (ISMIR 2022) and Bittner et al. (ICASSP 2022).
 */
#ifndef NEUME_HEAR_ARCHITECTURE_H
#define NEUME_HEAR_ARCHITECTURE_H

#include "neume/hear_net.h"

enum {
    BLOCKS_MAX = 16,
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
    normed_conv drum_conv[DRUM_CONVS];
    normed_linear drum_flat;
    normed_conv drum_time[DRUM_BLOCKS];
    neume_linear_layer drums;
} hear_layers;

extern const neume_harmonics HEAR_HARMONICS;

/* seed NULL: weights are zero, for loading over them. */
neume_status hear_layers_init(hear_layers *layers, const neume_hear_config *config, const uint64_t *seed);
void hear_layers_clear(hear_layers *layers);

/* (x - mean) / deviation per entry of the last two dimensions, to the given type. */
neume_status hear_standardise(neume_compute *c, const scaling *by, const neume_tensor *x, neume_dtype dtype,
                              neume_tensor *scratch, neume_tensor *y);

/* A net to be loaded into (seed NULL) or with random weights; and what is inside a net. */
neume_status hear_net_make(const neume_hear_config *config, const uint64_t *seed, neume_hear_net **out);
hear_layers *hear_net_layers(neume_hear_net *net);

/* The same memory seen with other dimensions. */
neume_tensor hear_view(const neume_tensor *tensor, int64_t a, int64_t b, int64_t c, int64_t d);

#endif
