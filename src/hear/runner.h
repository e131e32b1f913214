/* Inference: the network with its normalisations folded into the convolutions. Private to the room. */
#ifndef NEUME_HEAR_RUNNER_H
#define NEUME_HEAR_RUNNER_H

#include "architecture.h"

#include <pthread.h>

/* y = relu(w x + bias [+ y]); `weight` (I, J, K, M), or (K, M) for a linear layer. */
typedef struct folded {
    neume_conv_spec spec;
    neume_tensor weight, bias;
} folded;

struct neume_hear_model {
    hear_layers layers; /* as loaded: configuration, statistics and the two heads are used directly */
    folded timbre_conv[TIMBRE_CONVS], timbre_flat;
    neume_cast_net *cast;      /* NULL: instruments are settled by instruments.c alone */
    neume_kit_net *kit;        /* NULL: drums are read off the branch's curves by decode.c */
    pthread_mutex_t nets_lock; /* these two remember what they compute */
    folded stem[2], harmonic, time[BLOCKS_MAX], pitch[BLOCKS_MAX], drum_conv[DRUM_CONVS], drum_flat,
        drum_time[DRUM_BLOCKS];
};

/* Buffers for one recording being heard. */
typedef struct hear_runner {
    const neume_hear_model *model;
    neume_compute *compute;
    neume_dtype dtype;
    neume_tensor spectrum, mel; /* filled by the caller: (1, T, 304, 2), (1, 2T, 64, 1) */
    neume_tensor scaled, narrow, a, b, trunk, gathered, notes;
    neume_tensor drums, drum_hidden; /* drum_hidden: the branch's last layer, where wants_hidden */
    bool wants_hidden;
    neume_tensor patches, families, sounding;
} hear_runner;

neume_status hear_runner_init(hear_runner *runner, const neume_hear_model *model, bool plain_f32);
void hear_runner_clear(hear_runner *runner);
/* From runner->spectrum and ->mel to ->notes (1, T, 88, 4), unless only drums are asked for, and ->drums (1, 1, 2T,
 * 122), logits. */
neume_status hear_runner_run(hear_runner *runner, bool drums_only);
/* The instruments of notes in the spectrum that was run last (b = 0): rows (count, stride) of 14 log probabilities and,
 * where the stride has room for them, the timbre channels behind them. */
neume_status hear_runner_families(hear_runner *runner, const neume_hear_place *places, int64_t count, int64_t stride,
                                  float *out);

/* --- kit_net.c ---------------------------------------------------------------------------------------------------- */

/* @adam NULL: for hearing only */
neume_status hear_kit_parse(const neume_gguf *gguf, neume_adamw *adam, neume_kit_net **out);
/* Whether it was made for this note model: its name and size are the same. */
bool hear_kit_fits(const neume_kit_net *net, const neume_hear_model *model);

#endif
