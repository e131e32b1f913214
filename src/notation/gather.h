/* Written music gathered measure by measure, as MusicXML and kern tell it, on its way to voices that are streams.
 *
 * A part has measures; a note stands in a voice of a part, so far behind its measure's beginning; signs (bar lines,
 * keys, metres ...) belong to the part. In the end every voice is woven: the part's signs between its own notes, hidden
 * rests where it says nothing, measures one behind another. A bar line closes its measure: it stands behind all else.
 */
#ifndef NEUME_NOTATION_GATHER_H
#define NEUME_NOTATION_GATHER_H

#include "report.h"

enum { NEUME__GATHER_VOICES = 512, NEUME__GATHER_STAVES = 16, NEUME__GATHER_MEASURES = 1000000 };
/* Of a sign's place in its measure: before and behind everything. */
#define NEUME__GATHER_FIRST (INT64_C(-1))
#define NEUME__GATHER_LAST  INT64_MAX

typedef struct neume__gather_sign {
    int32_t measure;
    int staff;  /* -1 = all of the part */
    long voice; /* of tempi and directives: a gathered voice + 1; 0 = the part's first, -1 = all */
    int64_t at, order;
    uint8_t kind; /* neume_item_kind */
    neume_bar bar;
    neume_key key;
    neume_metre metre;
    neume_tempo tempo;
    neume_clef clef;
    const char *text;
} neume__gather_sign;

typedef struct neume__gather_place {
    int32_t measure;
    int64_t order;
} neume__gather_place;

typedef struct neume__gather_voice {
    int part, staff;
    long number;                 /* as the file has it */
    neume_voice raw;             /* notes and rests: `at` counts from the measure's beginning */
    neume__gather_place *places; /* of its items */
    size_t place_capacity;
    int32_t measure; /* where its last note is, */
    int64_t end;     /* and where in it that ends */
    int32_t tuplet;  /* the open one, -1 */
    int64_t tuplet_ticks;
} neume__gather_voice;

typedef struct neume__gather_part {
    const char *name, *short_name;
    int program, channel, transpose, staves;
    neume_clef clefs[NEUME__GATHER_STAVES];
    neume__gather_sign *signs;
    size_t sign_count, sign_capacity;
    int64_t *lengths; /* of its measures */
    size_t measure_count, measure_capacity;
} neume__gather_part;

typedef struct neume__gather {
    neume_score *score;
    neume__gather_part *parts;
    size_t part_count, part_capacity;
    neume__gather_voice *voices;
    size_t voice_count, voice_capacity;
    int64_t order;
    bool as_told; /* parts of one voice keep the order they were told in; their times add up by themselves */
    neume__faults faults;
    neume__place place; /* what is being read */
} neume__gather;

NEUME_MUST neume_status neume__gather_begin(neume__gather *gather);
NEUME_MUST neume_status neume__gather_add_part(neume__gather *gather, neume__gather_part **out);
/* kind and its value are filled in; the order is given here. */
NEUME_MUST neume_status neume__gather_add_sign(neume__gather *gather, int part, neume__gather_sign sign);
/* From here on the part, or one staff of it, sounds with another General MIDI program. */
NEUME_MUST neume_status neume__gather_change_program(neume__gather *gather, int part, neume__gather_sign where,
                                                     int program);
/* The measure's length becomes at least that. */
NEUME_MUST neume_status neume__gather_reach(neume__gather *gather, int part, int32_t measure, int64_t ticks);
/* The voice of that number that is free at this time; made if there is none. *at is drawn to its end if that is nearer
 * than `tolerance`. */
NEUME_MUST neume_status neume__gather_find_voice(neume__gather *gather, neume__gather_voice key, int64_t tolerance,
                                                 int64_t *at, size_t *index);
/* Its pitches are the voice's last. */
NEUME_MUST neume_status neume__gather_add_item(neume__gather *gather, size_t voice, int32_t measure, neume_item item);
/* Begins, goes on with or ends a tuplet. @return through item->tuplet */
NEUME_MUST neume_status neume__gather_tuplet(neume__gather_voice *voice, neume_tuplet ratio, bool starts, bool stops,
                                             neume_item *item);
/* In the order of kinds among those of its item. */
NEUME_MUST neume_status neume__gather_add_words(neume__gather_voice *voice, neume_words words);
/* Weaves the score and hands it over. @param ids of the voices, NULL: numbers */
NEUME_MUST neume_status neume__gather_finish(neume__gather *gather, const char *const *ids, size_t id_count,
                                             neume_score **out);
void neume__gather_clear(neume__gather *gather);

/* How a General MIDI drum key is spelled. */
neume_pitch neume__pitch_of_key(int key);

/* What lyrics of ABC cannot hold becomes a space; spaces around the syllable and the hyphen behind it are taken away.
 * @return its length now */
size_t neume__plain_syllable(char *text, bool *goes_on);

/* The key of so many sharps (flats are negative) in a mode. */
neume_key neume__key_of_fifths(int fifths, neume_mode mode);

#endif
