/* Humdrum **kern on its way to written music: where its spines stand. Private to the room.
 *
 *   kern_read.c    lines, the head of a score, the door
 *   kern_spines.c  spines, their paths, the parts they are
 *   kern_signs.c   interpretations and bar lines
 *   kern_notes.c   notes and what hangs on them
 *   kern_token.c   the small words of it all */
#ifndef NEUME_NOTATION_KERN_READ_H
#define NEUME_NOTATION_KERN_READ_H

#include "gather.h"
#include "kern_token.h"

enum { NEUME__KERN_SPINE_TEXT = -2, NEUME__KERN_SPINE_DYNAM = -3, NEUME__KERN_SPINE_OTHER = -1 };
enum { NEUME__KERN_TEXT_MOST = 200 };

typedef struct neume__kern_spine {
    neume__kern_instrument instrument;
    int part_said, part, staff; /* part -1: not yet known */
    int beams;
    int program; /* that it sounds with, -1 before its first note */
} neume__kern_spine;

typedef struct neume__kern_column {
    int spine; /* of the **kern spines, or NEUME__KERN_SPINE_TEXT ... */
    int64_t end;
} neume__kern_column;

typedef struct neume__kern_reader {
    neume__gather gather;
    neume__kern_spine *spines;
    size_t spine_count, spine_capacity;
    neume__kern_column *columns, *spare;
    size_t column_count, column_capacity, spare_count, spare_capacity;
    neume__kern_text *fields;
    size_t field_count, field_capacity;
    int64_t now, measure_start;
    int32_t measure;
    neume_metre metre;
    neume__lack lack;
    bool started, tempo_said; /* tempo: on this line */
    long line;
} neume__kern_reader;

/* When the next line of notes happens. */
int64_t neume__kern_next_time(const neume__kern_reader *r);
/* Parts for the spines that have none. */
NEUME_MUST neume_status neume__kern_make_parts(neume__kern_reader *r);
/* One line each: **kern ..., *^ *v ..., *clefG2 ..., =, notes. */
NEUME_MUST neume_status neume__kern_read_exclusive(neume__kern_reader *r);
NEUME_MUST neume_status neume__kern_follow_paths(neume__kern_reader *r);
NEUME_MUST neume_status neume__kern_read_interpretations(neume__kern_reader *r);
NEUME_MUST neume_status neume__kern_read_bar(neume__kern_reader *r);
NEUME_MUST neume_status neume__kern_read_data(neume__kern_reader *r);

#endif
