/* Pitch classes and the line of fifths, for keys, spelling and chords. Private to the room.
 *
 * A name of a pitch has a place on the line of fifths: ... Bb F C G D ... are ... -2 -1 0 1 2 ...; a sharp more is
 * seven places up, and after twelve the same key of the piano comes again (C 0, B sharp 12). */
#ifndef NEUME_SCORE_PITCH_CLASS_H
#define NEUME_SCORE_PITCH_CLASS_H

#include "draft.h"

enum { PITCH_CLASSES = 12 };

static inline bool is_drum(const neume__draft *draft, const neume__placed *note) {
    return (size_t)note->part < draft->part_count && draft->parts[note->part].program == NEUME_PROGRAM_DRUMS;
}

/* Makes it add up to 1, where there is anything. */
static inline void scale_to_one(double share[PITCH_CLASSES]) {
    double sum = 0;
    for (int c = 0; c < PITCH_CLASSES; c++) sum += share[c];
    for (int c = 0; c < PITCH_CLASSES && sum > 0; c++) share[c] /= sum;
}

/* The place at or up to 11 above @p lowest of a MIDI number's pitch class. */
static inline int fifths_from(int lowest, int number) {
    return lowest + ((number * 7 - lowest) % PITCH_CLASSES + PITCH_CLASSES) % PITCH_CLASSES;
}

/* The name at a place; its octave and tie are left 0. */
static inline neume_pitch fifths_name(int fifths) {
    static const int8_t STEPS[7] = {3, 0, 4, 1, 5, 2, 6};
    int from_f = fifths + 1, alter = from_f >= 0 ? from_f / 7 : -((6 - from_f) / 7);
    return (neume_pitch){STEPS[from_f - 7 * alter], (int8_t)alter, 0, false};
}

#endif
