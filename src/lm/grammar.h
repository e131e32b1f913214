/* What the parts of the grammar share. Private to the room.
 *
 *   grammar.c          begins, reads byte by byte, ends
 *   grammar_fields.c   M: L: K: and other fields, alone on a line or in brackets
 *   grammar_words.c    texts, chord symbols, decorations
 *   grammar_music.c    notes, rests, chords, graces, ties, slurs
 *   grammar_time.c     lengths that still fit, tuplets, broken rhythm
 *   grammar_bars.c     bar signs, repeats, endings, lines of several voices
 *   grammar_prefix.c   text of strangers
 *   grammar_closing.c  the shortest way to an end
 *   grammar_mask.c     vocabularies
 *
 * Every function that takes a byte answers whether it may stand there, and may leave a state that makes no sense if
 * not: neume_grammar_push() works on a copy. No byte is taken unless the tune can still be ended after it. */
#ifndef NEUME_LM_PRIVATE_GRAMMAR_H
#define NEUME_LM_PRIVATE_GRAMMAR_H

#include "neume/lm_grammar.h"

#include <string.h>

typedef neume_grammar grammar;
typedef neume_grammar_bars grammar_bars;

enum grammar_place {
    PLACE_HEADER_LINE, /* at the beginning of a line of the header */
    PLACE_COLON,       /* behind a field's letter */
    PLACE_VALUE,       /* in a field whose values are known */
    PLACE_TEXT,        /* in one of free text */
    PLACE_BODY_LINE,   /* at the beginning of a line of music */
    PLACE_LETTER,      /* behind a letter there that is a field or a decoration */
    PLACE_MUSIC,       /* between things */
    PLACE_ACCIDENTAL,
    PLACE_PITCH,
    PLACE_NUMBER, /* behind a pitch's marks, in the upper number of a length; */
    PLACE_SLASH,
    PLACE_DIVISOR, /* in its lower number */
    PLACE_BROKEN,
    PLACE_QUOTE, /* behind " */
    PLACE_SYMBOL,
    PLACE_ANNOTATION,
    PLACE_MARK,   /* !in here! */
    PLACE_PAREN,  /* behind ( */
    PLACE_TUPLET, /* (3:2:.. */
    PLACE_GRACE,  /* behind { */
    PLACE_BRACKET,
    PLACE_SIGN,   /* in a bar sign */
    PLACE_SIGNED, /* right behind one */
    PLACE_BACKSLASH,
};

/* Which fields are written. */
enum { FIELD_METRE = 1, FIELD_UNIT = 2, FIELD_KEY = 4, FIELD_RHYTHM = 8, FIELD_TEMPO = 16, FIELD_NUMBER = 32 };

/* How far the signs before a note have come: they stand in this order. */
enum { MARKS_NONE, MARKS_LONG, MARKS_LETTERS };

enum { KIND_NOTE, KIND_REST, KIND_CHORD };

enum { EIGHTH = NEUME_GRAMMAR_WHOLE / 8 };

enum { ACCIDENTAL_NONE = 3, CHORD_NOTES = 8, GRACE_NOTES = 6, TEXT_BYTES = 100, QUOTE_BYTES = 40, BLANKS = 24 };

/* --- grammar.c --- */

/* One byte; the state is spoilt when it may not stand there. */
bool grammar_read(grammar *g, char c);

/* --- grammar_fields.c --- */

bool grammar_header_line(grammar *g, char c);
bool grammar_colon(grammar *g, char c);
bool grammar_value(grammar *g, char c);
/* The field that may begin here in the body, alone on a line or in brackets. */
bool grammar_body_field(const grammar *g, char letter);
/* A length of 1 where L: is not said: metres below three quarters count in sixteenths (ABC 2.1, 3.1.7). */
int16_t grammar_usual_unit(const grammar *g);
/* Takes over a whole value; false: it is none. */
bool grammar_set_field(grammar *g, char letter, const char *value, size_t count);

/* --- grammar_words.c --- */

bool grammar_text(grammar *g, char c);
bool grammar_quote(grammar *g, char c);
bool grammar_symbol(grammar *g, char c);
bool grammar_annotation(grammar *g, char c);
bool grammar_mark(grammar *g, char c);
/* A decoration of one letter: . ~ T ... */
bool grammar_letter_mark(grammar *g, char c);
/* Could a byte of text come here, as far as UTF-8 goes? Follows it. */
bool grammar_utf8(grammar *g, char c);

/* --- grammar_music.c --- */

bool grammar_music(grammar *g, char c);
bool grammar_accidental(grammar *g, char c);
bool grammar_pitch(grammar *g, char c);
bool grammar_length(grammar *g, char c);
bool grammar_bracket(grammar *g, char c);
bool grammar_grace(grammar *g, char c);
/* What was being written is whole: a note with its length, a sign, a tuplet. false: it is not. */
bool grammar_settle(grammar *g);

/* --- grammar_time.c --- */

/* Lengths in ticks that the element being written may have. */
typedef struct grammar_lengths {
    int lowest, highest;
} grammar_lengths;

grammar_lengths grammar_lengths_now(const grammar *g);
/* Is there any? */
bool grammar_lengths_any(grammar_lengths lengths);
bool grammar_number(grammar *g, char c);
bool grammar_slash(grammar *g, char c);
bool grammar_divisor(grammar *g, char c);
/* The length as written, in ticks; 0: it is not to be. */
int grammar_length_ticks(const grammar *g);
bool grammar_paren(grammar *g, char c);
bool grammar_tuplet(grammar *g, char c);
bool grammar_settle_tuplet(grammar *g);
bool grammar_broken(grammar *g, char c);
/* < or > behind the last element. */
bool grammar_begin_broken(grammar *g, char c);
/* Time passes: an element of so many written ticks. */
void grammar_pass(grammar *g, int ticks);

/* --- grammar_bars.c --- */

enum { SIGN_PLAIN = 1, SIGN_DOUBLE = 2, SIGN_FINAL = 4, SIGN_START = 8, SIGN_END = 16 };

/* How far the music may go in this measure. */
int grammar_limit(const grammar *g);
/* May a note be tied, or a slur go on, over the bar line that comes next? */
bool grammar_goes_on(const grammar *g);
/* A bar sign's effect on the bars; false: it may not stand here. held: something is tied over it. */
bool grammar_apply_sign(const grammar *g, grammar_bars *b, uint8_t sign, bool held);
/* May the tune end behind the last sign? */
bool grammar_bars_can_end(const grammar *g, const grammar_bars *b);
bool grammar_begin_sign(grammar *g, char c);
bool grammar_sign(grammar *g, char c);
bool grammar_settle_sign(grammar *g);
bool grammar_signed(grammar *g, char c);
bool grammar_ending(grammar *g, char c);
bool grammar_line_end(grammar *g);
/* "[V:2]" has been read. */
void grammar_enter_voice(grammar *g);
/* Would abc2midi's accompaniment sound beyond a last bar that ends there? */
bool grammar_rings_over(const grammar *g, int place);
/* May chord symbols be used, as far as the last bar's length is known? */
bool grammar_symbols_allowed(const grammar *g);
/* The end of the measure that leads to the end soonest, as a place. */
int grammar_nearest_end(const grammar *g);
/* The sign that does, of those that begin with what is written of one; NULL: there is none. */
const char *grammar_nearest_sign(const grammar *g);

/* --- grammar_closing.c --- */

bool grammar_can_be_ended(const grammar *g);

/* --- small things --- */

static inline bool grammar_several(const grammar *g) {
    return g->voices > 1;
}

static inline bool grammar_within(const grammar *g) {
    return g->options->end != NEUME_GRAMMAR_END_TUNE;
}

static inline bool grammar_in(char c, const char *set) {
    return c && strchr(set, c);
}

static inline bool grammar_digit(char c) {
    return c >= '0' && c <= '9';
}

/* 0 .. 6 for C .. B in either case, -1 */
static inline int grammar_step(char c) {
    static const char steps[] = "CDEFGABcdefgab";
    const char *found = c ? strchr(steps, c) : NULL;
    return found ? (int)(found - steps) % 7 : -1;
}

static inline bool grammar_add(grammar *g, char c) {
    if (g->word_length + 1 >= NEUME_GRAMMAR_WORD) return false;
    g->word[g->word_length++] = c;
    g->word[g->word_length] = '\0';
    return true;
}

static inline void grammar_go(grammar *g, uint8_t place) {
    g->place = place;
    g->word_length = 0;
    g->word[0] = '\0';
    g->stage = 0;
}

/* A tie of this voice waits for its second note. */
static inline bool grammar_tie_waits(const grammar *g) {
    return g->ties[g->voice][0] != 0;
}

/* It leads to a chord. */
static inline bool grammar_chord_waits(const grammar *g) {
    return grammar_tie_waits(g) && (g->chord_ties >> g->voice & 1);
}

static inline bool grammar_slurred(const grammar *g) {
    return (g->slurs >> g->voice & 1) != 0;
}

#endif
