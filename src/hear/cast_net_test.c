/* The network that reads a recording's notes together: its gradient is the difference, it learns what company says, its
 * file gives it back, and views do not see one another. */
#include "slope_check.h"

#include "neume/hear_net.h"

#include <string.h>
#include <unistd.h>

enum { CHANNELS = 6, F = NEUME_HEAR_FAMILIES, STRIDE = F + CHANNELS, NOTES = 40, ROWS = 64 };

static neume_compute *compute;
static neume_hear_model *model, *other_model;
static char path[] = "/tmp/neume-cast-XXXXXX";

static neume_hear_model *make_model(const char *name) {
    neume_hear_config config = neume_hear_config_default();
    neume_hear_model *made = NULL;
    config.channels = config.drum_channels = 4;
    config.stem_channels = 2;
    config.blocks = 1;
    config.timbre_channels = CHANNELS;
    snprintf(config.name, sizeof config.name, "%s", name);
    assert_ok(neume_hear_model_random(path, &config, 3));
    assert_ok(neume_hear_model_load(path, &made));
    return made;
}

static int setup(void **state) {
    (void)state;
    const int file = mkstemp(path);
    if (file < 0) return -1;
    neume_threads_set(1); /* so small a net is faster on one; more would wait for each other on a busy machine */
    close(file);
    assert_ok(neume_compute_new(NEUME_FAST, &compute));
    model = make_model("one");
    other_model = make_model("two");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    neume_hear_model_free(model);
    neume_hear_model_free(other_model);
    neume_compute_free(compute);
    return unlink(path);
}

/* A recording as it might have been heard, a drum among its notes. */
typedef struct heard {
    neume_note notes[NOTES];
    float rows[NOTES * STRIDE];
    neume_cast_view view;
} heard;

static void draw_heard(uint64_t seed, heard *h) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    for (int i = 0; i < NOTES; i++) {
        float *row = h->rows + i * STRIDE, sum = 0;
        const bool drum = i % 13 == 5;
        h->notes[i] = (neume_note){.onset_s = i * 0.41,
                                   .offset_s = i * 0.41 + neume_rng_uniform(&rng, 0.1, 2),
                                   .pitch = (int16_t)(40 + neume_rng_below(&rng, 45)),
                                   .velocity = 80,
                                   .program = drum ? NEUME_PROGRAM_DRUMS : 0,
                                   .confidence = 0.8f};
        for (int f = 0; f < F; f++) sum += row[f] = (float)neume_rng_uniform(&rng, 0.01, 1);
        for (int f = 0; f < F; f++) row[f] = drum ? 0 : logf(row[f] / sum);
        for (int k = F; k < STRIDE; k++) row[k] = drum ? 0 : (float)neume_rng_normal(&rng);
    }
    h->view = (neume_cast_view){h->notes, h->rows, STRIDE, NOTES, true};
}

static neume_cast_net *new_net(bool learning) {
    neume_cast_net *net = NULL;
    assert_ok(neume_cast_net_new(model, 7, &net));
    if (learning) assert_ok(neume_parameters_prepare_training(neume_cast_net_parameters(net)));
    return net;
}

/* Two recordings, and the gradient at what is said of their notes. */
typedef struct probe {
    neume_cast_net *net;
    neume_cast_view views[2];
    float direction[2 * ROWS * F];
} probe;

static double probe_loss(void *context) {
    const probe *p = context;
    const float *logits;
    double sum = 0;
    assert_ok(neume_cast_net_forward(p->net, compute, p->views, 2, 2 * ROWS, &logits));
    for (int64_t i = 0; i < (int64_t)2 * NOTES * F; i++) sum += (double)logits[i] * (double)p->direction[i];
    return sum;
}

static void test_gradient_of_every_parameter_is_the_difference(void **state) {
    (void)state;
    static heard h[2];
    static probe p;
    neume_cast_net *net = new_net(true);
    neume_parameters *list = neume_cast_net_parameters(net);
    neume_rng rng = neume_rng_seeded(2, 3);
    const slope_check check = {probe_loss, &p, 2e-4, 0.05, 0};
    shake_parameters(list, 0.1);
    p.net = net;
    for (int i = 0; i < 2; i++) {
        draw_heard((uint64_t)i + 1, &h[i]);
        p.views[i] = h[i].view;
    }
    for (int i = 0; i < 2 * NOTES * F; i++)
        if (h[i / (NOTES * F)].notes[i / F % NOTES].program != NEUME_PROGRAM_DRUMS)
            p.direction[i] = (float)neume_rng_normal(&rng);
    probe_loss(&p);
    neume_parameters_zero_gradients(list);
    assert_ok(neume_cast_net_backward(net, compute, p.direction));
    for (size_t i = 0; i < list->count; i++) assert_slope(&check, list->items[i]);
    assert_int_equal(list->count, 8);
    neume_cast_net_free(net);
}

/* Every note's own evidence says the same; the recording's mean timbre alone says which of two families it is. */
static void test_it_learns_from_the_company_a_note_keeps(void **state) {
    (void)state;
    enum { STEPS = 150 };
    static heard h;
    static float d_logits[ROWS * F], target[ROWS * F], weight[ROWS];
    neume_cast_net *net = new_net(true);
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    const neume_loss_rows layout = {ROWS, F, 0, F};
    int right = 0;
    for (int step = 0; step < STEPS + 20; step++) {
        const int family = step % 2 ? 5 : 8;
        const float *logits;
        double norm;
        draw_heard((uint64_t)step + 10, &h);
        memset(target, 0, sizeof target);
        memset(weight, 0, sizeof weight);
        for (int i = 0; i < NOTES; i++) {
            target[i * F + family] = 1;
            weight[i] = h.notes[i].program != NEUME_PROGRAM_DRUMS;
            for (int f = 0; f < F; f++) h.rows[i * STRIDE + f] = logf(1.0f / F);
            h.rows[i * STRIDE + F] += family == 5 ? 0.7f : -0.7f; /* less than the notes differ by themselves */
        }
        assert_ok(neume_cast_net_forward(net, compute, &h.view, 1, ROWS, &logits));
        for (int i = 0; i < NOTES && step >= STEPS; i++)
            right += weight[i] > 0 && logits[i * F + family] > logits[i * F + (family == 5 ? 8 : 5)];
        neume_parameters_zero_gradients(neume_cast_net_parameters(net));
        neume_loss_softmax(&layout, logits, target, weight, 1.0f / NOTES, d_logits);
        assert_ok(neume_cast_net_backward(net, compute, d_logits));
        neume_adamw_step(&adam, neume_cast_net_parameters(net), 2e-3f, &norm);
    }
    assert_true(right > 20 * (NOTES - 3) * 95 / 100);
    neume_cast_net_free(net);
}

static void test_an_unlearned_net_says_what_the_neighbours_say(void **state) {
    (void)state;
    static heard h;
    neume_cast_net *net = new_net(false);
    const float *logits;
    draw_heard(4, &h);
    assert_ok(neume_cast_net_forward(net, compute, &h.view, 1, ROWS, &logits));
    for (int i = 0; i < NOTES; i++) {
        double sum[F] = {0}, weights = 0;
        if (h.notes[i].program == NEUME_PROGRAM_DRUMS) continue;
        for (int j = 0; j < NOTES; j++) {
            const double apart_s = fabs(h.notes[i].onset_s - h.notes[j].onset_s);
            if (h.notes[j].program == NEUME_PROGRAM_DRUMS || apart_s > 12) continue;
            const double near = exp(-apart_s / 4 - fabs((double)(h.notes[i].pitch - h.notes[j].pitch)) / 4);
            for (int f = 0; f < F; f++) sum[f] += near * (double)h.rows[j * STRIDE + f];
            weights += near;
        }
        for (int f = 0; f < F; f++) assert_true(fabs((double)logits[i * F + f] - sum[f] / weights) < 1e-4);
    }
    neume_cast_net_free(net);
}

/* What reading gives: seven tenths of the way from the neighbours' word to the net's, which is `said` on entry. */
static void expect_read(const neume_cast_view *view, int64_t rows, float *said) {
    neume_cast_net *unlearned = new_net(false);
    const float *near;
    assert_ok(neume_cast_net_forward(unlearned, compute, view, 1, rows, &near));
    for (int64_t i = 0; i < view->count * F; i++) said[i] = near[i] + 0.7f * (said[i] - near[i]);
    neume_cast_net_free(unlearned);
}

static void test_views_do_not_see_one_another_and_short_timbres_say_the_same(void **state) {
    (void)state;
    static heard h[2];
    static float brief_rows[NOTES * (F + NEUME_CAST_BRIEF)], timbre[NOTES * CHANNELS], brief[NOTES * NEUME_CAST_BRIEF],
        together[NOTES * F];
    neume_cast_net *net = new_net(false);
    const float *logits;
    shake_parameters(neume_cast_net_parameters(net), 0.1);
    draw_heard(5, &h[0]);
    draw_heard(6, &h[1]);
    const neume_cast_view views[2] = {h[0].view, h[1].view};
    assert_ok(neume_cast_net_forward(net, compute, views, 2, 2 * ROWS, &logits));
    memcpy(together, logits + NOTES * F, sizeof together);
    assert_ok(neume_cast_net_forward(net, compute, &h[1].view, 1, ROWS, &logits));
    assert_floats_close(logits, together, NOTES * F, 1e-5, 1e-5);
    for (int i = 0; i < NOTES; i++)
        memcpy(timbre + i * CHANNELS, h[1].rows + i * STRIDE + F, CHANNELS * sizeof *timbre);
    assert_ok(neume_cast_net_brief(net, compute, timbre, NOTES, brief));
    for (int i = 0; i < NOTES; i++) {
        memcpy(brief_rows + i * (F + NEUME_CAST_BRIEF), h[1].rows + i * STRIDE, F * sizeof *brief_rows);
        memcpy(brief_rows + i * (F + NEUME_CAST_BRIEF) + F, brief + i * NEUME_CAST_BRIEF,
               NEUME_CAST_BRIEF * sizeof *brief_rows);
    }
    const neume_cast_view shortened = {h[1].notes, brief_rows, F + NEUME_CAST_BRIEF, NOTES, false};
    static float read[2][NOTES * F];
    expect_read(&h[1].view, ROWS, together);
    assert_ok(neume_cast_net_read(net, compute, &h[1].view, read[0]));
    assert_ok(neume_cast_net_read(net, compute, &shortened, read[1]));
    for (int i = 0; i < NOTES; i++) {
        if (h[1].notes[i].program == NEUME_PROGRAM_DRUMS) continue;
        assert_floats_close(read[0] + i * F, together + i * F, F, 1e-4, 1e-4);
        assert_floats_close(read[1] + i * F, together + i * F, F, 1e-4, 1e-4);
    }
    neume_cast_net_free(net);
}

/* A long recording is read in blocks: the same as all at once. */
static void test_blocks_say_what_the_whole_says(void **state) {
    (void)state;
    enum { LONG = 700, LONG_ROWS = 704 };
    static neume_note notes[LONG];
    static float rows[LONG * STRIDE], read[LONG * F], whole[LONG * F];
    neume_rng rng = neume_rng_seeded(8, 1);
    neume_cast_net *net = new_net(false);
    const float *logits;
    double onset_s = 0;
    shake_parameters(neume_cast_net_parameters(net), 0.1);
    for (int i = 0; i < LONG; i++) {
        onset_s += i % 97 ? neume_rng_uniform(&rng, 0, 0.3) : 15; /* silences longer than the reach, too */
        notes[i] = (neume_note){.onset_s = onset_s,
                                .offset_s = onset_s + 0.3,
                                .pitch = (int16_t)(40 + i * 7 % 45),
                                .velocity = 70,
                                .program = i % 11 ? 0 : NEUME_PROGRAM_DRUMS};
        for (int k = 0; k < STRIDE; k++) rows[i * STRIDE + k] = (float)neume_rng_normal(&rng);
    }
    const neume_cast_view view = {notes, rows, STRIDE, LONG, true};
    assert_ok(neume_cast_net_forward(net, compute, &view, 1, LONG_ROWS, &logits));
    memcpy(whole, logits, sizeof whole);
    expect_read(&view, LONG_ROWS, whole);
    assert_ok(neume_cast_net_read(net, compute, &view, read));
    for (int i = 0; i < LONG; i++)
        if (notes[i].program != NEUME_PROGRAM_DRUMS) assert_floats_close(read + i * F, whole + i * F, F, 1e-3, 1e-3);
    neume_cast_net_free(net);
}

static void test_a_file_gives_the_net_back_and_foreign_ones_are_refused(void **state) {
    (void)state;
    static heard h;
    static float before[NOTES * F];
    neume_cast_net *net = new_net(false), *back = NULL;
    const float *logits;
    neume_buffer bytes = {0};
    shake_parameters(neume_cast_net_parameters(net), 0.1);
    draw_heard(7, &h);
    assert_ok(neume_cast_net_forward(net, compute, &h.view, 1, ROWS, &logits));
    memcpy(before, logits, sizeof before);
    assert_ok(neume_cast_net_save(net, "who", NULL, path));
    assert_ok(neume_cast_net_load(path, NULL, &back));
    assert_string_equal(neume_cast_net_name(back), "who");
    assert_true(neume_cast_net_fits(back, model) && !neume_cast_net_fits(back, other_model));
    assert_ok(neume_cast_net_forward(back, compute, &h.view, 1, ROWS, &logits));
    assert_floats_close(logits, before, NOTES * F, 1e-6, 1e-6);
    assert_int_equal(neume_hear_model_load_cast(other_model, path), NEUME_EUNSUPPORTED);
    assert_ok(neume_file_read(path, 1 << 24, &bytes));
    for (size_t size = 0; size < bytes.size; size += bytes.size / 23) { /* cut anywhere */
        neume_cast_net *none = NULL;
        assert_ok(neume_file_write(path, bytes.data, size));
        assert_int_equal(neume_cast_net_load(path, NULL, &none), NEUME_EFORMAT);
    }
    neume_hear_config config = neume_hear_config_default();
    assert_ok(neume_hear_model_random(path, &config, 1));
    assert_int_equal(neume_hear_model_load_cast(model, path), NEUME_EFORMAT);
    assert_int_equal(neume_hear_model_load_cast(model, "/nowhere/x.gguf"), NEUME_ENOTFOUND);
    neume_buffer_clear(&bytes);
    neume_cast_net_free(net);
    neume_cast_net_free(back);
}

static void test_a_recording_without_notes_is_fine(void **state) {
    (void)state;
    neume_cast_net *net = new_net(false);
    const neume_cast_view nothing = {.stride = STRIDE, .raw = true};
    const float *logits;
    float none[F];
    assert_ok(neume_cast_net_forward(net, compute, &nothing, 1, ROWS, &logits));
    assert_ok(neume_cast_net_read(net, compute, &nothing, none));
    neume_cast_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_of_every_parameter_is_the_difference),
        cmocka_unit_test(test_it_learns_from_the_company_a_note_keeps),
        cmocka_unit_test(test_an_unlearned_net_says_what_the_neighbours_say),
        cmocka_unit_test(test_views_do_not_see_one_another_and_short_timbres_say_the_same),
        cmocka_unit_test(test_blocks_say_what_the_whole_says),
        cmocka_unit_test(test_a_file_gives_the_net_back_and_foreign_ones_are_refused),
        cmocka_unit_test(test_a_recording_without_notes_is_fine),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
