/* Beats: lists of them, and what a metre makes of them. */
#include "neume/score.h"

#include <stdlib.h>

neume_status neume_rhythm_add(neume_rhythm *rhythm, neume_beat beat) {
    if (rhythm->count == rhythm->capacity)
        NEUME_TRY(neume__grow((void **)&rhythm->beats, &rhythm->capacity, rhythm->count + 1, sizeof beat));
    rhythm->beats[rhythm->count++] = beat;
    return NEUME_OK;
}

void neume_rhythm_clear(neume_rhythm *rhythm) {
    free(rhythm->beats);
    *rhythm = (neume_rhythm){0};
}

int neume_metre_beats(neume_metre metre) {
    return neume_metre_compound(metre) ? metre.beats / 3 : metre.beats;
}

int64_t neume_metre_beat_ticks(neume_metre metre) {
    if (!metre.unit) return 0;
    return NEUME_WHOLE / metre.unit * (neume_metre_compound(metre) ? 3 : 1);
}
