#include "neume_test.h"
#include "tiny_soundfont.h"

#include <string.h>
#include <unistd.h>

#include "neume/synth.h"

enum { RATE = 22050 };

static char font[] = "/tmp/neume-render-XXXXXX";

static int setup(void **state) {
    (void)state;
    int file = mkstemp(font);
    if (file < 0) return -1;
    close(file);
    return tiny_soundfont_write(font);
}

static int teardown(void **state) {
    (void)state;
    return unlink(font);
}

typedef struct heard {
    float left[8 * RATE];
    size_t count, most; /* most: after so many frames the sink refuses */
} heard;

static neume_status keep(void *context, const float *frames, size_t count) {
    heard *h = context;
    if (h->most && h->count + count > h->most) return neume_fail(NEUME_EIO, "no more");
    assert_true(h->count + count <= sizeof h->left / sizeof *h->left);
    for (size_t i = 0; i < count; i++) h->left[h->count++] = frames[2 * i];
    return NEUME_OK;
}

static double loudness(const heard *h, double from_s, double to_s) {
    double sum = 0;
    for (size_t i = (size_t)(from_s * RATE); i < (size_t)(to_s * RATE); i++) sum += (double)(h->left[i] * h->left[i]);
    return sqrt(sum / ((to_s - from_s) * RATE));
}

/* Rises through zero a second. */
static double pitch_hz(const heard *h, double from_s, double to_s) {
    int rises = 0;
    for (size_t i = (size_t)(from_s * RATE); i < (size_t)(to_s * RATE); i++)
        rises += h->left[i] < 0 && h->left[i + 1] >= 0;
    return rises / (to_s - from_s);
}

static void render(heard *h, const neume_note *items, size_t count, neume_status expected) {
    neume_notes notes = {(neume_note *)(uintptr_t)items, count, count};
    const neume_render_options options = {font, RATE, true};
    h->count = 0;
    assert_int_equal(neume_render_notes(&notes, &options, keep, h, NULL), expected);
}

static heard h;

static void test_notes_sound_where_and_as_high_as_they_are_written(void **state) {
    (void)state;
    const neume_note notes[] = {{0.5, 1.0, 69, 100, 68, 0, 1}, {2.0, 2.5, 81, 100, 68, 0, 1}};
    render(&h, notes, 2, NEUME_OK);
    assert_int_equal(h.count, (int)(4.5 * RATE));
    assert_true(loudness(&h, 0, 0.49) < 1e-5);
    assert_true(loudness(&h, 0.55, 0.95) > 1e-3);
    assert_true(loudness(&h, 4, 4.4) < loudness(&h, 2.1, 2.4) / 10);
    assert_true(fabs(pitch_hz(&h, 0.6, 0.9) - 440) < 15);
    assert_true(fabs(pitch_hz(&h, 2.1, 2.4) - 880) < 20);
}

/* The end of a stroke does not cut a later one of its key. */
static void test_a_key_struck_again_sounds_until_its_own_end(void **state) {
    (void)state;
    const neume_note notes[] = {{0, 1.0, 69, 100, 68, 0, 1}, {0.5, 3.0, 69, 100, 68, 0, 1}};
    render(&h, notes, 2, NEUME_OK);
    assert_true(loudness(&h, 2.5, 2.9) > 0.3 * loudness(&h, 0.6, 0.9));
}

static void test_what_cannot_be_played_is_refused(void **state) {
    (void)state;
    const neume_note bad[] = {{1, 0.5, 69, 100, 68, 0, 1}, {0, 1, 200, 100, 68, 0, 1}, {0, 1, 69, 100, 200, 0, 1}};
    for (int i = 0; i < 3; i++) render(&h, &bad[i], 1, NEUME_EINVAL);
    const neume_notes none = {0};
    const neume_render_options missing = {"/nowhere.sf2", RATE, true}, fast = {font, 1000000, true};
    assert_int_equal(neume_render_notes(&none, &missing, keep, &h, NULL), NEUME_ENOTFOUND);
    assert_int_equal(neume_render_notes(&none, &fast, keep, &h, NULL), NEUME_EINVAL);
}

static void test_a_sink_that_refuses_stops_the_player(void **state) {
    (void)state;
    const neume_note note = {0, 1, 69, 100, 68, 0, 1};
    h.most = RATE / 2;
    render(&h, &note, 1, NEUME_EIO);
    h.most = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_sound_where_and_as_high_as_they_are_written),
        cmocka_unit_test(test_a_key_struck_again_sounds_until_its_own_end),
        cmocka_unit_test(test_what_cannot_be_played_is_refused),
        cmocka_unit_test(test_a_sink_that_refuses_stops_the_player),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
