/* What a request asks for, and the operations that do it. Private to the room. */
#ifndef NEUME_COMPOSE_REVISE_H
#define NEUME_COMPOSE_REVISE_H

#include "edit.h"
#include "lexicon.h"
#include "neume/compose.h"
#include "pitch.h"

/* What the words of one clause say. */
typedef struct wish {
    uint64_t words;    /* bit w: a word of that class was there (lexicon.h) */
    interval by;       /* WORD_INTERVAL: upwards */
    int step, alter;   /* WORD_KEY */
    neume_mode mode;   /* WORD_MODE */
    neume_metre metre; /* WORD_METRE */
    double number;     /* WORD_NUMBER */
    int program;       /* WORD_INSTRUMENT */
    unsigned keep;     /* neume_keep */
    neume_rng *rng;
} wish;

typedef neume_status operation(neume_score *score, const wish *wanted);

operation neume__transpose_by_interval, neume__transpose_octaves, neume__transpose_to_key, neume__transpose_semitones,
    neume__write_for_instrument;
operation neume__change_mode, neume__change_to_relative;
operation neume__change_metre;
operation neume__augment, neume__diminish, neume__double_values, neume__halve_values;
operation neume__reverse, neume__invert;
operation neume__tempo_change;
operation neume__simplify, neume__merge_short_notes, neume__limit_range;
operation neume__remove_ornaments, neume__remove_chords, neume__remove_lyrics, neume__remove_dynamics,
    neume__remove_slurs;
operation neume__ornament, neume__add_graces, neume__add_trills, neume__add_passing_notes;
operation neume__set_instrument, neume__swap_hands;

/* --- what is shared ----------------------------------------------------------------------------------------------- */

/* Moves every pitched voice, its keys and chord symbols; one voice when `only` >= 0 (its key at the beginning becomes
 * its own then). */
neume_status neume__transpose_score(neume_score *score, interval by, int only);
/* Moves a voice's pitches alone. */
void neume__move_voice(neume_voice *voice, interval by);
/* Appends a mark, annotation or chord symbol to an item, in order. */
neume_status neume__add_word(neume_score *score, neume_voice *voice, int32_t item, neume_words_kind kind,
                             const char *text);
/* Drops all words of these kinds (bits), of marks only the named ones when `marks` is given (ends with NULL). */
void neume__drop_words(neume_voice *voice, unsigned kinds, const char *const *marks);
/* Is it a repeat with endings? */
bool neume__has_endings(const neume_score *score);

/* Bar lines anew, every so many ticks in each section; notes across them are tied. Repeats, double bars and endings
 * stay. NEUME_EUNSUPPORTED: a section is no whole number of bars. */
neume_status neume__rebar(neume_score *score, int64_t bar_ticks);

/* What is to be kept, as bytes that change when it changes. */
neume_status neume__kept(const neume_score *score, unsigned keep, neume_buffer *out);

#endif
