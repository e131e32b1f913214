/* What stands between the notes of a MusicXML measure: chord symbols, words, hairpins, tempi. */
#include "musicxml_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef neume__reader reader;

/* A direction's words wait for the next note of its staff. */
static void wait_for_note(reader *r, const neume__read_words *words, int staff) {
    for (int i = 0; i < words->count && r->before.count < NEUME__READ_PENDING; i++) {
        r->before.words[r->before.count] = words->words[i];
        r->before.words[r->before.count].staff = staff;
        r->before.words[r->before.count++].at = r->cursor;
    }
}

/* --- chord symbols ------------------------------------------------------------------------------------------------ */

static neume_status start_harmony(reader *r, const char **attributes) {
    (void)attributes;
    r->chord = (neume__read_chord){0};
    return NEUME_OK;
}

static neume_status end_harmony_staff(reader *r, const char *text) {
    r->chord.staff = neume__read_number(text, 1, NEUME__GATHER_STAVES, 0);
    return NEUME_OK;
}

static neume_status end_root_step(reader *r, const char *text) {
    r->chord.step = (unsigned char)*text;
    return NEUME_OK;
}

static neume_status end_root_alter(reader *r, const char *text) {
    r->chord.alter = neume__read_number(text, -2, 2, 0);
    return NEUME_OK;
}

static neume_status end_bass_step(reader *r, const char *text) {
    r->chord.bass = (unsigned char)*text;
    return NEUME_OK;
}

static neume_status end_bass_alter(reader *r, const char *text) {
    r->chord.bass_alter = neume__read_number(text, -2, 2, 0);
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
    r->chord.degree_value = neume__read_number(text, 1, 13, 0);
    return NEUME_OK;
}

static neume_status end_degree_alter(reader *r, const char *text) {
    r->chord.degree_alter = neume__read_number(text, -2, 2, 0);
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

/* "F#m7/C#" */
static void print_chord(const neume__read_chord *c, const char *suffix, char *out, size_t size) {
    int length = snprintf(out, size, "%c%s%s%s", c->step, alter_sign(c->alter), suffix, c->has_text ? "" : c->degree);
    if (c->bass >= 'A' && c->bass <= 'G' && length > 0)
        snprintf(out + length, size - (size_t)length, "/%c%s", c->bass, alter_sign(c->bass_alter));
}

static neume_status end_harmony(reader *r, const char *text) {
    const neume__read_chord *c = &r->chord;
    const char *suffix = c->has_text ? c->text : neume__chord_suffix(c->kind), *kept;
    char symbol[256] = "N.C.";
    neume__read_words one = {0};
    (void)text;
    const bool none = strcmp(c->kind, "none") == 0, rooted = c->step >= 'A' && c->step <= 'G';
    if (!none && !suffix) neume__read_fault(r, "a chord symbol's kind is not known: its root stays");
    if (!none && !rooted) neume__read_fault(r, "a chord symbol without a root is left out");
    if (!none && !rooted) return NEUME_OK;
    if (!none) print_chord(c, suffix ? suffix : "", symbol, sizeof symbol);
    if (none && c->has_text) snprintf(symbol, sizeof symbol, "%s", c->text);
    NEUME_TRY(neume__read_keep(r, symbol, &kept));
    if (kept) neume__read_wait(&one, NEUME_WORDS_CHORD, 0, kept);
    wait_for_note(r, &one, c->staff);
    return NEUME_OK;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static neume_status start_direction(reader *r, const char **attributes) {
    r->direction = (neume__read_direction){.type = -1};
    NEUME_TRY(neume__read_keep(r, neume__xml_attribute(attributes, "placement"), &r->direction.placement));
    return neume__read_keep(r, neume__xml_attribute(attributes, "directive"), &r->direction.directive);
}

static neume_status start_words(reader *r, const char **attributes) {
    return neume__read_keep(r, neume__xml_attribute(attributes, "justify"), &r->direction.justify);
}

static neume_status end_words(reader *r, const char *text) {
    if (!*text) return NEUME_OK;
    if (!r->direction.words) return neume__read_keep(r, text, &r->direction.words);
    neume_buffer both = {0};
    neume_status status = neume_buffer_print(&both, "%s ", r->direction.words);
    if (!status) status = neume_buffer_append(&both, text, strlen(text));
    if (!status) status = neume__read_keep(r, both.data, &r->direction.words);
    neume_buffer_clear(&both);
    return status;
}

/* "molto" before an f: words, unless they hang on a note. */
static neume_status end_other_dynamics(reader *r, const char *text) {
    if (!r->in_dynamics) return end_words(r, text);
    neume__read_fault(r, "<other-dynamics> at a note is left out");
    return NEUME_OK;
}

static neume_status end_rehearsal(reader *r, const char *text) {
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_LABEL);
    r->in_first = false;
    NEUME_TRY(neume__read_keep(r, text, &sign.text));
    return sign.text ? neume__read_add_sign(r, sign) : NEUME_OK;
}

static neume_status end_other_direction(reader *r, const char *text) {
    r->in_first = false;
    if (!r->own || strncmp(text, "I:", 2) != 0) return NEUME_OK;
    return neume__read_keep(r, text + 2, &r->direction.other);
}

static neume_status start_wedge(reader *r, const char **attributes) {
    const char *type = neume__xml_attribute(attributes, "type");
    char *open = &r->wedge[neume__read_number(neume__xml_attribute(attributes, "number"), 1, 16, 1)];
    const char *mark = neume__read_is(type, "crescendo")    ? "crescendo("
                       : neume__read_is(type, "diminuendo") ? "diminuendo("
                       : !neume__read_is(type, "stop")      ? NULL
                       : *open == '<'                       ? "crescendo)"
                       : *open == '>'                       ? "diminuendo)"
                                                            : NULL;
    if (!mark) return NEUME_OK;
    *open = neume__read_is(type, "crescendo") ? '<' : neume__read_is(type, "diminuendo") ? '>' : '\0';
    neume__read_wait(&r->direction.marks, NEUME_WORDS_MARK, 0, mark);
    return NEUME_OK;
}

static neume_status end_direction_staff(reader *r, const char *text) {
    r->direction.staff = neume__read_number(text, 1, NEUME__GATHER_STAVES, 0);
    return NEUME_OK;
}

static neume_status end_direction_voice(reader *r, const char *text) {
    r->direction.voice = neume__read_number(text, 0, 1000000, 0);
    return NEUME_OK;
}

/* An instruction to programs; told of its voice, if that is not the part's first. */
static neume_status add_directive(reader *r) {
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_DIRECTIVE);
    sign.text = r->direction.other;
    if (r->direction.voice > 1) {
        neume__gather_voice key = {.part = r->part,
                                   .staff = r->direction.staff ? r->direction.staff - 1 : 0,
                                   .number = r->direction.voice,
                                   .measure = r->measure};
        int64_t at = r->cursor;
        size_t index;
        NEUME_TRY(neume__gather_find_voice(&r->gather, key, 0, &at, &index));
        sign.voice = (long)index + 1;
    }
    return neume__read_add_sign(r, sign);
}

static neume_status add_annotation(reader *r) {
    const neume__read_direction *d = &r->direction;
    char place = neume__read_is(d->placement, "below") ? '_' : neume__read_is(d->placement, "above") ? '^' : '\0';
    if (!place && r->own)
        place = neume__read_is(d->justify, "right") ? '<' : neume__read_is(d->justify, "left") ? '>' : '@';
    size_t length = strlen(d->words);
    char *text = neume_arena_alloc(r->gather.score->arena, length + 2);
    if (!text) return NEUME_ENOMEM;
    text[0] = place ? place : '^';
    memcpy(text + 1, d->words, length);
    neume__read_wait(&r->direction.marks, NEUME_WORDS_ANNOTATION, 0, text);
    return NEUME_OK;
}

/* --- tempo -------------------------------------------------------------------------------------------------------- */

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
    static const char *const jumps[] = {"dacapo", "dalsegno", "tocoda"};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++)
        if (neume__xml_attribute(attributes, jumps[i]))
            neume__read_fault(r, "jumps (D.C., D.S., coda) are written but not played");
    if (!neume__xml_number(neume__xml_attribute(attributes, "tempo"), &r->direction.sound_bpm))
        r->direction.sound_bpm = 0;
    return NEUME_OK;
}

static bool is_tempo(const neume_tempo *tempo) {
    return tempo->beat > 0 && tempo->per_minute >= 1 && tempo->per_minute <= 10000;
}

/* Has a part already said the tempo here? */
static bool tempo_is_said(const reader *r, const neume__gather_part *part) {
    const neume_tempo *head = &r->gather.score->tempo;
    if (r->measure == 0 && r->cursor == 0 && (head->beat || head->text)) return true;
    for (size_t i = 0; i < part->sign_count; i++) {
        const neume__gather_sign *s = &part->signs[i];
        if (s->kind == NEUME_ITEM_TEMPO && s->measure == r->measure && s->at == r->cursor) return true;
    }
    return false;
}

/* A tempo is everyone's and stands in the first part; other programs repeat it in others, or say it there alone. */
static neume_status add_tempo(reader *r, neume_tempo tempo, bool item) {
    neume_tempo *head = &r->gather.score->tempo;
    const bool shared = !r->own && r->part > 0;
    if (shared && tempo_is_said(r, &r->gather.parts[0])) return NEUME_OK;
    if (!item && (r->part == 0 || shared) && r->measure == 0 && r->cursor == 0 && !head->beat && !head->text) {
        *head = tempo;
        return NEUME_OK;
    }
    neume__gather_sign sign = neume__read_sign_here(r, NEUME_ITEM_TEMPO);
    sign.tempo = tempo;
    return neume__gather_add_sign(&r->gather, shared ? 0 : r->part, sign);
}

/* What its metronome and its sound make of a direction; what sounds counts. */
static neume_tempo tempo_of(const neume__read_direction *d) {
    const double quarter = (double)(NEUME_WHOLE / 4);
    neume_tempo tempo = is_tempo(&d->tempo) ? d->tempo : (neume_tempo){0};
    if (!tempo.beat && d->sound_bpm > 0) tempo = (neume_tempo){NEUME_WHOLE / 4, d->sound_bpm, NULL};
    double bpm = tempo.per_minute * (double)tempo.beat / quarter;
    if (d->sound_bpm > 0 && fabs(bpm - d->sound_bpm) > 1e-6 * bpm)
        tempo.per_minute = d->sound_bpm * quarter / (double)(tempo.beat ? tempo.beat : 1);
    tempo.text = d->words;
    return is_tempo(&tempo) ? tempo : (neume_tempo){0, 0, d->words};
}

static neume_status end_direction(reader *r, const char *text) {
    (void)text;
    neume__read_direction *d = &r->direction;
    if (r->part < 0) return NEUME_OK;
    const neume_tempo tempo = tempo_of(d);
    const bool is_annotation = d->words && !tempo.beat && !d->directive;
    if (is_annotation) NEUME_TRY(add_annotation(r));
    wait_for_note(r, &d->marks, d->staff);
    if (d->other) NEUME_TRY(add_directive(r));
    if (!tempo.beat && (is_annotation || !d->words)) return NEUME_OK;
    return add_tempo(r, tempo, neume__read_is(d->directive, "no"));
}

static neume_status start_measure_sound(reader *r, const char **attributes) {
    r->direction = (neume__read_direction){.type = -1};
    NEUME_TRY(start_sound(r, attributes));
    return end_direction(r, NULL);
}

/* --- the elements ----------------------------------------------------------------------------------------------------- */

const neume__read_row neume__read_direction_rows[] = {
    {"bass-alter", "bass", NULL, end_bass_alter},
    {"bass-step", "bass", NULL, end_bass_step},
    {"beat-unit", "beat-unit-tied", NULL, end_beat_unit},
    {"beat-unit", "metronome", NULL, end_beat_unit},
    {"beat-unit-dot", "beat-unit-tied", start_beat_dot, NULL},
    {"beat-unit-dot", "metronome", start_beat_dot, NULL},
    {"degree", "harmony", NULL, end_degree},
    {"degree-alter", "degree", NULL, end_degree_alter},
    {"degree-value", "degree", NULL, end_degree_value},
    {"direction", "measure", start_direction, end_direction},
    {"harmony", "measure", start_harmony, end_harmony},
    {"kind", "harmony", start_kind, end_kind},
    {"other-dynamics", "dynamics", NULL, end_other_dynamics},
    {"other-direction", "direction-type", NULL, end_other_direction},
    {"per-minute", "metronome", NULL, end_per_minute},
    {"rehearsal", "direction-type", NULL, end_rehearsal},
    {"root-alter", "root", NULL, end_root_alter},
    {"root-step", "root", NULL, end_root_step},
    {"sound", "direction", start_sound, NULL},
    {"staff", "direction", NULL, end_direction_staff},
    {"staff", "harmony", NULL, end_harmony_staff},
    {"voice", "direction", NULL, end_direction_voice},
    {"sound", "measure", start_measure_sound, NULL},
    {"wedge", "direction-type", start_wedge, NULL},
    {"words", "direction-type", start_words, end_words},
    {0},
};
