/* A listener's rights: all that is known of him, and being forgotten. */
#include "taste_opinions.h"

#include "neume/base_json.h"

#include <time.h>

static neume_status print_time(int64_t time_s, neume_buffer *out) {
    const time_t time = (time_t)time_s;
    struct tm parts;
    char text[40] = "";
    if (!time_s || !gmtime_r(&time, &parts) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        return neume_buffer_print(out, "null");
    return neume_buffer_print(out, "\"%s\"", text);
}

static neume_status print_text(const char *text, neume_buffer *out) {
    return text ? neume_json_quote(out, text) : neume_buffer_print(out, "null");
}

static neume_status print_event(const taste_catalogue *catalogue, const neume_store_event *event, neume_buffer *out) {
    const int32_t number = taste_catalogue_of_row(catalogue, event->item);
    const taste_item none = {.id = ""}, *item = number < 0 ? &none : &catalogue->items[number];
    NEUME_TRY(neume_buffer_print(out, "{\"item\": "));
    NEUME_TRY(print_text(item->id, out));
    NEUME_TRY(neume_buffer_print(out, ", \"name\": "));
    NEUME_TRY(print_text(item->name, out));
    NEUME_TRY(neume_buffer_print(out, ", \"artist\": "));
    NEUME_TRY(print_text(item->artist, out));
    NEUME_TRY(neume_buffer_print(out, ", \"kind\": \"%s\", \"time\": ", neume_event_kind_name(event->kind)));
    NEUME_TRY(print_time(event->time_s, out));
    return neume_buffer_print(out, ", \"value\": %.9g}", event->value);
}

neume_status neume_listening_export(neume_store *store, const char *user, neume_buffer *out) {
    char pseudonym[NEUME_PSEUDONYM_BYTES];
    taste_catalogue *catalogue = NULL;
    taste_events events = {0};
    int64_t row = 0;
    NEUME_TRY(neume_store_find_user(store, user, &row));
    neume_status status = taste_catalogue_read(store, &catalogue);
    neume_store_pseudonym(store, user, pseudonym);
    if (!status) status = taste_events_read(store, row, 0, &events);
    if (!status) status = neume_buffer_print(out, "{\"user\": \"%s\", \"events\": [", pseudonym);
    for (size_t i = 0; i < events.count && !status; i++) {
        status = neume_buffer_print(out, "%s\n  ", i ? "," : "");
        if (!status) status = print_event(catalogue, &events.at[i], out);
    }
    if (!status) status = neume_buffer_print(out, "]}\n");
    neume__free(events.at);
    taste_catalogue_free(catalogue);
    return status;
}

neume_status neume_listening_forget(neume_store *store, const char *user, int64_t *events) {
    int64_t row = 0;
    NEUME_TRY(neume_store_find_user(store, user, &row));
    return neume_store_forget_user(store, row, events);
}
