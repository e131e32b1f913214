/* How likely each moment is a beat and a downbeat. Private to the room. */
#ifndef NEUME_SCORE_ACTIVATION_H
#define NEUME_SCORE_ACTIVATION_H

#include "neume/score.h"

#define NEUME__ACTIVATION_STEP_S 0.02
enum {
    NEUME__ACTIVATION_FIRST = 100
}; /* of a whole piece the frame of its first onset: there are two seconds before it */

/* Frame t stands for start_s + t * step. */
typedef struct neume__activation {
    float *beat, *downbeat; /* (T) probabilities; a downbeat is a beat too */
    float *metre, *period;  /* (T, NEUME_BEAT_METRES) and (T, NEUME_BEAT_PERIODS) log probabilities; NULL: unknown */
    size_t frames;          /* T */
    size_t first_onset;     /* the frame where the piece's notes begin; 0: not in this stretch, or nobody knows */
    double start_s;
} neume__activation;

/* From accents: where many, loud, long and low notes begin together, and where the harmony changes. */
NEUME_MUST neume_status neume__activation_from_accents(const neume_notes *notes, neume__activation *out);
/* From a network: frames first .. first + frames - 1 of those that begin at start_s. */
NEUME_MUST neume_status neume__activation_from_net(const neume_notes *notes, neume_beat_model *model, double start_s,
                                                   size_t first, size_t frames, neume__activation *out);
/* The frames that a piece has, from two seconds before its first note to two behind its last onset. */
size_t neume__activation_frames(const neume_notes *notes, double *start_s);
/* Room for what networks say, all zero. */
NEUME_MUST neume_status neume__activation_make(size_t frames, neume__activation *out);
/* Adds to frame t the logits of a network (NEUME_BEAT_LOGITS) that heard the piece at another pace, `shift` steps of
 * the periods slower: beat and downbeat as they are, metre and period as log probabilities, all times `weight`. */
void neume__activation_add(neume__activation *sum, size_t t, const float *said, double shift, float weight);
void neume__activation_clear(neume__activation *activation);

/* bar_pointer.c. A stretch of a longer piece begins and ends at a beat, whose place in its bar and length are kept. */
typedef struct neume__pointer_place {
    size_t frame;          /* of the stretch */
    int bar, beat, length; /* a state of the pointer */
} neume__pointer_place;
/* Appends the likeliest beats of a stretch to @p out. @p from: what its first frame begins, NULL = anything; @p next:
 * filled with the place where the next stretch should begin, whose beat is not appended; NULL = this is the last. */
NEUME_MUST neume_status neume__bar_pointer(const neume__activation *activation, const neume_rhythm_options *options,
                                           const neume__pointer_place *from, neume__pointer_place *next,
                                           neume_rhythm *out);

#endif
