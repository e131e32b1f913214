/* Trills: runs of two keys in turn that are written as one note. Private to the room. */
#ifndef NEUME_SCORE_TRILLS_H
#define NEUME_SCORE_TRILLS_H

#include "neume/music.h"

typedef struct neume__trills {
    int32_t *of;    /* (notes) which note stands for this one, itself for that note; -1: none, it is in no trill */
    int16_t *pitch; /* (notes) of those that stand for others: the written one */
    double *end_s;  /* (notes) and when the last of them ends */
} neume__trills;

/* @p notes in order. Cost: linear but for chords. */
NEUME_MUST neume_status neume__trills_find(const neume_notes *notes, neume__trills *out);
void neume__trills_clear(neume__trills *trills);

/* Is note i in a trill for which another note stands? */
static inline bool neume__trills_took(const neume__trills *t, size_t i) {
    return t->of[i] >= 0 && (size_t)t->of[i] != i;
}
static inline bool neume__trills_main(const neume__trills *t, size_t i) {
    return t->of[i] >= 0 && (size_t)t->of[i] == i;
}
static inline int neume__trills_pitch(const neume__trills *t, const neume_notes *notes, size_t i) {
    return neume__trills_main(t, i) ? t->pitch[i] : notes->items[i].pitch;
}
static inline double neume__trills_end(const neume__trills *t, const neume_notes *notes, size_t i) {
    return neume__trills_main(t, i) ? t->end_s[i] : notes->items[i].offset_s;
}

#endif
