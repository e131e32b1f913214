/* What stands before the music of a MusicXML score: titles, the words of neume's own writer, the list of parts and
 * instruments. */
#include "musicxml_read.h"

#include <stdio.h>
#include <string.h>

enum { PARTS_LIMIT = 4096, INSTRUMENTS_LIMIT = 256 };

typedef neume__reader reader;

/* --- titles ------------------------------------------------------------------------------------------------------- */

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
    if (neume__read_is(r->field, "layout"))
        return neume_score_string(r->gather.score, text, strlen(text), &r->gather.score->layout);
    if (!neume__read_is(r->field, "voice")) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&r->ids, &r->id_capacity, r->id_count + 1, sizeof *r->ids));
    NEUME_TRY(neume_score_string(r->gather.score, text, strlen(text), &r->ids[r->id_count]));
    r->id_count++;
    return NEUME_OK;
}

static neume_status end_title(reader *r, const char *text) {
    return neume__read_keep(r, text, &r->title);
}

static neume_status end_movement(reader *r, const char *text) {
    return neume__read_keep(r, text, &r->movement);
}

static neume_status start_creator(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    snprintf(r->field, sizeof r->field, "%s", type ? type : "");
    return NEUME_OK;
}

static neume_status end_creator(reader *r, const char *text) {
    const bool lyricist = neume__read_is(r->field, "lyricist");
    const char *name;
    neume_buffer line = {0};
    if (!lyricist && !neume__read_is(r->field, "composer")) return NEUME_OK;
    NEUME_TRY(neume__read_keep(r, text, &name));
    if (!name) return NEUME_OK;
    neume_status status = neume_buffer_print(&line, "%s%s", lyricist ? "Words: " : "", name);
    if (!status) status = neume_score_add_field(r->gather.score, 'C', line.data, line.size);
    neume_buffer_clear(&line);
    return status;
}

neume_status neume__read_add_titles(reader *r) {
    neume_score *score = r->gather.score;
    if (r->own || r->part >= 0) return NEUME_OK;
    size_t count = score->field_count;
    if (r->title) NEUME_TRY(neume_score_add_field(score, 'T', r->title, strlen(r->title)));
    if (r->movement && !neume__read_is(r->title, r->movement))
        NEUME_TRY(neume_score_add_field(score, 'T', r->movement, strlen(r->movement)));
    for (size_t i = count; i < score->field_count; i++) { /* titles first */
        neume_score_field title = score->fields[i];
        memmove(&score->fields[i - count + 1], &score->fields[i - count], count * sizeof title);
        score->fields[i - count] = title;
    }
    return NEUME_OK;
}

/* --- part list ---------------------------------------------------------------------------------------------------- */

static neume_status copy_name(reader *r, const char *text, const char **out) {
    size_t size = strlen(text);
    char *copy = neume_arena_alloc(r->list.names, size + 1);
    if (!copy) return NEUME_ENOMEM;
    memcpy(copy, text, size);
    *out = copy;
    return NEUME_OK;
}

static neume_status start_score_part(reader *r, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    if (r->list.part_count >= PARTS_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d parts", PARTS_LIMIT);
    NEUME_TRY(
        neume__grow((void **)&r->list.parts, &r->list.part_capacity, r->list.part_count + 1, sizeof *r->list.parts));
    neume__musicxml_part *part = &r->list.parts[r->list.part_count];
    *part = (neume__musicxml_part){.first_instrument = r->list.instrument_count};
    NEUME_TRY(copy_name(r, id ? id : "", &part->id));
    r->list.part_count++;
    return NEUME_OK;
}

static neume_status end_part_name(reader *r, const char *text) {
    return r->list.part_count ? copy_name(r, text, &r->list.parts[r->list.part_count - 1].name) : NEUME_OK;
}

static neume_status end_part_abbreviation(reader *r, const char *text) {
    return r->list.part_count ? copy_name(r, text, &r->list.parts[r->list.part_count - 1].short_name) : NEUME_OK;
}

static neume_status start_score_instrument(reader *r, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    if (!r->list.part_count) return NEUME_OK;
    neume__musicxml_part *part = &r->list.parts[r->list.part_count - 1];
    if (part->instrument_count >= INSTRUMENTS_LIMIT)
        return neume_fail(NEUME_ELIMIT, "a part has more than %d instruments", INSTRUMENTS_LIMIT);
    NEUME_TRY(neume__grow((void **)&r->list.instruments, &r->list.instrument_capacity, r->list.instrument_count + 1,
                          sizeof *r->list.instruments));
    neume__musicxml_instrument *instrument = &r->list.instruments[r->list.instrument_count];
    *instrument = (neume__musicxml_instrument){.program = -1, .channel = -1, .drum_key = -1};
    NEUME_TRY(copy_name(r, id ? id : "", &instrument->id));
    r->list.instrument_count++;
    part->instrument_count++;
    return NEUME_OK;
}

static neume_status end_instrument_name(reader *r, const char *text) {
    if (!r->list.part_count || !r->list.parts[r->list.part_count - 1].instrument_count) return NEUME_OK;
    return copy_name(r, text, &r->list.instruments[r->list.instrument_count - 1].name);
}

static neume_status end_instrument_sound(reader *r, const char *text) {
    if (r->list.part_count && r->list.parts[r->list.part_count - 1].instrument_count)
        r->list.instruments[r->list.instrument_count - 1].voice = !strncmp(text, "voice.", 6);
    return NEUME_OK;
}

/* The instrument of the part being read or listed that has this id, -1 when there is none. */
static long listed_instrument(const reader *r, const char *id) {
    if (!id || !r->list.part_count) return -1;
    const neume__musicxml_part *part = &r->list.parts[r->part >= 0 ? (size_t)r->listed : r->list.part_count - 1];
    for (size_t i = 0; i < part->instrument_count; i++)
        if (!strcmp(r->list.instruments[part->first_instrument + i].id, id)) return (long)(part->first_instrument + i);
    return -1;
}

static neume_status start_midi_instrument(reader *r, const char **attributes) {
    r->list.instrument = listed_instrument(r, neume__xml_attribute(attributes, "id"));
    return NEUME_OK;
}

static neume_status end_midi_channel(reader *r, const char *text) {
    if (r->list.instrument >= 0) r->list.instruments[r->list.instrument].channel = neume__read_number(text, 1, 16, -1);
    return NEUME_OK;
}

/* <midi-program> and <midi-unpitched> count from 1. */
static neume_status end_midi_program(reader *r, const char *text) {
    int number = neume__read_number(text, 1, 128, 0);
    if (r->list.instrument >= 0 && number) r->list.instruments[r->list.instrument].program = number - 1;
    return NEUME_OK;
}

static neume_status end_midi_unpitched(reader *r, const char *text) {
    int number = neume__read_number(text, 1, 128, 0);
    if (r->list.instrument >= 0 && number) r->list.instruments[r->list.instrument].drum_key = number - 1;
    return NEUME_OK;
}

/* --- the elements ----------------------------------------------------------------------------------------------------- */

const neume__read_row neume__read_head_rows[] = {
    {"creator", "identification", start_creator, end_creator},
    {"instrument-name", "score-instrument", NULL, end_instrument_name},
    {"instrument-sound", "score-instrument", NULL, end_instrument_sound},
    {"midi-channel", "midi-instrument", NULL, end_midi_channel},
    {"midi-instrument", "score-part", start_midi_instrument, NULL},
    {"midi-instrument", "sound", start_midi_instrument, NULL},
    {"midi-program", "midi-instrument", NULL, end_midi_program},
    {"midi-unpitched", "midi-instrument", NULL, end_midi_unpitched},
    {"miscellaneous-field", "miscellaneous", start_field, end_field},
    {"movement-title", "score-partwise", NULL, end_movement},
    {"part-abbreviation", "score-part", NULL, end_part_abbreviation},
    {"part-name", "score-part", NULL, end_part_name},
    {"score-instrument", "score-part", start_score_instrument, NULL},
    {"score-part", "part-list", start_score_part, NULL},
    {"software", "encoding", NULL, end_software},
    {"work-title", "work", NULL, end_title},
    {0},
};
