/* Documents packed into rows, as neume_lm_net_step() takes them. Private to the room. */
#ifndef NEUME_LEARN_TUNE_BATCH_H
#define NEUME_LEARN_TUNE_BATCH_H

#include "neume/lm_net.h"
#include "neume/lm_vocabulary.h"

typedef struct tune_batch {
    int64_t rows, length;      /* B, T */
    int32_t *tokens, *targets; /* (B, T) each */
    float *weights;
    int32_t *starts;
    int64_t *used;   /* (B) tokens of each row that documents fill */
    int64_t *places; /* (documents) of the last packing: where each begins, row T + column; -1 = it found no room */
    size_t place_capacity;
} tune_batch;

NEUME_MUST neume_status tune_batch_init(tune_batch *batch, int64_t rows, int64_t length);
void tune_batch_clear(tune_batch *batch);

/* Documents on end: document i is ids[begins[i] .. begins[i + 1] - 1]; of its first `given` tokens none is asked for.
 */
typedef struct tune_documents {
    neume_tokens tokens;
    size_t *begins, *given;
    size_t count, capacity, given_capacity;
} tune_documents;
void tune_documents_clear(tune_documents *documents);
void tune_documents_empty(tune_documents *documents);
/* Closes the document whose tokens were appended last. */
NEUME_MUST neume_status tune_documents_close(tune_documents *documents, size_t given);

/* Packs the longest first, each into the fullest row that has room (best-fit decreasing); what finds none is left out.
 * Token t of a row has the weight 1 when the token behind it is asked for. */
NEUME_MUST neume_status tune_batch_pack(tune_batch *batch, const tune_documents *documents);
neume_lm_batch tune_batch_view(const tune_batch *batch); /* borrows */

#endif
