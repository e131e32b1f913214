/* JSON of our own making, read back: a tree over borrowed text. Private to the room; the notation room, which owns the
 * library for JSON, reads notes only. Strings stay as they are written, without unescaping. */
#ifndef NEUME_LEARN_JSON_TREE_H
#define NEUME_LEARN_JSON_TREE_H

#include "neume/base.h"

typedef struct neume__json_node {
    const char *key, *text; /* key: NULL in arrays; text: a string's inside */
    size_t key_bytes, text_bytes;
    size_t first, next; /* child, sibling; 0 = none */
    double number;
    char kind; /* '{' '[' '"' '0' (a number), or 'l' (true, false, null) */
} neume__json_node;
typedef struct neume__json {
    neume__json_node *nodes; /* the root first */
    size_t node_count, node_capacity;
} neume__json;

/* @p text ends in a zero byte and must outlive the tree. @retval NEUME_EFORMAT with the byte where it stops */
NEUME_MUST neume_status neume__json_parse(const char *text, neume__json *out);
void neume__json_clear(neume__json *json);
/* A member of an object, 0 when there is none. */
size_t neume__json_get(const neume__json *json, size_t object, const char *key);
/* A member that is a number, or what is given instead. */
double neume__json_number(const neume__json *json, size_t object, const char *key, double otherwise);

#endif
