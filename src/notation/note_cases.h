/* Random notes for the tests of this room. */
#ifndef NEUME_NOTATION_NOTE_CASES_H
#define NEUME_NOTATION_NOTE_CASES_H

#include "neume_test.h"

#include "neume/music.h"

/* Adds @p count notes of a key one after the other, each @p length_s long at most. */
static inline void add_row_of_notes(neume_notes *notes, neume_rng *rng, neume_note like, int count, double length_s) {
    double time_s = 0;
    for (int i = 0; i < count; i++) {
        like.onset_s = time_s + (neume_rng_chance(rng, 0.3) ? 0 : neume_rng_uniform(rng, 0, 2));
        like.offset_s = time_s = like.onset_s + neume_rng_uniform(rng, 0.01, length_s);
        like.velocity = (int16_t)(1 + neume_rng_below(rng, 127));
        assert_ok(neume_notes_add(notes, like));
    }
}

/* Adds notes that any format can hold: on each key of each program one after the other, often at once, and drums.
 * @p programs pitched programs from @p first_program, every third */
static inline void add_random_notes(neume_notes *notes, neume_rng *rng, int first_program, int programs) {
    for (int p = 0; p <= programs; p++) {
        int program = p == programs ? NEUME_PROGRAM_DRUMS : first_program + 3 * p;
        for (int key = 40; key < 44; key++) {
            neume_note like = {.pitch = (int16_t)key, .program = (int16_t)program, .confidence = 1};
            add_row_of_notes(notes, rng, like, 10, 3);
        }
    }
    neume_notes_sort(notes);
}

static inline int compare_by_key(const void *left, const void *right) {
    const neume_note *a = left, *b = right;
    if (a->program != b->program) return a->program - b->program;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    return a->onset_s < b->onset_s ? -1 : a->onset_s > b->onset_s;
}

/* The same notes, their times within @p tolerance_s. Reorders both: rounded times may sort otherwise. */
static inline void assert_same_notes(neume_notes *a, neume_notes *b, double tolerance_s) {
    assert_int_equal(a->count, b->count);
    if (!a->count) return;
    qsort(a->items, a->count, sizeof *a->items, compare_by_key);
    qsort(b->items, b->count, sizeof *b->items, compare_by_key);
    for (size_t i = 0; i < a->count; i++) {
        const neume_note *x = &a->items[i], *y = &b->items[i];
        assert_int_equal(x->pitch, y->pitch);
        assert_int_equal(x->program, y->program);
        assert_int_equal(x->velocity, y->velocity);
        assert_true(fabs(x->onset_s - y->onset_s) <= tolerance_s);
        assert_true(fabs(x->offset_s - y->offset_s) <= tolerance_s);
    }
}

static inline void assert_note(const neume_note *note, double onset_s, double offset_s, int pitch) {
    assert_int_equal(note->pitch, pitch);
    assert_true(fabs(note->onset_s - onset_s) < 1e-9);
    assert_true(fabs(note->offset_s - offset_s) < 1e-9);
}

/* @p there_and_back writes the notes that it is given and reads what it wrote: each lack of memory is said. */
static inline void sweep_there_and_back(neume_status (*there_and_back)(void *notes), int programs) {
    neume_rng rng = neume_rng_seeded(1, 3);
    neume_notes notes = {0};
    add_random_notes(&notes, &rng, 0, programs);
    sweep_allocation_failures(there_and_back, &notes);
    neume_notes_clear(&notes);
}

#endif
