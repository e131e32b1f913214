/* A composer: the model, its words and its grammar; and prompts in the form of what it learnt. */
#include "composer.h"

#include "neume/notation.h"

#include <stdio.h>
#include <string.h>

void neume_composer_free(neume_composer *composer) {
    if (!composer) return;
    neume_lm_model_free(composer->model);
    neume_vocabulary_free(composer->vocabulary);
    neume_grammar_tokens_free(composer->tokens);
    neume__free(composer->line);
    neume__free(composer->changes);
    neume__free(composer->openers);
    neume__free(composer->brackets);
    neume__free(composer);
}

/* Control characters and line ends cannot stand in a title. */
static bool is_of_a_line(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == '%' || text[i] == '\\') return false;
    return size > 0;
}

/* Themes keep one key and metre, and so do bars that are filled in. */
static bool changes_key_or_metre(const char *text, size_t size) {
    for (size_t i = 0; i + 1 < size; i++) {
        const bool letter = text[i] == 'K' || text[i] == 'M', next = text[i + 1] == 'K' || text[i + 1] == 'M';
        if ((letter && text[i + 1] == ':') || (next && (text[i] == '[' || text[i] == '\n'))) return true;
    }
    return false;
}

static void set_bit(uint64_t *mask, size_t id, bool on) {
    if (on) mask[id / 64] |= UINT64_C(1) << id % 64;
}

static neume_status list_strings(neume_composer *c, const char **strings, size_t *sizes, size_t count) {
    const size_t words = (count + 63) / 64;
    c->line = neume__calloc(words, sizeof *c->line);
    c->changes = neume__calloc(words, sizeof *c->changes);
    c->openers = neume__calloc(words, sizeof *c->openers);
    c->brackets = neume__calloc(words, sizeof *c->brackets);
    if (!c->line || !c->changes || !c->openers || !c->brackets) return NEUME_ENOMEM;
    for (size_t id = 0; id < count; id++) {
        const char *text = strings[id] = neume_vocabulary_text(c->vocabulary, (int32_t)id, &sizes[id]);
        set_bit(c->line, id, is_of_a_line(text, sizes[id]));
        set_bit(c->changes, id, changes_key_or_metre(text, sizes[id]));
        set_bit(c->brackets, id, sizes[id] > 0 && text[sizes[id] - 1] == '[');
        set_bit(c->openers, id, sizes[id] > 0 && (text[0] == 'K' || text[0] == 'M'));
    }
    return neume_grammar_tokens_new(strings, sizes, count, &c->tokens);
}

static neume_status order_strings(neume_composer *c) {
    const size_t count = (size_t)neume_vocabulary_count(c->vocabulary);
    const char **strings = neume__calloc(count + 1, sizeof *strings);
    size_t *sizes = neume__calloc(count + 1, sizeof *sizes);
    neume_status status = strings && sizes ? list_strings(c, strings, sizes, count) : NEUME_ENOMEM;
    neume__free((void *)strings);
    neume__free(sizes);
    return status;
}

/* A model brings its own words; one made for tests has none, and speaks those that ship. */
static neume_status find_vocabulary(const char *path, neume_vocabulary **out) {
    const neume_status status = neume_vocabulary_read(path, out);
    return status == NEUME_EFORMAT ? neume_vocabulary_new_abc(out) : status;
}

neume_status neume_composer_load(const char *path, neume_composer **out) {
    neume_composer *c = neume__calloc(1, sizeof *c);
    neume_status status = c ? neume_lm_model_load(path, &c->model) : NEUME_ENOMEM;
    if (!status) status = find_vocabulary(path, &c->vocabulary);
    if (!status && neume_lm_model_shape(c->model)->vocabulary != neume_vocabulary_count(c->vocabulary))
        status = neume_fail(NEUME_EFORMAT, "%s: its vocabulary is not that of music in ABC", path);
    if (!status) status = order_strings(c);
    if (status) {
        neume_composer_free(c);
        return status;
    }
    *out = c;
    return NEUME_OK;
}

/* --- prompts ------------------------------------------------------------------------------------------------------ */

neume_status neume__prompt_wish(const neume_composer *composer, const char *kind, const char *value,
                                neume_tokens *out) {
    char name[64];
    snprintf(name, sizeof name, "%s:%s", kind, value);
    const int32_t id = neume_vocabulary_control(composer->vocabulary, name);
    return id < 0 ? NEUME_OK : neume_tokens_add(out, id);
}

neume_status neume__prompt_part(const neume_composer *composer, int32_t control, const char *text, size_t size,
                                neume_tokens *out) {
    NEUME_TRY(neume_tokens_add(out, control));
    return neume_vocabulary_encode(composer->vocabulary, text, size, out);
}

neume_status neume__tune_text(const neume_score *score, neume_buffer *out) {
    neume_buffer abc = {0};
    neume_status status = neume_abc_write(score, 1, &abc);
    const char *first = status ? NULL : strchr(abc.data, '\n'); /* behind X: */
    if (first) status = neume_buffer_append(out, first + 1, strlen(first + 1));
    neume_buffer_clear(&abc);
    return status;
}

size_t neume__tune_body(const char *text, size_t size) {
    for (size_t at = 0; at + 1 < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        if (!end) return 0;
        const size_t next = (size_t)(end + 1 - text);
        if (text[at] == 'K' && text[at + 1] == ':') return next;
        at = next;
    }
    return 0;
}
