/* From beats to places on the page. Private to the room. */
#ifndef NEUME_SCORE_QUANTISE_H
#define NEUME_SCORE_QUANTISE_H

#include "draft.h"

/* Fills measures, parts, notes (at, ticks, staccato) and tempo of an empty draft. @p notes in order, @p rhythm with at
 * least two beats. */
NEUME_MUST neume_status neume__quantise(const neume_notes *notes, const neume_rhythm *rhythm, neume__draft *draft);

/* How much dearer it is, in nats a beat with off-beat notes, to read the beats as divided in two than in three: > 0
 * speaks for a compound metre. */
NEUME_MUST neume_status neume__quantise_thirds(const neume_notes *notes, const neume_rhythm *rhythm, double *out);

/* Moves beats to where all notes, as the cheapest reading places them, say that they are. */
NEUME_MUST neume_status neume__quantise_refit(const neume_notes *notes, neume_rhythm *rhythm);

#endif
