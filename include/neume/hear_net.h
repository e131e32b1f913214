/** @file
 * The note model's network while it learns, and models made from files in memory: for training, tests and measuring.
 * Programs that only hear include neume/hear.h.
 */
#ifndef NEUME_HEAR_NET_H
#define NEUME_HEAR_NET_H

#include "neume/features.h"
#include "neume/hear.h"
#include "neume/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a trained model is besides its weights. */
typedef struct neume_hear_config {
    char name[64];         /**< "neume-hear-1" */
    int64_t channels;      /**< width C of the pitch trunk, e.g. 64 */
    int64_t stem_channels; /**< width of the spectrum stem, e.g. 16 */
    int64_t blocks;        /**< residual blocks of the trunk, 1 .. 16 */
    int64_t drum_channels; /**< width of the drum branch, e.g. 96 */
    double onset_threshold, frame_threshold, offset_threshold, drum_threshold; /**< chosen on development data */
} neume_hear_config;
neume_hear_config neume_hear_config_default(void);

enum {
    NEUME_HEAR_ONSET,
    NEUME_HEAR_FRAME,
    NEUME_HEAR_OFFSET,
    NEUME_HEAR_VELOCITY,
    NEUME_HEAR_FAMILY, /**< the first of 14 families */
    NEUME_HEAR_FAMILIES = 14,
    NEUME_HEAR_OUTPUTS = NEUME_HEAR_FAMILY + NEUME_HEAR_FAMILIES,
    NEUME_HEAR_DRUMS = 10, /**< drum classes; an onset and a velocity each */
    NEUME_HEAR_DRUM_OUTPUTS = 2 * NEUME_HEAR_DRUMS,
};
/** The drum class of a General MIDI key, -1 if none; and the key a class is written as. */
int neume_hear_drum_class(int key);
int neume_hear_drum_key(int drum_class);

/** The network while it learns: batch statistics, everything kept for backward. */
typedef struct neume_hear_net neume_hear_net;
NEUME_MUST neume_status neume_hear_net_new(const neume_hear_config *config, uint64_t seed, neume_hear_net **out);
void neume_hear_net_free(neume_hear_net *net);
neume_parameters *neume_hear_net_parameters(neume_hear_net *net);
const neume_hear_config *neume_hear_net_config(const neume_hear_net *net);
/** Takes over the four thresholds; sizes and name stay. */
void neume_hear_net_set_thresholds(neume_hear_net *net, const neume_hear_config *config);

typedef struct neume_hear_batch {
    neume_tensor spectrum; /**< (B, T, 304, 2) 32-bit, from neume_features_run() */
    neume_tensor mel;      /**< (B, 2 T, 64, 1) 32-bit */
} neume_hear_batch;
/** Measures the mean and deviation of each bin over a batch; call once before training starts. */
NEUME_MUST neume_status neume_hear_net_standardise(neume_hear_net *net, const neume_hear_batch *batch);
/** What the net says: log odds, 32-bit, borrowed until the next call. */
typedef struct neume_hear_logits {
    const neume_tensor *notes; /**< (B, T, 88, NEUME_HEAR_OUTPUTS) */
    const neume_tensor *drums; /**< (B, 1, 2 T, NEUME_HEAR_DRUM_OUTPUTS) */
} neume_hear_logits;
/** @p batch must live until the backward pass. @p dtype is the type of the activations. */
NEUME_MUST neume_status neume_hear_net_forward(neume_hear_net *net, neume_compute *c, bool training, neume_dtype dtype,
                                               const neume_hear_batch *batch, neume_hear_logits *out);
/** Adds to all gradients, given the logits' (32-bit, same shapes). */
NEUME_MUST neume_status neume_hear_net_backward(neume_hear_net *net, neume_compute *c, const neume_tensor *d_notes,
                                                const neume_tensor *d_drums);
/** Writes configuration and weights (inference form: 32-bit). */
NEUME_MUST neume_status neume_hear_net_save(neume_hear_net *net, neume_gguf_writer *writer, const neume_adamw *adam);
/** Makes a net of the file's configuration and loads its weights (and the optimiser's state if wanted). */
NEUME_MUST neume_status neume_hear_net_load(const neume_gguf *gguf, neume_adamw *adam, neume_hear_net **out);

/** A model for inference from a file in memory. */
NEUME_MUST neume_status neume_hear_model_parse(const neume_gguf *gguf, neume_hear_model **out);
/** Writes an untrained model: for tests and for measuring speed. */
NEUME_MUST neume_status neume_hear_model_random(const char *path, const neume_hear_config *config, uint64_t seed);

/** The factor that brings the loud passages (95th percentile of 50 ms levels) of a window to -20 dBFS; at most 30 dB, 1
 * for silence. */
float neume_hear_level_gain(const float *pcm, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
