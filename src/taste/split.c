/* What is shown and what is hidden of each user. */
#include "facts.h"

#include "neume/taste_eval.h"

#include <math.h>
#include <stdlib.h>

typedef struct chance {
    int64_t at;   /* cell */
    double order; /* the largest are hidden */
} chance;

static int by_order(const void *a, const void *b) {
    const chance *x = a, *y = b;
    if (x->order != y->order) return x->order > y->order ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Sorts a user's cells so that the ones to hide come first. @return how many to hide */
static int64_t choose(const taste_facts *facts, const neume_taste_split *split, int64_t user, chance *chances) {
    const int64_t from = facts->plays.start[user], count = neume__sparse_length(&facts->plays, user);
    neume_rng rng = neume_rng_seeded(split->seed, (uint64_t)user);
    int64_t hidden = (int64_t)lround((double)count * split->share);
    for (int64_t i = 0; i < count; i++)
        chances[i] =
            (chance){from + i, split->by_time ? (double)facts->times_s[from + i] : neume_rng_uniform(&rng, 0, 1)};
    if (count) qsort(chances, (size_t)count, sizeof *chances, by_order);
    if (!hidden && count > 1) hidden = 1;
    return hidden < count ? hidden : count - 1; /* nobody is left with nothing */
}

static neume_status add_cells(const taste_facts *facts, int64_t user, const chance *chances, int64_t count,
                              taste_cells *cells) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = chances[i].at;
        NEUME_TRY(neume__cells_add(
            cells, (taste_cell){(int32_t)user, facts->plays.column[at], facts->plays.value[at], facts->times_s[at]}));
    }
    return NEUME_OK;
}

/* The facts with other plays. */
static neume_status replace_plays(const taste_facts *facts, const taste_cells *cells, taste_facts *out) {
    NEUME_TRY(neume__facts_copy(facts, out));
    neume_sparse plays;
    uint32_t *times_s = NULL;
    neume_status status = neume__sparse_build(cells, facts->plays.rows, facts->plays.columns, &plays, &times_s);
    if (status) {
        neume__facts_clear(out);
        return status;
    }
    neume__sparse_clear(&out->plays);
    neume__free(out->times_s);
    out->plays = plays;
    out->times_s = times_s;
    return NEUME_OK;
}

neume_status neume__facts_split(const taste_facts *facts, const neume_taste_split *split, taste_facts *shown,
                                taste_facts *hidden) {
    taste_cells show = {0}, hide = {0};
    neume_status status = NEUME_ENOMEM;
    if (!(split->share > 0 && split->share < 1)) return neume_fail(NEUME_EINVAL, "a share of %g to hide", split->share);
    chance *chances = neume__alloc((size_t)(facts->plays.columns + 1) * sizeof *chances);
    if (!chances) goto fail;
    for (int64_t u = 0; u < facts->plays.rows; u++) {
        const int64_t hidden_count = choose(facts, split, u, chances), count = neume__sparse_length(&facts->plays, u);
        if (!count) continue;
        NEUME_GO(add_cells(facts, u, chances, hidden_count, &hide));
        NEUME_GO(add_cells(facts, u, chances + hidden_count, count - hidden_count, &show));
    }
    NEUME_GO(replace_plays(facts, &show, shown));
    NEUME_GO(replace_plays(facts, &hide, hidden));
    goto done;
fail:
    neume__facts_clear(shown);
done:
    neume__free(chances);
    neume__cells_clear(&show);
    neume__cells_clear(&hide);
    return status;
}

neume_status neume_taste_data_split(neume_taste_data *data, const neume_taste_split *split, neume_taste_data **shown,
                                    neume_taste_data **hidden) {
    const taste_facts *facts = NULL;
    taste_facts parts[2] = {{0}, {0}};
    neume_taste_data *made = NULL;
    neume_status status;
    NEUME_TRY(neume__data_facts(data, &facts));
    NEUME_TRY(neume__facts_split(facts, split, &parts[0], &parts[1]));
    NEUME_GO(neume__data_of_facts(&parts[0], &made));
    NEUME_GO(neume__data_of_facts(&parts[1], hidden));
    *shown = made;
    return NEUME_OK;
fail:
    neume_taste_data_free(made);
    neume__facts_clear(&parts[0]);
    neume__facts_clear(&parts[1]);
    return status;
}
