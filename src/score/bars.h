/* Bars over found beats. Private to the room. */
#ifndef NEUME_SCORE_BARS_H
#define NEUME_SCORE_BARS_H

#include "heard.h"

/* What the bar network says of each of `count` found beats: log probabilities. */
typedef struct neume__bar_beliefs {
    float (*down)[NEUME_BAR_SPOTS];     /* a bar begins there */
    float (*no_down)[NEUME_BAR_SPOTS];  /* and none does */
    float (*length)[NEUME_BAR_LENGTHS]; /* how many found beats it lasts */
    float (*metre)[NEUME_BEAT_METRES];
    float (*heard_down)[NEUME_BAR_SPOTS];    /* what the beat networks say of the same: log odds */
    float (*heard_metre)[NEUME_BEAT_METRES]; /* and log probabilities; of both 0: nothing */
    int8_t *found;                           /* the metre that the beat stood in before: neume_beat_metre_class */
    size_t count;
    bool steady; /* a song's beats by a sequencer's clock: none is lost or found too many */
    /* The metre of the whole, were the found beats right: log odds against the likeliest. All 0: nothing is said. */
    float whole_metre[NEUME_BEAT_METRES];
} neume__bar_beliefs;
/* @p steady: see above; such notes may have a network of their own */
NEUME_MUST neume_status neume__bar_beliefs_find(neume_bar_model *model, const neume_notes *notes,
                                                const neume_rhythm *rhythm, const neume__heard *heard, bool steady,
                                                neume__bar_beliefs *out);
void neume__bar_beliefs_clear(neume__bar_beliefs *beliefs);

/* A bar of the likeliest sequence. */
typedef struct neume__bar {
    int at;    /* sixths of found beats from the first; may be before it */
    int lasts; /* sixths; not what its metre is worth where beats were found too many or too few */
    int metre; /* of NEUME_BEAT_METRES */
    int more;  /* beats that it has more than its metre; 0 where lost or false beats make it longer or shorter */
} neume__bar;
/* The likeliest bars, end to end, over all beats. @p options say which metres and lengths are allowed.
 * @param[out] out  (count) free with neume__free()
 * @retval NEUME_ENOTFOUND no metre is allowed */
NEUME_MUST neume_status neume__bar_path(const neume__bar_beliefs *beliefs, const neume_rhythm_options *options,
                                        neume__bar **out, size_t *count);

/* Beats as the bars want them: their number, metre and, where found beats were twice as long or the like, time. */
NEUME_MUST neume_status neume__bars_apply(const neume__bar *bars, size_t count, neume_rhythm *rhythm);

#endif
