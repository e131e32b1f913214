/* What stands in a bar: notes, rests, chords, graces, ties, slurs. */
#include "grammar.h"

/* --- pitches ------------------------------------------------------------------------------------------------------ */

enum { OCTAVE_LOWEST = 1, OCTAVE_HIGHEST = 7 };

/* A pitch as one byte, which is never 0. */
static uint8_t pitch_byte(int step, int alter, int octave) {
    return (uint8_t)(((octave - OCTAVE_LOWEST) * 7 + step) * 5 + alter + 3);
}

static int alter_now(const grammar *g) {
    return g->accidental == ACCIDENTAL_NONE ? g->alter[g->step] : g->accidental;
}

static bool in_range(const grammar *g, int octave) {
    const neume_grammar_options *o = g->options;
    const int place = 7 * octave + g->step;
    return (!o->lowest && !o->highest) || (place >= o->lowest && place <= o->highest);
}

static uint64_t step_bit(const grammar *g, int octave) {
    return UINT64_C(1) << ((octave - OCTAVE_LOWEST) * 7 + g->step);
}

/* A tie that waits for a note of this step; its number, -1 = none. */
static int tie_at(const grammar *g, int octave) {
    const uint8_t *ties = g->ties[g->voice];
    for (int i = 0; i < NEUME_GRAMMAR_TIES && ties[i]; i++)
        if (!(g->ties_met >> i & 1) && (ties[i] - 1) / 5 == (octave - OCTAVE_LOWEST) * 7 + g->step) return i;
    return -1;
}

static int ties_waiting(const grammar *g) {
    int waiting = 0;
    for (int i = 0; i < NEUME_GRAMMAR_TIES; i++) waiting += g->ties[g->voice][i] && !(g->ties_met >> i & 1);
    return waiting;
}

/* May the pitch be this one? A single note that a tie leads to has no choice; a chord has room for all of them. */
static bool pitch_fits(const grammar *g, int octave) {
    if (octave < OCTAVE_LOWEST || octave > OCTAVE_HIGHEST) return false;
    if (g->grace) return in_range(g, octave);
    const int waiting = ties_waiting(g), tie = tie_at(g, octave);
    if (tie >= 0)
        return g->ties[g->voice][tie] == pitch_byte(g->step, alter_now(g), octave) &&
               g->chord == grammar_chord_waits(g);
    if (waiting && (!g->chord || g->notes_within + waiting >= CHORD_NOTES)) return false;
    return in_range(g, octave) && !(g->chord && (g->steps_within & step_bit(g, octave)));
}

/* Is there an octave mark or none that makes it fit? Capitals go down, small letters up. */
static bool octave_possible(const grammar *g, bool capital) {
    for (int8_t octave = g->octave; octave >= OCTAVE_LOWEST && octave <= OCTAVE_HIGHEST; capital ? octave-- : octave++)
        if (pitch_fits(g, octave)) return true;
    return false;
}

static bool letter(grammar *g, char c) {
    g->step = (int8_t)grammar_step(c);
    g->octave = c >= 'a' ? 5 : 4;
    g->place = PLACE_PITCH;
    return g->step >= 0 && octave_possible(g, c < 'a');
}

static bool any_letter(const grammar *g) {
    for (const char *c = "CDEFGABcdefgab"; *c; c++) {
        grammar copy = *g;
        if (letter(&copy, *c)) return true;
    }
    return false;
}

/* ^ ^^ _ __ = */
static bool begin_accidental(grammar *g, char c) {
    g->place = PLACE_ACCIDENTAL;
    g->accidental = c == '^' ? 1 : c == '_' ? -1 : 0;
    if (any_letter(g)) return true;
    grammar twice = *g;
    twice.accidental = (int8_t)(2 * twice.accidental);
    return c != '=' && any_letter(&twice);
}

bool grammar_accidental(grammar *g, char c) {
    if (c == (g->accidental == 1 ? '^' : g->accidental == -1 ? '_' : '\0')) {
        g->accidental = (int8_t)(2 * g->accidental);
        return any_letter(g);
    }
    return letter(g, c);
}

static void begin_element(grammar *g, uint8_t kind) {
    g->kind = kind;
    g->accidental = ACCIDENTAL_NONE;
    g->length_above = g->length_below = 0;
    g->word_length = 0;
}

static bool note(grammar *g, char c) {
    begin_element(g, KIND_NOTE);
    return grammar_in(c, "^_=") ? begin_accidental(g, c) : letter(g, c);
}

/* --- what is written becomes an element --------------------------------------------------------------------------- */

static void add_pitch(grammar *g) {
    const uint8_t byte = pitch_byte(g->step, alter_now(g), g->octave);
    const uint8_t *ties = g->ties[g->voice];
    g->alter[g->step] = (int8_t)alter_now(g);
    if (g->grace) return;
    g->steps_within |= step_bit(g, g->octave);
    for (int i = 0; i < NEUME_GRAMMAR_TIES; i++)
        if (ties[i] == byte) g->ties_met = (uint8_t)(g->ties_met | 1 << i);
    if (g->pitch_count < NEUME_GRAMMAR_TIES) g->pitches[g->pitch_count] = byte;
    g->pitch_count++;
}

static bool finish_element(grammar *g, int ticks) {
    const bool whole_chord = g->kind == KIND_CHORD && !g->tuplet_left; /* in tuplets abc2midi loses count of ties */
    const bool apart = (g->kind == KIND_CHORD || g->tuplet_left) && (grammar_tie_waits(g) || g->new_ties[0]);
    if (!ticks) return false;
    grammar_pass(g, ticks);
    if (apart) g->last_ticks = 0;
    memcpy(g->ties[g->voice], g->new_ties, sizeof g->new_ties);
    memset(g->new_ties, 0, sizeof g->new_ties);
    const unsigned bit = 1u << g->voice;
    g->chord_ties = (uint16_t)(g->kind == KIND_CHORD ? g->chord_ties | bit : g->chord_ties & ~bit);
    g->bars.fresh = false;
    g->need = g->tuplet_left > 0;
    g->tied = !g->untied && (g->kind == KIND_NOTE || whole_chord);
    g->untied = false;
    g->marks = g->mark_count = g->quotes = g->spaces = g->ties_met = 0;
    grammar_go(g, PLACE_MUSIC);
    return true;
}

/* A note between [ and ] or { and }. The first one's length in a chord is the chord's, unless that stands behind it;
 * in a tuplet, abc2midi wants it inside. */
static bool finish_note_within(grammar *g) {
    const bool said = g->length_above || g->length_below;
    if (g->chord && (said || g->chord_length || g->tuplet_left)) {
        g->chord_length = (int16_t)grammar_length_ticks(g);
        if (!g->chord_length) return false;
    }
    add_pitch(g);
    g->notes_within++;
    g->tied = g->chord && !g->untied && !g->tuplet_left;
    g->spaces = 0;
    grammar_go(g, PLACE_MUSIC);
    return true;
}

static bool settle_element(grammar *g) {
    if (g->kind != KIND_NOTE) return finish_element(g, grammar_length_ticks(g));
    if (!pitch_fits(g, g->octave)) return false;
    if (g->chord || g->grace) return finish_note_within(g);
    const int ticks = grammar_length_ticks(g);
    g->pitch_count = 0;
    add_pitch(g);
    return finish_element(g, ticks);
}

bool grammar_settle(grammar *g) {
    switch (g->place) {
    case PLACE_PITCH:
    case PLACE_NUMBER:
    case PLACE_SLASH:
    case PLACE_DIVISOR:
        return settle_element(g);
    case PLACE_SIGN:
        return grammar_settle_sign(g);
    default:
        return true;
    }
}

/* "/" and "2" are all that grace notes have of lengths. */
static bool grace_length(grammar *g, char c) {
    if (g->length_above || g->length_below || g->tuplet_left || !grammar_in(c, "/2")) return false;
    *(c == '/' ? &g->length_below : &g->length_above) = 2;
    g->grace_load = (uint8_t)(g->grace_load + (c == '/' ? -1 : 2));
    return grammar_lengths_any(grammar_lengths_now(g));
}

bool grammar_length(grammar *g, char c) {
    if (c != '/' && !grammar_digit(c)) return grammar_settle(g) && grammar_music(g, c);
    if (g->grace) return grace_length(g, c);
    if (g->chord && g->notes_within && !g->chord_length) return false; /* the first had none */
    if (!grammar_add(g, c)) return false;
    if (g->place == PLACE_SLASH) return grammar_slash(g, c);
    return g->place == PLACE_DIVISOR ? grammar_divisor(g, c) : grammar_number(g, c);
}

bool grammar_pitch(grammar *g, char c) {
    if (c == (g->octave < 5 ? ',' : '\'')) {
        g->octave = (int8_t)(g->octave + (c == ',' ? -1 : 1));
        return octave_possible(g, c == ',');
    }
    if (!pitch_fits(g, g->octave)) return false;
    g->place = PLACE_NUMBER;
    return grammar_length(g, c);
}

/* --- elements begin ----------------------------------------------------------------------------------------------- */

static bool may_begin(const grammar *g) {
    if (g->voice > 0 && g->line_opening && !g->opened) return false;
    return !g->bars.expects && grammar_lengths_any(grammar_lengths_now(g));
}

static bool rest(grammar *g) {
    if (!may_begin(g) || g->need > 1 || grammar_tie_waits(g) || g->marks || g->grace_load) return false;
    begin_element(g, KIND_REST);
    g->place = PLACE_NUMBER;
    return true;
}

static bool chord(grammar *g) {
    if (!may_begin(g) || g->need > 2 || (grammar_tie_waits(g) && !grammar_chord_waits(g))) return false;
    g->chord = true;
    g->notes_within = g->pitch_count = 0;
    g->steps_within = 0;
    g->chord_length = 0;
    g->tied = false;
    grammar_go(g, PLACE_MUSIC);
    return true;
}

static bool end_chord(grammar *g) {
    if (g->notes_within < 2 || ties_waiting(g)) return false;
    g->chord = false;
    begin_element(g, KIND_CHORD);
    if (g->chord_length) return finish_element(g, g->chord_length);
    g->place = PLACE_NUMBER;
    return true;
}

static bool tie_note_within(grammar *g) {
    if (!g->tied || g->spaces || !grammar_goes_on(g)) return false;
    g->tied = false;
    for (int i = 0; i < NEUME_GRAMMAR_TIES; i++) {
        if (g->new_ties[i]) continue;
        g->new_ties[i] = pitch_byte(g->step, alter_now(g), g->octave);
        return true;
    }
    return false;
}

static bool within_chord(grammar *g, char c) {
    if (c == ']') return end_chord(g);
    if (c == '-') return tie_note_within(g);
    if (c == ' ') return g->notes_within && !g->spaces++;
    return g->notes_within < CHORD_NOTES && note(g, c);
}

/* {ab} {/a} */
static bool begin_grace(grammar *g) {
    if (!may_begin(g) || g->marks || g->grace_load || grammar_tie_waits(g)) return false;
    if (g->tuplet_left && g->tuplet_each != g->unit) return false; /* abc2midi counts them in */
    g->grace = true;
    g->notes_within = 0;
    if (g->need < 2) g->need = 2;
    grammar_go(g, PLACE_GRACE);
    g->grace_load = 2;
    if (!grammar_lengths_any(grammar_lengths_now(g))) return false;
    g->grace_load = 0;
    return true;
}

static bool within_grace(grammar *g, char c) {
    if (c == '}') {
        g->grace = false;
        return g->notes_within > 0;
    }
    g->grace_load = (uint8_t)(g->grace_load + 2);
    return g->notes_within < GRACE_NOTES && grammar_lengths_any(grammar_lengths_now(g)) && note(g, c);
}

bool grammar_grace(grammar *g, char c) {
    g->place = PLACE_MUSIC;
    return c == '/' || (c != '}' && within_grace(g, c));
}

/* --- what joins them ---------------------------------------------------------------------------------------------- */

static bool tie(grammar *g) {
    const bool more = g->bars.at < grammar_limit(g);
    if (!g->tied || g->pitch_count > NEUME_GRAMMAR_TIES) return false;
    if (!more && (g->spaces || !grammar_goes_on(g))) return false;
    for (int i = 0; i < g->pitch_count; i++) g->ties[g->voice][i] = g->pitches[i];
    g->tied = false;
    g->last_ticks = 0;
    return true;
}

static bool end_slur(grammar *g) {
    const bool begun = !g->tuplet_left || g->tuplet_each;
    if (!grammar_slurred(g) || !begun || g->bars.fresh || g->broken) return false;
    if (g->need > 1 || g->spaces || g->quotes || g->marks || g->grace_load) return false;
    g->slurs = (uint16_t)(g->slurs & ~(1 << g->voice));
    g->tied = false;
    g->last_ticks = 0;
    return true;
}

static bool space(grammar *g) {
    const bool more = g->bars.fresh || g->bars.at < grammar_limit(g);
    if (g->marks == MARKS_LETTERS || g->spaces >= BLANKS || (!more && grammar_slurred(g))) return false;
    g->spaces++;
    return true;
}

/* May one of these follow? */
static bool any_of(const grammar *g, bool (*read)(grammar *g, char c), const char *bytes) {
    for (; *bytes; bytes++) {
        grammar copy = *g;
        if (read(&copy, *bytes)) return true;
    }
    return false;
}

static bool begin_quote(grammar *g) {
    if (!may_begin(g) || g->quotes >= 2 || g->marks == MARKS_LETTERS || g->grace_load) return false;
    g->quotes++;
    if (!g->need) g->need = 1;
    grammar_go(g, PLACE_QUOTE);
    return true;
}

static bool begin_mark(grammar *g) {
    if (!may_begin(g) || g->marks == MARKS_LETTERS || g->mark_count >= 3) return false;
    grammar_go(g, PLACE_MARK);
    return true;
}

static bool begin_paren(grammar *g) {
    if (!may_begin(g) || g->marks == MARKS_LETTERS) return false;
    grammar_go(g, PLACE_PAREN);
    return !grammar_slurred(g) || any_of(g, grammar_paren, "23456789");
}

/* "[": a chord, a field, an ending */
bool grammar_bracket(grammar *g, char c) {
    g->place = PLACE_MUSIC;
    if (g->voice_due && c != 'V') return false;
    if (grammar_digit(c)) return !grammar_several(g) && g->bars.fresh && grammar_ending(g, c);
    if (grammar_body_field(g, c)) {
        g->bracketed = true;
        g->field = (uint8_t)c;
        grammar_go(g, PLACE_COLON);
        return true;
    }
    return chord(g) && within_chord(g, c);
}

static bool begin_bracket(grammar *g) {
    if (g->broken && g->need > 2) return false;
    grammar_go(g, PLACE_BRACKET);
    return any_of(g, grammar_bracket, "CDEFGABcdefgab^_=12KMLPV");
}

static bool continue_line(grammar *g) {
    grammar_go(g, PLACE_BACKSLASH);
    const bool room = g->bars.at < grammar_limit(g),
               more = room || g->bars.expects || (!g->bars.fresh && !grammar_slurred(g));
    if (g->need || g->broken || g->tuplet_left || grammar_several(g)) return false;
    g->tied = false;
    g->last_ticks = 0;
    return g->options->continuations && more && (!g->bars.fresh || g->bars.sign);
}

/* What leads to an element. */
static bool begin_any(grammar *g, char c) {
    g->tied = false;
    if (!g->broken) g->last_ticks = 0;
    switch (c) {
    case '[':
        return begin_bracket(g);
    case 'z':
    case 'x':
        return rest(g);
    case '(':
        return begin_paren(g);
    case '{':
        return begin_grace(g);
    case '"':
        return begin_quote(g);
    case '!':
        return begin_mark(g);
    default:
        if (!may_begin(g)) return false;
        return grammar_step(c) >= 0 || grammar_in(c, "^_=") ? note(g, c) : grammar_letter_mark(g, c);
    }
}

bool grammar_music(grammar *g, char c) {
    if (g->chord) return within_chord(g, c);
    if (g->grace) return within_grace(g, c);
    switch (c) {
    case ' ':
        return space(g);
    case '\n':
        return !grammar_several(g) && grammar_line_end(g);
    case '\\':
        return continue_line(g);
    case '|':
    case ':':
        return grammar_begin_sign(g, c);
    case ')':
        return end_slur(g);
    case '-':
        return tie(g);
    case '<':
    case '>':
        return grammar_begin_broken(g, c);
    default:
        return begin_any(g, c);
    }
}
