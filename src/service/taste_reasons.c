/* Why an item is there, in words: what was asked for and is found in it, what was heard that leads to it. */
#include "taste_guide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REASONS = 6, MOST_CAUSES = 2, MOST_EXPLAINED = 40 };
/* A tag that makes up less of a history is no reason. */
static const double least_share = .05;

typedef struct reasons {
    const neume_guide *guide;
    const taste_wanted *wanted;
    int32_t item;
    bool chinese;
    neume_arena *arena;
    const char *at[MOST_REASONS];
    size_t count;
} reasons;

static neume_status add_reason(reasons *why, neume_buffer *text) {
    char *copy = why->count < MOST_REASONS ? neume_arena_alloc(why->arena, text->size + 1) : NULL;
    if (why->count < MOST_REASONS && !copy) return NEUME_ENOMEM;
    if (!copy) return NEUME_OK;
    memcpy(copy, text->data, text->size + 1);
    why->at[why->count++] = copy;
    return NEUME_OK;
}

/* Names apart by commas, of the prompt's language. */
static neume_status append_name(const reasons *why, const char *name, bool first, neume_buffer *out) {
    return neume_buffer_print(out, "%s%s", first ? "" : why->chinese ? "、" : ", ", name);
}

/* --- what was asked for ------------------------------------------------------------------------------------------- */

static neume_status reason_of_words(reasons *why) {
    neume_buffer text = {0};
    neume_status status = neume_matcher_explain(why->guide->matcher, &why->wanted->query, why->item, &text);
    if (!status && text.size) status = add_reason(why, &text);
    neume_buffer_clear(&text);
    return status;
}

/* --- what was heard ----------------------------------------------------------------------------------------------- */

/* Which items of the history lead here: by the model, or by likeness when it does not know the item. */
static neume_status find_causes(const reasons *why, taste_entries *causes) {
    const neume_guide *guide = why->guide;
    const taste_entries *history = &why->wanted->history;
    const int32_t item = guide->in_model[why->item];
    const size_t count = history->count < MOST_EXPLAINED ? history->count : MOST_EXPLAINED;
    neume_taste_entry known[MOST_EXPLAINED];
    neume_taste_hit found[MOST_EXPLAINED];
    int32_t number[MOST_EXPLAINED];
    size_t asked = 0, told = 0;
    /* The newest entries: what was named in the request stands at the end. */
    for (size_t i = history->count - count; i < history->count; i++) {
        if (item < 0 || guide->in_model[history->at[i].item] < 0 || !(history->at[i].weight > 0)) continue;
        number[asked] = history->at[i].item;
        known[asked++] = (neume_taste_entry){guide->in_model[history->at[i].item], history->at[i].weight};
    }
    if (asked) NEUME_TRY(neume_taste_explain(guide->model, known, asked, item, found, &told));
    for (size_t i = 0; i < told && causes->count < MOST_CAUSES; i++)
        for (size_t k = 0; k < asked; k++)
            if (known[k].item == found[i].item && found[i].score > 0) {
                NEUME_TRY(taste_entries_add(causes, number[k], found[i].score));
                break;
            }
    return NEUME_OK;
}

static neume_status reason_of_history(reasons *why) {
    const neume_request *request = why->wanted->request;
    const bool named = request->like || request->session_count;
    taste_entries causes = {0};
    neume_buffer text = {0};
    neume_status status = find_causes(why, &causes);
    if (!status)
        status = neume_buffer_print(&text, "%s",
                                    named ? (why->chinese ? "与这些相近：" : "goes with ")
                                          : (why->chinese ? "因为你听过：" : "because you heard "));
    for (size_t i = 0; i < causes.count && !status; i++)
        status = append_name(why, taste_item_name(&why->guide->catalogue->items[causes.at[i].item]), i == 0, &text);
    if (causes.count && !status) status = add_reason(why, &text);
    neume_buffer_clear(&text);
    neume__free(causes.at);
    return status;
}

/* Tags that the item shares with the history. */
static double share_of_tag(const reasons *why, int32_t tag) {
    const taste_entries *history = &why->wanted->history;
    double with = 0, all = 0;
    for (size_t i = 0; i < history->count; i++) {
        const taste_item *item = &why->guide->catalogue->items[history->at[i].item];
        const double weight = fmax(0, (double)history->at[i].weight);
        all += weight;
        for (size_t k = 0; k < item->tag_count; k++)
            if (item->tags[k].tag == tag) with += weight * (double)item->tags[k].weight;
    }
    return all > 0 ? with / all : 0;
}

static neume_status reason_of_shared_tags(reasons *why) {
    enum { SHOWN = 3 };
    const taste_item *item = &why->guide->catalogue->items[why->item];
    double best[SHOWN] = {0};
    int32_t tags[SHOWN] = {0};
    for (size_t i = 0; i < item->tag_count; i++) {
        const double value = share_of_tag(why, item->tags[i].tag) * (double)item->tags[i].weight;
        int at = SHOWN;
        while (at > 0 && best[at - 1] < value) at--;
        if (at == SHOWN || value < least_share) continue;
        memmove(best + at + 1, best + at, (size_t)(SHOWN - 1 - at) * sizeof *best);
        memmove(tags + at + 1, tags + at, (size_t)(SHOWN - 1 - at) * sizeof *tags);
        best[at] = value;
        tags[at] = item->tags[i].tag;
    }
    if (!(best[0] > 0)) return NEUME_OK;
    neume_buffer text = {0};
    neume_status status = neume_buffer_print(&text, "%s", why->chinese ? "你常听的风格：" : "of what you hear: ");
    for (int i = 0; i < SHOWN && best[i] > 0 && !status; i++)
        status = append_name(why, neume_ids_name(why->guide->catalogue->tags, tags[i]), i == 0, &text);
    if (!status) status = add_reason(why, &text);
    neume_buffer_clear(&text);
    return status;
}

/* --- how many know it --------------------------------------------------------------------------------------------- */

static neume_status reason_of_listeners(reasons *why) {
    const double popularity = (double)why->guide->popularity[why->item];
    const char *words = popularity > 1    ? (why->chinese ? "很多人喜欢" : "many listeners know it")
                        : popularity < -1 ? (why->chinese ? "知道的人不多" : "few listeners know it")
                                          : NULL;
    if (!words || !why->guide->model) return NEUME_OK;
    neume_buffer text = {0};
    neume_status status = neume_buffer_print(&text, "%s", words);
    if (!status) status = add_reason(why, &text);
    neume_buffer_clear(&text);
    return status;
}

static neume_status find_reasons(reasons *why) {
    if (why->wanted->fit) NEUME_TRY(reason_of_words(why));
    if (why->wanted->history.count) NEUME_TRY(reason_of_history(why));
    if (why->wanted->own_count) NEUME_TRY(reason_of_shared_tags(why));
    return reason_of_listeners(why);
}

neume_status taste_suggest(const neume_guide *guide, const taste_wanted *wanted, int32_t item, double score,
                           neume_arena *arena, neume_suggestion *out) {
    const taste_item *at = &guide->catalogue->items[item];
    reasons why = {.guide = guide, .wanted = wanted, .item = item, .chinese = wanted->query.chinese, .arena = arena};
    neume_status status = NEUME_OK;
    neume_suggestion suggestion = {
        .id = taste_copy_text(arena, at->id, &status),
        .name = taste_copy_text(arena, at->name, &status),
        .artist = taste_copy_text(arena, at->artist, &status),
        .year = at->year,
        .score = score,
    };
    if (!status && wanted->request->explain) status = find_reasons(&why);
    const char **kept = status ? NULL : neume_arena_alloc(arena, (why.count + 1) * sizeof *kept);
    if (!status && !kept) status = NEUME_ENOMEM;
    if (status) return status;
    memcpy(kept, why.at, why.count * sizeof *kept);
    suggestion.reasons = kept;
    suggestion.reason_count = why.count;
    *out = suggestion;
    return NEUME_OK;
}
