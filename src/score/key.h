/* What keys know that spelling needs: private to the room. */
#ifndef NEUME_SCORE_KEY_H
#define NEUME_SCORE_KEY_H

#include "draft.h"

/* Where a piece is, measure by measure, whether or not that is printed.
 * @param[out] out  (measure_count) fifths from C of the signature, 0 .. 11: sharps and flats are not told apart */
NEUME_MUST neume_status neume__draft_local_signatures(const neume__draft *draft, int16_t *out);

#endif
