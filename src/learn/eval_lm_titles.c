/* Is a tune's title found among others? The model fills the gap behind "T:" with each candidate; a title that it would
 * give to any tune must not win by that, so what counts is how much likelier a title is for this tune than for tunes in
 * general, as some others stand for (pointwise mutual information). */
#include "eval_lm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 100, WITHIN = 10, OTHERS = 32, SPARE = 8, TITLE_LONGEST = 80 };

typedef struct titled {
    const tune *t;
    const char *title;
    size_t size;
    double usual; /* first its mean probability for others, then what that costs */
} titled;

/* The first line's title, of tunes that have one and fit the context. */
static bool title_of(const tune *t, titled *out) {
    if (t->size < 4 || t->text[0] != 'T' || t->text[1] != ':') return false;
    const char *end = memchr(t->text, '\n', t->size);
    out->t = t, out->title = t->text + 2, out->size = end ? (size_t)(end - out->title) : 0;
    return out->size >= 4 && out->size <= TITLE_LONGEST;
}

/* The tune with a gap where its title was. @return false: too long */
static neume_status gap_of(lm_reader *reader, const titled *asked, neume_tokens *out, bool *fits) {
    const char *rest = asked->title + asked->size;
    const size_t size = asked->t->size - (size_t)(rest - asked->t->text);
    out->count = 0;
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_BEGIN));
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_SUFFIX));
    NEUME_TRY(neume_vocabulary_encode(reader->vocabulary, rest, size, out));
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_PREFIX));
    NEUME_TRY(neume_vocabulary_encode(reader->vocabulary, "T:", 2, out));
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_MIDDLE));
    *fits = out->count + TITLE_LONGEST + 1 < reader->context;
    return NEUME_OK;
}

static neume_status title_cost(lm_reader *reader, neume_tokens *gap, const titled *candidate, double *out) {
    const size_t known = gap->count;
    NEUME_TRY(neume_vocabulary_encode(reader->vocabulary, candidate->title, candidate->size, gap));
    NEUME_TRY(neume_tokens_add(gap, NEUME_TOKEN_FILLED));
    /* The stream holds all but the gap's last token, whose logits say how the title begins. */
    const neume_status status = lm_reader_cost(reader, gap, known - 1, known, out);
    gap->count = known;
    return status;
}

static neume_status begin_gap(lm_reader *reader, const titled *asked, neume_tokens *gap, bool *fits) {
    NEUME_TRY(gap_of(reader, asked, gap, fits));
    if (!*fits) return NEUME_OK;
    const neume_tokens all_but_one = {.ids = gap->ids, .count = gap->count - 1};
    return lm_reader_begin(reader, &all_but_one);
}

/* How likely each title is for some tunes that are not asked about. */
static neume_status find_usual(lm_reader *reader, titled *titles, size_t count, size_t others_from) {
    neume_tokens gap = {0};
    neume_status status = NEUME_OK;
    int used = 0;
    for (size_t k = others_from; k < count && used < OTHERS && !status; k++) {
        bool fits = false;
        status = begin_gap(reader, &titles[k], &gap, &fits);
        if (status || !fits) continue;
        used++;
        for (size_t i = 0; i < others_from && !status; i++) {
            double cost = 0;
            status = title_cost(reader, &gap, &titles[i], &cost);
            titles[i].usual += exp(-cost) / OTHERS;
        }
    }
    for (size_t i = 0; i < others_from; i++) titles[i].usual = -log(fmax(titles[i].usual, 1e-300));
    neume_tokens_clear(&gap);
    return status;
}

static bool same_title(const titled *a, const titled *b) {
    return a->size == b->size && memcmp(a->title, b->title, a->size) == 0;
}

/* The place of a tune's own title among those of 99 others; 0 where the tune is too long to be read. */
static neume_status place_of(lm_reader *reader, const titled *titles, size_t count, size_t asked, neume_tokens *gap,
                             int *place) {
    bool fits;
    double own;
    *place = 0;
    NEUME_TRY(begin_gap(reader, &titles[asked], gap, &fits));
    if (!fits) return NEUME_OK;
    NEUME_TRY(title_cost(reader, gap, &titles[asked], &own));
    own -= titles[asked].usual;
    *place = 1;
    int compared = 1;
    for (size_t k = 1; k < count && compared < CANDIDATES; k++) {
        const titled *other = &titles[(asked + k) % count];
        if (same_title(other, &titles[asked])) continue;
        double cost;
        NEUME_TRY(title_cost(reader, gap, other, &cost));
        *place += cost - other->usual <= own;
        compared++;
    }
    return NEUME_OK;
}

static void shuffle(titled *titles, size_t count, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 41);
    for (size_t i = count; i > 1; i--) {
        const size_t k = (size_t)neume_rng_below(&rng, (int64_t)i);
        const titled kept = titles[i - 1];
        titles[i - 1] = titles[k], titles[k] = kept;
    }
}

neume_status lm_eval_titles(lm_reader *reader, const tunes *set, const neume_lm_eval_options *options,
                            const neume_progress *progress, neume_lm_scores *scores) {
    titled *titles = neume__calloc(set->count, sizeof *titles);
    if (!titles) return NEUME_ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) count += title_of(&set->items[i], &titles[count]);
    shuffle(titles, count, (uint64_t)options->seed);
    size_t asked = (size_t)options->titles > CANDIDATES + 20 ? (size_t)options->titles : CANDIDATES + 20;
    if (asked + OTHERS + SPARE > count) asked = count > OTHERS + SPARE ? count - OTHERS - SPARE : 0;
    neume_tokens gap = {0};
    neume_status status = asked > CANDIDATES ? find_usual(reader, titles, count, asked)
                                             : neume_fail(NEUME_EFORMAT, "fewer titles than candidates");
    double found = 0, reciprocal = 0;
    for (size_t i = 0; i < asked && i < (size_t)options->titles && !status; i++) {
        int place = 0;
        status = neume_cancelled() ? neume_fail(NEUME_ECANCELLED, "stopped")
                                   : place_of(reader, titles, asked, i, &gap, &place);
        if (status || !place) continue;
        scores->titles++;
        found += place <= WITHIN;
        reciprocal += 1.0 / place;
        neume__progress(progress, (double)i, (double)options->titles);
    }
    if (scores->titles) scores->title_recall = found / scores->titles, scores->title_rank = reciprocal / scores->titles;
    neume_tokens_clear(&gap);
    neume__free(titles);
    return status;
}
