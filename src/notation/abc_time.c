/* What M:, L: and Q: say: metre, unit, tempo. */
#include "abc.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool read_metre(abc_reader *r, abc_span text, neume_metre *out) {
    abc_span at = text;
    long above, below;
    if (text.at == text.end || abc_starts(text, "none")) {
        *out = (neume_metre){0};
        return true;
    }
    if (abc_starts(text, "C|")) {
        *out = (neume_metre){2, 2, '|', NULL};
        return true;
    }
    if (*text.at == 'C' && (text.at + 1 == text.end || abc_is_space(text.at[1]))) {
        *out = (neume_metre){4, 4, 'C', NULL};
        return true;
    }
    if (abc_fraction(&at, &above, &below) && above <= 256) {
        *out = (neume_metre){(int16_t)above, (int16_t)below, 0, NULL};
        return (NEUME_WHOLE % below) == 0;
    }
    const char *slash = abc_find(text, '/'); /* (2+3+2)/8 or 2+3/8 */
    long sum = 0, number = 0;
    bool plus = false;
    for (const char *c = text.at; slash && c < slash; c++) {
        if (abc_is_digit(*c) && number < 1000)
            number = 10 * number + (*c - '0');
        else if (*c == '+')
            sum += number, number = 0, plus = true;
        else if (*c != '(' && *c != ')' && !abc_is_space(*c))
            return false;
    }
    below = slash ? abc_number_of((abc_span){slash + 1, text.end}) : 0;
    if (!plus || sum + number < 1 || sum + number > 256 || below < 1 || below > 1024 || NEUME_WHOLE % below)
        return false;
    *out = (neume_metre){(int16_t)(sum + number), (int16_t)below, 0, NULL};
    const char *first = text.at;
    while (first < slash && !abc_is_digit(*first)) first++;
    while (slash > first && !abc_is_digit(slash[-1])) slash--;
    if (!memchr(first, '+', (size_t)(slash - first))) return true;
    return neume_score_string(r->score, first, (size_t)(slash - first), &out->sum) == NEUME_OK;
}

neume_status abc_field_metre(abc_reader *r, abc_span text) {
    neume_metre metre;
    if (!read_metre(r, text, &metre)) {
        abc_warn(r, "M: '%.*s' is not a metre", (int)(text.end - text.at), text.at);
        return NEUME_OK;
    }
    if (!r->in_body) {
        r->score->metre = metre;
        for (size_t i = 0; i < r->score->voice_count; i++) r->voices[i].metre = metre;
        return NEUME_OK;
    }
    NEUME_TRY(abc_begin_voice(r));
    r->voices[r->current].metre = metre;
    return neume_voice_add_metre(&r->score->voices[r->current], r->voices[r->current].at, metre);
}

neume_status abc_field_unit(abc_reader *r, abc_span text) {
    long above, below;
    if (!abc_fraction(&text, &above, &below) || (below & (below - 1))) {
        if (!(text.end - text.at == 1 && *text.at == '1')) {
            abc_warn(r, "L: '%.*s' is not a length", (int)(text.end - text.at), text.at);
            return NEUME_OK;
        }
        above = below = 1;
    }
    int64_t unit = NEUME_WHOLE / below * above;
    if (!r->in_body) {
        r->unit = r->score->unit = unit;
        for (size_t i = 0; i < r->score->voice_count; i++) r->voices[i].unit = unit;
        return NEUME_OK;
    }
    NEUME_TRY(abc_begin_voice(r));
    r->voices[r->current].unit = unit;
    return NEUME_OK;
}

/* Where the reading of a tempo stands. */
typedef struct tempo_reading {
    abc_span text;
    neume_tempo tempo;
    int64_t unit;
    bool equals;
} tempo_reading;

static neume_status read_tempo_words(abc_reader *r, tempo_reading *t) {
    abc_span *text = &t->text;
    const char *stop = abc_find((abc_span){text->at + 1, text->end}, '"');
    abc_span words = {text->at + 1, stop ? stop : text->end};
    text->at = stop ? stop + 1 : text->end;
    return abc_inline_text(r->score, words, &t->tempo.text);
}

static void read_tempo_number(tempo_reading *t) {
    char number[32];
    size_t n = 0;
    for (char c; n + 1 < sizeof number && (abc_is_digit(c = abc_peek(t->text)) || c == '.'); t->text.at++)
        number[n++] = c;
    number[n] = '\0';
    t->tempo.per_minute = strtod(number, NULL);
    if (!t->equals) t->tempo.beat = t->unit; /* the oldest form counts unit lengths */
}

/* Q: "Allegro" 1/4=120 | 1/4 3/8=40 | C=100 (unit lengths; C3: three of them) | 120 */
static neume_status read_tempo(abc_reader *r, abc_span text, neume_tempo *out) {
    tempo_reading t = {.text = text, .unit = r->unit ? r->unit : NEUME_WHOLE / 8};
    long above, below;
    while (t.text.at < t.text.end) {
        char c = *t.text.at;
        if (c == '"') {
            NEUME_TRY(read_tempo_words(r, &t));
        } else if (abc_fraction(&t.text, &above, &below)) {
            if (NEUME_WHOLE % below == 0) t.tempo.beat += NEUME_WHOLE / below * above;
        } else if (abc_is_digit(c)) {
            read_tempo_number(&t);
        } else {
            t.equals |= c == '=';
            t.text.at++;
            bool units = c == 'C' && !t.tempo.beat;
            if (units) t.tempo.beat = t.unit;
            if (units && abc_is_digit(abc_peek(t.text))) t.tempo.beat *= *t.text.at++ - '0';
        }
    }
    *out = t.tempo;
    if (!(out->per_minute >= 1 && out->per_minute <= 10000) || out->beat <= 0) out->per_minute = 0, out->beat = 0;
    return NEUME_OK;
}

neume_status abc_field_tempo(abc_reader *r, abc_span text) {
    neume_tempo tempo;
    NEUME_TRY(read_tempo(r, text, &tempo));
    if (tempo.text && !*tempo.text) tempo.text = NULL;
    if (!tempo.beat && !tempo.text) {
        abc_warn(r, "Q: '%.*s' is not a tempo", (int)(text.end - text.at), text.at);
        return NEUME_OK;
    }
    if (!r->in_body) {
        r->score->tempo = tempo;
        return NEUME_OK;
    }
    NEUME_TRY(abc_begin_voice(r));
    return neume_voice_add_tempo(&r->score->voices[r->current], r->voices[r->current].at, tempo);
}
