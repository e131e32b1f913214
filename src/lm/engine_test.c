#include "engine_cases.h"

#include "neume/lm_net.h"

enum { LENGTH = 37, VOCABULARY = 50 };

typedef float table[LENGTH][VOCABULARY];

static neume_lm_session *new_session(const neume_lm_model *model, int64_t streams) {
    neume_lm_session *session;
    assert_ok(neume_lm_session_new(model, streams, LENGTH, &session));
    return session;
}

/* --- against the obvious way -------------------------------------------------------------------------------------- */

/* One token after the other. */
static void step_all(neume_lm_session *session, const int32_t *ids, table logits) {
    for (int64_t t = 0; t < LENGTH; t++) assert_ok(neume_lm_session_step(session, &ids[t], logits[t]));
}

static void check_against_slow(const neume_lm_random *wanted, const lm_kernels *kernels) {
    int32_t ids[LENGTH];
    table slow, stepped, scored;
    neume_lm_model *model = make_model(wanted);
    model->kernels = kernels;
    random_ids(1, VOCABULARY, LENGTH, ids);
    slow_forward(model, ids, LENGTH, &slow[0][0]);
    neume_lm_session *session = new_session(model, 1);
    step_all(session, ids, stepped);
    assert_floats_close(&stepped[0][0], &slow[0][0], (size_t)LENGTH * VOCABULARY, 1e-4, 1e-4);
    neume_lm_session_truncate(session, 0, 0);
    assert_ok(neume_lm_session_score(session, 0, ids, LENGTH, &scored[0][0]));
    assert_memory_equal(scored, stepped, sizeof(table)); /* the same sums in the same order */
    neume_lm_session_free(session);
    neume_lm_model_free(model);
}

static void test_stepping_and_scoring_equal_the_whole_pass_done_slowly(void **state) {
    (void)state;
    static const char *const types[] = {"f32", "f16", "bf16"};
    for (int k = 0; lm_kernels_at(k); k++) {
        for (int i = 0; i < 3; i++) {
            neume_lm_random wanted = small_model("qwen2", types[i]);
            check_against_slow(&wanted, lm_kernels_at(k));
            wanted.architecture = "llama";
            wanted.tied = false;
            check_against_slow(&wanted, lm_kernels_at(k));
        }
    }
}

static void test_block_types_equal_the_whole_pass_done_slowly(void **state) {
    (void)state;
    static const char *const types[] = {"q8_0", "q4_0", "q4_k"};
    for (int k = 0; lm_kernels_at(k); k++) {
        for (int i = 0; i < 3; i++) {
            neume_lm_random wanted = small_model("qwen2", types[i]);
            wanted.shape.width = 256, wanted.shape.hidden = 256, wanted.shape.layers = 2;
            wanted.deviation = 0.1f;
            check_against_slow(&wanted, lm_kernels_at(k));
        }
    }
}

static void test_groups_of_every_size_share_keys(void **state) {
    (void)state;
    for (int64_t kv_heads = 1; kv_heads <= 4; kv_heads *= 2) {
        neume_lm_random wanted = small_model("qwen2", "f32");
        wanted.shape.kv_heads = kv_heads;
        check_against_slow(&wanted, lm_kernels_at(0));
    }
}

/* What was learnt is what writes. */
static void test_the_net_that_learns_says_the_same(void **state) {
    (void)state;
    const neume_lm_random sizes = small_model("qwen2", "f32");
    const int32_t starts[LENGTH] = {0};
    neume_lm_pass pass = {.dtype = NEUME_F32};
    int32_t ids[LENGTH];
    table learnt, scored;
    neume_lm_net *net;
    neume_gguf_writer *writer;
    neume_buffer bytes = {0};
    neume_lm_model *model;
    random_ids(1, VOCABULARY, LENGTH, ids);
    assert_ok(neume_compute_new(NEUME_PLAIN, &pass.compute));
    assert_ok(neume_lm_net_new(&sizes.shape, 3, &net));
    const neume_lm_batch batch = {.rows = 1, .length = LENGTH, .tokens = ids, .targets = ids, .starts = starts};
    assert_ok(neume_lm_net_logits(net, &pass, &batch, &learnt[0][0]));
    assert_ok(neume_gguf_writer_new("qwen2", &writer));
    assert_ok(neume_lm_net_export(net, NEUME_F32, writer));
    assert_ok(neume_gguf_print(writer, &bytes));
    assert_ok(neume_lm_model_parse(bytes.data, bytes.size, &model));
    neume_lm_session *session = new_session(model, 1);
    assert_ok(neume_lm_session_score(session, 0, ids, LENGTH, &scored[0][0]));
    assert_floats_close(&scored[0][0], &learnt[0][0], (size_t)LENGTH * VOCABULARY, 1e-4, 1e-5);
    neume_lm_session_free(session);
    neume_lm_model_free(model);
    neume_gguf_writer_free(writer);
    neume_lm_net_free(net);
    neume_compute_free(pass.compute);
    neume_buffer_clear(&bytes);
}

/* --- streams ------------------------------------------------------------------------------------------------------ */

/* Streams of other lengths, one of which rests now and then, tell what each tells alone. */
static void test_streams_do_not_see_each_other(void **state) {
    (void)state;
    enum { STREAMS = 5 };
    const neume_lm_random wanted = small_model("qwen2", "f32");
    neume_lm_model *model = make_model(&wanted);
    neume_lm_session *all = new_session(model, STREAMS), *one = new_session(model, 1);
    int32_t ids[STREAMS][LENGTH];
    static table alone[STREAMS];
    for (int b = 0; b < STREAMS; b++) {
        random_ids((uint64_t)b + 10, VOCABULARY, LENGTH, ids[b]);
        neume_lm_session_truncate(one, 0, 0);
        step_all(one, ids[b], alone[b]);
    }
    for (int b = 1; b < STREAMS; b++) assert_ok(neume_lm_session_feed(all, b, ids[b], 3 * b, NULL));
    for (int t = 0; t < 20; t++) {
        int32_t next[STREAMS];
        float logits[STREAMS][VOCABULARY];
        int64_t length[STREAMS];
        for (int b = 0; b < STREAMS; b++) {
            length[b] = neume_lm_session_length(all, b);
            next[b] = (t + b) % 4 == 0 ? -1 : ids[b][length[b]];
        }
        assert_ok(neume_lm_session_step(all, next, &logits[0][0]));
        for (int b = 0; b < STREAMS; b++)
            if (next[b] >= 0) assert_memory_equal(logits[b], alone[b][length[b]], sizeof logits[b]);
    }
    neume_lm_session_free(all);
    neume_lm_session_free(one);
    neume_lm_model_free(model);
}

static void test_more_streams_than_pass_at_once_tell_the_same(void **state) {
    (void)state;
    enum { STREAMS = 300 };
    const neume_lm_random wanted = small_model("llama", "f32");
    neume_lm_model *model = make_model(&wanted);
    neume_lm_session *all = new_session(model, STREAMS), *one = new_session(model, 1);
    int32_t ids[STREAMS];
    static float logits[STREAMS][VOCABULARY], alone[VOCABULARY];
    random_ids(3, VOCABULARY, STREAMS, ids);
    for (int b = 0; b < STREAMS; b += 7) ids[b] = -1;
    assert_ok(neume_lm_session_step(all, ids, &logits[0][0]));
    for (int b = 0; b < STREAMS; b++) {
        if (ids[b] < 0) continue;
        neume_lm_session_truncate(one, 0, 0);
        assert_ok(neume_lm_session_step(one, &ids[b], alone));
        assert_memory_equal(logits[b], alone, sizeof alone);
    }
    neume_lm_session_free(all);
    neume_lm_session_free(one);
    neume_lm_model_free(model);
}

static void test_a_copy_goes_its_own_way_and_going_back_forgets(void **state) {
    (void)state;
    const neume_lm_random wanted = small_model("qwen2", "f32");
    neume_lm_model *model = make_model(&wanted);
    neume_lm_session *session = new_session(model, 2);
    int32_t ids[LENGTH], others[LENGTH];
    table whole, logits;
    random_ids(1, VOCABULARY, LENGTH, ids);
    random_ids(2, VOCABULARY, LENGTH, others);
    assert_ok(neume_lm_session_score(session, 0, ids, LENGTH, &whole[0][0]));
    for (int64_t kept = 0; kept < LENGTH; kept += 5) {
        neume_lm_session_copy(session, 0, 1);
        neume_lm_session_truncate(session, 1, kept);
        assert_ok(neume_lm_session_feed(session, 1, others, LENGTH - kept, NULL)); /* leads astray */
        neume_lm_session_truncate(session, 1, kept + 1);
        neume_lm_session_truncate(session, 1, kept);
        neume_lm_session_truncate(session, 1, LENGTH); /* never lengthens */
        assert_int_equal(neume_lm_session_length(session, 1), kept);
        assert_ok(neume_lm_session_score(session, 1, ids + kept, LENGTH - kept, &logits[0][0]));
        assert_memory_equal(logits, whole[kept], (size_t)(LENGTH - kept) * sizeof *logits);
    }
    neume_lm_session_free(session);
    neume_lm_model_free(model);
}

/* --- bad input ---------------------------------------------------------------------------------------------------- */

static void test_what_does_not_fit_is_refused_and_changes_nothing(void **state) {
    (void)state;
    const neume_lm_random wanted = small_model("qwen2", "f32");
    neume_lm_model *model = make_model(&wanted);
    neume_lm_session *session = NULL;
    int32_t ids[LENGTH + 1] = {0}, bad[2] = {1, VOCABULARY};
    float logits[2][VOCABULARY];
    assert_int_equal(neume_lm_session_new(model, 0, 5, &session), NEUME_EINVAL);
    assert_int_equal(neume_lm_session_new(model, 1, 41, &session), NEUME_EINVAL);
    assert_int_equal(neume_lm_session_new(model, INT64_MAX / 4, 40, &session), NEUME_EINVAL);
    assert_null(session);
    session = new_session(model, 2);
    assert_int_equal(neume_lm_session_feed(session, 0, ids, LENGTH + 1, NULL), NEUME_ELIMIT);
    assert_int_equal(neume_lm_session_feed(session, 0, bad, 2, NULL), NEUME_EINVAL);
    assert_int_equal(neume_lm_session_feed(session, 2, ids, 1, NULL), NEUME_EINVAL);
    assert_int_equal(neume_lm_session_feed(session, 0, ids, 0, NULL), NEUME_EINVAL);
    assert_int_equal(neume_lm_session_step(session, bad, &logits[0][0]), NEUME_EINVAL);
    assert_int_equal(neume_lm_session_length(session, 0), 0);
    assert_ok(neume_lm_session_feed(session, 1, ids, LENGTH, NULL));
    assert_int_equal(neume_lm_session_step(session, ids, &logits[0][0]), NEUME_ELIMIT);
    assert_int_equal(neume_lm_session_length(session, 0), 0);
    neume_lm_session_free(session);
    neume_lm_model_free(model);
}

static neume_status parse_changed(const neume_lm_random *wanted, const char *was, const char *is) {
    neume_buffer bytes = {0};
    neume_lm_model *model = NULL;
    assert_int_equal(strlen(was), strlen(is));
    assert_ok(neume_lm_random_print(wanted, &bytes));
    char *at = memmem(bytes.data, bytes.size, was, strlen(was));
    assert_non_null(at);
    memcpy(at, is, strlen(is));
    const neume_status status = neume_lm_model_parse(bytes.data, bytes.size, &model);
    neume_lm_model_free(model);
    neume_buffer_clear(&bytes);
    return status;
}

static void test_models_that_are_none_are_refused(void **state) {
    (void)state;
    const neume_lm_random wanted = small_model("qwen2", "f32");
    assert_int_equal(parse_changed(&wanted, "qwen2.block_count", "qwen2.block_c0unt"), NEUME_EFORMAT);
    assert_int_equal(parse_changed(&wanted, "blk.1.ffn_up.weight", "blk.1.ffn_op.weight"), NEUME_EFORMAT);
    assert_int_equal(parse_changed(&wanted, "blk.1.ffn_up.weight", "blk.7.ffn_up.weight"), NEUME_EFORMAT);
    assert_int_equal(parse_changed(&wanted, "blk.1.ffn_up.weight", "blk.x.ffn_up.weight"), NEUME_EFORMAT);
    assert_int_equal(parse_changed(&wanted, "blk.1.attn_q.weight", "blk.1.attn_k.weight"), NEUME_EFORMAT);
    assert_int_equal(parse_changed(&wanted, "blk.1.attn_q.bias", "blk.1.attn_q.bios"), NEUME_EFORMAT);
    assert_int_equal(parse_changed(&wanted, "\x05\0\0\0\0\0\0\0qwen2", "\x05\0\0\0\0\0\0\0qwen2"), NEUME_OK);
    neume_lm_random foreign = small_model("llama", "f32");
    assert_int_equal(parse_changed(&foreign, "llama", "gemma"), NEUME_EUNSUPPORTED);
    foreign.shape.heads = 5;
    neume_buffer bytes = {0};
    assert_int_equal(neume_lm_random_print(&foreign, &bytes), NEUME_EINVAL);
    foreign = small_model("llama", "q3_k");
    assert_int_equal(neume_lm_random_print(&foreign, &bytes), NEUME_EINVAL);
}

/* What bytes turned over leave readable also runs. */
static void load_and_feed(const neume_buffer *bytes) {
    neume_lm_model *model = NULL;
    neume_lm_session *session = NULL;
    if (neume_lm_model_parse(bytes->data, bytes->size, &model) != NEUME_OK) return;
    float *logits = neume__alloc((size_t)neume_lm_model_shape(model)->vocabulary * sizeof *logits);
    assert_non_null(logits);
    if (neume_lm_session_new(model, 1, 2, &session) == NEUME_OK)
        assert_ok(neume_lm_session_feed(session, 0, (int32_t[]){0, 0}, 2, logits));
    neume_lm_session_free(session);
    neume_lm_model_free(model);
    neume__free(logits);
}

static void test_damaged_models_give_a_status_never_a_crash(void **state) {
    (void)state;
    enum { HEAD_BYTES = 1600 }; /* names, types and shapes; the rest is numbers, any of which may be */
    neume_lm_random wanted = small_model("qwen2", "q8_0");
    wanted.shape = (neume_lm_shape){8, 32, 1, 2, 1, 32, 4, 100, 1e-5f};
    neume_buffer bytes = {0};
    assert_ok(neume_lm_random_print(&wanted, &bytes));
    assert_true(bytes.size > HEAD_BYTES);
    for_each_seed(seed, 3000) {
        neume_rng rng = neume_rng_seeded(seed, 9);
        const int64_t at = neume_rng_below(&rng, HEAD_BYTES);
        const char was = bytes.data[at];
        bytes.data[at] = (char)neume_rng_u32(&rng);
        load_and_feed(&bytes);
        bytes.data[at] = was;
    }
    neume_buffer_clear(&bytes);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static neume_status load_and_open(void *context) {
    const neume_buffer *bytes = context;
    neume_lm_model *model = NULL;
    neume_lm_session *session = NULL;
    neume_status status = neume_lm_model_parse(bytes->data, bytes->size, &model);
    if (!status) status = neume_lm_session_new(model, 2, 8, &session);
    neume_lm_session_free(session);
    neume_lm_model_free(model);
    return status;
}

static neume_status print_random(void *context) {
    neume_buffer bytes = {0};
    const neume_status status = neume_lm_random_print(context, &bytes);
    neume_buffer_clear(&bytes);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    neume_lm_random wanted = small_model("qwen2", "f32");
    neume_buffer bytes = {0};
    assert_ok(neume_lm_random_print(&wanted, &bytes));
    sweep_allocation_failures(load_and_open, &bytes);
    sweep_allocation_failures(print_random, &wanted);
    neume_buffer_clear(&bytes);
}

static void test_a_token_allocates_nothing(void **state) {
    (void)state;
    const neume_lm_random wanted = small_model("qwen2", "f32");
    neume_lm_model *model = make_model(&wanted);
    neume_lm_session *session = new_session(model, 1);
    float logits[VOCABULARY];
    neume__alloc_fail_after(1);
    assert_ok(neume_lm_session_step(session, (int32_t[]){3}, logits));
    assert_ok(neume_lm_session_feed(session, 0, (int32_t[]){3, 4, 5}, 3, logits));
    neume__alloc_fail_after(0);
    neume_lm_session_free(session);
    neume_lm_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stepping_and_scoring_equal_the_whole_pass_done_slowly),
        cmocka_unit_test(test_block_types_equal_the_whole_pass_done_slowly),
        cmocka_unit_test(test_groups_of_every_size_share_keys),
        cmocka_unit_test(test_the_net_that_learns_says_the_same),
        cmocka_unit_test(test_streams_do_not_see_each_other),
        cmocka_unit_test(test_more_streams_than_pass_at_once_tell_the_same),
        cmocka_unit_test(test_a_copy_goes_its_own_way_and_going_back_forgets),
        cmocka_unit_test(test_what_does_not_fit_is_refused_and_changes_nothing),
        cmocka_unit_test(test_models_that_are_none_are_refused),
        cmocka_unit_test(test_damaged_models_give_a_status_never_a_crash),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
        cmocka_unit_test(test_a_token_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
