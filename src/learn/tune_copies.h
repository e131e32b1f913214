/* What a written tune has taken over from those that were learnt. Private to the room. */
#ifndef NEUME_LEARN_TUNE_COPIES_H
#define NEUME_LEARN_TUNE_COPIES_H

#include "tune_melody.h"
#include "tunes.h"

enum { TUNE_WINDOW = 8 }; /* notes: shorter runs are anybody's */

/* The melodies of many tunes. Two melodies are the same when their steps up and down (in semitones) and their lengths
 * are: the key does not matter. */
typedef struct tune_library tune_library;
NEUME_MUST neume_status tune_library_new(const tunes *set, tune_library **out);
void tune_library_free(tune_library *library);
/* Of all tunes, in their order; empty where one cannot be read. */
const tune_melodies *tune_library_melodies(const tune_library *library);

typedef struct tune_copy {
    int notes;         /* of the tune's first voice */
    int longest_run;   /* notes in a row that also stand so in one tune learnt; 0 = fewer than TUNE_WINDOW */
    double similarity; /* 1 - the least edit distance to a part of a tune learnt, by the tune's notes */
} tune_copy;
NEUME_MUST neume_status tune_copy_find(const tune_library *library, const neume_score *score, tune_copy *out);

#endif
