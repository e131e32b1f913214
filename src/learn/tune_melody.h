/* Melodies as they are heard in any key: a number for each note, how far it is from the one before and how long.
 * Private to the room. */
#ifndef NEUME_LEARN_TUNE_MELODY_H
#define NEUME_LEARN_TUNE_MELODY_H

#include "neume/music.h"

/* The notes of one; borrowed from the set. */
typedef struct tune_melody {
    const int32_t *codes; /* (count); the first is as far from MIDI's note 0 */
    size_t count;
} tune_melody;

/* Melodies on end; `{0}` at first. */
typedef struct tune_melodies {
    int32_t *codes;
    size_t code_count, code_capacity;
    size_t *ends; /* (count) behind the notes of each */
    size_t count, capacity;
} tune_melodies;
/* A score's first voice, of chords the highest note; ties are joined, graces left out. */
NEUME_MUST neume_status tune_melodies_add_score(tune_melodies *set, const neume_score *score);
/* A copy; it may be empty. */
NEUME_MUST neume_status tune_melodies_add(tune_melodies *set, tune_melody melody);
tune_melody tune_melody_at(const tune_melodies *set, size_t index);
void tune_melodies_clear(tune_melodies *set);

enum { TUNE_LENGTHS = 4096 };
/* Semitones up (> 0) or down. */
int tune_code_interval(int32_t code);
/* In 192nds of a whole note, below TUNE_LENGTHS. */
int tune_code_length(int32_t code);
/* FNV-1a. */
uint64_t tune_codes_hash(const int32_t *codes, size_t count);

#endif
