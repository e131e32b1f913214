#include "part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const taste_kind *const kinds[NEUME_TASTE_ALGORITHMS] = {
    [NEUME_TASTE_POPULARITY] = &neume__taste_popularity,
    [NEUME_TASTE_RANDOM] = &neume__taste_random,
    [NEUME_TASTE_ITEMKNN] = &neume__taste_itemknn,
    [NEUME_TASTE_USERKNN] = &neume__taste_userknn,
    [NEUME_TASTE_RP3BETA] = &neume__taste_rp3beta,
    [NEUME_TASTE_EASE] = &neume__taste_ease,
    [NEUME_TASTE_ALS] = &neume__taste_als,
    [NEUME_TASTE_BPR] = &neume__taste_bpr,
    [NEUME_TASTE_CONTENT] = &neume__taste_content,
    [NEUME_TASTE_HYBRID] = &neume__taste_hybrid,
};

const taste_kind *neume__taste_kind(neume_taste_algorithm algorithm) {
    return kinds[algorithm];
}

const char *neume_taste_algorithm_name(neume_taste_algorithm algorithm) {
    return (unsigned)algorithm < NEUME_TASTE_ALGORITHMS ? kinds[algorithm]->name : NULL;
}

neume_status neume_taste_algorithm_find(const char *name, neume_taste_algorithm *out) {
    for (int i = 0; i < NEUME_TASTE_ALGORITHMS; i++)
        if (strcmp(kinds[i]->name, name) == 0) {
            *out = (neume_taste_algorithm)i;
            return NEUME_OK;
        }
    return neume_fail(NEUME_ENOTFOUND, "no algorithm is called '%.40s'", name);
}

neume_taste_options neume_taste_defaults(neume_taste_algorithm algorithm) {
    neume_taste_options options = kinds[algorithm]->defaults;
    options.algorithm = algorithm;
    return options;
}

/* --- options ------------------------------------------------------------------------------------------------------ */

neume_status neume__options_check(const neume_taste_options *o) {
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"neighbours", o->neighbours, 1, 10000},
        {"regularisation", o->regularisation, 1e-6, 1e9},
        {"confidence", o->confidence, 0, 1e6},
        {"damping", o->damping, 0, 2},
        {"tags", o->tags, 0, 1e3},
        {"plays power", o->plays_power, 0, 2},
        {"factors", o->factors, 1, 1024},
        {"sweeps", o->sweeps, 1, 10000},
    };
    if ((unsigned)o->algorithm >= NEUME_TASTE_ALGORITHMS) return neume_fail(NEUME_EINVAL, "no such algorithm");
    if ((unsigned)o->weighting >= NEUME_TASTE_WEIGHTINGS) return neume_fail(NEUME_EINVAL, "no such weighting");
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return neume_fail(NEUME_EINVAL, "%s is %g, not within %g .. %g", ranges[i].name, ranges[i].value,
                              ranges[i].low, ranges[i].high);
    return NEUME_OK;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

neume_status neume__part_learn(taste_part *part, const neume_taste_options *options, const taste_facts *facts,
                               const neume_progress *progress) {
    NEUME_TRY(neume__options_check(options));
    part->options = *options;
    part->kind = kinds[options->algorithm];
    const neume_status status = part->kind->learn(part, facts, progress);
    if (status) neume__part_clear(part);
    return status;
}

neume_status neume__part_follow(taste_part *part, const taste_facts *facts, const taste_part *old,
                                const taste_facts *before) {
    memcpy(part->prefix, old->prefix, sizeof part->prefix);
    if (!old->kind->follow) return neume__part_learn(part, &old->options, facts, NULL);
    part->options = old->options;
    part->kind = old->kind;
    const neume_status status = part->kind->follow(part, facts, old, before);
    if (status) neume__part_clear(part);
    return status;
}

void neume__part_clear(taste_part *part) {
    if (part->kind && part->state) part->kind->clear(part);
    part->state = NULL;
}

static neume_status zero_strange(const taste_part *part, const float *scores, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(scores[i]))
            return neume_fail(NEUME_EFORMAT, "the model's numbers for '%s' overflow", part->kind->name);
    return NEUME_OK;
}

neume_status neume__part_score(const taste_part *part, const taste_facts *facts, const taste_history *histories,
                               int64_t n, float *scores) {
    const int64_t count = n * neume__facts_items(facts);
    memset(scores, 0, (size_t)count * sizeof *scores);
    NEUME_TRY(part->kind->score(part, facts, histories, n, scores));
    return zero_strange(part, scores, count);
}

typedef struct each {
    const taste_part *part;
    const taste_facts *facts;
    const taste_history *histories;
    float *scores;
    taste_score_one *fn;
} each;

static neume_status score_one(void *context, int64_t i) {
    const each *e = context;
    return e->fn(e->part, e->facts, &e->histories[i], e->scores + i * neume__facts_items(e->facts));
}

neume_status neume__score_each(const taste_part *part, const taste_facts *facts, const taste_history *histories,
                               int64_t n, float *scores, taste_score_one *fn) {
    each e = {part, facts, histories, scores, fn};
    return n == 1 ? fn(part, facts, histories, scores) : neume_parallel_for(n, score_one, &e);
}

/* --- histories ---------------------------------------------------------------------------------------------------- */

taste_history neume__history_of_row(const neume_sparse *plays, int64_t row, neume_taste_entry *entries) {
    taste_history history = {entries, 0};
    for (int64_t at = plays->start[row]; at < plays->start[row + 1]; at++)
        if (plays->value[at] != 0) entries[history.count++] = (neume_taste_entry){plays->column[at], plays->value[at]};
    return history;
}

static int by_item(const void *a, const void *b) {
    const neume_taste_entry *x = a, *y = b;
    if (x->item != y->item) return x->item < y->item ? -1 : 1;
    return (x->weight > y->weight) - (x->weight < y->weight); /* so that sums do not hang on the order given */
}

neume_status neume__history_of_list(const neume_taste_entry *list, size_t count, int64_t items,
                                    neume_taste_entry *entries, taste_history *out) {
    size_t merged = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i].item < 0 || list[i].item >= items)
            return neume_fail(NEUME_EINVAL, "item %d is none of the model's", list[i].item);
        if (!(fabsf(list[i].weight) <= 1e30F))
            return neume_fail(NEUME_EINVAL, "a weight in a history is no number, or huge");
        entries[i] = list[i];
    }
    if (count) qsort(entries, count, sizeof *entries, by_item);
    for (size_t i = 0; i < count; i++) {
        if (merged && entries[merged - 1].item == entries[i].item)
            entries[merged - 1].weight += entries[i].weight;
        else
            entries[merged++] = entries[i];
    }
    for (size_t i = 0; i < merged; i++)
        if (entries[i].weight != 0) entries[kept++] = entries[i];
    *out = (taste_history){entries, kept};
    return NEUME_OK;
}

float neume__log_plays(float weight) {
    return copysignf(log1pf(fabsf(weight)), weight);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

enum { ARRAY_NAME_LONGEST = 64 };

neume_status neume__array_save(neume_gguf_writer *writer, const char *prefix, const char *name, const float *values,
                               int64_t rows, int64_t columns) {
    char full[ARRAY_NAME_LONGEST];
    neume_tensor tensor = {0};
    snprintf(full, sizeof full, "%s%s", prefix, name);
    NEUME_TRY(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(rows, columns)));
    memcpy(neume_f32(&tensor), values, (size_t)(rows * columns) * sizeof *values);
    const neume_status status = neume_gguf_add_tensor(writer, full, &tensor, false);
    neume_tensor_clear(&tensor);
    return status;
}

neume_status neume__array_load(const neume_gguf *gguf, const char *prefix, const char *name, int64_t rows,
                               int64_t columns, float **out) {
    char full[ARRAY_NAME_LONGEST];
    neume_tensor tensor = {0};
    neume_status status;
    float *values = NULL;
    snprintf(full, sizeof full, "%s%s", prefix, name);
    if (neume_gguf_rows(gguf, full) != rows || neume_gguf_columns(gguf, full) != columns)
        return neume_fail(NEUME_EFORMAT, "array '%s' is not of %lld by %lld", full, (long long)rows,
                          (long long)columns);
    neume_gguf_array stored = {0};
    if (!neume_gguf_array_find(gguf, full, &stored) || !stored.data) /* of a known type it lies within the file */
        return neume_fail(NEUME_EFORMAT, "array '%s' has type %u, which we do not read", full, stored.type);
    NEUME_GO(neume_tensor_shape(&tensor, NEUME_F32, NEUME_DIMS(rows, columns)));
    NEUME_GO(neume_gguf_tensor(gguf, full, &tensor));
    status = NEUME_EFORMAT;
    for (int64_t i = 0; i < rows * columns; i++)
        if (!isfinite(neume_f32(&tensor)[i])) {
            neume_fail(status, "array '%s' holds what is no number", full);
            goto fail;
        }
    values = neume__alloc((size_t)(rows * columns) * sizeof *values);
    status = NEUME_ENOMEM;
    if (!values) goto fail;
    memcpy(values, neume_f32(&tensor), (size_t)(rows * columns) * sizeof *values);
    *out = values;
    status = NEUME_OK;
fail:
    neume_tensor_clear(&tensor);
    return status;
}
