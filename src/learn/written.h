/* Written music as measuring sees it: shared by what reads it and what compares it. Private to the room. */
#ifndef NEUME_LEARN_WRITTEN_H
#define NEUME_LEARN_WRITTEN_H

#include "neume/learn.h"

/* Room for one more entry: NEUME_TRY(WRITTEN_MORE(written, note, notes)); */
#define WRITTEN_MORE(owner, name, table)                                                                               \
    ((owner)->name##_count < (owner)->name##_capacity                                                                  \
         ? NEUME_OK                                                                                                    \
         : neume__grow((void **)&(owner)->table, &(owner)->name##_capacity, (owner)->name##_count + 1,                 \
                       sizeof *(owner)->table))

enum { NEUME__UNMATCHED = -1 };

NEUME_MUST neume_status neume__written_add_note(neume_written *written, neume_place note);
NEUME_MUST neume_status neume__written_add_bar(neume_written *written, neume_written_bar bar);
/* The ticks a pickup lacks: where a bar's first beat would be is that much before the bar. 0 for all but the first. */
int64_t neume__written_lack(const neume_written *written, size_t bar);
/* The key and metre that last longest. @return false when none is told */
bool neume__written_main_key(const neume_written *written, neume_key *out);
bool neume__written_main_metre(const neume_written *written, neume_metre *out);
bool neume__metre_same(neume_metre a, neume_metre b);

/* Pairs of notes that follow each other in one voice, compared among matched notes; match: (truth notes) the estimated
 * note or NEUME__UNMATCHED. -1: a side has no voices. */
NEUME_MUST neume_status neume__score_voices(const neume_written *truth, const neume_written *estimate,
                                            const int64_t *match, double *out);

#endif
