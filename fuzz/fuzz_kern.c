/* Any bytes as a Humdrum file: refused or read, never a crash. */
#include "fuzz_score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_report report = {0};
    neume_score *score = NULL;
    if (neume_kern_read((const char *)data, size, &report, &score) == NEUME_OK) try_score(score);
    neume_report_clear(&report);
    return 0;
}
