/* Places in a piece that are written anew. Private to the room. */
#ifndef NEUME_COMPOSE_GAP_H
#define NEUME_COMPOSE_GAP_H

#include "composer.h"
#include "edit.h"

/* A piece's melody as text in three parts: what stands before a stretch of time, the stretch, and what stands behind.
 */
typedef struct gap_text {
    neume_buffer text;
    size_t body;     /* where the music begins, behind K: */
    size_t from, to; /* the stretch */
} gap_text;

/* from .. to in ticks, both at bar lines. A special bar line at the end stays behind the stretch, a plain one belongs
 * to it; *plain says which. */
neume_status neume__gap_text(const neume_score *score, int64_t from, int64_t to, gap_text *out, bool *plain);
void neume__gap_text_clear(gap_text *gap);

/* A copy through ABC. */
neume_status neume__score_copy(const neume_score *score, neume_score **out);
/* Puts what another score's first voice has between two moments in place of what a voice has there; chord symbols of
 * the old stay where the new has none. */
neume_status neume__splice(neume_score *score, neume_voice *voice, const neume_voice *from, int64_t begin, int64_t end);

#endif
