/* All stages in one call. Private to the room. */
#ifndef NEUME_SCORE_FROM_NOTES_H
#define NEUME_SCORE_FROM_NOTES_H

#include "draft.h"

/* An empty draft and rhythm are filled. */
NEUME_MUST neume_status neume__draft_from_notes(const neume_notes *notes, const neume_score_options *options,
                                                neume_rhythm *rhythm, neume__draft *draft);

/* rhythm_find.c: beats from the last one before the first note to the first one behind the last onset. */
NEUME_MUST neume_status neume__rhythm_fit(const neume_notes *notes, neume_rhythm *rhythm);

#endif
