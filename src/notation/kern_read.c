/* Humdrum **kern as written music. Spines and their paths go as in kern.c; a spine is a staff, spines of one *part are
 * one part, the pieces of a split spine are its voices. The rightmost spine stands highest on the page. Bar lines stand
 * across all spines. **text and **dynam belong to the **kern spine left of them. Left out: endings and the order of
 * sections (*>), ossias and other spines. Source: D. Huron, The Humdrum Toolkit: Reference Manual. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"
#include "kern_token.h"
#include "musicxml_words.h"
#include "neume/notation.h"

enum { COLUMNS_LIMIT = 1024, SPINES_LIMIT = 256, TEXT_MOST = 200 };
enum { SPINE_TEXT = -2, SPINE_DYNAM = -3, SPINE_OTHER = -1 };
static const double QUARTERS_LIMIT = 16384;

typedef struct kern_spine {
    neume__kern_instrument instrument;
    int part_said, part, staff; /* part -1: not yet known */
    int beams;
} kern_spine;

typedef struct kern_column {
    int spine; /* of the **kern spines, or SPINE_TEXT ... */
    int64_t end;
} kern_column;

typedef struct kern_reader {
    neume__gather gather;
    kern_spine *spines;
    size_t spine_count, spine_capacity;
    kern_column *columns, *spare;
    size_t column_count, column_capacity, spare_count, spare_capacity;
    neume__kern_text *fields;
    size_t field_count, field_capacity;
    int64_t now, measure_start;
    int32_t measure;
    neume_metre metre;
    bool started, tempo_said; /* tempo: on this line */
    long line;
} kern_reader;

static int64_t next_time(const kern_reader *r) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < r->column_count; i++)
        if (r->columns[i].spine >= 0 && r->columns[i].end > r->now && r->columns[i].end < next)
            next = r->columns[i].end;
    return r->started && next < INT64_MAX ? next : r->now;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

static neume_status add_part(kern_reader *r, int *part) {
    neume__gather_part *added;
    NEUME_TRY(neume__gather_add_part(&r->gather, &added));
    *part = (int)r->gather.part_count - 1;
    return neume__gather_reach(&r->gather, *part, r->measure, 0);
}

/* Parts for the spines that have none, from the right: neighbours with the same *part share one. */
static neume_status make_parts(kern_reader *r) {
    const kern_spine *right = NULL;
    for (size_t i = r->spine_count; i-- > 0;) {
        kern_spine *s = &r->spines[i];
        if (s->part >= 0) continue;
        bool joins = right && right->part_said > 0 && right->part_said == s->part_said &&
                     right->staff + 1 < NEUME__GATHER_STAVES;
        s->staff = joins ? right->staff + 1 : 0;
        s->part = joins ? right->part : -1;
        if (!joins) NEUME_TRY(add_part(r, &s->part));
        r->gather.parts[s->part].staves = s->staff + 1;
        right = s;
    }
    return NEUME_OK;
}

static neume_status add_spine(kern_reader *r, int *index) {
    if (r->spine_count >= SPINES_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d **kern spines", SPINES_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->spines, &r->spine_capacity, r->spine_count + 1, sizeof *r->spines));
    r->spines[r->spine_count] = (kern_spine){.instrument = {-1, -1, -1, -1}, .part = -1};
    *index = (int)r->spine_count++;
    return NEUME_OK;
}

static neume_status read_exclusive(kern_reader *r) {
    if (!r->column_count) {
        if (r->field_count > COLUMNS_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d spines", COLUMNS_LIMIT);
        NEUME_TRY(neume__grow((void **)&r->columns, &r->column_capacity, r->field_count, sizeof *r->columns));
        for (size_t i = 0; i < r->field_count; i++) r->columns[i] = (kern_column){SPINE_OTHER, r->now};
        r->column_count = r->field_count;
    }
    if (r->field_count != r->column_count)
        return neume_fail(NEUME_EFORMAT, "line %ld has %zu fields for %zu spines", r->line, r->field_count,
                          r->column_count);
    for (size_t i = 0; i < r->field_count; i++) {
        if (!neume__kern_starts(r->fields[i], "**")) continue;
        int *spine = &r->columns[i].spine;
        *spine = neume__kern_equals(r->fields[i], "**text")    ? SPINE_TEXT
                 : neume__kern_equals(r->fields[i], "**dynam") ? SPINE_DYNAM
                                                               : SPINE_OTHER;
        if (neume__kern_equals(r->fields[i], "**kern")) NEUME_TRY(add_spine(r, spine));
    }
    return NEUME_OK;
}

static neume_status push_column(kern_reader *r, kern_column added) {
    if (r->spare_count >= COLUMNS_LIMIT)
        return neume_fail(NEUME_ELIMIT, "line %ld: more than %d spines", r->line, COLUMNS_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->spare, &r->spare_capacity, r->spare_count + 1, sizeof *r->spare));
    r->spare[r->spare_count++] = added;
    return NEUME_OK;
}

static neume_status follow_path(kern_reader *r, size_t i) {
    neume__kern_text path = r->fields[i];
    const kern_column here = r->columns[i];
    if (neume__kern_equals(path, "*-")) return NEUME_OK;
    bool joins = i && neume__kern_equals(path, "*v") && neume__kern_equals(r->fields[i - 1], "*v") &&
                 r->columns[i - 1].spine == here.spine && r->spare_count;
    if (joins) {
        kern_column *left = &r->spare[r->spare_count - 1];
        if (here.end > left->end) left->end = here.end;
        return NEUME_OK;
    }
    NEUME_TRY(push_column(r, here));
    if (neume__kern_equals(path, "*^")) return push_column(r, here);
    return neume__kern_equals(path, "*+") ? push_column(r, (kern_column){SPINE_OTHER, r->now}) : NEUME_OK;
}

static neume_status follow_paths(kern_reader *r) {
    r->spare_count = 0;
    for (size_t i = 0; i + 1 < r->field_count; i++) {
        if (!neume__kern_equals(r->fields[i], "*x") || !neume__kern_equals(r->fields[i + 1], "*x")) continue;
        kern_column left = r->columns[i];
        r->columns[i] = r->columns[i + 1];
        r->columns[i + 1] = left;
        i++;
    }
    int64_t end = r->now;
    for (size_t i = 0; i < r->field_count; i++) {
        if (r->columns[i].end > end) end = r->columns[i].end;
        NEUME_TRY(follow_path(r, i));
    }
    if (!r->spare_count) r->now = end, r->started = false; /* all have ended; another table may follow */
    kern_column *row = r->columns;
    size_t capacity = r->column_capacity;
    r->columns = r->spare, r->column_capacity = r->spare_capacity, r->column_count = r->spare_count;
    r->spare = row, r->spare_capacity = capacity;
    return NEUME_OK;
}

/* --- interpretations ---------------------------------------------------------------------------------------------- */

static neume__gather_sign sign_here(const kern_reader *r, neume_item_kind kind) {
    return (neume__gather_sign){
        .measure = r->measure, .staff = -1, .at = next_time(r) - r->measure_start, .kind = (uint8_t)kind};
}

/* The part's last sign if it is of that kind and stands here. */
static neume__gather_sign *same_sign(neume__gather_part *part, neume__gather_sign like) {
    for (size_t i = part->sign_count; i-- > 0;) {
        neume__gather_sign *s = &part->signs[i];
        if (s->measure != like.measure || s->at != like.at) return NULL;
        if (s->kind == like.kind) return s;
    }
    return NULL;
}

/* Signs of a part stand in all its spines: the last one counts. */
static neume_status set_sign(kern_reader *r, int part, neume__gather_sign sign) {
    neume__gather_sign *old = same_sign(&r->gather.parts[part], sign);
    if (!old) return neume__gather_add_sign(&r->gather, part, sign);
    sign.order = old->order;
    *old = sign;
    return NEUME_OK;
}

static bool same_signature(const neume_key *a, const neume_key *b) {
    return memcmp(a->alter, b->alter, sizeof a->alter) == 0;
}

/* *k[f#c#] */
static neume_status read_signature(kern_reader *r, int part, neume__kern_text field) {
    static const int8_t steps[7] = {5, 6, 0, 1, 2, 3, 4}; /* A .. G */
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_KEY);
    neume_key key = {.mode = NEUME_MODE_NONE, .own = true};
    for (size_t i = 3; i + 1 < field.size; i++) {
        char c = field.at[i], a = field.at[i + 1];
        if (c >= 'a' && c <= 'g' && (a == '#' || a == '-')) key.alter[steps[c - 'a']] = a == '#' ? 1 : -1;
    }
    for (int fifths = -7; fifths <= 7; fifths++) {
        neume_key usual = neume__key_of_fifths(fifths, NEUME_MODE_MAJOR);
        if (same_signature(&usual, &key)) key = usual;
    }
    sign.key = key;
    return set_sign(r, part, sign);
}

/* *d: behind a signature says which of its keys is meant. */
static neume_status read_tonic(kern_reader *r, int part, neume__kern_text field) {
    static const int8_t steps[7] = {5, 6, 0, 1, 2, 3, 4};
    static const struct {
        const char *name;
        neume_mode mode;
    } modes[] = {{"dor", NEUME_MODE_DORIAN},
                 {"phr", NEUME_MODE_PHRYGIAN},
                 {"lyd", NEUME_MODE_LYDIAN},
                 {"mix", NEUME_MODE_MIXOLYDIAN},
                 {"loc", NEUME_MODE_LOCRIAN}};
    neume__gather_sign *sign = same_sign(&r->gather.parts[part], sign_here(r, NEUME_ITEM_KEY));
    char c = field.at[1];
    bool minor = c >= 'a' && c <= 'g';
    if (!sign || (!minor && !(c >= 'A' && c <= 'G'))) return NEUME_OK;
    size_t i = 2;
    int alter = 0;
    for (; i < field.size && (field.at[i] == '#' || field.at[i] == '-'); i++) alter += field.at[i] == '#' ? 1 : -1;
    if (i >= field.size || field.at[i] != ':' || alter < -2 || alter > 2) return NEUME_OK;
    neume__kern_text rest = {field.at + i + 1, field.size - i - 1};
    neume_mode mode = minor ? NEUME_MODE_MINOR : NEUME_MODE_MAJOR;
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        if (neume__kern_starts(rest, modes[m].name)) mode = modes[m].mode;
    neume_key key = neume_key_of(steps[c - (minor ? 'a' : 'A')], alter, mode);
    if (same_signature(&key, &sign->key)) sign->key = key;
    return NEUME_OK;
}

/* *M3/4, and how it is drawn: *met(c), *met(c|) */
static neume_status read_metre(kern_reader *r, int part, neume__kern_text field) {
    char text[32];
    int beats = 0, unit = 0;
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_METRE), *old = same_sign(&r->gather.parts[part], sign);
    size_t size = field.size < sizeof text - 1 ? field.size : sizeof text - 1;
    memcpy(text, field.at, size);
    text[size] = '\0';
    if (strncmp(text, "*met(", 5) == 0) {
        if (!old) return NEUME_OK;
        if (strncasecmp(text, "*met(c)", 7) == 0 && old->metre.beats == 4 && old->metre.unit == 4)
            old->metre.sign = 'C';
        if (strncasecmp(text, "*met(c|)", 8) == 0 && old->metre.beats == 2 && old->metre.unit == 2)
            old->metre.sign = '|';
        return NEUME_OK;
    }
    if (sscanf(text, "*M%4d/%4d", &beats, &unit) != 2) return NEUME_OK;
    if (beats < 1 || beats > 256 || unit < 1 || NEUME_WHOLE % unit) return NEUME_OK;
    sign.metre =
        (neume_metre){(int16_t)beats, (int16_t)unit, old && old->metre.beats == beats ? old->metre.sign : '\0', NULL};
    r->metre = sign.metre;
    return set_sign(r, part, sign);
}

static neume_status read_clef(kern_reader *r, const kern_spine *s, neume__kern_text field) {
    char sign = field.size > 5 ? field.at[5] : '\0';
    size_t at = 6;
    neume_clef clef = {NEUME_CLEF_TREBLE, 0};
    for (; at < field.size && (field.at[at] == 'v' || field.at[at] == '^'); at++)
        clef.octave = (int8_t)(clef.octave + (field.at[at] == '^' ? 1 : -1));
    if (clef.octave < -2 || clef.octave > 2) clef.octave = 0;
    char line = at < field.size ? field.at[at] : '\0';
    if (sign == 'F') clef.sign = NEUME_CLEF_BASS;
    if (sign == 'C') clef.sign = line == '4' ? NEUME_CLEF_TENOR : NEUME_CLEF_ALTO;
    if (sign == 'C' && line == '1') clef.sign = NEUME_CLEF_TREBLE; /* no soprano clef: notes lie well there */
    if (sign == 'X') clef.sign = NEUME_CLEF_PERCUSSION;
    if (next_time(r) == 0) {
        r->gather.parts[s->part].clefs[s->staff] = clef;
        return NEUME_OK;
    }
    neume__gather_sign here = sign_here(r, NEUME_ITEM_CLEF);
    here.staff = s->staff;
    here.clef = clef;
    return neume__gather_add_sign(&r->gather, s->part, here);
}

static neume_status read_tempo(kern_reader *r, neume__kern_text field) {
    double per_minute = neume__kern_number((neume__kern_text){field.at + 3, field.size - 3});
    if (r->tempo_said || !(per_minute >= 1 && per_minute <= 10000)) return NEUME_OK;
    r->tempo_said = true;
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_TEMPO);
    sign.tempo = (neume_tempo){NEUME_WHOLE / 4, per_minute, NULL};
    return set_sign(r, 0, sign);
}

static neume_status read_name(kern_reader *r, const kern_spine *s, neume__kern_text field) {
    neume__gather_part *part = &r->gather.parts[s->part];
    const char **name = field.at[2] == '"' ? &part->name : &part->short_name;
    if (field.size <= 3 || *name || field.size > TEXT_MOST) return NEUME_OK;
    return neume_score_string(r->gather.score, field.at + 3, field.size - 3, name);
}

static neume_status read_interpretation(kern_reader *r, kern_spine *s, neume__kern_text field) {
    if (neume__kern_starts(field, "*part") && s->part < 0) {
        double number = neume__kern_number((neume__kern_text){field.at + 5, field.size - 5});
        s->part_said = number > 0 && number < 10000 ? (int)number : 0;
        return NEUME_OK;
    }
    if (field.size < 2 || neume__kern_starts(field, "*staff")) return NEUME_OK;
    if (s->part < 0) NEUME_TRY(make_parts(r));
    if (neume__kern_starts(field, "*I\"") || neume__kern_starts(field, "*I'")) NEUME_TRY(read_name(r, s, field));
    if (neume__kern_starts(field, "*MM")) return read_tempo(r, field);
    if (neume__kern_starts(field, "*M") || neume__kern_starts(field, "*met(")) return read_metre(r, s->part, field);
    if (neume__kern_starts(field, "*k[")) return read_signature(r, s->part, field);
    if (neume__kern_starts(field, "*clef")) return read_clef(r, s, field);
    if (neume__kern_starts(field, "*I")) {
        neume__kern_instrument_read(&s->instrument, field);
        return NEUME_OK;
    }
    return read_tonic(r, s->part, field);
}

static neume_status read_interpretations(kern_reader *r) {
    static const char *const path_words[] = {"*^", "*v", "*-", "*+", "*x"};
    bool paths = false;
    r->tempo_said = false;
    for (size_t i = 0; i < r->field_count; i++)
        for (size_t w = 0; w < sizeof path_words / sizeof *path_words; w++)
            paths = paths || neume__kern_equals(r->fields[i], path_words[w]);
    for (size_t i = 0; i < r->field_count; i++)
        if (r->columns[i].spine >= 0 && !neume__kern_equals(r->fields[i], "*") && !paths)
            NEUME_TRY(read_interpretation(r, &r->spines[r->columns[i].spine], r->fields[i]));
    return paths ? follow_paths(r) : NEUME_OK;
}

/* --- bar lines ---------------------------------------------------------------------------------------------------- */

static bool holds(neume__kern_text field, const char *sign) {
    size_t size = strlen(sign);
    for (size_t i = 0; i + size <= field.size; i++)
        if (memcmp(field.at + i, sign, size) == 0) return true;
    return false;
}

static neume_bar bar_of(neume__kern_text field) {
    neume_bar bar = {.style = NEUME_BAR_SINGLE};
    bar.repeat_end = holds(field, ":|") || holds(field, ":!");
    bar.repeat_start = holds(field, "|:") || holds(field, "!:");
    if (bar.repeat_end || bar.repeat_start) return bar;
    if (holds(field, "||")) bar.style = NEUME_BAR_DOUBLE;
    if (neume__kern_starts(field, "==") || holds(field, "|!")) bar.style = NEUME_BAR_FINAL;
    if (holds(field, "-") && !neume__kern_starts(field, "==")) bar.style = NEUME_BAR_HIDDEN;
    return bar;
}

/* A bar line where the last one stands adds to it. */
static neume_status join_bar(kern_reader *r, size_t part, neume_bar bar) {
    neume__gather_part *p = &r->gather.parts[part];
    for (size_t i = p->sign_count; i-- > 0;) {
        neume__gather_sign *s = &p->signs[i];
        if (s->kind != NEUME_ITEM_BAR || s->measure != r->measure - 1) continue;
        s->bar.repeat_start |= bar.repeat_start;
        if (bar.repeat_end) s->bar.repeat_end = 1;
        if (s->bar.style == NEUME_BAR_SINGLE) s->bar.style = bar.style;
        return NEUME_OK;
    }
    if (!bar.repeat_start) return NEUME_OK;
    neume__gather_sign first = {.measure = r->measure, .staff = -1, .at = NEUME__GATHER_FIRST, .kind = NEUME_ITEM_BAR};
    first.bar = (neume_bar){.repeat_start = true};
    return neume__gather_add_sign(&r->gather, (int)part, first);
}

static neume_status read_bar(kern_reader *r) {
    const neume_bar bar = bar_of(r->fields[0]);
    int64_t here = next_time(r), full = neume_metre_ticks(r->metre), due = r->measure_start + full;
    if (full && due > r->now && due < here) here = due; /* all notes go on over the bar line */
    const int64_t length = here - r->measure_start;
    NEUME_TRY(make_parts(r));
    for (size_t part = 0; part < r->gather.part_count; part++) {
        if (!length) NEUME_TRY(join_bar(r, part, bar));
        if (!length) continue;
        neume__gather_sign sign = {
            .measure = r->measure, .staff = -1, .at = NEUME__GATHER_LAST, .kind = NEUME_ITEM_BAR};
        sign.bar = bar;
        NEUME_TRY(neume__gather_reach(&r->gather, (int)part, r->measure, length));
        r->gather.parts[part].lengths[r->measure] = length; /* notes may go on over the bar line */
        NEUME_TRY(neume__gather_add_sign(&r->gather, (int)part, sign));
        NEUME_TRY(neume__gather_reach(&r->gather, (int)part, r->measure + 1, 0));
    }
    if (length) r->measure++, r->measure_start = here;
    return NEUME_OK;
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

/* What a note's token says beside its pitch and length. */
typedef struct signs {
    neume_pitch pitch;
    int opens, closes, beams_open, beams_close, reciprocal;
    bool hidden, long_grace;
    const char *marks[8];
    int mark_count;
} signs;

static size_t read_pitch(neume__kern_text t, size_t i, neume_pitch *out) {
    static const int8_t steps[7] = {5, 6, 0, 1, 2, 3, 4};
    char c = t.at[i];
    bool low = c < 'a';
    int repeats = 0, alter = 0;
    for (; i < t.size && t.at[i] == c; i++) repeats += repeats < 10;
    for (; i < t.size && (t.at[i] == '#' || t.at[i] == '-' || t.at[i] == 'n'); i++)
        alter += t.at[i] == '#' ? 1 : t.at[i] == '-' ? -1 : 0;
    *out = (neume_pitch){steps[c - (low ? 'A' : 'a')],
                         (int8_t)(alter < -2  ? -2
                                  : alter > 2 ? 2
                                              : alter),
                         (int8_t)(low ? 4 - repeats : 3 + repeats), false};
    return i;
}

static signs read_signs(neume__kern_text t) {
    static const struct {
        char sign;
        const char *mark;
    } marks[] = {{'\'', "staccato"},    {'^', "accent"},       {'~', "tenuto"},       {';', "fermata"},
                 {'t', "trill"},        {'T', "trill"},        {'m', "lowermordent"}, {'M', "lowermordent"},
                 {'w', "uppermordent"}, {'W', "uppermordent"}, {'S', "turn"},         {'`', "wedge"},
                 {':', "arpeggio"},     {'v', "upbow"},        {'u', "downbow"}};
    signs s = {0};
    bool pitched = false;
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i];
        if (((c >= 'a' && c <= 'g') || (c >= 'A' && c <= 'G')) && !pitched) {
            pitched = true;
            i = read_pitch(t, i, &s.pitch) - 1;
            continue;
        }
        s.opens += c == '(';
        s.closes += c == ')';
        s.beams_open += c == 'L';
        s.beams_close += c == 'J';
        s.hidden |= c == 'y' && i + 1 < t.size && t.at[i + 1] == 'y';
        s.long_grace |= c == 'q' && i + 1 < t.size && t.at[i + 1] == 'q';
        if (c >= '0' && c <= '9' && s.reciprocal < 100000) s.reciprocal = 10 * s.reciprocal + (c - '0');
        if (c == '%') s.reciprocal = 1000000;
        for (size_t k = 0; k < sizeof marks / sizeof *marks && s.mark_count < 8; k++)
            if (marks[k].sign == c) s.marks[s.mark_count++] = marks[k].mark;
    }
    return s;
}

static int gcd(int a, int b) {
    return b ? gcd(b, a % b) : a;
}

/* 12 is three in the time of two eighths. */
static neume_tuplet ratio_of(int reciprocal) {
    int power = 1;
    if (reciprocal < 3 || reciprocal > 1024) return (neume_tuplet){0};
    while (2 * power <= reciprocal) power *= 2;
    if (power == reciprocal) return (neume_tuplet){0};
    int common = gcd(reciprocal, power);
    return (neume_tuplet){(int16_t)(reciprocal / common), (int16_t)(power / common), 0};
}

/* Which voice of its spine a column is, from 1. */
static long number_of(const kern_reader *r, size_t column) {
    long number = 1;
    for (size_t i = 0; i < column; i++) number += r->columns[i].spine == r->columns[column].spine;
    return 1000 * (long)r->columns[column].spine + number;
}

static neume_status find_voice(kern_reader *r, size_t column, bool grace, int64_t *at, size_t *voice) {
    const kern_spine *s = &r->spines[r->columns[column].spine];
    *at = (grace ? next_time(r) : r->now) - r->measure_start;
    return neume__gather_find_voice(
        &r->gather,
        (neume__gather_voice){
            .part = s->part, .staff = s->staff, .number = number_of(r, column), .measure = r->measure},
        1, at, voice);
}

/* One field's first note or rest makes an item; the others of a chord join it. */
static neume_status add_item(kern_reader *r, size_t column, const neume__kern_note *note, signs *s, int64_t ticks,
                             long *voice) {
    kern_spine *spine = &r->spines[r->columns[column].spine];
    int64_t at;
    size_t index;
    NEUME_TRY(find_voice(r, column, note->grace, &at, &index));
    neume__gather_voice *v = &r->gather.voices[index];
    *voice = (long)index;
    neume_item item = {.at = at,
                       .ticks = ticks,
                       .kind = (uint8_t)(note->pitch < 0 ? NEUME_ITEM_REST : NEUME_ITEM_NOTES),
                       .tuplet = -1};
    item.grace = !note->grace ? NEUME_GRACE_NONE : s->long_grace ? NEUME_GRACE_LONG : NEUME_GRACE_SLASHED;
    item.slurs_open = (uint8_t)(s->opens < 8 ? s->opens : 8),
    item.slurs_close = (uint8_t)(s->closes < 8 ? s->closes : 8);
    item.hidden = item.kind == NEUME_ITEM_REST && s->hidden;
    item.bars = item.kind == NEUME_ITEM_REST && at == 0 && ticks == neume_metre_ticks(r->metre);
    if (!note->grace) {
        item.joined = spine->beams > 0;
        spine->beams += s->beams_open - s->beams_close;
        if (spine->beams < 0) spine->beams = 0;
        NEUME_TRY(neume__gather_tuplet(v, ratio_of(s->reciprocal), false, false, &item));
    }
    item.first = (int32_t)v->raw.pitch_count;
    item.count = item.kind == NEUME_ITEM_NOTES;
    s->pitch.tied = note->tie == '[' || note->tie == '_';
    if (item.count) NEUME_TRY(neume_voice_add_pitch(&v->raw, s->pitch));
    NEUME_TRY(neume__gather_add_item(&r->gather, index, r->measure, item));
    for (int m = 0; m < s->mark_count; m++)
        NEUME_TRY(neume__gather_add_words(
            v, (neume_words){(int32_t)v->raw.item_count - 1, NEUME_WORDS_MARK, 0, s->marks[m]}));
    return NEUME_OK;
}

static neume_status add_to_chord(kern_reader *r, long voice, const neume__kern_note *note, signs *s, int64_t ticks) {
    neume__gather_voice *v = &r->gather.voices[voice];
    neume_item *item = &v->raw.items[v->raw.item_count - 1];
    if (note->pitch < 0 || item->kind != NEUME_ITEM_NOTES || item->count >= 128) return NEUME_OK;
    s->pitch.tied = note->tie == '[' || note->tie == '_';
    NEUME_TRY(neume_voice_add_pitch(&v->raw, s->pitch));
    item->count++;
    if (!item->grace && ticks > item->ticks) { /* the longest counts */
        item->ticks = ticks;
        v->end = item->at + ticks;
        return neume__gather_reach(&r->gather, v->part, r->measure, v->end);
    }
    return NEUME_OK;
}

/* @return through *voice where it went, -1 when nowhere */
static neume_status read_token(kern_reader *r, size_t column, neume__kern_text field, long *voice) {
    neume__kern_text piece;
    double quarters = -1, longest = 0;
    *voice = -1;
    while (neume__kern_cut(&field, ' ', &piece)) {
        neume__kern_note note = neume__kern_note_parse(piece);
        signs s = read_signs(piece);
        if (note.quarters >= 0) quarters = note.quarters;
        if (note.pitch < 0 && !note.rest) continue;
        double lasts = note.grace ? (note.quarters > 0 ? note.quarters : 0.5) : quarters;
        if (lasts <= 0 || (note.grace && note.pitch < 0)) continue;
        if (lasts > QUARTERS_LIMIT) return neume_fail(NEUME_ELIMIT, "line %ld: a note is too long", r->line);
        int64_t ticks = llround(lasts * (double)(NEUME_WHOLE / 4));
        if (!note.grace && lasts > longest) longest = lasts;
        NEUME_TRY(*voice < 0 ? add_item(r, column, &note, &s, ticks, voice)
                             : add_to_chord(r, *voice, &note, &s, ticks));
    }
    if (longest > 0) r->columns[column].end = r->now + llround(longest * (double)(NEUME_WHOLE / 4));
    return NEUME_OK;
}

/* "Cze-" goes on in "-go". */
static neume_status add_syllable(kern_reader *r, neume__gather_voice *v, neume__kern_text field, int verse) {
    if (field.size > 1 && *field.at == '-') field.at++, field.size--;
    const neume_item *item = &v->raw.items[v->raw.item_count - 1];
    char text[TEXT_MOST + 1];
    const char *kept;
    if (!field.size || field.size > TEXT_MOST || item->kind != NEUME_ITEM_NOTES || item->grace) return NEUME_OK;
    if (neume__kern_equals(field, "|")) return NEUME_OK;
    memcpy(text, field.at, field.size);
    text[field.size] = '\0';
    neume__plain_syllable(text);
    NEUME_TRY(neume_score_string(r->gather.score, text, field.size, &kept));
    return neume__gather_add_words(
        v, (neume_words){(int32_t)v->raw.item_count - 1, NEUME_WORDS_LYRIC, (uint8_t)verse, kept});
}

static neume_status add_dynamic(neume__gather_voice *v, neume__kern_text field) {
    static const struct {
        const char *token, *mark;
    } wedges[] = {{"<", "crescendo("}, {"[", "crescendo)"}, {">", "diminuendo("}, {"]", "diminuendo)"}};
    neume__kern_text piece;
    while (neume__kern_cut(&field, ' ', &piece)) {
        char name[8] = "";
        if (piece.size < sizeof name) memcpy(name, piece.at, piece.size);
        const neume__mark *mark = *name ? neume__mark_by_name(name) : NULL;
        const char *text = mark && mark->place == NEUME__MARK_DYNAMIC ? mark->name : NULL;
        for (size_t i = 0; i < sizeof wedges / sizeof *wedges; i++)
            if (neume__kern_equals(piece, wedges[i].token)) text = wedges[i].mark;
        if (text)
            NEUME_TRY(
                neume__gather_add_words(v, (neume_words){(int32_t)v->raw.item_count - 1, NEUME_WORDS_MARK, 0, text}));
    }
    return NEUME_OK;
}

static bool takes_time(neume__kern_text field) {
    neume__kern_text piece;
    while (neume__kern_cut(&field, ' ', &piece)) {
        neume__kern_note token = neume__kern_note_parse(piece);
        if (!token.grace && token.quarters > 0) return true;
    }
    return false;
}

static neume_status read_data(kern_reader *r) {
    bool timed = false;
    long voice = -1;
    int verse = 0;
    NEUME_TRY(make_parts(r));
    for (size_t i = 0; i < r->field_count && !timed; i++)
        timed = r->columns[i].spine >= 0 && !neume__kern_equals(r->fields[i], ".") && takes_time(r->fields[i]);
    if (timed) {
        r->now = next_time(r);
        r->started = true;
    }
    for (size_t i = 0; i < r->field_count; i++) {
        const int spine = r->columns[i].spine;
        const bool null = neume__kern_equals(r->fields[i], ".");
        if (spine >= 0) {
            voice = -1;
            verse = 0;
            if (!null) NEUME_TRY(read_token(r, i, r->fields[i], &voice));
        } else if (spine == SPINE_TEXT) {
            if (!null && voice >= 0) NEUME_TRY(add_syllable(r, &r->gather.voices[voice], r->fields[i], verse));
            verse += verse < 200;
        } else if (spine == SPINE_DYNAM && !null && voice >= 0) {
            NEUME_TRY(add_dynamic(&r->gather.voices[voice], r->fields[i]));
        }
    }
    return NEUME_OK;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

/* !!!COM: composer, !!!OTL: title */
static neume_status read_reference(kern_reader *r, neume__kern_text line) {
    bool title = neume__kern_starts(line, "!!!OTL:"), composer = neume__kern_starts(line, "!!!COM:");
    if (!title && !composer) return NEUME_OK;
    neume__kern_text text = {line.at + 7, line.size - 7};
    while (text.size && (*text.at == ' ' || *text.at == '\t')) text.at++, text.size--;
    if (!text.size || text.size > 4 * TEXT_MOST) return NEUME_OK;
    NEUME_TRY(neume_score_add_field(r->gather.score, title ? 'T' : 'C', text.at, text.size));
    neume_score *score = r->gather.score;
    neume_score_field added = score->fields[score->field_count - 1];
    if (title) { /* titles first */
        memmove(score->fields + 1, score->fields, (score->field_count - 1) * sizeof added);
        score->fields[0] = added;
    }
    return NEUME_OK;
}

static neume_status read_line(kern_reader *r, neume__kern_text line) {
    neume__kern_text field;
    if (!line.size) return NEUME_OK;
    if (line.at[0] == '!') return read_reference(r, line);
    r->field_count = 0;
    for (neume__kern_text rest = line; neume__kern_cut(&rest, '\t', &field);) {
        NEUME_TRY(neume__grow((void **)&r->fields, &r->field_capacity, r->field_count + 1, sizeof *r->fields));
        r->fields[r->field_count++] = field;
    }
    for (size_t i = 0; i < r->field_count && line.at[0] == '*'; i++)
        if (neume__kern_starts(r->fields[i], "**")) return read_exclusive(r);
    if (!r->column_count) return neume_fail(NEUME_EFORMAT, "line %ld comes before any spine such as **kern", r->line);
    if (r->field_count != r->column_count)
        return neume_fail(NEUME_EFORMAT, "line %ld has %zu fields for %zu spines", r->line, r->field_count,
                          r->column_count);
    if (line.at[0] == '*') return read_interpretations(r);
    return line.at[0] == '=' ? read_bar(r) : read_data(r);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static bool same_metre(neume_metre a, neume_metre b) {
    return a.beats == b.beats && a.unit == b.unit && a.sign == b.sign;
}

/* The first key, metre and tempo are the score's; other parts keep theirs where it differs. */
static void lift_head(kern_reader *r) {
    neume_score *score = r->gather.score;
    for (size_t p = 0; p < r->gather.part_count; p++) {
        neume__gather_part *part = &r->gather.parts[p];
        size_t kept = 0;
        for (size_t i = 0; i < part->sign_count; i++) {
            const neume__gather_sign *s = &part->signs[i];
            bool first = s->measure == 0 && s->at <= 0, lifted = false;
            if (first && p == 0) {
                if (s->kind == NEUME_ITEM_KEY) score->key = s->key, lifted = true;
                if (s->kind == NEUME_ITEM_METRE) score->metre = s->metre, lifted = true;
                if (s->kind == NEUME_ITEM_TEMPO) score->tempo = s->tempo, lifted = true;
            } else if (first) {
                lifted = (s->kind == NEUME_ITEM_KEY && memcmp(&s->key, &score->key, sizeof s->key) == 0) ||
                         (s->kind == NEUME_ITEM_METRE && same_metre(s->metre, score->metre));
            }
            if (!lifted) part->signs[kept++] = *s;
        }
        part->sign_count = kept;
    }
}

static void name_programs(kern_reader *r) {
    for (size_t i = 0; i < r->spine_count; i++) {
        if (r->spines[i].part < 0) continue;
        neume__gather_part *part = &r->gather.parts[r->spines[i].part];
        int program = neume__kern_instrument_program(&r->spines[i].instrument);
        if (program == NEUME_PROGRAM_DRUMS) part->channel = 10;
        if (program >= 0 && program < NEUME_PROGRAM_DRUMS) part->program = program;
    }
}

neume_status neume_kern_read(const char *text, size_t count, neume_score **out) {
    kern_reader r = {0};
    neume__kern_text rest = {text, count}, line;
    neume_status status = NEUME_OK;
    if (!text && count) return neume_fail(NEUME_EINVAL, "no text");
    NEUME_GO(neume__gather_begin(&r.gather));
    if (neume__kern_starts(rest, "\xEF\xBB\xBF")) rest.at += 3, rest.size -= 3; /* UTF-8's byte order mark */
    while (neume__kern_cut(&rest, '\n', &line)) {
        r.line++;
        while (line.size && line.at[line.size - 1] == '\r') line.size--;
        NEUME_GO(read_line(&r, line));
    }
    if (!r.spine_count) NEUME_GO(neume_fail(NEUME_EFORMAT, "not a Humdrum file with **kern spines"));
    NEUME_GO(make_parts(&r));
    lift_head(&r);
    name_programs(&r);
    NEUME_GO(neume__gather_finish(&r.gather, NULL, 0, out));
fail:
    neume__gather_clear(&r.gather);
    neume__free(r.spines);
    neume__free(r.columns);
    neume__free(r.spare);
    neume__free(r.fields);
    return status;
}
