/* An algorithm, and what it has learnt: the one interface behind which all algorithms stand.
 *
 * A kind is a row of functions. What it learns is either quick to learn again (then nothing is kept in the model's file
 * and loading learns anew) or lies in named arrays, which the file keeps and whose sizes are checked. */
#ifndef NEUME_TASTE_PART_H
#define NEUME_TASTE_PART_H

#include "facts.h"

#include "neume/nn.h"

typedef struct taste_history {
    const neume_taste_entry *entries; /* (count) items rise, none twice, no weight is 0 */
    size_t count;
} taste_history;

typedef struct taste_part taste_part;

typedef struct taste_kind {
    const char *name;
    neume_taste_options defaults;
    /* Learns from the facts; sets part->state. progress may be NULL. */
    neume_status (*learn)(taste_part *part, const taste_facts *facts, const neume_progress *progress);
    /* Scores of n histories, scores (n, items), zeros at first. */
    neume_status (*score)(const taste_part *part, const taste_facts *facts, const taste_history *histories, int64_t n,
                          float *scores);
    void (*clear)(taste_part *part);
    /* NULL for what is learnt again at loading: */
    neume_status (*save)(const taste_part *part, neume_gguf_writer *writer);
    neume_status (*load)(taste_part *part, const taste_facts *facts, const neume_gguf *gguf);
    /* What of `old` still holds after the facts have grown, brought up to date; NULL: learnt anew. */
    neume_status (*follow)(taste_part *part, const taste_facts *facts, const taste_part *old,
                           const taste_facts *before);
} taste_kind;

struct taste_part {
    const taste_kind *kind;
    neume_taste_options options;
    char prefix[24]; /* of its arrays' and keys' names in a file: "", "part1." */
    void *state;     /* the kind's own; NULL = nothing learnt */
};

extern const taste_kind neume__taste_popularity, neume__taste_random, neume__taste_itemknn, neume__taste_userknn,
    neume__taste_rp3beta, neume__taste_ease, neume__taste_als, neume__taste_bpr, neume__taste_content,
    neume__taste_hybrid;
const taste_kind *neume__taste_kind(neume_taste_algorithm algorithm);

/* Checks the options and learns; the part is left empty on failure. */
NEUME_MUST neume_status neume__part_learn(taste_part *part, const neume_taste_options *options,
                                          const taste_facts *facts, const neume_progress *progress);
NEUME_MUST neume_status neume__part_follow(taste_part *part, const taste_facts *facts, const taste_part *old,
                                           const taste_facts *before);
NEUME_MUST neume_status neume__part_save(const taste_part *part, neume_gguf_writer *writer);
NEUME_MUST neume_status neume__part_load(taste_part *part, const taste_facts *facts, const neume_gguf *gguf);
/* Zeroes the scores first, and makes sure that they are numbers. */
NEUME_MUST neume_status neume__part_score(const taste_part *part, const taste_facts *facts,
                                          const taste_history *histories, int64_t n, float *scores);
void neume__part_clear(taste_part *part);
NEUME_MUST neume_status neume__options_check(const neume_taste_options *options);

/* Calls fn for each history on the pool: most kinds score one history at a time. */
typedef neume_status taste_score_one(const taste_part *part, const taste_facts *facts, const taste_history *history,
                                     float *scores);
NEUME_MUST neume_status neume__score_each(const taste_part *part, const taste_facts *facts,
                                          const taste_history *histories, int64_t n, float *scores,
                                          taste_score_one *fn);

/* A row of plays as a history; entries (its length) belong to the caller. */
taste_history neume__history_of_row(const neume_sparse *plays, int64_t row, neume_taste_entry *entries);
/* Sorts and merges. @param[out] entries (count) */
NEUME_MUST neume_status neume__history_of_list(const neume_taste_entry *list, size_t count, int64_t items,
                                               neume_taste_entry *entries, taste_history *out);

/* log(1 + plays), with the sign of a dislike. */
float neume__log_plays(float weight);

/* A named array of a part's in a file: (rows, columns). */
NEUME_MUST neume_status neume__array_save(neume_gguf_writer *writer, const char *prefix, const char *name,
                                          const float *values, int64_t rows, int64_t columns);
/* Allocates; every number is finite. @retval NEUME_EFORMAT */
NEUME_MUST neume_status neume__array_load(const neume_gguf *gguf, const char *prefix, const char *name, int64_t rows,
                                          int64_t columns, float **out);

#endif
