/* Which doubtful notes are overtones of others, and which are not. */
#include "neume_test.h"

#include "decode.h"

static neume_note note_at(double onset_s, double lasts_s, int pitch, float confidence) {
    return (neume_note){.onset_s = onset_s,
                        .offset_s = onset_s + lasts_s,
                        .pitch = (int16_t)pitch,
                        .velocity = 80,
                        .confidence = confidence};
}

/* Whether a note goes that is heard beside a sure C3 of a second, struck at 1 s. */
static bool goes(neume_note doubtful, float limit) {
    neume_notes notes = {0};
    assert_ok(neume_notes_add(&notes, note_at(0, 1, 60, .3F))); /* nothing to do with it */
    assert_ok(neume_notes_add(&notes, note_at(1, 1, 48, .9F)));
    assert_ok(neume_notes_add(&notes, doubtful));
    neume_notes_sort(&notes);
    assert_ok(hear_drop_overtones(limit, &notes));
    const bool gone = notes.count == 2;
    assert_true(notes.count >= 2 && notes.items[0].pitch == 60);
    neume_notes_clear(&notes);
    return gone;
}

static void test_doubtful_partials_go(void **state) {
    (void)state;
    static const int partials[] = {12, 19, 24, 28};
    for (int k = 0; k < 4; k++) {
        assert_true(goes(note_at(1.01, .5, 48 + partials[k], .5F), .7F));
        assert_true(goes(note_at(.97, .5, 48 + partials[k], .5F), .7F));
    }
}

static void test_what_may_be_played_stays(void **state) {
    (void)state;
    assert_false(goes(note_at(1.01, .5, 60, .8F), .7F));  /* sure */
    assert_false(goes(note_at(1.01, .5, 60, .5F), .4F));  /* sure enough for this ear */
    assert_false(goes(note_at(1.06, .5, 60, .5F), .7F));  /* struck behind it */
    assert_false(goes(note_at(.94, .5, 60, .5F), .7F));   /* or before */
    assert_false(goes(note_at(1.01, .95, 60, .5F), .7F)); /* held as long */
    assert_false(goes(note_at(1.01, .5, 59, .5F), .7F));  /* no partial */
    assert_false(goes(note_at(1.01, .5, 36, .5F), .7F));  /* below it */
}

/* What is doubtful itself explains nothing away; drums neither are partials nor have some. */
static void test_only_sure_notes_have_partials(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        neume_note low = note_at(0, 1, 48, i == 0 ? .5F : .9F), high = note_at(0, .3, 60, .5F);
        if (i == 1) low.program = NEUME_PROGRAM_DRUMS;
        if (i == 2) high.program = NEUME_PROGRAM_DRUMS;
        neume_notes notes = {0};
        assert_ok(neume_notes_add(&notes, low));
        assert_ok(neume_notes_add(&notes, high));
        assert_ok(hear_drop_overtones(.7F, &notes));
        assert_int_equal(notes.count, 2);
        neume_notes_clear(&notes);
    }
}

static neume_status drop(void *context) {
    return hear_drop_overtones(.7F, context);
}

static void test_without_memory_or_notes(void **state) {
    (void)state;
    neume_notes notes = {0};
    assert_ok(drop(&notes));
    assert_ok(neume_notes_add(&notes, note_at(0, 1, 48, .9F)));
    sweep_allocation_failures(drop, &notes);
    neume_notes_clear(&notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubtful_partials_go),
        cmocka_unit_test(test_what_may_be_played_stays),
        cmocka_unit_test(test_only_sure_notes_have_partials),
        cmocka_unit_test(test_without_memory_or_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
