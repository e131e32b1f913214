/* The elements of a MusicXML score, one small function each, found by name and parent in a sorted table.
 *
 * Elements fill in `note`, `direction` and the like; when the enclosing element ends, what was gathered takes effect.
 * Elements that are not in the table are passed over. Source: W3C MusicXML 4.0, score-partwise. */
#include "musicxml_score.h"

#include <math.h>
#include <string.h>

enum { PARTS_LIMIT = 4096, INSTRUMENTS_LIMIT = 256, MARKS_LIMIT = 1000000 };
static const double SOUND_DYNAMICS_UNIT = 0.9; /* <sound dynamics> is a percentage of velocity 90 */
static const double DURATION_LIMIT = 1e12;     /* divisions */

typedef neume__musicxml score;

/* --- helpers ------------------------------------------------------------------------------------------------------ */

static neume_status copy_name(score *s, const char *text, const char **out) {
    size_t size = strlen(text);
    char *copy = neume_arena_alloc(s->names, size + 1);
    if (!copy) return NEUME_ENOMEM;
    memcpy(copy, text, size);
    *out = copy;
    return NEUME_OK;
}

static int whole_number(const char *text, int low, int high, int otherwise) {
    double value;
    return neume__xml_number(text, &value) && value >= low && value <= high ? (int)value : otherwise;
}

static int staff_number(const char *text) {
    return whole_number(text, 1, NEUME__MUSICXML_STAVES - 1, 0);
}

static int velocity_of_percent(const char *text) {
    double percent;
    if (!neume__xml_number(text, &percent) || percent <= 0) return 0;
    double velocity = round(percent * SOUND_DYNAMICS_UNIT);
    return velocity < 1 ? 1 : velocity > 127 ? 127 : (int)velocity;
}

/* --- part list ---------------------------------------------------------------------------------------------------- */

static neume_status start_score_part(score *s, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    if (s->part_count >= PARTS_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d parts", PARTS_LIMIT);
    NEUME_TRY(neume__grow((void **)&s->parts, &s->part_capacity, s->part_count + 1, sizeof *s->parts));
    neume__musicxml_part *part = &s->parts[s->part_count];
    *part = (neume__musicxml_part){.first_instrument = s->instrument_count};
    NEUME_TRY(copy_name(s, id ? id : "", &part->id));
    s->part_count++;
    return NEUME_OK;
}

static neume_status end_part_name(score *s, const char *text) {
    return s->part_count ? copy_name(s, text, &s->parts[s->part_count - 1].name) : NEUME_OK;
}

static neume_status end_part_abbreviation(score *s, const char *text) {
    return s->part_count ? copy_name(s, text, &s->parts[s->part_count - 1].short_name) : NEUME_OK;
}

static neume_status start_score_instrument(score *s, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    if (!s->part_count) return NEUME_OK;
    neume__musicxml_part *part = &s->parts[s->part_count - 1];
    if (part->instrument_count >= INSTRUMENTS_LIMIT)
        return neume_fail(NEUME_ELIMIT, "a part has more than %d instruments", INSTRUMENTS_LIMIT);
    NEUME_TRY(neume__grow((void **)&s->instruments, &s->instrument_capacity, s->instrument_count + 1,
                          sizeof *s->instruments));
    neume__musicxml_instrument *instrument = &s->instruments[s->instrument_count];
    *instrument = (neume__musicxml_instrument){.program = -1, .channel = -1, .drum_key = -1};
    NEUME_TRY(copy_name(s, id ? id : "", &instrument->id));
    s->instrument_count++;
    part->instrument_count++;
    return NEUME_OK;
}

static neume_status end_instrument_name(score *s, const char *text) {
    if (!s->part_count || !s->parts[s->part_count - 1].instrument_count) return NEUME_OK;
    return copy_name(s, text, &s->instruments[s->instrument_count - 1].name);
}

static neume_status end_instrument_sound(score *s, const char *text) {
    if (s->part_count && s->parts[s->part_count - 1].instrument_count)
        s->instruments[s->instrument_count - 1].voice = !strncmp(text, "voice.", 6);
    return NEUME_OK;
}

/* The instrument of the part being read (or listed) that has this id, -1 when there is none. */
static long find_instrument(const score *s, const char *id) {
    if (!id || !s->part_count) return -1;
    const neume__musicxml_part *part = &s->parts[s->part >= 0 ? (size_t)s->part : s->part_count - 1];
    for (size_t i = 0; i < part->instrument_count; i++)
        if (!strcmp(s->instruments[part->first_instrument + i].id, id)) return (long)(part->first_instrument + i);
    return -1;
}

static neume_status start_midi_instrument(score *s, const char **attributes) {
    s->instrument = find_instrument(s, neume__xml_attribute(attributes, "id"));
    return NEUME_OK;
}

static neume_status end_midi_channel(score *s, const char *text) {
    if (s->instrument >= 0) s->instruments[s->instrument].channel = whole_number(text, 1, 16, -1);
    return NEUME_OK;
}

/* <midi-program> and <midi-unpitched> count from 1. */
static neume_status end_midi_program(score *s, const char *text) {
    int number = whole_number(text, 1, 128, 0);
    if (s->instrument >= 0 && number) s->instruments[s->instrument].program = number - 1;
    return NEUME_OK;
}

static neume_status end_midi_unpitched(score *s, const char *text) {
    int number = whole_number(text, 1, 128, 0);
    if (s->instrument >= 0 && number) s->instruments[s->instrument].drum_key = number - 1;
    return NEUME_OK;
}

/* --- parts, measures, attributes ---------------------------------------------------------------------------------- */

static neume_status start_part(score *s, const char **attributes) {
    const char *id = neume__xml_attribute(attributes, "id");
    if (s->part >= 0) NEUME_TRY(neume__musicxml_end_part(s));
    for (size_t i = 0; id && i < s->part_count; i++)
        if (!strcmp(s->parts[i].id, id)) {
            neume__musicxml_begin_part(s, (long)i);
            return NEUME_OK;
        }
    return neume_fail(NEUME_EFORMAT, "a part is not in the part list");
}

static neume_status end_part(score *s, const char *text) {
    (void)text;
    return neume__musicxml_end_part(s);
}

static neume_status end_measure(score *s, const char *text) {
    (void)text;
    s->cursor = s->measure_start = s->measure_reach;
    return NEUME_OK;
}

static neume_status end_divisions(score *s, const char *text) {
    double value;
    if (!neume__xml_number(text, &value) || value < 1e-3 || value > DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "divisions must be a positive number");
    s->divisions = value;
    return NEUME_OK;
}

static neume_status start_transpose(score *s, const char **attributes) {
    s->transposed_staff = staff_number(neume__xml_attribute(attributes, "number"));
    s->chromatic = s->octaves = 0;
    return NEUME_OK;
}

static neume_status end_chromatic(score *s, const char *text) {
    s->chromatic = whole_number(text, -127, 127, 0);
    return NEUME_OK;
}

static neume_status end_octave_change(score *s, const char *text) {
    s->octaves = whole_number(text, -10, 10, 0);
    return NEUME_OK;
}

static neume_status end_transpose(score *s, const char *text) {
    (void)text;
    double semitones = s->chromatic + 12 * s->octaves;
    for (int staff = 0; staff < NEUME__MUSICXML_STAVES; staff++)
        if (!s->transposed_staff || staff == s->transposed_staff) s->transposition[staff] = semitones;
    return NEUME_OK;
}

static neume_status end_moving_duration(score *s, const char *text, double sign) {
    double duration;
    s->graces.count = 0; /* grace notes that end a voice wait for no note of the next */
    if (!neume__xml_number(text, &duration) || duration < 0 || duration > DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "a duration must be a number");
    return neume__musicxml_move(s, sign * duration);
}

static neume_status end_backup_duration(score *s, const char *text) {
    return end_moving_duration(s, text, -1);
}

static neume_status end_forward_duration(score *s, const char *text) {
    return end_moving_duration(s, text, 1);
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static neume_status start_note(score *s, const char **attributes) {
    s->note = (neume__musicxml_note){.step = -1, .instrument = -1};
    s->note.velocity = velocity_of_percent(neume__xml_attribute(attributes, "dynamics"));
    return NEUME_OK;
}

static neume_status end_note(score *s, const char *text) {
    (void)text;
    return neume__musicxml_end_note(s);
}

static neume_status start_chord(score *s, const char **attributes) {
    (void)attributes;
    s->note.chord = true;
    return NEUME_OK;
}

static neume_status start_grace(score *s, const char **attributes) {
    (void)attributes;
    s->note.grace = true;
    return NEUME_OK;
}

static neume_status start_cue(score *s, const char **attributes) {
    (void)attributes;
    s->note.cue = true;
    return NEUME_OK;
}

static neume_status start_rest(score *s, const char **attributes) {
    (void)attributes;
    s->note.rest = true;
    return NEUME_OK;
}

static neume_status start_unpitched(score *s, const char **attributes) {
    (void)attributes;
    s->note.unpitched = true;
    return NEUME_OK;
}

static neume_status start_tie(score *s, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    if (type && !strcmp(type, "start")) s->note.tie_start = true;
    if (type && !strcmp(type, "stop")) s->note.tie_stop = true;
    return NEUME_OK;
}

static neume_status start_instrument(score *s, const char **attributes) {
    s->note.instrument = find_instrument(s, neume__xml_attribute(attributes, "id"));
    return NEUME_OK;
}

static neume_status end_step(score *s, const char *text) {
    static const char letters[] = "C D EF G A B";
    const char *at = text[0] && text[0] != ' ' && !text[1] ? strchr(letters, text[0]) : NULL;
    if (!at) return neume_fail(NEUME_EFORMAT, "'%.16s' is no step of the scale", text);
    s->note.step = (int)(at - letters);
    return NEUME_OK;
}

static neume_status end_alter(score *s, const char *text) {
    s->note.alter = 0;
    if (*text && (!neume__xml_number(text, &s->note.alter) || fabs(s->note.alter) > 12))
        return neume_fail(NEUME_EFORMAT, "an alteration must be a small number");
    return NEUME_OK;
}

static neume_status end_octave(score *s, const char *text) {
    s->note.octave = whole_number(text, -1, 10, -2);
    return s->note.octave < -1 ? neume_fail(NEUME_EFORMAT, "'%.16s' is no octave", text) : NEUME_OK;
}

static neume_status end_duration(score *s, const char *text) {
    if (!neume__xml_number(text, &s->note.duration) || s->note.duration < 0 || s->note.duration > DURATION_LIMIT)
        return neume_fail(NEUME_EFORMAT, "a duration must be a number");
    return NEUME_OK;
}

static neume_status end_note_staff(score *s, const char *text) {
    s->note.staff = staff_number(text);
    return NEUME_OK;
}

static neume_status end_voice(score *s, const char *text) {
    s->note.voice = whole_number(text, 0, 1000000, 0) % NEUME__MUSICXML_VOICES;
    return NEUME_OK;
}

/* --- directions: tempo and dynamics ------------------------------------------------------------------------------- */

static neume_status start_direction(score *s, const char **attributes) {
    (void)attributes;
    s->direction = (neume__musicxml_direction){0};
    return NEUME_OK;
}

static neume_status start_direction_sound(score *s, const char **attributes) {
    neume__xml_number(neume__xml_attribute(attributes, "tempo"), &s->direction.tempo_bpm);
    s->direction.sound_velocity = velocity_of_percent(neume__xml_attribute(attributes, "dynamics"));
    return NEUME_OK;
}

static neume_status end_beat_unit(score *s, const char *text) {
    static const struct {
        const char *name;
        double quarters;
    } units[] = {{"quarter", 1},  {"half", 2},  {"eighth", 0.5},  {"whole", 4}, {"16th", 0.25},
                 {"32nd", 0.125}, {"breve", 8}, {"64th", 0.0625}, {"long", 16}};
    s->direction.beat_units++;
    s->direction.beat_quarters = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(text, units[i].name)) s->direction.beat_quarters = units[i].quarters;
    return NEUME_OK;
}

static neume_status start_beat_unit_dot(score *s, const char **attributes) {
    (void)attributes;
    s->direction.beat_quarters *= 1.5; /* a second dot, hardly ever seen, would make 1.75 */
    return NEUME_OK;
}

/* "120", "c. 120", "116-120": the first number. */
static neume_status end_per_minute(score *s, const char *text) {
    char digits[16];
    text += strcspn(text, "0123456789");
    size_t size = strspn(text, "0123456789.");
    if (!size || size >= sizeof digits) return NEUME_OK;
    memcpy(digits, text, size);
    digits[size] = 0;
    neume__xml_number(digits, &s->direction.per_minute);
    return NEUME_OK;
}

static neume_status end_direction_staff(score *s, const char *text) {
    s->direction.staff = staff_number(text);
    return NEUME_OK;
}

/* velocity: from here on; accent: of the notes right here. */
static const struct {
    const char *name;
    int velocity, accent;
} dynamic_marks[] = {
    {"p", 53, 0},   {"f", 93, 0},     {"pp", 40, 0},     {"mf", 80, 0},    {"mp", 66, 0},
    {"ff", 105, 0}, {"ppp", 30, 0},   {"fff", 115, 0},   {"pppp", 22, 0},  {"ffff", 122, 0},
    {"sf", 0, 105}, {"sfz", 0, 105},  {"fz", 0, 105},    {"rf", 0, 100},   {"rfz", 0, 100},
    {"fp", 53, 93}, {"sfp", 53, 105}, {"sfpp", 40, 105}, {"sffz", 0, 115}, {"n", 15, 0},
};

static void read_dynamic(score *s, const char *name) {
    for (size_t i = 0; i < sizeof dynamic_marks / sizeof *dynamic_marks; i++) {
        if (strcmp(name, dynamic_marks[i].name) != 0) continue;
        if (dynamic_marks[i].velocity) s->direction.velocity = dynamic_marks[i].velocity;
        if (dynamic_marks[i].accent) s->direction.accent = dynamic_marks[i].accent;
    }
}

static neume_status end_direction(score *s, const char *text) {
    (void)text;
    const neume__musicxml_direction *d = &s->direction;
    double bpm = d->tempo_bpm > 0 ? d->tempo_bpm : d->beat_units == 1 ? d->beat_quarters * d->per_minute : 0;
    NEUME_TRY(neume__written_add_tempo(&s->written, s->cursor, bpm));
    int velocity = d->velocity || d->accent ? d->velocity : d->sound_velocity;
    if (!velocity && !d->accent) return NEUME_OK;
    if (s->mark_count >= MARKS_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d dynamic marks", MARKS_LIMIT);
    NEUME_TRY(neume__grow((void **)&s->marks, &s->mark_capacity, s->mark_count + 1, sizeof *s->marks));
    s->marks[s->mark_count] = (neume__musicxml_mark){
        .quarters = s->cursor, .order = s->mark_count, .staff = d->staff, .velocity = velocity, .accent = d->accent};
    s->mark_count++;
    return NEUME_OK;
}

/* <sound> outside of a direction is a direction of its own. */
static neume_status start_measure_sound(score *s, const char **attributes) {
    NEUME_TRY(start_direction(s, attributes));
    NEUME_TRY(start_direction_sound(s, attributes));
    return end_direction(s, NULL);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

typedef struct element_row {
    const char *name, *parent;
    neume_status (*start)(score *s, const char **attributes);
    neume_status (*end)(score *s, const char *text);
} element_row;

static const element_row elements[] = {
    /* sorted by name (strcmp): find_row() searches by halves */
    {"alter", "pitch", NULL, end_alter},
    {"beat-unit", "metronome", NULL, end_beat_unit},
    {"beat-unit-dot", "metronome", start_beat_unit_dot, NULL},
    {"chord", "note", start_chord, NULL},
    {"chromatic", "transpose", NULL, end_chromatic},
    {"cue", "note", start_cue, NULL},
    {"direction", "measure", start_direction, end_direction},
    {"display-octave", "unpitched", NULL, end_octave},
    {"display-step", "unpitched", NULL, end_step},
    {"divisions", "attributes", NULL, end_divisions},
    {"duration", "backup", NULL, end_backup_duration},
    {"duration", "forward", NULL, end_forward_duration},
    {"duration", "note", NULL, end_duration},
    {"grace", "note", start_grace, NULL},
    {"instrument", "note", start_instrument, NULL},
    {"instrument-name", "score-instrument", NULL, end_instrument_name},
    {"instrument-sound", "score-instrument", NULL, end_instrument_sound},
    {"measure", "part", NULL, end_measure},
    {"midi-channel", "midi-instrument", NULL, end_midi_channel},
    {"midi-instrument", "score-part", start_midi_instrument, NULL},
    {"midi-instrument", "sound", start_midi_instrument, NULL},
    {"midi-program", "midi-instrument", NULL, end_midi_program},
    {"midi-unpitched", "midi-instrument", NULL, end_midi_unpitched},
    {"note", "measure", start_note, end_note},
    {"octave", "pitch", NULL, end_octave},
    {"octave-change", "transpose", NULL, end_octave_change},
    {"part", "score-partwise", start_part, end_part},
    {"part-abbreviation", "score-part", NULL, end_part_abbreviation},
    {"part-name", "score-part", NULL, end_part_name},
    {"per-minute", "metronome", NULL, end_per_minute},
    {"rest", "note", start_rest, NULL},
    {"score-instrument", "score-part", start_score_instrument, NULL},
    {"score-part", "part-list", start_score_part, NULL},
    {"sound", "direction", start_direction_sound, NULL},
    {"sound", "measure", start_measure_sound, NULL},
    {"staff", "direction", NULL, end_direction_staff},
    {"staff", "note", NULL, end_note_staff},
    {"step", "pitch", NULL, end_step},
    {"tie", "note", start_tie, NULL},
    {"transpose", "attributes", start_transpose, end_transpose},
    {"unpitched", "note", start_unpitched, NULL},
    {"voice", "note", NULL, end_voice},
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

neume_status neume__musicxml_start(void *context, const char *name, const char *parent, const char **attributes) {
    score *s = context;
    if (!*parent && strcmp(name, "score-partwise") != 0)
        return !strcmp(name, "score-timewise")
                   ? neume_fail(NEUME_EUNSUPPORTED, "timewise MusicXML: only score-partwise is read")
                   : neume_fail(NEUME_EFORMAT, "not MusicXML: the root is <%s>", name);
    if (!strcmp(parent, "dynamics")) read_dynamic(s, name);
    const element_row *row = find_row(name, parent);
    return row && row->start ? row->start(s, attributes) : NEUME_OK;
}

neume_status neume__musicxml_end(void *context, const char *name, const char *parent, const char *text) {
    const element_row *row = find_row(name, parent);
    return row && row->end ? row->end(context, text) : NEUME_OK;
}
