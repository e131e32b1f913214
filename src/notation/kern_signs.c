/* What a Humdrum file says between its notes: keys, metres, clefs, tempi, instruments; bar lines. */
#include "kern_read.h"

#include <stdio.h>
#include <string.h>

#include "musicxml_words.h"

/* --- interpretations ---------------------------------------------------------------------------------------------- */

static neume__gather_sign sign_here(const neume__kern_reader *r, neume_item_kind kind) {
    return (neume__gather_sign){
        .measure = r->measure, .staff = -1, .at = neume__kern_next_time(r) - r->measure_start, .kind = (uint8_t)kind};
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
static neume_status set_sign(neume__kern_reader *r, int part, neume__gather_sign sign) {
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
static neume_status read_signature(neume__kern_reader *r, int part, neume__kern_text field) {
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
static neume_status read_tonic(neume__kern_reader *r, int part, neume__kern_text field) {
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
static neume_status read_metre(neume__kern_reader *r, int part, neume__kern_text field) {
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

static neume_status read_clef(neume__kern_reader *r, const neume__kern_spine *s, neume__kern_text field) {
    char sign = field.size > 5 ? field.at[5] : '\0';
    size_t at = 6;
    neume_clef clef = {NEUME_CLEF_TREBLE, 0};
    for (; at < field.size && (field.at[at] == 'v' || field.at[at] == '^'); at++)
        clef.octave = (int8_t)(clef.octave + (field.at[at] == '^' ? 1 : -1));
    if (clef.octave < -2 || clef.octave > 2) clef.octave = 0;
    const int line = at < field.size && field.at[at] >= '1' && field.at[at] <= '5' ? field.at[at] - '0' : 0;
    if (sign && strchr("GFC", sign) && !neume__clef_by_line(sign, line, &clef.sign) &&
        neume__clef_by_line(sign, 0, &clef.sign))
        neume__fault_add(&r->gather.faults, r->gather.place, "a clef on an unusual line is put on its usual one");
    if (sign == 'X') clef.sign = NEUME_CLEF_PERCUSSION;
    if (neume__kern_next_time(r) == 0) {
        r->gather.parts[s->part].clefs[s->staff] = clef;
        return NEUME_OK;
    }
    neume__gather_sign here = sign_here(r, NEUME_ITEM_CLEF);
    here.staff = s->staff;
    here.clef = clef;
    return neume__gather_add_sign(&r->gather, s->part, here);
}

static neume_status read_tempo(neume__kern_reader *r, neume__kern_text field) {
    double per_minute = neume__kern_number((neume__kern_text){field.at + 3, field.size - 3});
    if (r->tempo_said || !(per_minute >= 1 && per_minute <= 10000)) return NEUME_OK;
    r->tempo_said = true;
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_TEMPO);
    sign.tempo = (neume_tempo){NEUME_WHOLE / 4, per_minute, NULL};
    return set_sign(r, 0, sign);
}

static neume_status read_name(neume__kern_reader *r, const neume__kern_spine *s, neume__kern_text field) {
    neume__gather_part *part = &r->gather.parts[s->part];
    const char **name = field.at[2] == '"' ? &part->name : &part->short_name;
    const neume__kern_text text = neume__kern_trim((neume__kern_text){field.at + 3, field.size - 3});
    if (!text.size || *name || text.size > NEUME__KERN_TEXT_MOST) return NEUME_OK;
    return neume_score_string(r->gather.score, text.at, text.size, name);
}

static neume_status read_interpretation(neume__kern_reader *r, neume__kern_spine *s, neume__kern_text field) {
    if (neume__kern_starts(field, "*part") && s->part < 0) {
        double number = neume__kern_number((neume__kern_text){field.at + 5, field.size - 5});
        s->part_said = number > 0 && number < 10000 ? (int)number : 0;
        return NEUME_OK;
    }
    if (field.size < 2 || neume__kern_starts(field, "*staff")) return NEUME_OK;
    if (s->part < 0) NEUME_TRY(neume__kern_make_parts(r));
    if (neume__kern_starts(field, "*I\"") || neume__kern_starts(field, "*I'")) NEUME_TRY(read_name(r, s, field));
    if (neume__kern_starts(field, "*MM")) return read_tempo(r, field);
    if (neume__kern_starts(field, "*M") || neume__kern_starts(field, "*met(")) return read_metre(r, s->part, field);
    if (neume__kern_starts(field, "*k[")) return read_signature(r, s->part, field);
    if (neume__kern_starts(field, "*clef")) return read_clef(r, s, field);
    if (neume__kern_starts(field, "*I")) {
        neume__kern_instrument_read(&s->instrument, field);
        return NEUME_OK;
    }
    if (neume__kern_starts(field, "*>"))
        neume__fault_add(&r->gather.faults, r->gather.place, "sections and endings (*>) are left out");
    static const char *const lost[] = {"*8va", "*8ba", "*15ma", "*15ba", "*ped"};
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
        if (neume__kern_starts(field, lost[i]))
            neume__fault_add(&r->gather.faults, r->gather.place, "%s is left out", lost[i]);
    return read_tonic(r, s->part, field);
}

neume_status neume__kern_read_interpretations(neume__kern_reader *r) {
    static const char *const path_words[] = {"*^", "*v", "*-", "*+", "*x"};
    bool paths = false;
    r->tempo_said = false;
    for (size_t i = 0; i < r->field_count; i++)
        for (size_t w = 0; w < sizeof path_words / sizeof *path_words; w++)
            paths = paths || neume__kern_equals(r->fields[i], path_words[w]);
    for (size_t i = 0; i < r->field_count; i++)
        if (r->columns[i].spine >= 0 && !neume__kern_equals(r->fields[i], "*") && !paths)
            NEUME_TRY(read_interpretation(r, &r->spines[r->columns[i].spine], r->fields[i]));
    return paths ? neume__kern_follow_paths(r) : NEUME_OK;
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
static neume_status join_bar(neume__kern_reader *r, size_t part, neume_bar bar) {
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

neume_status neume__kern_read_bar(neume__kern_reader *r) {
    const neume_bar bar = bar_of(r->fields[0]);
    int64_t here = neume__kern_next_time(r), full = neume_metre_ticks(r->metre), due = r->measure_start + full;
    if (full && due > r->now && due < here) here = due; /* all notes go on over the bar line */
    const int64_t length = here - r->measure_start;
    if (length) neume__judge_measure(&r->gather.faults, &r->lack, r->gather.place, length, full);
    NEUME_TRY(neume__kern_make_parts(r));
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
