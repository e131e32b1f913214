/** @file
 * From notes in seconds to written music: beats, bars, voices, keys and spelling.
 */
#ifndef NEUME_SCORE_H
#define NEUME_SCORE_H

#include "neume/base.h"
#include "neume/music.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A beat: what a conductor shows. In 6/8, 9/8 and 12/8 it is a dotted note, else the unit of the metre. */
typedef struct neume_beat {
    double time_s;
    int number;        /**< in its bar, from 1: the downbeat */
    neume_metre metre; /**< of the bar that it stands in */
} neume_beat;
/** In order of time; start with `{0}`. */
typedef struct neume_rhythm {
    neume_beat *beats;
    size_t count, capacity;
} neume_rhythm;
NEUME_API void neume_rhythm_clear(neume_rhythm *rhythm);
NEUME_API NEUME_MUST neume_status neume_rhythm_add(neume_rhythm *rhythm, neume_beat beat);
/** How many beats a bar has: 6/8 has 2, 3/8 has 3, 4/4 has 4. */
NEUME_API int neume_metre_beats(neume_metre metre);
/** How long one of them is. */
NEUME_API int64_t neume_metre_beat_ticks(neume_metre metre);

#ifdef __cplusplus
}
#endif
#endif
