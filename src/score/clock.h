/* Beats by the clock of the file that the notes come from. Private to the room. */
#ifndef NEUME_SCORE_CLOCK_H
#define NEUME_SCORE_CLOCK_H

#include "bars.h"
#include "neume/score.h"

enum { NEUME__CLOCK_PHASES = 12 };
/* What of a file's clock can be believed. */
typedef struct neume__clock_fit {
    const neume_clock *clock;
    bool exact;                         /* the notes were laid on it; else somebody played to its click */
    double phase;                       /* quarters, modulo 1: the grid that the notes lie on may begin here, */
    bool possible[NEUME__CLOCK_PHASES]; /* or twelfths later, for they may all be on sixteenths, or all on thirds */
    bool own; /* the file's own quarters may begin that grid, so what it says of bars may mean something: */
    const neume_clock_metre *metre; /* its one metre; NULL = none, or several. 4/4 may be by default only */
    bool purpose;                   /* that one is told on purpose: it is not 4/4 */
    bool bars;                      /* metres change where a program knew its bars */
    double tempo_bpm;               /* in beats of the metre, else in quarters; 0 = it changes much */
} neume__clock_fit;

/* Is there a clock that the notes lie on, and nothing known that speaks against it? */
NEUME_MUST neume_status neume__clock_ask(const neume_notes *notes, const neume_rhythm_options *options, bool *fits,
                                         neume__clock_fit *out);
/* Do the notes begin on sixteenths and thirds of the clock's quarters clearly more often than by chance, or near them
 * all through? */
NEUME_MUST neume_status neume__clock_fits(const neume_notes *notes, const neume_clock *clock, bool *fits,
                                          neume__clock_fit *out);
/* The bars that the file tells; fit->bars. */
NEUME_MUST neume_status neume__clock_bars(const neume__clock_fit *fit, const neume_notes *notes, neume_rhythm *out);
/* Beats as long as those of a metre told on purpose, else quarters; as early or late as most found beats lie. Metres as
 * found near them. */
NEUME_MUST neume_status neume__clock_beats(const neume__clock_fit *fit, const neume_notes *notes,
                                           const neume_rhythm *found, neume_rhythm *out);
/* What a file's one metre says of bar lines becomes some evidence: upbeats move them in many files. */
void neume__clock_hint(const neume__clock_fit *fit, const neume_rhythm *rhythm, neume__bar_beliefs *beliefs);

#endif
