/* Weight files from strangers: whatever the bytes, parsing gives a status, and what parses can be asked anything. */
#include "neume/nn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const keys[] = {"general.architecture", "general.alignment", "a", "b"};
static const char *const names[] = {"weight", "half", "a"};

static void ask(const neume_gguf *gguf) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t count = 0;
        volatile double sum = neume_gguf_number(gguf, keys[i], 0) + (double)neume_gguf_integer(gguf, keys[i], 0);
        const char *text = neume_gguf_string(gguf, keys[i]);
        const float *floats = neume_gguf_floats(gguf, keys[i], &count);
        size_t text_count = 0;
        const neume_gguf_text *texts = neume_gguf_texts(gguf, keys[i], &text_count);
        while (text && *text) sum = sum + (double)*text++;
        for (size_t j = 0; floats && j < count; j++) sum = sum + (double)floats[j];
        for (size_t j = 0; texts && j < text_count; j++) sum = sum + (double)texts[j].bytes[texts[j].size];
    }
    for (size_t i = 0; i < neume_gguf_array_count(gguf); i++) {
        const neume_gguf_array array = neume_gguf_array_at(gguf, i);
        volatile unsigned sum = 0;
        for (size_t j = 0; j < array.bytes; j++) sum = sum + ((const uint8_t *)array.data)[j];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    neume_gguf *gguf = NULL;
    neume_tensor matrix = {0};
    if (neume_gguf_parse(data, size, &gguf) != NEUME_OK) return 0;
    ask(gguf);
    if (neume_tensor_shape(&matrix, NEUME_F32, NEUME_DIMS(2, 3)) == NEUME_OK)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) (void)!neume_gguf_tensor(gguf, names[i], &matrix);
    neume_tensor_clear(&matrix);
    neume_gguf_free(gguf);
    return 0;
}
