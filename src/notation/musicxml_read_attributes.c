/* The attributes of a MusicXML measure: divisions, keys, metres, clefs, transposition. */
#include "musicxml_read.h"

#include <stdio.h>
#include <string.h>

typedef neume__reader reader;

static bool is_head(const reader *r) {
    return !r->attributed && r->measure == 0 && r->in_first;
}

static neume_status end_attributes(reader *r, const char *text) {
    (void)text;
    r->attributed = true;
    return NEUME_OK;
}

static neume_status end_divisions(reader *r, const char *text) {
    double value;
    if (!neume__xml_number(text, &value) || value < 1e-3 || value > NEUME__READ_DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "divisions must be a positive number");
    r->divisions = value;
    return NEUME_OK;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* Neume's keys with signatures of their own say tonic and mode in their id. */
static neume_status start_key(reader *r, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    int step, alter, mode;
    r->key = (neume_key){.mode = NEUME_MODE_NONE};
    r->own_key = false;
    r->fifths = 0;
    r->mode = NEUME_MODE_MAJOR;
    if (r->own && id && sscanf(id, "key.%*d.%1d.%1d.%1d", &step, &alter, &mode) == 3 && step < 7 && alter < 5 &&
        mode <= NEUME_MODE_NONE) {
        r->key = (neume_key){(int8_t)step, (int8_t)(alter - 2), (uint8_t)mode, true, {0}};
        r->own_key = true;
    }
    return NEUME_OK;
}

static neume_status end_fifths(reader *r, const char *text) {
    r->fifths = neume__read_number(text, -21, 21, 0);
    return NEUME_OK;
}

static neume_status end_mode(reader *r, const char *text) {
    for (int mode = 0; mode <= NEUME_MODE_NONE; mode++)
        if (strcmp(text, neume_mode_name((neume_mode)mode)) == 0) r->mode = (uint8_t)mode;
    return NEUME_OK;
}

static neume_status end_key_step(reader *r, const char *text) {
    static const char steps[] = "CDEFGAB";
    const char *at = *text && !text[1] ? strchr(steps, *text) : NULL;
    r->key_step = at ? (int)(at - steps) : -1;
    return NEUME_OK;
}

static neume_status end_key_alter(reader *r, const char *text) {
    if (r->key_step >= 0) r->key.alter[r->key_step] = (int8_t)neume__read_number(text, -2, 2, 0);
    r->own_key = r->key.own = true;
    return NEUME_OK;
}

static bool same_key(const neume_key *a, const neume_key *b) {
    return a->tonic_step == b->tonic_step && a->tonic_alter == b->tonic_alter && a->mode == b->mode &&
           memcmp(a->alter, b->alter, sizeof a->alter) == 0;
}

/* The key as told, moved to where the part is written. */
static neume_key told_key(const reader *r) {
    const neume__read_shift by = neume__read_rewriting(r);
    if (r->own_key || r->mode == NEUME_MODE_NONE) return r->key;
    return neume__key_of_fifths(r->fifths + 7 * by.semitones - 12 * by.steps, (neume_mode)r->mode);
}

static neume_status end_key(reader *r, const char *text) {
    (void)text;
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_KEY);
    sign.key = told_key(r);
    neume_key *head = &r->gather.score->key;
    if (is_head(r) && r->part == 0) {
        *head = sign.key;
        return NEUME_OK;
    }
    return is_head(r) && same_key(head, &sign.key) ? NEUME_OK : neume__read_add_sign(r, sign);
}

/* --- metres ------------------------------------------------------------------------------------------------------- */

static neume_status start_time(reader *r, const char **attributes) {
    const char *symbol = neume__xml_attribute(attributes, "symbol");
    r->metre = (neume_metre){.sign = neume__read_is(symbol, "common") ? 'C'
                                     : neume__read_is(symbol, "cut")  ? '|'
                                                                      : '\0'};
    return NEUME_OK;
}

static neume_status end_beats(reader *r, const char *text) {
    int beats = 0, number = 0;
    if (r->metre.beats) neume__read_fault(r, "a metre of several fractions: the first counts");
    if (r->metre.beats) return NEUME_OK;
    for (const char *at = text; *at; at++) {
        if (*at >= '0' && *at <= '9' && number < 1000) number = 10 * number + (*at - '0');
        if (*at == '+') beats += number, number = 0;
    }
    beats += number;
    if (beats > 256) beats = 0;
    r->metre.beats = (int16_t)beats;
    return strchr(text, '+') ? neume__read_keep(r, text, &r->metre.sum) : NEUME_OK;
}

static neume_status end_beat_type(reader *r, const char *text) {
    int unit = neume__read_number(text, 1, 1024, 0);
    if (r->metre.unit) return NEUME_OK;
    if (!unit || NEUME_WHOLE % unit) r->metre = (neume_metre){0};
    if (r->metre.beats) r->metre.unit = (int16_t)unit;
    return NEUME_OK;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static neume_status end_time(reader *r, const char *text) {
    (void)text;
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_METRE);
    if (!r->metre.beats || !r->metre.unit) r->metre = (neume_metre){0};
    if ((r->metre.sign == 'C' && (r->metre.beats != 4 || r->metre.unit != 4)) ||
        (r->metre.sign == '|' && (r->metre.beats != 2 || r->metre.unit != 2)))
        r->metre.sign = '\0';
    sign.metre = r->metre;
    neume_metre *head = &r->gather.score->metre;
    if (is_head(r) && r->part == 0) {
        *head = sign.metre;
        return NEUME_OK;
    }
    bool same = head->beats == sign.metre.beats && head->unit == sign.metre.unit && head->sign == sign.metre.sign &&
                same_text(head->sum, sign.metre.sum);
    return is_head(r) && same ? NEUME_OK : neume__read_add_sign(r, sign);
}

/* --- staves, clefs, transposition --------------------------------------------------------------------------------- */

static neume_status end_staves(reader *r, const char *text) {
    if (r->part >= 0) r->gather.parts[r->part].staves = neume__read_number(text, 1, NEUME__GATHER_STAVES, 1);
    return NEUME_OK;
}

static neume_status start_clef(reader *r, const char **attributes) {
    r->clef_staff = neume__read_number(neume__xml_attribute(attributes, "number"), 1, NEUME__GATHER_STAVES, 1);
    r->clef_line = r->clef_octave = 0;
    r->clef_sign = 'G';
    return NEUME_OK;
}

static neume_status end_clef_sign(reader *r, const char *text) {
    r->clef_sign = *text;
    return NEUME_OK;
}

static neume_status end_clef_line(reader *r, const char *text) {
    r->clef_line = neume__read_number(text, 1, 9, 0);
    return NEUME_OK;
}

static neume_status end_clef_octave(reader *r, const char *text) {
    r->clef_octave = neume__read_number(text, -2, 2, 0);
    return NEUME_OK;
}

static neume_status end_clef(reader *r, const char *text) {
    (void)text;
    neume_clef clef = {NEUME_CLEF_TREBLE, (int8_t)r->clef_octave};
    if (strchr("GFC", r->clef_sign) && !neume__clef_by_line(r->clef_sign, r->clef_line, &clef.sign) &&
        neume__clef_by_line(r->clef_sign, 0, &clef.sign))
        neume__read_fault(r, "a clef on an unusual line is put on its usual one");
    if (!strchr("GFCpn", r->clef_sign)) neume__read_fault(r, "a clef that is not known becomes a treble clef");
    if (r->clef_sign == 'p') clef.sign = NEUME_CLEF_PERCUSSION;
    if (r->clef_sign == 'n') clef.sign = NEUME_CLEF_NONE;
    if (r->part < 0) return NEUME_OK;
    neume_clef *first = &r->gather.parts[r->part].clefs[r->clef_staff - 1];
    if (is_head(r)) {
        *first = clef;
        return NEUME_OK;
    }
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_CLEF);
    sign.staff = r->clef_staff - 1;
    sign.clef = clef;
    return neume__read_add_sign(r, sign);
}

static neume_status start_transpose(reader *r, const char **attributes) {
    (void)attributes;
    r->chromatic = r->octaves = r->diatonic = 0;
    r->diatonic_said = false;
    return NEUME_OK;
}

static neume_status end_diatonic(reader *r, const char *text) {
    r->diatonic = neume__read_number(text, -35, 35, 0);
    r->diatonic_said = true;
    return NEUME_OK;
}

static neume_status end_chromatic(reader *r, const char *text) {
    r->chromatic = neume__read_number(text, -60, 60, 0);
    return NEUME_OK;
}

static neume_status end_octave_change(reader *r, const char *text) {
    r->octaves = neume__read_number(text, -5, 5, 0);
    return NEUME_OK;
}

/* A part has one transposition: where it changes, the part is written on as for its first instrument. */
static neume_status end_transpose(reader *r, const char *text) {
    (void)text;
    static const int8_t usual[12] = {0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6}; /* steps of so many semitones */
    const int within = ((r->chromatic % 12) + 12) % 12;
    const int steps = usual[within] + 7 * ((r->chromatic - within) / 12);
    if (r->part < 0) return NEUME_OK;
    r->transposed =
        (neume__read_shift){r->chromatic + 12 * r->octaves, (r->diatonic_said ? r->diatonic : steps) + 7 * r->octaves};
    if (is_head(r) || (r->measure == 0 && r->in_first)) {
        r->first_transposed = r->transposed;
        r->gather.parts[r->part].transpose = r->transposed.semitones;
    }
    if (neume__read_rewriting(r).semitones)
        neume__read_fault(r, "a part changes its transposition: it is written on as it began");
    neume__gather_part *part = &r->gather.parts[r->part];
    neume__gather_sign *key = part->sign_count ? &part->signs[part->sign_count - 1] : NULL;
    for (; key && key >= part->signs && key->measure == r->measure && key->at == r->cursor; key--)
        if (key->kind == NEUME_ITEM_KEY && !r->own) key->key = told_key(r); /* it was told just before */
    return NEUME_OK;
}

static neume_status end_multiple_rest(reader *r, const char *text) {
    r->rest_left = r->own ? neume__read_number(text, 2, NEUME__GATHER_MEASURES, 0) : 0;
    return NEUME_OK;
}

/* --- the elements ----------------------------------------------------------------------------------------------------- */

const neume__read_row neume__read_attributes_rows[] = {
    {"attributes", "measure", NULL, end_attributes},
    {"beat-type", "time", NULL, end_beat_type},
    {"beats", "time", NULL, end_beats},
    {"chromatic", "transpose", NULL, end_chromatic},
    {"diatonic", "transpose", NULL, end_diatonic},
    {"clef", "attributes", start_clef, end_clef},
    {"clef-octave-change", "clef", NULL, end_clef_octave},
    {"divisions", "attributes", NULL, end_divisions},
    {"fifths", "key", NULL, end_fifths},
    {"key", "attributes", start_key, end_key},
    {"key-alter", "key", NULL, end_key_alter},
    {"key-step", "key", NULL, end_key_step},
    {"line", "clef", NULL, end_clef_line},
    {"mode", "key", NULL, end_mode},
    {"multiple-rest", "measure-style", NULL, end_multiple_rest},
    {"octave-change", "transpose", NULL, end_octave_change},
    {"sign", "clef", NULL, end_clef_sign},
    {"staves", "attributes", NULL, end_staves},
    {"time", "attributes", start_time, end_time},
    {"transpose", "attributes", start_transpose, end_transpose},
    {0},
};
