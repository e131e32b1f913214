/* From a draft to written music: heads, staves and voices; each voice by itself (write_voice.c).
 *
 *     part -> staves -> voices:  stretches of time (write_voice.c) -> tuplets (write_cells.c) -> values (write_value.c)
 *
 * Nothing is decided here about what the music is; only how what the draft says is spelled on the page. */
#include "write.h"

#include <math.h>
#include <string.h>

enum { VOICES_MOST = 8 };

int neume__staff_of(const neume__placed *note, int staves) {
    int most = staves > 1 ? staves - 1 : 0;
    return note->staff < 0 ? 0 : note->staff > most ? most : note->staff;
}

int neume__voice_of(const neume__placed *note) {
    return note->voice < 0 ? 0 : note->voice >= VOICES_MOST ? VOICES_MOST - 1 : note->voice;
}

typedef struct writer {
    const neume__draft *draft;
    const neume__write_options *options;
    neume_score *score;
    neume_buffer layout;
    double *tempi;
    int staves; /* so far */
} writer;

/* --- heads -------------------------------------------------------------------------------------------------------- */

static neume_status add_head_field(neume_score *score, char letter, const char *text) {
    return text ? neume_score_add_field(score, letter, text, strlen(text)) : NEUME_OK;
}

static neume_tempo first_tempo(const writer *w) {
    const int64_t beat = neume_metre_beat_ticks(w->draft->measures[0].metre);
    if (!(w->tempi[0] > 0) || beat <= 0) return (neume_tempo){0};
    return (neume_tempo){beat, floor(w->tempi[0] * (double)(NEUME_WHOLE / 4) / (double)beat + 0.5),
                         w->draft->swing ? "Swing" : NULL};
}

/* What most notes can be written in without a fraction or a large number. */
static int64_t choose_unit(const neume__draft *d) {
    size_t shorter = 0, longer = 0, count = 0;
    for (size_t i = 0; i < d->note_count; i++) {
        if (d->notes[i].ticks <= 0) continue;
        count++;
        shorter += d->notes[i].ticks < NEUME_WHOLE / 8 - NEUME_WHOLE / 32;
        longer += d->notes[i].ticks >= NEUME_WHOLE / 4;
    }
    if (shorter * 2 > count) return NEUME_WHOLE / 16;
    return longer * 4 > count * 3 ? NEUME_WHOLE / 4 : NEUME_WHOLE / 8;
}

static neume_status write_head(const writer *w) {
    neume_score *s = w->score;
    NEUME_TRY(add_head_field(s, 'T', w->options->title));
    NEUME_TRY(add_head_field(s, 'C', w->options->composer));
    if (w->options->chords) NEUME_TRY(add_head_field(s, '%', "MIDI gchordoff")); /* symbols are read, not played */
    if (w->draft->key_count) s->key = w->draft->keys[0].key;
    s->metre = w->draft->measures[0].metre;
    s->tempo = first_tempo(w);
    s->unit = choose_unit(w->draft);
    return NEUME_OK;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

/* Which voices a staff has; the first always. */
static void find_voices(const neume__draft *d, int part, int staff, bool out[VOICES_MOST]) {
    memset(out, 0, VOICES_MOST * sizeof *out);
    bool any = false;
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        if (n->part != part || neume__staff_of(n, d->parts[part].staves) != staff) continue;
        any = out[neume__voice_of(n)] = true;
    }
    if (!any) out[0] = true;
}

static bool has_notes(const neume__draft *d, int part) {
    for (size_t i = 0; i < d->note_count; i++)
        if (d->notes[i].part == part) return true;
    return false;
}

/* What a musician calls it on a page; General MIDI's names are of sounds. */
static const char *page_name(const neume__part *part) {
    static const struct {
        int program;
        const char *name;
    } names[] = {{0, "Piano"},    {1, "Piano"},    {24, "Guitar"}, {25, "Guitar"},
                 {48, "Strings"}, {49, "Strings"}, {52, "Choir"}};
    if (part->name) return part->name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].program == part->program) return names[i].name;
    return neume_program_name(part->program);
}

/* Its name, with a number where several parts have it: "Violin 2". */
static neume_status name_part(const writer *w, int part, const char **out) {
    const neume__draft *d = w->draft;
    const char *name = page_name(&d->parts[part]);
    int same = 0, number = 0;
    for (int p = 0; p < (int)d->part_count; p++) {
        if (strcmp(name, page_name(&d->parts[p])) != 0 || !has_notes(d, p)) continue;
        same++;
        if (p <= part) number++;
    }
    char text[128];
    int length =
        same > 1 ? snprintf(text, sizeof text, "%.100s %d", name, number) : snprintf(text, sizeof text, "%.100s", name);
    if (length <= 0) return NEUME_OK;
    return neume_score_string(w->score, text, (size_t)length, out);
}

static neume_status write_staff_voice(writer *w, neume__voice_plan *plan) {
    const neume__part *part = &w->draft->parts[plan->part];
    char id[16];
    const bool first = w->score->voice_count == 0;
    int length = snprintf(id, sizeof id, "V%zu", w->score->voice_count + 1);
    NEUME_TRY(neume_score_add_voice(w->score, id, (size_t)length, &plan->voice));
    neume_voice *v = plan->voice;
    v->part = plan->part, v->staff = w->staves;
    if (part->program == NEUME_PROGRAM_DRUMS)
        v->channel = 10;
    else
        v->program = part->program;
    plan->tempi = first ? w->tempi : NULL;
    plan->chords = first && w->options->chords;
    return neume__write_voice(plan);
}

static neume_status write_staff(writer *w, int part, int staff) {
    neume_status status = NEUME_OK;
    bool voices[VOICES_MOST];
    int count = 0;
    neume_clef *clefs = NULL;
    find_voices(w->draft, part, staff, voices);
    for (int v = 0; v < VOICES_MOST; v++) count += voices[v];
    NEUME_TRY(neume__choose_clefs(w->draft, part, staff, &clefs));
    neume__voice_plan plan = {.draft = w->draft,
                              .score = w->score,
                              .part = part,
                              .staff = staff,
                              .staves = w->draft->parts[part].staves,
                              .clefs = clefs};
    if (count > 1) NEUME_GO(neume_buffer_print(&w->layout, "("));
    for (int v = 0, written = 0; v < VOICES_MOST; v++) {
        if (!voices[v]) continue;
        plan.number = v;
        NEUME_GO(neume_buffer_print(&w->layout, "%sV%zu", written++ ? " " : "", w->score->voice_count + 1));
        NEUME_GO(write_staff_voice(w, &plan));
    }
    if (count > 1) NEUME_GO(neume_buffer_print(&w->layout, ")"));
    w->staves++;
fail:
    neume__free(clefs);
    return status;
}

static neume_status write_part(writer *w, int part) {
    const int staves = w->draft->parts[part].staves > 1 ? w->draft->parts[part].staves : 1;
    const size_t first = w->score->voice_count;
    if (w->layout.size) NEUME_TRY(neume_buffer_print(&w->layout, " "));
    if (staves > 1) NEUME_TRY(neume_buffer_print(&w->layout, "{"));
    for (int s = 0; s < staves; s++) {
        if (s) NEUME_TRY(neume_buffer_print(&w->layout, " | "));
        NEUME_TRY(write_staff(w, part, s));
    }
    if (staves > 1) NEUME_TRY(neume_buffer_print(&w->layout, "}"));
    return name_part(w, part, &w->score->voices[first].name);
}

/* A MIDI file has fifteen channels beside the drums': with more voices, those of one program share theirs. */
static void share_channels(neume_score *score) {
    int channel_of[128] = {0}, last = 0;
    if (score->voice_count < 16) return;
    for (size_t v = 0; v < score->voice_count; v++) {
        neume_voice *voice = &score->voices[v];
        if (voice->channel >= 0 || voice->program < 0 || voice->program > 127) continue;
        int *channel = &channel_of[voice->program];
        if (!*channel) {
            last = last == 9 ? 11 : last == 16 ? 1 : last + 1;
            *channel = last;
        }
        voice->channel = *channel;
    }
}

static neume_status write_parts(writer *w) {
    const neume__draft *d = w->draft;
    for (int p = 0; p < (int)d->part_count; p++)
        if (has_notes(d, p)) NEUME_TRY(write_part(w, p));
    if (!w->score->voice_count && d->part_count) NEUME_TRY(write_part(w, 0));
    share_channels(w->score);
    if (w->score->voice_count < 2) return NEUME_OK;
    return neume_score_string(w->score, w->layout.data, w->layout.size, &w->score->layout);
}

/* Measures follow each other without a gap, notes belong to parts. */
static neume_status check_draft(const neume__draft *d) {
    if (!d->measure_count) return neume_fail(NEUME_EINVAL, "a draft without measures cannot be written");
    int64_t at = 0;
    for (size_t i = 0; i < d->measure_count; i++) {
        if (d->measures[i].at != at || d->measures[i].ticks <= 0)
            return neume_fail(NEUME_EINVAL, "measure %zu of the draft does not follow the one before", i + 1);
        at += d->measures[i].ticks;
    }
    for (size_t i = 0; i < d->note_count; i++)
        if (d->notes[i].part < 0 || (size_t)d->notes[i].part >= d->part_count)
            return neume_fail(NEUME_EINVAL, "note %zu of the draft belongs to no part", i + 1);
    return NEUME_OK;
}

neume_status neume__draft_write(const neume__draft *draft, const neume__write_options *options, neume_score **out) {
    neume_status status = NEUME_OK;
    writer w = {.draft = draft, .options = options};
    NEUME_TRY(check_draft(draft));
    NEUME_TRY(neume_score_new(&w.score));
    NEUME_GO(neume__choose_tempi(draft, &w.tempi));
    NEUME_GO(write_head(&w));
    NEUME_GO(write_parts(&w));
    *out = w.score;
    w.score = NULL;
fail:
    neume_score_free(w.score);
    neume__free(w.tempi);
    neume_buffer_clear(&w.layout);
    return status;
}
