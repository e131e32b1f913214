/* Traditional characters and their simplified forms: traditional.txt holds pairs of characters of three bytes each, by
 * the code of the first. */
#include "words_data.h"
#include "words_text.h"

#include <string.h>

enum { CHARACTER_BYTES = 3, PAIR_BYTES = 2 * CHARACTER_BYTES, PAIRS_A_LINE = 40, LINE_BYTES = 40 * PAIR_BYTES + 1 };

static uint32_t character_at(size_t pair, size_t side) {
    uint32_t c = 0;
    const size_t at = pair / PAIRS_A_LINE * LINE_BYTES + pair % PAIRS_A_LINE * PAIR_BYTES + side * CHARACTER_BYTES;
    neume__utf8_read(neume__traditional + at, CHARACTER_BYTES, &c);
    return c;
}

uint32_t neume__simplified(uint32_t character) {
    const size_t lines = neume__traditional_bytes / LINE_BYTES;
    size_t low = 0, high = lines * PAIRS_A_LINE + (neume__traditional_bytes - lines * LINE_BYTES) / PAIR_BYTES;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint32_t here = character_at(middle, 0);
        if (here == character) return character_at(middle, 1);
        if (here < character)
            low = middle + 1;
        else
            high = middle;
    }
    return character;
}
