/** @file
 * The beat network: how likely each moment is a beat and a downbeat. For those who train it; users need neume/score.h.
 *
 * Notes become (T, C) features every 20 ms (what begins, how loud, long, high, low, which pitch classes and drums; what
 * comes again after how long); a linear layer and residual convolutions through time, each reaching twice as far as the
 * one before (van den Oord et al. 2016; Davies & Boeck 2019 for beats), say these logits a frame: beat, downbeat, a
 * distribution over metres and one over the length of a beat.
 */
#ifndef NEUME_SCORE_NET_H
#define NEUME_SCORE_NET_H

#include "neume/nn.h"
#include "neume/score.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NEUME_BEAT_STEP_S 0.02
enum {
    NEUME_BEAT_FEATURES = 140,
    NEUME_BEAT_METRES = 10,  /**< 2/4 3/4 4/4 2/2 6/8 9/8 12/8 3/8 3/2, and all with five beats or seven */
    NEUME_BEAT_PERIODS = 36, /**< lengths of a beat, even steps of its logarithm */
    /* where each begins in a frame's logits */
    NEUME_BEAT_AT_BEAT = 0,
    NEUME_BEAT_AT_DOWNBEAT = 1,
    NEUME_BEAT_AT_METRE = 2,
    NEUME_BEAT_AT_PERIOD = NEUME_BEAT_AT_METRE + NEUME_BEAT_METRES,
    NEUME_BEAT_LOGITS = NEUME_BEAT_AT_PERIOD + NEUME_BEAT_PERIODS,
};

/** 0 .. NEUME_BEAT_METRES - 1; -1: of no class. 4/8 is a 4/4, 6/16 a 6/8: what matters is how a bar divides. */
int neume_beat_metre_class(neume_metre metre);
/** The usual metre of a class. */
neume_metre neume_beat_class_metre(int metre_class);
/** Where a beat of so many seconds lies among the periods, 0 .. NEUME_BEAT_PERIODS - 1, between them in proportion. */
double neume_beat_period_place(double seconds);

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
/** x (B, 1, T, NEUME_BEAT_FEATURES); *logits (B, 1, T, NEUME_BEAT_LOGITS), borrowed until the next call. */
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
