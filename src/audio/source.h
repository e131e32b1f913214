/* Where samples come from: libsndfile or a running ffmpeg, behind the same two verbs. Private to the room. */
#ifndef NEUME_AUDIO_SOURCE_H
#define NEUME_AUDIO_SOURCE_H

#include "neume/audio.h"
#include "neume/base.h"

typedef struct neume__source neume__source;
struct neume__source {
    double rate_hz;
    double claimed_s; /* 0 when unknown */
    bool broken;      /* set at the end: the data broke off before its time */
    neume_audio_tags tags;

    /* Reads up to `capacity` mono samples; fewer than asked only at the end, then 0. */
    size_t (*read)(neume__source *source, float *mono, size_t capacity);
    void (*close)(neume__source *source);
};

/* The lowest and highest sampling rate that is taken for one. */
#define NEUME__RATE_LEAST_HZ 1000.0
#define NEUME__RATE_MOST_HZ  768000.0

/* Finds the source that can read a recording; path "-" is standard input. rate_hz: wanted, but not promised. */
NEUME_MUST neume_status neume__source_open(const char *path, double rate_hz, neume__source **out);

/* Both take over `file` on success only; `name` is for messages. *out = NULL from the first: not a format it knows. */
NEUME_MUST neume_status neume__source_sndfile(int file, const char *name, neume__source **out);
NEUME_MUST neume_status neume__source_ffmpeg(int file, const char *name, double rate_hz, neume__source **out);

/* Copies all of `stream` to a nameless temporary file, positioned at its start. The caller closes both. */
NEUME_MUST neume_status neume__spool(int stream, const char *name, int *out);

#endif
