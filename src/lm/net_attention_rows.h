/* What attention does to rows: a head's vectors in and out of the big tensors, turned by their positions, and softmax.
 * Private to the room. */
#ifndef NEUME_LM_NET_ATTENTION_ROWS_H
#define NEUME_LM_NET_ATTENTION_ROWS_H

#include "neume/tensor.h"

/* `count` tokens' vectors of one head in a tensor, and the same as 32-bit rows in a workspace. */
typedef struct lm_head_rows {
    int64_t count, width; /* of a head; even */
    int64_t at, stride;   /* in the tensor: its first item, items from token to token */
    int64_t row;          /* in the workspace: items from row to row */
    const float *angles;  /* (count, width) of the tokens' positions: half cosines, then half sines */
} lm_head_rows;

void lm_rows_load(const lm_head_rows *rows, const neume_tensor *from, float *to);
void lm_rows_store(const lm_head_rows *rows, const float *from, neume_tensor *to);
/* The same, turning the pairs (i, i + half) by the angles and scaling; storing turns back. */
void lm_rows_load_rotated(const lm_head_rows *rows, const neume_tensor *from, float scale, float *to);
void lm_rows_store_rotated(const lm_head_rows *rows, const float *from, float scale, neume_tensor *to);
/* to (row, count) from rows (count, row), both multiples of 4; row i of `to` is at i * to_row. */
void lm_rows_transpose(const float *from, int64_t count, int64_t row, int64_t to_row, float *to);

/* `count` queries' scores, of which row t sees the first `first` + t + 1; the rest up to `columns` become 0. */
typedef struct lm_scores {
    int64_t count, first, columns, row; /* row: items from row to row */
} lm_scores;
/* Each row becomes exp(row - its most); sums[t] is its sum, log_sums[t] the logarithm of the scores' softmax sum. */
void lm_scores_exp(const lm_scores *scores, float *x, float *sums, float *log_sums);
/* Each row becomes its shares again. */
void lm_scores_share(const lm_scores *scores, float *x, const float *log_sums);
/* d, the gradient of the shares, becomes that of the scores; means[t] = sum(share d) of row t. */
void lm_scores_backward(const lm_scores *scores, const float *share, const float *means, float *d);

#endif
