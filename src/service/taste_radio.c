/* A radio: what was asked for draws it, what it just played draws it on, and chance keeps it from going in circles. */
#include "taste_guide.h"

#include <math.h>
#include <string.h>

enum { REMEMBERED = 3, CANDIDATES = 40 };
/* How much of the next choice is what was just played, and how wide chance may choose (both in deviations of scores).
 */
static const double last_counts = .6, chance = .5;

struct neume_radio {
    neume_guide *guide;
    neume_request request;
    neume_arena *words; /* the request's texts */
    neume_arena *arena; /* of the suggestion handed out last */
    taste_wanted wanted;
    float *asked, *scores;    /* (items) */
    uint8_t *excluded;        /* (items) never, or played already in this round */
    int32_t last[REMEMBERED]; /* the newest first, -1 = none */
    int64_t played, possible; /* in this round */
    neume_rng rng;
};

/* --- making one --------------------------------------------------------------------------------------------------- */

static neume_status copy_request(neume_radio *radio, const neume_request *from) {
    neume_status status = NEUME_OK;
    const char **session = neume_arena_alloc(radio->words, (from->session_count + 1) * sizeof *session);
    if (!session) return NEUME_ENOMEM;
    for (size_t i = 0; i < from->session_count; i++)
        session[i] = taste_copy_text(radio->words, from->session[i], &status);
    radio->request = *from;
    radio->request.count = 1;
    radio->request.user = taste_copy_text(radio->words, from->user, &status);
    radio->request.like = taste_copy_text(radio->words, from->like, &status);
    radio->request.prompt = taste_copy_text(radio->words, from->prompt, &status);
    radio->request.session = session;
    return status;
}

neume_status neume_radio_new(neume_guide *guide, const neume_request *request, neume_radio **out) {
    const size_t items = (size_t)guide->catalogue->count;
    neume_radio *radio = neume__calloc(1, sizeof *radio);
    neume_status status = radio ? NEUME_OK : NEUME_ENOMEM;
    if (status) return status;
    radio->guide = guide;
    radio->rng = neume_rng_seeded(request->seed, 1);
    for (int i = 0; i < REMEMBERED; i++) radio->last[i] = -1;
    if (request->from) {
        status = neume_fail(NEUME_EINVAL, "a radio has no ends");
        goto fail;
    }
    NEUME_GO(neume_arena_new(&radio->words));
    NEUME_GO(neume_arena_new(&radio->arena));
    NEUME_GO(copy_request(radio, request));
    NEUME_GO(taste_wanted_read(guide, &radio->request, &radio->wanted));
    radio->asked = neume__alloc((2 * items + 1) * sizeof *radio->asked);
    radio->excluded = neume__calloc(items + 1, 1);
    if (!radio->asked || !radio->excluded) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    radio->scores = radio->asked + items;
    memcpy(radio->excluded, radio->wanted.excluded, items);
    for (size_t i = 0; i < items; i++) radio->possible += !radio->excluded[i];
    if (!radio->possible) {
        status = neume_fail(NEUME_ENOTFOUND, "nothing is left that could be played");
        goto fail;
    }
    NEUME_GO(taste_score_wanted(guide, &radio->wanted, radio->asked));
    *out = radio;
    return NEUME_OK;
fail:
    neume_radio_free(radio);
    return status;
}

void neume_radio_free(neume_radio *radio) {
    if (!radio) return;
    taste_wanted_clear(&radio->wanted);
    neume_arena_free(radio->words);
    neume_arena_free(radio->arena);
    neume__free(radio->asked);
    neume__free(radio->excluded);
    neume__free(radio);
}

/* --- playing ------------------------------------------------------------------------------------------------------ */

/* What was asked for, drawn towards the last items. */
static neume_status score_next(neume_radio *radio) {
    const int64_t items = radio->guide->catalogue->count;
    taste_entries last = {0};
    neume_status status = NEUME_OK;
    for (int i = 0; i < REMEMBERED && !status; i++)
        if (radio->last[i] >= 0) status = taste_entries_add(&last, radio->last[i], 1 / (float)(i + 1));
    if (!status && last.count) status = taste_score_history(radio->guide, &last, radio->scores);
    for (int64_t i = 0; i < items && !status; i++)
        radio->scores[i] = radio->asked[i] + (last.count ? (float)last_counts * radio->scores[i] : 0);
    neume__free(last.at);
    return status;
}

static bool artist_was_just_on(const neume_radio *radio, int32_t item) {
    const taste_item *items = radio->guide->catalogue->items;
    for (int i = 0; i < REMEMBERED; i++)
        if (radio->last[i] >= 0 && items[item].artist && items[radio->last[i]].artist &&
            strcmp(items[item].artist, items[radio->last[i]].artist) == 0)
            return true;
    return false;
}

/* The best after chance was added to each (Gumbel noise: the choice is as by softmax). -1: no candidate fits. */
static int32_t draw(neume_radio *radio, const neume_taste_hit *hits, size_t count, bool any_artist) {
    int32_t best = -1;
    double best_value = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        const double gumbel = -log(-log(neume_rng_uniform(&radio->rng, 1e-12, 1)));
        const double value = (double)hits[i].score + chance * gumbel;
        if ((!any_artist && artist_was_just_on(radio, hits[i].item)) || !(value > best_value)) continue;
        best = hits[i].item;
        best_value = value;
    }
    return best;
}

static void note_played(neume_radio *radio, int32_t item) {
    const size_t items = (size_t)radio->guide->catalogue->count;
    memmove(radio->last + 1, radio->last, (REMEMBERED - 1) * sizeof *radio->last);
    radio->last[0] = item;
    radio->excluded[item] = 1;
    if (++radio->played * 2 < radio->possible) return;
    memcpy(radio->excluded, radio->wanted.excluded, items); /* a new round, but for what was just played */
    for (int i = 0; i < REMEMBERED && radio->possible > REMEMBERED; i++)
        if (radio->last[i] >= 0) radio->excluded[radio->last[i]] = 1;
    radio->played = 0;
}

neume_status neume_radio_next(neume_radio *radio, neume_suggestion *next) {
    neume_taste_hit hits[CANDIDATES];
    NEUME_TRY(score_next(radio));
    const size_t count =
        neume_taste_top(radio->scores, radio->guide->catalogue->count, radio->excluded, CANDIDATES, hits);
    int32_t item = draw(radio, hits, count, false);
    if (item < 0) item = draw(radio, hits, count, true);
    if (item < 0) return neume_fail(NEUME_ENOTFOUND, "nothing is left that could be played");
    neume_arena_clear(radio->arena);
    NEUME_TRY(taste_suggest(radio->guide, &radio->wanted, item, (double)radio->scores[item], radio->arena, next));
    note_played(radio, item);
    return NEUME_OK;
}
