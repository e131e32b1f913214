/* A listener's page: counts, styles, moods by hour, novelty; reckoned here, printed in taste_profile_print.c. */
#include "taste_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t recent_s = 30 * 86400;
/* The moods of prompts (neume/taste_words.h): a tag of that name tells an item's mood. */
static const char *const moods[] = {"calm",   "happy",     "sad",    "energetic", "tense",  "romantic",
                                    "dreamy", "nostalgic", "solemn", "angry",     "tender", "powerful"};
enum { MOODS = sizeof moods / sizeof *moods };

/* --- listeners of items ------------------------------------------------------------------------------------------- */

typedef struct heard {
    int64_t user;
    int32_t item;
} heard;

typedef struct heard_list {
    const taste_catalogue *catalogue;
    heard *at;
    size_t count, capacity;
} heard_list;

static neume_status note_heard(void *context, const neume_store_event *event) {
    heard_list *list = context;
    const int32_t item = taste_catalogue_of_row(list->catalogue, event->item);
    if (item < 0 || event->kind != NEUME_EVENT_PLAY) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&list->at, &list->capacity, list->count + 1, sizeof *list->at));
    list->at[list->count++] = (heard){event->user, item};
    return NEUME_OK;
}

static int by_user_and_item(const void *a, const void *b) {
    const heard *one = a, *two = b;
    if (one->user != two->user) return one->user < two->user ? -1 : 1;
    return (one->item > two->item) - (one->item < two->item);
}

neume_status taste_count_listeners(neume_store *store, taste_catalogue *catalogue) {
    heard_list list = {.catalogue = catalogue};
    neume_status status = neume_store_each_event(store, 0, 0, note_heard, &list);
    if (!status && list.count) qsort(list.at, list.count, sizeof *list.at, by_user_and_item);
    for (size_t i = 0; i < list.count && !status; i++)
        if (i == 0 || by_user_and_item(&list.at[i - 1], &list.at[i]) != 0)
            catalogue->items[list.at[i].item].listeners++;
    neume__free(list.at);
    return status;
}

/* --- styles and artists ------------------------------------------------------------------------------------------- */

static double plays_of(const neume_store_event *event) {
    return event->kind != NEUME_EVENT_PLAY ? 0 : event->value > 0 ? event->value : 1;
}

/* Keeps the greatest of what it is shown, the greatest first. */
static void keep_greatest(profile_share *list, size_t most, profile_share shown) {
    size_t at = most;
    while (at > 0 && (!list[at - 1].name || list[at - 1].value < shown.value)) at--;
    if (at == most) return;
    memmove(list + at + 1, list + at, (most - 1 - at) * sizeof *list);
    list[at] = shown;
}

/* A tag that the lexicon of prompts knows as something else (a mood, an instrument, a voice) is no style. */
static neume_status is_style(const neume_words *words, const char *tag, bool *out) {
    neume_query query = neume_query_none();
    NEUME_TRY(neume_words_understand(words, tag, strlen(tag), &query));
    bool style = query.count == 0;
    for (size_t i = 0; i < query.count; i++) style = style || query.wishes[i].slot == NEUME_SLOT_STYLE;
    neume_query_clear(&query);
    *out = style;
    return NEUME_OK;
}

/* An item's tags share what it weighs, so that one with many tags counts no more than one with few. */
static void share_tags(const taste_item *item, double weight, double *tags) {
    double sum = 0;
    for (size_t i = 0; i < item->tag_count; i++) sum += (double)item->tags[i].weight;
    for (size_t i = 0; i < item->tag_count; i++) tags[item->tags[i].tag] += weight * (double)item->tags[i].weight / sum;
}

static double sum_of(const double *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += values[i];
    return sum;
}

static neume_status keep_styles(const taste_catalogue *catalogue, const double *own, const double *usual,
                                taste_profile *out) {
    const int64_t count = neume_ids_count(catalogue->tags);
    const double all = sum_of(own, count), all_usual = sum_of(usual, count);
    neume_words *words = NULL;
    neume_status status = neume_words_new(&words);
    for (int64_t i = 0; i < count && !status; i++) {
        const char *tag = neume_ids_name(catalogue->tags, i);
        bool style = false;
        if (!(own[i] > 0)) continue;
        status = is_style(words, tag, &style);
        if (style) keep_greatest(out->styles, PROFILE_STYLES, (profile_share){tag, own[i] / all, usual[i] / all_usual});
    }
    neume_words_free(words);
    return status;
}

static neume_status find_styles(const taste_catalogue *catalogue, const double *plays, taste_profile *out) {
    const size_t count = (size_t)neume_ids_count(catalogue->tags);
    double *own = neume__calloc(2 * count + 1, sizeof *own);
    if (!own) return NEUME_ENOMEM;
    for (int64_t i = 0; i < catalogue->count; i++) {
        share_tags(&catalogue->items[i], plays[i], own);
        share_tags(&catalogue->items[i], 1, own + count);
    }
    const neume_status status = keep_styles(catalogue, own, own + count, out);
    neume__free(own);
    return status;
}

static neume_status find_artists(const taste_catalogue *catalogue, const double *plays, taste_profile *out) {
    neume_ids *ids = NULL;
    double *sums = neume__calloc((size_t)catalogue->count + 1, sizeof *sums);
    neume_status status = sums ? neume_ids_new(&ids) : NEUME_ENOMEM;
    const char **names = status ? NULL : neume__calloc((size_t)catalogue->count + 1, sizeof *names);
    if (!status && !names) status = NEUME_ENOMEM;
    for (int64_t i = 0; i < catalogue->count && !status; i++) {
        int32_t artist = 0;
        if (!catalogue->items[i].artist || !(plays[i] > 0)) continue;
        status = neume_ids_add(ids, catalogue->items[i].artist, &artist);
        if (status) break;
        sums[artist] += plays[i];
        names[artist] = catalogue->items[i].artist;
    }
    out->artists = status ? 0 : neume_ids_count(ids);
    for (int64_t i = 0; i < out->artists; i++)
        keep_greatest(out->top_artists, PROFILE_ARTISTS, (profile_share){names[i], sums[i], 0});
    neume_ids_free(ids);
    neume__free(sums);
    neume__free((void *)names);
    return status;
}

/* --- hours -------------------------------------------------------------------------------------------------------- */

typedef struct hour_sums {
    double moods[MOODS], valence, arousal, felt;
} hour_sums;

static void add_moods(const taste_catalogue *catalogue, int32_t item, double plays, hour_sums *sums) {
    const taste_item *at = &catalogue->items[item];
    const double valence = taste_feature(catalogue, item, catalogue->valence);
    const double arousal = taste_feature(catalogue, item, catalogue->arousal);
    for (size_t i = 0; i < at->tag_count; i++)
        for (int mood = 0; mood < MOODS; mood++)
            if (strcmp(neume_ids_name(catalogue->tags, at->tags[i].tag), moods[mood]) == 0)
                sums->moods[mood] += plays * (double)at->tags[i].weight;
    if (!isfinite(valence) || !isfinite(arousal)) return;
    sums->valence += plays * valence;
    sums->arousal += plays * arousal;
    sums->felt += plays;
}

static int hour_of(int64_t time_s, double zone_hours) {
    const double hours = floor((double)time_s / 3600 + zone_hours);
    return (int)(hours - 24 * floor(hours / 24));
}

static void find_hours(const taste_catalogue *catalogue, const taste_events *events, double zone_hours,
                       taste_profile *out) {
    hour_sums sums[PROFILE_HOURS] = {0};
    for (size_t i = 0; i < events->count; i++) {
        const int32_t item = taste_catalogue_of_row(catalogue, events->at[i].item);
        if (item < 0 || !events->at[i].time_s || !(plays_of(&events->at[i]) > 0)) continue;
        const int hour = hour_of(events->at[i].time_s, zone_hours);
        out->hours[hour].plays += plays_of(&events->at[i]);
        add_moods(catalogue, item, plays_of(&events->at[i]), &sums[hour]);
    }
    for (int hour = 0; hour < PROFILE_HOURS; hour++) {
        double best = 0;
        for (int mood = 0; mood < MOODS; mood++)
            if (sums[hour].moods[mood] > best) {
                best = sums[hour].moods[mood];
                out->hours[hour].mood = moods[mood];
            }
        out->hours[hour].valence = sums[hour].felt > 0 ? sums[hour].valence / sums[hour].felt : (double)NAN;
        out->hours[hour].arousal = sums[hour].felt > 0 ? sums[hour].arousal / sums[hour].felt : (double)NAN;
    }
}

/* --- novelty ------------------------------------------------------------------------------------------------------ */

static double surprise_of(const taste_catalogue *catalogue, const double *plays, int64_t listeners) {
    double sum = 0, all = 0;
    for (int64_t i = 0; i < catalogue->count; i++) {
        if (!(plays[i] > 0) || !(catalogue->items[i].listeners > 0)) continue;
        sum += plays[i] * log2((double)listeners / catalogue->items[i].listeners);
        all += plays[i];
    }
    return all > 0 ? sum / all : 0;
}

static neume_status find_new_share(const taste_catalogue *catalogue, const taste_events *events, taste_profile *out) {
    int64_t *first_s = neume__calloc((size_t)catalogue->count + 1, sizeof *first_s);
    double recent = 0, new = 0;
    if (!first_s) return NEUME_ENOMEM;
    for (size_t i = 0; i < events->count; i++) {
        const int32_t item = taste_catalogue_of_row(catalogue, events->at[i].item);
        const int64_t time_s = events->at[i].time_s;
        if (item >= 0 && plays_of(&events->at[i]) > 0 && time_s && (!first_s[item] || time_s < first_s[item]))
            first_s[item] = time_s;
    }
    for (size_t i = 0; i < events->count; i++) {
        const int32_t item = taste_catalogue_of_row(catalogue, events->at[i].item);
        if (item < 0 || !(plays_of(&events->at[i]) > 0) || events->at[i].time_s <= out->last_s - recent_s) continue;
        recent++;
        new += events->at[i].time_s == first_s[item];
    }
    out->new_share = recent > 0 && out->last_s ? new / recent : (double)NAN;
    neume__free(first_s);
    return NEUME_OK;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void count_events(const taste_catalogue *catalogue, const taste_events *events, double *plays,
                         taste_profile *out) {
    for (size_t i = 0; i < events->count; i++) {
        const neume_store_event *event = &events->at[i];
        const int32_t item = taste_catalogue_of_row(catalogue, event->item);
        out->counts[event->kind]++;
        out->plays += plays_of(event);
        if (item >= 0) plays[item] += plays_of(event);
        if (event->time_s && (!out->first_s || event->time_s < out->first_s)) out->first_s = event->time_s;
        if (event->time_s > out->last_s) out->last_s = event->time_s;
    }
    for (int64_t i = 0; i < catalogue->count; i++) out->items += plays[i] > 0;
}

neume_status taste_profile_reckon(const taste_catalogue *catalogue, const taste_events *events, int64_t listeners,
                                  double zone_hours, taste_profile *out) {
    double *plays = neume__calloc((size_t)catalogue->count + 1, sizeof *plays);
    if (!plays) return NEUME_ENOMEM;
    count_events(catalogue, events, plays, out);
    find_hours(catalogue, events, zone_hours, out);
    out->surprise_bits = surprise_of(catalogue, plays, listeners);
    neume_status status = find_styles(catalogue, plays, out);
    if (!status) status = find_artists(catalogue, plays, out);
    if (!status) status = find_new_share(catalogue, events, out);
    neume__free(plays);
    return status;
}
