#include "sparse.h"

#include <string.h>

neume_status neume__cells_add(taste_cells *cells, taste_cell cell) {
    NEUME_TRY(neume__grow((void **)&cells->items, &cells->capacity, cells->count + 1, sizeof cell));
    cells->items[cells->count++] = cell;
    return NEUME_OK;
}

void neume__cells_clear(taste_cells *cells) {
    neume__free(cells->items);
    *cells = (taste_cells){0};
}

neume_status neume__sparse_init(neume_sparse *m, int64_t rows, int64_t columns, int64_t cells) {
    neume_sparse made = {.rows = rows, .columns = columns};
    made.start = neume__calloc((size_t)rows + 1, sizeof *made.start);
    made.column = neume__calloc((size_t)cells + 1, sizeof *made.column);
    made.value = neume__calloc((size_t)cells + 1, sizeof *made.value);
    if (!made.start || !made.column || !made.value) {
        neume__sparse_clear(&made);
        return NEUME_ENOMEM;
    }
    *m = made;
    return NEUME_OK;
}

void neume__sparse_clear(neume_sparse *m) {
    neume__free(m->start);
    neume__free(m->column);
    neume__free(m->value);
    *m = (neume_sparse){0};
}

neume_status neume__sparse_copy(const neume_sparse *m, neume_sparse *out) {
    const int64_t cells = neume__sparse_cells(m);
    NEUME_TRY(neume__sparse_init(out, m->rows, m->columns, cells));
    if (m->start) memcpy(out->start, m->start, ((size_t)m->rows + 1) * sizeof *m->start);
    if (cells) memcpy(out->column, m->column, (size_t)cells * sizeof *m->column);
    if (cells) memcpy(out->value, m->value, (size_t)cells * sizeof *m->value);
    return NEUME_OK;
}

/* Turns counts in start[1 ...] into where each row begins. */
static void sum_starts(neume_sparse *m) {
    for (int64_t r = 0; r < m->rows; r++) m->start[r + 1] += m->start[r];
}

/* Filling moved each start to the next row's: moves them back. */
static void restore_starts(neume_sparse *m) {
    memmove(m->start + 1, m->start, (size_t)m->rows * sizeof *m->start);
    m->start[0] = 0;
}

neume_status neume__sparse_transpose(const neume_sparse *m, neume_sparse *out) {
    neume_sparse t;
    const int64_t cells = neume__sparse_cells(m);
    NEUME_TRY(neume__sparse_init(&t, m->columns, m->rows, cells));
    for (int64_t at = 0; at < cells; at++) t.start[m->column[at] + 1]++;
    sum_starts(&t);
    for (int64_t r = 0; r < m->rows; r++)
        for (int64_t at = m->start[r]; at < m->start[r + 1]; at++) {
            const int64_t to = t.start[m->column[at]]++;
            t.column[to] = (int32_t)r;
            t.value[to] = m->value[at];
        }
    restore_starts(&t);
    *out = t;
    return NEUME_OK;
}

/* --- from cells: sorted by column, then stably by row, so that each row's columns rise; then equal places merge -------- */

enum { BY_ROW, BY_COLUMN };

static neume_status counting_sort(const taste_cell *from, size_t count, int key, int64_t keys, taste_cell *to) {
    int64_t *start = neume__calloc((size_t)keys + 1, sizeof *start);
    if (!start) return NEUME_ENOMEM;
    for (size_t i = 0; i < count; i++) start[(key == BY_ROW ? from[i].row : from[i].column) + 1]++;
    for (int64_t k = 0; k < keys; k++) start[k + 1] += start[k];
    for (size_t i = 0; i < count; i++) to[start[key == BY_ROW ? from[i].row : from[i].column]++] = from[i];
    neume__free(start);
    return NEUME_OK;
}

/* @return how many are left */
static size_t merge_equal(taste_cell *cells, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        taste_cell *last = kept ? &cells[kept - 1] : NULL;
        if (last && last->row == cells[i].row && last->column == cells[i].column) {
            last->value += cells[i].value;
            if (cells[i].stamp > last->stamp) last->stamp = cells[i].stamp;
        } else {
            cells[kept++] = cells[i];
        }
    }
    return kept;
}

static neume_status fill(const taste_cell *cells, size_t count, int64_t rows, int64_t columns, neume_sparse *out) {
    NEUME_TRY(neume__sparse_init(out, rows, columns, (int64_t)count));
    for (size_t i = 0; i < count; i++) {
        out->start[cells[i].row + 1]++;
        out->column[i] = cells[i].column;
        out->value[i] = cells[i].value;
    }
    sum_starts(out);
    return NEUME_OK;
}

neume_status neume__sparse_build(const taste_cells *cells, int64_t rows, int64_t columns, neume_sparse *out,
                                 uint32_t **stamps) {
    neume_status status = NEUME_ENOMEM;
    uint32_t *times = NULL;
    taste_cell *by_column = neume__alloc(cells->count * sizeof *by_column),
               *by_row = neume__alloc(cells->count * sizeof *by_row);
    if (!by_column || !by_row) goto fail;
    NEUME_GO(counting_sort(cells->items, cells->count, BY_COLUMN, columns, by_column));
    NEUME_GO(counting_sort(by_column, cells->count, BY_ROW, rows, by_row));
    const size_t kept = merge_equal(by_row, cells->count);
    if (stamps) {
        times = neume__alloc(kept * sizeof *times);
        status = NEUME_ENOMEM;
        if (!times) goto fail;
        for (size_t i = 0; i < kept; i++) times[i] = by_row[i].stamp;
    }
    NEUME_GO(fill(by_row, kept, rows, columns, out));
    if (stamps) *stamps = times;
    times = NULL;
fail:
    neume__free(times);
    neume__free(by_column);
    neume__free(by_row);
    return status;
}
