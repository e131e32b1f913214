/* The tree is jansson's; a neume_json is its value under our name. */
#include "neume/base_json.h"

#include <jansson.h>
#include <string.h>

static const json_t *theirs(const neume_json *value) {
    return (const json_t *)(const void *)value;
}

static const neume_json *ours(const json_t *value) {
    return (const neume_json *)(const void *)value;
}

neume_status neume_json_parse(const char *text, size_t count, neume_json **out) {
    json_error_t error;
    json_t *root = json_loadb(text, count, JSON_REJECT_DUPLICATES, &error);
    if (root) {
        *out = (neume_json *)(void *)root;
        return NEUME_OK;
    }
    const enum json_error_code code = json_error_code(&error);
    if (code == json_error_out_of_memory) return neume_fail(NEUME_ENOMEM, "no memory for JSON");
    return neume_fail(code == json_error_stack_overflow ? NEUME_ELIMIT : NEUME_EFORMAT, "JSON: line %d: %s", error.line,
                      error.text);
}

void neume_json_free(neume_json *root) {
    json_decref((json_t *)(void *)root);
}

const neume_json *neume_json_get(const neume_json *object, const char *key) {
    return ours(json_object_get(theirs(object), key));
}

size_t neume_json_count(const neume_json *list) {
    return json_array_size(theirs(list));
}

const neume_json *neume_json_at(const neume_json *list, size_t index) {
    return ours(json_array_get(theirs(list), index));
}

bool neume_json_is_list(const neume_json *value) {
    return json_is_array(theirs(value));
}

bool neume_json_is_object(const neume_json *value) {
    return json_is_object(theirs(value));
}

bool neume_json_is_number(const neume_json *value) {
    return json_is_number(theirs(value));
}

double neume_json_number(const neume_json *value, double otherwise) {
    return json_is_number(theirs(value)) ? json_number_value(theirs(value)) : otherwise;
}

const char *neume_json_text(const neume_json *value) {
    return json_string_value(theirs(value));
}

neume_status neume_json_quote(neume_buffer *out, const char *text) {
    NEUME_TRY(neume_buffer_append(out, "\"", 1));
    for (const char *at = text ? text : ""; *at;) {
        uint32_t c = 0;
        const size_t length = neume__utf8_read(at, strnlen(at, 4), &c);
        if (length == 0)
            NEUME_TRY(neume_buffer_append(out, "\xEF\xBF\xBD", 3));
        else if (c < 0x20 || c == 0x7F)
            NEUME_TRY(neume_buffer_print(out, "\\u%04x", (unsigned)c));
        else if (c == '"' || c == '\\')
            NEUME_TRY(neume_buffer_print(out, "\\%c", (int)c));
        else
            NEUME_TRY(neume_buffer_append(out, at, length));
        at += length ? length : 1;
    }
    return neume_buffer_append(out, "\"", 1);
}
