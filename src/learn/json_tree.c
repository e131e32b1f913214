/* JSON (RFC 8259) by recursive descent, depth limited. */
#include "json_tree.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 32 };

typedef struct parser {
    const char *begin, *at;
    neume__json *out;
} parser;

static neume_status damaged(const parser *p) {
    return neume_fail(NEUME_EFORMAT, "JSON: cannot go on at byte %zu", (size_t)(p->at - p->begin));
}

static char skip_space(parser *p) {
    p->at += strspn(p->at, " \t\r\n");
    return *p->at;
}

static neume_status read_string(parser *p, const char **text, size_t *bytes) {
    if (*p->at != '"') return damaged(p);
    const char *end = p->at + 1;
    while (*end && *end != '"') end += *end == '\\' && end[1] ? 2 : 1;
    if (!*end) return damaged(p);
    *text = p->at + 1;
    *bytes = (size_t)(end - p->at - 1);
    p->at = end + 1;
    return NEUME_OK;
}

static neume_status read_value(parser *p, size_t *out, int depth);

/* The members of an object or array, up to its end. */
static neume_status read_members(parser *p, size_t owner, int depth) {
    const bool object = p->out->nodes[owner].kind == '{';
    const char close = object ? '}' : ']';
    size_t last = 0;
    p->at++;
    if (skip_space(p) == close) return p->at++, NEUME_OK;
    for (;;) {
        const char *key = NULL;
        size_t key_bytes = 0, child;
        skip_space(p);
        if (object) {
            NEUME_TRY(read_string(p, &key, &key_bytes));
            if (skip_space(p) != ':') return damaged(p);
            p->at++;
        }
        NEUME_TRY(read_value(p, &child, depth + 1));
        p->out->nodes[child].key = key;
        p->out->nodes[child].key_bytes = key_bytes;
        *(last ? &p->out->nodes[last].next : &p->out->nodes[owner].first) = child;
        last = child;
        const char c = skip_space(p);
        if (c != ',' && c != close) return damaged(p);
        p->at++;
        if (c == close) return NEUME_OK;
    }
}

static neume_status read_literal(parser *p) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(p->at, words[i], strlen(words[i])) == 0) return p->at += strlen(words[i]), NEUME_OK;
    return damaged(p);
}

static neume_status read_value(parser *p, size_t *out, int depth) {
    if (depth > DEPTH_MOST) return neume_fail(NEUME_ELIMIT, "JSON: nested too deep");
    neume__json *json = p->out;
    if (json->node_count == json->node_capacity)
        NEUME_TRY(neume__grow((void **)&json->nodes, &json->node_capacity, json->node_count + 1, sizeof *json->nodes));
    const size_t number = json->node_count++;
    neume__json_node *node = &json->nodes[number];
    const char c = skip_space(p);
    *node = (neume__json_node){.kind = c};
    *out = number;
    if (c == '{' || c == '[') return read_members(p, number, depth);
    if (c == '"') return read_string(p, &node->text, &node->text_bytes);
    if (c != '-' && (c < '0' || c > '9')) return node->kind = 'l', read_literal(p);
    char *end;
    node->kind = '0';
    node->number = strtod(p->at, &end);
    if (end == p->at) return damaged(p);
    p->at = end;
    return NEUME_OK;
}

neume_status neume__json_parse(const char *text, neume__json *out) {
    neume__json json = {0};
    parser p = {text, text, &json};
    size_t root;
    neume_status status = read_value(&p, &root, 0);
    if (!status && skip_space(&p)) status = damaged(&p);
    if (status) {
        neume__json_clear(&json);
        return status;
    }
    *out = json;
    return NEUME_OK;
}

void neume__json_clear(neume__json *json) {
    free(json->nodes);
    *json = (neume__json){0};
}

size_t neume__json_get(const neume__json *json, size_t object, const char *key) {
    if (json->nodes[object].kind != '{') return 0;
    for (size_t i = json->nodes[object].first; i; i = json->nodes[i].next)
        if (json->nodes[i].key_bytes == strlen(key) && memcmp(json->nodes[i].key, key, strlen(key)) == 0) return i;
    return 0;
}

double neume__json_number(const neume__json *json, size_t object, const char *key, double otherwise) {
    const size_t i = neume__json_get(json, object, key);
    return i && json->nodes[i].kind == '0' ? json->nodes[i].number : otherwise;
}
