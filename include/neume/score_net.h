/** @file
 * The beat network: how likely each moment is a beat and a downbeat. For those who train it; users need neume/score.h.
 *
 * Notes become (T, C) features every 20 ms (what begins, how loud, long, high, low, which pitch classes and drums); a
 * linear layer and residual convolutions through time, each reaching twice as far as the one before (van den Oord et
 * al. 2016; Davies & Boeck 2019 for beats), say three logits a frame: beat, downbeat, and whether the beat that goes on
 * there divides in three.
 */
#ifndef NEUME_SCORE_NET_H
#define NEUME_SCORE_NET_H

#include "neume/nn.h"
#include "neume/score.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NEUME_BEAT_STEP_S 0.02
enum { NEUME_BEAT_FEATURES = 44, NEUME_BEAT_LOGITS = 3 };

/** Frame t stands for start_s + t * NEUME_BEAT_STEP_S. @p notes in order; @p out (frames, NEUME_BEAT_FEATURES) is
 * overwritten. */
NEUME_MUST neume_status neume_beat_features(const neume_notes *notes, double start_s, size_t frames, float *out);

typedef struct neume_beat_net neume_beat_net;
typedef struct neume_beat_net_size {
    int64_t width, blocks; /**< D, L: block l reaches 2 * 2^l frames to each side */
} neume_beat_net_size;
#define NEUME_BEAT_NET_SIZE_DEFAULT                                                                                    \
    { 64, 10 }
NEUME_MUST neume_status neume_beat_net_new(const neume_beat_net_size *size, neume_rng *rng, neume_beat_net **out);
void neume_beat_net_free(neume_beat_net *net);
neume_parameters *neume_beat_net_parameters(neume_beat_net *net);
/** x (B, 1, T, NEUME_BEAT_FEATURES); *logits (B, 1, T, 3), borrowed until the next call. */
NEUME_MUST neume_status neume_beat_net_forward(neume_beat_net *net, neume_compute *c, bool training,
                                               const neume_tensor *x, const neume_tensor **logits);
/** After a training forward. */
NEUME_MUST neume_status neume_beat_net_backward(neume_beat_net *net, neume_compute *c, const neume_tensor *d_logits);
/** With the optimiser's state when @p adam is not NULL. */
NEUME_MUST neume_status neume_beat_net_save(neume_beat_net *net, const char *name, const neume_adamw *adam,
                                            const char *path);
NEUME_MUST neume_status neume_beat_net_load(const char *path, neume_adamw *adam, neume_beat_net **out);

#ifdef __cplusplus
}
#endif
#endif
