#include "taste_prompt.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { FOLDED_BYTES = 128 };

/* --- items for the matcher ---------------------------------------------------------------------------------------- */

/* Features of emotion reach from -1 to 1, or, as is usual elsewhere, from 0 to 1. */
static bool reaches_below_zero(const taste_catalogue *catalogue) {
    for (int32_t i = 0; i < catalogue->count; i++)
        if (taste_feature(catalogue, i, catalogue->valence) < 0 || taste_feature(catalogue, i, catalogue->arousal) < 0)
            return true;
    return false;
}

typedef struct tag_page {
    const char **names;
    float *weights;
    size_t name_capacity, weight_capacity;
} tag_page;

static neume_status add_item(neume_matcher *matcher, const taste_catalogue *catalogue, int32_t number, bool from_zero,
                             tag_page *page) {
    const taste_item *item = &catalogue->items[number];
    const double tempo_bpm = taste_feature(catalogue, number, catalogue->tempo);
    const double valence = taste_feature(catalogue, number, catalogue->valence);
    const double arousal = taste_feature(catalogue, number, catalogue->arousal);
    NEUME_TRY(neume__grow((void **)&page->names, &page->name_capacity, item->tag_count + 1, sizeof *page->names));
    NEUME_TRY(neume__grow((void **)&page->weights, &page->weight_capacity, item->tag_count + 1, sizeof(float)));
    for (size_t i = 0; i < item->tag_count; i++) {
        page->names[i] = neume_ids_name(catalogue->tags, item->tags[i].tag);
        page->weights[i] = item->tags[i].weight;
    }
    const neume_match_item told = {
        .title = item->name,
        .artist = item->artist,
        .tags = page->names,
        .tag_weights = page->weights,
        .tag_count = item->tag_count,
        .year = item->year,
        .tempo_bpm = isfinite(tempo_bpm) ? tempo_bpm : 0,
        .valence = from_zero ? 2 * valence - 1 : valence,
        .arousal = from_zero ? 2 * arousal - 1 : arousal,
    };
    return neume_matcher_add(matcher, &told);
}

neume_status taste_matcher_of(const taste_catalogue *catalogue, const neume_words *words, neume_matcher **out) {
    const bool from_zero = !reaches_below_zero(catalogue);
    neume_matcher *matcher = NULL;
    tag_page page = {0};
    NEUME_TRY(neume_matcher_new(words, &matcher));
    neume_status status = NEUME_OK;
    for (int32_t i = 0; i < catalogue->count && !status; i++)
        status = add_item(matcher, catalogue, i, from_zero, &page);
    neume__free((void *)page.names);
    neume__free(page.weights);
    if (status)
        neume_matcher_free(matcher);
    else
        *out = matcher;
    return status;
}

/* --- whom "like X" means ------------------------------------------------------------------------------------------ */

/* Lower case, and blanks for hyphens: "Hip-Hop" and "hip hop" are one. */
static void fold(const char *text, char out[FOLDED_BYTES]) {
    size_t count = 0;
    for (; *text && count + 1 < FOLDED_BYTES; text++)
        out[count++] = *text == '-' || *text == '_' ? ' ' : (char)tolower((unsigned char)*text);
    out[count] = '\0';
}

static bool is_word(unsigned char c) {
    return isalnum(c) || c >= 0x80;
}

/* Does `part` stand in `whole` as words of its own? */
static bool has_words(const char *whole, const char *part) {
    const size_t length = strlen(part);
    for (const char *at = whole; length && (at = strstr(at, part)); at++)
        if ((at == whole || !is_word((unsigned char)at[-1])) && !is_word((unsigned char)at[length])) return true;
    return false;
}

size_t taste_likes_of(const taste_catalogue *catalogue, const char *value, int32_t out[TASTE_MOST_LIKES]) {
    char wanted[FOLDED_BYTES], name[FOLDED_BYTES], artist[FOLDED_BYTES];
    size_t count = 0;
    fold(value, wanted);
    for (int32_t i = 0; i < catalogue->count && count < TASTE_MOST_LIKES; i++) {
        const taste_item *item = &catalogue->items[i];
        fold(taste_item_name(item), name);
        fold(item->artist ? item->artist : "", artist);
        if (strcmp(name, wanted) == 0 || has_words(wanted, artist) || has_words(artist, wanted)) out[count++] = i;
    }
    return count;
}
