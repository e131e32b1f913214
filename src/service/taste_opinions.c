#include "taste_opinions.h"

#include <stdlib.h>

/* In plays: a like says as much as three, a ban as much as five the other way, a rating up to three either way. */
static const double like_plays = 3, skip_plays = -1, ban_plays = -5, rating_plays = 6, most_dislike = -5;

double taste_event_weight(const neume_store_event *event) {
    switch (event->kind) {
    case NEUME_EVENT_PLAY:
        return event->value > 0 ? event->value : 1;
    case NEUME_EVENT_LIKE:
        return like_plays;
    case NEUME_EVENT_SKIP:
        return skip_plays;
    case NEUME_EVENT_BAN:
        return ban_plays;
    case NEUME_EVENT_RATING:
        return rating_plays * (event->value - .5);
    }
    return 0;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static neume_status keep_event(void *context, const neume_store_event *event) {
    taste_events *events = context;
    NEUME_TRY(neume__grow((void **)&events->at, &events->capacity, events->count + 1, sizeof *events->at));
    events->at[events->count++] = *event;
    return NEUME_OK;
}

neume_status taste_events_read(neume_store *store, int64_t user, int64_t after, taste_events *out) {
    taste_events read = {0};
    neume_status status = neume_store_each_event(store, user, after, keep_event, &read);
    if (status)
        neume__free(read.at);
    else
        *out = read;
    return status;
}

static int by_item_and_time(const void *a, const void *b) {
    const neume_store_event *one = a, *two = b;
    if (one->item != two->item) return one->item < two->item ? -1 : 1;
    if (one->time_s != two->time_s) return one->time_s < two->time_s ? -1 : 1;
    return (one->kind > two->kind) - (one->kind < two->kind);
}

/* --- opinions ----------------------------------------------------------------------------------------------------- */

/* Of events of one item, in the order of their times. */
static taste_opinion opinion_of(const neume_store_event *events, size_t count) {
    taste_opinion opinion = {0};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const neume_event_kind kind = events[i].kind;
        sum += kind == NEUME_EVENT_BAN ? 0 : taste_event_weight(&events[i]);
        if (kind == NEUME_EVENT_BAN) opinion.banned = true;
        if (kind == NEUME_EVENT_LIKE) opinion.banned = false;
        if (kind == NEUME_EVENT_PLAY) opinion.plays += events[i].value > 0 ? events[i].value : 1;
        if (kind == NEUME_EVENT_PLAY || kind == NEUME_EVENT_SKIP) opinion.last_s = events[i].time_s;
    }
    if (opinion.banned) sum = ban_plays;
    opinion.weight = (float)(sum > most_dislike ? sum : most_dislike);
    return opinion;
}

neume_status taste_opinions_of(const taste_catalogue *catalogue, neume_store_event *events, size_t count,
                               taste_opinions *out) {
    if (count) qsort(events, count, sizeof *events, by_item_and_time);
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        const int32_t item = taste_catalogue_of_row(catalogue, events[begin].item);
        while (end < count && events[end].item == events[begin].item) end++;
        if (item < 0) continue;
        taste_opinion opinion = opinion_of(events + begin, end - begin);
        opinion.item = item;
        NEUME_TRY(neume__grow((void **)&out->at, &out->capacity, out->count + 1, sizeof *out->at));
        out->at[out->count++] = opinion;
    }
    return NEUME_OK;
}

neume_status taste_opinions_read(neume_store *store, const taste_catalogue *catalogue, int64_t user,
                                 taste_opinions *out) {
    taste_events events = {0};
    taste_opinions read = {0};
    NEUME_TRY(taste_events_read(store, user, 0, &events));
    neume_status status = taste_opinions_of(catalogue, events.at, events.count, &read);
    neume__free(events.at);
    if (status)
        taste_opinions_clear(&read);
    else
        *out = read;
    return status;
}

void taste_opinions_clear(taste_opinions *opinions) {
    neume__free(opinions->at);
    *opinions = (taste_opinions){0};
}
