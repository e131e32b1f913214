/* What ALS and BPR share: a vector for each item, its product with a listener's vector, and their place in the file. */
#ifndef NEUME_TASTE_FACTORS_H
#define NEUME_TASTE_FACTORS_H

#include "lanes.h"
#include "part.h"

/* (rows, width) on lines of 64 bytes, each number normal with the deviation; a row's numbers depend on seed and row
 * alone. Columns from `factors` on are 0. */
NEUME_MUST neume_status neume__factors_new(int64_t rows, int64_t factors, double deviation, uint64_t seed, float **out);
/* scores[j] += item[j] . x */
void neume__factors_score(const float *items, int64_t rows, int64_t width, const float *x, float *scores);
NEUME_MUST neume_status neume__factors_save(neume_gguf_writer *writer, const taste_part *part, const char *name,
                                            const float *items, int64_t rows);
NEUME_MUST neume_status neume__factors_load(const neume_gguf *gguf, const taste_part *part, const char *name,
                                            int64_t rows, float **out);

#endif
