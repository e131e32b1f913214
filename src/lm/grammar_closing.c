/* The shortest way to an end: rests fill the bars, brackets are closed, repeats end as soon as they may.
 *
 * It is why no state is a dead end, and what is written when the tokens run out. */
#include "grammar.h"

#include <stdio.h>

enum { LONGEST = 65536 };

static bool takes(const grammar *g, char c) {
    grammar copy = *g;
    return neume_grammar_push(&copy, &c, 1);
}

/* The first of these that may come, 0. */
static char first_of(const grammar *g, const char *bytes) {
    for (; *bytes; bytes++)
        if (takes(g, *bytes)) return *bytes;
    return '\0';
}

static char any_byte(const grammar *g) {
    for (int c = ' '; c < 256; c++)
        if (takes(g, (char)c)) return (char)c;
    return takes(g, '\n') ? '\n' : '\0';
}

static const char NOTES[] = "CDEFGABcdefgab=^_";

/* --- lengths ------------------------------------------------------------------------------------------------------ */

static void print_length(const grammar *g, int ticks, char out[16]) {
    int below = 1;
    while (below < g->unit && ticks % (g->unit / below)) below *= 2;
    const int above = ticks / (g->unit / below);
    if (below > 1)
        snprintf(out, 16, above == 1 ? "/%d" : "%2$d/%1$d", below, above);
    else
        snprintf(out, 16, above == 1 ? "" : "%d", above);
}

/* The length that leads on best: short in tuplets, else up to the end of the bar. */
static int wished_ticks(const grammar *g) {
    const grammar_lengths all = grammar_lengths_now(g);
    int ticks = g->tuplet_left ? all.lowest : grammar_nearest_end(g) - g->bars.at;
    if (ticks < all.lowest) ticks = all.lowest;
    return ticks > all.highest ? all.highest : ticks;
}

/* The length's next byte, 0 when it can be left as it is. */
static char length_byte(const grammar *g) {
    char wished[16];
    const size_t typed = g->place == PLACE_PITCH ? 0 : g->word_length;
    print_length(g, g->chord ? g->chord_length : wished_ticks(g), wished);
    if (!(g->chord && !g->chord_length) && strlen(wished) > typed && strncmp(wished, g->word, typed) == 0)
        return wished[typed];
    grammar whole = *g;
    return grammar_settle(&whole) ? '\0' : first_of(g, "/2468013579");
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

static char element_byte(const grammar *g) {
    if (grammar_tie_waits(g)) return grammar_chord_waits(g) ? '[' : first_of(g, NOTES);
    const char rest = g->need < 2 ? first_of(g, "z") : '\0';
    return rest ? rest : first_of(g, NOTES);
}

/* In a chord that ties lead to, as if there were room for their notes only. */
static grammar hurried_chord(const grammar *g) {
    grammar copy = *g;
    int waiting = 0;
    for (int i = 0; i < NEUME_GRAMMAR_TIES; i++) waiting += g->ties[g->voice][i] && !(g->ties_met >> i & 1);
    if (g->chord && waiting) copy.notes_within = (uint8_t)(CHORD_NOTES - waiting);
    return copy;
}

static char within_byte(const grammar *g) {
    const grammar hurried = hurried_chord(g);
    const char end = first_of(g, g->chord ? "]" : "}");
    return end ? end : first_of(&hurried, NOTES);
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

static char bar_byte(const grammar *g) {
    if (grammar_slurred(g) && takes(g, ')')) return ')';
    const char *sign = grammar_nearest_sign(g);
    return sign ? *sign : '\0';
}

static char music_byte(const grammar *g) {
    if (g->chord || g->grace) return within_byte(g);
    if (g->bars.expects) return '[';
    if (g->voice > 0 && g->line_opening && !g->opened) return '|';
    const bool more = g->need || g->broken || g->tuplet_left || g->bars.at < grammar_nearest_end(g);
    const char byte = more || g->bars.fresh ? element_byte(g) : bar_byte(g);
    return byte ? byte : element_byte(g);
}

static char sign_byte(const grammar *g) {
    const char *sign = grammar_nearest_sign(g);
    if (sign && sign[g->word_length]) return sign[g->word_length];
    grammar whole = *g;
    if (!grammar_settle(&whole)) return '\0';
    const char *behind = grammar_several(g) ? "" : whole.bars.expects ? "2" : "";
    const char byte = *behind ? *behind : first_of(g, grammar_several(g) ? "[\n12" : "");
    return byte ? byte : music_byte(&whole);
}

static char signed_byte(const grammar *g) {
    return grammar_several(g) ? first_of(g, "[\n12") : g->bars.expects ? '2' : music_byte(g);
}

/* --- everything else ---------------------------------------------------------------------------------------------- */

static char header_byte(const grammar *g) {
    if (!(g->fields & FIELD_METRE)) return 'M';
    if (!(g->fields & FIELD_UNIT)) return 'L';
    return g->options->rhythm && !(g->fields & FIELD_RHYTHM) ? 'R' : 'K';
}

static char note_byte(const grammar *g) {
    const grammar hurried = hurried_chord(g);
    grammar whole = hurried;
    const bool done = grammar_settle(&whole) || (g->place == PLACE_PITCH && !(g->chord || g->grace));
    if (g->place == PLACE_PITCH && !done) {
        const char mark = first_of(&hurried, ",'");
        if (mark) return mark;
    }
    const char more = g->grace ? '\0' : length_byte(g);
    if (more) return more;
    whole = *g;
    return grammar_settle(&whole) ? music_byte(&whole) : first_of(g, ",'");
}

static char closing_byte(const grammar *g) {
    switch (g->place) {
    case PLACE_HEADER_LINE:
        return header_byte(g);
    case PLACE_VALUE:
        return first_of(g, "]\n4/8C2");
    case PLACE_TEXT:
        return first_of(g, "\nx");
    case PLACE_BODY_LINE:
        return grammar_several(g) ? first_of(g, "[V") : music_byte(g);
    case PLACE_MUSIC:
    case PLACE_BROKEN:
        return music_byte(g);
    case PLACE_PAREN:
    case PLACE_GRACE:
    case PLACE_LETTER:
        return grammar_chord_waits(g) ? '[' : first_of(g, NOTES);
    case PLACE_ACCIDENTAL: {
        const grammar hurried = hurried_chord(g);
        return first_of(&hurried, "CDEFGABcdefgab^_");
    }
    case PLACE_PITCH:
    case PLACE_NUMBER:
    case PLACE_SLASH:
    case PLACE_DIVISOR:
        return note_byte(g);
    case PLACE_TUPLET: {
        grammar whole = *g;
        return grammar_settle(&whole) ? music_byte(&whole) : first_of(g, ":123456789");
    }
    case PLACE_BRACKET: {
        const grammar hurried = hurried_chord(g);
        return g->voice_due ? 'V' : g->bars.expects ? '2' : first_of(&hurried, NOTES);
    }
    case PLACE_QUOTE:
    case PLACE_SYMBOL:
    case PLACE_ANNOTATION:
        return first_of(g, "\"Cx");
    case PLACE_MARK:
        return first_of(g, "!");
    case PLACE_SIGN:
        return sign_byte(g);
    case PLACE_SIGNED:
        return signed_byte(g);
    case PLACE_BACKSLASH:
        return '\n';
    default:
        return '\0';
    }
}

/* Goes one byte towards the end; false: there is no way. */
static bool go_on(grammar *g, char *byte) {
    *byte = closing_byte(g);
    if (*byte && neume_grammar_push(g, byte, 1)) return true;
    *byte = any_byte(g);
    return *byte && neume_grammar_push(g, byte, 1);
}

size_t neume_grammar_closing(const neume_grammar *g, char *out, size_t capacity) {
    grammar at = *g;
    size_t length = 0;
    char byte;
    for (; length < LONGEST && !neume_grammar_may_end(&at) && go_on(&at, &byte); length++)
        if (length < capacity) out[length] = byte;
    return length;
}

bool grammar_can_be_ended(const grammar *g) {
    grammar at = *g;
    char byte;
    size_t steps = 0;
    while (!neume_grammar_may_end(&at))
        if (steps++ == LONGEST || !go_on(&at, &byte)) return false;
    return true;
}
