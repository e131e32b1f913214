/* For each row of a product of two sparse matrices, its largest cells: how item-to-item tables are made. */
#ifndef NEUME_TASTE_NEIGHBOURS_H
#define NEUME_TASTE_NEIGHBOURS_H

#include "sparse.h"

/* out(i, j) = scale[j] sum over u of left(i, u) right(u, j), the `most` largest above 0 of each row, without j = i.
 * scale NULL = 1. Columns rise. Cost: one addition for each pair of items that share a u; memory: the result, and a row
 * of right's width for each thread. */
typedef struct taste_product {
    const neume_sparse *left, *right;
    const float *scale;
    int most;
} taste_product;
NEUME_MUST neume_status neume__neighbours(const taste_product *asked, neume_sparse *out);

#endif
