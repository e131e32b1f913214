/* Strokes in curves drawn by hand: where they are, what is kept of them, however the frames come. */
#include "neume_test.h"

#include "strokes.h"

#include <string.h>

enum { T = 300, D = 3, STRIDE = NEUME_STROKE_NUMBERS + D, KEYS = NEUME_HEAR_DRUMS, MELS = NEUME_FEATURES_MELS };

typedef struct curves {
    float drums[T][NEUME_HEAR_DRUM_OUTPUTS], hidden[T][D], mel[T][MELS];
} curves;

static curves *curves_new(void) {
    curves *c = neume__calloc(1, sizeof *c);
    assert_non_null(c);
    for (int t = 0; t < T; t++) {
        for (int k = 0; k < NEUME_HEAR_DRUM_OUTPUTS; k++) c->drums[t][k] = -9;
        for (int d = 0; d < D; d++) c->hidden[t][d] = (float)(t * 10 + d);
        for (int i = 0; i < MELS; i++) c->mel[t][i] = (float)t;
    }
    return c;
}

/* A peak two frames wide on either side. */
static void draw_hit(curves *c, int key, int frame, float logit) {
    for (int e = -2; e <= 2; e++) {
        if (frame + e < 0 || frame + e >= T) continue;
        float *at = &c->drums[frame + e][key];
        *at = fmaxf(*at, logit - 1.5f * (float)abs(e));
    }
}

static hear_strokes *push(const curves *c, int64_t step) {
    hear_strokes *strokes = NULL;
    assert_ok(hear_strokes_new(D, &strokes));
    for (int64_t t = 0; t < T; t += step) {
        const int64_t frames = T - t < step ? T - t : step;
        assert_ok(hear_strokes_push(strokes, c->drums[t], c->hidden[t], c->mel[t], frames));
        assert_true(hear_strokes_known_s(strokes) <= (double)(t + frames) * 0.01);
    }
    assert_ok(hear_strokes_end(strokes));
    return strokes;
}

static void test_strokes_are_where_the_loudest_key_peaks(void **state) {
    (void)state;
    static const int frames[] = {0, 50, 54, 120, 200, 299};
    curves *c = curves_new();
    int64_t stride, count;
    for (int i = 0; i < 6; i++) draw_hit(c, 9 + i, frames[i], 2);
    draw_hit(c, 20, 121, 1);     /* with that of frame 120 */
    draw_hit(c, 30, 160, -2.6f); /* too faint */
    draw_hit(c, 31, 240, -2.4f);
    hear_strokes *strokes = push(c, T);
    const float *rows = hear_strokes_rows(strokes, &stride, &count);
    static const double expected_s[] = {0, 0.5, 0.54, 1.2, 2, 2.4, 2.99};
    assert_int_equal(stride, STRIDE);
    assert_int_equal(count, 7);
    for (int i = 0; i < 7; i++) assert_true(fabs((double)rows[i * STRIDE] - expected_s[i]) < 0.006);
    const float *both = rows + 3 * STRIDE;
    assert_float_equal(both[1 + 12], 2, 1e-6);
    assert_float_equal(both[1 + 20], 1, 1e-6); /* the most of it within three frames */
    assert_float_equal(both[1 + 31], -9, 1e-6);
    assert_true(isinf(hear_strokes_known_s(strokes)));
    hear_strokes_free(strokes);
    neume__free(c);
}

static void test_a_stroke_keeps_the_spectrum_around_it_and_the_last_layer(void **state) {
    (void)state;
    curves *c = curves_new();
    int64_t stride, count;
    draw_hit(c, 11, 100, 3);
    draw_hit(c, 12, 0, 3);
    draw_hit(c, 12, T - 1, 3);
    hear_strokes *strokes = push(c, T);
    const float *rows = hear_strokes_rows(strokes, &stride, &count);
    assert_int_equal(count, 3);
    const float *after = rows + STRIDE + 1 + NEUME_HEAR_DRUM_OUTPUTS, *before = after + MELS, *hidden = before + MELS;
    assert_float_equal(after[5], 105.5, 1e-3); /* frames 100 .. 111 */
    assert_float_equal(before[5], 96, 1e-3);   /* 94 .. 98 */
    assert_float_equal(hidden[2], 1002, 1e-3);
    assert_float_equal(rows[1 + NEUME_HEAR_DRUM_OUTPUTS + MELS], 0, 1e-3); /* before the first frame it is held */
    assert_float_equal(rows[2 * STRIDE + 1 + NEUME_HEAR_DRUM_OUTPUTS], T - 1, 1e-3);
    hear_strokes_free(strokes);
    neume__free(c);
}

static void test_pieces_and_the_whole_give_the_same(void **state) {
    (void)state;
    curves *c = curves_new();
    neume_rng rng = neume_rng_seeded(3, 1);
    int64_t stride, count, pieces;
    for (int i = 0; i < 60; i++)
        draw_hit(c, (int)neume_rng_below(&rng, KEYS), (int)neume_rng_below(&rng, T), (float)neume_rng_normal(&rng));
    hear_strokes *whole = push(c, T);
    const float *rows = hear_strokes_rows(whole, &stride, &count);
    assert_true(count > 20);
    for (int64_t step = 1; step < 60; step += 9) {
        hear_strokes *some = push(c, step);
        const float *others = hear_strokes_rows(some, &stride, &pieces);
        assert_int_equal(pieces, count);
        assert_memory_equal(others, rows, (size_t)(count * stride) * sizeof *rows);
        hear_strokes_drop(some, 5);
        others = hear_strokes_rows(some, &stride, &pieces);
        assert_int_equal(pieces, count - 5);
        assert_memory_equal(others, rows + 5 * stride, (size_t)((count - 5) * stride) * sizeof *rows);
        hear_strokes_free(some);
    }
    hear_strokes_free(whole);
    neume__free(c);
}

static void test_nothing_is_no_stroke(void **state) {
    (void)state;
    hear_strokes *strokes = NULL;
    int64_t stride, count;
    assert_ok(hear_strokes_new(D, &strokes));
    assert_ok(hear_strokes_end(strokes));
    (void)hear_strokes_rows(strokes, &stride, &count);
    assert_int_equal(count, 0);
    hear_strokes_free(strokes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strokes_are_where_the_loudest_key_peaks),
        cmocka_unit_test(test_a_stroke_keeps_the_spectrum_around_it_and_the_last_layer),
        cmocka_unit_test(test_pieces_and_the_whole_give_the_same),
        cmocka_unit_test(test_nothing_is_no_stroke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
