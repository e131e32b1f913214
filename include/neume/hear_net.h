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
    char name[64];           /**< "neume-hear-2" */
    int64_t channels;        /**< width C of the pitch trunk, e.g. 64 */
    int64_t stem_channels;   /**< width of the spectrum stem, e.g. 16 */
    int64_t blocks;          /**< residual blocks of the trunk, 1 .. 16 */
    int64_t timbre_channels; /**< width of the timbre branch, e.g. 192 */
    int64_t drum_channels;   /**< width of the drum branch, e.g. 96 */
    int64_t patch_frames;    /**< of a note that its instrument is judged by: 4 .. 64, a multiple of 4 */
    int64_t patch_own;       /**< 1: the timbre branch is told how long the note itself sounds */
    double onset_threshold, frame_threshold, offset_threshold, drum_threshold; /**< chosen on development data */
    /** A note's confidence is sigmoid(scale * log odds of its onset + shift): how often such notes are right. */
    double note_confidence_scale, note_confidence_shift, drum_confidence_scale, drum_confidence_shift;
} neume_hear_config;
neume_hear_config neume_hear_config_default(void);

enum {
    NEUME_HEAR_ONSET,
    NEUME_HEAR_FRAME,
    NEUME_HEAR_OFFSET,
    NEUME_HEAR_VELOCITY,
    NEUME_HEAR_OUTPUTS,
    NEUME_HEAR_FAMILIES = 14,    /**< of notes' instruments: programs 0 .. 111, in eights */
    NEUME_HEAR_DRUM_LOWEST = 27, /**< General MIDI's 47 keys and the GS ones around them */
    NEUME_HEAR_DRUMS = 61,       /**< keys 27 .. 87; an onset and a velocity each */
    NEUME_HEAR_DRUM_OUTPUTS = 2 * NEUME_HEAR_DRUMS,
};

/** The network while it learns: batch statistics, everything kept for backward. */
typedef struct neume_hear_net neume_hear_net;
NEUME_MUST neume_status neume_hear_net_new(const neume_hear_config *config, uint64_t seed, neume_hear_net **out);
void neume_hear_net_free(neume_hear_net *net);
neume_parameters *neume_hear_net_parameters(neume_hear_net *net);
const neume_hear_config *neume_hear_net_config(const neume_hear_net *net);
/** Takes over the four thresholds and the confidence's four numbers; sizes and name stay. */
void neume_hear_net_set_thresholds(neume_hear_net *net, const neume_hear_config *config);

/** Which parts learn; the others keep their weights. All do at first. */
void neume_hear_net_learn(neume_hear_net *net, bool notes, bool drums, bool families);

typedef struct neume_hear_batch {
    neume_tensor spectrum; /**< (B, T, 304, 2) 32-bit, from neume_features_run() */
    neume_tensor mel;      /**< (B, 2 T, 64, 1) 32-bit */
} neume_hear_batch;
/** Measures the mean and deviation of each bin over a batch; call once before training starts. */
NEUME_MUST neume_status neume_hear_net_standardise(neume_hear_net *net, const neume_hear_batch *batch);

/** A note whose instrument is asked for: it begins at this frame of entry b. */
typedef struct neume_hear_place {
    int64_t b, frame;
    int pitch; /**< 0 .. 87 */
} neume_hear_place;

/** How a pass computes, and which of the net's three parts take part: they share nothing, so each may learn alone. */
typedef struct neume_hear_pass {
    neume_compute *compute;
    bool training;     /**< batch statistics */
    neume_dtype dtype; /**< of the activations */
    bool notes, drums;
    const neume_hear_place *places; /**< (place_count): whose instruments are asked for; NULL with count 0 */
    int64_t place_count;
    const neume_tensor *sounding; /**< (B, T, 88, 1) 32-bit, with places: how surely (0 .. 1) each pitch sounds; other
                                     notes' overtones lie where this one's do */
} neume_hear_pass;

/** What the net says: log odds, 32-bit, borrowed until the next call; or its gradients. NULL: that part was not
 * asked. */
typedef struct neume_hear_logits {
    const neume_tensor *notes;    /**< (B, T, 88, NEUME_HEAR_OUTPUTS) */
    const neume_tensor *drums;    /**< (B, 1, 2 T, NEUME_HEAR_DRUM_OUTPUTS) */
    const neume_tensor *families; /**< (places, 1, 1, NEUME_HEAR_FAMILIES): one of them, by softmax */
} neume_hear_logits;
/** @p batch must live until the backward pass. */
NEUME_MUST neume_status neume_hear_net_forward(neume_hear_net *net, const neume_hear_pass *pass,
                                               const neume_hear_batch *batch, neume_hear_logits *out);
/** Adds to the gradients of the parts that took part, given the logits' (32-bit, same shapes). */
NEUME_MUST neume_status neume_hear_net_backward(neume_hear_net *net, neume_compute *c,
                                                const neume_hear_logits *gradients);

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
