/* Dynamics: a mark counts from its place on the page on, for all voices of its staff, and for the other staves of its
 * part until these have marks of their own: one "p" between the hands of a piano is meant for both. */
#include "score_loudness.h"

#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { VELOCITY = 80 };

static const struct {
    const char *mark;
    int velocity, accent;
} DYNAMICS[] = {
    {"p", 53, 0},   {"f", 93, 0},     {"pp", 40, 0},     {"mf", 80, 0},    {"mp", 66, 0},
    {"ff", 105, 0}, {"ppp", 30, 0},   {"fff", 115, 0},   {"pppp", 22, 0},  {"ffff", 122, 0},
    {"sf", 0, 105}, {"sfz", 0, 105},  {"fz", 0, 105},    {"rf", 0, 100},   {"rfz", 0, 100},
    {"fp", 53, 93}, {"sfp", 53, 105}, {"sfpp", 40, 105}, {"sffz", 0, 115}, {"n", 15, 0},
};

static neume_status add_mark(loudness *to, loudness_mark mark) {
    NEUME_TRY(ONE_MORE(to, mark, marks));
    mark.order = to->mark_count;
    to->marks[to->mark_count++] = mark;
    return NEUME_OK;
}

static neume_status read_voice(const neume_voice *voice, loudness *out) {
    for (size_t w = 0; w < voice->words_count; w++) {
        const neume_words *words = &voice->words[w];
        if (words->kind != NEUME_WORDS_MARK || words->item < 0 || (size_t)words->item >= voice->item_count) continue;
        for (size_t i = 0; i < sizeof DYNAMICS / sizeof *DYNAMICS; i++)
            if (strcmp(words->text, DYNAMICS[i].mark) == 0)
                NEUME_TRY(add_mark(out, (loudness_mark){.at = voice->items[words->item].at,
                                                        .part = voice->part,
                                                        .staff = voice->staff,
                                                        .velocity = DYNAMICS[i].velocity,
                                                        .accent = DYNAMICS[i].accent}));
    }
    return NEUME_OK;
}

static int by_place(const void *left, const void *right) {
    const loudness_mark *a = left, *b = right;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

neume_status loudness_read(const neume_score *score, loudness *out) {
    for (size_t i = 0; i < score->voice_count; i++) NEUME_TRY(read_voice(&score->voices[i], out));
    if (out->mark_count) qsort(out->marks, out->mark_count, sizeof *out->marks, by_place);
    return NEUME_OK;
}

neume_status loudness_of_voice(const loudness *all, const neume_voice *voice, loudness *out) {
    bool own = false;
    int velocity = VELOCITY;
    for (size_t i = 0; i < all->mark_count; i++) {
        loudness_mark mark = all->marks[i];
        if (mark.part != voice->part) continue;
        own |= mark.staff == voice->staff;
        if (own && mark.staff != voice->staff) continue;
        velocity = mark.velocity = mark.velocity ? mark.velocity : velocity;
        NEUME_TRY(add_mark(out, mark));
    }
    return NEUME_OK;
}

int loudness_at(const loudness *voice, int64_t at) {
    size_t low = 0, high = voice->mark_count; /* marks[low - 1] will be the last one at or before the place */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (voice->marks[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low) return VELOCITY;
    const loudness_mark *mark = &voice->marks[low - 1];
    return mark->at == at && mark->accent > mark->velocity ? mark->accent : mark->velocity;
}

void loudness_clear(loudness *all) {
    neume__free(all->marks);
    *all = (loudness){0};
}
