/* Any bytes are read as a listening history or a catalogue, in every format; what is told keeps the door's promises. */
#include "neume/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text) {
    if (!text || !*text || strlen(text) >= NEUME_HISTORY_TEXT_BYTES) abort();
    for (; *text; text++)
        if ((unsigned char)*text < 32) abort();
}

static neume_status check_event(void *context, const neume_history_event *event) {
    (void)context;
    check_text(event->item);
    check_text(event->kind);
    if (event->user) check_text(event->user);
    if (event->time_s < 0 || !isfinite(event->value) || event->value < 0) abort();
    return NEUME_OK;
}

static neume_status check_item(void *context, const neume_history_item *item) {
    const size_t *features = context;
    check_text(item->id);
    for (size_t i = 0; i < item->tag_count; i++) {
        check_text(item->tags[i].name);
        if (!(item->tags[i].weight > 0)) abort();
    }
    if (item->feature_count != *features && !item->adds_tags) abort();
    return NEUME_OK;
}

static neume_status count_feature(void *context, const char *name) {
    check_text(name);
    ++*(size_t *)context;
    return NEUME_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (int format = NEUME_HISTORY_AUTO; format <= NEUME_HISTORY_LASTFM; format++) {
        size_t features = 0;
        const neume_history_sink sink = {&features, check_event, check_item, count_feature};
        const neume_history_options options = {.format = (neume_history_format)format, .by_artist = format % 2};
        neume_history_tally tally;
        const neume_status status = neume_history_read(data, size, &options, &sink, &tally);
        if (status != NEUME_OK && status != NEUME_EFORMAT) abort();
    }
    return 0;
}
