/* Any bytes as ABC: every tune is refused or read; what is read prints, reads back as the same music, and plays. */
#include "neume/notation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print_and_play(const neume_score *score) {
    neume_abc_place place = {0};
    neume_score *again = NULL;
    neume_buffer printed = {0}, midi = {0};
    char difference[200];
    if (neume_abc_write(score, 1, &printed)) __builtin_trap();
    if (neume_abc_read(printed.data, printed.size, &place, NULL, &again)) __builtin_trap();
    neume_score_difference(score, again, difference, sizeof difference);
    if (*difference) __builtin_trap();
    neume_status status = neume_midi_write_score(score, &midi); /* may be too long */
    (void)status;
    neume_score_free(again);
    neume_buffer_clear(&printed);
    neume_buffer_clear(&midi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_abc_place place = {0};
    for (;;) {
        neume_score *score = NULL;
        neume_status status = neume_abc_read((const char *)data, size, &place, NULL, &score);
        if (status == NEUME_OK) print_and_play(score);
        neume_score_free(score);
        if (status != NEUME_OK && status != NEUME_EFORMAT) return 0;
    }
}
