/* Chords of a piece: found, spelled, written. Private to the room. */
#ifndef NEUME_COMPOSE_HARMONISE_H
#define NEUME_COMPOSE_HARMONISE_H

#include "chord_symbol.h"
#include "edit.h"
#include "neume/compose.h"
#include "neume/compose_harmony.h"

/* A state of the model as a chord in a key. */
chord_symbol neume__chord_of_state(const neume_key *key, int state);
/* Its notes, root, third, fifth, seventh; octaves are of no meaning. @return how many: 3 or 4 */
int neume__chord_pitches(const neume_key *key, int state, neume_pitch out[4]);

/* The melody as soprano and three parts below it; states as of neume_harmony_decode(). */
neume_status neume__write_four_parts(neume_score *score, const neume_harmony_slots *slots, const int8_t *states,
                                     int *faults);

#endif
