/* A corpus: the notes of many pieces in one file that is mapped, not read.
 *
 *     header   64 bytes: magic, version, counts, checksum of all that follows
 *     pieces   32 bytes each: whose name, which class, where its notes lie
 *     notes    12 bytes each, a piece's together, in order of onset
 *
 * All numbers are little-endian. 15 million notes are 180 MB, of which sampling touches a few pages at a time. */
#ifndef NEUME_LEARN_CORPUS_H
#define NEUME_LEARN_CORPUS_H

#include "neume/learn.h"

/* A 32-bit float tells times apart to .06 ms up to 17 minutes, and to .5 ms up to two hours. */
typedef struct neume__corpus_note {
    float onset_s, duration_s;
    uint8_t pitch, velocity;
    uint8_t program; /* 0 .. 127, or NEUME_PROGRAM_DRUMS */
    uint8_t part;    /* 0 .. 255; later parts share 255 */
} neume__corpus_note;

typedef struct neume__corpus_piece {
    uint64_t key;   /* hash of the work's name: versions of one work share it, and so stay in one split */
    uint64_t first; /* number of its first note */
    uint32_t count; /* notes, >= 1 */
    float end_s;
    uint8_t class_; /* neume_corpus_class */
    uint8_t played; /* 1: human timing, kept exactly */
    uint8_t reserved[6];
} neume__corpus_piece;

_Static_assert(sizeof(neume__corpus_note) == 12 && sizeof(neume__corpus_piece) == 32, "the file's layout");

typedef struct neume__corpus {
    const neume__corpus_piece *pieces; /* (count) */
    const neume__corpus_note *notes;   /* (note_count) */
    size_t count, note_count;
    void *map;
    size_t map_bytes;
} neume__corpus;

/* Maps a corpus file; every offset and every note is checked once.
 * NEUME_ENOTFOUND, NEUME_EIO, NEUME_EFORMAT (damaged, truncated, foreign) */
NEUME_MUST neume_status neume__corpus_open(const char *path, neume__corpus *out);
void neume__corpus_close(neume__corpus *corpus);

/* Writes pieces and their notes (pieces[i].first counts through `notes`); whole or not at all. */
NEUME_MUST neume_status neume__corpus_write(const char *path, const neume__corpus_piece *pieces, size_t count,
                                            const neume__corpus_note *notes, size_t note_count);

/* The key of a file's work: 64-bit FNV-1a of the base name in lower case without extension and version ("909-v2",
 * "x_v10"). */
uint64_t neume__corpus_key(const char *path);

/* Whether a work belongs to validation: 1 in 20. */
bool neume__corpus_held_out(uint64_t key);

/* What kind of piece these notes make; `played` arrangements may spread a piano over more than two parts. */
neume_corpus_class neume__corpus_classify(const neume_notes *notes, bool played);

#endif
