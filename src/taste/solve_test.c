/* The linear algebra: two ways to the same numbers. */
#include "als_solve.h"
#include "ease_solve.h"
#include "factors.h"
#include "neighbours.h"

#include "neume_test.h"

static void make_matrix(int64_t rows, int64_t columns, double density, uint64_t seed, neume_sparse *out) {
    neume_rng rng = neume_rng_seeded(seed, 3);
    taste_cells cells = {0};
    for (int32_t r = 0; r < rows; r++)
        for (int32_t c = 0; c < columns; c++)
            if (neume_rng_chance(&rng, density))
                assert_ok(neume__cells_add(&cells, (taste_cell){r, c, (float)neume_rng_uniform(&rng, -.5, 2), 0}));
    assert_ok(neume__sparse_build(&cells, rows, columns, out, NULL));
    neume__cells_clear(&cells);
}

/* (X' K^-1 X)(i, j) */
static double through_dual(const neume_sparse *back, const double *k_inverse, int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t a = back->start[i]; a < back->start[i + 1]; a++)
        for (int64_t b = back->start[j]; b < back->start[j + 1]; b++)
            sum += (double)back->value[a] * k_inverse[back->column[a] * back->columns + back->column[b]] *
                   (double)back->value[b];
    return sum;
}

static void test_dual_equals_primal(void **state) {
    (void)state;
    enum { USERS = 60, ITEMS = 200 };
    const double lambda = 20;
    neume_sparse x, back;
    double *p = NULL, *k_inverse = NULL, diagonal[ITEMS];
    make_matrix(USERS, ITEMS, .1, 1, &x);
    assert_ok(neume__sparse_transpose(&x, &back));
    assert_ok(neume__ease_primal(&x, lambda, &p));
    assert_ok(neume__ease_dual(&x, lambda, &k_inverse));
    assert_ok(neume__ease_diagonal(&back, lambda, k_inverse, diagonal));
    for (int64_t i = 0; i < ITEMS; i++) {
        assert_true(p[i * ITEMS + i] > 0);
        assert_true(fabs(diagonal[i] - p[i * ITEMS + i]) < 1e-9);
        for (int64_t j = 0; j < ITEMS; j++) {
            const double dual = ((i == j) - through_dual(&back, k_inverse, i, j)) / lambda;
            assert_true(fabs(dual - p[i * ITEMS + j]) < 1e-9);
        }
    }
    neume__free(p);
    neume__free(k_inverse);
    neume__sparse_clear(&x);
    neume__sparse_clear(&back);
}

/* Every row of a side solved both ways. */
static void compare_solvers(const als_side *side) {
    float *exact = NULL;
    assert_ok(neume__factors_new(1, side->width, 0, 0, &exact));
    assert_ok(neume__als_half(side));
    for (int64_t r = 0; r < side->cells->rows; r++) {
        const int64_t at = side->cells->start[r];
        const als_row row = {side->cells->column + at, side->cells->value + at, side->cells->start[r + 1] - at};
        assert_ok(neume__als_exact(side, &row, exact));
        assert_snr_db(side->out + r * side->width, exact, (size_t)side->width, 90);
    }
    neume__free(exact);
}

/* In exact arithmetic conjugate gradients end after as many steps as there are factors. */
static void test_gradients_to_the_end_equal_cholesky(void **state) {
    (void)state;
    enum { ROWS = 30, OTHERS = 50 };
    neume_sparse cells;
    make_matrix(ROWS, OTHERS, .2, 2, &cells);
    for (int64_t width = 16; width <= 80; width += 16) {
        float *other = NULL, *gram = NULL, *rows = NULL;
        assert_ok(neume__factors_new(OTHERS, width, .3, 1, &other));
        assert_ok(neume__factors_new(width, width, 0, 0, &gram));
        assert_ok(neume__factors_new(ROWS, width, 0, 0, &rows));
        neume__als_gram(other, OTHERS, width, 2, gram);
        compare_solvers(&(als_side){&cells, other, gram, width, (int)width, rows});
        neume__free(other);
        neume__free(gram);
        neume__free(rows);
    }
    neume__sparse_clear(&cells);
}

static void test_neighbours_are_the_largest_of_each_row(void **state) {
    (void)state;
    enum { ITEMS = 150, USERS = 40, MOST = 7 };
    neume_sparse left, right, table;
    float scale[ITEMS];
    make_matrix(ITEMS, USERS, .2, 4, &left);
    assert_ok(neume__sparse_transpose(&left, &right));
    for (int i = 0; i < ITEMS; i++) scale[i] = 1 + (float)(i % 5);
    assert_ok(neume__neighbours(&(taste_product){&left, &right, scale, MOST}, &table));
    for (int64_t i = 0; i < ITEMS; i++) {
        float row[ITEMS] = {0}, smallest = 1e9F;
        for (int64_t at = left.start[i]; at < left.start[i + 1]; at++)
            neume__sparse_add_row(&right, left.column[at], left.value[at], row);
        for (int64_t j = 0; j < ITEMS; j++) row[j] *= scale[j];
        row[i] = 0;
        for (int64_t at = table.start[i]; at < table.start[i + 1]; at++) {
            assert_float_equal(table.value[at], row[table.column[at]], 1e-4);
            smallest = table.value[at] < smallest ? table.value[at] : smallest;
            row[table.column[at]] = 0;
        }
        const bool full = table.start[i + 1] - table.start[i] == MOST;
        for (int64_t j = 0; j < ITEMS; j++) assert_true(row[j] <= (full ? smallest + 1e-4F : 0));
    }
    neume__sparse_clear(&left);
    neume__sparse_clear(&right);
    neume__sparse_clear(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dual_equals_primal),
        cmocka_unit_test(test_gradients_to_the_end_equal_cholesky),
        cmocka_unit_test(test_neighbours_are_the_largest_of_each_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
