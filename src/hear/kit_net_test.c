/* The network that reads strokes together: its gradient is the difference, it learns what only company tells, its file
 * gives it back with the drum branch, and views do not see one another. */
#include "slope_check.h"

#include "neume/hear_net.h"

#include <string.h>
#include <unistd.h>

enum {
    D = 5,
    STRIDE = NEUME_STROKE_NUMBERS + D,
    STROKES = 12,
    FRAMES = 16,
    K = NEUME_HEAR_DRUM_OUTPUTS,
    KEYS = NEUME_HEAR_DRUMS
};

static neume_compute *compute;
static neume_hear_model *model, *other_model;
static char path[] = "/tmp/neume-kit-XXXXXX";

static neume_hear_model *make_model(const char *name, uint64_t seed) {
    neume_hear_config config = neume_hear_config_default();
    neume_hear_model *made = NULL;
    config.channels = config.timbre_channels = 4;
    config.stem_channels = 2;
    config.blocks = 1;
    config.drum_channels = D;
    snprintf(config.name, sizeof config.name, "%s", name);
    assert_ok(neume_hear_model_random(path, &config, seed));
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
    model = make_model("one", 3);
    other_model = make_model("two", 3);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    neume_hear_model_free(model);
    neume_hear_model_free(other_model);
    neume_compute_free(compute);
    return unlink(path);
}

/* Strokes as they might have been heard. */
static neume_kit_view draw_strokes(uint64_t seed, float rows[STROKES * STRIDE]) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    double time_s = 3;
    for (int i = 0; i < STROKES; i++) {
        float *row = rows + i * STRIDE;
        time_s += neume_rng_uniform(&rng, 0.03, 0.6);
        for (int k = 1; k < STRIDE; k++) row[k] = (float)neume_rng_normal(&rng);
        row[0] = (float)time_s;
    }
    return (neume_kit_view){rows, STRIDE, STROKES};
}

static neume_kit_net *new_net(bool learning) {
    neume_kit_net *net = NULL;
    assert_ok(neume_kit_net_new(D, 7, &net));
    if (learning) assert_ok(neume_parameters_prepare_training(neume_kit_net_parameters(net)));
    return net;
}

/* Two recordings, and the gradient at what is said of their strokes. */
typedef struct probe {
    neume_kit_net *net;
    neume_kit_view views[2];
    float direction[2 * FRAMES * K];
} probe;

static double probe_loss(void *context) {
    const probe *p = context;
    const float *logits;
    double sum = 0;
    assert_ok(neume_kit_net_forward(p->net, compute, p->views, 2, FRAMES, &logits));
    for (int64_t i = 0; i < 2 * FRAMES * K; i++) sum += (double)logits[i] * (double)p->direction[i];
    return sum;
}

/* A key's bias adds the same to all scores of a query, so it changes nothing. */
static bool matters(const neume_parameter *parameter) {
    return !parameter->statistic && !strstr(parameter->name, "key.bias");
}

static void test_gradient_of_every_parameter_is_the_difference(void **state) {
    (void)state;
    static float rows[2][STROKES * STRIDE];
    static probe p;
    neume_kit_net *net = new_net(true);
    neume_parameters *list = neume_kit_net_parameters(net);
    neume_rng rng = neume_rng_seeded(2, 3);
    const slope_check check = {probe_loss, &p, 2e-3, 0.05, 0};
    int checked = 0;
    shake_parameters(list, 0.1);
    p.net = net;
    for (int b = 0; b < 2; b++) {
        p.views[b] = draw_strokes((uint64_t)b + 1, rows[b]);
        p.views[b].count -= 4 * b;
        for (int64_t i = 0; i < p.views[b].count * K; i++)
            p.direction[b * FRAMES * K + i] = (float)neume_rng_normal(&rng);
    }
    probe_loss(&p);
    neume_parameters_zero_gradients(list);
    assert_ok(neume_kit_net_backward(net, compute, p.direction));
    for (size_t i = 0; i < list->count; i++) {
        if (!matters(list->items[i])) continue;
        assert_slope(&check, list->items[i]);
        checked++;
    }
    assert_int_equal(checked, 2 + 3 * 15 + 2 + 2 + 1);
    neume_kit_net_free(net);
}

/* Every second stroke is another drum; all sound alike, and which of the two comes first is told by the first alone. */
static void test_it_learns_from_what_was_struck_before(void **state) {
    (void)state;
    enum { STEPS = 250, TRIED = 20 };
    static float rows[STROKES * STRIDE], target[FRAMES * K], weight[FRAMES * K], d_logits[FRAMES * K];
    neume_kit_net *net = new_net(true);
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    int right = 0, asked = 0;
    for (int step = 0; step < STEPS + TRIED; step++) {
        const neume_kit_view view = draw_strokes((uint64_t)step, rows);
        const float *logits;
        double norm;
        memset(target, 0, sizeof target);
        memset(weight, 0, sizeof weight);
        for (int i = 0; i < STROKES; i++) {
            rows[i * STRIDE] = 0.5f * (float)i;
            rows[i * STRIDE + 1 + 9] = i ? 0 : step % 2 ? 3.0f : -3.0f;
            target[i * K + (i + step) % 2] = 1;
            weight[i * K] = weight[i * K + 1] = 1;
        }
        assert_ok(neume_kit_net_forward(net, compute, &view, 1, FRAMES, &logits));
        for (int i = 1; i < STROKES && step >= STEPS; i++, asked++)
            right += logits[i * K + (i + step) % 2] > logits[i * K + (i + step + 1) % 2];
        neume_parameters_zero_gradients(neume_kit_net_parameters(net));
        neume_loss_binary(logits, target, weight, (int64_t)FRAMES * K, 1.0f / STROKES, d_logits);
        assert_ok(neume_kit_net_backward(net, compute, d_logits));
        neume_adamw_step(&adam, neume_kit_net_parameters(net), 2e-3f, &norm);
    }
    assert_true(right >= asked * 9 / 10);
    neume_kit_net_free(net);
}

static void test_an_unlearned_net_says_what_the_branch_says(void **state) {
    (void)state;
    static float rows[STROKES * STRIDE];
    const neume_kit_view view = draw_strokes(4, rows);
    neume_kit_net *net = new_net(false);
    const float *logits;
    rows[1] = 20; /* within reason */
    assert_ok(neume_kit_net_forward(net, compute, &view, 1, FRAMES, &logits));
    for (int i = 0; i < STROKES; i++)
        for (int k = 0; k < K; k++) assert_float_equal(logits[i * K + k], fminf(rows[i * STRIDE + 1 + k], 8), 1e-5f);
    neume_kit_net_free(net);
}

static void test_views_do_not_see_one_another_and_when_it_is_does_not_matter(void **state) {
    (void)state;
    static float rows[2][STROKES * STRIDE], together[STROKES * K];
    const neume_kit_view views[2] = {draw_strokes(5, rows[0]), draw_strokes(6, rows[1])};
    neume_kit_net *net = new_net(false);
    const float *logits;
    shake_parameters(neume_kit_net_parameters(net), 0.1);
    assert_ok(neume_kit_net_forward(net, compute, views, 2, FRAMES, &logits));
    memcpy(together, logits + FRAMES * K, sizeof together);
    for (int i = 0; i < STROKES; i++) rows[1][i * STRIDE] += 64;
    assert_ok(neume_kit_net_forward(net, compute, &views[1], 1, 4 * FRAMES, &logits));
    assert_floats_close(logits, together, STROKES * K, 1e-3, 1e-3);
    const neume_kit_view nothing = {rows[0], STRIDE, 0};
    assert_ok(neume_kit_net_forward(net, compute, &nothing, 1, FRAMES, &logits));
    neume_kit_net_free(net);
}

static void test_standardising_brings_every_number_to_mean_0_and_deviation_1(void **state) {
    (void)state;
    static float rows[STROKES * STRIDE];
    const neume_kit_view view = draw_strokes(8, rows);
    neume_kit_net *net = new_net(true);
    const neume_parameters *list = neume_kit_net_parameters(net);
    assert_ok(neume_kit_net_standardise(net, &view, 1));
    assert_string_equal(list->items[0]->name, "reader.mean");
    assert_string_equal(list->items[1]->name, "reader.deviation");
    for (int k = 0; k < STRIDE - 1; k++) {
        double mean = 0, squares = 0;
        for (int i = 0; i < STROKES; i++) mean += (double)rows[i * STRIDE + 1 + k] / STROKES;
        for (int i = 0; i < STROKES; i++) squares += pow((double)rows[i * STRIDE + 1 + k] - mean, 2) / STROKES;
        assert_float_equal(neume_f32(&list->items[0]->value)[k], (float)mean, 1e-4f);
        assert_float_equal(neume_f32(&list->items[1]->value)[k], (float)sqrt(squares) + 0.1f, 1e-3f);
    }
    neume_kit_net_free(net);
}

static void test_a_file_gives_the_net_back_and_foreign_ones_are_refused(void **state) {
    (void)state;
    static float rows[STROKES * STRIDE], before[STROKES * K];
    const neume_kit_view view = draw_strokes(7, rows);
    neume_kit_net *net = new_net(true), *back = NULL;
    const neume_adamw adam = {.step = 12};
    neume_adamw found = {0};
    const float *logits;
    neume_buffer bytes = {0};
    shake_parameters(neume_kit_net_parameters(net), 0.1);
    neume_kit_net_thresholds(net)->hit = 0.2;
    assert_ok(neume_kit_net_forward(net, compute, &view, 1, FRAMES, &logits));
    memcpy(before, logits, sizeof before);
    assert_ok(neume_kit_net_save(net, model, "drums", &adam, path));
    assert_ok(neume_kit_net_load(path, &found, &back));
    assert_int_equal(found.step, 12);
    assert_string_equal(neume_kit_net_name(back), "drums");
    assert_true(neume_kit_net_thresholds(back)->hit == 0.2);
    assert_ok(neume_kit_net_forward(back, compute, &view, 1, FRAMES, &logits));
    assert_floats_close(logits, before, STROKES * K, 1e-6, 1e-6);
    assert_ok(neume_kit_net_save(net, model, "drums", NULL, path)); /* halved */
    assert_ok(neume_hear_model_load_kit(model, path));
    assert_int_equal(neume_hear_model_load_kit(other_model, path), NEUME_EUNSUPPORTED);
    assert_ok(neume_file_read(path, 1 << 24, &bytes));
    for (size_t size = 0; size + 64 < bytes.size; size += bytes.size / 23) { /* cut anywhere but in the last padding */
        neume_kit_net *none = NULL;
        assert_ok(neume_file_write(path, bytes.data, size));
        assert_int_equal(neume_kit_net_load(path, NULL, &none), NEUME_EFORMAT);
        assert_int_equal(neume_hear_model_load_kit(model, path), NEUME_EFORMAT);
    }
    neume_hear_config config = neume_hear_config_default();
    assert_ok(neume_hear_model_random(path, &config, 1));
    assert_int_equal(neume_hear_model_load_kit(model, path), NEUME_EFORMAT);
    assert_int_equal(neume_hear_model_load_kit(model, "/nowhere/x.gguf"), NEUME_ENOTFOUND);
    neume_hear_model_take_kit(model, NULL);
    neume_buffer_clear(&bytes);
    neume_kit_net_free(net);
    neume_kit_net_free(back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_of_every_parameter_is_the_difference),
        cmocka_unit_test(test_it_learns_from_what_was_struck_before),
        cmocka_unit_test(test_an_unlearned_net_says_what_the_branch_says),
        cmocka_unit_test(test_views_do_not_see_one_another_and_when_it_is_does_not_matter),
        cmocka_unit_test(test_standardising_brings_every_number_to_mean_0_and_deviation_1),
        cmocka_unit_test(test_a_file_gives_the_net_back_and_foreign_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
