/* See pitch.h. */
#include "pitch.h"

#include <stdlib.h>

enum { MOST_ALTER = 2, MOST_FIFTHS = 7, STEPS = 7, SEMITONES = 12 };

neume_pitch neume__pitch_move(neume_pitch pitch, interval by) {
    const int number = neume_pitch_number(pitch) + by.semitones;
    const int steps[3] = {0, 1, -1};
    for (int i = 0; i < 3; i++) {
        neume_pitch moved = pitch;
        const int step = pitch.step + by.steps + steps[i];
        moved.step = (int8_t)floor_mod(step, STEPS);
        moved.octave = (int8_t)(pitch.octave + floor_div(step, STEPS));
        moved.alter = 0;
        const int alter = number - neume_pitch_number(moved);
        if (abs(alter) > MOST_ALTER) continue;
        moved.alter = (int8_t)alter;
        return moved;
    }
    return pitch;
}

neume_key neume__key_move(const neume_key *key, interval by) {
    if (key->mode == NEUME_MODE_NONE) return *key;
    const neume_pitch tonic = neume__pitch_move((neume_pitch){key->tonic_step, key->tonic_alter, 4, false}, by);
    neume_key moved = neume_key_of(tonic.step, tonic.alter, key->mode);
    moved.own = key->own;
    for (int step = 0; step < STEPS && key->own; step++) {
        const neume_pitch name = neume__pitch_move((neume_pitch){(int8_t)step, key->alter[step], 4, false}, by);
        moved.alter[name.step] = name.alter;
    }
    return moved;
}

static interval best_of(const neume_key *key, const interval *of, int count) {
    int best = 0, least = 1000;
    for (int i = 0; i < count; i++) {
        const neume_key moved = neume__key_move(key, of[i]);
        const int signs = abs(neume_key_fifths(&moved));
        if (signs < least) least = signs, best = i;
    }
    return of[best];
}

interval neume__interval_from(const neume_key *key, int semitones) {
    static const int usual[SEMITONES] = {0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6};
    const int steps = STEPS * floor_div(semitones, SEMITONES) + usual[floor_mod(semitones, SEMITONES)];
    const bool octave = floor_mod(semitones, SEMITONES) == 0;
    const interval of[3] = {{steps, semitones}, {steps + 1, semitones}, {steps - 1, semitones}};
    return octave ? of[0] : best_of(key, of, 3);
}

interval neume__interval_usable(const neume_key *key, interval by) {
    const neume_key moved = neume__key_move(key, by);
    const int signs = neume_key_fifths(&moved);
    if (key->mode == NEUME_MODE_NONE || abs(signs) <= MOST_FIFTHS) return by;
    const interval twin = {by.steps + (signs > 0 ? 1 : -1), by.semitones};
    return twin;
}

interval neume__interval_between(const neume_key *from, int step, int alter, int direction) {
    const neume_pitch a = {from->tonic_step, from->tonic_alter, 4, false}, b = {(int8_t)step, (int8_t)alter, 4, false};
    interval by = {step - from->tonic_step, neume_pitch_number(b) - neume_pitch_number(a)};
    const int low = direction > 0 ? 0 : direction < 0 ? -SEMITONES + 1 : -SEMITONES / 2 + 1;
    while (by.semitones < low) by.semitones += SEMITONES, by.steps += STEPS;
    while (by.semitones >= low + SEMITONES) by.semitones -= SEMITONES, by.steps -= STEPS;
    return by;
}

int neume__pitch_fifths(neume_pitch pitch) {
    static const int fifths[STEPS] = {0, 2, 4, -1, 1, 3, 5};
    return fifths[pitch.step] + STEPS * pitch.alter;
}

neume_pitch neume__fifths_pitch(int fifths) {
    static const int8_t steps[STEPS] = {3, 0, 4, 1, 5, 2, 6};
    const int from_f = fifths + 1;
    return (neume_pitch){steps[floor_mod(from_f, STEPS)], (int8_t)floor_div(from_f, STEPS), 0, false};
}

neume_pitch neume__pitch_near(neume_pitch pitch, int number) {
    pitch.octave = 0;
    const int octaves = floor_div(number - neume_pitch_number(pitch) + SEMITONES / 2, SEMITONES);
    pitch.octave = (int8_t)octaves;
    return pitch;
}
