/* Tokens as literal strings, found by longest match in a trie.
 *
 * The trie's nodes lie in one array; a node knows its first child and its next sibling, children sorted by nothing in
 * particular: music's strings are short and few begin alike, but the root's children are reached by a table. */
#include "neume/lm_vocabulary.h"

#include "vocabulary_table.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, LONGEST = 64, TOKENS_MOST = 1 << 20 };

typedef struct trie_node {
    int32_t id; /* of the string that ends here, -1 = none does */
    int32_t child, sibling;
    uint8_t byte;
} trie_node;

typedef struct token {
    const char *name, *text; /* in the arena */
    size_t name_size, text_size;
} token;

struct neume_vocabulary {
    neume_arena *arena;
    token *tokens; /* (count) */
    int32_t count, controls;
    trie_node *nodes;
    size_t node_count, node_capacity;
    int32_t root[BYTES]; /* the node of each first byte */
};

void neume_tokens_clear(neume_tokens *tokens) {
    neume__free(tokens->ids);
    *tokens = (neume_tokens){0};
}

neume_status neume_tokens_add(neume_tokens *tokens, int32_t id) {
    if (tokens->count == tokens->capacity)
        NEUME_TRY(neume__grow((void **)&tokens->ids, &tokens->capacity, tokens->count + 1, sizeof *tokens->ids));
    tokens->ids[tokens->count++] = id;
    return NEUME_OK;
}

/* --- making ------------------------------------------------------------------------------------------------------- */

static neume_status add_node(neume_vocabulary *v, uint8_t byte, int32_t sibling, int32_t *out) {
    NEUME_TRY(neume__grow((void **)&v->nodes, &v->node_capacity, v->node_count + 1, sizeof *v->nodes));
    v->nodes[v->node_count] = (trie_node){.id = -1, .child = -1, .sibling = sibling, .byte = byte};
    *out = (int32_t)v->node_count++;
    return NEUME_OK;
}

static int32_t find_sibling(const neume_vocabulary *v, int32_t node, uint8_t byte) {
    while (node >= 0 && v->nodes[node].byte != byte) node = v->nodes[node].sibling;
    return node;
}

static neume_status add_string(neume_vocabulary *v, const token *t, int32_t id) {
    int32_t node = v->root[(uint8_t)t->text[0]];
    for (size_t i = 1; i < t->text_size; i++) {
        const uint8_t byte = (uint8_t)t->text[i];
        int32_t next = find_sibling(v, v->nodes[node].child, byte);
        if (next < 0) {
            NEUME_TRY(add_node(v, byte, v->nodes[node].child, &next));
            v->nodes[node].child = next;
        }
        node = next;
    }
    if (v->nodes[node].id >= 0)
        return neume_fail(NEUME_EFORMAT, "token %d of the vocabulary is token %d again", id, v->nodes[node].id);
    v->nodes[node].id = id;
    return NEUME_OK;
}

static bool is_byte_name(const char *name, size_t size, int byte) {
    static const char digits[] = "0123456789ABCDEF";
    return size == 6 && memcmp(name, "<0x", 3) == 0 && name[3] == digits[byte >> 4] && name[4] == digits[byte & 15] &&
           name[5] == '>';
}

/* Controls are all that stands before the bytes. */
static neume_status place_bytes(neume_vocabulary *v) {
    int32_t at = 0;
    while (at < v->count && !is_byte_name(v->tokens[at].name, v->tokens[at].name_size, 0)) at++;
    if (at < NEUME_TOKEN_FIRST_WISH || v->count - at < BYTES)
        return neume_fail(NEUME_EFORMAT, "the vocabulary lacks controls or bytes");
    for (int b = 0; b < BYTES; b++) {
        token *t = &v->tokens[at + b];
        if (!is_byte_name(t->name, t->name_size, b))
            return neume_fail(NEUME_EFORMAT, "token %d of the vocabulary is not the byte 0x%02X", at + b, (unsigned)b);
        char *text = neume_arena_alloc(v->arena, 1);
        if (!text) return NEUME_ENOMEM;
        *text = (char)b;
        t->text = text, t->text_size = 1;
    }
    v->controls = at;
    return NEUME_OK;
}

static neume_status fill(neume_vocabulary *v, const char *const *names, const size_t *sizes) {
    for (int32_t i = 0; i < v->count; i++) {
        if (sizes[i] < 1 || sizes[i] > LONGEST)
            return neume_fail(NEUME_EFORMAT, "token %d of the vocabulary has %zu bytes, not 1 to %d", i, sizes[i],
                              LONGEST);
        char *name = neume_arena_alloc(v->arena, sizes[i] + 1);
        if (!name) return NEUME_ENOMEM;
        memcpy(name, names[i], sizes[i]);
        v->tokens[i] = (token){.name = name, .name_size = sizes[i], .text = name, .text_size = sizes[i]};
    }
    NEUME_TRY(place_bytes(v));
    for (int b = 0; b < BYTES; b++) NEUME_TRY(add_node(v, (uint8_t)b, -1, &v->root[b]));
    for (int32_t i = v->controls; i < v->count; i++) NEUME_TRY(add_string(v, &v->tokens[i], i));
    for (int32_t i = 0; i < v->controls; i++) v->tokens[i].text_size = 0;
    return NEUME_OK;
}

neume_status neume_vocabulary_new(const char *const *names, const size_t *sizes, size_t count, neume_vocabulary **out) {
    if (count > TOKENS_MOST) return neume_fail(NEUME_EFORMAT, "a vocabulary of %zu tokens is too large", count);
    neume_vocabulary *v = neume__calloc(1, sizeof *v);
    if (!v) return NEUME_ENOMEM;
    v->count = (int32_t)count;
    neume_status status = neume_arena_new(&v->arena);
    if (status) goto fail;
    v->tokens = neume_arena_alloc(v->arena, (count ? count : 1) * sizeof *v->tokens);
    if (!v->tokens) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    NEUME_GO(fill(v, names, sizes));
    *out = v;
    return NEUME_OK;
fail:
    neume_vocabulary_free(v);
    return status;
}

neume_status neume_vocabulary_new_abc(neume_vocabulary **out) {
    enum { COUNT = sizeof vocabulary_names / sizeof *vocabulary_names };
    size_t sizes[COUNT];
    for (size_t i = 0; i < COUNT; i++) sizes[i] = strlen(vocabulary_names[i]);
    return neume_vocabulary_new(vocabulary_names, sizes, COUNT, out);
}

void neume_vocabulary_free(neume_vocabulary *vocabulary) {
    if (!vocabulary) return;
    neume__free(vocabulary->nodes);
    neume_arena_free(vocabulary->arena);
    neume__free(vocabulary);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

int32_t neume_vocabulary_count(const neume_vocabulary *vocabulary) {
    return vocabulary->count;
}

const char *neume_vocabulary_text(const neume_vocabulary *vocabulary, int32_t id, size_t *size) {
    *size = vocabulary->tokens[id].text_size;
    return vocabulary->tokens[id].text;
}

const char *neume_vocabulary_name(const neume_vocabulary *vocabulary, int32_t id, size_t *size) {
    *size = vocabulary->tokens[id].name_size;
    return vocabulary->tokens[id].name;
}

int32_t neume_vocabulary_control(const neume_vocabulary *vocabulary, const char *name) {
    const size_t length = strlen(name);
    for (int32_t i = 0; i < vocabulary->controls; i++) {
        const token *t = &vocabulary->tokens[i];
        if (t->name_size == length + 2 && t->name[0] == '<' && memcmp(t->name + 1, name, length) == 0) return i;
    }
    return -1;
}

/* The longest string that the text begins with; count >= 1. */
static int32_t longest_match(const neume_vocabulary *v, const uint8_t *text, size_t count, size_t *size) {
    int32_t node = v->root[text[0]], best = v->nodes[node].id;
    *size = 1;
    for (size_t i = 1; i < count; i++) {
        node = find_sibling(v, v->nodes[node].child, text[i]);
        if (node < 0) break;
        if (v->nodes[node].id >= 0) best = v->nodes[node].id, *size = i + 1;
    }
    return best;
}

neume_status neume_vocabulary_encode(const neume_vocabulary *vocabulary, const char *text, size_t count,
                                     neume_tokens *out) {
    for (size_t at = 0, size; at < count; at += size)
        NEUME_TRY(neume_tokens_add(out, longest_match(vocabulary, (const uint8_t *)text + at, count - at, &size)));
    return NEUME_OK;
}

neume_status neume_vocabulary_decode(const neume_vocabulary *vocabulary, const int32_t *ids, size_t count,
                                     neume_buffer *out) {
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= vocabulary->count)
            return neume_fail(NEUME_EINVAL, "token %d is outside the vocabulary", ids[i]);
        const token *t = &vocabulary->tokens[ids[i]];
        NEUME_TRY(neume_buffer_append(out, t->text, t->text_size));
    }
    return NEUME_OK;
}
