/* The whole network: its gradient is the difference, its inference form says the same, its file gives it back. */
#include "reread.h"
#include "slope_check.h"

#include "runner.h"

#include <string.h>

static neume_compute *compute;
static neume_tensor sounding; /* something, everywhere, now and then */

static int setup(void **state) {
    (void)state;
    assert_ok(neume_compute_new(NEUME_FAST, &compute));
    assert_ok(neume_tensor_shape(&sounding, NEUME_F32, NEUME_DIMS(2, 12, NEUME_PITCHES, 1)));
    for (int64_t i = 0; i < neume_tensor_count(&sounding); i++) neume_f32(&sounding)[i] = i % 7 ? 0 : 0.9f;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    neume_compute_free(compute);
    neume_tensor_clear(&sounding);
    return 0;
}

static neume_hear_config tiny(void) {
    neume_hear_config config = neume_hear_config_default();
    config.channels = 8;
    config.stem_channels = 4;
    config.blocks = 3;
    config.timbre_channels = 8;
    config.drum_channels = 8;
    return config;
}

static neume_hear_batch random_batch(int64_t B, int64_t T, uint64_t seed) {
    neume_hear_batch batch = {0};
    neume_rng rng = neume_rng_seeded(seed, 1);
    assert_ok(
        neume_tensor_shape(&batch.spectrum, NEUME_F32, NEUME_DIMS(B, T, NEUME_FEATURES_BINS, NEUME_FEATURES_CHANNELS)));
    assert_ok(neume_tensor_shape(&batch.mel, NEUME_F32, NEUME_DIMS(B, 2 * T, NEUME_FEATURES_MELS, 1)));
    for (int64_t i = 0; i < neume_tensor_count(&batch.spectrum); i++)
        neume_f32(&batch.spectrum)[i] = (float)neume_rng_uniform(&rng, 0, 4);
    for (int64_t i = 0; i < neume_tensor_count(&batch.mel); i++)
        neume_f32(&batch.mel)[i] = (float)neume_rng_uniform(&rng, 0, 4);
    return batch;
}

static void batch_clear(neume_hear_batch *batch) {
    neume_tensor_clear(&batch->spectrum);
    neume_tensor_clear(&batch->mel);
}

/* Notes early, late, high and low, some so near an edge that their patch reaches beyond it. */
static const neume_hear_place places[] = {{0, 0, 0}, {0, 5, 40}, {1, 11, 87}, {1, 3, 60}, {0, 8, 20}, {1, 6, 33}};
enum { PLACES = sizeof places / sizeof *places };

static neume_hear_pass pass_of(bool training, int64_t count) {
    return (neume_hear_pass){compute, training, NEUME_F32, true, true, places, count, &sounding};
}

/* sum(logits * direction) with fixed random directions: a loss whose gradient at the logits is known. */
typedef struct probe {
    neume_hear_net *net;
    const neume_hear_batch *batch;
    neume_tensor direction[3];
} probe;

static void probe_clear(probe *p) {
    for (int i = 0; i < 3; i++) neume_tensor_clear(&p->direction[i]);
}

static neume_hear_logits directions(const probe *p) {
    return (neume_hear_logits){&p->direction[0], &p->direction[1], &p->direction[2]};
}

static double dot(const neume_tensor *a, const neume_tensor *b) {
    double sum = 0;
    for (int64_t i = 0; i < neume_tensor_count(a); i++) sum += (double)neume_f32(a)[i] * (double)neume_f32(b)[i];
    return sum;
}

static void draw_direction(const neume_tensor *like, neume_rng *rng, neume_tensor *out) {
    assert_ok(neume_tensor_convert(like, NEUME_F32, out));
    for (int64_t i = 0; i < neume_tensor_count(out); i++) neume_f32(out)[i] = (float)neume_rng_normal(rng);
}

static double probe_loss(void *context) {
    probe *p = context;
    neume_hear_logits said;
    const neume_hear_pass pass = pass_of(true, PLACES);
    assert_ok(neume_hear_net_forward(p->net, &pass, p->batch, &said));
    const neume_tensor *all[3] = {said.notes, said.drums, said.families};
    double sum = 0;
    neume_rng rng = neume_rng_seeded(3, 1);
    for (int k = 0; k < 3; k++) {
        if (!p->direction[k].data) draw_direction(all[k], &rng, &p->direction[k]);
        sum += dot(all[k], &p->direction[k]);
    }
    return sum;
}

static void test_gradient_of_every_parameter_is_the_difference(void **state) {
    (void)state;
    neume_hear_config config = tiny();
    neume_hear_net *net = NULL;
    assert_ok(neume_hear_net_new(&config, 5, &net));
    neume_hear_batch batch = random_batch(2, 12, 6);
    probe p = {.net = net, .batch = &batch};
    const slope_check check = {probe_loss, &p, 5e-4, 0.06, 1e-3};
    assert_ok(neume_hear_net_standardise(net, &batch));
    neume_parameters *parameters = neume_hear_net_parameters(net);
    assert_ok(neume_parameters_prepare_training(parameters));
    probe_loss(&p);
    neume_parameters_zero_gradients(parameters);
    const neume_hear_logits gradients = directions(&p);
    assert_ok(neume_hear_net_backward(net, compute, &gradients));
    int checked = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        if (parameters->items[i]->statistic) continue;
        checked++;
        /* Shifting what a batch normalisation is about to centre changes nothing: such gradients are rounding noise. */
        if (sum_of_squares(&parameters->items[i]->gradient) >= 1e-4) assert_slope(&check, parameters->items[i]);
    }
    assert_true(checked > 40);
    probe_clear(&p);
    batch_clear(&batch);
    neume_hear_net_free(net);
}

/* Folding moves rounding around, nothing else: 1e-3 on logits of size 1 to 10 after some twenty layers. */
static void test_inference_says_what_the_network_says(void **state) {
    (void)state;
    neume_hear_config config = tiny();
    neume_hear_net *net = NULL;
    assert_ok(neume_hear_net_new(&config, 7, &net));
    neume_hear_batch batch = random_batch(1, 70, 8);
    neume_hear_logits said;
    assert_ok(neume_hear_net_standardise(net, &batch));
    neume_hear_pass learning = pass_of(true, 0), hearing = pass_of(false, 2); /* places in the one entry */
    neume_tensor heard = {0};
    assert_ok(neume_hear_net_forward(net, &learning, &batch, &said)); /* statistics leave their start */
    assert_ok(neume_tensor_shape(&heard, NEUME_F32, NEUME_DIMS(1, 70, NEUME_PITCHES, 1)));
    hearing.sounding = &heard;
    assert_ok(neume_hear_net_forward(net, &hearing, &batch, &said));
    for (int64_t i = 0; i < neume_tensor_count(&heard); i++) { /* as the runner finds it */
        float logit = neume_f32(said.notes)[i * NEUME_HEAR_OUTPUTS + NEUME_HEAR_FRAME];
        neume_f32(&heard)[i] = logit > -2 ? 1 / (1 + expf(-logit)) : 0;
    }
    assert_ok(neume_hear_net_forward(net, &hearing, &batch, &said));
    const neume_tensor *notes = said.notes, *drums = said.drums;
    neume_gguf_writer *writer = NULL;
    neume_hear_model *model = NULL;
    assert_ok(neume_gguf_writer_new("neume-hear", &writer));
    assert_ok(neume_hear_net_save(net, writer, NULL));
    neume_gguf *gguf = reread(writer);
    assert_ok(neume_hear_model_parse(gguf, &model));
    hear_runner runner;
    assert_ok(hear_runner_init(&runner, model, true));
    assert_ok(neume_tensor_convert(&batch.spectrum, NEUME_F32, &runner.spectrum));
    assert_ok(neume_tensor_convert(&batch.mel, NEUME_F32, &runner.mel));
    assert_ok(hear_runner_run(&runner, false));
    assert_floats_close(neume_f32(&runner.notes), neume_f32(notes), (size_t)neume_tensor_count(notes), 1e-3, 1e-3);
    assert_floats_close(neume_f32(&runner.drums), neume_f32(drums), (size_t)neume_tensor_count(drums), 1e-3, 1e-3);
    enum { STRIDE = NEUME_HEAR_FAMILIES + 8 }; /* with the timbre: what the last layer sees */
    float families[2 * STRIDE];
    assert_ok(hear_runner_families(&runner, places, 2, STRIDE, families));
    for (int n = 0; n < 2; n++) { /* log probabilities: the logits but for a constant */
        const float *logit = neume_f32(said.families) + n * NEUME_HEAR_FAMILIES, *log_p = families + n * STRIDE;
        const hear_layers *layers = hear_net_layers(net);
        double again = (double)neume_f32(&layers->families.bias.value)[3];
        for (int k = 0; k < 8; k++)
            again += (double)log_p[NEUME_HEAR_FAMILIES + k] *
                     (double)neume_f32(&layers->families.weight.value)[k * NEUME_HEAR_FAMILIES + 3];
        assert_true(fabs(again - (double)logit[3]) < 2e-3);
        double sum = 0;
        for (int f = 0; f < NEUME_HEAR_FAMILIES; f++) {
            sum += exp((double)log_p[f]);
            assert_true(fabsf(log_p[f] - log_p[0] - (logit[f] - logit[0])) < 2e-3f);
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
    neume_tensor_clear(&heard);
    hear_runner_clear(&runner);
    neume_hear_model_free(model);
    neume_gguf_free(gguf);
    batch_clear(&batch);
    neume_hear_net_free(net);
}

static void test_frozen_parts_keep_their_weights(void **state) {
    (void)state;
    neume_hear_config config = tiny();
    neume_hear_net *net = NULL;
    neume_hear_logits said;
    double norm;
    assert_ok(neume_hear_net_new(&config, 9, &net));
    neume_hear_batch batch = random_batch(2, 12, 10);
    neume_parameters *list = neume_hear_net_parameters(net);
    assert_ok(neume_hear_net_standardise(net, &batch));
    assert_ok(neume_parameters_prepare_training(list));
    neume_hear_net_learn(net, false, true, true);
    neume_parameters_zero_gradients(list);
    neume_hear_pass pass = pass_of(true, PLACES);
    pass.notes = false;
    assert_ok(neume_hear_net_forward(net, &pass, &batch, &said));
    assert_null(said.notes);
    assert_ok(neume_hear_net_backward(net, compute, &said));
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    neume_adamw_step(&adam, list, 0.1f, &norm);
    int moved = 0, kept = 0;
    for (size_t i = 0; i < list->count; i++) { /* the average began as the value and has not followed */
        const neume_parameter *p = list->items[i];
        if (p->statistic) continue;
        bool same = memcmp(p->value.data, p->average.data, neume_tensor_bytes(&p->value)) == 0;
        if (p->frozen) assert_true(same);
        *(same ? &kept : &moved) += 1;
    }
    assert_true(moved > 20 && kept > 20);
    batch_clear(&batch);
    neume_hear_net_free(net);
}

static void assert_refused(neume_gguf_writer *writer) {
    neume_hear_model *model = NULL;
    neume_gguf *gguf = reread(writer);
    assert_int_equal(neume_hear_model_parse(gguf, &model), NEUME_EFORMAT);
    assert_null(model);
    neume_gguf_free(gguf);
}

static void test_foreign_and_damaged_models_are_refused(void **state) {
    (void)state;
    neume_gguf_writer *writer = NULL;
    assert_ok(neume_gguf_writer_new("llama", &writer));
    assert_refused(writer);
    assert_ok(neume_gguf_writer_new("neume-hear", &writer)); /* the right name, but nothing inside */
    assert_ok(neume_gguf_set_integer(writer, "neume-hear.channels", 8));
    assert_refused(writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_of_every_parameter_is_the_difference),
        cmocka_unit_test(test_inference_says_what_the_network_says),
        cmocka_unit_test(test_frozen_parts_keep_their_weights),
        cmocka_unit_test(test_foreign_and_damaged_models_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
