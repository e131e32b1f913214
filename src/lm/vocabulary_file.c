/* A vocabulary in its model's file. */
#include "neume/lm_vocabulary.h"
#include "neume/nn.h"

#include <string.h>

#define KIND_KEY   "tokenizer.ggml.model"
#define KIND       "neume-abc"
#define TOKENS_KEY "tokenizer.ggml.tokens"

neume_status neume_vocabulary_store(const neume_vocabulary *vocabulary, neume_gguf_writer *writer) {
    const int32_t count = neume_vocabulary_count(vocabulary);
    neume_gguf_text *texts = neume__calloc((size_t)count, sizeof *texts);
    if (!texts) return NEUME_ENOMEM;
    for (int32_t i = 0; i < count; i++) {
        size_t size;
        texts[i].bytes = neume_vocabulary_name(vocabulary, i, &size);
        texts[i].size = size;
    }
    neume_status status = neume_gguf_set_string(writer, KIND_KEY, KIND);
    if (!status) status = neume_gguf_set_texts(writer, TOKENS_KEY, texts, (size_t)count);
    neume__free(texts);
    return status;
}

static neume_status from_texts(const neume_gguf_text *texts, size_t count, neume_vocabulary **out) {
    const char **names = neume__calloc(count + 1, sizeof *names);
    size_t *sizes = neume__calloc(count + 1, sizeof *sizes);
    neume_status status = names && sizes ? NEUME_OK : NEUME_ENOMEM;
    for (size_t i = 0; i < count && !status; i++) names[i] = texts[i].bytes, sizes[i] = (size_t)texts[i].size;
    if (!status) status = neume_vocabulary_new(names, sizes, count, out);
    neume__free((void *)names);
    neume__free(sizes);
    return status;
}

neume_status neume_vocabulary_read(const char *path, neume_vocabulary **out) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    size_t count = 0;
    const char *kind = neume_gguf_string(gguf, KIND_KEY);
    const neume_gguf_text *texts = neume_gguf_texts(gguf, TOKENS_KEY, &count);
    const neume_status status = !kind || strcmp(kind, KIND) != 0 || !texts
                                    ? neume_fail(NEUME_EFORMAT, "%s: holds no vocabulary of music in ABC", path)
                                    : from_texts(texts, count, out);
    neume_gguf_free(gguf);
    return status;
}
