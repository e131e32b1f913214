/* What the parts of the ABC reader share. Private to the room.
 *
 *   abc_read.c    a file's tunes, their lines, the fields
 *   abc_fields.c  what fields say: key, voice, directives
 *   abc_time.c    metre, unit, tempo
 *   abc_music.c   a line of music: notes, rests, tuplets, decorations
 *   abc_bars.c    its bar lines, endings and overlays
 *   abc_words.c   lyrics under their notes, texts with their accents
 *   abc_finish.c  overlays become voices, words are put in order
 *   abc_layout.c  which voices share a part and a staff */
#ifndef NEUME_NOTATION_ABC_H
#define NEUME_NOTATION_ABC_H

#include "neume/notation.h"

#include <string.h>

enum {
    NEUME__ABC_VOICES = 128,
    NEUME__ABC_PENDING = 64,      /* words that wait for their note */
    NEUME__ABC_LONGEST = 1000000, /* bars of a rest, as many as the longest tune may have */
};

/* A stretch of text. */
typedef struct abc_span {
    const char *at, *end;
} abc_span;

/* Words that wait for the next note. */
typedef struct abc_pending {
    uint8_t kind;
    const char *text;
} abc_pending;

/* Where one voice stands. */
typedef struct abc_voice {
    int64_t at, unit, bar_at;
    neume_key key;
    neume_metre metre;
    int octave, transpose_clef; /* octaves to add to what is written */
    int8_t bar_alter[7];        /* as accidentals in this bar have it */
    int32_t last;               /* the note or rest that '>' lengthens, -1 = none */
    int broken;                 /* '>' (> 0) or '<' (< 0) waiting for its second note */
    int tuplet_actual, tuplet_normal, tuplet_left;
    int slurs;
    bool slashed_grace, space_before;
    abc_pending pending[NEUME__ABC_PENDING];
    int pending_count;
    size_t line_first; /* the first item of the last line of music, for lyrics */
    int verse;
    int overlay_of, overlays; /* -1: a voice of its own; how many overlays this bar has had */
    bool begun;
} abc_voice;

typedef struct abc_reader {
    neume_score *score;
    neume_report *report;
    int line, tune_line;
    bool in_body;
    int64_t unit;      /* of voices that begin; 0 = by the metre */
    abc_voice *voices; /* as many as the score has */
    size_t voice_capacity;
    int current; /* -1 = none yet */
    int program; /* of voices without their own, -1 = not said */
    int clef_octave;
    neume_clef clef;
    const char *user[128]; /* U: what a letter stands for; "" = nothing */
    char last_field;       /* for +: */
} abc_reader;

void abc_warn(abc_reader *r, const char *format, ...) NEUME_PRINTF(2, 3);

/* --- abc_fields.c ------------------------------------------------------------------------------------------------- */

NEUME_MUST neume_status abc_field(abc_reader *r, char letter, abc_span text);
NEUME_MUST neume_status abc_directive(abc_reader *r, abc_span text);
/* The voice that music goes to now; made if there is none. */
NEUME_MUST neume_status abc_begin_voice(abc_reader *r);
/* The voice with this id, made if need be; *index tells it. */
NEUME_MUST neume_status abc_find_voice(abc_reader *r, abc_span id, int *index);

/* --- abc_time.c --------------------------------------------------------------------------------------------------- */

NEUME_MUST neume_status abc_field_metre(abc_reader *r, abc_span text);
NEUME_MUST neume_status abc_field_unit(abc_reader *r, abc_span text);
NEUME_MUST neume_status abc_field_tempo(abc_reader *r, abc_span text);

/* --- abc_music.c -------------------------------------------------------------------------------------------------- */

NEUME_MUST neume_status abc_music_line(abc_reader *r, abc_span text);

/* --- abc_bars.c --------------------------------------------------------------------------------------------------- */

/* A line of music on its way. */
typedef struct abc_music {
    abc_reader *r;
    abc_voice *v;
    neume_voice *voice;
    abc_span s; /* what is left of the line */
    bool in_grace;
} abc_music;

/* Voices may have come or changed: looks them up again. */
void abc_go_on(abc_music *m);
NEUME_MUST neume_status abc_read_bar(abc_music *m);
/* "[1" that does not stand behind a bar line on its own line. */
NEUME_MUST neume_status abc_read_lone_ending(abc_music *m);
/* & goes back to the beginning of the bar. */
NEUME_MUST neume_status abc_read_overlay(abc_music *m);
/* Back to the voice it lies over, which waits in silence if the overlay went on longer. */
NEUME_MUST neume_status abc_leave_overlay(abc_music *m);

/* --- abc_words.c -------------------------------------------------------------------------------------------------- */

/* Does it begin so, in any case? */
bool abc_starts(abc_span text, const char *with);
/* The number a text begins with, 0 when it is none; large ones stop growing. */
long abc_number_of(abc_span text);
/* 3/4 -> 3, 4. @return whether there was a fraction */
bool abc_fraction(abc_span *text, long *above, long *below);
/* A text as it is meant: accents (\'e), entities (&eacute; &#233;) and \u0000 resolved, Latin-1 made UTF-8. */
NEUME_MUST neume_status abc_text(neume_score *score, abc_span text, const char **out);
/* The same for what may stand in an inline field: without ] and ". */
NEUME_MUST neume_status abc_inline_text(neume_score *score, abc_span text, const char **out);
NEUME_MUST neume_status abc_lyrics(abc_reader *r, abc_span text);

/* --- abc_finish.c ------------------------------------------------------------------------------------------------- */

NEUME_MUST neume_status abc_finish(abc_reader *r);

/* --- abc_layout.c ------------------------------------------------------------------------------------------------- */

/* Parts and staves, as %%score has them; voices of one part come to stand side by side. The reader's own table of
 * voices no longer fits the score's then. */
NEUME_MUST neume_status abc_lay_out(abc_reader *r);

/* --- small things ------------------------------------------------------------------------------------------------- */

static inline bool abc_is_space(char c) {
    return c == ' ' || c == '\t';
}

static inline bool abc_is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Is it one of these? A zero byte is none. */
static inline bool abc_in(char c, const char *set) {
    return c && strchr(set, c);
}

/* 0 .. 6 for C .. B in either case, -1 */
static inline int abc_step(char c) {
    static const char steps[] = "CDEFGABcdefgab";
    const char *found = c ? strchr(steps, c) : NULL;
    return found ? (int)(found - steps) % 7 : -1;
}

/* May it stand in a decoration's name? */
static inline bool abc_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || abc_is_digit(c) || abc_in(c, "()<>./+^-_;,~#");
}

/* Where a character first stands, NULL. */
static inline const char *abc_find(abc_span s, char c) {
    return s.at < s.end ? memchr(s.at, c, (size_t)(s.end - s.at)) : NULL;
}

static inline abc_span abc_trim(abc_span s) {
    while (s.at < s.end && (abc_is_space(*s.at) || *s.at == '\r')) s.at++;
    while (s.end > s.at && (abc_is_space(s.end[-1]) || s.end[-1] == '\r')) s.end--;
    return s;
}

static inline char abc_peek(abc_span s) {
    return s.at < s.end ? *s.at : '\0';
}

#endif
