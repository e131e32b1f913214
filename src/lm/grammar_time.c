/* The clock inside a bar: which lengths still fit, tuplets, broken rhythm.
 *
 * Places in a measure are whole ticks, 1/128 of a whole note; a tuplet moves the clock once, when it is complete. A
 * length n/d of a unit of 2^k ticks is whole ticks for every d that divides the unit, so that whatever is left of a
 * measure can always be written as one length: no choice of lengths leads into a dead end. */
#include "grammar.h"

/* --- which lengths ------------------------------------------------------------------------------------------------ */

/* Grace notes take their time from their note, a quarter of what is written each, and must leave something of it:
 * of a length of t ticks there remain t * above / below. */
static bool host_fits(const grammar *g, int ticks, int load) {
    int above = 8, below = g->unit * load;
    if (g->tuplet_left && g->tuplet_time < g->tuplet_notes) above *= g->tuplet_time, below *= g->tuplet_notes;
    if (g->broken) below <<= g->broken > 0 ? g->broken : 0;
    return ticks * above > below;
}

static int host_lowest(const grammar *g) {
    int ticks = 1;
    while (g->grace_load && !host_fits(g, ticks, g->grace_load)) ticks++;
    return ticks;
}

grammar_lengths grammar_lengths_now(const grammar *g) {
    const int left = grammar_limit(g) - g->bars.at;
    if (g->chord && g->chord_length) return (grammar_lengths){g->chord_length, g->chord_length};
    const grammar_lengths out = {host_lowest(g), g->tuplet_left ? left / g->tuplet_time : left};
    int exactly = g->broken ? g->last_ticks : 0;
    if (g->tuplet_left && g->tuplet_each) exactly = g->tuplet_each;
    if (!exactly) return out;
    return out.lowest > exactly ? (grammar_lengths){1, 0} : (grammar_lengths){exactly, exactly};
}

bool grammar_lengths_any(grammar_lengths lengths) {
    return lengths.lowest <= lengths.highest;
}

/* --- how they are written ----------------------------------------------------------------------------------------- */

/* Does it take just this lower number? abc2midi takes 2/4 and 1/2 for different lengths. */
static bool is_reduced(int ticks, int each, int below) {
    return ticks % each == 0 && (below == 1 || ticks / each % 2 == 1);
}

/* Could the digits of `typed`, 0 = none yet, begin the upper number of an allowed length over `below`? */
static bool above_possible(const grammar *g, grammar_lengths lengths, int typed, int below, bool finished) {
    const int each = g->unit / below;
    int first = typed, last = typed;
    for (int digits = 0; digits < 3 && first * each <= lengths.highest; digits++) {
        int ticks = first * each > lengths.lowest ? first * each : lengths.lowest;
        while (!is_reduced(ticks, each, below) && ticks <= lengths.highest) ticks++;
        if (ticks <= last * each && ticks <= lengths.highest) return true;
        if (finished || !typed) return false;
        first *= 10, last = 10 * last + 9;
    }
    return false;
}

/* Does a number begin with these digits? */
static bool begins_with(int number, int digits) {
    while (number > digits) number /= 10;
    return number == digits;
}

/* Can what is written of the length be gone on with, or left, so that it is allowed? */
static bool length_possible(const grammar *g) {
    const grammar_lengths lengths = grammar_lengths_now(g);
    const int above = g->length_above ? g->length_above : 1;
    for (int below = 1; below <= g->unit; below *= 2) {
        if (g->place == PLACE_SLASH && (below < g->length_below || below == 1)) continue;
        if (g->place == PLACE_DIVISOR && !begins_with(below, g->length_below)) continue;
        if (above_possible(g, lengths, above, below, g->place != PLACE_NUMBER)) return true;
    }
    return false;
}

int grammar_length_ticks(const grammar *g) {
    const int above = g->length_above ? g->length_above : 1, below = g->length_below ? g->length_below : 1;
    if ((below & (below - 1)) || below > g->unit || (below > 1 && above % 2 == 0)) return 0;
    const int ticks = above * (g->unit / below);
    const grammar_lengths lengths = grammar_lengths_now(g);
    return ticks >= lengths.lowest && ticks <= lengths.highest ? ticks : 0;
}

bool grammar_number(grammar *g, char c) {
    if (c == '/') {
        g->place = PLACE_SLASH;
        g->length_below = 2;
        return length_possible(g);
    }
    if (!grammar_digit(c) || (c == '0' && !g->length_above) || g->length_above > 99) return false;
    g->length_above = (int16_t)(10 * g->length_above + (c - '0'));
    return length_possible(g);
}

bool grammar_slash(grammar *g, char c) {
    if (c == '/') {
        g->length_below = (int16_t)(2 * g->length_below);
        return g->length_below <= g->unit && length_possible(g);
    }
    if (!grammar_digit(c) || c == '0' || g->length_below > 2) return false;
    g->place = PLACE_DIVISOR;
    g->length_below = (int16_t)(c - '0');
    return length_possible(g);
}

bool grammar_divisor(grammar *g, char c) {
    if (!grammar_digit(c) || g->length_below > 99) return false;
    g->length_below = (int16_t)(10 * g->length_below + (c - '0'));
    return length_possible(g);
}

/* --- time passes -------------------------------------------------------------------------------------------------- */

static void pass_in_tuplet(grammar *g, int ticks) {
    g->tuplet_each = (int16_t)ticks;
    if (--g->tuplet_left) return;
    g->bars.at = (int16_t)(g->bars.at + ticks * g->tuplet_time);
    g->tuplet_each = 0;
}

void grammar_pass(grammar *g, int ticks) {
    const bool in_tuplet = g->tuplet_left > 0;
    const bool breakable = !g->broken && !g->untied && (!in_tuplet || g->tuplet_left > 1);
    if (in_tuplet)
        pass_in_tuplet(g, ticks);
    else
        g->bars.at = (int16_t)(g->bars.at + ticks);
    g->last_ticks = (int16_t)(breakable ? ticks : 0);
    g->last_load = g->grace_load;
    g->broken = 0;
    g->grace_load = 0;
}

/* --- broken rhythm: a>b --------------------------------------------------------------------------------------------- */

/* The shorter note is 1/2, 1/4, 1/8 of what is written, whole ticks, and leaves room for its grace notes. */
static bool may_break(const grammar *g, int times) {
    if (g->broken < 0 && g->last_load) {
        grammar alone = *g;
        alone.broken = (int8_t)times;
        if (!host_fits(&alone, g->last_ticks, g->last_load)) return false;
    }
    return times <= 3 && g->last_ticks % (1 << times) == 0 && grammar_lengths_any(grammar_lengths_now(g));
}

bool grammar_begin_broken(grammar *g, char c) {
    if (!g->last_ticks || g->broken) return false;
    if (!g->tuplet_left && grammar_limit(g) - g->bars.at < g->last_ticks) return false;
    g->broken = c == '>' ? 1 : -1;
    g->need = 1;
    g->tied = false;
    grammar_go(g, PLACE_BROKEN);
    return may_break(g, 1);
}

bool grammar_broken(grammar *g, char c) {
    const bool longer = g->broken < 0;
    if (c != (longer ? '<' : '>')) {
        g->place = PLACE_MUSIC;
        return grammar_music(g, c);
    }
    g->broken = (int8_t)(g->broken + (longer ? -1 : 1));
    return may_break(g, longer ? -g->broken : g->broken);
}

/* --- tuplets: (3 (3:2 (3:2:3, of notes that are equally long -------------------------------------------------------------------------------- */

bool grammar_paren(grammar *g, char c) {
    if (c >= '2' && c <= '9') {
        if (g->tuplet_left || g->broken || grammar_chord_waits(g)) return false;
        g->place = PLACE_TUPLET;
        return grammar_tuplet(g, c);
    }
    if (grammar_slurred(g)) return false;
    g->slurs = (uint16_t)(g->slurs | 1 << g->voice);
    if (g->need < 2) g->need = 2;
    g->place = PLACE_MUSIC;
    return c != ' ' && grammar_music(g, c);
}

/* Without a number of its own, 5, 7 and 9 notes take the time of 3 in compound metres, else of 2; abc2midi and the
 * standard do not agree on which metres are compound where there are 3, 6 .. beats that are not. */
static int usual_time(const grammar *g, int notes) {
    static const int usual[10] = {0, 0, 3, 2, 3, 0, 2, 0, 3, 0};
    if (usual[notes]) return usual[notes];
    if (g->compound) return 3;
    return g->beats % 3 ? 2 : 0;
}

/* The tuplet as far as it is written; false: it cannot be one. */
static bool read_tuplet(grammar *g) {
    int numbers[3] = {0, 0, 0}, at = 0;
    for (int i = 0; i < g->word_length; i++) {
        if (g->word[i] == ':' && ++at > 2) return false;
        if (g->word[i] == ':') continue;
        if (numbers[at] || g->word[i] == '0') return false; /* one digit each */
        numbers[at] = g->word[i] - '0';
    }
    const int usual = usual_time(g, numbers[0]), time = numbers[1] ? numbers[1] : usual;
    if (at == 2 && (!numbers[1] || (numbers[2] && numbers[2] != numbers[0])))
        return false; /* abc2midi counts these in its own way */
    if (!time || (usual && time != usual) || time > 3 || g->word[g->word_length - 1] == ':') return false;
    g->tuplet_notes = (uint8_t)numbers[0], g->tuplet_time = (uint8_t)time;
    g->tuplet_left = g->tuplet_notes;
    g->tuplet_each = 0;
    return true;
}

static bool tuplet_fits(const grammar *g) {
    grammar copy = *g;
    return read_tuplet(&copy) && grammar_lengths_any(grammar_lengths_now(&copy));
}

/* Can it be left as it is, or with one more number be? */
static bool tuplet_possible(const grammar *g) {
    grammar more = *g;
    if (tuplet_fits(g)) return true;
    if (g->word[g->word_length - 1] != ':' && !grammar_add(&more, ':')) return false;
    for (const char *digit = "123456789"; *digit; digit++) {
        grammar whole = more;
        if (grammar_add(&whole, *digit) && tuplet_fits(&whole)) return true;
    }
    return false;
}

bool grammar_tuplet(grammar *g, char c) {
    if (g->word_length && (c == ':' || grammar_digit(c)) && (c == ':' || g->word[g->word_length - 1] == ':'))
        return grammar_add(g, c) && tuplet_possible(g);
    if (!g->word_length) return grammar_add(g, c) && tuplet_possible(g);
    return grammar_settle_tuplet(g) && grammar_music(g, c);
}

bool grammar_settle_tuplet(grammar *g) {
    if (!read_tuplet(g) || !grammar_lengths_any(grammar_lengths_now(g))) return false;
    if (!g->need) g->need = 1;
    g->last_ticks = 0;
    grammar_go(g, PLACE_MUSIC);
    return true;
}
