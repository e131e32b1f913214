/* A net comes back from its files as it was, and goes on learning as if nothing had happened. */
#include "net_cases.h"
#include "reread.h"

#include <stdlib.h>
#include <unistd.h>

static neume_gguf *exported(neume_lm_net *net, neume_dtype dtype) {
    const neume_gguf_text tokens[] = {{"a", 1}, {"\0b", 2}, {"", 0}};
    neume_gguf_writer *writer = NULL;
    assert_ok(neume_gguf_writer_new("qwen2", &writer));
    assert_ok(neume_gguf_set_texts(writer, "tokenizer.ggml.tokens", tokens, 3));
    assert_ok(neume_lm_net_export(net, dtype, writer));
    return reread(writer);
}

static void test_an_exported_net_says_the_same(void **state) {
    (void)state;
    static float before[CASE_LOGITS], after[CASE_LOGITS];
    for (int i = 0; i < 2; i++) {
        net_case k;
        case_begin(&k, NEUME_FAST, .3);
        case_logits(&k, before);
        neume_gguf *gguf = exported(k.net, i ? NEUME_BF16 : NEUME_F32);
        neume_lm_net_free(k.net);
        k.net = NULL;
        assert_ok(neume_lm_net_import(gguf, &k.net));
        assert_memory_equal(neume_lm_net_shape(k.net), &case_shape, sizeof case_shape);
        case_logits(&k, after);
        if (i)
            assert_snr_db(after, before, CASE_LOGITS, 30);
        else
            assert_memory_equal(after, before, sizeof after);
        neume_gguf_free(gguf);
        case_end(&k);
    }
}

/* llama.cpp: attn_k.weight is (outputs, inputs), of the key-value heads only. */
static void test_exported_arrays_have_llama_cpps_shapes(void **state) {
    (void)state;
    const struct {
        const char *name;
        int64_t rows, columns;
    } arrays[] = {
        {"token_embd.weight", CASE_VOCABULARY, 32},
        {"blk.0.attn_norm.weight", 1, 32},
        {"blk.1.attn_q.weight", 32, 32},
        {"blk.1.attn_k.weight", 16, 32},
        {"blk.1.attn_v.weight", 16, 32},
        {"blk.1.attn_q.bias", 1, 32},
        {"blk.1.attn_k.bias", 1, 16},
        {"blk.1.attn_v.bias", 1, 16},
        {"blk.0.attn_output.weight", 32, 32},
        {"blk.0.ffn_norm.weight", 1, 32},
        {"blk.0.ffn_gate.weight", 48, 32},
        {"blk.0.ffn_up.weight", 48, 32},
        {"blk.0.ffn_down.weight", 32, 48},
        {"output_norm.weight", 1, 32},
    };
    net_case k;
    size_t count = 0;
    case_begin(&k, NEUME_FAST, .3);
    neume_gguf *gguf = exported(k.net, NEUME_F32);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        assert_int_equal(neume_gguf_rows(gguf, arrays[i].name), arrays[i].rows);
        assert_int_equal(neume_gguf_columns(gguf, arrays[i].name), arrays[i].columns);
    }
    assert_int_equal(neume_gguf_array_count(gguf), 2 + 2 * 12);
    assert_int_equal(neume_gguf_integer(gguf, "qwen2.attention.head_count_kv", 0), 2);
    const neume_gguf_text *tokens = neume_gguf_texts(gguf, "tokenizer.ggml.tokens", &count);
    assert_int_equal(count, 3);
    assert_int_equal(tokens[1].size, 2);
    assert_memory_equal(tokens[1].bytes, "\0b", 2);
    neume_gguf_free(gguf);
    case_end(&k);
}

static void three_steps(net_case *k, neume_adamw *adam, double losses[3]) {
    double norm;
    for (int i = 0; i < 3; i++) {
        k->pass.seed = (uint64_t)i;
        losses[i] = case_step(k);
        neume_adamw_step(adam, neume_lm_net_parameters(k->net), 1e-2F, &norm);
    }
}

static void test_a_checkpoint_goes_on_where_it_was(void **state) {
    (void)state;
    char path[] = "/tmp/neume-lm-XXXXXX";
    const int file = mkstemp(path);
    net_case k;
    neume_adamw adam = NEUME_ADAMW_DEFAULT, again = NEUME_ADAMW_DEFAULT;
    double before[3], expected[3], found[3];
    assert_true(file >= 0);
    close(file);
    case_begin(&k, NEUME_FAST, 0);
    k.pass.dropout = .1F;
    three_steps(&k, &adam, before);
    assert_ok(neume_lm_net_save(k.net, &adam, path));
    three_steps(&k, &adam, expected);
    neume_lm_net_free(k.net);
    assert_ok(neume_lm_net_load(path, &again, &k.net));
    assert_int_equal(again.step, 3);
    three_steps(&k, &again, found);
    assert_memory_equal(found, expected, sizeof found);
    unlink(path);
    case_end(&k);
}

/* The exported file of `net` with one value changed. */
static neume_gguf *exported_with(neume_lm_net *net, const char *key, int64_t value) {
    neume_gguf_writer *writer = NULL;
    assert_ok(neume_gguf_writer_new("qwen2", &writer));
    assert_ok(neume_lm_net_export(net, NEUME_F32, writer));
    if (strcmp(key, "general.architecture") == 0)
        assert_ok(neume_gguf_set_string(writer, key, "gpt2"));
    else
        assert_ok(neume_gguf_set_integer(writer, key, value));
    return reread(writer);
}

static void test_a_file_that_claims_another_shape_is_refused(void **state) {
    (void)state;
    const struct {
        const char *key;
        int64_t value;
    } wrong[] = {
        {"general.architecture", 0},       {"qwen2.block_count", 3},          {"qwen2.block_count", INT64_MAX},
        {"qwen2.block_count", 0},          {"qwen2.embedding_length", 64},    {"qwen2.feed_forward_length", 49},
        {"qwen2.context_length", -1},      {"qwen2.attention.head_count", 3}, {"qwen2.attention.head_count_kv", 1},
        {"qwen2.context_length", 1 << 30}, {"qwen2.rope.freq_base", 0},
    };
    net_case k;
    case_begin(&k, NEUME_FAST, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        neume_lm_net *net = NULL;
        neume_gguf *gguf = exported_with(k.net, wrong[i].key, wrong[i].value);
        assert_int_equal(neume_lm_net_import(gguf, &net), NEUME_EFORMAT);
        neume_gguf_free(gguf);
    }
    neume_lm_net *net = NULL;
    assert_int_equal(neume_lm_net_load("/nonexistent/net", NULL, &net), NEUME_ENOTFOUND);
    case_end(&k);
}

static neume_status export_and_import(void *context) {
    const net_case *k = context;
    neume_gguf_writer *writer = NULL;
    neume_gguf *gguf = NULL;
    neume_lm_net *net = NULL;
    neume_buffer bytes = {0};
    neume_status status = NEUME_OK;
    NEUME_TRY(neume_gguf_writer_new("qwen2", &writer));
    NEUME_GO(neume_lm_net_export(k->net, NEUME_BF16, writer));
    NEUME_GO(neume_gguf_print(writer, &bytes));
    NEUME_GO(neume_gguf_parse(bytes.data, bytes.size, &gguf));
    NEUME_GO(neume_lm_net_import(gguf, &net));
fail:
    neume_lm_net_free(net);
    neume_gguf_free(gguf);
    neume_buffer_clear(&bytes);
    neume_gguf_writer_free(writer);
    return status;
}

static void test_running_out_of_memory_is_said(void **state) {
    (void)state;
    net_case k;
    case_begin(&k, NEUME_FAST, 0);
    sweep_allocation_failures(export_and_import, &k);
    case_end(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exported_net_says_the_same),
        cmocka_unit_test(test_exported_arrays_have_llama_cpps_shapes),
        cmocka_unit_test(test_a_checkpoint_goes_on_where_it_was),
        cmocka_unit_test(test_a_file_that_claims_another_shape_is_refused),
        cmocka_unit_test(test_running_out_of_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
