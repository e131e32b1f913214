/* The whole network: its gradient is the difference, its inference form says the same, its file gives it back. */
#include "neume_test.h"

#include "runner.h"

#include <string.h>

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

static neume_hear_config tiny(void) {
    neume_hear_config config = neume_hear_config_default();
    config.channels = 8;
    config.stem_channels = 4;
    config.blocks = 3;
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

/* sum(logits * direction) with fixed random directions: a loss whose gradient at the logits is known. */
typedef struct probe {
    neume_tensor notes, drums;
} probe;

static double probe_loss(neume_hear_net *net, const neume_hear_batch *batch, probe *p) {
    neume_hear_logits said;
    double sum = 0;
    assert_ok(neume_hear_net_forward(net, compute, true, NEUME_F32, batch, &said));
    const neume_tensor *notes = said.notes, *drums = said.drums;
    if (!p->notes.data) {
        neume_rng rng = neume_rng_seeded(3, 1);
        assert_ok(neume_tensor_convert(notes, NEUME_F32, &p->notes));
        assert_ok(neume_tensor_convert(drums, NEUME_F32, &p->drums));
        for (int64_t i = 0; i < neume_tensor_count(notes); i++) neume_f32(&p->notes)[i] = (float)neume_rng_normal(&rng);
        for (int64_t i = 0; i < neume_tensor_count(drums); i++) neume_f32(&p->drums)[i] = (float)neume_rng_normal(&rng);
    }
    for (int64_t i = 0; i < neume_tensor_count(notes); i++)
        sum += (double)neume_f32(notes)[i] * (double)neume_f32(&p->notes)[i];
    for (int64_t i = 0; i < neume_tensor_count(drums); i++)
        sum += (double)neume_f32(drums)[i] * (double)neume_f32(&p->drums)[i];
    return sum;
}

/* Moves one parameter along its own gradient: the loss must change by step * |gradient|^2. Kinks of the relu and single
 * precision leave a few per cent; a wrong sign, a missing term or a wrong layer is off by far more. */
static void check_parameter(neume_hear_net *net, const neume_hear_batch *batch, probe *p, neume_parameter *parameter) {
    int64_t count = neume_tensor_count(&parameter->value);
    float *value = neume_f32(&parameter->value), *gradient = neume_f32(&parameter->gradient),
          *kept = neume__alloc((size_t)count * sizeof *kept);
    double squares = 0, size = 0, side[2];
    memcpy(kept, value, (size_t)count * sizeof *kept);
    for (int64_t i = 0; i < count; i++) {
        squares += (double)gradient[i] * (double)gradient[i];
        size += (double)value[i] * (double)value[i];
    }
    /* Shifting what a batch normalisation is about to centre changes nothing: such gradients are rounding noise. */
    if (squares < 1e-4) {
        neume__free(kept);
        return;
    }
    double step = 5e-4 * sqrt((size + 1e-2) / squares);
    for (int s = 0; s < 2; s++) {
        for (int64_t i = 0; i < count; i++) value[i] = kept[i] + (float)((s ? step : -step) * (double)gradient[i]);
        side[s] = probe_loss(net, batch, p);
    }
    memcpy(value, kept, (size_t)count * sizeof *kept);
    double measured = (side[1] - side[0]) / (2 * step);
    if (fabs(measured - squares) > 0.06 * squares + 1e-3)
        fail_msg("%s: gradient says %g, difference %g", parameter->name, squares, measured);
    neume__free(kept);
}

static void test_gradient_of_every_parameter_is_the_difference(void **state) {
    (void)state;
    neume_hear_config config = tiny();
    neume_hear_net *net = NULL;
    probe p = {{0}, {0}};
    assert_ok(neume_hear_net_new(&config, 5, &net));
    neume_hear_batch batch = random_batch(2, 12, 6);
    assert_ok(neume_hear_net_standardise(net, &batch));
    neume_parameters *parameters = neume_hear_net_parameters(net);
    assert_ok(neume_parameters_prepare_training(parameters));
    probe_loss(net, &batch, &p);
    neume_parameters_zero_gradients(parameters);
    assert_ok(neume_hear_net_backward(net, compute, &p.notes, &p.drums));
    int checked = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        if (parameters->items[i]->statistic) continue;
        check_parameter(net, &batch, &p, parameters->items[i]);
        checked++;
    }
    assert_true(checked > 40);
    neume_tensor_clear(&p.notes);
    neume_tensor_clear(&p.drums);
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
    assert_ok(neume_hear_net_forward(net, compute, true, NEUME_F32, &batch, &said)); /* statistics leave their start */
    assert_ok(neume_hear_net_forward(net, compute, false, NEUME_F32, &batch, &said));
    const neume_tensor *notes = said.notes, *drums = said.drums;
    neume_gguf_writer *writer = NULL;
    neume_buffer file = {0};
    neume_gguf *gguf = NULL;
    neume_hear_model *model = NULL;
    assert_ok(neume_gguf_writer_new("neume-hear", &writer));
    assert_ok(neume_hear_net_save(net, writer, NULL));
    assert_ok(neume_gguf_print(writer, &file));
    assert_ok(neume_gguf_parse(file.data, file.size, &gguf));
    assert_ok(neume_hear_model_parse(gguf, &model));
    hear_runner runner;
    assert_ok(hear_runner_init(&runner, model, true));
    assert_ok(neume_tensor_convert(&batch.spectrum, NEUME_F32, &runner.spectrum));
    assert_ok(neume_tensor_convert(&batch.mel, NEUME_F32, &runner.mel));
    assert_ok(hear_runner_run(&runner));
    assert_floats_close(neume_f32(&runner.notes), neume_f32(notes), (size_t)neume_tensor_count(notes), 1e-3, 1e-3);
    assert_floats_close(neume_f32(&runner.drums), neume_f32(drums), (size_t)neume_tensor_count(drums), 1e-3, 1e-3);
    hear_runner_clear(&runner);
    neume_hear_model_free(model);
    neume_gguf_free(gguf);
    neume_gguf_writer_free(writer);
    neume_buffer_clear(&file);
    batch_clear(&batch);
    neume_hear_net_free(net);
}

static void test_foreign_and_damaged_models_are_refused(void **state) {
    (void)state;
    neume_gguf_writer *writer = NULL;
    neume_buffer file = {0};
    neume_gguf *gguf = NULL;
    neume_hear_model *model = NULL;
    assert_ok(neume_gguf_writer_new("llama", &writer));
    assert_ok(neume_gguf_print(writer, &file));
    assert_ok(neume_gguf_parse(file.data, file.size, &gguf));
    assert_int_equal(neume_hear_model_parse(gguf, &model), NEUME_EFORMAT);
    neume_gguf_free(gguf);
    neume_gguf_writer_free(writer);
    neume_buffer_clear(&file);
    assert_ok(neume_gguf_writer_new("neume-hear", &writer)); /* the right name, but nothing inside */
    assert_ok(neume_gguf_set_integer(writer, "neume-hear.channels", 8));
    assert_ok(neume_gguf_print(writer, &file));
    assert_ok(neume_gguf_parse(file.data, file.size, &gguf));
    assert_int_equal(neume_hear_model_parse(gguf, &model), NEUME_EFORMAT);
    assert_null(model);
    neume_gguf_free(gguf);
    neume_gguf_writer_free(writer);
    neume_buffer_clear(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_of_every_parameter_is_the_difference),
        cmocka_unit_test(test_inference_says_what_the_network_says),
        cmocka_unit_test(test_foreign_and_damaged_models_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
