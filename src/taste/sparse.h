/* Sparse matrices: made from a list of cells, turned over, multiplied. */
#ifndef NEUME_TASTE_SPARSE_H
#define NEUME_TASTE_SPARSE_H

#include "neume/taste.h"

/* One cell; several at one place add up, the latest stamp counts. */
typedef struct taste_cell {
    int32_t row, column;
    float value;
    uint32_t stamp; /* seconds since 1970 */
} taste_cell;
typedef struct taste_cells {
    taste_cell *items;
    size_t count, capacity;
} taste_cells;
NEUME_MUST neume_status neume__cells_add(taste_cells *cells, taste_cell cell);
void neume__cells_clear(taste_cells *cells);

/* Cells in any order become a matrix; cells whose values add up to 0 stay. stamps: (cells of the matrix), NULL = not
 * wanted. Both outs are replaced without being freed. */
NEUME_MUST neume_status neume__sparse_build(const taste_cells *cells, int64_t rows, int64_t columns, neume_sparse *out,
                                            uint32_t **stamps);
/* Zeroed starts, room for `cells` columns and values. */
NEUME_MUST neume_status neume__sparse_init(neume_sparse *m, int64_t rows, int64_t columns, int64_t cells);
NEUME_MUST neume_status neume__sparse_copy(const neume_sparse *m, neume_sparse *out);
NEUME_MUST neume_status neume__sparse_transpose(const neume_sparse *m, neume_sparse *out);
void neume__sparse_clear(neume_sparse *m);

static inline int64_t neume__sparse_cells(const neume_sparse *m) {
    return m->start ? m->start[m->rows] : 0;
}
static inline int64_t neume__sparse_length(const neume_sparse *m, int64_t row) {
    return m->start[row + 1] - m->start[row];
}
/* to[column] += scale * value for each cell of a row. */
static inline void neume__sparse_add_row(const neume_sparse *m, int64_t row, float scale, float *to) {
    for (int64_t at = m->start[row]; at < m->start[row + 1]; at++) to[m->column[at]] += scale * m->value[at];
}
static inline double neume__sparse_dot_row(const neume_sparse *m, int64_t row, const float *x) {
    double sum = 0;
    for (int64_t at = m->start[row]; at < m->start[row + 1]; at++)
        sum += (double)m->value[at] * (double)x[m->column[at]];
    return sum;
}

#endif
