/* Queries as JSON. What a language model or a stranger sends is read by the same rules: only known slots and values. */
#include "words_values.h"

#include "neume/base_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* A number with two decimals, whatever the locale. */
static neume_status print_number(double value, neume_buffer *out) {
    const long hundredths = lround(fabs(value) * 100);
    return neume_buffer_print(out, "%s%ld.%02ld", value < 0 && hundredths ? "-" : "", hundredths / 100,
                              hundredths % 100);
}

static neume_status print_slots(const neume_query *query, bool excluded, neume_buffer *out) {
    const char *before = "";
    for (int slot = 0; slot < NEUME_SLOTS; slot++) {
        bool open = false;
        for (size_t i = 0; i < query->count; i++) {
            const neume_wish *wish = &query->wishes[i];
            if ((int)wish->slot != slot || wish->excluded != excluded) continue;
            if (open)
                NEUME_TRY(neume_buffer_print(out, ","));
            else
                NEUME_TRY(neume_buffer_print(out, "%s\"%s\":[", before, neume_slot_name(wish->slot)));
            NEUME_TRY(neume_json_quote(out, wish->value));
            open = true;
            before = ",";
        }
        if (open) NEUME_TRY(neume_buffer_print(out, "]"));
    }
    return NEUME_OK;
}

static bool has_wanted(const neume_query *query) {
    for (size_t i = 0; i < query->count; i++)
        if (!query->wishes[i].excluded) return true;
    return false;
}

/* Weights other than 1, as "slot=value": weight. */
static neume_status print_weights(const neume_query *query, neume_buffer *out) {
    const char *before = "";
    NEUME_TRY(neume_buffer_print(out, "\"weights\":{"));
    for (size_t i = 0; i < query->count; i++) {
        char name[NEUME_VALUE_LONGEST_BYTES + 32];
        const neume_wish *wish = &query->wishes[i];
        if (fabs(wish->weight - 1) < 0.005) continue;
        snprintf(name, sizeof name, "%s%s=%s", wish->excluded ? "not." : "", neume_slot_name(wish->slot), wish->value);
        NEUME_TRY(neume_buffer_print(out, "%s", before));
        NEUME_TRY(neume_json_quote(out, name));
        NEUME_TRY(neume_buffer_print(out, ":"));
        NEUME_TRY(print_number(wish->weight, out));
        before = ",";
    }
    return neume_buffer_print(out, "}");
}

static neume_status print_tags(const neume_query *query, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "\"tags\":["));
    for (size_t i = 0; i < query->tag_count; i++) {
        NEUME_TRY(neume_buffer_print(out, "%s{\"tag\":", i ? "," : ""));
        NEUME_TRY(neume_json_quote(out, query->tags[i].tag));
        NEUME_TRY(neume_buffer_print(out, ",\"weight\":"));
        NEUME_TRY(print_number(query->tags[i].weight, out));
        NEUME_TRY(neume_buffer_print(out, "}"));
    }
    return neume_buffer_print(out, "]");
}

static neume_status print_all(const neume_query *query, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{"));
    NEUME_TRY(print_slots(query, false, out));
    NEUME_TRY(neume_buffer_print(out, "%s\"not\":{", has_wanted(query) ? "," : ""));
    NEUME_TRY(print_slots(query, true, out));
    NEUME_TRY(neume_buffer_print(out, "},"));
    NEUME_TRY(print_weights(query, out));
    NEUME_TRY(neume_buffer_print(out, ","));
    NEUME_TRY(print_tags(query, out));
    if (!isnan(query->valence)) {
        NEUME_TRY(neume_buffer_print(out, ",\"valence\":"));
        NEUME_TRY(print_number(query->valence, out));
        NEUME_TRY(neume_buffer_print(out, ",\"arousal\":"));
        NEUME_TRY(print_number(query->arousal, out));
    }
    return neume_buffer_print(out, ",\"prompt_language\":\"%s\"}", query->chinese ? "zh" : "en");
}

neume_status neume_query_print_json(const neume_query *query, neume_buffer *out) {
    neume_buffer text = {0};
    neume_status status = print_all(query, &text);
    if (!status) status = neume_buffer_append(out, text.data, text.size);
    neume_buffer_clear(&text);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static neume_status read_value(const neume_json *value, neume_slot slot, bool excluded, neume_query *query) {
    char number[32];
    const char *text = neume_json_text(value);
    if (!text && neume_json_is_number(value)) {
        snprintf(number, sizeof number, "%.0f", fmax(-1e9, fmin(1e9, neume_json_number(value, 0))));
        text = number;
    }
    if (!text || !neume__value_is_valid(slot, text))
        return neume_fail(NEUME_EFORMAT, "JSON: '%.100s' is no value of %s", text ? text : "", neume_slot_name(slot));
    return neume_query_add(query, &(neume_wish){slot, excluded, (char *)(uintptr_t)text, 1});
}

static neume_status read_slot(const neume_json *values, neume_slot slot, bool excluded, neume_query *query) {
    if (!values) return NEUME_OK;
    if (!neume_json_is_list(values)) return read_value(values, slot, excluded, query);
    for (size_t i = 0; i < neume_json_count(values); i++)
        NEUME_TRY(read_value(neume_json_at(values, i), slot, excluded, query));
    return NEUME_OK;
}

static neume_status read_slots(const neume_json *root, neume_query *query) {
    const neume_json *denied = neume_json_get(root, "not");
    for (int slot = 0; slot < NEUME_SLOTS; slot++) {
        char dotted[32];
        const char *name = neume_slot_name((neume_slot)slot);
        snprintf(dotted, sizeof dotted, "not.%s", name);
        NEUME_TRY(read_slot(neume_json_get(root, name), (neume_slot)slot, false, query));
        NEUME_TRY(read_slot(neume_json_get(denied, name), (neume_slot)slot, true, query));
        NEUME_TRY(read_slot(neume_json_get(root, dotted), (neume_slot)slot, true, query));
    }
    return NEUME_OK;
}

static void read_weights(const neume_json *weights, neume_query *query) {
    for (size_t i = 0; i < query->count; i++) {
        char name[NEUME_VALUE_LONGEST_BYTES + 32];
        neume_wish *wish = &query->wishes[i];
        snprintf(name, sizeof name, "%s%s=%s", wish->excluded ? "not." : "", neume_slot_name(wish->slot), wish->value);
        const double weight = neume_json_number(neume_json_get(weights, name), 1);
        if (weight > 0 && weight <= 4) wish->weight = weight;
    }
}

static neume_status read_tags(const neume_json *list, neume_query *query) {
    for (size_t i = 0; i < neume_json_count(list) && i < NEUME_WISHES_MOST; i++) {
        const neume_json *one = neume_json_at(list, i);
        const char *tag = neume_json_text(neume_json_get(one, "tag"));
        const double weight = neume_json_number(neume_json_get(one, "weight"), 1);
        if (tag && *tag && fabs(weight) <= 100) NEUME_TRY(neume_query_add_tag(query, tag, weight));
    }
    return NEUME_OK;
}

static double read_emotion(const neume_json *value) {
    const double number = neume_json_number(value, NAN);
    return number >= -1 && number <= 1 ? number : (double)NAN;
}

static neume_status read_all(const neume_json *root, neume_query *made) {
    if (!neume_json_is_object(root)) return neume_fail(NEUME_EFORMAT, "JSON: no object");
    NEUME_TRY(read_slots(root, made));
    NEUME_TRY(read_tags(neume_json_get(root, "tags"), made));
    read_weights(neume_json_get(root, "weights"), made);
    made->valence = read_emotion(neume_json_get(root, "valence"));
    made->arousal = isnan(made->valence) ? (double)NAN : read_emotion(neume_json_get(root, "arousal"));
    if (isnan(made->arousal)) made->valence = NAN;
    const char *language = neume_json_text(neume_json_get(root, "prompt_language"));
    made->chinese = language && strcmp(language, "zh") == 0;
    return NEUME_OK;
}

neume_status neume_query_parse_json(const char *text, size_t count, neume_query *out) {
    neume_json *root = NULL;
    neume_query made = neume_query_none();
    NEUME_TRY(neume_json_parse(text, count, &root));
    neume_status status = read_all(root, &made);
    neume_json_free(root);
    if (status) {
        neume_query_clear(&made);
        return status;
    }
    neume_query_clear(out);
    *out = made;
    return NEUME_OK;
}
