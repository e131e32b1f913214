/* Moving pitches as they are spelled. Private to the room. */
#ifndef NEUME_COMPOSE_PITCH_H
#define NEUME_COMPOSE_PITCH_H

#include "neume/music.h"

/* A minor third up: 2 steps, 3 semitones. Down: both negative. */
typedef struct interval {
    int steps, semitones;
} interval;

/* Exactly so, but for names that would need more than two accidentals: those are respelled. */
neume_pitch neume__pitch_move(neume_pitch pitch, interval by);
/* The same of a key with its signature; a key without a tonic stays. */
neume_key neume__key_move(const neume_key *key, interval by);
/* The interval of so many semitones that leads from a key to the one with the fewest sharps or flats. */
interval neume__interval_from(const neume_key *key, int semitones);
/* The interval itself, unless it leads to more than seven sharps or flats; then its enharmonic twin. */
interval neume__interval_usable(const neume_key *key, interval by);
/* From one key's tonic to another's: the nearest (direction 0), the next up (1) or down (-1). */
interval neume__interval_between(const neume_key *from, int step, int alter, int direction);
/* Places on the line of fifths: ... F -1, C 0, G 1 ...; and the name there (octave 0). */
int neume__pitch_fifths(neume_pitch pitch);
neume_pitch neume__fifths_pitch(int fifths);
/* Octave so that it lies nearest to a MIDI number. */
neume_pitch neume__pitch_near(neume_pitch pitch, int number);

static inline int floor_div(int a, int b) {
    return (a - ((a % b) + b) % b) / b;
}
static inline int floor_mod(int a, int b) {
    return ((a % b) + b) % b;
}

#endif
