/* What an onset's surroundings say of its weight. Private to the room. */
#ifndef NEUME_SCORE_ONSETS_H
#define NEUME_SCORE_ONSETS_H

#include "neume/music.h"

/* Seconds until another note begins in the register of notes[i], drums among drums, @p longest_s at most (Temperley
 * 2001, chapter 2: registral inter-onset interval). */
double neume__registral_interval(const neume_notes *notes, size_t i, double longest_s);

/* 1 - cosine between the pitch classes of the second before notes[first] and of the second from it on: 0 .. 1. */
double neume__harmony_change(const neume_notes *notes, size_t first);

/* 0 .. 9: kick, snare, rim and clap, closed hi-hat, open hi-hat, toms, crash, ride, shaken ones, all others. */
int neume__drum_class(int key);

#endif
