/* Bars, repeats, endings, and the lines of several voices.
 *
 * A measure runs through signs that are not a plain bar line: after ":|" or "||" inside a measure the music goes on at
 * the same place of it. So a section with a pickup ends as much earlier, the halves of a measure add up, and what is
 * played, repeats and all, never loses the beat. "|" stands only at the end of a whole measure, or behind the pickup.
 *
 * A number of measures may be asked for. Then every sign and every note is weighed by the measures that are needed to
 * end decently behind it: a repeat must close where it began, a first ending needs a second. */
#include "grammar.h"

static const struct {
    const char *text;
    uint8_t sign;
} SIGNS[] = {{"|", SIGN_PLAIN},
             {"||", SIGN_DOUBLE},
             {"|]", SIGN_FINAL},
             {"|:", SIGN_START},
             {"|||:", SIGN_START},
             {":|", SIGN_END},
             {"::", SIGN_END | SIGN_START},
             {":||:", SIGN_END | SIGN_START}};
enum { SIGN_COUNT = sizeof SIGNS / sizeof *SIGNS };

/* --- chord symbols ------------------------------------------------------------------------------------------------ */

/* It plays in eighths: bass, rest, chord, rest .., or bass, rest, chord in compound metres; never cut short. */
bool grammar_rings_over(const grammar *g, int place) {
    const int eighth = place / EIGHTH;
    if (g->beats > 4 && !g->compound) return place != 0;
    if (place % EIGHTH == 0) return false;
    if (g->compound) return eighth % 3 != 1;
    return g->measure % (2 * EIGHTH) || eighth % 2 == 0;
}

bool grammar_symbols_allowed(const grammar *g) {
    const grammar_bars *b = &g->bars;
    const int pickup = g->options->pickup_ticks;
    if (g->no_symbols || grammar_rings_over(g, b->start) || grammar_rings_over(g, b->section)) return false;
    return !(b->first && pickup > 0 && pickup < g->measure && grammar_rings_over(g, g->measure - pickup));
}

/* --- where it may end --------------------------------------------------------------------------------------------- */

/* Places in a measure where the tune, or the section that must close first, may end; the whole measure is `measure`.
 * @return how many */
static int ends(const grammar *g, const grammar_bars *b, int out[3]) {
    const neume_grammar_options *o = g->options;
    int count = 0;
    if (grammar_within(g)) {
        out[0] = o->last_bar_ticks > 0 && o->last_bar_ticks < g->measure ? o->last_bar_ticks : g->measure;
        return 1;
    }
    out[count++] = b->section ? b->section : g->measure;
    if (b->open || (b->number == 1 && !b->expects)) return count;
    if (b->start != b->section) out[count++] = b->start ? b->start : g->measure;
    if (o->loose) out[count++] = g->measure;
    return count;
}

static bool reaches(const grammar_bars *b, int end) {
    return b->fresh ? end > b->at : end >= b->at;
}

/* Measures, the present one counted, up to one of the ends. */
static int to_an_end(const grammar *g, const grammar_bars *b) {
    int places[3], count = ends(g, b, places);
    for (int i = 0; i < count; i++)
        if (reaches(b, places[i])) return 1;
    return 2;
}

bool grammar_bars_can_end(const grammar *g, const grammar_bars *b) {
    const neume_grammar_options *o = g->options;
    const int whole = b->count + (b->at > 0);
    if (!b->fresh || b->first || whole < 1 || whole < o->bars_min || (o->bars_max && whole > o->bars_max)) return false;
    if (grammar_within(g)) return b->at == 0 && b->sign == SIGN_PLAIN && o->end == NEUME_GRAMMAR_END_BAR;
    if (b->open || b->expects || b->number == 1) return false;
    const bool final = b->sign == SIGN_FINAL || b->sign == SIGN_END;
    if (!final && !(o->loose && (b->sign == SIGN_DOUBLE || b->sign == SIGN_PLAIN))) return false;
    return b->at == b->start || b->at == b->section || (o->loose && b->at == 0);
}

/* How many measures are needed yet; held: the tune cannot end here. */
static int needed(const grammar *g, const grammar_bars *b, bool held) {
    if (!held && grammar_bars_can_end(g, b)) return 0;
    if (b->number != 1 || b->expects) return to_an_end(g, b);
    return to_an_end(g, b) + 1; /* the second ending */
}

static bool has_room(const grammar *g, const grammar_bars *b, bool held) {
    return !g->options->bars_max || b->count + needed(g, b, held) <= g->options->bars_max;
}

int grammar_limit(const grammar *g) {
    const grammar_bars *b = &g->bars;
    if (g->voice > 0) return g->line_at;
    if (b->first && g->options->pickup_ticks > 0 && g->options->pickup_ticks < g->measure)
        return g->options->pickup_ticks;
    grammar_bars next = *b;
    next.at = 0, next.count++, next.fresh = true, next.sign = SIGN_PLAIN, next.first = false;
    if (has_room(g, &next, false) && !(b->expects || (grammar_within(g) && b->count + 1 == g->options->bars_max)))
        return g->measure;
    int places[3], count = ends(g, b, places), limit = b->at;
    if (g->options->bars_max && b->count + needed(g, b, true) > g->options->bars_max) return limit;
    for (int i = 0; i < count; i++)
        if (places[i] > limit) limit = places[i];
    return limit;
}

int grammar_nearest_end(const grammar *g) {
    const grammar_bars *b = &g->bars;
    const int limit = grammar_limit(g);
    int places[3], count = ends(g, b, places), nearest = limit;
    if (g->voice > 0 || b->first || b->count + 1 < g->options->bars_min) return limit;
    for (int i = 0; i < count; i++)
        if (reaches(b, places[i]) && places[i] < nearest) nearest = places[i];
    return nearest;
}

/* --- signs -------------------------------------------------------------------------------------------------------- */

static bool is_pickup(const grammar *g, const grammar_bars *b) {
    const int asked = g->options->pickup_ticks;
    if (!b->first || grammar_within(g)) return false;
    if (g->symbols && grammar_rings_over(g, g->measure - b->at)) return false;
    return asked == NEUME_GRAMMAR_PICKUP_FREE || (asked > 0 && b->at == asked);
}

/* Where the last measure within a tune ends; others, 0. */
static int last_end(const grammar *g, const grammar_bars *b) {
    int places[3];
    if (b->count + 1 != g->options->bars_max) return 0;
    ends(g, b, places);
    return places[0];
}

/* The measure is over, or goes on behind the sign. */
static bool end_measure(const grammar *g, grammar_bars *b, uint8_t sign) {
    const bool whole = b->at == g->measure || (grammar_within(g) && b->at == last_end(g, b));
    if (whole) {
        b->count++;
        b->at = 0;
    } else if (is_pickup(g, b) && (sign & (SIGN_PLAIN | SIGN_DOUBLE | SIGN_START)) && !(sign & SIGN_END)) {
        b->start = (int16_t)(g->measure - b->at);
        b->section = sign == SIGN_START ? 0 : b->start;
        b->at = 0;
    } else if (sign == SIGN_PLAIN || b->first) {
        return false;
    }
    b->first = false;
    return true;
}

static bool end_section(const grammar *g, grammar_bars *b) {
    const bool first_section = b->implied && !grammar_several(g);
    if (!(b->open || first_section || b->number) || b->at != b->section) return false;
    b->open = b->implied = false;
    if (b->number != 1) {
        b->number = 0;
        return true;
    }
    b->expects = 2;
    if (b->at) b->count++;
    b->at = b->ending;
    return true;
}

static bool start_section(const grammar *g, grammar_bars *b) {
    if (g->symbols && grammar_rings_over(g, b->at)) return false;
    if (b->open || b->number == 1 || b->expects) return false;
    b->open = true;
    b->implied = false;
    b->section = b->at;
    b->number = 0;
    return true;
}

static bool apply(const grammar *g, grammar_bars *b, uint8_t sign) {
    if (grammar_within(g) && sign != SIGN_PLAIN) return false;
    if (b->fresh && g->options->loose && sign == SIGN_PLAIN && !(b->sign & SIGN_START) && g->line_bytes < 3)
        return true;
    if (b->fresh) { /* "|:" may stand on its own */
        if (sign != SIGN_START || (b->sign & SIGN_START)) return false;
    } else if (!end_measure(g, b, sign) || (g->options->whole_bars && b->at)) {
        return false;
    }
    if ((sign & (SIGN_DOUBLE | SIGN_FINAL)) && (b->number == 1 || (b->open && sign == SIGN_FINAL))) return false;
    if (b->number && sign == SIGN_DOUBLE && !(g->symbols && grammar_rings_over(g, b->at)))
        b->implied = true, b->section = b->at; /* as after |: */
    if (sign & (SIGN_DOUBLE | SIGN_FINAL)) b->number = 0;
    if (sign == (SIGN_END | SIGN_START) && !(b->open && !b->number) && b->again)
        return false; /* only behind a |: of its own */
    if ((sign & SIGN_END) && !end_section(g, b)) return false;
    if ((sign & SIGN_START) && !start_section(g, b)) return false;
    b->sign = sign;
    b->fresh = true;
    return true;
}

bool grammar_apply_sign(const grammar *g, grammar_bars *b, uint8_t sign, bool held) {
    if (held && !(sign & (SIGN_PLAIN | SIGN_DOUBLE))) return false;
    if (!apply(g, b, sign)) return false;
    if (grammar_within(g) && sign == SIGN_PLAIN && b->count == g->options->bars_max &&
        (held || g->options->end == NEUME_GRAMMAR_END_NOTES))
        return false;
    return has_room(g, b, held);
}

static bool tune_may_go_on(const grammar *g, const grammar_bars *b) {
    grammar_bars next = *b;
    next.at = g->measure;
    next.fresh = false;
    return grammar_apply_sign(g, &next, SIGN_PLAIN, true);
}

bool grammar_goes_on(const grammar *g) {
    if (g->voice == 0) return grammar_limit(g) == g->measure && tune_may_go_on(g, &g->bars);
    return (g->after.sign & (SIGN_PLAIN | SIGN_DOUBLE)) && !g->line_ending && has_room(g, &g->after, true);
}

/* May this sign stand here, in this voice? */
static bool sign_allowed(const grammar *g, uint8_t sign) {
    grammar_bars copy = g->bars;
    const bool held = grammar_tie_waits(g) || grammar_slurred(g);
    if (g->need || g->broken || g->tuplet_left || g->bars.expects) return false;
    if (g->voice == 0) return grammar_apply_sign(g, &copy, sign, held);
    if (g->bars.fresh) return sign == SIGN_START && g->line_opening == SIGN_START && !g->opened;
    return sign == g->after.sign && g->bars.at == g->line_at && !(held && !grammar_goes_on(g));
}

static bool sign_possible(const grammar *g) {
    for (int i = 0; i < SIGN_COUNT; i++)
        if (strncmp(SIGNS[i].text, g->word, g->word_length) == 0 && sign_allowed(g, SIGNS[i].sign)) return true;
    return false;
}

const char *grammar_nearest_sign(const grammar *g) {
    const char *best = NULL;
    int least = 0;
    for (int i = 0; i < SIGN_COUNT; i++) {
        const size_t begun = g->place == PLACE_SIGN ? g->word_length : 0;
        if (strncmp(SIGNS[i].text, g->word, begun) != 0 || !sign_allowed(g, SIGNS[i].sign)) continue;
        grammar_bars b = g->bars;
        if (!apply(g, &b, SIGNS[i].sign)) continue;
        const int more = b.count + needed(g, &b, false);
        if (best && more >= least) continue;
        best = SIGNS[i].text;
        least = more;
    }
    return best;
}

/* A letter and a colon at the beginning of a line would be a field. */
bool grammar_begin_sign(grammar *g, char c) {
    if (c == ':' && g->line_bytes == 2) return false;
    grammar_go(g, PLACE_SIGN);
    return grammar_add(g, c) && sign_possible(g);
}

bool grammar_sign(grammar *g, char c) {
    grammar longer = *g;
    if (grammar_in(c, "|:]") && grammar_add(&longer, c) && sign_possible(&longer)) {
        *g = longer;
        return true;
    }
    if (!grammar_settle_sign(g)) return false;
    return g->place == PLACE_SIGNED ? grammar_signed(g, c) : grammar_music(g, c);
}

static void forget_bar(grammar *g) {
    memcpy(g->alter, g->key_alter, sizeof g->alter);
    g->last_ticks = 0;
    g->tied = false;
    g->spaces = 0;
}

/* Behind the sign with which a line of several voices began. */
static bool settle_opening(grammar *g, uint8_t sign) {
    if (g->voice == 0) {
        if (!apply(g, &g->bars, sign)) return false;
        g->line_opening = sign;
    }
    g->opened = true;
    grammar_go(g, PLACE_MUSIC);
    return true;
}

bool grammar_settle_sign(grammar *g) {
    uint8_t sign = 0;
    for (int i = 0; i < SIGN_COUNT; i++)
        if (strcmp(SIGNS[i].text, g->word) == 0) sign = SIGNS[i].sign;
    if (!sign || !sign_allowed(g, sign)) return false;
    forget_bar(g);
    if (grammar_several(g) && g->bars.fresh) return settle_opening(g, sign);
    grammar_go(g, PLACE_SIGNED);
    if (!grammar_several(g)) return apply(g, &g->bars, sign);
    if (g->voice > 0) return true;
    g->line_at = g->bars.at;
    g->after = g->bars;
    return apply(g, &g->after, sign);
}

/* --- endings: |1 :|2 |[1 [2 --------------------------------------------------------------------------------------- */

static bool begin_ending(const grammar *g, grammar_bars *b, int number) {
    if (b->expects) {
        if (number != b->expects) return false;
        b->expects = 0;
    } else {
        const bool repeats = b->open || (b->implied && !grammar_several(g));
        if (number != 1 || !repeats || b->number || b->at || b->sign != SIGN_PLAIN || b->first) return false;
        b->ending = b->at;
    }
    b->number = (uint8_t)number;
    b->again = true;
    return has_room(g, b, false);
}

bool grammar_ending(grammar *g, char c) {
    if (c < '1' || c > '2' || grammar_within(g) || grammar_tie_waits(g) || grammar_slurred(g)) return false;
    grammar_bars *b = grammar_several(g) ? &g->after : &g->bars;
    if (g->voice > 0 && c - '0' != g->line_ending) return false;
    if (g->voice == 0 && !begin_ending(g, b, c - '0')) return false;
    g->line_ending = (uint8_t)(c - '0');
    grammar_go(g, grammar_several(g) ? PLACE_SIGNED : PLACE_MUSIC);
    g->stage = 1; /* the number is written */
    return true;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static void begin_line(grammar *g) {
    g->line_opening = g->line_ending = 0;
    g->line_start = g->bars.at;
    g->voice = 0;
    g->opened = false;
}

void grammar_enter_voice(grammar *g) {
    g->bars.at = g->line_start;
    g->bars.fresh = true;
    g->opened = g->voice_due = false;
    forget_bar(g);
}

/* Behind a sign of several voices: the next voice, or the line's end. */
static bool next_voice(grammar *g, char c) {
    if (g->voice > 0 && g->line_ending && !g->stage) return false;
    if (g->voice == 0 && g->after.expects) return false;
    if (g->voice + 1 < g->voices) {
        if (c == ' ' && !g->voice_gap) return g->voice_gap = true;
        if (c != '[') return false;
        g->voice++;
        g->voice_due = true;
        g->voice_gap = false;
        grammar_go(g, PLACE_BRACKET);
        return true;
    }
    if (c != '\n') return false;
    g->bars = g->after;
    begin_line(g);
    grammar_go(g, PLACE_BODY_LINE);
    return true;
}

bool grammar_signed(grammar *g, char c) {
    if (!g->stage && grammar_digit(c)) return grammar_ending(g, c);
    if (grammar_several(g)) return next_voice(g, c);
    if (grammar_in(c, "|:")) return false; /* "||:" is no two signs */
    g->place = PLACE_MUSIC;
    return grammar_music(g, c);
}

bool grammar_line_end(grammar *g) {
    if (!g->bars.fresh || g->bars.first || g->need || g->broken || g->tuplet_left) return false;
    begin_line(g);
    grammar_go(g, PLACE_BODY_LINE);
    return true;
}
