/* Models of taste from strangers: whatever the bytes, loading gives a status, and what loads answers. */
#include "neume/taste.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST = 5 };
    neume_taste_model *model = NULL;
    neume_taste_hit hits[MOST];
    size_t found;
    if (neume_taste_parse(data, size, &model) != NEUME_OK) return 0;
    (void)!neume_taste_similar(model, 0, MOST, hits, &found);
    (void)!neume_taste_recommend_users(model, (const char *const[]){"user 1"}, 1, MOST, hits, &found);
    neume_taste_free(model);
    return 0;
}
