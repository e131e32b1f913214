/* Language models from strangers: whatever the bytes, loading gives a status, and what loads can be asked. */
#include "neume/lm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NUMBERS_MOST = 1 << 20 }; /* a shape whose arrays are all there is small, but caches and logits cost more */

static bool is_small(const neume_lm_shape *shape) {
    return shape->vocabulary <= NUMBERS_MOST && shape->layers * shape->width <= NUMBERS_MOST;
}

static void ask(const neume_lm_model *model) {
    const neume_lm_shape *shape = neume_lm_model_shape(model);
    neume_lm_session *session = NULL;
    float *logits = neume__alloc((size_t)shape->vocabulary * sizeof *logits);
    const int64_t context = shape->context < 2 ? shape->context : 2;
    if (logits && neume_lm_session_new(model, 1, context, &session) == NEUME_OK)
        (void)!neume_lm_session_feed(session, 0, (int32_t[]){0, 0}, context, logits);
    neume_lm_session_free(session);
    neume__free(logits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_lm_model *model = NULL;
    if (neume_lm_model_parse(data, size, &model) != NEUME_OK) return 0;
    if (is_small(neume_lm_model_shape(model))) ask(model);
    neume_lm_model_free(model);
    return 0;
}
