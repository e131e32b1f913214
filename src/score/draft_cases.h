/* Drafts made by hand, for the tests of the stages. */
#ifndef NEUME_SCORE_DRAFT_CASES_H
#define NEUME_SCORE_DRAFT_CASES_H

#include "neume_test.h"

#include "draft.h"

enum { MEASURE_QUARTERS = 4 };
static const int64_t QUARTER = NEUME_WHOLE / 4;

/* One part of this program, so many measures of 4/4. */
static inline neume__draft empty_draft(int measures, int program) {
    neume__draft draft = {0};
    assert_ok(DRAFT_MORE(&draft, part, parts));
    draft.parts[draft.part_count++] = (neume__part){(int16_t)program, 1, NULL};
    for (int m = 0; m < measures; m++) {
        assert_ok(DRAFT_MORE(&draft, measure, measures));
        draft.measures[draft.measure_count++] =
            (neume__measure){m * NEUME_WHOLE, NEUME_WHOLE, {.beats = MEASURE_QUARTERS, .unit = 4}};
    }
    return draft;
}

static inline void put(neume__draft *draft, int64_t at, int64_t ticks, int number) {
    assert_ok(DRAFT_MORE(draft, note, notes));
    draft->notes[draft->note_count] = (neume__placed){
        .at = at, .ticks = ticks, .number = (int16_t)number, .velocity = 64, .source = (int32_t)draft->note_count};
    draft->note_count++;
}

/* A chord and its bass through a measure: semitones above the root, as bits. */
static inline void put_chord(neume__draft *draft, int measure, int root, unsigned notes) {
    put(draft, measure * NEUME_WHOLE, NEUME_WHOLE, 36 + root);
    for (int up = 0; up < 12; up++)
        if (notes >> up & 1) put(draft, measure * NEUME_WHOLE, NEUME_WHOLE, 60 + root + up);
}

enum { TRIAD_MAJOR = 0x091, TRIAD_MINOR = 0x089, SEVENTH = 0x491, CADENCE_MEASURES = 8 };

/* Eight measures that leave no doubt: I IV V I, the scale up and down (of minor the harmonic one), V7 I.
 * @param tonic 0 .. 11 */
static inline void put_cadence(neume__draft *draft, int measure, int tonic, bool minor) {
    static const int SCALES[2][8] = {{0, 2, 4, 5, 7, 9, 11, 12}, {0, 2, 3, 5, 7, 8, 11, 12}};
    unsigned triad = minor ? TRIAD_MINOR : TRIAD_MAJOR;
    put_chord(draft, measure, tonic, triad);
    put_chord(draft, measure + 1, tonic + 5, triad);
    put_chord(draft, measure + 2, tonic + 7, TRIAD_MAJOR);
    put_chord(draft, measure + 3, tonic, triad);
    for (int i = 0; i < 16; i++) {
        int64_t at = (measure + 4) * NEUME_WHOLE + i * QUARTER / 2;
        put(draft, at, QUARTER / 2, 60 + tonic + SCALES[minor][i < 8 ? i : 15 - i]);
    }
    put_chord(draft, measure + 6, tonic + 7, SEVENTH);
    put_chord(draft, measure + 7, tonic, triad);
    neume__draft_sort(draft);
}

/* Notes at random, on a grid of eighths. */
static inline neume__draft random_draft(uint64_t seed, int measures, int up) {
    neume__draft draft = empty_draft(measures, 0);
    neume_rng rng = neume_rng_seeded(seed, 0);
    for (int i = 0; i < measures * 12; i++) {
        int64_t at = (int64_t)neume_rng_below(&rng, measures * 8) * QUARTER / 2;
        int64_t ticks = (int64_t)(neume_rng_below(&rng, 6) + 1) * QUARTER / 2;
        put(&draft, at, ticks, 40 + up + (int)neume_rng_below(&rng, 40));
    }
    neume__draft_sort(&draft);
    return draft;
}

/* Pitch class of a name. */
static inline int class_of(int step, int alter) {
    static const int NATURAL[7] = {0, 2, 4, 5, 7, 9, 11};
    return (NATURAL[step] + alter + 12) % 12;
}

#endif
