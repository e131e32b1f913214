/* Text of strangers: a header, or a header and the beginning of a tune, that may break every rule.
 *
 * First it is read as strictly as everything else, which keeps most: the place in the bar, the pickup, what is open.
 * If that fails, the fields count as far as they are understood, and bars begin anew behind the last bar line. */
#include "grammar.h"

typedef struct span {
    const char *at, *end;
} span;

static span trimmed(span s) {
    const char *comment = s.at < s.end ? memchr(s.at, '%', (size_t)(s.end - s.at)) : NULL;
    if (comment) s.end = comment;
    while (s.at < s.end && grammar_in(*s.at, " \t\r")) s.at++;
    while (s.end > s.at && grammar_in(s.end[-1], " \t\r")) s.end--;
    return s;
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

/* The whole value, or as many of its words as make one: "G clef=treble" is a key of G. */
static bool set_words(grammar *g, char letter, span value) {
    for (;;) {
        if (grammar_set_field(g, letter, value.at, (size_t)(value.end - value.at))) return true;
        while (value.end > value.at && value.end[-1] != ' ') value.end--;
        while (value.end > value.at && value.end[-1] == ' ') value.end--;
        if (value.end == value.at) return false;
    }
}

/* The number a value begins with, 0 = none; the text need not end behind it. */
static int leading_number(span value) {
    int number = 0;
    for (; value.at < value.end && *value.at >= '0' && *value.at <= '9' && number < 1000; value.at++)
        number = 10 * number + *value.at - '0';
    return number;
}

static void read_field(grammar *g, char letter, span value) {
    value = trimmed(value);
    if (letter == 'V') {
        const int number = leading_number(value);
        if (number > g->voices_declared && number <= NEUME_GRAMMAR_VOICES) g->voices_declared = (uint8_t)number;
    } else if (grammar_in(letter, "MLK")) {
        const bool known = set_words(g, letter, value);
        if (letter == 'K' && !known) g->fields |= FIELD_KEY; /* no key, or one of its own */
    }
}

static bool is_field(span line) {
    const bool letter =
        line.end - line.at > 1 && line.at[1] == ':' && (*line.at | 0x20) >= 'a' && (*line.at | 0x20) <= 'z';
    return letter && !(line.end - line.at > 2 && (line.at[2] == '|' || line.at[2] == ':'));
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

/* "[K:G]", which ends behind `at`; NULL: there is none. */
static const char *inline_field(grammar *g, span s) {
    if (s.end - s.at < 4 || s.at[0] != '[' || s.at[2] != ':') return NULL;
    const char *stop = memchr(s.at, ']', (size_t)(s.end - s.at));
    if (stop && grammar_in(s.at[1], "MLK")) read_field(g, s.at[1], (span){s.at + 3, stop});
    return stop ? stop + 1 : NULL;
}

static void note_sign(grammar_bars *b, span sign) {
    const size_t length = (size_t)(sign.end - sign.at);
    const bool ends = *sign.at == ':', starts = length > 1 && sign.end[-1] == ':';
    if (ends || starts) b->implied = false;
    if (ends || length > 1) b->number = 0;
    if (ends) b->open = false;
    if (starts) b->open = true;
    b->first = false;
    b->sign = starts ? SIGN_START : ends ? SIGN_END : SIGN_PLAIN;
}

/* Follows a line of music from sign to sign. @return where the last one ends, NULL = none */
static const char *read_signs(grammar *g, span s) {
    const char *behind = NULL;
    while (s.at < s.end) {
        const char *after = inline_field(g, s);
        if (*s.at == '"') {
            const char *stop = memchr(s.at + 1, '"', (size_t)(s.end - s.at - 1));
            after = stop ? stop + 1 : s.end;
        }
        if (!after && grammar_in(*s.at, "|:")) {
            span sign = {s.at, s.at + 1};
            while (sign.end < s.end && grammar_in(*sign.end, "|:]")) sign.end++;
            note_sign(&g->bars, sign);
            if (sign.end < s.end && (*sign.end == '1' || *sign.end == '2'))
                g->bars.number = (uint8_t)(*sign.end++ - '0');
            behind = after = sign.end;
        }
        s.at = after ? after : s.at + 1;
    }
    return behind;
}

static void begin_voices(grammar *g) {
    g->voices = g->options->voices > 1 ? (uint8_t)g->options->voices : g->voices_declared > 1 ? g->voices_declared : 1;
    g->voices_declared = g->voices;
}

/* What stands behind the last sign, as far as it is good. */
static void read_rest(grammar *g, span rest) {
    if (grammar_several(g)) return;
    for (; rest.at < rest.end; rest.at++)
        if (!neume_grammar_push(g, rest.at, 1)) return;
}

static void read_leniently(grammar *g, const char *text, size_t count) {
    const char *end = text + count;
    span rest = {end, end};
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const span line = {at, stop ? stop : end};
        at = stop ? stop + 1 : end;
        if (is_field(line)) {
            read_field(g, *line.at, (span){line.at + 2, line.end});
        } else if ((g->fields & FIELD_KEY) && *line.at != '%') {
            const char *behind = read_signs(g, line);
            rest = behind ? (span){behind, end} : rest;
        }
    }
    begin_voices(g);
    memcpy(g->alter, g->key_alter, sizeof g->alter);
    grammar_go(g, count && end[-1] == '\n' ? PLACE_BODY_LINE : PLACE_MUSIC);
    read_rest(g, rest);
}

neume_status neume_grammar_prefix(neume_grammar *g, const char *text, size_t count) {
    const neume_grammar_options anything = {
        .pickup_ticks = NEUME_GRAMMAR_PICKUP_FREE, .voices = g->options->voices, .continuations = true, .loose = true};
    grammar next;
    neume_grammar_begin(&next, &anything);
    if (!neume_grammar_push(&next, text, count)) {
        neume_grammar_begin(&next, &anything);
        read_leniently(&next, text, count);
    }
    if (next.place == PLACE_SIGN && !grammar_settle(&next)) return neume_fail(NEUME_EFORMAT, "a bar sign is not whole");
    if (!(next.fields & FIELD_KEY)) return neume_fail(NEUME_EFORMAT, "the header has no K:");
    if (!(next.fields & FIELD_METRE))
        return neume_fail(NEUME_EFORMAT, "the header has no metre that bars can be counted in");
    if (!(next.fields & FIELD_UNIT)) next.unit = grammar_usual_unit(&next);
    next.options = g->options;
    next.bars.count = 0;
    if (!neume_grammar_may_end(&next) && !grammar_can_be_ended(&next))
        return neume_fail(NEUME_EINVAL, "what is begun cannot be ended in %d bars", g->options->bars_max);
    *g = next;
    return NEUME_OK;
}
