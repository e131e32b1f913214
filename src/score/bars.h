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
    bool tune;   /* music of one line, and no such song */
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
/* Bars end to end. */
typedef struct neume__bars {
    neume__bar *items; /* (count) free with neume__free() */
    size_t count;
    double worth; /* how likely they are: nats, up to a constant */
} neume__bars;
/* The likeliest bars over all beats. @p options say which metres and lengths are allowed.
 * @retval NEUME_ENOTFOUND no metre is allowed */
NEUME_MUST neume_status neume__bar_path(const neume__bar_beliefs *beliefs, const neume_rhythm_options *options,
                                        neume__bars *out);

/* Before a found beat so many are missing for the bar to be full. */
typedef struct neume__gap {
    size_t beat;
    int missing;
} neume__gap;
/* The gaps with which every passage that comes again does so after a number of bars of @p bar_beats found beats; in
 * order. At least two beats. Cost: the beats' number times 2,400.
 * @param[out] out  (count) free with neume__free() */
NEUME_MUST neume_status neume__bar_gaps(const neume_notes *notes, const neume_rhythm *rhythm, int bar_beats,
                                        neume__gap **out, size_t *count);
/* Reads bars again as though beats were found in these gaps, and keeps them if they are worth more.
 * @param bars  the likeliest without gaps; replaced */
NEUME_MUST neume_status neume__bars_over_gaps(const neume_notes *notes, const neume_rhythm *rhythm,
                                              const neume_rhythm_options *options, const neume__bar_beliefs *beliefs,
                                              neume__bars *bars);

/* Beats as the bars want them: their number, metre and, where found beats were twice as long or the like, time. */
NEUME_MUST neume_status neume__bars_apply(const neume__bar *bars, size_t count, neume_rhythm *rhythm);

#endif
