/* Writing a voice anew from an old one. A voice's items hold places in its tables of pitches, signs and words; so
 * whoever inserts, drops or reorders items copies them one by one into a new voice, and the tables follow.
 * Private to the room. */
#ifndef NEUME_COMPOSE_EDIT_H
#define NEUME_COMPOSE_EDIT_H

#include "neume/music.h"

typedef struct voice_edit {
    const neume_voice *from;
    neume_voice to;
    int32_t tuplet_from, tuplet_to; /* the tuplet being copied, and its copy */
} voice_edit;

void neume__edit_begin(voice_edit *edit, const neume_voice *from);
/* Copies an item with its pitches, words or sign. */
neume_status neume__edit_copy(voice_edit *edit, size_t item);
/* The same with another time, tuplet (-1 = none, else of the old voice), tie: what `item` says; its tables' places
 * are those of the old voice. */
neume_status neume__edit_copy_as(voice_edit *edit, size_t i, neume_item item);
/* Copies the words of an old item to the item added last; of one kind, or of all (kind -1). */
neume_status neume__edit_copy_words(voice_edit *edit, size_t item, int kind);
/* Adds a new note or chord; `count` pitches. A rest when count is 0. */
neume_status neume__edit_add(voice_edit *edit, neume_item item, const neume_pitch *pitches, int32_t count);
/* Puts the new voice in the old one's place; drops it when status is a failure. @return status */
neume_status neume__edit_end(voice_edit *edit, neume_voice *voice, neume_status status);

/* Notes and rests of any length, as tied ones where no single value is so long. `item` is item i of the old
 * voice with another time; the words go to the first. */
neume_status neume__edit_copy_spelled(voice_edit *edit, size_t i, neume_item item);
neume_status neume__edit_add_spelled(voice_edit *edit, neume_item item, const neume_pitch *pitches, int32_t count);
/* The pitches of the item added last go on in the next one. */
void neume__edit_tie_last(voice_edit *edit);
/* Is a length one note, perhaps dotted once? */
bool neume__is_plain_length(int64_t ticks);

/* A voice whose notes have pitches, not drum keys. */
bool neume__voice_is_pitched(const neume_voice *voice);
/* Is it a note or chord that has time of its own? */
static inline bool neume__is_main_note(const neume_item *item) {
    return item->kind == NEUME_ITEM_NOTES && !item->grace && item->count > 0;
}
/* The first pitched voice that has notes: -1 when there is none. */
int neume__melody_voice(const neume_score *score);
/* The highest pitch of a note item. */
neume_pitch *neume__top_pitch(const neume_voice *voice, const neume_item *item);
/* When the last voice ends. */
int64_t neume__score_end(const neume_score *score);

/* --- bars --------------------------------------------------------------------------------------------------------- */

typedef struct score_bar {
    int64_t at, ticks;
    int64_t lack; /* of a bar that is cut: what is missing at its beginning (an upbeat) */
    neume_metre metre;
    neume_key key;
    bool opens; /* a section begins here: the piece, or after a repeat or double bar */
} score_bar;
typedef struct score_bars {
    score_bar *items;
    size_t count, capacity;
} score_bars;
/* The bars of a voice, in order; free with neume__bars_clear(). */
neume_status neume__bars_find(const neume_score *score, const neume_voice *voice, score_bars *out);
void neume__bars_clear(score_bars *bars);
/* Does music begin anew behind this line: a repeat, an ending, a double bar? */
bool neume__bar_opens_section(const neume_bar *line);
/* The bar that holds a moment; *from is where to begin to look, moved on (0 at first). */
const score_bar *neume__bar_at(const score_bars *bars, int64_t at, size_t *from);

#endif
