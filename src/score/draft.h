/* A draft: what is known of a piece on its way from notes in seconds to written music. Private to the room.
 *
 *     notes, beats --quantise--> measures, notes at their places --> staves and voices --> keys, spelling, chords -->
 * score
 *
 * Each stage reads what the ones before it filled in and fills in its own fields; docs/decisions/005. Times are ticks
 * (NEUME_WHOLE) from the beginning of the first measure. */
#ifndef NEUME_SCORE_DRAFT_H
#define NEUME_SCORE_DRAFT_H

#include "neume/score.h"

/* A bar. The first may be shorter than its metre (a pickup), and so may any other. */
typedef struct neume__measure {
    int64_t at, ticks;
    neume_metre metre;
} neume__measure;

/* A note at its place on the page. */
typedef struct neume__placed {
    int64_t at, ticks; /* by quantising; ticks 0: a grace note before what is next in its voice */
    int32_t source;    /* which of the notes it was written from */
    int16_t number;    /* MIDI pitch */
    int16_t velocity;
    int16_t part;      /* entry of the draft's parts */
    int16_t staff;     /* in its part, from 0: 1 is the left hand; by voices */
    int16_t voice;     /* in its staff, from 0; by voices */
    bool staccato;     /* sounds much shorter than it is written; by quantising */
    bool trill;        /* stands for a trill of many notes; by quantising */
    neume_pitch pitch; /* by spelling; tied is left false */
} neume__placed;

/* A note that is not on the page: another, with a trill, stands for it. */
typedef struct neume__taken {
    int32_t source, by; /* which of the notes, and which of them stands for it */
} neume__taken;

/* Notes that are played by one instrument. */
typedef struct neume__part {
    int16_t program;  /* General MIDI, or NEUME_PROGRAM_DRUMS */
    int16_t staves;   /* 1, or 2 for keyboards; by voices */
    const char *name; /* borrowed; NULL = the program's */
} neume__part;

typedef struct neume__key_change {
    int64_t at; /* where a measure begins; the first 0 */
    neume_key key;
} neume__key_change;

/* A harmony that lasts until the next. */
typedef struct neume__chord {
    int64_t at, ticks;
    int8_t root_step, root_alter; /* root_step -1: no chord */
    int8_t bass_step, bass_alter; /* as the root when it is not inverted */
    const char *quality; /* Harte's shorthand: "maj", "min", "7", "maj7", "min7", "dim", "hdim7" ...; a constant */
} neume__chord;

typedef struct neume__tempo_change {
    int64_t at;
    double quarters_a_minute;
} neume__tempo_change;

typedef struct neume__draft {
    neume__measure *measures;
    neume__placed *notes; /* in order of at, then number */
    neume__part *parts;
    neume__key_change *keys;
    neume__chord *chords;
    neume__tempo_change *tempi;
    neume__taken *taken;
    bool swing;   /* eighths are played long and short; by quantising */
    int64_t lead; /* ticks from the first beat to the first measure, which an upbeat begins; by quantising */
    size_t taken_count, taken_capacity;
    size_t measure_count, measure_capacity, note_count, note_capacity, part_count, part_capacity, key_count,
        key_capacity, chord_count, chord_capacity, tempo_count, tempo_capacity;
} neume__draft;

void neume__draft_clear(neume__draft *draft);
/* Orders the notes: at, graces first, number, part. */
void neume__draft_sort(neume__draft *draft);

/* Room for one more entry: NEUME_TRY(DRAFT_MORE(draft, note, notes)); then draft->notes[draft->note_count++] = ... */
#define DRAFT_MORE(owner, name, table)                                                                                 \
    ((owner)->name##_count < (owner)->name##_capacity                                                                  \
         ? NEUME_OK                                                                                                    \
         : neume__grow((void **)&(owner)->table, &(owner)->name##_capacity, (owner)->name##_count + 1,                 \
                       sizeof *(owner)->table))

/* --- stages, in order --------------------------------------------------------------------------------------------- */

/* voices.c: staff and voice of every note; may shorten a note that runs into the next of its voice (never moves its
 * beginning). Sets each part's staves. */
NEUME_MUST neume_status neume__draft_voices(neume__draft *draft);
/* key.c: fills keys. Needs measures and notes; no spelling. */
NEUME_MUST neume_status neume__draft_keys(neume__draft *draft);
/* spelling.c: each note's pitch; needs keys. Drums are left alone. */
NEUME_MUST neume_status neume__draft_spell(neume__draft *draft);
/* chords.c: fills chords; needs spelling. */
NEUME_MUST neume_status neume__draft_chords(neume__draft *draft);

typedef struct neume__write_options {
    const char *title, *composer; /* NULL = none */
    bool chords;                  /* print chord symbols above the first voice */
} neume__write_options;
/* write.c: bars, rests, ties, tuplets, beams, clefs: the draft as written music. */
NEUME_MUST neume_status neume__draft_write(const neume__draft *draft, const neume__write_options *options,
                                           neume_score **out);

#endif
