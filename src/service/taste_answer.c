/* Answers as text and as JSON. */
#include "neume/service_taste.h"

#include "neume/base_json.h"

#include <math.h>

static neume_status print_member(const char *key, const char *text, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ", \"%s\": ", key));
    return text ? neume_json_quote(out, text) : neume_buffer_print(out, "null");
}

static neume_status print_item_json(const neume_suggestion *item, size_t rank, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"rank\": %zu", rank));
    NEUME_TRY(print_member("id", item->id, out));
    NEUME_TRY(print_member("name", item->name, out));
    NEUME_TRY(print_member("artist", item->artist, out));
    if (item->year) NEUME_TRY(neume_buffer_print(out, ", \"year\": %d", item->year));
    NEUME_TRY(neume_buffer_print(out, ", \"score\": %.4f, \"reasons\": [", isfinite(item->score) ? item->score : 0));
    for (size_t i = 0; i < item->reason_count; i++) {
        NEUME_TRY(neume_buffer_print(out, "%s", i ? ", " : ""));
        NEUME_TRY(neume_json_quote(out, item->reasons[i]));
    }
    return neume_buffer_print(out, "]}");
}

static neume_status print_json(const neume_answer *answer, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"understood\": "));
    NEUME_TRY(answer->understood ? neume_json_quote(out, answer->understood) : neume_buffer_print(out, "null"));
    NEUME_TRY(neume_buffer_print(out, ", \"items\": ["));
    for (size_t i = 0; i < answer->count; i++) {
        NEUME_TRY(neume_buffer_print(out, "%s\n  ", i ? "," : ""));
        NEUME_TRY(print_item_json(&answer->items[i], i + 1, out));
    }
    return neume_buffer_print(out, "]}\n");
}

static neume_status print_item(const neume_suggestion *item, size_t rank, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "%3zu  %s", rank, item->id));
    if (item->artist) NEUME_TRY(neume_buffer_print(out, "  %s", item->artist));
    if (item->name) NEUME_TRY(neume_buffer_print(out, item->artist ? ": %s" : "  %s", item->name));
    if (item->year) NEUME_TRY(neume_buffer_print(out, " (%d)", item->year));
    NEUME_TRY(neume_buffer_print(out, "\n"));
    for (size_t i = 0; i < item->reason_count; i++)
        NEUME_TRY(neume_buffer_print(out, "       - %s\n", item->reasons[i]));
    return NEUME_OK;
}

neume_status neume_suggestion_print(const neume_suggestion *item, size_t rank, bool json, neume_buffer *out) {
    NEUME_TRY((json ? print_item_json : print_item)(item, rank, out));
    return json ? neume_buffer_print(out, "\n") : NEUME_OK;
}

neume_status neume_answer_print(const neume_answer *answer, bool json, neume_buffer *out) {
    if (json) return print_json(answer, out);
    if (answer->understood) NEUME_TRY(neume_buffer_print(out, "understood: %s\n", answer->understood));
    for (size_t i = 0; i < answer->count; i++) NEUME_TRY(print_item(&answer->items[i], i + 1, out));
    return NEUME_OK;
}
