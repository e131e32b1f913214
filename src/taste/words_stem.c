/* English words without their plain endings, so that "calmer", "drummers" and "relaxing" meet "calm", "drum", "relax".
 * Lighter than Porter's (1980): both a word and the lexicon's phrase are cut the same way, so that what remains need
 * not be a word; but what remains must tell words apart, so short ones are left alone. */
#include "words_text.h"

#include <string.h>

static bool ends(const char *word, size_t length, const char *ending) {
    const size_t n = strlen(ending);
    return length >= n && memcmp(word + length - n, ending, n) == 0;
}

static bool is_vowel(char c) {
    return c && strchr("aeiouy", c);
}

static bool has_vowel(const char *word, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (is_vowel(word[i])) return true;
    return false;
}

static size_t cut_plural(const char *word, size_t length) {
    if (length < 4 || !ends(word, length, "s")) return length;
    if (ends(word, length, "ss") || ends(word, length, "us") || ends(word, length, "is")) return length;
    if (ends(word, length, "ies")) return length - 2;
    if (ends(word, length, "ches") || ends(word, length, "shes") || ends(word, length, "sses")) return length - 2;
    return length - 1;
}

/* "running" -> "runn" -> "run" */
static size_t cut_double(const char *word, size_t length) {
    const bool doubled = length > 3 && word[length - 1] == word[length - 2] && !is_vowel(word[length - 1]);
    return doubled && !strchr("lsz", word[length - 1]) ? length - 1 : length;
}

size_t neume__stem(char *word, size_t length) {
    static const struct {
        const char *ending;
        size_t least; /* letters that must remain */
    } endings[] = {{"ing", 3}, {"est", 4}, {"ed", 3}, {"er", 4}, {"ly", 3}};
    length = cut_plural(word, length);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t rest = length - strlen(endings[i].ending);
        if (!ends(word, length, endings[i].ending) || rest < endings[i].least || !has_vowel(word, rest)) continue;
        length = cut_double(word, rest);
        break;
    }
    if (length > 3 && word[length - 1] == 'e') length--;
    if (length > 2 && word[length - 1] == 'y') word[length - 1] = 'i';
    return length;
}
