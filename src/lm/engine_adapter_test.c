/* Adapters that were learnt by the net do the same in the engine. */
#include "engine_cases.h"

#include "neume/lm_net.h"

#include <unistd.h>

enum { LENGTH = 30, VOCABULARY = 50, LOGITS = LENGTH * VOCABULARY };

typedef struct adapted {
    neume_buffer base; /* the net's file before */
    char adapter[32];  /* the file of its adapters */
    int32_t ids[LENGTH];
    float before[LOGITS], after[LOGITS]; /* what the net says */
} adapted;

static void export_base(neume_lm_net *net, neume_buffer *out) {
    neume_gguf_writer *writer;
    assert_ok(neume_gguf_writer_new("qwen2", &writer));
    assert_ok(neume_lm_net_export(net, NEUME_F32, writer));
    assert_ok(neume_gguf_print(writer, out));
    neume_gguf_writer_free(writer);
}

static void export_adapter(const neume_lm_net *net, char path[32]) {
    neume_gguf_writer *writer;
    strcpy(path, "/tmp/neume-lora-XXXXXX");
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_ok(neume_gguf_writer_new("qwen2", &writer));
    assert_ok(neume_lm_net_export_adapters(net, writer));
    assert_ok(neume_gguf_write(writer, path));
    neume_gguf_writer_free(writer);
}

static void begin(adapted *k) {
    const int32_t starts[LENGTH] = {0};
    const neume_lm_random sizes = small_model("qwen2", "f32");
    const neume_lm_batch batch = {.rows = 1, .length = LENGTH, .tokens = k->ids, .targets = k->ids, .starts = starts};
    neume_lm_pass pass = {.dtype = NEUME_F32};
    neume_lm_net *net;
    neume_rng rng = neume_rng_seeded(4, 4);
    *k = (adapted){0};
    random_ids(1, VOCABULARY, LENGTH, k->ids);
    assert_ok(neume_compute_new(NEUME_PLAIN, &pass.compute));
    assert_ok(neume_lm_net_new(&sizes.shape, 3, &net));
    assert_ok(neume_lm_net_logits(net, &pass, &batch, k->before));
    export_base(net, &k->base);
    assert_ok(neume_lm_net_adapt(net, 3, 6, 1));
    neume_parameters *list = neume_lm_net_parameters(net);
    for (size_t i = 0; i < list->count; i++)
        for (int64_t j = 0; j < neume_tensor_count(&list->items[i]->value); j++)
            neume_f32(&list->items[i]->value)[j] = (float)neume_rng_uniform(&rng, -0.1, 0.1);
    assert_ok(neume_lm_net_logits(net, &pass, &batch, k->after));
    export_adapter(net, k->adapter);
    neume_lm_net_free(net);
    neume_compute_free(pass.compute);
}

static void end(adapted *k) {
    unlink(k->adapter);
    neume_buffer_clear(&k->base);
}

static neume_lm_model *load(const adapted *k) {
    neume_lm_model *model;
    assert_ok(neume_lm_model_parse(k->base.data, k->base.size, &model));
    return model;
}

static void score(const neume_lm_model *model, const adapted *k, float *logits) {
    neume_lm_session *session;
    assert_ok(neume_lm_session_new(model, 1, LENGTH, &session));
    assert_ok(neume_lm_session_score(session, 0, k->ids, LENGTH, logits));
    neume_lm_session_free(session);
}

static void test_a_merged_adapter_says_what_the_net_says(void **state) {
    (void)state;
    static adapted k;
    static float logits[LOGITS];
    begin(&k);
    neume_lm_model *model = load(&k);
    assert_ok(neume_lm_model_adapt(model, k.adapter, 0));
    score(model, &k, logits);
    assert_floats_close(logits, k.before, LOGITS, 1e-4, 1e-5);
    assert_ok(neume_lm_model_adapt(model, k.adapter, 1));
    score(model, &k, logits);
    assert_floats_close(logits, k.after, LOGITS, 1e-4, 1e-5);
    assert_ok(neume_lm_model_adapt(model, k.adapter, -1));
    score(model, &k, logits);
    assert_floats_close(logits, k.before, LOGITS, 1e-3, 1e-4); /* there and back, rounded twice */
    neume_lm_model_free(model);
    end(&k);
}

static void test_what_is_no_adapter_of_the_model_is_refused(void **state) {
    (void)state;
    static adapted k;
    static float before[LOGITS], logits[LOGITS];
    begin(&k);
    const neume_lm_random sizes = small_model("llama", "f32");
    neume_lm_random narrow = small_model("qwen2", "f32");
    narrow.shape.hidden = 30;
    neume_lm_model *model = load(&k), *llama = make_model(&sizes), *other = make_model(&narrow);
    score(other, &k, before);
    assert_int_equal(neume_lm_model_adapt(llama, k.adapter, 1), NEUME_EFORMAT);
    assert_int_equal(neume_lm_model_adapt(other, k.adapter, 1), NEUME_EFORMAT);
    score(other, &k, logits);
    assert_memory_equal(logits, before, sizeof before);
    assert_ok(neume_file_write(k.adapter, k.base.data, k.base.size));
    assert_int_equal(neume_lm_model_adapt(model, k.adapter, 1), NEUME_EFORMAT);
    neume_lm_model_free(model);
    neume_lm_model_free(llama);
    neume_lm_model_free(other);
    end(&k);
}

static neume_status parse_and_adapt(void *context) {
    const adapted *k = context;
    neume_lm_model *model = NULL;
    neume_status status = neume_lm_model_parse(k->base.data, k->base.size, &model);
    if (!status) status = neume_lm_model_adapt(model, k->adapter, 1);
    neume_lm_model_free(model);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    static adapted k;
    begin(&k);
    sweep_allocation_failures(parse_and_adapt, &k);
    end(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_merged_adapter_says_what_the_net_says),
        cmocka_unit_test(test_what_is_no_adapter_of_the_model_is_refused),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
