/* Writing a draft out: what the files write_*.c share. Private to the room.
 *
 *     the notes of a voice --stretches--> one after another --cells--> plain or tuplet --values--> items of a bar */
#ifndef NEUME_SCORE_WRITE_H
#define NEUME_SCORE_WRITE_H

#include "draft.h"

enum { NEUME__GROUPS_MOST = 32, NEUME__CELLS_MOST = 96 };
/* The finest plain value; what is no multiple of it needs a tuplet. */
#define NEUME__FINEST (NEUME_WHOLE / 1024)

/* --- write_value.c: single values --------------------------------------------------------------------------------- */

/* Where a bar (or the inside of a tuplet) is strong: groups, and beats inside them. */
typedef struct neume__grid {
    int64_t offset, end; /* the bar's own part of its metre: a pickup begins late */
    int64_t beat;        /* the metre's unit */
    int64_t edges[NEUME__GROUPS_MOST + 1];
    int groups;
    bool compound; /* groups are dotted beats */
} neume__grid;

/* The grid of a measure; a first one that is short is the end of its metre's bar. */
neume__grid neume__grid_of(const neume__measure *measure, bool first);
/* Inside a tuplet: `count` units as they are written. */
neume__grid neume__grid_of_tuplet(int64_t unit, int count);
/* The first of the values that from .. to is written with ends here. Rests show the beats more strictly than notes. */
int64_t neume__value_end(const neume__grid *grid, int64_t from, int64_t to, bool rest);
int neume__value_count(const neume__grid *grid, int64_t from, int64_t to, bool rest);
/* Which group a place is in. */
int neume__grid_group(const neume__grid *grid, int64_t at);

/* --- write_cells.c: tuplets --------------------------------------------------------------------------------------- */

/* A time in which the same notes sound; count 0 = silence. */
typedef struct neume__stretch {
    int64_t from, to;
    int32_t first, count; /* of the voice's members */
    size_t origin;        /* in a bar: which of the voice's stretches it is a part of */
} neume__stretch;

/* A part of a bar: plain (actual 0), or `actual` units in the time of `normal`. */
typedef struct neume__cell {
    int64_t from, to;
    int16_t actual, normal;
} neume__cell;

/* Divides a bar into cells, the cheapest way to write its stretches (times from the beginning of the grid). @return how
 * many cells; 0 when no tuplets are known that write it */
size_t neume__bar_cells(const neume__grid *grid, const neume__stretch *stretches, size_t count,
                        neume__cell cells[NEUME__CELLS_MOST]);
/* A time in a tuplet as it is written, from the tuplet's beginning. */
int64_t neume__cell_written(const neume__cell *cell, int64_t at);
int64_t neume__cell_sounding(const neume__cell *cell, int64_t written);

/* --- write_signs.c: clefs, tempi, chord symbols ------------------------------------------------------------------- */

/* The clef of every measure of a staff; free with neume__free(). */
NEUME_MUST neume_status neume__choose_clefs(const neume__draft *draft, int part, int staff, neume_clef **out);
/* Beats a minute at every measure where they are told, 0 elsewhere; free with neume__free(). All 0 without tempi. */
NEUME_MUST neume_status neume__choose_tempi(const neume__draft *draft, double **out);
/* "Am7/G"; "" when there is no chord. */
void neume__chord_text(const neume__chord *chord, char out[32]);

/* --- write_voice.c ------------------------------------------------------------------------------------------------ */

typedef struct neume__voice_plan {
    const neume__draft *draft;
    neume_score *score;
    neume_voice *voice; /* to fill */
    int part, staff, number, staves;
    const neume_clef *clefs; /* (measure_count) */
    const double *tempi;     /* (measure_count); NULL = this voice tells none */
    bool chords;             /* chord symbols stand above this voice */
} neume__voice_plan;
NEUME_MUST neume_status neume__write_voice(const neume__voice_plan *plan);
/* The staff and voice that a note is written in: within what there is. */
int neume__staff_of(const neume__placed *note, int staves);
int neume__voice_of(const neume__placed *note);

#endif
