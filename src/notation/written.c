#include "written.h"

#include <stdlib.h>

static const double DEFAULT_BPM = 120;

neume_status neume__written_add(neume__written *written, neume__written_note note) {
    if (written->count >= NEUME__WRITTEN_NOTES_LIMIT)
        return neume_fail(NEUME_ELIMIT, "the score has more than %d notes", NEUME__WRITTEN_NOTES_LIMIT);
    if (!(note.onset_quarters >= 0 && note.end_quarters <= NEUME__WRITTEN_LIMIT_QUARTERS))
        return neume_fail(NEUME_ELIMIT, "a note lies outside %g quarters", NEUME__WRITTEN_LIMIT_QUARTERS);
    NEUME_TRY(neume__grow((void **)&written->notes, &written->capacity, written->count + 1, sizeof *written->notes));
    written->notes[written->count++] = note;
    return NEUME_OK;
}

neume_status neume__written_add_grace(neume__written *written, neume__graces *graces, bool chord,
                                      neume__written_note note) {
    if (!chord || !graces->count) {
        for (int i = 0; i < graces->count; i++) written->notes[graces->items[i]].grace_rank++;
        note.grace_rank = 1;
    } else {
        note.grace_rank = written->notes[graces->items[graces->count - 1]].grace_rank;
    }
    NEUME_TRY(neume__written_add(written, note));
    if (graces->count == NEUME__GRACES_LIMIT) {
        graces->count--;
        for (int i = 0; i < graces->count; i++) graces->items[i] = graces->items[i + 1];
    }
    graces->items[graces->count++] = written->count - 1;
    return NEUME_OK;
}

void neume__written_place_graces(neume__written *written, neume__graces *graces, double onset_quarters) {
    for (int i = 0; i < graces->count; i++) {
        neume__written_note *grace = &written->notes[graces->items[i]];
        grace->onset_quarters = grace->end_quarters = onset_quarters;
    }
    graces->count = 0;
}

neume_status neume__written_add_tempo(neume__written *written, double quarters, double bpm) {
    if (!(bpm >= 1 && bpm <= 2000) || !(quarters >= 0)) return NEUME_OK;
    if (written->tempo_count >= NEUME__WRITTEN_TEMPI_LIMIT)
        return neume_fail(NEUME_ELIMIT, "the score has more than %d tempo changes", NEUME__WRITTEN_TEMPI_LIMIT);
    NEUME_TRY(neume__grow((void **)&written->tempi, &written->tempo_capacity, written->tempo_count + 1,
                          sizeof *written->tempi));
    written->tempi[written->tempo_count] = (neume__tempo){quarters, bpm, written->tempo_count};
    written->tempo_count++;
    return NEUME_OK;
}

void neume__written_clear(neume__written *written) {
    neume__free(written->notes);
    neume__free(written->tempi);
    *written = (neume__written){0};
}

static int compare_tempi(const void *left, const void *right) {
    const neume__tempo *a = left, *b = right;
    if (a->quarters != b->quarters) return a->quarters < b->quarters ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* One stretch of constant tempo: seconds = start_s + (quarters - start) * 60 / bpm. */
typedef struct stretch {
    double quarters, start_s, bpm;
} stretch;

static neume_status make_stretches(neume__written *written, stretch **out, size_t *count) {
    size_t bytes;
    NEUME_TRY(neume__mul_size(written->tempo_count + 1, sizeof(stretch), &bytes));
    stretch *made = neume__alloc(bytes);
    if (!made) return NEUME_ENOMEM;
    if (written->tempo_count) qsort(written->tempi, written->tempo_count, sizeof *written->tempi, compare_tempi);
    size_t last = 0;
    made[0] = (stretch){0, 0, DEFAULT_BPM};
    for (size_t i = 0; i < written->tempo_count; i++) {
        const neume__tempo *tempo = &written->tempi[i];
        double start_s = made[last].start_s + (tempo->quarters - made[last].quarters) * 60 / made[last].bpm;
        if (tempo->quarters > made[last].quarters + NEUME__SAME_TIME) {
            made[++last] = (stretch){tempo->quarters, start_s, tempo->bpm};
        } else {
            made[last].bpm = tempo->bpm;
        }
    }
    *out = made;
    *count = last + 1;
    return NEUME_OK;
}

static double to_seconds(const stretch *stretches, size_t count, double quarters) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (stretches[middle].quarters <= quarters)
            low = middle;
        else
            high = middle;
    }
    return stretches[low].start_s + (quarters - stretches[low].quarters) * 60 / stretches[low].bpm;
}

static neume_note sounding(const neume__written_note *note, const stretch *stretches, size_t count) {
    double onset_s = to_seconds(stretches, count, note->onset_quarters);
    double offset_s = to_seconds(stretches, count, note->end_quarters);
    if (note->grace_rank) {
        onset_s -= note->grace_rank * NEUME__GRACE_S;
        offset_s = onset_s + NEUME__GRACE_S;
    }
    return (neume_note){.onset_s = onset_s,
                        .offset_s = offset_s,
                        .pitch = note->pitch,
                        .velocity = note->velocity,
                        .program = note->program,
                        .part = note->part,
                        .confidence = 1};
}

static int compare_keys(const void *left, const void *right) {
    const neume_note *a = left, *b = right;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    if (a->program != b->program) return a->program < b->program ? -1 : 1;
    if (a->pitch != b->pitch) return a->pitch < b->pitch ? -1 : 1;
    if (a->onset_s != b->onset_s) return a->onset_s < b->onset_s ? -1 : 1;
    return (a->offset_s > b->offset_s) - (a->offset_s < b->offset_s);
}

static bool same_key(const neume_note *a, const neume_note *b) {
    return a->part == b->part && a->program == b->program && a->pitch == b->pitch;
}

static void strike_each_key_once(neume_notes *notes) {
    const double together_s = 1e-6;
    size_t kept = 0;
    if (notes->count) qsort(notes->items, notes->count, sizeof *notes->items, compare_keys);
    for (size_t i = 0; i < notes->count; i++) {
        neume_note *note = &notes->items[i], *before = kept ? &notes->items[kept - 1] : NULL;
        if (before && same_key(before, note)) {
            if (note->onset_s - before->onset_s < together_s) {
                if (note->offset_s > before->offset_s) before->offset_s = note->offset_s;
                if (note->velocity > before->velocity) before->velocity = note->velocity;
                continue;
            }
            if (before->offset_s > note->onset_s) before->offset_s = note->onset_s;
        }
        notes->items[kept++] = *note;
    }
    notes->count = kept;
}

/* Grace notes before the very first note have no time to take: all music waits for them. */
static void start_at_zero(neume_notes *notes) {
    double first_s = 0;
    for (size_t i = 0; i < notes->count; i++)
        if (notes->items[i].onset_s < first_s) first_s = notes->items[i].onset_s;
    if (first_s >= 0) return;
    for (size_t i = 0; i < notes->count; i++) {
        notes->items[i].onset_s -= first_s;
        notes->items[i].offset_s -= first_s;
        if (notes->items[i].onset_s < 0) notes->items[i].onset_s = 0;
    }
}

neume_status neume__written_finish(neume__written *written, neume_notes *out) {
    neume_notes made = {0};
    stretch *stretches = NULL;
    size_t count = 0;
    neume_status status;
    NEUME_GO(make_stretches(written, &stretches, &count));
    for (size_t i = 0; i < written->count; i++) {
        neume_note note = sounding(&written->notes[i], stretches, count);
        if (note.offset_s > NEUME__WRITTEN_LIMIT_S) {
            status = neume_fail(NEUME_ELIMIT, "the score lasts longer than 100 hours");
            goto fail;
        }
        if (note.offset_s > note.onset_s) NEUME_GO(neume_notes_add(&made, note));
    }
    strike_each_key_once(&made);
    start_at_zero(&made);
    neume_notes_sort(&made);
    neume_notes_clear(out);
    *out = made;
    neume__free(stretches);
    return NEUME_OK;
fail:
    neume__free(stretches);
    neume_notes_clear(&made);
    return status;
}
