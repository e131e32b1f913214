/* A piece while it is quantised: its onsets against its beats. Private to the quantiser's files. */
#ifndef NEUME_SCORE_QUANTISE_PAGE_H
#define NEUME_SCORE_QUANTISE_PAGE_H

#include "quantise.h"
#include "trills.h"

#define NEUME__PLAYED_S 0.018 /* how exactly people play: one deviation */
#define NEUME__EXACT_S  0.004 /* and how exactly files tell what was written on their clock */

/* Notes that begin together: of notes first .. end - 1 those that no trill has taken in. */
typedef struct neume__event {
    double x;              /* beats since the first beat */
    double time_s, mean_s; /* of the first of its notes, of all */
    size_t first, end, count;
    double place; /* beats since the first beat, once read */
    int64_t at;   /* and ticks */
    double bend;  /* how many beats too late it comes because time is bent within its beat */
    bool grace;
} neume__event;

typedef struct neume__page {
    const neume_notes *notes;
    const neume_rhythm *rhythm;
    neume__trills trills;
    neume__event *events;
    size_t count;
    size_t *begins;   /* (beats + 1) first event of each beat */
    int64_t *beat_at; /* (beats + 1) ticks of each beat */
    bool swing;       /* beats divided 2 : 1 are written as halves */
} neume__page;

/* Gathers the events. Clear it whatever comes back. */
NEUME_MUST neume_status neume__page_init(neume__page *p, const neume_notes *notes, const neume_rhythm *rhythm);
void neume__page_clear(neume__page *p);

/* Beats since the first one, beyond both ends by the nearest beat's length. *hint: where the last search ended. */
double neume__page_beat(const neume__page *p, double time_s, size_t *hint);
bool neume__page_compound(const neume__page *p, size_t beat);

/* quantise_read.c: the cheapest reading; sets each event's place and grace, and whether the piece swings. */
NEUME_MUST neume_status neume__page_read(neume__page *p);
/* What reading all beats as divided in two, and in three, costs. */
NEUME_MUST neume_status neume__page_costs(const neume__page *p, double *twos, double *threes);

/* quantise_values.c: the value, in ticks, of note i of event k: up to the next note of its part, or one that leaves a
 * rest. part_of (notes). */
int64_t neume__page_value(const neume__page *p, size_t k, size_t i, const int16_t *part_of, bool *staccato);

#endif
