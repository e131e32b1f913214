#include "taste_match.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is not wanted counts more than what is: one wrong song is remembered longer than one right one. */
static const double excluded_counts = 1.5;
/* Tags that go with the words, as against what was said itself. */
static const double implied_tag_counts = .5;
enum { FOLDED_BYTES = 128, MOST_LIKES = 32 };

/* --- words against tags ------------------------------------------------------------------------------------------- */

/* Lower case, and blanks for hyphens: "Hip-Hop" and "hip hop" are one. */
static void fold(const char *text, char out[FOLDED_BYTES]) {
    size_t count = 0;
    for (; *text && count + 1 < FOLDED_BYTES; text++)
        out[count++] = *text == '-' || *text == '_' ? ' ' : (char)tolower((unsigned char)*text);
    out[count] = '\0';
}

bool taste_same_words(const char *a, const char *b) {
    char one[FOLDED_BYTES], two[FOLDED_BYTES];
    fold(a, one);
    fold(b, two);
    return strcmp(one, two) == 0;
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

/* How well a tag names a value: the same words 1, more words than it ("progressive rock" for rock) .7. */
static float names(const char *tag, const char *value) {
    return strcmp(tag, value) == 0 ? 1 : has_words(tag, value) ? .7f : 0;
}

/* What people tag voices with; other slots are tagged with their values. */
static const char *const *spellings(neume_slot slot, const char *value) {
    static const char *const none[] = {"instrumental", NULL}, *const any[] = {"vocal", "vocals", "singer songwriter",
                                                                              NULL};
    static const char *const male[] = {"male vocals", "male vocalist", "male vocalists", NULL};
    static const char *const female[] = {"female vocals", "female vocalist", "female vocalists", NULL};
    if (slot != NEUME_SLOT_VOCALS) return NULL;
    return strcmp(value, "no") == 0       ? none
           : strcmp(value, "male") == 0   ? male
           : strcmp(value, "female") == 0 ? female
                                          : any;
}

static void find_tags(const taste_catalogue *catalogue, taste_probe *probe) {
    const char *const *other = spellings(probe->slot, probe->value);
    char value[FOLDED_BYTES], tag[FOLDED_BYTES];
    fold(probe->value, value);
    for (int64_t i = 0; i < neume_ids_count(catalogue->tags); i++) {
        fold(neume_ids_name(catalogue->tags, i), tag);
        float best = other ? 0 : names(tag, value);
        for (const char *const *at = other; at && *at; at++) best = fmaxf(best, names(tag, *at));
        probe->tags[i] = best;
    }
}

/* Items that a wish "like X" means: of that artist, of that name, or of an artist whom X begins with. */
static void find_likes(const taste_catalogue *catalogue, taste_probe *probe) {
    char value[FOLDED_BYTES], name[FOLDED_BYTES], artist[FOLDED_BYTES];
    fold(probe->value, value);
    for (int32_t i = 0; i < catalogue->count && probe->like_count < MOST_LIKES; i++) {
        const taste_item *item = &catalogue->items[i];
        fold(taste_item_name(item), name);
        fold(item->artist ? item->artist : "", artist);
        if (strcmp(name, value) == 0 || (*artist && has_words(value, artist)) || has_words(artist, value))
            probe->likes[probe->like_count++] = i;
    }
}

/* --- probes ------------------------------------------------------------------------------------------------------- */

static neume_status add_probe(taste_match *match, const taste_probe *wanted) {
    taste_probe *probe = &match->probes[match->count];
    *probe = *wanted;
    if (!probe->emotion) {
        probe->tags =
            neume_arena_alloc(match->arena, ((size_t)neume_ids_count(match->catalogue->tags) + 1) * sizeof(float));
        if (!probe->tags) return NEUME_ENOMEM;
        find_tags(match->catalogue, probe);
    }
    if (probe->slot == NEUME_SLOT_LIKE) {
        probe->likes = neume_arena_alloc(match->arena, MOST_LIKES * sizeof(int32_t));
        if (!probe->likes) return NEUME_ENOMEM;
        find_likes(match->catalogue, probe);
    }
    match->count++;
    return NEUME_OK;
}

static bool reaches_below_zero(const taste_catalogue *catalogue) {
    for (int32_t i = 0; i < catalogue->count; i++)
        if (taste_feature(catalogue, i, catalogue->valence) < 0 || taste_feature(catalogue, i, catalogue->arousal) < 0)
            return true;
    return false;
}

static neume_status add_probes(taste_match *match, const neume_query *query) {
    for (size_t i = 0; i < query->count; i++) {
        const neume_wish *wish = &query->wishes[i];
        NEUME_TRY(add_probe(
            match, &(taste_probe){
                       .slot = wish->slot, .value = wish->value, .excluded = wish->excluded, .weight = wish->weight}));
    }
    for (size_t i = 0; i < query->tag_count; i++) {
        const neume_query_tag *tag = &query->tags[i];
        NEUME_TRY(add_probe(match, &(taste_probe){.slot = NEUME_SLOTS,
                                                  .value = tag->tag,
                                                  .excluded = tag->weight < 0,
                                                  .weight = implied_tag_counts * fabs(tag->weight)}));
    }
    const bool felt = isfinite(query->valence) && isfinite(query->arousal);
    if (!felt || match->catalogue->valence < 0 || match->catalogue->arousal < 0) return NEUME_OK;
    match->from_minus_one = reaches_below_zero(match->catalogue);
    return add_probe(match, &(taste_probe){.slot = NEUME_SLOTS, .emotion = true, .value = "", .weight = 1});
}

neume_status taste_match_new(const taste_catalogue *catalogue, const neume_query *query, taste_match **out) {
    taste_match *match = neume__calloc(1, sizeof *match);
    neume_status status = match ? NEUME_OK : NEUME_ENOMEM;
    if (status) return status;
    match->catalogue = catalogue;
    match->query = query;
    NEUME_GO(neume_arena_new(&match->arena));
    match->probes = neume_arena_alloc(match->arena, (query->count + query->tag_count + 1) * sizeof *match->probes);
    if (!match->probes) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    NEUME_GO(add_probes(match, query));
    *out = match;
    return NEUME_OK;
fail:
    taste_match_free(match);
    return status;
}

void taste_match_free(taste_match *match) {
    if (!match) return;
    neume_arena_free(match->arena);
    neume__free(match);
}

/* --- evidence ----------------------------------------------------------------------------------------------------- */

static double tag_evidence(const taste_probe *probe, const taste_item *item) {
    double best = 0;
    for (size_t i = 0; i < item->tag_count; i++)
        best = fmax(best, (double)probe->tags[item->tags[i].tag] * (double)item->tags[i].weight);
    return best;
}

static double decade_evidence(const char *value, int year) {
    const int from = atoi(value);
    if (!year || !from) return 0;
    const int away = year < from ? from - year : year > from + 9 ? year - from - 9 : 0;
    return fmax(0, 1 - away / 3.0); /* two years beside it are nearly in it */
}

/* 1 between low and high, falling to 0 over 20 beats a minute on either side. */
static double band(double bpm, double low, double high) {
    return bpm < low ? fmax(0, 1 - (low - bpm) / 20) : bpm > high ? fmax(0, 1 - (bpm - high) / 20) : 1;
}

static double tempo_evidence(const taste_probe *probe, double bpm) {
    if (probe->slot == NEUME_SLOT_TEMPO_BPM) {
        const double wanted = strtod(probe->value, NULL);
        return band(bpm, wanted - 4, wanted + 4);
    }
    if (strcmp(probe->value, "slow") == 0) return band(bpm, 0, 85);
    return strcmp(probe->value, "fast") == 0 ? band(bpm, 125, 1000) : band(bpm, 90, 120);
}

/* Valence and arousal as a point of Russell's plane; half a unit away is half as good. */
static double emotion_evidence(const taste_match *match, int32_t item) {
    double valence = taste_feature(match->catalogue, item, match->catalogue->valence);
    double arousal = taste_feature(match->catalogue, item, match->catalogue->arousal);
    if (!isfinite(valence) || !isfinite(arousal)) return 0;
    if (!match->from_minus_one) {
        valence = 2 * valence - 1;
        arousal = 2 * arousal - 1;
    }
    return fmax(0, 1 - hypot(valence - match->query->valence, arousal - match->query->arousal));
}

static double like_evidence(const taste_match *match, const taste_probe *probe, int32_t item) {
    double best = 0;
    for (size_t i = 0; i < probe->like_count; i++)
        best = fmax(best, taste_alike(match->catalogue, probe->likes[i], item));
    return best;
}

double taste_evidence(const taste_match *match, const taste_probe *probe, int32_t item) {
    const taste_item *at = &match->catalogue->items[item];
    if (probe->emotion) return emotion_evidence(match, item);
    const double told = tag_evidence(probe, at);
    const double bpm = taste_feature(match->catalogue, item, match->catalogue->tempo);
    if (probe->slot == NEUME_SLOT_DECADE) return fmax(told, decade_evidence(probe->value, at->year));
    if (probe->slot == NEUME_SLOT_LIKE) return fmax(told, like_evidence(match, probe, item));
    const bool of_tempo = probe->slot == NEUME_SLOT_TEMPO || probe->slot == NEUME_SLOT_TEMPO_BPM;
    return of_tempo && isfinite(bpm) ? fmax(told, tempo_evidence(probe, bpm)) : told;
}

double taste_match_score(const taste_match *match, int32_t item) {
    double sum = 0, weights = 0;
    for (size_t i = 0; i < match->count; i++) {
        const taste_probe *probe = &match->probes[i];
        const double evidence = probe->weight * taste_evidence(match, probe, item);
        sum += probe->excluded ? -excluded_counts * evidence : evidence;
        if (!probe->excluded) weights += probe->weight;
    }
    return weights > 0 ? sum / weights : sum;
}
