#include "layer_check.h"

enum { B = 2, T = 5, D = 8, H = 2, WIDE = 12 };
static const neume_attention_spec spec = {D, H, false, 100};

static neume_status forward(layer_check *k) {
    return neume_transformer_forward(k->layer, k->c, &k->x, &k->y);
}

/* The block turns a gradient into another in place. */
static neume_status backward(layer_check *k) {
    NEUME_TRY(neume_tensor_convert(&k->d_y, NEUME_F32, &k->d_x));
    return neume_transformer_backward(k->layer, k->c, &k->d_x);
}

static neume_status init(layer_check *k) {
    neume_rng rng = neume_rng_seeded(1, 1);
    return neume_transformer_init(k->layer, &k->list, "block0", &spec, WIDE, &rng);
}

static void clear(layer_check *k) {
    neume_transformer_clear(k->layer);
}

static const layer_kind block = {.bytes = sizeof(neume_transformer_block),
                                 .dim = {B, T, D},
                                 .init = init,
                                 .clear = clear,
                                 .forward = forward,
                                 .backward = backward};

static void test_gradients_are_the_slopes(void **state) {
    (void)state;
    assert_gradients_are_slopes(&block);
}

static void test_gradients_add_up(void **state) {
    (void)state;
    assert_gradients_add_up(&block);
}

static void test_fast_agrees_with_plain(void **state) {
    (void)state;
    assert_snr_to_plain(&block, NEUME_FAST, NEUME_F32, 100);
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    assert_failing_allocations_are_survived(&block);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_the_slopes),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_fast_agrees_with_plain),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
