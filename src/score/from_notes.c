/* Notes in seconds to written music: all stages in their order (docs/decisions/005). */
#include "from_notes.h"

#include "clock.h"
#include "quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEY_NEAR_S .02     /* how far behind a bar line a key may begin */
#define THIRDS     1.0     /* nats a divided beat by which given beats are read in three (docs/score-log.md) */
enum { SIMPLE_MOST = 21 }; /* beats of a bar that may be in three: metres have up to 64 units */

/* Beats of unknown metre: as many in a bar as were counted, in thirds where they divide so. A bar of one beat stays so:
 * 3/8 has three. */
static neume_status name_metre(const neume_notes *notes, neume_rhythm *rhythm) {
    int most = 1;
    double thirds = 0;
    for (size_t b = 0; b < rhythm->count; b++)
        if (rhythm->beats[b].number > most) most = rhythm->beats[b].number;
    for (size_t b = 0; b < rhythm->count; b++)
        rhythm->beats[b].metre = (neume_metre){.beats = (int16_t)most, .unit = 4};
    NEUME_TRY(neume__quantise_thirds(notes, rhythm, &thirds));
    if (thirds <= THIRDS || most < 2 || most > SIMPLE_MOST) return NEUME_OK;
    for (size_t b = 0; b < rhythm->count; b++)
        rhythm->beats[b].metre = (neume_metre){.beats = (int16_t)(3 * most), .unit = 8};
    return NEUME_OK;
}

/* Given beats, with more of the same before and behind them when notes lie there. */
static neume_status use_beats(const neume_rhythm *given, const neume_notes *notes, neume_rhythm *out) {
    const bool unknown = !given->beats[0].metre.beats;
    for (size_t b = 0; b < given->count; b++) NEUME_TRY(neume_rhythm_add(out, given->beats[b]));
    if (unknown) NEUME_TRY(name_metre(notes, out));
    return neume__rhythm_fit(notes, out);
}

/* --- ticks to seconds --------------------------------------------------------------------------------------------- */

/* A beat and the ticks before it, as far as a walk through the page has come. */
typedef struct walk {
    const neume_rhythm *rhythm;
    int64_t lead; /* of the page's beginning behind the first beat */
    size_t beat;
    int64_t from;
} walk;

/* Seconds of a place on the page; places asked for in order cost nothing more. */
static double seconds_of(walk *w, int64_t at) {
    at += w->lead;
    const neume_beat *beats = w->rhythm->beats;
    while (w->beat > 0 && at < w->from) w->from -= neume_metre_beat_ticks(beats[--w->beat].metre);
    for (; w->beat + 2 < w->rhythm->count; w->beat++) {
        const int64_t ticks = neume_metre_beat_ticks(beats[w->beat].metre);
        if (at < w->from + ticks) break;
        w->from += ticks;
    }
    const double ticks = (double)neume_metre_beat_ticks(beats[w->beat].metre);
    const double length = beats[w->beat + 1].time_s - beats[w->beat].time_s;
    return beats[w->beat].time_s + (double)(at - w->from) / fmax(ticks, 1) * length;
}

/* --- keys that a file tells --------------------------------------------------------------------------------------- */

/* C major alone is what files say by default. */
static bool tells_keys(const neume_clock *clock) {
    bool purpose = false;
    for (size_t i = 0; i < clock->key_count; i++)
        purpose |= neume_key_fifths(&clock->keys[i].key) != 0 || clock->keys[i].key.mode != NEUME_MODE_MAJOR;
    return purpose && clock->keys[0].quarters <= 0;
}

/* The key that the draft has at a place. */
static const neume_key *found_key(const neume__draft *draft, int64_t at) {
    size_t k = 0;
    while (k + 1 < draft->key_count && draft->keys[k + 1].at <= at) k++;
    return &draft->keys[k].key;
}

/* The file's keys instead of those found. Many programs call all keys major: where the found one has the same
 * signature, its mode is better. */
static neume_status take_keys(const neume_clock *clock, const neume_rhythm *rhythm, neume__draft *draft) {
    neume__key_change *keys = neume__calloc(clock->key_count, sizeof *keys);
    size_t count = 0, m = 0;
    walk w = {.rhythm = rhythm, .lead = draft->lead};
    if (!keys) return NEUME_ENOMEM;
    for (size_t i = 0; i < clock->key_count; i++) {
        const neume_clock_key *told = &clock->keys[i];
        const double time_s = neume_clock_seconds(clock, told->quarters);
        while (i && m < draft->measure_count && seconds_of(&w, draft->measures[m].at) < time_s - KEY_NEAR_S) m++;
        if (m >= draft->measure_count) break;
        const int64_t at = i ? draft->measures[m].at : 0;
        const neume_key *found = found_key(draft, at);
        const bool same = neume_key_fifths(found) == neume_key_fifths(&told->key);
        if (count && keys[count - 1].at == at) count--;
        keys[count++] = (neume__key_change){at, same ? *found : told->key};
    }
    neume__free(draft->keys);
    draft->keys = keys, draft->key_count = count, draft->key_capacity = clock->key_count;
    return NEUME_OK;
}

static neume_status draft_keys(const neume_notes *notes, const neume_score_options *options, const neume_rhythm *rhythm,
                               neume__draft *draft) {
    neume__clock_fit fit;
    bool fits = false;
    NEUME_TRY(neume__draft_keys(draft));
    if (!options->beats) NEUME_TRY(neume__clock_ask(notes, &options->rhythm, &fits, &fit));
    return fits && fit.own && tells_keys(fit.clock) ? take_keys(fit.clock, rhythm, draft) : NEUME_OK;
}

neume_status neume__draft_from_notes(const neume_notes *notes, const neume_score_options *options, neume_rhythm *rhythm,
                                     neume__draft *draft) {
    if (!notes->count) return neume_fail(NEUME_ENOTFOUND, "there are no notes");
    if (options->beats && options->beats->count < 2) return neume_fail(NEUME_EINVAL, "a rhythm has at least two beats");
    if (options->beats)
        NEUME_TRY(use_beats(options->beats, notes, rhythm));
    else
        NEUME_TRY(neume_rhythm_find(notes, &options->rhythm, rhythm));
    NEUME_TRY(neume__quantise(notes, rhythm, draft));
    NEUME_TRY(neume__draft_voices(draft));
    NEUME_TRY(draft_keys(notes, options, rhythm, draft));
    NEUME_TRY(neume__draft_spell(draft));
    return neume__draft_chords(draft);
}

neume_status neume_score_from_notes(const neume_notes *notes, const neume_score_options *options, neume_rhythm *rhythm,
                                    neume_score **out) {
    static const neume_score_options nothing = {0};
    if (!options) options = &nothing;
    const neume__write_options how = {options->title, options->composer, options->chords};
    neume__draft draft = {0};
    neume_rhythm used = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume__draft_from_notes(notes, options, &used, &draft));
    NEUME_GO(neume__draft_write(&draft, &how, out));
    if (rhythm) {
        neume_rhythm_clear(rhythm);
        *rhythm = used;
        used = (neume_rhythm){0};
    }
fail:
    neume_rhythm_clear(&used);
    neume__draft_clear(&draft);
    return status;
}

/* --- analysis ----------------------------------------------------------------------------------------------------- */

static void name_note(int step, int alter, char *out, size_t size) {
    snprintf(out, size, "%c%s", "CDEFGAB"[step],
             alter == 0    ? ""
             : alter == 1  ? "#"
             : alter == 2  ? "##"
             : alter == -1 ? "b"
                           : "bb");
}

/* The bass as an interval above the root, in Harte's degrees. */
static void name_bass(const neume__chord *chord, char *out, size_t size) {
    static const int natural[7] = {0, 2, 4, 5, 7, 9, 11};
    const int degree = (chord->bass_step - chord->root_step + 7) % 7;
    int semitones = natural[chord->bass_step] + chord->bass_alter - natural[chord->root_step] - chord->root_alter;
    semitones = ((semitones % 12) + 12) % 12;
    const int off = (semitones - natural[degree] + 18) % 12 - 6;
    out[0] = 0;
    if (degree == 0 && off == 0) return;
    snprintf(out, size, "/%s%d", off == -1 ? "b" : off == -2 ? "bb" : off == 1 ? "#" : "", degree + 1);
}

static neume_status add_chord(neume_analysis *out, const neume__chord *chord, walk *w) {
    neume_chord_span span = {seconds_of(w, chord->at), seconds_of(w, chord->at + chord->ticks), "N"};
    if (chord->root_step >= 0) {
        char root[8], bass[16];
        name_note(chord->root_step, chord->root_alter, root, sizeof root);
        name_bass(chord, bass, sizeof bass);
        snprintf(span.label, sizeof span.label, "%s:%s%s", root, chord->quality, bass);
    }
    NEUME_TRY(neume__grow((void **)&out->chords, &out->chord_capacity, out->chord_count + 1, sizeof *out->chords));
    out->chords[out->chord_count++] = span;
    return NEUME_OK;
}

static neume_status add_places(neume_analysis *out, const neume__draft *draft, size_t note_count) {
    out->places = calloc(note_count, sizeof *out->places);
    out->measures = calloc(draft->measure_count, sizeof *out->measures);
    if (!out->places || !out->measures) return neume_fail(NEUME_ENOMEM, "no memory for an analysis");
    out->place_count = note_count;
    out->measure_count = draft->measure_count;
    for (size_t m = 0; m < draft->measure_count; m++)
        out->measures[m] = (neume_measure){draft->measures[m].at, draft->measures[m].ticks, draft->measures[m].metre};
    size_t m = 0;
    for (size_t i = 0; i < draft->note_count; i++) {
        const neume__placed *note = &draft->notes[i];
        while (m + 1 < draft->measure_count && draft->measures[m + 1].at <= note->at) m++;
        out->places[note->source] =
            (neume_note_place){note->at, note->ticks, (int)m, note->part, note->staff, note->voice};
    }
    for (size_t i = 0; i < draft->taken_count; i++)
        out->places[draft->taken[i].source] = out->places[draft->taken[i].by];
    return NEUME_OK;
}

neume_status neume_analyse_notes(const neume_notes *notes, const neume_score_options *options, neume_analysis *out) {
    static const neume_score_options nothing = {0};
    neume__draft draft = {0};
    neume_analysis made = {0};
    neume_status status = NEUME_OK;
    if (!options) options = &nothing;
    if (!notes->count) {
        neume_analysis_clear(out);
        out->key = neume_key_of(0, 0, NEUME_MODE_MAJOR);
        return NEUME_OK;
    }
    NEUME_GO(neume__draft_from_notes(notes, options, &made.rhythm, &draft));
    made.key = draft.key_count ? draft.keys[0].key : neume_key_of(0, 0, NEUME_MODE_MAJOR);
    walk w = {.rhythm = &made.rhythm, .lead = draft.lead};
    for (size_t c = 0; c < draft.chord_count; c++) NEUME_GO(add_chord(&made, &draft.chords[c], &w));
    NEUME_GO(add_places(&made, &draft, notes->count));
    neume_analysis_clear(out);
    *out = made;
    made = (neume_analysis){0};
fail:
    neume__draft_clear(&draft);
    neume_analysis_clear(&made);
    return status;
}

void neume_analysis_clear(neume_analysis *analysis) {
    neume_rhythm_clear(&analysis->rhythm);
    free(analysis->chords), free(analysis->places), free(analysis->measures);
    *analysis = (neume_analysis){0};
}
