/* Scores for tests, from a line of ABC. */
#ifndef READ_ABC_H
#define READ_ABC_H

#include "neume_test.h"

#include "neume/notation.h"

#include <string.h>

/* @return the tune; free with neume_score_free() */
static inline neume_score *read_abc(const char *text) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    assert_ok(neume_abc_read(text, strlen(text), &place, NULL, &score));
    return score;
}

#endif
