/* Adapters: nothing changes while they are 0, only they learn, and merged they say the same. */
#include "net_cases.h"
#include "reread.h"

#include <stdlib.h>

static const double spread = .3;

static void begin(net_case *k) {
    case_begin(k, NEUME_FAST, spread);
    assert_ok(neume_lm_net_adapt(k->net, 3, 6, 1));
    assert_ok(neume_parameters_prepare_training(neume_lm_net_parameters(k->net)));
}

static void test_new_adapters_change_nothing(void **state) {
    (void)state;
    static float before[CASE_LOGITS], after[CASE_LOGITS];
    net_case k;
    case_begin(&k, NEUME_FAST, spread);
    case_logits(&k, before);
    assert_ok(neume_lm_net_adapt(k.net, 4, 8, 1));
    case_logits(&k, after);
    assert_memory_equal(before, after, sizeof before);
    case_end(&k);
}

static void test_only_adapters_learn_and_merging_keeps_what_they_learnt(void **state) {
    (void)state;
    static float learnt[CASE_LOGITS], merged[CASE_LOGITS];
    net_case k;
    begin(&k);
    assert_int_equal(neume_lm_net_parameters(k.net)->count, 2 * 2 * 7);
    const double first = case_step(&k), last = case_learn(&k, 1e-2F, 60);
    assert_true(last < .5 * first);
    case_logits(&k, learnt);
    neume_lm_net_merge(k.net);
    case_logits(&k, merged);
    assert_memory_equal(learnt, merged, sizeof learnt);
    assert_string_equal(neume_lm_net_parameters(k.net)->items[0]->name, "token_embd.weight");
    case_end(&k);
}

/* The embedding and the gains are what they were at first. */
static void test_the_rest_of_the_net_stays(void **state) {
    (void)state;
    net_case k, fresh;
    begin(&k);
    case_begin(&fresh, NEUME_FAST, spread);
    case_learn(&k, 1e-2F, 3);
    neume_lm_net_merge(k.net);
    const neume_parameters *after = neume_lm_net_parameters(k.net), *before = neume_lm_net_parameters(fresh.net);
    for (size_t i = 0; i < after->count; i++) {
        const neume_tensor *a = &after->items[i]->value, *b = &before->items[i]->value;
        const bool adapted = a->rank == 2 && i > 0;
        assert_int_equal(memcmp(a->data, b->data, neume_tensor_bytes(a)) == 0, !adapted);
    }
    case_end(&k);
    case_end(&fresh);
}

/* One number of each adapter moved, after some steps (while B is 0, A's gradient is too). */
static void test_gradients_are_slopes(void **state) {
    (void)state;
    net_case k;
    const float h = 1e-2F;
    begin(&k);
    case_learn(&k, 1e-2F, 3);
    neume_parameters *list = neume_lm_net_parameters(k.net);
    for (size_t p = 0; p < list->count; p++) {
        float *at = neume_f32(&list->items[p]->value) + p % 5, kept = *at;
        double losses[4];
        const float steps[4] = {-2 * h, -h, h, 2 * h};
        for (int s = 0; s < 4; s++) *at = kept + steps[s], losses[s] = case_step(&k);
        *at = kept;
        case_step(&k);
        const double slope = (8 * (losses[2] - losses[1]) - (losses[3] - losses[0])) / (12 * (double)h);
        const double said = (double)neume_f32(&list->items[p]->gradient)[p % 5];
        if (!(fabs(slope - said) < 1e-4 + 1e-3 * fabs(slope)))
            fail_msg("%s: gradient %.6g, slope %.6g", list->items[p]->name, said, slope);
    }
    case_end(&k);
}

static neume_gguf *exported(const net_case *k) {
    neume_gguf_writer *writer = NULL;
    assert_ok(neume_gguf_writer_new("qwen2", &writer));
    assert_ok(neume_lm_net_export_adapters(k->net, writer));
    return reread(writer);
}

static void test_adapters_come_back_from_their_file(void **state) {
    (void)state;
    static float before[CASE_LOGITS], after[CASE_LOGITS];
    net_case k, again;
    begin(&k);
    case_learn(&k, 1e-2F, 5);
    case_logits(&k, before);
    neume_gguf *gguf = exported(&k);
    assert_string_equal(neume_gguf_string(gguf, "general.type"), "adapter");
    assert_int_equal(neume_gguf_rows(gguf, "blk.1.attn_k.weight.lora_a"), 3);
    assert_int_equal(neume_gguf_columns(gguf, "blk.1.attn_k.weight.lora_a"), 32);
    assert_int_equal(neume_gguf_rows(gguf, "blk.1.attn_k.weight.lora_b"), 16);
    assert_int_equal(neume_gguf_columns(gguf, "blk.1.attn_k.weight.lora_b"), 3);
    case_begin(&again, NEUME_FAST, spread);
    assert_ok(neume_lm_net_import_adapters(again.net, gguf));
    case_logits(&again, after);
    assert_memory_equal(before, after, sizeof before);
    neume_gguf_free(gguf);
    case_end(&k);
    case_end(&again);
}

static void test_what_cannot_be_is_refused(void **state) {
    (void)state;
    net_case k, other;
    neume_lm_net *larger = NULL;
    neume_lm_shape shape = case_shape;
    begin(&k);
    case_begin(&other, NEUME_FAST, spread);
    neume_gguf *gguf = exported(&k);
    shape.hidden += 2;
    assert_ok(neume_lm_net_new(&shape, 1, &larger));
    assert_int_equal(neume_lm_net_import_adapters(larger, gguf), NEUME_EFORMAT);
    assert_int_equal(neume_lm_net_import_adapters(k.net, gguf), NEUME_EINVAL);
    assert_int_equal(neume_lm_net_adapt(k.net, 3, 6, 1), NEUME_EINVAL);
    assert_int_equal(neume_lm_net_adapt(other.net, 0, 6, 1), NEUME_EINVAL);
    assert_int_equal(neume_lm_net_adapt(other.net, 33, 6, 1), NEUME_EINVAL);
    assert_int_equal(neume_lm_net_save(k.net, NULL, "/tmp/neume-never-written"), NEUME_EUNSUPPORTED);
    neume_gguf_free(gguf);
    neume_lm_net_free(larger);
    case_end(&k);
    case_end(&other);
}

static neume_status adapt_and_step(void *context) {
    net_case *k = context;
    neume_lm_net *net = NULL;
    double loss;
    NEUME_TRY(neume_lm_net_new(&case_shape, 1, &net));
    neume_status status = neume_lm_net_adapt(net, 2, 4, 1);
    if (!status) status = neume_parameters_prepare_training(neume_lm_net_parameters(net));
    if (!status) status = neume_lm_net_step(net, &k->pass, &k->batch, &loss);
    neume_lm_net_free(net);
    return status;
}

static void test_running_out_of_memory_is_said(void **state) {
    (void)state;
    case_sweep(adapt_and_step);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_adapters_change_nothing),
        cmocka_unit_test(test_only_adapters_learn_and_merging_keeps_what_they_learnt),
        cmocka_unit_test(test_the_rest_of_the_net_stays),
        cmocka_unit_test(test_gradients_are_slopes),
        cmocka_unit_test(test_adapters_come_back_from_their_file),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_running_out_of_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
