/** @file
 * The networks of rhythm, for those who train them; users need neume/score.h.
 *
 * The beat network says how likely each moment is a beat and a downbeat.
 *
 * Notes become (T, C) features every 20 ms (what begins, how loud, long, high, low, which pitch classes and drums; what
 * comes again after how long); a linear layer and residual convolutions through time, each reaching twice as far as the
 * one before (van den Oord et al. 2016; Davies & Boeck 2019 for beats), say these logits a frame: beat, downbeat, a
 * distribution over metres and one over the length of a beat.
 *
 * The bar network, of the same shape, reads beats instead of frames, so that it sees far and knows no tempo (as Krebs,
 * Boeck, Dorfer & Widmer 2016 read downbeats): what happens in each twelfth of a found beat and how it was some beats
 * before and will be some beats later. It says of each found beat whether a bar begins there, or a half or a
 * third on the way to the next, how many found beats a bar lasts, and its metre: so it also tells where found beats are
 * twice or two thirds too long.
 *
 * The pulse network says what the beat network says, but of events, notes that begin together, by a transformer: any
 * event is compared with any other (as the note-level networks of Liu, Kong, Morfi & Benetos 2022 and Beyer & Dai 2024
 * are; rotary positions are times). Its answers and the beat network's are averaged.
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

enum {
    NEUME_BAR_SLOTS = 12, /**< of a beat */
    NEUME_BAR_LAGS = 24,  /**< distances, in beats, at which beats are compared */
    NEUME_BAR_SPOTS = 4,  /**< where in a found beat a bar may begin: neume_bar_spot[] */
    NEUME_BAR_FEATURES = (8 + 3) * NEUME_BAR_SLOTS + 12 + 10 + 4 * NEUME_BAR_LAGS,
    NEUME_BAR_LENGTHS = 10, /**< how many found beats a bar lasts: neume_bar_length[] */
    /* where each begins in a beat's logits */
    NEUME_BAR_AT_SPOT = 0, /**< whether a bar begins there, each by itself */
    NEUME_BAR_AT_LENGTH = NEUME_BAR_AT_SPOT + NEUME_BAR_SPOTS,
    NEUME_BAR_AT_METRE = NEUME_BAR_AT_LENGTH + NEUME_BAR_LENGTHS,
    NEUME_BAR_LOGITS = NEUME_BAR_AT_METRE + NEUME_BEAT_METRES,
};
extern const double neume_bar_length[NEUME_BAR_LENGTHS];
extern const double neume_bar_spot[NEUME_BAR_SPOTS]; /**< in found beats: 0, 1/2, 1/3, 2/3 */

/** What the bar network is told of each of @p count beats, in order; @p out (count, NEUME_BAR_FEATURES) is overwritten.
 * @param notes in order. Cost: beats times lags times notes a beat. */
NEUME_MUST neume_status neume_bar_features(const neume_notes *notes, const double *beats_s, size_t count, float *out);
/** Sets kinds of features to zero, each by chance and for all beats alike: a network that is trained so leans on none.
 * @param[in,out] features  (count, NEUME_BAR_FEATURES) */
void neume_bar_features_hide(float *features, size_t count, neume_rng *rng);
/** Sets to zero what is a player's and on no page: loudness, how long notes sound, tempo.
 * @param[in,out] features  (count, NEUME_BAR_FEATURES) */
void neume_bar_features_as_written(float *features, size_t count);

enum {
    NEUME_PULSE_FEATURES = 206,
    NEUME_PULSE_TIME = 0,  /**< the channel of an event's seconds, from anywhere */
    NEUME_PULSE_THERE = 1, /**< the channel that is 0 where a row stands for no event; such rows are last */
};

/** Notes that begin together: notes first .. end - 1. */
typedef struct neume_pulse_event {
    double time_s; /**< the mean of their onsets */
    size_t first, end;
} neume_pulse_event;
/** @p notes in order. @param[out] out (count) free with neume__free() */
NEUME_MUST neume_status neume_pulse_events_find(const neume_notes *notes, neume_pulse_event **out, size_t *count);
/** What the pulse network is told of events first .. first + count - 1 out of all; @p out (count,
 * NEUME_PULSE_FEATURES) is overwritten. */
NEUME_MUST neume_status neume_pulse_features(const neume_notes *notes, const neume_pulse_event *events,
                                             size_t event_count, size_t first, size_t count, float *out);

/** What a network reads. */
typedef enum neume_beat_net_kind {
    NEUME_BEAT_NET_FRAMES,
    NEUME_BEAT_NET_BEATS,
    NEUME_BEAT_NET_EVENTS,
} neume_beat_net_kind;
int64_t neume_beat_net_features(neume_beat_net_kind kind);
int64_t neume_beat_net_logits(neume_beat_net_kind kind);

typedef struct neume_beat_net neume_beat_net;
typedef struct neume_beat_net_size {
    int64_t width, blocks; /**< D, L: block l reaches 2 * 2^l frames or beats to each side, or all events */
    neume_beat_net_kind kind;
} neume_beat_net_size;
NEUME_MUST neume_status neume_beat_net_new(const neume_beat_net_size *size, neume_rng *rng, neume_beat_net **out);
void neume_beat_net_free(neume_beat_net *net);
/** How much it counts where several answer together; 1 unless set, 0 < weight <= 100. Kept in its file. */
double neume_beat_net_weight(const neume_beat_net *net);
void neume_beat_net_set_weight(neume_beat_net *net, double weight);
neume_parameters *neume_beat_net_parameters(neume_beat_net *net);
/** x (B, 1, T, features); *logits (B, 1, T, logits), borrowed until the next call. */
NEUME_MUST neume_status neume_beat_net_forward(neume_beat_net *net, neume_compute *c, bool training,
                                               const neume_tensor *x, const neume_tensor **logits);
/** After a training forward. */
NEUME_MUST neume_status neume_beat_net_backward(neume_beat_net *net, neume_compute *c, const neume_tensor *d_logits);
/** With the optimiser's state when @p adam is not NULL. */
NEUME_MUST neume_status neume_beat_net_save(neume_beat_net *net, const char *name, const neume_adamw *adam,
                                            const char *path);
/** @retval NEUME_EFORMAT not a network of that kind, damaged */
NEUME_MUST neume_status neume_beat_net_load(const char *path, neume_beat_net_kind kind, neume_adamw *adam,
                                            neume_beat_net **out);

#ifdef __cplusplus
}
#endif
#endif
