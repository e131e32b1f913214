/* Counts over all listeners. Published ones are differentially private (Dwork & Roth 2014): every number is how many
 * listeners there are of some kind, a listener counts in a bounded number of them, and each gets two-sided geometric
 * noise. Three tables share epsilon equally: all listeners (a person changes it by 1), listeners by the hour of the day
 * in which each hears most (by 1), listeners of items (each counts for at most ITEMS_EACH items, so by that many). */
#include "taste_profile.h"

#include "neume/base_json.h"
#include "neume/taste_choose.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ITEMS_EACH = 10, TABLES = 3, SHOWN = 10 };

typedef struct stats {
    neume_store *store;
    taste_catalogue *catalogue;
    int64_t users, hours[PROFILE_HOURS];
    int64_t *items;     /* (items) listeners */
    int64_t *plays;     /* (items) of the user who is being counted */
    int64_t item_count; /* of those that are counted */
    bool *listed;       /* (items) in a catalogue: the name of another one would tell that somebody heard it */
    double epsilon;     /* 0: exact counts */
    int64_t events;
} stats;

/* --- counting ----------------------------------------------------------------------------------------------------- */

static void count_hours(stats *at, const taste_events *events) {
    double plays[PROFILE_HOURS] = {0};
    int best = -1;
    for (size_t i = 0; i < events->count; i++)
        if (events->at[i].kind == NEUME_EVENT_PLAY && events->at[i].time_s)
            plays[events->at[i].time_s / 3600 % PROFILE_HOURS]++;
    for (int hour = 0; hour < PROFILE_HOURS; hour++)
        if (plays[hour] > 0 && (best < 0 || plays[hour] > plays[best])) best = hour;
    if (best >= 0) at->hours[best]++;
}

static int32_t most_played(const stats *at) {
    int32_t best = -1;
    for (int32_t i = 0; i < at->catalogue->count; i++)
        if (at->plays[i] > 0 && at->listed[i] && (best < 0 || at->plays[i] > at->plays[best])) best = i;
    return best;
}

/* A listener's items: those he hears most, and no more than the noise allows for. Exact counts take all. */
static void count_items(stats *at, const taste_events *events) {
    for (size_t i = 0; i < events->count; i++) {
        const int32_t item = taste_catalogue_of_row(at->catalogue, events->at[i].item);
        if (item >= 0 && events->at[i].kind == NEUME_EVENT_PLAY) at->plays[item]++;
    }
    for (int32_t taken = 0, item; at->epsilon > 0 && taken < ITEMS_EACH && (item = most_played(at)) >= 0; taken++) {
        at->items[item]++;
        at->plays[item] = 0;
    }
    for (int64_t i = 0; i < at->catalogue->count && !(at->epsilon > 0); i++) at->items[i] += at->plays[i] > 0;
    memset(at->plays, 0, (size_t)at->catalogue->count * sizeof *at->plays);
}

static neume_status count_user(void *context, int64_t row, const char *pseudonym) {
    stats *at = context;
    taste_events events = {0};
    (void)pseudonym;
    NEUME_TRY(taste_events_read(at->store, row, 0, &events));
    at->users++;
    at->events += (int64_t)events.count;
    count_hours(at, &events);
    count_items(at, &events);
    neume__free(events.at);
    return NEUME_OK;
}

static neume_status note_listed(void *context, const neume_store_item *item) {
    stats *at = context;
    const int32_t number = taste_catalogue_of_row(at->catalogue, item->row);
    if (number < 0) return NEUME_OK;
    at->listed[number] = !item->heard_only;
    at->item_count += at->listed[number] || !(at->epsilon > 0);
    return NEUME_OK;
}

/* --- noise -------------------------------------------------------------------------------------------------------- */

static neume_status add_noise(int64_t *count, double epsilon, double sensitivity) {
    uint64_t bits[2];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        return neume_fail(NEUME_EIO, "the system gives no random numbers: %s", strerror(errno));
    *count += neume_taste_noise(bits, epsilon, sensitivity);
    if (*count < 0) *count = 0; /* reckoned from what is published: it tells no more */
    return NEUME_OK;
}

static neume_status add_all_noise(stats *at) {
    const double share = at->epsilon / TABLES;
    NEUME_TRY(add_noise(&at->users, share, 1));
    for (int hour = 0; hour < PROFILE_HOURS; hour++) NEUME_TRY(add_noise(&at->hours[hour], share, 1));
    for (int64_t i = 0; i < at->catalogue->count; i++)
        if (at->listed[i]) NEUME_TRY(add_noise(&at->items[i], share, ITEMS_EACH));
    return NEUME_OK;
}

/* --- printing ----------------------------------------------------------------------------------------------------- */

static size_t find_top(const stats *at, int32_t top[SHOWN]) {
    size_t count = 0;
    for (int32_t i = 0; i < at->catalogue->count; i++) {
        size_t place = count;
        if (!(at->items[i] > 0)) continue;
        while (place > 0 && at->items[top[place - 1]] < at->items[i]) place--;
        if (place == SHOWN) continue;
        if (count < SHOWN) count++;
        memmove(top + place + 1, top + place, (count - place - 1) * sizeof *top);
        top[place] = i;
    }
    return count;
}

static neume_status print_json(const stats *at, neume_buffer *out) {
    int32_t top[SHOWN];
    const size_t count = find_top(at, top);
    NEUME_TRY(neume_buffer_print(out, "{\"epsilon\": "));
    NEUME_TRY(at->epsilon > 0 ? neume_buffer_print(out, "%g", at->epsilon) : neume_buffer_print(out, "null"));
    if (!(at->epsilon > 0)) NEUME_TRY(neume_buffer_print(out, ", \"events\": %lld", (long long)at->events));
    NEUME_TRY(neume_buffer_print(out, ", \"items\": %lld, \"listeners\": %lld, \"hours\": [", (long long)at->item_count,
                                 (long long)at->users));
    for (int hour = 0; hour < PROFILE_HOURS; hour++)
        NEUME_TRY(neume_buffer_print(out, "%s%lld", hour ? ", " : "", (long long)at->hours[hour]));
    NEUME_TRY(neume_buffer_print(out, "], \"top\": ["));
    for (size_t i = 0; i < count; i++) {
        NEUME_TRY(neume_buffer_print(out, "%s\n  {\"id\": ", i ? "," : ""));
        NEUME_TRY(neume_json_quote(out, at->catalogue->items[top[i]].id));
        NEUME_TRY(neume_buffer_print(out, ", \"listeners\": %lld}", (long long)at->items[top[i]]));
    }
    return neume_buffer_print(out, "]}\n");
}

static neume_status print_text(const stats *at, neume_buffer *out) {
    int32_t top[SHOWN];
    const size_t count = find_top(at, top);
    if (at->epsilon > 0)
        NEUME_TRY(neume_buffer_print(out, "fit to be published: noise of epsilon %g in every number\n", at->epsilon));
    else
        NEUME_TRY(neume_buffer_print(out, "exact, not to be published; --epsilon 1 adds noise\nevents     %lld\n",
                                     (long long)at->events));
    NEUME_TRY(neume_buffer_print(out,
                                 "items      %lld\nlisteners  %lld\nlisteners by the hour (UTC) they hear most in\n ",
                                 (long long)at->item_count, (long long)at->users));
    for (int hour = 0; hour < PROFILE_HOURS; hour++)
        NEUME_TRY(neume_buffer_print(out, " %02d:%lld", hour, (long long)at->hours[hour]));
    NEUME_TRY(neume_buffer_print(out, "\nlisteners of items\n"));
    for (size_t i = 0; i < count; i++)
        NEUME_TRY(neume_buffer_print(out, "%6lld  %s\n", (long long)at->items[top[i]],
                                     taste_item_name(&at->catalogue->items[top[i]])));
    return NEUME_OK;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static neume_status reckon(stats *at) {
    const size_t count = (size_t)at->catalogue->count + 1;
    at->items = neume__calloc(count, sizeof *at->items);
    at->plays = neume__calloc(count, sizeof *at->plays);
    at->listed = neume__calloc(count, sizeof *at->listed);
    if (!at->items || !at->plays || !at->listed) return NEUME_ENOMEM;
    NEUME_TRY(neume_store_each_item(at->store, note_listed, at));
    NEUME_TRY(neume_store_each_user(at->store, count_user, at));
    return at->epsilon > 0 ? add_all_noise(at) : NEUME_OK;
}

neume_status neume_listening_stats(neume_store *store, double epsilon, bool json, neume_buffer *out) {
    stats at = {.store = store, .epsilon = epsilon};
    if (!(epsilon >= 0) || !isfinite(epsilon)) return neume_fail(NEUME_EINVAL, "epsilon is a number above 0");
    NEUME_TRY(taste_catalogue_read(store, &at.catalogue));
    neume_status status = reckon(&at);
    if (!status) status = json ? print_json(&at, out) : print_text(&at, out);
    neume__free(at.items);
    neume__free(at.plays);
    neume__free(at.listed);
    taste_catalogue_free(at.catalogue);
    return status;
}
