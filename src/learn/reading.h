/* What a file tells of a piece: shared by the readers of its several formats. Private to the room. */
#ifndef NEUME_LEARN_READING_H
#define NEUME_LEARN_READING_H

#include "written.h"

NEUME_MUST neume_status neume__timeline_add_beat(neume_timeline *timeline, double time_s, bool downbeat);
/* "6/8" @return false when it is none */
bool neume__metre_parse(const char *text, size_t bytes, neume_metre *out);
/* "G major", "Bb:min", "F# dorian", "Am", "C" @return false when it is none */
bool neume__key_parse(const char *text, size_t bytes, neume_key *out);
/* A signature alone: sharps (> 0) or flats (< 0), mode NEUME_MODE_NONE. */
neume_key neume__key_of_signature(int fifths);

/* Each fills an empty reading; what it holds on failure is cleared by the caller. Text ends in a zero byte. */
NEUME_MUST neume_status neume__reading_from_json(const char *text, neume_reading *out);
NEUME_MUST neume_status neume__reading_from_asap(const char *path, const char *text, neume_reading *out);
NEUME_MUST neume_status neume__reading_from_pop909(const char *path, const char *text, neume_reading *out);

/* Appends @p path with its ending replaced. */
NEUME_MUST neume_status neume__sibling(const char *path, const char *ending, const char *other, neume_buffer *out);

#endif
