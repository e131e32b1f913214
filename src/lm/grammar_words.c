/* Words: titles and other free text, chord symbols, annotations, decorations. */
#include "grammar.h"

#include <strings.h>

/* --- UTF-8 (RFC 3629) --------------------------------------------------------------------------------------------- */

static bool begin_utf8(grammar *g, unsigned char c) {
    if (c < 0xc2 || c > 0xf4) return false;
    g->utf8_left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    g->utf8_low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    g->utf8_high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c == 0xc2) g->utf8_low = 0xa0; /* no control characters */
    return true;
}

bool grammar_utf8(grammar *g, char byte) {
    const unsigned char c = (unsigned char)byte;
    if (g->utf8_left) {
        if (c < g->utf8_low || c > g->utf8_high) return false;
        g->utf8_left--;
        g->utf8_low = 0x80, g->utf8_high = 0xbf;
        return true;
    }
    return c < 0x80 ? c >= ' ' && c != 0x7f : begin_utf8(g, c);
}

/* A byte of text in a line; the last characters leave room for whole ones. */
static bool text_byte(grammar *g, char c, int limit) {
    if (g->text_length >= limit && !g->utf8_left) return false;
    g->text_length++;
    return grammar_utf8(g, c);
}

/* --- a field's text ----------------------------------------------------------------------------------------------- */

/* "Hornpipe" at the beginning of R:, as far as it has come in `stage`. */
static bool hornpipe_allowed(grammar *g, char c) {
    static const char name[] = "hornpipe";
    const char small = (char)(c | 0x20);
    if (g->field != 'R' || g->stage >= sizeof name - 1 || (c == ' ' && !g->word_length)) return true;
    if (small != name[g->stage]) {
        g->stage = sizeof name;
        return true;
    }
    if (++g->stage < sizeof name - 1) return true;
    g->hornpipe = true;
    return !(g->fields & FIELD_METRE) || (g->measure == NEUME_GRAMMAR_WHOLE && g->beats == 4) ||
           (g->measure == NEUME_GRAMMAR_WHOLE / 2 && g->beats == 2);
}

bool grammar_text(grammar *g, char c) {
    if (c == '\n') {
        if (!g->word_length || g->utf8_left) return false;
        if (g->field == 'R') g->fields |= FIELD_RHYTHM;
        grammar_go(g, PLACE_HEADER_LINE);
        return true;
    }
    if (c == '%' || c == '\\' || !hornpipe_allowed(g, c)) return false;
    if (!g->word_length && ((c == ' ' && g->text_length) || grammar_in(c, ":|"))) return false; /* "C:|" is music */
    if (c != ' ') g->word_length = 1;
    return text_byte(g, c, TEXT_BYTES);
}

/* --- in quotes ---------------------------------------------------------------------------------------------------- */

/* How far a chord symbol is: behind its root, in its quality, behind the slash, behind the bass, behind its sign. */
enum { SYMBOL_ROOT, SYMBOL_QUALITY, SYMBOL_SLASH, SYMBOL_BASS, SYMBOL_END };

bool grammar_quote(grammar *g, char c) {
    g->text_length = 0;
    if (grammar_in(c, "^_<>@")) {
        g->place = PLACE_ANNOTATION;
        return true;
    }
    g->place = PLACE_SYMBOL;
    g->stage = SYMBOL_END;
    if (c >= '0' && c <= '5') return true; /* a finger */
    g->stage = SYMBOL_ROOT;
    g->symbols = true;
    return grammar_step(c) >= 0 && grammar_symbols_allowed(g);
}

/* Behind a semicolon abc2midi expects another chord symbol. */
bool grammar_annotation(grammar *g, char c) {
    if (c == '"' && g->text_length && !g->utf8_left) {
        grammar_go(g, PLACE_MUSIC);
        return true;
    }
    return !grammar_in(c, "\"%\\;") && text_byte(g, c, QUOTE_BYTES);
}

/* The qualities of chords that abc2midi knows. */
static const char *const QUALITIES[] = {"",     "m",    "7",    "m7",   "maj7", "M7",    "6",     "m6", "aug",
                                        "+",    "aug7", "dim",  "dim7", "9",    "m9",    "maj9",  "M9", "11",
                                        "dim9", "sus",  "sus4", "sus2", "sus9", "7sus4", "7sus9", "5",  "m7b5"};

/* 0: no, 1: begun, 2: whole */
static int quality_match(const char *word) {
    const size_t length = strlen(word);
    int best = 0;
    for (size_t i = 0; i < sizeof QUALITIES / sizeof *QUALITIES; i++) {
        if (strncmp(QUALITIES[i], word, length) != 0) continue;
        if (!QUALITIES[i][length]) return 2;
        best = 1;
    }
    return best;
}

static bool symbol_ends(const grammar *g) {
    return g->stage != SYMBOL_SLASH && (g->stage > SYMBOL_SLASH || quality_match(g->word) == 2);
}

bool grammar_symbol(grammar *g, char c) {
    const uint8_t stage = g->stage;
    if (c == '"') {
        if (!symbol_ends(g)) return false;
        grammar_go(g, PLACE_MUSIC);
        return true;
    }
    if (c == '/' && stage <= SYMBOL_QUALITY) {
        g->stage = SYMBOL_SLASH;
        return quality_match(g->word) == 2;
    }
    if (stage == SYMBOL_SLASH) {
        g->stage = SYMBOL_BASS;
        return grammar_step(c) >= 0;
    }
    if (stage >= SYMBOL_BASS) {
        g->stage = SYMBOL_END;
        return stage == SYMBOL_BASS && grammar_in(c, "#b+");
    }
    g->stage = SYMBOL_QUALITY;
    if (stage == SYMBOL_ROOT && grammar_in(c, "#b")) return true;
    return grammar_add(g, c) && quality_match(g->word) > 0;
}

/* --- decorations -------------------------------------------------------------------------------------------------- */

/* Those that abc2midi knows, but for the fermata, which makes bars longer there. Trills and rolls are no matter for
 * chords. */
static const struct {
    const char *name;
    bool single;
} MARKS[] = {{"trill", true},       {"mordent", false},     {"turn", false},        {"accent", false},
             {"arpeggio", false},   {"wedge", false},       {"ppp", false},         {"pp", false},
             {"p", false},          {"mp", false},          {"mf", false},          {"f", false},
             {"ff", false},         {"fff", false},         {"sfz", false},         {"crescendo(", false},
             {"crescendo)", false}, {"diminuendo(", false}, {"diminuendo)", false}, {"<(", false},
             {"<)", false},         {">(", false},          {">)", false}};
enum { MARK_COUNT = sizeof MARKS / sizeof *MARKS };

/* What a tie leads to has no trill or roll of its own. */
static bool want(grammar *g, uint8_t need) {
    if (g->need < need) g->need = need;
    return need < 3 || !grammar_tie_waits(g);
}

bool grammar_mark(grammar *g, char c) {
    if (c != '!') {
        if (!grammar_add(g, c)) return false;
        for (int i = 0; i < MARK_COUNT; i++)
            if (strncmp(MARKS[i].name, g->word, g->word_length) == 0 && !(MARKS[i].single && grammar_tie_waits(g)))
                return true;
        return false;
    }
    for (int i = 0; i < MARK_COUNT; i++) {
        if (strcmp(MARKS[i].name, g->word) != 0) continue;
        if (!want(g, MARKS[i].single ? 3 : 2)) return false;
        g->marks = MARKS_LONG;
        g->untied |= MARKS[i].single;
        g->mark_count++;
        grammar_go(g, PLACE_MUSIC);
        return true;
    }
    return false;
}

bool grammar_letter_mark(grammar *g, char c) {
    const bool short_of_time = g->grace_load || g->untied || g->broken;
    if (!grammar_in(c, ".~LMOPRSTuv") || g->mark_count >= 3) return false;
    if (grammar_in(c, ".~") && short_of_time) return false; /* a staccato leaves half the note to play */
    if (!want(g, grammar_in(c, "~RT") ? 3 : 2)) return false;
    g->marks = MARKS_LETTERS;
    g->mark_count++;
    g->untied |= grammar_in(c, ".~RT");
    if (c != '~') return true;
    g->grace_load = (uint8_t)(g->grace_load + 2); /* a roll is played as a grace note */
    return grammar_lengths_any(grammar_lengths_now(g));
}
