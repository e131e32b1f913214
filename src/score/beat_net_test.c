/* The beat and the pulse network: gradients are differences, files give them back, windows say what the whole says. */
#include "neume_test.h"

#include "activation.h"
#include "neume/score_net.h"
#include "repeats.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static neume_compute *compute;

static int setup(void **state) {
    (void)state;
    assert_ok(neume_compute_new(NEUME_FAST, &compute));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    neume_compute_free(compute);
    return 0;
}

static neume_beat_net *net_of(neume_beat_net_size size) {
    neume_rng rng = neume_rng_seeded(4, 4);
    neume_beat_net *net = NULL;
    assert_ok(neume_beat_net_new(&size, &rng, &net));
    return net;
}

static neume_beat_net *tiny_net(void) {
    return net_of((neume_beat_net_size){6, 3, NEUME_BEAT_NET_FRAMES});
}

static neume_beat_net *tiny_pulse(void) {
    return net_of((neume_beat_net_size){32, 2, NEUME_BEAT_NET_EVENTS});
}

static void random_input(neume_tensor *x, int64_t B, int64_t T) {
    neume_rng rng = neume_rng_seeded(9, 9);
    assert_ok(neume_tensor_shape(x, NEUME_F32, NEUME_DIMS(B, 1, T, NEUME_BEAT_FEATURES)));
    for (int64_t i = 0; i < neume_tensor_count(x); i++) neume_f32(x)[i] = (float)neume_rng_uniform(&rng, -1, 1);
}

/* Events a tenth of a second apart; the last rows of each entry are none. */
static void random_events(neume_tensor *x, int64_t B, int64_t T, int64_t absent) {
    neume_rng rng = neume_rng_seeded(9, 9);
    assert_ok(neume_tensor_shape(x, NEUME_F32, NEUME_DIMS(B, 1, T, NEUME_PULSE_FEATURES)));
    for (int64_t row = 0; row < B * T; row++) {
        float *event = neume_f32(x) + row * NEUME_PULSE_FEATURES;
        for (int k = 0; k < NEUME_PULSE_FEATURES; k++) event[k] = (float)neume_rng_uniform(&rng, -1, 1);
        event[NEUME_PULSE_TIME] = .1F * (float)(row % T);
        event[NEUME_PULSE_THERE] = row % T < T - absent ? 1 : 0;
    }
}

/* The sum of logits, each weighed by a fixed pattern. */
static double weighed(neume_beat_net *net, const neume_tensor *x, neume_tensor *d) {
    const neume_tensor *logits = NULL;
    double sum = 0;
    assert_ok(neume_beat_net_forward(net, compute, true, x, &logits));
    if (d) assert_ok(neume_tensor_shape(d, NEUME_F32, logits->rank, logits->dim));
    for (int64_t i = 0; i < neume_tensor_count(logits); i++) {
        const float w = (float)((i * 7) % 11 - 5) / 5;
        if (d) neume_f32(d)[i] = w;
        sum += (double)w * (double)neume_f32(logits)[i];
    }
    return sum;
}

static void assert_gradients_are_differences(neume_beat_net *net, const neume_tensor *x) {
    neume_parameters *list = neume_beat_net_parameters(net);
    neume_tensor d = {0};
    assert_ok(neume_parameters_prepare_training(list));
    neume_parameters_zero_gradients(list);
    (void)weighed(net, x, &d);
    assert_ok(neume_beat_net_backward(net, compute, &d));
    const double h = 1e-3;
    int compared = 0, close = 0;
    for (size_t p = 0; p < list->count; p++) {
        neume_parameter *parameter = list->items[p];
        if (parameter->statistic) continue;
        float *value = neume_f32(&parameter->value);
        const int64_t n = neume_tensor_count(&parameter->value);
        for (int64_t k = 0; k < n; k += 1 + n / 8) {
            const float kept = value[k];
            value[k] = kept + (float)h;
            const double up = weighed(net, x, NULL);
            value[k] = kept - (float)h;
            const double down = weighed(net, x, NULL);
            value[k] = kept;
            const double slope = (up - down) / (2 * h), said = (double)neume_f32(&parameter->gradient)[k];
            compared++;
            close += fabs(slope - said) <= .03 * (fabs(slope) + 1);
        }
    }
    assert_true(compared > 40);
    assert_true(close >= compared * 9 / 10); /* a relu's corner may lie between the two */
    neume_tensor_clear(&d);
    neume_beat_net_free(net);
}

static void test_gradients_are_differences(void **state) {
    (void)state;
    neume_tensor x = {0};
    random_input(&x, 2, 40);
    assert_gradients_are_differences(tiny_net(), &x);
    random_events(&x, 2, 20, 6);
    assert_gradients_are_differences(tiny_pulse(), &x);
    neume_tensor_clear(&x);
}

static void test_a_saved_network_says_the_same(void **state) {
    (void)state;
    char path[] = "/tmp/neume-beat-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    neume_beat_net *net = tiny_net(), *again = NULL;
    neume_beat_net_set_weight(net, 3);
    neume_beat_net_set_weight(net, -1); /* is none */
    neume_tensor x = {0};
    const neume_tensor *a = NULL, *b = NULL;
    random_input(&x, 1, 50);
    assert_ok(neume_beat_net_save(net, "tiny", NULL, path));
    assert_ok(neume_beat_net_load(path, NEUME_BEAT_NET_FRAMES, NULL, &again));
    assert_float_equal(neume_beat_net_weight(again), 3, 1e-9);
    assert_ok(neume_beat_net_forward(net, compute, false, &x, &a));
    assert_ok(neume_beat_net_forward(again, compute, false, &x, &b));
    assert_floats_close(neume_f32(a), neume_f32(b), (size_t)neume_tensor_count(a), 5e-3,
                        5e-3); /* matrices are kept in 16 bits */
    FILE *damaged = fopen(path, "wb");
    assert_non_null(damaged);
    fputs("GGUF no more", damaged);
    fclose(damaged);
    neume_beat_net *none = NULL;
    assert_int_equal(neume_beat_net_load(path, NEUME_BEAT_NET_FRAMES, NULL, &none), NEUME_EFORMAT);
    assert_null(none);
    unlink(path);
    neume_tensor_clear(&x);
    neume_beat_net_free(net), neume_beat_net_free(again);
}

/* Rows that are no events are not seen, and it does not matter from when times are counted. */
static void test_events_are_what_is_there(void **state) {
    (void)state;
    enum { T = 20, ABSENT = 6 };
    neume_beat_net *net = tiny_pulse();
    neume_tensor x = {0};
    const neume_tensor *logits = NULL;
    float before[(T - ABSENT) * NEUME_BEAT_LOGITS];
    random_events(&x, 1, T, ABSENT);
    assert_ok(neume_beat_net_forward(net, compute, false, &x, &logits));
    memcpy(before, neume_f32(logits), sizeof before);
    for (int t = 0; t < T; t++) {
        float *event = neume_f32(&x) + t * NEUME_PULSE_FEATURES;
        event[NEUME_PULSE_TIME] += 3;
        for (int k = 2; t >= T - ABSENT && k < NEUME_PULSE_FEATURES; k++) event[k] += 1;
    }
    assert_ok(neume_beat_net_forward(net, compute, false, &x, &logits));
    assert_floats_close(neume_f32(logits), before, sizeof before / sizeof *before, 1e-3, 1e-3);
    neume_tensor_clear(&x);
    neume_beat_net_free(net);
}

static void random_notes(double seconds, neume_notes *out) {
    neume_rng rng = neume_rng_seeded(5, 5);
    for (double at_s = .5; at_s < seconds; at_s += neume_rng_uniform(&rng, .1, .6))
        assert_ok(neume_notes_add(out, (neume_note){.onset_s = at_s,
                                                    .offset_s = at_s + .3,
                                                    .pitch = (int16_t)(40 + neume_rng_below(&rng, 40)),
                                                    .velocity = (int16_t)(30 + neume_rng_below(&rng, 90))}));
}

/* Loads the network, or joins it to others. */
static neume_status use(neume_beat_net *net, neume_beat_model **model) {
    char path[] = "/tmp/neume-beat-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_ok(neume_beat_net_save(net, "tiny", NULL, path));
    const neume_status status = *model ? neume_beat_model_join(*model, path) : neume_beat_model_load(path, model);
    unlink(path);
    return status;
}

/* A piece of some windows, and a stretch of it, whose windows begin elsewhere: where both speak, they say the same. */
static void assert_windows_say_what_the_whole_says(neume_beat_model *model) {
    enum { FRAMES = 9500, FIRST = 3000 };
    neume_notes notes = {0};
    neume__activation whole = {0}, part = {0};
    random_notes(FRAMES * NEUME_BEAT_STEP_S, &notes);
    assert_ok(neume__activation_from_net(&notes, model, 0, 0, FRAMES, &whole));
    assert_ok(neume__activation_from_net(&notes, model, 0, FIRST, FRAMES - FIRST, &part));
    assert_int_equal(part.frames, FRAMES - FIRST);
    double most = 0, least = 1;
    for (size_t t = 0; t < part.frames; t++) {
        const double p = (double)part.beat[t];
        assert_true(fabs(p - (double)whole.beat[FIRST + t]) < .02);
        most = fmax(most, p), least = fmin(least, p);
    }
    assert_true(most - least > .1); /* it does say something */
    neume__activation_clear(&whole), neume__activation_clear(&part);
    neume_notes_clear(&notes);
}

static void test_windows_say_what_the_whole_says(void **state) {
    (void)state;
    neume_beat_net *net = tiny_net(), *pulse = tiny_pulse();
    neume_beat_model *model = NULL;
    assert_ok(use(net, &model));
    assert_windows_say_what_the_whole_says(model);
    assert_ok(use(pulse, &model));
    assert_windows_say_what_the_whole_says(model);
    neume_beat_model_free(model);
    neume_beat_net_free(net), neume_beat_net_free(pulse);
}

/* A network that joins itself changes nothing, another does; there are limits. */
static void test_networks_answer_together(void **state) {
    (void)state;
    enum { FRAMES = 1000 };
    neume_beat_net *net = tiny_net(), *other = net_of((neume_beat_net_size){8, 2, NEUME_BEAT_NET_FRAMES}),
                   *pulse = tiny_pulse();
    neume_beat_model *model = NULL;
    neume_notes notes = {0};
    neume__activation said[4];
    neume_beat_net *const joining[4] = {net, net, other, pulse};
    random_notes(FRAMES * NEUME_BEAT_STEP_S, &notes);
    for (int k = 0; k < 4; k++) {
        assert_ok(use(joining[k], &model));
        assert_ok(neume__activation_from_net(&notes, model, 0, 0, FRAMES, &said[k]));
    }
    double moved[4] = {0};
    for (int k = 1; k < 4; k++)
        for (size_t t = 0; t < FRAMES; t++)
            moved[k] = fmax(moved[k], fabs((double)said[k].beat[t] - (double)said[k - 1].beat[t]));
    assert_true(moved[1] < 1e-4 && moved[2] > .01 && moved[3] > .01);
    for (int k = 0; k < 4; k++) neume__activation_clear(&said[k]);
    assert_int_equal(use(pulse, &model), NEUME_ELIMIT); /* a second pulse network */
    assert_ok(use(net, &model));
    assert_int_equal(use(net, &model), NEUME_ELIMIT);
    neume_beat_model *none = NULL;
    assert_int_equal(use(pulse, &none), NEUME_EFORMAT); /* cannot be the first */
    assert_null(none);
    neume_beat_model_free(model);
    neume_notes_clear(&notes);
    neume_beat_net_free(net), neume_beat_net_free(other), neume_beat_net_free(pulse);
}

/* No beat is heard in the middle of silence; an untrained network would hear one as soon as not. */
static void test_long_silence_has_no_beats(void **state) {
    (void)state;
    enum { FRAMES = 60000, SPOKEN = 1000 }; /* twenty minutes, of which the first twenty seconds have notes */
    neume_beat_net *net = tiny_net();
    neume_beat_model *model = NULL;
    neume_notes notes = {0};
    neume__activation said;
    assert_ok(use(net, &model));
    random_notes(SPOKEN * NEUME_BEAT_STEP_S, &notes);
    assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = 1200, .offset_s = 1201, .pitch = 60, .velocity = 80}));
    assert_ok(neume__activation_from_net(&notes, model, 0, 0, FRAMES, &said));
    float spoken = 0, silent = 0;
    for (size_t t = 0; t < SPOKEN; t++) spoken = fmaxf(spoken, said.beat[t]);
    for (size_t t = FRAMES / 3; t < 2 * FRAMES / 3; t++) silent = fmaxf(silent, said.beat[t]);
    assert_true(spoken > .1F && silent < .001F);
    neume__activation_clear(&said);
    neume_notes_clear(&notes);
    neume_beat_model_free(model);
    neume_beat_net_free(net);
}

static void test_notes_that_begin_together_are_one_event(void **state) {
    (void)state;
    neume_notes notes = {0};
    neume_pulse_event *events = NULL;
    size_t count = 0;
    static const double onset_s[] = {1, 1.02, 1.04, 2, 4000, 4000.03};
    for (int i = 0; i < 6; i++)
        assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = onset_s[i],
                                                       .offset_s = onset_s[i] + .5,
                                                       .pitch = (int16_t)(60 + i),
                                                       .velocity = 80}));
    assert_ok(neume_pulse_events_find(&notes, &events, &count));
    assert_int_equal(count, 3);
    assert_int_equal(events[0].end, 3);
    assert_true(fabs(events[0].time_s - 1.02) < 1e-9);
    float out[3 * NEUME_PULSE_FEATURES]; /* an hour of silence takes no room */
    assert_ok(neume_pulse_features(&notes, events, count, 0, count, out));
    for (int e = 0; e < 3; e++) assert_true(out[e * NEUME_PULSE_FEATURES + NEUME_PULSE_THERE] > 0);
    assert_true(fabs((double)out[NEUME_PULSE_FEATURES + NEUME_PULSE_TIME] - .98) < 1e-5);
    neume__free(events);
    neume_notes_clear(&notes);
}

static void test_features_know_where_notes_begin(void **state) {
    (void)state;
    neume_notes notes = {0};
    static float out[200 * NEUME_BEAT_FEATURES];
    assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = 1, .offset_s = 2, .pitch = 60, .velocity = 127}));
    assert_ok(neume_beat_features(&notes, 0, 200, out));
    for (int t = 0; t < 200; t++) assert_true((out[t * NEUME_BEAT_FEATURES] > .5F) == (t == 50));
    neume_notes_clear(&notes);
}

/* A tune of two seconds, again and again a fourth higher. */
static void test_repeats_are_heard_at_their_lag(void **state) {
    (void)state;
    static const double onset_s[5] = {0, .5, .75, 1.25, 1.5};
    static const int pitch[5] = {60, 67, 64, 62, 65};
    enum { FRAMES = 1000, MIDDLE = 500 };
    static float out[FRAMES * NEUME__REPEAT_FEATURES];
    neume_notes notes = {0};
    for (int i = 0; i < 60; i++) {
        const int bar = i / 5;
        const double at = 2. * bar + onset_s[i % 5];
        assert_ok(neume_notes_add(&notes, (neume_note){.onset_s = at,
                                                       .offset_s = at + .2,
                                                       .pitch = (int16_t)(pitch[i % 5] + bar % 3 * 5),
                                                       .velocity = 80}));
    }
    assert_ok(neume__repeat_features(&notes, 0, FRAMES, NEUME__REPEAT_FEATURES, out));
    const float *alike = out + (size_t)MIDDLE * NEUME__REPEAT_FEATURES + NEUME__REPEAT_LAGS;
    int best = 0;
    for (int lag = 1; lag < NEUME__REPEAT_LAGS * 3 / 4; lag++) /* up to 2.7 s: four seconds are a repeat as well */
        if (alike[lag] > alike[best]) best = lag;
    const double lag_s = .2 * pow(32, best / (NEUME__REPEAT_LAGS - 1.));
    assert_true(lag_s > 1.9 && lag_s < 2.1);
    neume_notes_clear(&notes);
}

static void test_metres_have_a_class_and_classes_a_metre(void **state) {
    (void)state;
    for (int k = 0; k < NEUME_BEAT_METRES; k++) assert_int_equal(neume_beat_metre_class(neume_beat_class_metre(k)), k);
    assert_int_equal(neume_beat_metre_class((neume_metre){.beats = 6, .unit = 16}),
                     neume_beat_metre_class((neume_metre){.beats = 6, .unit = 8}));
    assert_int_equal(neume_beat_metre_class((neume_metre){.beats = 11, .unit = 8}), -1);
    for (double s = .25; s < 2; s *= 1.1) assert_true(neume_beat_period_place(s * 1.05) > neume_beat_period_place(s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_differences),
        cmocka_unit_test(test_a_saved_network_says_the_same),
        cmocka_unit_test(test_events_are_what_is_there),
        cmocka_unit_test(test_windows_say_what_the_whole_says),
        cmocka_unit_test(test_networks_answer_together),
        cmocka_unit_test(test_long_silence_has_no_beats),
        cmocka_unit_test(test_notes_that_begin_together_are_one_event),
        cmocka_unit_test(test_features_know_where_notes_begin),
        cmocka_unit_test(test_repeats_are_heard_at_their_lag),
        cmocka_unit_test(test_metres_have_a_class_and_classes_a_metre),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
