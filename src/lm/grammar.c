/* Grammar while writing: a machine that reads a tune byte by byte and refuses what would spoil it.
 *
 * The state is a plain value of some 200 bytes, so that any continuation can be tried on a copy. A note's length and a
 * bar sign are known only when something else follows: they are weighed as they grow (could they still become something
 * that fits?) and settled by the next byte. */
#include "grammar.h"

_Static_assert(sizeof(neume_grammar) <= 256, "copied for every token that is tried");

static const neume_grammar_options NOTHING_ASKED;

void neume_grammar_begin(neume_grammar *g, const neume_grammar_options *options) {
    *g = (neume_grammar){.options = options ? options : &NOTHING_ASKED,
                         .place = PLACE_HEADER_LINE,
                         .measure = NEUME_GRAMMAR_WHOLE,
                         .unit = NEUME_GRAMMAR_WHOLE / 8,
                         .voices = 1};
    g->bars = (grammar_bars){.first = true, .implied = true, .fresh = true};
}

/* --- the beginning of a line of the body -------------------------------------------------------------------------- */

/* M, L and P are fields or decorations: what follows tells. */
static bool line_letter(grammar *g, char c) {
    grammar mark = *g;
    mark.place = PLACE_MUSIC;
    g->field = (uint8_t)c;
    grammar_go(g, PLACE_LETTER);
    return grammar_body_field(g, c) || grammar_music(&mark, c);
}

static bool after_line_letter(grammar *g, char c) {
    const char letter = (char)g->field;
    if (c == ':') return grammar_body_field(g, letter) && grammar_colon(g, c);
    g->place = PLACE_MUSIC;
    return grammar_music(g, letter) && grammar_music(g, c);
}

static bool line_of_voices(grammar *g, char c) {
    const bool declare = g->voices_declared < g->voices;
    g->field = 'V';
    g->voice_due = !declare;
    grammar_go(g, declare ? PLACE_COLON : PLACE_BRACKET);
    return c == (declare ? 'V' : '[') && (g->bars.expects || grammar_limit(g) > g->bars.at);
}

static bool body_line(grammar *g, char c) {
    if (grammar_several(g)) return line_of_voices(g, c);
    const bool begins = g->line_bytes == 1; /* behind a blank there is music only */
    if (begins && grammar_in(c, "MLP")) return line_letter(g, c);
    if (begins && c == 'K') {
        g->field = 'K';
        const bool allowed = grammar_body_field(g, c);
        grammar_go(g, PLACE_COLON);
        return allowed;
    }
    if (c == ' ') return ++g->spaces < BLANKS;
    g->place = PLACE_MUSIC;
    return c != '\n' && c != '\\' && grammar_music(g, c);
}

static bool backslash(grammar *g, char c) {
    grammar_go(g, PLACE_BODY_LINE);
    g->spaces = 0;
    return c == '\n';
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

typedef bool read_byte(grammar *g, char c);

static read_byte *const READERS[] = {
    [PLACE_HEADER_LINE] = grammar_header_line,
    [PLACE_COLON] = grammar_colon,
    [PLACE_VALUE] = grammar_value,
    [PLACE_TEXT] = grammar_text,
    [PLACE_BODY_LINE] = body_line,
    [PLACE_LETTER] = after_line_letter,
    [PLACE_MUSIC] = grammar_music,
    [PLACE_ACCIDENTAL] = grammar_accidental,
    [PLACE_PITCH] = grammar_pitch,
    [PLACE_NUMBER] = grammar_length,
    [PLACE_SLASH] = grammar_length,
    [PLACE_DIVISOR] = grammar_length,
    [PLACE_BROKEN] = grammar_broken,
    [PLACE_QUOTE] = grammar_quote,
    [PLACE_SYMBOL] = grammar_symbol,
    [PLACE_ANNOTATION] = grammar_annotation,
    [PLACE_MARK] = grammar_mark,
    [PLACE_PAREN] = grammar_paren,
    [PLACE_TUPLET] = grammar_tuplet,
    [PLACE_GRACE] = grammar_grace,
    [PLACE_BRACKET] = grammar_bracket,
    [PLACE_SIGN] = grammar_sign,
    [PLACE_SIGNED] = grammar_signed,
    [PLACE_BACKSLASH] = backslash,
};

bool grammar_read(grammar *g, char c) {
    const bool control = (unsigned char)c < ' ' && c != '\n';
    if (c == '\n')
        g->line_bytes = 0;
    else if (g->line_bytes < 3)
        g->line_bytes++;
    return !control && READERS[g->place](g, c);
}

bool neume_grammar_push(neume_grammar *g, const char *bytes, size_t count) {
    grammar next = *g;
    for (size_t i = 0; i < count; i++)
        if (!grammar_read(&next, bytes[i])) return false;
    *g = next;
    return true;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static bool ends_in_notes(const grammar *g) {
    const grammar_bars *b = &g->bars;
    if (g->need || g->tuplet_left || g->broken || g->chord || g->grace || b->fresh) return false;
    return b->count + 1 == g->options->bars_max && b->at == grammar_limit(g);
}

bool neume_grammar_may_end(const neume_grammar *g) {
    grammar whole = *g;
    if (!grammar_settle(&whole) || !(whole.fields & FIELD_KEY) || whole.slurs || whole.need || whole.chord)
        return false;
    for (int v = 0; v < whole.voices; v++)
        if (whole.ties[v][0]) return false;
    if (whole.place != PLACE_MUSIC && whole.place != PLACE_SIGNED && whole.place != PLACE_BODY_LINE) return false;
    const bool last = whole.voice + 1 == whole.voices;
    if (whole.options->end == NEUME_GRAMMAR_END_NOTES) return last && ends_in_notes(&whole);
    if (!grammar_several(&whole)) return grammar_bars_can_end(&whole, &whole.bars);
    if (whole.place == PLACE_BODY_LINE) return grammar_bars_can_end(&whole, &whole.bars);
    return whole.place == PLACE_SIGNED && last && !(whole.line_ending && !whole.stage) &&
           grammar_bars_can_end(&whole, &whole.after);
}

int neume_grammar_bars_written(const neume_grammar *g) {
    grammar whole = *g;
    return grammar_settle(&whole) ? whole.bars.count : g->bars.count;
}
