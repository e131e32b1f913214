#include "recipe.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RECIPE_LIMIT_BYTES = 1 << 20, KEYS_MAX = 64 };

static neume_status set_value(const recipe_key *key, const char *value, const char *where) {
    char *end;
    errno = 0;
    if (key->type == RECIPE_TEXT) {
        if (strlen(value) >= RECIPE_TEXT_MAX)
            return neume_fail(NEUME_EFORMAT, "%s: the value of '%s' is too long", where, key->name);
        strcpy(key->target, value);
        return NEUME_OK;
    }
    double number = key->type == RECIPE_NUMBER ? strtod(value, &end) : (double)strtoll(value, &end, 10);
    if (end == value || *end || errno || !isfinite(number))
        return neume_fail(NEUME_EFORMAT, "%s: '%s' is not a number, as '%s' needs", where, value, key->name);
    if (key->type == RECIPE_NUMBER)
        *(double *)key->target = number;
    else
        *(int64_t *)key->target = strtoll(value, NULL, 10);
    return NEUME_OK;
}

static char *trimmed(char *text) {
    while (isspace((unsigned char)*text)) text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1])) text[--length] = '\0';
    return text;
}

static neume_status parse_line(char *line, const char *where, const recipe_key *keys, size_t count, bool *seen) {
    char *comment = strchr(line, '#'), *equals;
    if (comment) *comment = '\0';
    line = trimmed(line);
    if (!*line) return NEUME_OK;
    equals = strchr(line, '=');
    if (!equals) return neume_fail(NEUME_EFORMAT, "%s: expected 'key = value'", where);
    *equals = '\0';
    const char *name = trimmed(line), *value = trimmed(equals + 1);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].name, name) != 0) continue;
        if (seen[i]) return neume_fail(NEUME_EFORMAT, "%s: '%s' is said twice", where, name);
        seen[i] = true;
        return set_value(&keys[i], value, where);
    }
    return neume_fail(NEUME_EFORMAT, "%s: unknown key '%s'", where, name);
}

neume_status recipe_parse(const char *name, const char *text, const recipe_key *keys, size_t count) {
    bool seen[KEYS_MAX] = {false};
    char *copy = neume__strdup(text);
    if (!copy) return NEUME_ENOMEM;
    neume_status status = NEUME_OK;
    int number = 1;
    for (char *line = copy, *next; line && !status; line = next, number++) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        char where[300];
        snprintf(where, sizeof where, "%.250s line %d", name, number);
        status = parse_line(line, where, keys, count, seen);
    }
    neume__free(copy);
    return status;
}

neume_status recipe_read(const char *path, const recipe_key *keys, size_t count) {
    neume_buffer text = {0};
    NEUME_TRY(neume_file_read(path, RECIPE_LIMIT_BYTES, &text));
    neume_status status = strlen(text.data) == text.size ? recipe_parse(path, text.data, keys, count)
                                                         : neume_fail(NEUME_EFORMAT, "%s: not a text", path);
    neume_buffer_clear(&text);
    return status;
}

size_t recipe_draw_share(const double *shares, size_t count, neume_rng *rng) {
    double total = 0;
    for (size_t i = 0; i < count; i++) total += fmax(shares[i], 0);
    double at = neume_rng_uniform(rng, 0, total);
    size_t chosen = 0;
    for (size_t i = 0; i < count && at >= 0; i++)
        if (shares[i] > 0) chosen = i, at -= shares[i];
    return chosen;
}
