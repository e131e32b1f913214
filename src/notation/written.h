/* Notes as a score writes them, in quarter notes from its start, and how they become notes in seconds.
 *
 * The kern and MusicXML readers fill a neume__written as they read: notes in any order, tempo changes in any order and
 * from any part. Only when the whole score is known can quarters be turned to seconds, so neume__written_finish() does
 * it in one pass over the sorted tempi. Grace notes take no written time: each is told how many come from it to its
 * main note (its rank) and sounds NEUME__GRACE_S each before it. */
#ifndef NEUME_NOTATION_WRITTEN_H
#define NEUME_NOTATION_WRITTEN_H

#include "neume/music.h"

enum {
    NEUME__WRITTEN_NOTES_LIMIT = 4000000, /* a symphony has about 100,000 */
    NEUME__WRITTEN_TEMPI_LIMIT = 1000000,
    NEUME__GRACES_LIMIT = 32, /* the most grace notes kept waiting for one main note */
};
#define NEUME__WRITTEN_LIMIT_QUARTERS 1e8
#define NEUME__WRITTEN_LIMIT_S        (100.0 * 3600) /* no score lasts longer; a damaged tempo easily does */
#define NEUME__GRACE_S                0.06
#define NEUME__SAME_TIME              1e-6 /* quarters closer than this are one moment: sums of tuplets are not exact */

typedef struct neume__written_note {
    double onset_quarters, end_quarters;
    int16_t pitch, velocity, program, part;
    int16_t staff;      /* for the reader: whose dynamics the note takes; 0 when unknown */
    int16_t grace_rank; /* 0 = an ordinary note, n = n grace notes before the main note at onset_quarters */
} neume__written_note;

typedef struct neume__tempo {
    double quarters, bpm; /* from here on, quarters a minute */
    size_t order;         /* of appearance: the later of two at one moment counts */
} neume__tempo;

/* Start with {0}. */
typedef struct neume__written {
    neume__written_note *notes;
    size_t count, capacity;
    neume__tempo *tempi;
    size_t tempo_count, tempo_capacity;
} neume__written;

/* The grace notes of one voice that wait for their main note, as indices into `notes`. Start with {0}. */
typedef struct neume__graces {
    size_t items[NEUME__GRACES_LIMIT];
    int count;
} neume__graces;

NEUME_MUST neume_status neume__written_add(neume__written *written, neume__written_note note);
/* Adds a grace note; `chord` when it sounds together with the one before. */
NEUME_MUST neume_status neume__written_add_grace(neume__written *written, neume__graces *graces, bool chord,
                                                 neume__written_note note);
/* The graces' main note (or rest) has come, at this moment: they wait no longer. */
void neume__written_place_graces(neume__written *written, neume__graces *graces, double onset_quarters);
/* Tempi outside 1 .. 2000 quarters a minute are slips of the pen and ignored. */
NEUME_MUST neume_status neume__written_add_tempo(neume__written *written, double quarters, double bpm);
/* Moves the notes to seconds (120 BPM until the first tempo), sorts them into `out`, replacing what it held. One key of
 * one part is struck once at a time: unisons of voices are one note, and a new stroke ends the old one. */
NEUME_MUST neume_status neume__written_finish(neume__written *written, neume_notes *out);
void neume__written_clear(neume__written *written);

#endif
