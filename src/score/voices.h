/* Hands and voices: what the files voices_*.c share. Private to the room. */
#ifndef NEUME_SCORE_VOICES_H
#define NEUME_SCORE_VOICES_H

#include "draft.h"

enum { NEUME__VOICES_MOST = 4, NEUME__CHORD_MOST = 16 };

/* Notes that begin together, in order of pitch; the rest of a larger cluster makes a group of its own. */
typedef struct neume__onsets {
    neume__placed *notes[NEUME__CHORD_MOST];
    int count;
    int64_t at;
} neume__onsets;

/* The next notes of a part (of one staff; -1 = of all), graces left out. @p next moves on. @return false at the end */
bool neume__next_onsets(neume__draft *draft, int part, int staff, size_t *next, neume__onsets *out);

/* voices_hands.c: the staff of every note of a part that has two, graces left out. */
NEUME_MUST neume_status neume__choose_hands(neume__draft *draft, int part);
/* voices_streams.c: the voice of every note of a staff, at most so many; shortens what runs into the next. */
NEUME_MUST neume_status neume__choose_streams(neume__draft *draft, int part, int staff, int voices_most);

#endif
