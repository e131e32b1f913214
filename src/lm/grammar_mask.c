/* Which tokens of a vocabulary may come next: all of them at once, along a tree of their bytes.
 *
 * Tokens that begin alike are tried together, and a byte that is refused ends all that go on behind it. */
#include "grammar.h"

#include <stdlib.h>

enum { LONGEST_TOKEN = 64, FEW_BYTES = 64 };

/* A byte of the tree. Children follow their parent; `next` is the first node behind them all. */
typedef struct node {
    uint8_t byte, depth;
    int32_t token; /* that ends here, -1 = none; others with the same bytes follow in `same` */
    int32_t next;
} node;

struct neume_grammar_tokens {
    node *nodes;
    int32_t *same; /* (V) the next token with the same bytes, -1 */
    size_t node_count, node_capacity, v;
};

/* --- the tree ----------------------------------------------------------------------------------------------------- */

typedef struct string {
    const char *bytes;
    size_t length;
    int32_t token;
} string;

static int by_bytes(const void *a, const void *b) {
    const string *x = a, *y = b;
    const size_t common = x->length < y->length ? x->length : y->length;
    const int order = common ? memcmp(x->bytes, y->bytes, common) : 0;
    if (order) return order;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    return x->token < y->token ? -1 : 1;
}

static size_t common_start(const string *a, const string *b) {
    size_t n = 0;
    while (a && n < a->length && n < b->length && a->bytes[n] == b->bytes[n]) n++;
    return n;
}

/* Closes the nodes on the path that are deeper than `depth`. */
static void close_path(neume_grammar_tokens *t, int32_t *path, size_t *open, size_t depth) {
    while (*open > depth) t->nodes[path[--*open]].next = (int32_t)t->node_count;
}

static neume_status grow_tree(neume_grammar_tokens *t, const string *strings, size_t count) {
    int32_t path[LONGEST_TOKEN] = {0};
    size_t open = 0;
    for (size_t i = 0; i < count; i++) {
        const string *s = &strings[i];
        const size_t shared = common_start(i ? &strings[i - 1] : NULL, s);
        if (i && shared == s->length && shared == strings[i - 1].length) {
            t->same[strings[i - 1].token] = s->token;
            continue;
        }
        close_path(t, path, &open, shared);
        for (size_t d = shared; d < s->length; d++) {
            NEUME_TRY(neume__grow((void **)&t->nodes, &t->node_capacity, t->node_count + 1, sizeof *t->nodes));
            path[open++] = (int32_t)t->node_count;
            t->nodes[t->node_count++] = (node){(uint8_t)s->bytes[d], (uint8_t)d, -1, 0};
        }
        t->nodes[path[open - 1]].token = s->token;
    }
    close_path(t, path, &open, 0);
    return NEUME_OK;
}

neume_status neume_grammar_tokens_new(const char *const *strings, const size_t *lengths, size_t v,
                                      neume_grammar_tokens **out) {
    neume_status status = NEUME_OK;
    size_t count = 0;
    for (size_t i = 0; i < v; i++)
        if (lengths[i] > LONGEST_TOKEN) return neume_fail(NEUME_EINVAL, "token %zu is longer than 64 bytes", i);
    neume_grammar_tokens *t = neume__calloc(1, sizeof *t);
    string *sorted = t ? neume__calloc(v, sizeof *sorted) : NULL;
    if (t) t->same = neume__calloc(v, sizeof *t->same);
    if (!t || !sorted || !t->same) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    t->v = v;
    for (size_t i = 0; i < v; i++) {
        t->same[i] = -1;
        if (lengths[i]) sorted[count++] = (string){strings[i], lengths[i], (int32_t)i};
    }
    qsort(sorted, count, sizeof *sorted, by_bytes);
    NEUME_GO(grow_tree(t, sorted, count));
    neume__free(sorted);
    *out = t;
    return NEUME_OK;
fail:
    neume__free(sorted);
    neume_grammar_tokens_free(t);
    return status;
}

void neume_grammar_tokens_free(neume_grammar_tokens *tokens) {
    if (!tokens) return;
    neume__free(tokens->nodes);
    neume__free(tokens->same);
    neume__free(tokens);
}

/* --- the mask ----------------------------------------------------------------------------------------------------- */

static void allow(const neume_grammar_tokens *t, int32_t token, uint64_t *allowed) {
    for (; token >= 0; token = t->same[token]) allowed[token / 64] |= UINT64_C(1) << token % 64;
}

static void mask_all(const neume_grammar_tokens *t, const grammar *g, uint64_t *allowed) {
    grammar states[LONGEST_TOKEN + 1]; /* states[d]: before the byte at depth d */
    states[0] = *g;
    for (size_t i = 0; i < t->node_count;) {
        const node *n = &t->nodes[i];
        const char byte = (char)n->byte;
        grammar *next = &states[n->depth + 1];
        *next = states[n->depth];
        if (!grammar_read(next, byte)) {
            i = (size_t)n->next;
            continue;
        }
        if (n->token >= 0) allow(t, n->token, allowed);
        i++;
    }
}

/* Only what the shortest way to an end begins with. */
static void mask_closing(const neume_grammar_tokens *t, const char *closing, size_t length, uint64_t *allowed) {
    for (size_t i = 0; i < t->node_count;) {
        const node *n = &t->nodes[i];
        if (n->depth >= length || (char)n->byte != closing[n->depth]) {
            i = (size_t)n->next;
            continue;
        }
        if (n->token >= 0) allow(t, n->token, allowed);
        i++;
    }
}

/* A token may make the way to the end longer by this much: a bar in every voice, a repeat to close. */
static size_t reserve(const grammar *g) {
    const size_t voices = g->voices > 1 ? g->voices : 1;
    return FEW_BYTES + 32 * voices;
}

void neume_grammar_mask(const neume_grammar_tokens *tokens, const neume_grammar *g, size_t tokens_left,
                        uint64_t *allowed) {
    char closing[LONGEST_TOKEN];
    memset(allowed, 0, (tokens->v + 63) / 64 * sizeof *allowed);
    const size_t way = tokens_left ? neume_grammar_closing(g, closing, sizeof closing) : 0;
    if (tokens_left && tokens_left <= way + reserve(g))
        mask_closing(tokens, closing, way < sizeof closing ? way : sizeof closing, allowed);
    else
        mask_all(tokens, g, allowed);
}
