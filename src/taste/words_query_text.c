/* Queries as a line: mood=calm,sad;not.style=pop */
#include "words_values.h"

#include <stdio.h>
#include <string.h>

typedef struct span {
    const char *at;
    size_t count;
} span;

/* Takes text up to @p stop or the end, without blanks around, and steps behind it. */
static span take(span *rest, char stop) {
    const char *found = rest->count ? memchr(rest->at, stop, rest->count) : NULL;
    span taken = {rest->at, found ? (size_t)(found - rest->at) : rest->count};
    const size_t passed = taken.count + (found ? 1 : 0);
    *rest = (span){rest->at + passed, rest->count - passed};
    while (taken.count && strchr(" \t\r\n", *taken.at)) taken.at++, taken.count--;
    while (taken.count && strchr(" \t\r\n", taken.at[taken.count - 1])) taken.count--;
    return taken;
}

neume_status neume_query_print(const neume_query *query, neume_buffer *out) {
    for (int excluded = 0, first = 1; excluded < 2; excluded++) {
        neume_slot last = NEUME_SLOTS;
        for (size_t i = 0; i < query->count; i++) {
            const neume_wish *wish = &query->wishes[i];
            if (wish->excluded != (excluded == 1)) continue;
            if (wish->slot == last)
                NEUME_TRY(neume_buffer_append(out, ",", 1));
            else
                NEUME_TRY(neume_buffer_print(out, "%s%s%s=", first ? "" : ";", excluded ? "not." : "",
                                             neume_slot_name(wish->slot)));
            NEUME_TRY(neume_buffer_append(out, wish->value, strlen(wish->value)));
            last = wish->slot;
            first = 0;
        }
    }
    return NEUME_OK;
}

static neume_status read_values(neume_query *query, neume_slot slot, bool excluded, span values) {
    while (values.count) {
        char text[NEUME_VALUE_LONGEST_BYTES];
        const span value = take(&values, ',');
        if (value.count >= sizeof text || !value.count || memchr(value.at, '\0', value.count))
            return neume_fail(NEUME_EFORMAT, "%s has an empty value or one that is too long", neume_slot_name(slot));
        memcpy(text, value.at, value.count);
        text[value.count] = '\0';
        if (!neume__value_is_valid(slot, text))
            return neume_fail(NEUME_EFORMAT, "'%s' is no value of %s", text, neume_slot_name(slot));
        NEUME_TRY(neume_query_add(query, &(neume_wish){slot, excluded, text, 1}));
    }
    return NEUME_OK;
}

static neume_status read_part(neume_query *query, span part) {
    span name = take(&part, '=');
    const bool excluded = name.count > 4 && memcmp(name.at, "not.", 4) == 0;
    if (excluded) name = (span){name.at + 4, name.count - 4};
    const neume_slot slot = neume__slot_find(name.at, name.count);
    if (slot == NEUME_SLOTS)
        return neume_fail(NEUME_EFORMAT, "no slot is named '%.*s'", (int)(name.count < 40 ? name.count : 40), name.at);
    return read_values(query, slot, excluded, part);
}

neume_status neume_query_parse(const char *text, size_t count, neume_query *out) {
    neume_query made = neume_query_none();
    span rest = {text, count};
    neume_status status = NEUME_OK;
    while (rest.count && !status) {
        const span part = take(&rest, ';');
        if (part.count) status = read_part(&made, part);
    }
    if (status) {
        neume_query_clear(&made);
        return status;
    }
    neume_query_clear(out);
    *out = made;
    return NEUME_OK;
}
