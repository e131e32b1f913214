/* Two lists of notes are the same, field by field (records have padding). */
#ifndef NEUME_SAME_NOTES_H
#define NEUME_SAME_NOTES_H

#include "neume_test.h"

#include "neume/music.h"

static inline void assert_same_notes(const neume_notes *a, const neume_notes *b) {
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const neume_note *x = &a->items[i], *y = &b->items[i];
        assert_true(x->onset_s == y->onset_s && x->offset_s == y->offset_s && x->confidence == y->confidence);
        assert_true(x->pitch == y->pitch && x->velocity == y->velocity && x->program == y->program &&
                    x->part == y->part);
    }
}

#endif
