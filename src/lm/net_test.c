/* What a language model that learns must keep to: its gradients are slopes, it cannot see what comes later or what is
 * another document's, and it does learn. */
#include "net_cases.h"

#include <stdlib.h>

/* --- gradients ---------------------------------------------------------------------------------------------------- */

/* Without gradients where nothing is dropped (only a step drops). */
static double loss_now(net_case *k) {
    float nll[CASE_COUNT];
    double sum = 0, weights = 0;
    if (k->pass.dropout > 0) return case_step(k);
    assert_ok(neume_lm_net_losses(k->net, &k->pass, &k->batch, nll));
    for (int i = 0; i < CASE_COUNT; i++) {
        sum += (double)k->weights[i] * (double)nll[i];
        weights += fabs((double)k->weights[i]);
    }
    return sum / weights;
}

static void move(neume_tensor *value, const float *from, const float *direction, float by) {
    for (int64_t i = 0; i < neume_tensor_count(value); i++) neume_f32(value)[i] = from[i] + by * direction[i];
}

/* The slope along one random direction, every item of which moves by the same amount up or down; the predicted one. */
static void compare_slopes(net_case *k, neume_parameter *parameter, neume_rng *rng, double *worst) {
    const int64_t n = neume_tensor_count(&parameter->value);
    const float h = 2e-3F, steps[4] = {-2 * h, -h, h, 2 * h};
    float *kept = malloc((size_t)n * sizeof *kept), *direction = malloc((size_t)n * sizeof *direction);
    double losses[4], said = 0, length = 0;
    assert_non_null(kept);
    assert_non_null(direction);
    memcpy(kept, parameter->value.data, (size_t)n * sizeof *kept);
    for (int64_t i = 0; i < n; i++) {
        const double gradient = (double)neume_f32(&parameter->gradient)[i];
        direction[i] = neume_rng_chance(rng, .5) ? 1 : -1;
        said += gradient * (double)direction[i];
        length += gradient * gradient;
    }
    for (int s = 0; s < 4; s++) {
        move(&parameter->value, kept, direction, steps[s]);
        losses[s] = loss_now(k);
    }
    memcpy(parameter->value.data, kept, (size_t)n * sizeof *kept);
    const double slope = (8 * (losses[2] - losses[1]) - (losses[3] - losses[0])) / (12 * (double)h);
    const double error = fabs(slope - said) / sqrt(length);
    *worst = error > *worst ? error : *worst;
    free(kept);
    free(direction);
}

/* The error is measured against the gradient's length, which a random direction's slope is of the order of. */
static void check_gradients(float dropout) {
    net_case k;
    neume_rng rng = neume_rng_seeded(8, 8);
    case_begin(&k, NEUME_FAST, .3);
    k.pass.dropout = dropout;
    k.pass.seed = 4;
    neume_parameters *list = neume_lm_net_parameters(k.net);
    for (size_t p = 0; p < list->count; p++) {
        double worst = 0;
        for (int i = 0; i < 4; i++) {
            const double loss = case_step(&k);
            assert_true(fabs(loss - loss_now(&k)) < 1e-6);
            compare_slopes(&k, list->items[p], &rng, &worst);
        }
        if (!(worst < 1e-3)) fail_msg("%s: slopes differ by %.2g of the gradient", list->items[p]->name, worst);
    }
    case_end(&k);
}

static void test_gradients_are_slopes(void **state) {
    (void)state;
    check_gradients(0);
}

static void test_gradients_are_slopes_where_numbers_are_dropped(void **state) {
    (void)state;
    check_gradients(.3F);
}

/* All gradients in one row. */
static neume_buffer gradients_of(const net_case *k) {
    neume_buffer all = {0};
    const neume_parameters *list = neume_lm_net_parameters(k->net);
    for (size_t p = 0; p < list->count; p++)
        assert_ok(
            neume_buffer_append(&all, list->items[p]->gradient.data, neume_tensor_bytes(&list->items[p]->gradient)));
    return all;
}

static void assert_gradients_snr(const neume_buffer *found, const neume_buffer *expected, double least_db) {
    assert_int_equal(found->size, expected->size);
    assert_snr_db((const float *)(const void *)found->data, (const float *)(const void *)expected->data,
                  found->size / sizeof(float), least_db);
}

static void test_bfloat16_and_the_plain_engine_agree_with_the_fast(void **state) {
    (void)state;
    const struct {
        neume_backend backend;
        neume_dtype dtype;
        double least_db;
    } others[] = {{NEUME_PLAIN, NEUME_F32, 80}, {NEUME_FAST, NEUME_BF16, 25}};
    net_case model;
    case_begin(&model, NEUME_FAST, .3);
    const double loss = case_step(&model);
    neume_buffer expected = gradients_of(&model);
    for (int i = 0; i < 2; i++) {
        net_case k;
        case_begin(&k, others[i].backend, .3);
        k.pass.dtype = others[i].dtype;
        assert_true(fabs(case_step(&k) / loss - 1) < (others[i].dtype == NEUME_F32 ? 1e-6 : 1e-2));
        neume_buffer found = gradients_of(&k);
        assert_gradients_snr(&found, &expected, others[i].least_db);
        neume_buffer_clear(&found);
        case_end(&k);
    }
    neume_buffer_clear(&expected);
    case_end(&model);
}

static void test_one_thread_computes_what_two_do(void **state) {
    (void)state;
    neume_buffer found[2];
    double losses[2];
    for (int i = 0; i < 2; i++) {
        net_case k;
        neume_threads_set(1 + i);
        case_begin(&k, NEUME_FAST, .3);
        k.pass.dropout = .2F;
        losses[i] = case_step(&k);
        found[i] = gradients_of(&k);
        case_end(&k);
    }
    neume_threads_set(0);
    assert_true(fabs(losses[0] - losses[1]) < 1e-5);
    assert_gradients_snr(&found[0], &found[1], 100);
    for (int i = 0; i < 2; i++) neume_buffer_clear(&found[i]);
}

static void test_gradients_add_up(void **state) {
    (void)state;
    net_case k;
    double loss;
    case_begin(&k, NEUME_FAST, .3);
    case_step(&k);
    neume_buffer once = gradients_of(&k);
    assert_ok(neume_lm_net_step(k.net, &k.pass, &k.batch, &loss));
    neume_buffer twice = gradients_of(&k);
    for (size_t i = 0; i < once.size / sizeof(float); i++) ((float *)(void *)once.data)[i] *= 2;
    assert_gradients_snr(&twice, &once, 100);
    neume_buffer_clear(&once);
    neume_buffer_clear(&twice);
    case_end(&k);
}

static void test_weights_may_push_away(void **state) {
    (void)state;
    net_case k;
    case_begin(&k, NEUME_FAST, .3);
    const double loss = case_step(&k);
    neume_buffer towards = gradients_of(&k);
    for (int i = 0; i < CASE_COUNT; i++) k.weights[i] *= -1;
    assert_true(fabs(case_step(&k) + loss) < 1e-9);
    neume_buffer away = gradients_of(&k);
    for (size_t i = 0; i < away.size / sizeof(float); i++) ((float *)(void *)away.data)[i] *= -1;
    assert_gradients_snr(&away, &towards, 100);
    memset(k.weights, 0, sizeof k.weights);
    assert_true(case_step(&k) == 0);
    neume_buffer_clear(&towards);
    neume_buffer_clear(&away);
    towards = gradients_of(&k);
    for (size_t i = 0; i < towards.size / sizeof(float); i++)
        assert_true(((const float *)(const void *)towards.data)[i] == 0);
    neume_buffer_clear(&towards);
    case_end(&k);
}

/* --- what may be seen --------------------------------------------------------------------------------------------- */

/* Whether the logits of token t of row 0 are the same in both. */
static bool same_at(const float *a, const float *b, int t) {
    for (int v = t * CASE_VOCABULARY; v < (t + 1) * CASE_VOCABULARY; v++)
        if (a[v] != b[v]) return false;
    return true;
}

static void test_no_token_sees_what_comes_later_or_another_document(void **state) {
    (void)state;
    static float before[CASE_LOGITS], after[CASE_LOGITS];
    const int changes[] = {5, 20, 39};
    net_case k;
    case_begin(&k, NEUME_FAST, .3);
    case_logits(&k, before);
    for (int i = 0; i < 3; i++) {
        const int changed = changes[i], end = changed < 13 ? 13 : CASE_LENGTH;
        k.tokens[changed] ^= 1;
        case_logits(&k, after);
        k.tokens[changed] ^= 1;
        for (int t = 0; t < CASE_COUNT; t++) assert_true(same_at(before, after, t) == (t < changed || t >= end));
    }
    case_end(&k);
}

static void test_a_packed_document_is_read_as_if_it_were_alone(void **state) {
    (void)state;
    static float packed[CASE_LOGITS], alone[CASE_LOGITS];
    net_case k;
    case_begin(&k, NEUME_FAST, .3);
    case_logits(&k, packed);
    int32_t starts[CASE_LENGTH] = {0};
    k.batch = (neume_lm_batch){1, CASE_LENGTH - 13, k.tokens + 13, NULL, NULL, starts};
    case_logits(&k, alone);
    assert_floats_close(packed + 13 * CASE_VOCABULARY, alone, (CASE_LENGTH - 13) * CASE_VOCABULARY, 1e-4, 1e-4);
    case_end(&k);
}

static void test_losses_are_those_of_the_logits(void **state) {
    (void)state;
    static float logits[CASE_LOGITS];
    float nll[CASE_COUNT];
    net_case k;
    case_begin(&k, NEUME_FAST, .3);
    case_logits(&k, logits);
    assert_ok(neume_lm_net_losses(k.net, &k.pass, &k.batch, nll));
    for (int t = 0; t < CASE_COUNT; t++) {
        double sum = 0;
        for (int v = 0; v < CASE_VOCABULARY; v++) sum += exp((double)logits[t * CASE_VOCABULARY + v]);
        assert_true(fabs(log(sum) - (double)logits[t * CASE_VOCABULARY + k.targets[t]] - (double)nll[t]) < 1e-5);
    }
    case_end(&k);
}

/* --- learning ----------------------------------------------------------------------------------------------------- */

static void test_an_untaught_net_finds_all_tokens_alike(void **state) {
    (void)state;
    net_case k;
    case_begin(&k, NEUME_FAST, 0);
    assert_true(fabs(case_step(&k) - log(CASE_VOCABULARY)) < .05);
    case_end(&k);
}

static void test_one_batch_is_learnt_by_heart(void **state) {
    (void)state;
    const neume_dtype dtypes[] = {NEUME_F32, NEUME_BF16};
    for (int i = 0; i < 2; i++) {
        net_case k;
        case_begin(&k, NEUME_FAST, 0);
        k.pass.dtype = dtypes[i];
        const double loss = case_learn(&k, 3e-3F, 200);
        if (!(loss < .05)) fail_msg("after 200 steps the loss is %.3f", loss);
        case_end(&k);
    }
}

static void test_dropping_is_drawn_by_the_seed(void **state) {
    (void)state;
    net_case k;
    double losses[4];
    const uint64_t seeds[4] = {1, 1, 2, 0};
    case_begin(&k, NEUME_FAST, .3);
    for (int i = 0; i < 4; i++) {
        k.pass.dropout = i < 3 ? .1F : 0;
        k.pass.seed = seeds[i];
        losses[i] = case_step(&k);
    }
    assert_true(losses[0] == losses[1]);
    assert_true(losses[0] != losses[2]);
    assert_true(losses[0] != losses[3]);
    case_end(&k);
}

/* --- bad input, no memory ----------------------------------------------------------------------------------------- */

static void test_a_wrong_batch_is_refused(void **state) {
    (void)state;
    net_case k;
    double loss = 7;
    case_begin(&k, NEUME_FAST, 0);
    for (int i = 0; i < 7; i++) {
        case_fill(&k);
        k.pass.dropout = 0;
        if (i == 0) k.tokens[3] = CASE_VOCABULARY;
        if (i == 1) k.tokens[3] = -1;
        if (i == 2) k.targets[3] = CASE_VOCABULARY;
        if (i == 3) k.starts[20] = 12;
        if (i == 4) k.batch.length = 65;
        if (i == 5) k.batch.rows = 0;
        if (i == 6) k.pass.dropout = 1;
        assert_int_equal(neume_lm_net_step(k.net, &k.pass, &k.batch, &loss), NEUME_EINVAL);
    }
    assert_true(loss == 7);
    case_end(&k);
}

static void test_a_wrong_shape_is_refused(void **state) {
    (void)state;
    const neume_lm_shape wrong[] = {
        {50, 32, 2, 5, 5, 48, 64, 1e4F, 1e-5F}, /* heads do not divide the width */
        {50, 32, 2, 4, 3, 48, 64, 1e4F, 1e-5F}, /* kv heads do not divide the heads */
        {50, 36, 2, 4, 4, 48, 64, 1e4F, 1e-5F}, /* a head of odd width cannot turn */
        {0, 32, 2, 4, 4, 48, 64, 1e4F, 1e-5F},
        {50, 32, 2, 4, 4, 48, 64, 0, 1e-5F},
        {1 << 20, 1 << 20, 2, 4, 4, 48, 64, 1e4F, 1e-5F},
    };
    neume_lm_net *net = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(neume_lm_net_new(&wrong[i], 1, &net), NEUME_EINVAL);
    assert_null(net);
}

static neume_status make_and_step(void *context) {
    net_case *k = context;
    neume_lm_net *net = NULL;
    double loss;
    NEUME_TRY(neume_lm_net_new(&case_shape, 1, &net));
    neume_status status = neume_parameters_prepare_training(neume_lm_net_parameters(net));
    if (!status) status = neume_lm_net_step(net, &k->pass, &k->batch, &loss);
    neume_lm_net_free(net);
    return status;
}

static void test_running_out_of_memory_is_said(void **state) {
    (void)state;
    case_sweep(make_and_step);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_slopes),
        cmocka_unit_test(test_gradients_are_slopes_where_numbers_are_dropped),
        cmocka_unit_test(test_bfloat16_and_the_plain_engine_agree_with_the_fast),
        cmocka_unit_test(test_one_thread_computes_what_two_do),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_weights_may_push_away),
        cmocka_unit_test(test_no_token_sees_what_comes_later_or_another_document),
        cmocka_unit_test(test_a_packed_document_is_read_as_if_it_were_alone),
        cmocka_unit_test(test_losses_are_those_of_the_logits),
        cmocka_unit_test(test_an_untaught_net_finds_all_tokens_alike),
        cmocka_unit_test(test_one_batch_is_learnt_by_heart),
        cmocka_unit_test(test_dropping_is_drawn_by_the_seed),
        cmocka_unit_test(test_a_wrong_batch_is_refused),
        cmocka_unit_test(test_a_wrong_shape_is_refused),
        cmocka_unit_test(test_running_out_of_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
