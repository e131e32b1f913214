/* Ideas: what was written as pieces, ranked. */
#include "composer.h"

#include "neume/notation.h"

#include <stdlib.h>
#include <string.h>

/* In natural logarithms a token. */
static const double REPETITION_PRICE = 0.5; /* for a piece of one bar over and over */
static const double SILENCE_PRICE = 3;      /* for a piece of rests: likely, but no idea */
static const double OPEN_END_PRICE = 0.1;   /* for one whose last note is not its tonic */

void neume_ideas_clear(neume_ideas *ideas) {
    for (size_t i = 0; i < ideas->count; i++) neume_score_free(ideas->items[i].score);
    neume__free(ideas->items);
    *ideas = (neume_ideas){0};
}

/* The share of bars that are the same text as the bar before. */
static double repetition_of(const char *text) {
    const char *before = NULL, *at = text;
    size_t before_size = 0;
    int bars = 0, same = 0;
    while (*at) {
        at += strspn(at, "|:[]1234567890 \n");
        const size_t size = strcspn(at, "|");
        if (!size) break;
        bars++;
        same += before && size == before_size && memcmp(at, before, size) == 0;
        before = at;
        before_size = size;
        at += size;
    }
    return bars > 1 ? (double)same / (bars - 1) : 0;
}

/* The share of time that the first voice rests. */
static double silence_of(const neume_score *score) {
    int64_t all = 0, silent = 0;
    const neume_voice *v = score->voice_count ? &score->voices[0] : NULL;
    for (size_t i = 0; v && i < v->item_count; i++) {
        if (v->items[i].kind > NEUME_ITEM_REST || v->items[i].grace) continue;
        all += v->items[i].ticks;
        if (v->items[i].kind == NEUME_ITEM_REST) silent += v->items[i].ticks;
    }
    return all ? (double)silent / (double)all : 1;
}

static bool ends_on_tonic(const neume_score *score) {
    const neume_voice *v = score->voice_count ? &score->voices[score->voice_count - 1] : NULL;
    for (size_t i = v ? v->item_count : 0; i > 0; i--) {
        const neume_item *item = &v->items[i - 1];
        if (item->kind == NEUME_ITEM_NOTES && !item->grace && item->count)
            return v->pitches[item->first].step == score->key.tonic_step;
    }
    return false;
}

/* Whom the model pretends to quote is not where this comes from; one title is enough. */
static void forget_sources(neume_score *score) {
    size_t kept = 0;
    bool titled = false;
    for (size_t f = 0; f < score->field_count; f++) {
        const char letter = score->fields[f].letter;
        if (!strchr("TPMW", letter) || (letter == 'T' && titled)) continue;
        titled |= letter == 'T';
        score->fields[kept++] = score->fields[f];
    }
    score->field_count = kept;
}

static neume_status read_idea(const char *before, size_t before_size, const char *behind, const written *item,
                              neume_score **out) {
    neume_buffer abc = {0};
    neume_abc_place place = {0};
    neume_status status = neume_buffer_print(&abc, "X:1\n%.*s", (int)before_size, before);
    if (!status && item->text.size) status = neume_buffer_append(&abc, item->text.data, item->text.size);
    if (!status) status = neume_buffer_print(&abc, "%s\n", behind);
    if (!status) status = neume_abc_read(abc.data, abc.size, &place, NULL, out);
    neume_buffer_clear(&abc);
    return status;
}

neume_status neume__ideas_make(const char *before, size_t before_size, const char *behind, const written *items,
                               size_t count, neume_ideas *out) {
    for (size_t i = 0; i < count; i++) {
        neume_idea idea = {.likelihood = items[i].log_probability / (double)(items[i].tokens ? items[i].tokens : 1)};
        NEUME_TRY(neume__grow((void **)&out->items, &out->capacity, out->count + 1, sizeof *out->items));
        NEUME_TRY(read_idea(before, before_size, behind, &items[i], &idea.score));
        forget_sources(idea.score);
        idea.repetition = items[i].text.size ? repetition_of(items[i].text.data) : 0;
        idea.rank = idea.likelihood - REPETITION_PRICE * idea.repetition - SILENCE_PRICE * silence_of(idea.score) -
                    (ends_on_tonic(idea.score) ? 0 : OPEN_END_PRICE);
        out->items[out->count++] = idea;
    }
    return NEUME_OK;
}

static int by_rank(const void *left, const void *right) {
    const neume_idea *a = left, *b = right;
    return a->rank > b->rank ? -1 : a->rank < b->rank;
}

void neume__ideas_keep(neume_ideas *ideas, size_t keep) {
    if (ideas->count) qsort(ideas->items, ideas->count, sizeof *ideas->items, by_rank);
    for (; ideas->count > keep; ideas->count--) neume_score_free(ideas->items[ideas->count - 1].score);
}

neume_status neume__ideas_hand_out(neume_status status, neume_ideas *ideas, size_t keep, neume_ideas *out) {
    if (status) {
        neume_ideas_clear(ideas);
        return status;
    }
    neume__ideas_keep(ideas, keep);
    neume_ideas_clear(out);
    *out = *ideas;
    return NEUME_OK;
}
