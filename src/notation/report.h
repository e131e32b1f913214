/* What a reader could not understand, told once for each kind of thing. Private to the room. */
#ifndef NEUME_NOTATION_REPORT_H
#define NEUME_NOTATION_REPORT_H

#include "neume/notation.h"

enum { NEUME__FAULTS = 64, NEUME__FAULT_BYTES = 80 };

/* Where in a file: a line, or a part and its measure, all from 1; 0 = not known. */
typedef struct neume__place {
    long line;
    int part, measure;
} neume__place;

typedef struct neume__fault {
    char what[NEUME__FAULT_BYTES];
    neume__place first;
    int times;
} neume__fault;

/* Kinds of faults in order of appearance; more than there is room for are not told. Start with {0}. */
typedef struct neume__faults {
    neume__fault kinds[NEUME__FAULTS];
    int count;
} neume__faults;

void neume__fault_add(neume__faults *faults, neume__place place, const char *format, ...) NEUME_PRINTF(3, 4);
/* Adds them to a report, one warning a kind; NULL: nobody wants them. */
NEUME_MUST neume_status neume__faults_tell(const neume__faults *faults, neume_report *report);
/* One warning; only the first 20 are kept as text. */
NEUME_MUST neume_status neume__report_add(neume_report *report, const char *text);

/* What a measure lacks of its metre, waiting for one that makes it whole. Start a part with {0}. */
typedef struct neume__lack {
    int64_t ticks;
    neume__place place;
} neume__lack;
/* Says when a measure is not as long as its metre (full; 0 = free). A pickup may be short, and so may the last measure
 * and two that make one together. */
void neume__judge_measure(neume__faults *faults, neume__lack *lack, neume__place place, int64_t ticks, int64_t full);

/* What is wrong with a finished score: ties that lead nowhere, slurs without an end, endings that are not reached. */
void neume__judge_score(neume__faults *faults, const neume_score *score);

#endif
