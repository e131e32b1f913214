/* A run's folder and its loop, with steps that only count. */
#include "own_folder.h"

#include "run_folder.h"

static void test_rows_are_added_behind_what_is_there(void **state) {
    (void)state;
    neume_buffer text = {0};
    assert_ok(run_folder_make(own_folder));
    assert_ok(run_folder_append(own_folder, "metrics.tsv", "step\thours\tloss\n"));
    assert_ok(run_folder_row(own_folder, "metrics.tsv", 20, 1.5, 2.25));
    assert_ok(neume_file_read(own_path("metrics.tsv"), 1 << 10, &text));
    assert_string_equal(text.data, "step\thours\tloss\n20\t1.500\t2.25000\n");
    neume_buffer_clear(&text);
    assert_ok(neume_file_read(own_path("events.out.tfevents.neume"), 1 << 10, &text));
    neume_buffer_clear(&text);
}

static void test_a_folder_that_cannot_be_made_is_an_error(void **state) {
    (void)state;
    char lost[OWN_PATH_BYTES];
    own_path_print("no/where", lost);
    assert_int_equal(run_folder_make(lost), NEUME_EIO);
    assert_non_null(strstr(neume_error_message(), lost));
    assert_int_equal(run_folder_append(lost, "metrics.tsv", "20\n"), NEUME_EIO);
    assert_int_equal(run_folder_row(lost, "metrics.tsv", 20, 1, 1), NEUME_EIO);
}

typedef struct counter {
    int64_t done, stop_at, fail_at;
    int logs, saves, validations;
} counter;

static neume_status count_step(void *run) {
    counter *c = run;
    c->done++;
    if (c->done == c->stop_at) neume_cancel();
    return c->done == c->fail_at ? neume_fail(NEUME_EFORMAT, "this step fails") : NEUME_OK;
}

static neume_status count_log(void *run) {
    ((counter *)run)->logs++;
    return NEUME_OK;
}

static neume_status count_save(void *run) {
    ((counter *)run)->saves++;
    return NEUME_OK;
}

static neume_status count_validation(void *run) {
    ((counter *)run)->validations++;
    return NEUME_OK;
}

static neume_status take(counter *c, int64_t wanted, double minutes) {
    const run_steps steps = {&c->done, wanted, 30, minutes, count_step, count_log, count_save, count_validation};
    return run_steps_take(&steps, c, NULL);
}

static void test_the_last_step_is_logged_saved_and_validated(void **state) {
    (void)state;
    counter c = {0};
    assert_ok(take(&c, 70, 100));
    assert_int_equal(c.done, 70);
    assert_int_equal(c.logs, 4); /* 20, 40, 60, 70 */
    assert_int_equal(c.saves, 1);
    assert_int_equal(c.validations, 3); /* 30, 60, 70 */
    assert_ok(take(&c, 70, 100));
    assert_int_equal(c.logs + c.saves + c.validations, 8); /* nothing is left to do */
}

static void test_checkpoints_are_written_when_their_time_has_come(void **state) {
    (void)state;
    counter c = {0};
    assert_ok(take(&c, 10, -1));
    assert_int_equal(c.saves, 10);
}

static void test_a_stopped_run_saves_and_goes_on(void **state) {
    (void)state;
    counter c = {.stop_at = 25};
    assert_int_equal(take(&c, 70, 100), NEUME_ECANCELLED);
    neume_cancel_reset();
    assert_non_null(strstr(neume_error_message(), "step 25"));
    assert_int_equal(c.saves, 1);
    assert_ok(take(&c, 70, 100));
    assert_int_equal(c.done, 70);
    assert_int_equal(c.logs, 4);
}

static void test_a_failing_step_ends_the_run(void **state) {
    (void)state;
    counter c = {.fail_at = 20};
    assert_int_equal(take(&c, 70, 100), NEUME_EFORMAT);
    assert_int_equal(c.logs + c.saves + c.validations, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_added_behind_what_is_there),
        cmocka_unit_test(test_a_folder_that_cannot_be_made_is_an_error),
        cmocka_unit_test(test_the_last_step_is_logged_saved_and_validated),
        cmocka_unit_test(test_checkpoints_are_written_when_their_time_has_come),
        cmocka_unit_test(test_a_stopped_run_saves_and_goes_on),
        cmocka_unit_test(test_a_failing_step_ends_the_run),
    };
    return cmocka_run_group_tests(tests, own_folder_make, own_folder_remove);
}
