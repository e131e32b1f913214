/* Lengths inside tuplets: as written, and as they sound. Private to the room. */
#ifndef NEUME_NOTATION_TUPLET_H
#define NEUME_NOTATION_TUPLET_H

#include <neume/music.h>

/* What a tuplet's notes can be written as: the multiples of this, so that they can be told again when the sounding
 * lengths (of tuplets of 17 and the like) have been rounded to a tick. 2^10 * 27 of them are a whole note. */
static const int64_t neume__plain_ticks = NEUME_WHOLE / 27648;

/* As written inside its tuplet: the plain length within the rounding's reach, if there is one. */
static inline int64_t neume__written_ticks(const neume_voice *v, const neume_item *item) {
    if (item->tuplet < 0) return item->ticks;
    const neume_tuplet *t = &v->tuplets[item->tuplet];
    const int64_t written = item->ticks * t->actual / t->normal,
                  plain = (written + neume__plain_ticks / 2) / neume__plain_ticks * neume__plain_ticks;
    return plain > 0 && written - plain <= t->actual && plain - written <= t->actual ? plain : written;
}

#endif
