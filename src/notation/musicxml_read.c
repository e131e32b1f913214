/* The elements of a MusicXML score as written music, one small function each, found by name and parent in a sorted
 * table. Elements fill in a note, a direction, a bar line; when they end, what was gathered takes effect. The part list
 * is read by the handlers of musicxml_score.c. Source: W3C MusicXML 4.0, score-partwise. */
#include "musicxml_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neume/notation.h"

static const double DURATION_LIMIT = 1e12; /* divisions */

typedef neume__reader reader;

static int whole_number(const char *text, int low, int high, int otherwise) {
    double value;
    return neume__xml_number(text, &value) && value >= low && value <= high ? (int)value : otherwise;
}

static bool is(const char *value, const char *word) {
    return value && strcmp(value, word) == 0;
}

static neume_status keep(reader *r, const char *text, const char **out) {
    *out = NULL;
    if (!text || !*text) return NEUME_OK;
    char *copy = neume_arena_alloc(r->gather.score->arena, strlen(text) + 1);
    if (!copy) return NEUME_ENOMEM;
    for (size_t i = 0; text[i]; i++) copy[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i]; /* lines become one */
    for (char *c = copy; *c && !r->own; c++)
        if (*c == '"') *c = '\''; /* which ABC cannot quote */
    *out = copy;
    return NEUME_OK;
}

static neume__gather_sign sign_here(const reader *r, neume_item_kind kind) {
    return (neume__gather_sign){.measure = r->measure, .staff = -1, .at = r->cursor, .kind = (uint8_t)kind};
}

static neume_status add_sign(reader *r, neume__gather_sign sign) {
    return r->part < 0 ? NEUME_OK : neume__gather_add_sign(&r->gather, r->part, sign);
}

/* --- head --------------------------------------------------------------------------------------------------------- */

static neume_status end_software(reader *r, const char *text) {
    if (r->own || strncmp(text, "neume ", 6) != 0) return NEUME_OK;
    r->own = true;
    r->gather.score->field_count = 0; /* they follow, all of them */
    r->gather.as_told = true;
    return NEUME_OK;
}

static neume_status start_field(reader *r, const char **attributes) {
    const char *name = neume__xml_attribute(attributes, "name");
    snprintf(r->field, sizeof r->field, "%s", name && strncmp(name, "neume:", 6) == 0 ? name + 6 : "");
    return NEUME_OK;
}

static neume_status end_field(reader *r, const char *text) {
    if (!r->own || !*r->field) return NEUME_OK;
    if (!r->field[1]) return neume_score_add_field(r->gather.score, r->field[0], text, strlen(text));
    if (is(r->field, "layout"))
        return neume_score_string(r->gather.score, text, strlen(text), &r->gather.score->layout);
    if (!is(r->field, "voice")) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&r->ids, &r->id_capacity, r->id_count + 1, sizeof *r->ids));
    NEUME_TRY(neume_score_string(r->gather.score, text, strlen(text), &r->ids[r->id_count]));
    r->id_count++;
    return NEUME_OK;
}

static neume_status end_title(reader *r, const char *text) {
    return keep(r, text, &r->title);
}

static neume_status end_movement(reader *r, const char *text) {
    return keep(r, text, &r->movement);
}

static neume_status start_creator(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    snprintf(r->field, sizeof r->field, "%s", type ? type : "");
    return NEUME_OK;
}

static neume_status end_creator(reader *r, const char *text) {
    if (*text && (is(r->field, "composer") || is(r->field, "lyricist"))) {
        neume_buffer line = {0};
        neume_status status = neume_buffer_print(&line, "%s%s", *r->field == 'l' ? "Words: " : "", text);
        if (!status) status = neume_score_add_field(r->gather.score, 'C', line.data, line.size);
        neume_buffer_clear(&line);
        return status;
    }
    return NEUME_OK;
}

/* --- parts and measures ------------------------------------------------------------------------------------------- */

/* A last measure without a word on its bar line has none. */
static void end_last_measure(reader *r) {
    if (r->part < 0 || r->bar_sign < 0 || !r->bar_silent) return;
    neume__gather_part *part = &r->gather.parts[r->part];
    if ((size_t)r->bar_sign == part->sign_count - 1) part->sign_count--;
}

static neume_status add_titles(reader *r) {
    neume_score *score = r->gather.score;
    if (r->own || r->part >= 0) return NEUME_OK;
    size_t count = score->field_count;
    if (r->title) NEUME_TRY(neume_score_add_field(score, 'T', r->title, strlen(r->title)));
    if (r->movement && !is(r->title, r->movement))
        NEUME_TRY(neume_score_add_field(score, 'T', r->movement, strlen(r->movement)));
    for (size_t i = count; i < score->field_count; i++) { /* titles first */
        neume_score_field title = score->fields[i];
        memmove(&score->fields[i - count + 1], &score->fields[i - count], count * sizeof title);
        score->fields[i - count] = title;
    }
    return NEUME_OK;
}

static neume_status describe_part(reader *r, neume__gather_part *part) {
    const neume__musicxml_part *listed = &r->list.parts[r->listed];
    const neume__musicxml_instrument *instrument =
        listed->instrument_count ? &r->list.instruments[listed->first_instrument] : NULL;
    NEUME_TRY(keep(r, listed->name, &part->name));
    NEUME_TRY(keep(r, listed->short_name, &part->short_name));
    if (r->own) {
        if (instrument) part->program = instrument->program, part->channel = instrument->channel;
        return NEUME_OK;
    }
    part->program = neume__musicxml_program(instrument, listed);
    if (instrument && instrument->channel == 10) part->channel = 10;
    return NEUME_OK;
}

static neume_status start_part(reader *r, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    neume__gather_part *part;
    NEUME_TRY(add_titles(r));
    for (r->listed = 0; r->listed < (long)r->list.part_count; r->listed++)
        if (is(id, r->list.parts[r->listed].id)) break;
    if (r->listed == (long)r->list.part_count) return neume_fail(NEUME_EFORMAT, "a part is not in the part list");
    NEUME_TRY(neume__gather_add_part(&r->gather, &part));
    NEUME_TRY(describe_part(r, part));
    r->part = (int)r->gather.part_count - 1;
    r->measure = -1;
    r->divisions = 1;
    r->metre = r->gather.score->metre;
    r->bar_sign = r->last_voice = -1;
    r->attributed = false;
    r->rest_left = 0;
    r->before.count = 0;
    memset(r->wedge, 0, sizeof r->wedge);
    return NEUME_OK;
}

static neume_status end_part(reader *r, const char *text) {
    (void)text;
    end_last_measure(r);
    return NEUME_OK;
}

static neume_status start_measure(reader *r, const char **attributes) {
    (void)attributes;
    if (r->part < 0) return neume_fail(NEUME_EFORMAT, "a measure stands outside of any part");
    r->measure++;
    r->cursor = 0;
    r->in_first = r->measure == 0;
    r->barline = (neume__read_bar){0};
    return neume__gather_reach(&r->gather, r->part, r->measure, 0);
}

/* A measure in which the part says nothing is as long as its metre. */
static neume_status end_measure(reader *r, const char *text) {
    (void)text;
    neume__gather_part *part = &r->gather.parts[r->part];
    if (!r->own && !part->lengths[r->measure])
        NEUME_TRY(neume__gather_reach(&r->gather, r->part, r->measure, neume_metre_ticks(r->metre)));
    if (r->rest_left > 1 || r->rest_left < -1) { /* rests of several bars: no bar line inside */
        r->rest_left = r->rest_left > 0 ? 1 - r->rest_left : r->rest_left + 1;
        return NEUME_OK;
    }
    r->rest_left = 0;
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_BAR);
    sign.at = NEUME__GATHER_LAST;
    sign.bar = r->barline.bar;
    r->bar_silent = !r->barline.present;
    r->bar_sign = (long)part->sign_count;
    return add_sign(r, sign);
}

static neume_status start_print(reader *r, const char **attributes) {
    if (!r->own || !is(neume__xml_attribute(attributes, "new-system"), "yes")) return NEUME_OK;
    return add_sign(r, sign_here(r, NEUME_ITEM_BREAK));
}

/* --- bar lines ---------------------------------------------------------------------------------------------------- */

static neume_status start_barline(reader *r, const char **attributes) {
    const char *location = neume__xml_attribute(attributes, "location");
    r->barline = (neume__read_bar){.left = is(location, "left"), .present = true};
    return NEUME_OK;
}

static neume_status end_bar_style(reader *r, const char *text) {
    r->barline.style_said = neume__bar_style_by_name(text, &r->barline.bar.style);
    if (is(text, "heavy-heavy")) r->barline.bar.style = NEUME_BAR_FINAL;
    if (is(text, "dashed")) r->barline.bar.style = NEUME_BAR_DOTTED;
    return NEUME_OK;
}

static neume_status start_repeat(reader *r, const char **attributes) {
    if (is(neume__xml_attribute(attributes, "direction"), "forward")) {
        r->barline.bar.repeat_start = true;
        return NEUME_OK;
    }
    r->barline.bar.repeat_end = (uint8_t)(whole_number(neume__xml_attribute(attributes, "times"), 2, 200, 2) - 1);
    r->barline.plain = !neume__xml_attribute(attributes, "winged");
    return NEUME_OK;
}

static neume_status start_ending(reader *r, const char **attributes) {
    const char *number = neume__xml_attribute(attributes, "number");
    if (!is(neume__xml_attribute(attributes, "type"), "start")) return NEUME_OK;
    return keep(r, number && number[strspn(number, " ")] ? number : NULL, &r->barline.bar.ending);
}

/* Nothing but what its numbers say already, in another dress? */
static bool same_ending(const char *number, const char *text) {
    for (;;) {
        number += strspn(number, " ,.");
        text += strspn(text, " ,.");
        if (*number != *text) return false;
        if (!*number) return true;
        number++, text++;
    }
}

static neume_status end_ending(reader *r, const char *text) {
    neume_bar *bar = &r->barline.bar;
    if (!*text || !r->barline.left || (bar->ending && same_ending(bar->ending, text))) return NEUME_OK;
    return keep(r, text, &bar->ending);
}

/* "1, 2" -> "1,2" */
static neume_status tidy_ending(reader *r, const char **ending) {
    size_t count = 0;
    if (!*ending) return NEUME_OK;
    char *copy = neume_arena_alloc(r->gather.score->arena, strlen(*ending) + 1);
    if (!copy) return NEUME_ENOMEM;
    const bool numbers = strspn(*ending, "0123456789,-. ") == strlen(*ending);
    for (const char *at = *ending; *at; at++)
        if (*at != ' ' || !numbers) copy[count++] = *at;
    *ending = copy;
    return NEUME_OK;
}

/* What begins on the left belongs to the bar line before, if there is one and it is not told apart. */
static neume_status end_barline(reader *r, const char *text) {
    (void)text;
    neume__read_bar *b = &r->barline;
    if (r->part < 0) return NEUME_OK;
    if (!b->left) {
        b->bar.ending = NULL;
        b->bar.repeat_start = false;
        if (b->bar.repeat_end && b->plain && b->bar.style == NEUME_BAR_FINAL) b->bar.style = NEUME_BAR_SINGLE;
        return NEUME_OK;
    }
    neume__gather_part *part = &r->gather.parts[r->part];
    const neume_bar left = b->bar;
    const bool separate = r->own && (left.repeat_start ? !b->style_said : b->style_said);
    *b = (neume__read_bar){0};
    if (r->bar_sign >= 0 && !separate) {
        neume_bar *bar = &part->signs[r->bar_sign].bar;
        bar->repeat_start |= left.repeat_start;
        if (left.ending) bar->ending = left.ending;
        return tidy_ending(r, &bar->ending);
    }
    if (!left.repeat_start && !left.ending) return NEUME_OK;
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_BAR);
    sign.at = NEUME__GATHER_FIRST;
    sign.bar = (neume_bar){.style = left.repeat_start ? NEUME_BAR_SINGLE : NEUME_BAR_HIDDEN,
                           .repeat_start = left.repeat_start,
                           .ending = left.ending};
    NEUME_TRY(tidy_ending(r, &sign.bar.ending));
    return add_sign(r, sign);
}

/* --- attributes --------------------------------------------------------------------------------------------------- */

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
    if (!neume__xml_number(text, &value) || value < 1e-3 || value > DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "divisions must be a positive number");
    r->divisions = value;
    return NEUME_OK;
}

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
    r->fifths = whole_number(text, -21, 21, 0);
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
    if (r->key_step >= 0) r->key.alter[r->key_step] = (int8_t)whole_number(text, -2, 2, 0);
    r->own_key = r->key.own = true;
    return NEUME_OK;
}

static neume_status end_key(reader *r, const char *text) {
    (void)text;
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_KEY);
    sign.key = r->own_key                   ? r->key
               : r->mode == NEUME_MODE_NONE ? r->key
                                            : neume__key_of_fifths(r->fifths, (neume_mode)r->mode);
    neume_key *head = &r->gather.score->key;
    if (is_head(r) && r->part == 0) {
        *head = sign.key;
        return NEUME_OK;
    }
    bool same = head->tonic_step == sign.key.tonic_step && head->tonic_alter == sign.key.tonic_alter &&
                head->mode == sign.key.mode && memcmp(head->alter, sign.key.alter, sizeof head->alter) == 0;
    return is_head(r) && same ? NEUME_OK : add_sign(r, sign);
}

static neume_status start_time(reader *r, const char **attributes) {
    const char *symbol = neume__xml_attribute(attributes, "symbol");
    r->metre = (neume_metre){.sign = is(symbol, "common") ? 'C' : is(symbol, "cut") ? '|' : '\0'};
    return NEUME_OK;
}

static neume_status end_beats(reader *r, const char *text) {
    int beats = 0, number = 0;
    if (r->metre.beats) return NEUME_OK; /* 3/4 + 2/8: the first counts */
    for (const char *at = text; *at; at++) {
        if (*at >= '0' && *at <= '9' && number < 1000) number = 10 * number + (*at - '0');
        if (*at == '+') beats += number, number = 0;
    }
    beats += number;
    if (beats > 256) beats = 0;
    r->metre.beats = (int16_t)beats;
    return strchr(text, '+') ? keep(r, text, &r->metre.sum) : NEUME_OK;
}

static neume_status end_beat_type(reader *r, const char *text) {
    int unit = whole_number(text, 1, 1024, 0);
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
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_METRE);
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
    return is_head(r) && same ? NEUME_OK : add_sign(r, sign);
}

static neume_status end_staves(reader *r, const char *text) {
    if (r->part >= 0) r->gather.parts[r->part].staves = whole_number(text, 1, NEUME__GATHER_STAVES, 1);
    return NEUME_OK;
}

static neume_status start_clef(reader *r, const char **attributes) {
    r->clef_staff = whole_number(neume__xml_attribute(attributes, "number"), 1, NEUME__GATHER_STAVES, 1);
    r->clef_line = r->clef_octave = 0;
    r->clef_sign = 'G';
    return NEUME_OK;
}

static neume_status end_clef_sign(reader *r, const char *text) {
    r->clef_sign = *text;
    return NEUME_OK;
}

static neume_status end_clef_line(reader *r, const char *text) {
    r->clef_line = whole_number(text, 1, 9, 0);
    return NEUME_OK;
}

static neume_status end_clef_octave(reader *r, const char *text) {
    r->clef_octave = whole_number(text, -2, 2, 0);
    return NEUME_OK;
}

static neume_status end_clef(reader *r, const char *text) {
    (void)text;
    neume_clef clef = {NEUME_CLEF_TREBLE, (int8_t)r->clef_octave};
    if (r->clef_sign == 'F') clef.sign = NEUME_CLEF_BASS;
    if (r->clef_sign == 'C') clef.sign = r->clef_line == 4 ? NEUME_CLEF_TENOR : NEUME_CLEF_ALTO;
    if (r->clef_sign == 'p') clef.sign = NEUME_CLEF_PERCUSSION;
    if (r->clef_sign == 'n') clef.sign = NEUME_CLEF_NONE;
    if (r->part < 0) return NEUME_OK;
    neume_clef *first = &r->gather.parts[r->part].clefs[r->clef_staff - 1];
    if (is_head(r)) {
        *first = clef;
        return NEUME_OK;
    }
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_CLEF);
    sign.staff = r->clef_staff - 1;
    sign.clef = clef;
    return add_sign(r, sign);
}

static neume_status start_transpose(reader *r, const char **attributes) {
    (void)attributes;
    r->transpose_chromatic = r->transpose_octaves = 0;
    return NEUME_OK;
}

static neume_status end_chromatic(reader *r, const char *text) {
    r->transpose_chromatic = whole_number(text, -60, 60, 0);
    return NEUME_OK;
}

static neume_status end_octave_change(reader *r, const char *text) {
    r->transpose_octaves = whole_number(text, -5, 5, 0);
    return NEUME_OK;
}

/* Of a part that changes its transposition only the first is kept. */
static neume_status end_transpose(reader *r, const char *text) {
    (void)text;
    if (r->part >= 0 && is_head(r))
        r->gather.parts[r->part].transpose = r->transpose_chromatic + 12 * r->transpose_octaves;
    return NEUME_OK;
}

static neume_status end_multiple_rest(reader *r, const char *text) {
    r->rest_left = r->own ? whole_number(text, 2, NEUME__GATHER_MEASURES, 0) : 0;
    return NEUME_OK;
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static neume_status start_note(reader *r, const char **attributes) {
    r->note = (neume__read_note){.step = -1, .staff = 1, .voice = 1, .type = -1};
    r->note.hidden = is(neume__xml_attribute(attributes, "print-object"), "no");
    r->note.goes_on = neume__xml_attribute(attributes, "attack") != NULL && r->own;
    r->at.count = 0;
    return NEUME_OK;
}

static neume_status end_note(reader *r, const char *text) {
    (void)text;
    return neume__read_end_note(r);
}

static neume_status start_chord(reader *r, const char **attributes) {
    (void)attributes;
    r->note.chord = true;
    return NEUME_OK;
}

static neume_status start_grace(reader *r, const char **attributes) {
    r->note.grace = true;
    r->note.slashed = is(neume__xml_attribute(attributes, "slash"), "yes");
    return NEUME_OK;
}

static neume_status start_cue(reader *r, const char **attributes) {
    (void)attributes;
    r->note.cue = true;
    return NEUME_OK;
}

static neume_status start_rest(reader *r, const char **attributes) {
    r->note.rest = true;
    r->note.whole_measure = is(neume__xml_attribute(attributes, "measure"), "yes");
    return NEUME_OK;
}

static neume_status start_unpitched(reader *r, const char **attributes) {
    (void)attributes;
    r->note.unpitched = true;
    return NEUME_OK;
}

static neume_status start_tie(reader *r, const char **attributes) {
    r->note.tied |= is(neume__xml_attribute(attributes, "type"), "start");
    return NEUME_OK;
}

static neume_status start_instrument(reader *r, const char **attributes) {
    return keep(r, neume__xml_attribute(attributes, "id"), &r->note.instrument);
}

static neume_status end_step(reader *r, const char *text) {
    static const char letters[] = "CDEFGAB";
    const char *at = *text && !text[1] ? strchr(letters, *text) : NULL;
    if (!at) return neume_fail(NEUME_EFORMAT, "'%.16s' is no step of the scale", text);
    r->note.step = (int)(at - letters);
    return NEUME_OK;
}

static neume_status end_alter(reader *r, const char *text) {
    double alter = 0;
    if (*text && (!neume__xml_number(text, &alter) || fabs(alter) > 12))
        return neume_fail(NEUME_EFORMAT, "an alteration must be a small number");
    r->note.alter = (int)round(alter);
    return NEUME_OK;
}

static neume_status end_octave(reader *r, const char *text) {
    r->note.octave = whole_number(text, -1, 10, -2);
    return r->note.octave < -1 ? neume_fail(NEUME_EFORMAT, "'%.16s' is no octave", text) : NEUME_OK;
}

static neume_status read_duration(const char *text, double *out) {
    if (!neume__xml_number(text, out) || *out < 0 || *out > DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "a duration must be a number");
    return NEUME_OK;
}

static neume_status end_duration(reader *r, const char *text) {
    return read_duration(text, &r->note.duration);
}

/* Words that still wait when the cursor goes back belong to the last note. */
static neume_status flush_words(reader *r) {
    if (r->last_voice < 0 || !r->before.count) return NEUME_OK;
    neume__gather_voice *v = &r->gather.voices[r->last_voice];
    for (int i = 0; i < r->before.count && v->raw.item_count; i++) {
        r->before.words[i].item = (int32_t)v->raw.item_count - 1;
        NEUME_TRY(neume__gather_add_words(v, r->before.words[i]));
    }
    r->before.count = 0;
    return NEUME_OK;
}

static neume_status end_backup(reader *r, const char *text) {
    double duration;
    NEUME_TRY(read_duration(text, &duration));
    if (r->part < 0) return NEUME_OK;
    NEUME_TRY(flush_words(r));
    return neume__read_move(r, -neume__read_ticks(r, duration));
}

static neume_status end_forward(reader *r, const char *text) {
    double duration;
    NEUME_TRY(read_duration(text, &duration));
    return r->part < 0 ? NEUME_OK : neume__read_move(r, neume__read_ticks(r, duration));
}

static neume_status end_staff(reader *r, const char *text) {
    r->note.staff = whole_number(text, 1, NEUME__GATHER_STAVES, 1);
    if (r->part >= 0 && r->note.staff > r->gather.parts[r->part].staves)
        r->gather.parts[r->part].staves = r->note.staff;
    return NEUME_OK;
}

static neume_status end_voice(reader *r, const char *text) {
    r->note.voice = whole_number(text, 0, 1000000, 1);
    return NEUME_OK;
}

static neume_status end_type(reader *r, const char *text) {
    r->note.type = neume__type_by_name(text);
    return NEUME_OK;
}

static neume_status start_dot(reader *r, const char **attributes) {
    (void)attributes;
    if (r->note.dots < 4) r->note.dots++;
    return NEUME_OK;
}

static neume_status end_actual(reader *r, const char *text) {
    r->note.actual = whole_number(text, 1, 1000, 0);
    return NEUME_OK;
}

static neume_status end_normal(reader *r, const char *text) {
    r->note.normal = whole_number(text, 1, 1000, 0);
    return NEUME_OK;
}

static neume_status end_time_modification(reader *r, const char *text) {
    (void)text;
    if (!r->note.actual || !r->note.normal) r->note.actual = r->note.normal = 0;
    return NEUME_OK;
}

static neume_status end_beam(reader *r, const char *text) {
    r->note.joined |= is(text, "continue") || is(text, "end");
    return NEUME_OK;
}

static neume_status start_tuplet(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    r->note.tuplet_starts |= is(type, "start");
    r->note.tuplet_stops |= is(type, "stop");
    return NEUME_OK;
}

static neume_status start_slur(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    r->note.slurs_open += is(type, "start");
    r->note.slurs_close += is(type, "stop");
    return NEUME_OK;
}

static neume_status end_other_notation(reader *r, const char *text) {
    const char *name;
    size_t length = strlen(text);
    if (length < 3 || length > 60 || text[0] != '!' || text[length - 1] != '!' || strpbrk(text, " \"|[]"))
        return NEUME_OK;
    NEUME_TRY(neume_score_string(r->gather.score, text + 1, length - 2, &name));
    neume__read_wait(&r->at, NEUME_WORDS_MARK, 0, name);
    return NEUME_OK;
}

static neume_status start_detached_legato(reader *r, const char **attributes) {
    (void)attributes;
    neume__read_wait(&r->at, NEUME_WORDS_MARK, 0, "tenuto");
    neume__read_wait(&r->at, NEUME_WORDS_MARK, 0, "staccato");
    return NEUME_OK;
}

/* --- lyrics ------------------------------------------------------------------------------------------------------- */

/* "2", "part1verse2": the last number. */
static neume_status start_lyric(reader *r, const char **attributes) {
    const char *number = neume__xml_attribute(attributes, "number");
    size_t length = number ? strlen(number) : 0;
    while (length && number[length - 1] >= '0' && number[length - 1] <= '9') length--;
    r->verse = number ? whole_number(number + length, 1, 256, 1) - 1 : 0;
    r->lyric.size = 0;
    r->syllabic = 0;
    r->extends = false;
    return NEUME_OK;
}

static neume_status end_syllabic(reader *r, const char *text) {
    r->syllabic = is(text, "begin") || is(text, "middle");
    return NEUME_OK;
}

static neume_status end_lyric_text(reader *r, const char *text) {
    if (r->lyric.size) NEUME_TRY(neume_buffer_append(&r->lyric, " ", 1));
    return neume_buffer_append(&r->lyric, text, strlen(text));
}

static neume_status start_extend(reader *r, const char **attributes) {
    (void)attributes;
    r->extends = true;
    return NEUME_OK;
}

static neume_status end_lyric(reader *r, const char *text) {
    const char *kept;
    (void)text;
    if (!r->lyric.size) {
        if (r->extends) neume__read_wait(&r->at, NEUME_WORDS_LYRIC, r->verse, "_");
        return NEUME_OK;
    }
    if (!r->own) neume__plain_syllable(r->lyric.data);
    while (r->lyric.size && r->lyric.data[r->lyric.size - 1] == ' ') r->lyric.data[--r->lyric.size] = '\0';
    if (r->syllabic) NEUME_TRY(neume_buffer_append(&r->lyric, "-", 1));
    NEUME_TRY(neume_score_string(r->gather.score, r->lyric.data, r->lyric.size, &kept));
    neume__read_wait(&r->at, NEUME_WORDS_LYRIC, r->verse, kept);
    return NEUME_OK;
}

/* --- chord symbols ------------------------------------------------------------------------------------------------ */

static neume_status start_harmony(reader *r, const char **attributes) {
    (void)attributes;
    r->chord = (neume__read_chord){0};
    return NEUME_OK;
}

static neume_status end_root_step(reader *r, const char *text) {
    r->chord.step = (unsigned char)*text;
    return NEUME_OK;
}

static neume_status end_root_alter(reader *r, const char *text) {
    r->chord.alter = whole_number(text, -2, 2, 0);
    return NEUME_OK;
}

static neume_status end_bass_step(reader *r, const char *text) {
    r->chord.bass = (unsigned char)*text;
    return NEUME_OK;
}

static neume_status end_bass_alter(reader *r, const char *text) {
    r->chord.bass_alter = whole_number(text, -2, 2, 0);
    return NEUME_OK;
}

static neume_status start_kind(reader *r, const char **attributes) {
    const char *text = neume__xml_attribute(attributes, "text");
    r->chord.has_text = text != NULL;
    snprintf(r->chord.text, sizeof r->chord.text, "%s", text ? text : "");
    return NEUME_OK;
}

static neume_status end_kind(reader *r, const char *text) {
    snprintf(r->chord.kind, sizeof r->chord.kind, "%s", text);
    return NEUME_OK;
}

static neume_status end_degree_value(reader *r, const char *text) {
    r->chord.degree_value = whole_number(text, 1, 13, 0);
    return NEUME_OK;
}

static neume_status end_degree_alter(reader *r, const char *text) {
    r->chord.degree_alter = whole_number(text, -2, 2, 0);
    return NEUME_OK;
}

static const char *alter_sign(int alter) {
    static const char *const signs[] = {"bb", "b", "", "#", "##"};
    return signs[alter + 2];
}

static neume_status end_degree(reader *r, const char *text) {
    (void)text;
    neume__read_chord *c = &r->chord;
    size_t length = strlen(c->degree);
    if (c->degree_value)
        snprintf(c->degree + length, sizeof c->degree - length, "%s%d", alter_sign(c->degree_alter), c->degree_value);
    c->degree_value = c->degree_alter = 0;
    return NEUME_OK;
}

static neume_status end_harmony(reader *r, const char *text) {
    const neume__read_chord *c = &r->chord;
    const char *suffix = c->has_text ? c->text : neume__chord_suffix(c->kind), *kept;
    char symbol[256];
    (void)text;
    if (strcmp(c->kind, "none") == 0)
        snprintf(symbol, sizeof symbol, "%s", c->has_text ? c->text : "N.C.");
    else if (c->step < 'A' || c->step > 'G')
        return NEUME_OK;
    else {
        int length = snprintf(symbol, sizeof symbol, "%c%s%s%s", c->step, alter_sign(c->alter), suffix ? suffix : "",
                              c->has_text ? "" : c->degree);
        if (c->bass >= 'A' && c->bass <= 'G' && length > 0)
            snprintf(symbol + length, sizeof symbol - (size_t)length, "/%c%s", c->bass, alter_sign(c->bass_alter));
    }
    NEUME_TRY(keep(r, symbol, &kept));
    if (kept) neume__read_wait(&r->before, NEUME_WORDS_CHORD, 0, kept);
    return NEUME_OK;
}

/* --- directions --------------------------------------------------------------------------------------------------- */

static neume_status start_direction(reader *r, const char **attributes) {
    r->direction = (neume__read_direction){.type = -1};
    NEUME_TRY(keep(r, neume__xml_attribute(attributes, "placement"), &r->direction.placement));
    return keep(r, neume__xml_attribute(attributes, "directive"), &r->direction.directive);
}

static neume_status start_words(reader *r, const char **attributes) {
    return keep(r, neume__xml_attribute(attributes, "justify"), &r->direction.justify);
}

static neume_status end_words(reader *r, const char *text) {
    if (!*text) return NEUME_OK;
    if (!r->direction.words) return keep(r, text, &r->direction.words);
    neume_buffer both = {0};
    neume_status status = neume_buffer_print(&both, "%s ", r->direction.words);
    if (!status) status = neume_buffer_append(&both, text, strlen(text));
    if (!status) status = keep(r, both.data, &r->direction.words);
    neume_buffer_clear(&both);
    return status;
}

static void count_beat(neume__read_direction *d) {
    if (d->type >= 0 && !d->metronome_done) d->tempo.beat += neume__type_ticks(d->type, d->dots);
    d->type = -1;
    d->dots = 0;
}

static neume_status end_beat_unit(reader *r, const char *text) {
    count_beat(&r->direction);
    r->direction.type = neume__type_by_name(text);
    return NEUME_OK;
}

static neume_status start_beat_dot(reader *r, const char **attributes) {
    (void)attributes;
    if (r->direction.dots < 4) r->direction.dots++;
    return NEUME_OK;
}

/* "120", "c. 120", "116-120": the first number. */
static neume_status end_per_minute(reader *r, const char *text) {
    char digits[24];
    text += strcspn(text, "0123456789");
    size_t size = strspn(text, "0123456789.");
    count_beat(&r->direction);
    r->direction.metronome_done = true;
    if (!size || size >= sizeof digits) return NEUME_OK;
    memcpy(digits, text, size);
    digits[size] = 0;
    if (!neume__xml_number(digits, &r->direction.tempo.per_minute)) r->direction.tempo.per_minute = 0;
    return NEUME_OK;
}

static neume_status start_sound(reader *r, const char **attributes) {
    if (!neume__xml_number(neume__xml_attribute(attributes, "tempo"), &r->direction.sound_bpm))
        r->direction.sound_bpm = 0;
    return NEUME_OK;
}

static neume_status add_text_sign(reader *r, neume_item_kind kind, const char *text) {
    neume__gather_sign sign = sign_here(r, kind);
    NEUME_TRY(keep(r, text, &sign.text));
    return sign.text ? add_sign(r, sign) : NEUME_OK;
}

static neume_status end_rehearsal(reader *r, const char *text) {
    r->in_first = false;
    return add_text_sign(r, NEUME_ITEM_LABEL, text);
}

static neume_status end_other_direction(reader *r, const char *text) {
    r->in_first = false;
    return r->own && strncmp(text, "I:", 2) == 0 ? add_text_sign(r, NEUME_ITEM_DIRECTIVE, text + 2) : NEUME_OK;
}

static neume_status start_wedge(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    char *open = &r->wedge[whole_number(neume__xml_attribute(attributes, "number"), 1, 16, 1)];
    const char *mark = is(type, "crescendo")    ? "crescendo("
                       : is(type, "diminuendo") ? "diminuendo("
                       : !is(type, "stop")      ? NULL
                       : *open == '<'           ? "crescendo)"
                       : *open == '>'           ? "diminuendo)"
                                                : NULL;
    if (!mark) return NEUME_OK;
    *open = is(type, "crescendo") ? '<' : is(type, "diminuendo") ? '>' : '\0';
    neume__read_wait(&r->before, NEUME_WORDS_MARK, 0, mark);
    return NEUME_OK;
}

static bool is_tempo(const neume_tempo *tempo) {
    return tempo->beat > 0 && tempo->per_minute >= 1 && tempo->per_minute <= 10000;
}

static neume_status add_tempo(reader *r, neume_tempo tempo, bool item) {
    neume_tempo *head = &r->gather.score->tempo;
    if (!item && r->part == 0 && r->measure == 0 && r->cursor == 0 && !head->beat && !head->text) {
        *head = tempo;
        return NEUME_OK;
    }
    if (r->part > 0 && !r->own) return NEUME_OK; /* other programs repeat the first part's */
    neume__gather_sign sign = sign_here(r, NEUME_ITEM_TEMPO);
    sign.tempo = tempo;
    return add_sign(r, sign);
}

static neume_status add_annotation(reader *r) {
    const neume__read_direction *d = &r->direction;
    char place = is(d->placement, "below") ? '_' : is(d->placement, "above") ? '^' : '\0';
    if (!place && r->own) place = is(d->justify, "right") ? '<' : is(d->justify, "left") ? '>' : '@';
    size_t length = strlen(d->words);
    char *text = neume_arena_alloc(r->gather.score->arena, length + 2);
    if (!text) return NEUME_ENOMEM;
    text[0] = place ? place : '^';
    memcpy(text + 1, d->words, length);
    neume__read_wait(&r->before, NEUME_WORDS_ANNOTATION, 0, text);
    return NEUME_OK;
}

static neume_status end_direction(reader *r, const char *text) {
    (void)text;
    neume__read_direction *d = &r->direction;
    if (r->part < 0) return NEUME_OK;
    neume_tempo tempo = d->tempo;
    const double quarter = (double)(NEUME_WHOLE / 4);
    if (!is_tempo(&tempo)) tempo = (neume_tempo){0};
    if (!tempo.beat && d->sound_bpm > 0) tempo = (neume_tempo){NEUME_WHOLE / 4, d->sound_bpm, NULL};
    double bpm = tempo.per_minute * (double)tempo.beat / quarter;
    if (d->sound_bpm > 0 && fabs(bpm - d->sound_bpm) > 1e-6 * bpm) /* what sounds counts */
        tempo.per_minute = d->sound_bpm * quarter / (double)(tempo.beat ? tempo.beat : 1);
    if (!is_tempo(&tempo)) tempo = (neume_tempo){0};
    if (tempo.beat || (d->directive && d->words)) {
        tempo.text = d->words;
        return add_tempo(r, tempo, is(d->directive, "no"));
    }
    return d->words ? add_annotation(r) : NEUME_OK;
}

static neume_status start_measure_sound(reader *r, const char **attributes) {
    r->direction = (neume__read_direction){.type = -1};
    NEUME_TRY(start_sound(r, attributes));
    return end_direction(r, NULL);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

typedef struct element_row {
    const char *name, *parent;
    neume_status (*start)(reader *r, const char **attributes);
    neume_status (*end)(reader *r, const char *text);
} element_row;

static const element_row elements[] = {
    /* sorted by name (strcmp): find_row() searches by halves */
    {"actual-notes", "time-modification", NULL, end_actual},
    {"alter", "pitch", NULL, end_alter},
    {"attributes", "measure", NULL, end_attributes},
    {"bar-style", "barline", NULL, end_bar_style},
    {"barline", "measure", start_barline, end_barline},
    {"bass-alter", "bass", NULL, end_bass_alter},
    {"bass-step", "bass", NULL, end_bass_step},
    {"beam", "note", NULL, end_beam},
    {"beat-type", "time", NULL, end_beat_type},
    {"beat-unit", "beat-unit-tied", NULL, end_beat_unit},
    {"beat-unit", "metronome", NULL, end_beat_unit},
    {"beat-unit-dot", "beat-unit-tied", start_beat_dot, NULL},
    {"beat-unit-dot", "metronome", start_beat_dot, NULL},
    {"beats", "time", NULL, end_beats},
    {"chord", "note", start_chord, NULL},
    {"chromatic", "transpose", NULL, end_chromatic},
    {"clef", "attributes", start_clef, end_clef},
    {"clef-octave-change", "clef", NULL, end_clef_octave},
    {"creator", "identification", start_creator, end_creator},
    {"cue", "note", start_cue, NULL},
    {"degree", "harmony", NULL, end_degree},
    {"degree-alter", "degree", NULL, end_degree_alter},
    {"degree-value", "degree", NULL, end_degree_value},
    {"detached-legato", "articulations", start_detached_legato, NULL},
    {"direction", "measure", start_direction, end_direction},
    {"display-octave", "unpitched", NULL, end_octave},
    {"display-step", "unpitched", NULL, end_step},
    {"divisions", "attributes", NULL, end_divisions},
    {"dot", "note", start_dot, NULL},
    {"duration", "backup", NULL, end_backup},
    {"duration", "forward", NULL, end_forward},
    {"duration", "note", NULL, end_duration},
    {"ending", "barline", start_ending, end_ending},
    {"extend", "lyric", start_extend, NULL},
    {"fifths", "key", NULL, end_fifths},
    {"grace", "note", start_grace, NULL},
    {"harmony", "measure", start_harmony, end_harmony},
    {"instrument", "note", start_instrument, NULL},
    {"key", "attributes", start_key, end_key},
    {"key-alter", "key", NULL, end_key_alter},
    {"key-step", "key", NULL, end_key_step},
    {"kind", "harmony", start_kind, end_kind},
    {"line", "clef", NULL, end_clef_line},
    {"lyric", "note", start_lyric, end_lyric},
    {"measure", "part", start_measure, end_measure},
    {"miscellaneous-field", "miscellaneous", start_field, end_field},
    {"mode", "key", NULL, end_mode},
    {"movement-title", "score-partwise", NULL, end_movement},
    {"multiple-rest", "measure-style", NULL, end_multiple_rest},
    {"normal-notes", "time-modification", NULL, end_normal},
    {"note", "measure", start_note, end_note},
    {"octave", "pitch", NULL, end_octave},
    {"octave-change", "transpose", NULL, end_octave_change},
    {"other-direction", "direction-type", NULL, end_other_direction},
    {"other-notation", "notations", NULL, end_other_notation},
    {"part", "score-partwise", start_part, end_part},
    {"per-minute", "metronome", NULL, end_per_minute},
    {"print", "measure", start_print, NULL},
    {"rehearsal", "direction-type", NULL, end_rehearsal},
    {"repeat", "barline", start_repeat, NULL},
    {"rest", "note", start_rest, NULL},
    {"root-alter", "root", NULL, end_root_alter},
    {"root-step", "root", NULL, end_root_step},
    {"sign", "clef", NULL, end_clef_sign},
    {"slur", "notations", start_slur, NULL},
    {"software", "encoding", NULL, end_software},
    {"sound", "direction", start_sound, NULL},
    {"sound", "measure", start_measure_sound, NULL},
    {"staff", "note", NULL, end_staff},
    {"staves", "attributes", NULL, end_staves},
    {"step", "pitch", NULL, end_step},
    {"syllabic", "lyric", NULL, end_syllabic},
    {"text", "lyric", NULL, end_lyric_text},
    {"tie", "note", start_tie, NULL},
    {"time", "attributes", start_time, end_time},
    {"time-modification", "note", NULL, end_time_modification},
    {"transpose", "attributes", start_transpose, end_transpose},
    {"tuplet", "notations", start_tuplet, NULL},
    {"type", "note", NULL, end_type},
    {"unpitched", "note", start_unpitched, NULL},
    {"voice", "note", NULL, end_voice},
    {"wedge", "direction-type", start_wedge, NULL},
    {"words", "direction-type", start_words, end_words},
    {"work-title", "work", NULL, end_title},
};
enum { ELEMENTS = sizeof elements / sizeof *elements };

static const element_row *find_row(const char *name, const char *parent) {
    size_t low = 0, high = ELEMENTS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(elements[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < ELEMENTS && !strcmp(elements[low].name, name); low++)
        if (!strcmp(elements[low].parent, parent)) return &elements[low];
    return NULL;
}

/* Marks come by their own table. */
static void read_mark(reader *r, const char *name, const char *parent, const char **attributes) {
    const neume__mark *mark = neume__mark_by_element(name, parent);
    if (!mark) return;
    bool before = strcmp(parent, "direction-type") == 0;
    const char *text = mark->name;
    if (strcmp(name, "fermata") == 0 && is(neume__xml_attribute(attributes, "type"), "inverted") && !r->own)
        text = "invertedfermata";
    neume__read_wait(before ? &r->before : &r->at, NEUME_WORDS_MARK, 0, text);
}

static bool holds_marks(const char *parent) {
    return strcmp(parent, "articulations") == 0 || strcmp(parent, "ornaments") == 0 ||
           strcmp(parent, "technical") == 0 || strcmp(parent, "notations") == 0 ||
           strcmp(parent, "direction-type") == 0;
}

static neume_status start_element(void *context, const char *name, const char *parent, const char **attributes) {
    reader *r = context;
    if (r->part < 0 && strcmp(name, "part") != 0) NEUME_TRY(neume__musicxml_start(&r->list, name, parent, attributes));
    if (strcmp(parent, "dynamics") == 0) {
        const neume__mark *mark = neume__mark_by_element(name, "dynamics");
        if (mark) neume__read_wait(r->in_dynamics ? &r->at : &r->before, NEUME_WORDS_MARK, 0, mark->name);
        return NEUME_OK;
    }
    if (strcmp(name, "dynamics") == 0) r->in_dynamics = strcmp(parent, "notations") == 0;
    if (holds_marks(parent)) read_mark(r, name, parent, attributes);
    const element_row *row = find_row(name, parent);
    return row && row->start ? row->start(r, attributes) : NEUME_OK;
}

static neume_status end_element(void *context, const char *name, const char *parent, const char *text) {
    reader *r = context;
    if (r->part < 0) NEUME_TRY(neume__musicxml_end(&r->list, name, parent, text));
    const element_row *row = find_row(name, parent);
    return row && row->end ? row->end(r, text) : NEUME_OK;
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static void reader_free(reader *r) {
    if (!r) return;
    neume__gather_clear(&r->gather);
    neume_arena_free(r->list.names);
    neume__free(r->list.parts);
    neume__free(r->list.instruments);
    neume__written_clear(&r->list.written);
    neume__free(r->list.marks);
    neume__free((void *)r->ids);
    neume_buffer_clear(&r->lyric);
    neume__free(r);
}

neume_status neume_musicxml_read(const void *bytes, size_t count, neume_score **out) {
    neume_status status;
    neume__xml *xml = NULL;
    reader *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    r->part = -1;
    r->list.part = r->list.instrument = -1;
    r->list.divisions = r->divisions = 1;
    NEUME_GO(neume__gather_begin(&r->gather));
    NEUME_GO(neume_arena_new(&r->list.names));
    NEUME_GO(neume__xml_new((neume__xml_handler){r, start_element, end_element}, &xml));
    NEUME_GO(neume__musicxml_feed(bytes, count, xml));
    NEUME_GO(add_titles(r));
    NEUME_GO(neume__gather_finish(&r->gather, r->ids, r->id_count, out));
fail:
    neume__xml_free(xml);
    reader_free(r);
    return status;
}
