/* Misspelt English words: one letter wrong, missing, too many, or two neighbours changed (Damerau 1964). Only words of
 * six letters or more, and only if the first letter is right, as it mostly is; shorter words have too many neighbours.
 */
#include "words_lexicon.h"

#include <string.h>

enum { LEAST_LETTERS = 6 };

/* Are the words one slip apart? What they share at both ends is cut off; little may remain. */
static bool is_one_slip(const char *a, size_t a_length, const char *b, size_t b_length) {
    while (a_length && b_length && *a == *b) a++, b++, a_length--, b_length--;
    while (a_length && b_length && a[a_length - 1] == b[b_length - 1]) a_length--, b_length--;
    if (a_length <= 1 && b_length <= 1) return true;
    return a_length == 2 && b_length == 2 && a[0] == b[1] && a[1] == b[0];
}

const lexicon_row *neume__words_guess(const neume_words *words, const char *word, size_t length) {
    if (length < LEAST_LETTERS) return NULL;
    for (size_t i = 0; i < words->phrase_count; i++) {
        const phrase *p = &words->phrases[i];
        if (!p->single_word || p->stemmed || p->length < LEAST_LETTERS || *p->key != *word) continue;
        if (is_one_slip(p->key, p->length, word, length)) return &words->rows[p->row];
    }
    return NULL;
}
