/* Items against a query. A wish is answered by an item's fact of the same name; what an item is excluded for must be
 * plain, for a tag of one careless listener should hide nothing. */
#include "words_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Shares of the score beside the wishes themselves, and the strength from which a fact excludes; ours. */
static const float TAG_SHARE = 0.25f, EMOTION_SHARE = 0.15f, EXCLUDING = 0.3f;

/* What a wish asks of the facts. */
typedef struct asked {
    int64_t name, shorter; /* shorter: a name without its last word: Chopin for Chopin nocturnes; -1: none */
    float weight, bpm;     /* bpm 0: no tempo is asked */
    bool excluded;
} asked;

static int64_t find_shorter(const neume_matcher *m, char name[FACT_NAME_BYTES]) {
    char *last = strrchr(name, ' ');
    if (!last) return -1;
    *last = '\0';
    return neume_ids_find(m->names, name);
}

static neume_status read_wish(const neume_matcher *m, const neume_wish *wish, asked *out) {
    char name[FACT_NAME_BYTES];
    *out = (asked){.shorter = -1, .weight = (float)wish->weight, .excluded = wish->excluded};
    if (wish->slot == NEUME_SLOT_LIKE)
        NEUME_TRY(neume__fact_of_text("like=", wish->value, name));
    else
        snprintf(name, sizeof name, "%s=%s", neume_slot_name(wish->slot), wish->value);
    out->name = neume_ids_find(m->names, name);
    if (wish->slot == NEUME_SLOT_LIKE) out->shorter = find_shorter(m, name);
    if (wish->slot == NEUME_SLOT_TEMPO_BPM && sscanf(wish->value, "%f", &out->bpm) != 1) out->bpm = 0;
    return NEUME_OK;
}

static neume_status read_tag(const neume_matcher *m, const neume_query_tag *tag, asked *out) {
    char name[FACT_NAME_BYTES];
    NEUME_TRY(neume__fact_of_text("tag=", tag->tag, name));
    *out = (asked){neume_ids_find(m->names, name), -1, fabsf((float)tag->weight), 0, tag->weight < 0};
    return NEUME_OK;
}

/* 1 at the tempo asked, 0 a fifth away from it. */
static float tempo_fit(float bpm, float wanted) {
    return bpm > 0 ? fmaxf(0, 1 - fabsf(bpm / wanted - 1) * 5) : 0;
}

static float fit(const neume_matcher *m, size_t item, const asked *one) {
    if (one->bpm > 0) return tempo_fit(m->items[item].tempo_bpm, one->bpm);
    const float whole = neume__fact_strength(m, item, one->name);
    return fmaxf(whole, one->shorter >= 0 ? 0.8f * neume__fact_strength(m, item, one->shorter) : 0);
}

/* The weighted share of what is wanted that an item has; *hidden when it has what is not wanted. */
static float share_of(const neume_matcher *m, size_t item, const asked *list, size_t count, bool *hidden) {
    float has = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        const float strength = fit(m, item, &list[i]);
        if (list[i].excluded)
            *hidden |= strength >= EXCLUDING;
        else
            has += list[i].weight * strength, all += list[i].weight;
    }
    return all > 0 ? has / all : 0;
}

static float nearness(const matched_item *item, const neume_query *query) {
    const float valence = item->valence - (float)query->valence, arousal = item->arousal - (float)query->arousal;
    const float distance = sqrtf(valence * valence + arousal * arousal);
    return isfinite(distance) ? 1 - fminf(1, distance / 2) : 0;
}

neume_status neume_matcher_score(const neume_matcher *m, const neume_query *query, float *scores, uint8_t *excluded) {
    const size_t count = query->count + query->tag_count;
    neume_status status = NEUME_OK;
    asked *list = neume__calloc(count + 1, sizeof *list);
    if (!list) return NEUME_ENOMEM;
    for (size_t i = 0; i < query->count && !status; i++) status = read_wish(m, &query->wishes[i], &list[i]);
    for (size_t i = 0; i < query->tag_count && !status; i++)
        status = read_tag(m, &query->tags[i], &list[query->count + i]);
    for (size_t item = 0; item < m->count && !status; item++) {
        bool hidden = false;
        scores[item] = share_of(m, item, list, query->count, &hidden) +
                       TAG_SHARE * share_of(m, item, list + query->count, query->tag_count, &hidden) +
                       EMOTION_SHARE * nearness(&m->items[item], query);
        if (excluded) excluded[item] = hidden;
    }
    neume__free(list);
    return status;
}

/* --- why ---------------------------------------------------------------------------------------------------------- */

/* Values without a Chinese name of their own, as people say them. */
static neume_status print_value(const neume_matcher *m, const neume_wish *wish, bool chinese, neume_buffer *out) {
    const char *name = neume_words_name(m->words, wish->slot, wish->value, chinese);
    if (wish->slot == NEUME_SLOT_DECADE)
        return neume_buffer_print(out, chinese ? "%.4s年代" : "the %.4ss", wish->value);
    if (wish->slot == NEUME_SLOT_TEMPO_BPM)
        return neume_buffer_print(out, chinese ? "每分钟%s拍" : "%s bpm", wish->value);
    return neume_buffer_print(out, "%s", chinese || wish->slot == NEUME_SLOT_VOCALS ? name : wish->value);
}

neume_status neume_matcher_explain(const neume_matcher *m, const neume_query *query, int64_t item, neume_buffer *out) {
    if (item < 0 || item >= (int64_t)m->count) return neume_fail(NEUME_EINVAL, "no item %lld", (long long)item);
    const bool chinese = query->chinese;
    bool any = false;
    for (size_t i = 0; i < query->count; i++) {
        asked one;
        NEUME_TRY(read_wish(m, &query->wishes[i], &one));
        if (one.excluded || fit(m, (size_t)item, &one) <= 0) continue;
        NEUME_TRY(neume_buffer_print(out, "%s", any ? (chinese ? "、" : ", ") : chinese ? "符合你的要求：" : ""));
        NEUME_TRY(print_value(m, &query->wishes[i], chinese, out));
        any = true;
    }
    return any && !chinese ? neume_buffer_print(out, ", as you asked") : NEUME_OK;
}

/* --- fusion ------------------------------------------------------------------------------------------------------- */

typedef struct moments {
    double mean, deviation;
} moments;

static moments measure(const float *scores, const uint8_t *excluded, int64_t count) {
    double sum = 0, squares = 0, n = 0;
    for (int64_t i = 0; i < count; i++)
        if (!excluded || !excluded[i]) sum += (double)scores[i], n++;
    const double mean = n > 0 ? sum / n : 0;
    for (int64_t i = 0; i < count; i++)
        if (!excluded || !excluded[i]) squares += ((double)scores[i] - mean) * ((double)scores[i] - mean);
    return (moments){mean, n > 0 ? sqrt(squares / n) : 0};
}

/* Scores that are all alike say nothing: they count as 0. */
static double standard(float score, moments of) {
    return of.deviation > 1e-12 ? ((double)score - of.mean) / of.deviation : 0;
}

void neume_scores_blend(float *scores, const float *query_scores, const uint8_t *excluded, int64_t count,
                        double share) {
    const moments own = measure(scores, excluded, count), query = measure(query_scores, excluded, count);
    for (int64_t i = 0; i < count; i++)
        if (!excluded || !excluded[i])
            scores[i] = (float)((1 - share) * standard(scores[i], own) + share * standard(query_scores[i], query));
}
