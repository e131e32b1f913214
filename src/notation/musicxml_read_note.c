/* What a MusicXML <note> says of itself, gathered until it ends. */
#include "musicxml_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef neume__reader reader;

static neume_status start_note(reader *r, const char **attributes) {
    r->note = (neume__read_note){.step = -1, .staff = 1, .voice = 1, .type = -1};
    r->note.hidden = neume__read_is(neume__xml_attribute(attributes, "print-object"), "no");
    double percent; /* of velocity 90 */
    if (neume__xml_number(neume__xml_attribute(attributes, "dynamics"), &percent) && percent > 0 && percent < 1000)
        r->note.velocity = (int)fmax(1, fmin(127, round(percent * 0.9)));
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
    r->note.slashed = neume__read_is(neume__xml_attribute(attributes, "slash"), "yes");
    return NEUME_OK;
}

static neume_status start_cue(reader *r, const char **attributes) {
    (void)attributes;
    r->note.cue = true;
    return NEUME_OK;
}

static neume_status start_rest(reader *r, const char **attributes) {
    r->note.rest = true;
    r->note.whole_measure = neume__read_is(neume__xml_attribute(attributes, "measure"), "yes");
    return NEUME_OK;
}

static neume_status start_unpitched(reader *r, const char **attributes) {
    (void)attributes;
    r->note.unpitched = true;
    return NEUME_OK;
}

static neume_status start_tie(reader *r, const char **attributes) {
    r->note.tied |= neume__read_is(neume__xml_attribute(attributes, "type"), "start");
    return NEUME_OK;
}

static neume_status start_instrument(reader *r, const char **attributes) {
    return neume__read_keep(r, neume__xml_attribute(attributes, "id"), &r->note.instrument);
}

/* --- pitch and value ---------------------------------------------------------------------------------------------- */

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
    if (alter != round(alter)) neume__read_fault(r, "microtones are rounded to semitones");
    return NEUME_OK;
}

static neume_status end_octave(reader *r, const char *text) {
    r->note.octave = neume__read_number(text, -1, 10, -2);
    return r->note.octave < -1 ? neume_fail(NEUME_EFORMAT, "'%.16s' is no octave", text) : NEUME_OK;
}

neume_status neume__read_duration(const char *text, double *out) {
    if (!neume__xml_number(text, out) || *out < 0 || *out > NEUME__READ_DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "a duration must be a number");
    return NEUME_OK;
}

static neume_status end_duration(reader *r, const char *text) {
    return neume__read_duration(text, &r->note.duration);
}

static neume_status end_staff(reader *r, const char *text) {
    r->note.staff = neume__read_number(text, 1, NEUME__GATHER_STAVES, 1);
    if (r->part >= 0 && r->note.staff > r->gather.parts[r->part].staves)
        r->gather.parts[r->part].staves = r->note.staff;
    return NEUME_OK;
}

static neume_status end_voice(reader *r, const char *text) {
    r->note.voice = neume__read_number(text, 0, 1000000, 1);
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
    r->note.actual = neume__read_number(text, 1, 1000, 0);
    return NEUME_OK;
}

static neume_status end_normal(reader *r, const char *text) {
    r->note.normal = neume__read_number(text, 1, 1000, 0);
    return NEUME_OK;
}

static neume_status end_time_modification(reader *r, const char *text) {
    (void)text;
    if (!r->note.actual || !r->note.normal) r->note.actual = r->note.normal = 0;
    return NEUME_OK;
}

/* --- notations ---------------------------------------------------------------------------------------------------- */

static neume_status end_beam(reader *r, const char *text) {
    r->note.joined |= neume__read_is(text, "continue") || neume__read_is(text, "end");
    return NEUME_OK;
}

static neume_status start_tuplet(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    r->note.tuplet_starts |= neume__read_is(type, "start");
    r->note.tuplet_stops |= neume__read_is(type, "stop");
    return NEUME_OK;
}

static neume_status start_slur(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    r->note.slurs_open += neume__read_is(type, "start");
    r->note.slurs_close += neume__read_is(type, "stop");
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

/* Fingers are marks by their number, as in ABC. */
static neume_status end_fingering(reader *r, const char *text) {
    static const char *const fingers[] = {"0", "1", "2", "3", "4", "5"};
    int finger = neume__read_number(text, 0, 5, -1);
    if (finger < 0) neume__read_fault(r, "<fingering> of several fingers is left out");
    if (finger >= 0) neume__read_wait(&r->at, NEUME_WORDS_MARK, 0, fingers[finger]);
    return NEUME_OK;
}

static neume_status start_wavy_line(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    if (neume__read_is(type, "start")) neume__read_wait(&r->at, NEUME_WORDS_MARK, 0, "trill(");
    if (neume__read_is(type, "stop")) neume__read_wait(&r->at, NEUME_WORDS_MARK, 0, "trill)");
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
    r->verse = number ? neume__read_number(number + length, 1, 256, 1) - 1 : 0;
    r->lyric.size = 0;
    r->syllabic = 0;
    r->extends = false;
    return NEUME_OK;
}

static neume_status end_syllabic(reader *r, const char *text) {
    r->syllabic = neume__read_is(text, "begin") || neume__read_is(text, "middle");
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
    bool hyphen = false;
    (void)text;
    if (!r->own && r->lyric.size) r->lyric.size = neume__plain_syllable(r->lyric.data, &hyphen);
    if (!r->lyric.size) {
        if (r->extends) neume__read_wait(&r->at, NEUME_WORDS_LYRIC, r->verse, "_");
        return NEUME_OK;
    }
    if (r->syllabic || hyphen) NEUME_TRY(neume_buffer_append(&r->lyric, "-", 1));
    NEUME_TRY(neume_score_string(r->gather.score, r->lyric.data, r->lyric.size, &kept));
    neume__read_wait(&r->at, NEUME_WORDS_LYRIC, r->verse, kept);
    return NEUME_OK;
}

/* --- the elements ----------------------------------------------------------------------------------------------------- */

const neume__read_row neume__read_note_rows[] = {
    {"actual-notes", "time-modification", NULL, end_actual},
    {"alter", "pitch", NULL, end_alter},
    {"beam", "note", NULL, end_beam},
    {"chord", "note", start_chord, NULL},
    {"cue", "note", start_cue, NULL},
    {"detached-legato", "articulations", start_detached_legato, NULL},
    {"display-octave", "unpitched", NULL, end_octave},
    {"display-step", "unpitched", NULL, end_step},
    {"dot", "note", start_dot, NULL},
    {"duration", "note", NULL, end_duration},
    {"extend", "lyric", start_extend, NULL},
    {"fingering", "technical", NULL, end_fingering},
    {"grace", "note", start_grace, NULL},
    {"instrument", "note", start_instrument, NULL},
    {"lyric", "note", start_lyric, end_lyric},
    {"normal-notes", "time-modification", NULL, end_normal},
    {"note", "measure", start_note, end_note},
    {"octave", "pitch", NULL, end_octave},
    {"other-notation", "notations", NULL, end_other_notation},
    {"rest", "note", start_rest, NULL},
    {"slur", "notations", start_slur, NULL},
    {"staff", "note", NULL, end_staff},
    {"step", "pitch", NULL, end_step},
    {"syllabic", "lyric", NULL, end_syllabic},
    {"text", "lyric", NULL, end_lyric_text},
    {"tie", "note", start_tie, NULL},
    {"time-modification", "note", NULL, end_time_modification},
    {"tuplet", "notations", start_tuplet, NULL},
    {"type", "note", NULL, end_type},
    {"unpitched", "note", start_unpitched, NULL},
    {"voice", "note", NULL, end_voice},
    {"wavy-line", "ornaments", start_wavy_line, NULL},
    {0},
};
