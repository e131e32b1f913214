/* How loud a score's voices are played where. Private to the room. */
#ifndef NEUME_MUSIC_SCORE_LOUDNESS_H
#define NEUME_MUSIC_SCORE_LOUDNESS_H

#include "neume/music.h"

/* A dynamic mark on the page. */
typedef struct loudness_mark {
    int64_t at;
    size_t order; /* of appearance */
    int part, staff;
    int velocity, accent; /* from here on, 0 = as before; of what stands right here, 0 = the same */
} loudness_mark;

/* All marks of a score, in order of parts and time. Start with {0}. */
typedef struct loudness {
    loudness_mark *marks;
    size_t mark_count, mark_capacity;
} loudness;

NEUME_MUST neume_status loudness_read(const neume_score *score, loudness *out);
/* The marks that a voice obeys, appended to `out`: its part's until its own staff has one, then its staff's. */
NEUME_MUST neume_status loudness_of_voice(const loudness *all, const neume_voice *voice, loudness *out);
/* Velocity at a place of the page, by the marks of a voice. */
int loudness_at(const loudness *voice, int64_t at);
void loudness_clear(loudness *all);

#endif
