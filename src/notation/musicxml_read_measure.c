/* The frame of a MusicXML score: parts, measures, bar lines with their repeats and endings, the cursor's steps. */
#include "musicxml_read.h"

#include <string.h>

typedef neume__reader reader;

/* --- parts -------------------------------------------------------------------------------------------------------- */

/* A last measure without a word on its bar line has none. */
static void end_last_measure(reader *r) {
    if (r->part < 0 || r->bar_sign < 0 || !r->bar_silent) return;
    neume__gather_part *part = &r->gather.parts[r->part];
    if ((size_t)r->bar_sign == part->sign_count - 1) part->sign_count--;
}

static neume_status describe_part(reader *r, neume__gather_part *part) {
    const neume__musicxml_part *listed = &r->list.parts[r->listed];
    const neume__musicxml_instrument *instrument =
        listed->instrument_count ? &r->list.instruments[listed->first_instrument] : NULL;
    NEUME_TRY(neume__read_keep(r, listed->name, &part->name));
    NEUME_TRY(neume__read_keep(r, listed->short_name, &part->short_name));
    if (r->own) {
        if (instrument) part->program = instrument->program, part->channel = instrument->channel;
        return NEUME_OK;
    }
    part->program = neume__musicxml_program(instrument, listed);
    if (part->program == NEUME_PROGRAM_DRUMS) part->program = -1, part->channel = 10; /* "Percussion" */
    if (instrument && instrument->channel == 10) part->channel = 10;
    r->program = part->channel == 10 ? NEUME_PROGRAM_DRUMS : part->program;
    return NEUME_OK;
}

static neume_status start_part(reader *r, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    neume__gather_part *part;
    NEUME_TRY(neume__read_add_titles(r));
    for (r->listed = 0; r->listed < (long)r->list.part_count; r->listed++)
        if (neume__read_is(id, r->list.parts[r->listed].id)) break;
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
    r->before.count = r->pitched = r->unpitched = 0;
    r->ending_open = false;
    r->lack = (neume__lack){0};
    r->transposed = r->first_transposed = (neume__read_shift){0, 0};
    memset(r->wedge, 0, sizeof r->wedge);
    return NEUME_OK;
}

static neume_status end_part(reader *r, const char *text) {
    (void)text;
    end_last_measure(r);
    for (int i = 0; i < r->before.count; i++) r->before.words[i].staff = 0;
    return neume__read_flush_words(r);
}

/* --- measures ----------------------------------------------------------------------------------------------------- */

static neume_status start_measure(reader *r, const char **attributes) {
    if (r->part < 0) return neume_fail(NEUME_EFORMAT, "a measure stands outside of any part");
    r->measure++;
    r->cursor = 0;
    r->cue_at = -1;
    r->in_first = r->measure == 0;
    r->implicit = neume__read_is(neume__xml_attribute(attributes, "implicit"), "yes");
    r->gather.place = (neume__place){.part = r->part + 1, .measure = r->measure + 1};
    r->barline = (neume__read_bar){0};
    return neume__gather_reach(&r->gather, r->part, r->measure, 0);
}

/* Is the measure as long as it should be, and are its staves as long as it? A second voice may rest unsaid. */
static void judge_measure(reader *r) {
    neume__gather *g = &r->gather;
    int64_t ends[NEUME__GATHER_STAVES] = {0};
    const int64_t ticks = g->parts[r->part].lengths[r->measure];
    neume__judge_measure(&g->faults, &r->lack, g->place, ticks, r->implicit ? 0 : neume_metre_ticks(r->metre));
    for (size_t i = 0; i < g->voice_count; i++) {
        const neume__gather_voice *v = &g->voices[i];
        if (v->part == r->part && v->measure == r->measure && v->raw.item_count && v->end > ends[v->staff])
            ends[v->staff] = v->end;
    }
    for (int staff = 0; staff < NEUME__GATHER_STAVES; staff++)
        if (ends[staff] && ends[staff] < ticks)
            neume__read_fault(r, "all voices of a staff end before their measure: they are silent there");
}

/* A measure in which the part says nothing is as long as its metre. */
static neume_status end_measure(reader *r, const char *text) {
    (void)text;
    neume__gather_part *part = &r->gather.parts[r->part];
    if (!r->own && !part->lengths[r->measure])
        NEUME_TRY(neume__gather_reach(&r->gather, r->part, r->measure, neume_metre_ticks(r->metre)));
    if (!r->own) judge_measure(r);
    for (int i = 0; i < r->before.count; i++) r->before.words[i].at = 0; /* for the next measure's notes */
    if (r->rest_left > 1 || r->rest_left < -1) {                         /* rests of several bars: no bar line inside */
        r->rest_left = r->rest_left > 0 ? 1 - r->rest_left : r->rest_left + 1;
        return NEUME_OK;
    }
    r->rest_left = 0;
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_BAR);
    sign.at = NEUME__GATHER_LAST;
    sign.bar = r->barline.bar;
    r->bar_silent = !r->barline.present;
    r->bar_sign = (long)part->sign_count;
    return neume__read_add_sign(r, sign);
}

static neume_status start_print(reader *r, const char **attributes) {
    if (!r->own || !neume__read_is(neume__xml_attribute(attributes, "new-system"), "yes")) return NEUME_OK;
    return neume__read_add_sign(r, neume__read_sign_here(r, NEUME_ITEM_BREAK));
}

static neume_status end_backup(reader *r, const char *text) {
    double duration;
    NEUME_TRY(neume__read_duration(text, &duration));
    if (r->part < 0) return NEUME_OK;
    NEUME_TRY(neume__read_flush_words(r));
    return neume__read_move(r, -neume__read_ticks(r, duration));
}

static neume_status end_forward(reader *r, const char *text) {
    double duration;
    NEUME_TRY(neume__read_duration(text, &duration));
    return r->part < 0 ? NEUME_OK : neume__read_move(r, neume__read_ticks(r, duration));
}

/* --- bar lines ---------------------------------------------------------------------------------------------------- */

static neume_status start_barline(reader *r, const char **attributes) {
    const char *location = neume__xml_attribute(attributes, "location");
    r->barline = (neume__read_bar){.left = neume__read_is(location, "left"), .present = true};
    return NEUME_OK;
}

static neume_status end_bar_style(reader *r, const char *text) {
    r->barline.style_said = neume__bar_style_by_name(text, &r->barline.bar.style);
    if (neume__read_is(text, "heavy-heavy")) r->barline.bar.style = NEUME_BAR_FINAL;
    if (neume__read_is(text, "dashed")) r->barline.bar.style = NEUME_BAR_DOTTED;
    return NEUME_OK;
}

static neume_status start_repeat(reader *r, const char **attributes) {
    if (neume__read_is(neume__xml_attribute(attributes, "direction"), "forward")) {
        r->barline.bar.repeat_start = true;
        return NEUME_OK;
    }
    r->barline.bar.repeat_end = (uint8_t)(neume__read_number(neume__xml_attribute(attributes, "times"), 2, 200, 2) - 1);
    r->barline.plain = !neume__xml_attribute(attributes, "winged");
    return NEUME_OK;
}

static neume_status start_ending(reader *r, const char **attributes) {
    const char *number = neume__xml_attribute(attributes, "number");
    const bool starts = neume__read_is(neume__xml_attribute(attributes, "type"), "start");
    if (starts && r->ending_open) neume__read_fault(r, "an ending begins inside another");
    if (!starts && !r->ending_open) neume__read_fault(r, "an ending that has no start is left out");
    r->ending_open = starts;
    if (!starts) return NEUME_OK;
    return neume__read_keep(r, number && number[strspn(number, " ")] ? number : NULL, &r->barline.bar.ending);
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
    return neume__read_keep(r, text, &bar->ending);
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
    while (count && copy[count - 1] == '.' && numbers && !r->own) copy[--count] = '\0'; /* "1." */
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
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_BAR);
    sign.at = NEUME__GATHER_FIRST;
    sign.bar = (neume_bar){.style = left.repeat_start ? NEUME_BAR_SINGLE : NEUME_BAR_HIDDEN,
                           .repeat_start = left.repeat_start,
                           .ending = left.ending};
    NEUME_TRY(tidy_ending(r, &sign.bar.ending));
    return neume__read_add_sign(r, sign);
}

/* --- the elements ----------------------------------------------------------------------------------------------------- */

const neume__read_row neume__read_measure_rows[] = {
    {"bar-style", "barline", NULL, end_bar_style},    {"barline", "measure", start_barline, end_barline},
    {"duration", "backup", NULL, end_backup},         {"duration", "forward", NULL, end_forward},
    {"ending", "barline", start_ending, end_ending},  {"measure", "part", start_measure, end_measure},
    {"part", "score-partwise", start_part, end_part}, {"print", "measure", start_print, NULL},
    {"repeat", "barline", start_repeat, NULL},        {0},
};
