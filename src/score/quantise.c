/* Quantising: onsets against beats, read by cost (quantise_read.c), become notes at places on the page. */
#include "quantise_page.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define TOGETHER_S       0.035
#define TOGETHER_EXACT_S 0.008 /* where nobody plays */
#define EARLY            0.045 /* an event so little before a beat is on it: no pattern has a place there */

/* --- onsets and beats --------------------------------------------------------------------------------------------- */

double neume__page_beat(const neume__page *p, double time_s, size_t *hint) {
    const neume_rhythm *rhythm = p->rhythm;
    size_t i = *hint;
    while (i > 0 && rhythm->beats[i].time_s > time_s) i--;
    while (i + 2 < rhythm->count && rhythm->beats[i + 1].time_s <= time_s) i++;
    *hint = i;
    const double from = rhythm->beats[i].time_s, to = rhythm->beats[i + 1].time_s;
    return (double)i + (time_s - from) / fmax(to - from, 1e-3);
}

bool neume__page_compound(const neume__page *p, size_t beat) {
    return neume_metre_compound(p->rhythm->beats[beat].metre);
}

static void gather_events(neume__page *p) {
    const double together_s = p->rhythm->exact ? TOGETHER_EXACT_S : TOGETHER_S;
    size_t hint = 0;
    double sum = 0;
    for (size_t i = 0; i < p->notes->count; i++) {
        const neume_note *note = &p->notes->items[i];
        if (neume__trills_took(&p->trills, i)) continue;
        if (!p->count || note->onset_s - p->events[p->count - 1].time_s > together_s) {
            p->events[p->count++] = (neume__event){.time_s = note->onset_s, .first = i};
            sum = 0;
        }
        neume__event *e = &p->events[p->count - 1];
        sum += note->onset_s;
        e->count++;
        e->end = i + 1;
        e->mean_s = sum / (double)e->count;
        e->x = neume__page_beat(p, e->mean_s, &hint);
    }
    const size_t beats = p->rhythm->count;
    size_t k = 0;
    for (size_t b = 0; b <= beats; b++) {
        while (k < p->count && p->events[k].x < (double)b - EARLY && b > 0) k++;
        p->begins[b] = b == beats ? p->count : k;
    }
}

neume_status neume__page_init(neume__page *p, const neume_notes *notes, const neume_rhythm *rhythm) {
    *p = (neume__page){.notes = notes, .rhythm = rhythm};
    assert(rhythm->count >= 2);
    p->events = calloc(notes->count + 1, sizeof *p->events);
    p->begins = calloc(rhythm->count + 2, sizeof *p->begins);
    p->beat_at = calloc(rhythm->count + 2, sizeof *p->beat_at);
    if (!p->events || !p->begins || !p->beat_at) return neume_fail(NEUME_ENOMEM, "no memory to quantise");
    NEUME_TRY(neume__trills_find(notes, &p->trills));
    gather_events(p);
    return NEUME_OK;
}

void neume__page_clear(neume__page *p) {
    neume__trills_clear(&p->trills);
    free(p->events), free(p->begins), free(p->beat_at);
}

/* --- measures ----------------------------------------------------------------------------------------------------- */

/* Bars begin at beats with number 1; the last is completed. */
static neume_status make_measures(neume__page *p, neume__draft *draft) {
    const neume_rhythm *rhythm = p->rhythm;
    int64_t at = 0;
    for (size_t b = 0; b < rhythm->count; b++) {
        const neume_beat *beat = &rhythm->beats[b];
        const int64_t ticks = neume_metre_beat_ticks(beat->metre);
        if (b == 0 || beat->number == 1) {
            NEUME_TRY(DRAFT_MORE(draft, measure, measures));
            draft->measures[draft->measure_count++] = (neume__measure){at, 0, beat->metre};
        }
        p->beat_at[b] = at;
        at += ticks;
        p->beat_at[b + 1] = at;
        neume__measure *bar = &draft->measures[draft->measure_count - 1];
        bar->ticks = at - bar->at;
        if (b + 1 == rhythm->count) bar->ticks += ticks * (neume_metre_beats(beat->metre) - beat->number);
    }
    return NEUME_OK;
}

/* The last bar is that of the last onset: bars follow while notes begin, and those after it, where only beats went on,
 * are none. */
static neume_status fit_measures(neume__draft *draft) {
    int64_t end = 1;
    for (size_t i = 0; i < draft->note_count; i++) {
        const neume__placed *note = &draft->notes[i];
        if (note->at + 1 > end) end = note->at + 1;
    }
    for (;;) {
        const neume__measure last = draft->measures[draft->measure_count - 1];
        if (last.at + last.ticks >= end) break;
        NEUME_TRY(DRAFT_MORE(draft, measure, measures));
        draft->measures[draft->measure_count++] =
            (neume__measure){last.at + last.ticks, neume_metre_ticks(last.metre), last.metre};
    }
    while (draft->measure_count > 1 && draft->measures[draft->measure_count - 1].at >= end) draft->measure_count--;
    const neume__measure last = draft->measures[draft->measure_count - 1];
    for (size_t i = 0; i < draft->note_count; i++) { /* nothing sounds beyond the last bar */
        neume__placed *note = &draft->notes[i];
        if (note->at + note->ticks > last.at + last.ticks) note->ticks = last.at + last.ticks - note->at;
    }
    return NEUME_OK;
}

/* An upbeat's bar begins with its first note, not with the beat that this lies in; it is whole sixteenths long, which a
 * metre can tell. */
static void trim_upbeat(neume__draft *draft) {
    const int64_t sixteenth = NEUME_WHOLE / 16;
    neume__measure *first = &draft->measures[0];
    int64_t lead = first->ticks;
    for (size_t i = 0; i < draft->note_count; i++)
        if (draft->notes[i].at < lead) lead = draft->notes[i].at;
    if (first->ticks >= neume_metre_ticks(first->metre) || lead >= first->ticks) return;
    lead = first->ticks - (first->ticks - lead + sixteenth - 1) / sixteenth * sixteenth;
    if (lead <= 0) return;
    draft->lead = lead;
    first->ticks -= lead;
    for (size_t m = 1; m < draft->measure_count; m++) draft->measures[m].at -= lead;
    for (size_t i = 0; i < draft->note_count; i++) draft->notes[i].at -= lead;
}

/* --- parts and notes ---------------------------------------------------------------------------------------------- */

/* A keyboard's tracks are its hands, and one part; other tracks are parts of their own. */
static neume_status make_parts(const neume_notes *notes, neume__draft *draft, int16_t *part_of) {
    int16_t track[1024] = {0};
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        const bool joined = note->program < 8 || note->program == NEUME_PROGRAM_DRUMS;
        int16_t found = -1;
        for (size_t k = 0; k < draft->part_count && found < 0; k++)
            if (draft->parts[k].program == note->program && (joined || track[k] == note->part)) found = (int16_t)k;
        if (found < 0 && draft->part_count < 64) {
            NEUME_TRY(DRAFT_MORE(draft, part, parts));
            track[draft->part_count] = note->part;
            found = (int16_t)draft->part_count;
            draft->parts[draft->part_count++] = (neume__part){.program = note->program, .staves = 1};
        }
        part_of[i] = found < 0 ? (int16_t)(draft->part_count - 1) : found;
    }
    return NEUME_OK;
}

static double within_beat(const neume__event *e) {
    return e->place - floor(e->place);
}

/* Whether an event is the second of two that share a beat two to one; a third would make a triplet of them. */
static bool is_swung(const neume__page *p, size_t k) {
    const size_t beat = (size_t)p->events[k].place;
    if (fabs(within_beat(&p->events[k]) - 2. / 3) > .01) return false;
    for (size_t i = k; i-- > 0 && (size_t)p->events[i].place == beat;)
        if (!p->events[i].grace && within_beat(&p->events[i]) > .01) return false;
    for (size_t i = k + 1; i < p->count && (size_t)p->events[i].place == beat; i++)
        if (!p->events[i].grace) return false;
    return true;
}

/* Each event's ticks. Grace notes stand where the next note does, and nothing goes back in time. */
static void place_events(neume__page *p) {
    for (size_t k = 0; k < p->count; k++) {
        neume__event *e = &p->events[k];
        const size_t b = (size_t)e->place;
        double within = e->place - (double)b;
        if (p->swing && is_swung(p, k)) within = .5;
        const int64_t at = p->beat_at[b] + llround(within * (double)(p->beat_at[b + 1] - p->beat_at[b]));
        e->at = at < 0 ? 0 : at;
    }
    for (size_t k = p->count; k-- > 0;)
        if (p->events[k].grace && k + 1 < p->count) p->events[k].at = p->events[k + 1].at;
    for (size_t k = 1; k < p->count; k++)
        if (p->events[k].at < p->events[k - 1].at) p->events[k].at = p->events[k - 1].at;
}

static neume_status place_notes(const neume__page *p, neume__draft *draft, const int16_t *part_of) {
    for (size_t k = 0; k < p->count; k++) {
        const neume__event *e = &p->events[k];
        for (size_t i = e->first; i < e->end; i++) {
            const neume_note *note = &p->notes->items[i];
            if (neume__trills_took(&p->trills, i)) continue;
            neume__placed placed = {.at = e->at,
                                    .source = (int32_t)i,
                                    .number = (int16_t)neume__trills_pitch(&p->trills, p->notes, i),
                                    .velocity = note->velocity,
                                    .trill = neume__trills_main(&p->trills, i),
                                    .part = part_of[i]};
            if (!e->grace) placed.ticks = neume__page_value(p, k, i, part_of, &placed.staccato);
            NEUME_TRY(DRAFT_MORE(draft, note, notes));
            draft->notes[draft->note_count++] = placed;
        }
    }
    return NEUME_OK;
}

/* Of notes that a trill has taken in: which one stands for them. */
static neume_status list_taken(const neume__page *p, neume__draft *draft) {
    for (size_t i = 0; i < p->notes->count; i++) {
        if (!neume__trills_took(&p->trills, i)) continue;
        NEUME_TRY(DRAFT_MORE(draft, taken, taken));
        draft->taken[draft->taken_count++] = (neume__taken){(int32_t)i, p->trills.of[i]};
    }
    return NEUME_OK;
}

/* ------------------------------------------------------------------------------------------------------------------ */

neume_status neume__quantise_thirds(const neume_notes *notes, const neume_rhythm *rhythm, double *out) {
    neume__page p;
    double twos = 0, threes = 0;
    neume_status status = NEUME_OK;
    NEUME_GO(neume__page_init(&p, notes, rhythm));
    NEUME_GO(neume__page_costs(&p, &twos, &threes));
    size_t divided = 1;
    for (size_t b = 0; b < rhythm->count; b++) divided += p.begins[b + 1] - p.begins[b] > 1;
    *out = (twos - threes) / (double)divided;
fail:
    neume__page_clear(&p);
    return status;
}

neume_status neume__quantise(const neume_notes *notes, const neume_rhythm *rhythm, neume__draft *draft) {
    neume__page p;
    neume_status status = NEUME_OK;
    int16_t *part_of = calloc(notes->count + 1, sizeof *part_of);
    NEUME_GO(neume__page_init(&p, notes, rhythm));
    if (!part_of) {
        status = neume_fail(NEUME_ENOMEM, "no memory to quantise");
        goto fail;
    }
    NEUME_GO(make_measures(&p, draft));
    NEUME_GO(neume__page_read(&p));
    place_events(&p);
    NEUME_GO(make_parts(notes, draft, part_of));
    NEUME_GO(place_notes(&p, draft, part_of));
    NEUME_GO(list_taken(&p, draft));
    NEUME_GO(fit_measures(draft));
    trim_upbeat(draft);
    neume__draft_sort(draft);
    draft->swing = p.swing;
    NEUME_GO(DRAFT_MORE(draft, tempo, tempi));
    const double quarters = (double)neume_metre_beat_ticks(rhythm->beats[0].metre) / (double)(NEUME_WHOLE / 4);
    draft->tempi[draft->tempo_count++] = (neume__tempo_change){0, neume_rhythm_tempo_bpm(rhythm) * quarters};
fail:
    neume__page_clear(&p);
    free(part_of);
    return status;
}
