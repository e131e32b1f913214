/** @file
 * Taste: recommending music from what people played and from what is known of the music.
 *
 * Three things, in the order they are made:
 * - ::neume_ids       names of users, items and tags, each with a number from 0;
 * - ::neume_taste_data  who played what how often, and the items' tags and features: sparse, built by adding events;
 * - ::neume_taste_model what was learnt from it. A model answers for a *history*, a list of (item, weight): a user who
 *   was there at training, one who came since, or nobody at all (a list made by hand) are the same to it.
 *
 * Users are pseudonymous: a name here is any text that the caller chose. A model holds the histories it was trained on
 * (several algorithms compute with them); neume_taste_forget() takes one out as if it had never been there.
 *
 * Threads: a model may be asked by several threads at once; training, updating and forgetting want it alone.
 * Limits, checked when data is added: 16 million items, users and tags each (numbers that a 32-bit float holds exactly,
 * because the file keeps them so), names of at most 256 bytes without control characters.
 */
#ifndef NEUME_TASTE_H
#define NEUME_TASTE_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- names -------------------------------------------------------------------------------------------------------- */

enum { NEUME_IDS_MOST = 1 << 24, NEUME_ID_LONGEST_BYTES = 256 };

/** Names to numbers 0, 1, 2 ... in the order they were added, and back. */
typedef struct neume_ids neume_ids;
NEUME_API NEUME_MUST neume_status neume_ids_new(neume_ids **out);
NEUME_API void neume_ids_free(neume_ids *ids);
NEUME_API int64_t neume_ids_count(const neume_ids *ids);
/** @return the name's number, -1 if there is none */
NEUME_API int64_t neume_ids_find(const neume_ids *ids, const char *name);
/** @return borrowed until the ids are freed */
NEUME_API const char *neume_ids_name(const neume_ids *ids, int64_t index);
/** The number of a name, old or new. @retval NEUME_EINVAL the name is empty, too long or has a control character
 * @retval NEUME_ELIMIT there are too many */
NEUME_API NEUME_MUST neume_status neume_ids_add(neume_ids *ids, const char *name, int32_t *out);

/* --- data --------------------------------------------------------------------------------------------------------- */

/** A sparse matrix, row by row; columns rise within a row. */
typedef struct neume_sparse {
    int64_t rows, columns;
    int64_t *start;  /**< (rows + 1) row r is start[r] .. start[r + 1] - 1 */
    int32_t *column; /**< (start[rows]) */
    float *value;    /**< (start[rows]) */
} neume_sparse;

/** An item with a weight: how much somebody played it (at least 0), or how much it is disliked (below 0). */
typedef struct neume_taste_entry {
    int32_t item;
    float weight;
} neume_taste_entry;

/** One play, or several at once. */
typedef struct neume_taste_event {
    const char *user, *item;
    double weight; /**< plays, above 0; below 0 = a dislike. Weights of one user and item add up */
    double time_s; /**< seconds since 1970; 0 = not told. The latest one counts */
} neume_taste_event;

/** Users, items, tags and what connects them. */
typedef struct neume_taste_data neume_taste_data;
NEUME_API NEUME_MUST neume_status neume_taste_data_new(neume_taste_data **out);
NEUME_API void neume_taste_data_free(neume_taste_data *data);
NEUME_API NEUME_MUST neume_status neume_taste_data_add(neume_taste_data *data, const neume_taste_event *event);
/** Adds to the weight of @p tag at @p item; metadata are tags too, e.g. "year:1990s", "artist:Bach". @p weight above
 * 0. */
NEUME_API NEUME_MUST neume_status neume_taste_data_add_tag(neume_taste_data *data, const char *item, const char *tag,
                                                           double weight);
/** Sets an item's feature vector, e.g. an embedding of its sound. @param vector (count), copied; every item's has the
 * same count, at most 4096 @retval NEUME_EINVAL another count than before, or a number that is not finite */
NEUME_API NEUME_MUST neume_status neume_taste_data_set_features(neume_taste_data *data, const char *item,
                                                                const float *vector, int64_t count);
/** Reads a table of users, items and plays (columns apart by tabs or commas; a fourth column is a time; a first line
 * whose third column is no number is a heading), or of items, tags and weights. @p culprit names the bad line in the
 * message. @retval NEUME_EFORMAT NEUME_ENOTFOUND NEUME_EIO */
NEUME_API NEUME_MUST neume_status neume_taste_data_read_plays(neume_taste_data *data, const char *path);
NEUME_API NEUME_MUST neume_status neume_taste_data_read_tags(neume_taste_data *data, const char *path);
NEUME_API const neume_ids *neume_taste_data_users(const neume_taste_data *data);
NEUME_API const neume_ids *neume_taste_data_items(const neume_taste_data *data);
NEUME_API const neume_ids *neume_taste_data_tags(const neume_taste_data *data);
/** Users x items as one sparse matrix, all events so far. @return borrowed until data changes; in @p out */
NEUME_API NEUME_MUST neume_status neume_taste_data_plays(neume_taste_data *data, const neume_sparse **out);
/** Items x tags. */
NEUME_API NEUME_MUST neume_status neume_taste_data_item_tags(neume_taste_data *data, const neume_sparse **out);

/* --- algorithms --------------------------------------------------------------------------------------------------- */

typedef enum neume_taste_algorithm {
    NEUME_TASTE_POPULARITY,
    NEUME_TASTE_RANDOM,  /**< the floor of every comparison */
    NEUME_TASTE_ITEMKNN, /**< Sarwar et al. 2001; weighting cosine, TF-IDF or BM25 */
    NEUME_TASTE_USERKNN,
    NEUME_TASTE_RP3BETA, /**< Paudel et al. 2017 */
    NEUME_TASTE_EASE,    /**< Steck 2019; with tags as further rows: Jeunen et al. 2020 */
    NEUME_TASTE_ALS,     /**< Hu, Koren & Volinsky 2008; conjugate gradients: Takacs et al. 2011 */
    NEUME_TASTE_BPR,     /**< Rendle et al. 2009 */
    NEUME_TASTE_CONTENT, /**< tags and features alone: knows items that nobody has played */
    NEUME_TASTE_HYBRID,  /**< several of these, mixed for each user */
    NEUME_TASTE_ALGORITHMS,
} neume_taste_algorithm;

typedef enum neume_taste_weighting {
    NEUME_TASTE_COSINE,
    NEUME_TASTE_TFIDF,
    NEUME_TASTE_BM25, /**< a listener is the document and items are its words; K1 100, B 1 */
    NEUME_TASTE_WEIGHTINGS,
} neume_taste_weighting;

/** Everything an algorithm can be told; each reads what concerns it. Start from neume_taste_defaults(). */
typedef struct neume_taste_options {
    neume_taste_algorithm algorithm;
    neume_taste_weighting weighting; /**< kNN, content */
    int neighbours;                  /**< kNN, RP3beta, content: kept for each item; userKNN: users asked; 1 .. 10000 */
    double regularisation;           /**< lambda of EASE, ALS (for 10,000 plays), BPR; above 0 */
    double confidence;               /**< alpha of ALS: a play weighs 1 + alpha log(1 + plays) */
    double damping;                  /**< beta of RP3beta: how much popular items are held back */
    double tags;                     /**< EASE, hybrid: weight of the items' tags as further rows; 0 = without */
    double plays_power;              /**< how much the number of plays counts; 0 = played or not (not ALS, BPR) */
    int factors, sweeps;             /**< ALS, BPR: 1 .. 1024, 1 .. 10000 */
    uint64_t seed;
} neume_taste_options;
NEUME_API neume_taste_options neume_taste_defaults(neume_taste_algorithm algorithm);
/** "ease", "als", ... @return NULL past the last one */
NEUME_API const char *neume_taste_algorithm_name(neume_taste_algorithm algorithm);
/** @retval NEUME_ENOTFOUND no algorithm has that name */
NEUME_API NEUME_MUST neume_status neume_taste_algorithm_find(const char *name, neume_taste_algorithm *out);

/* --- models ------------------------------------------------------------------------------------------------------- */

typedef struct neume_taste_model neume_taste_model;
/** Learns from data, which is copied. Memory: a few times the plays; EASE holds one square matrix besides, of users or
 * of items, whichever are fewer, of at most 16,384 (beyond, it knows the most played items only).
 * @param progress NULL = nobody listens
 * @retval NEUME_EINVAL an option is out of its range, or there are no plays
 * @retval NEUME_ECANCELLED */
NEUME_API NEUME_MUST neume_status neume_taste_train(neume_taste_data *data, const neume_taste_options *options,
                                                    const neume_progress *progress, neume_taste_model **out);
NEUME_API void neume_taste_free(neume_taste_model *model);
/** A GGUF file ("general.architecture" = "neume-taste"); written whole or not at all. */
NEUME_API NEUME_MUST neume_status neume_taste_save(const neume_taste_model *model, const char *path);
/** Everything in the file is checked. @retval NEUME_EFORMAT NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_taste_load(const char *path, neume_taste_model **out);
NEUME_API NEUME_MUST neume_status neume_taste_parse(const void *bytes, size_t count, neume_taste_model **out);
NEUME_API NEUME_MUST neume_status neume_taste_print(const neume_taste_model *model, neume_buffer *out);
NEUME_API const neume_taste_options *neume_taste_options_of(const neume_taste_model *model); /**< borrowed */
/** The data the model was trained on, with all updates; borrowed. */
NEUME_API const neume_ids *neume_taste_users(const neume_taste_model *model);
NEUME_API const neume_ids *neume_taste_items(const neume_taste_model *model);
NEUME_API const neume_ids *neume_taste_tags(const neume_taste_model *model);
NEUME_API const neume_sparse *neume_taste_plays(const neume_taste_model *model);
NEUME_API const neume_sparse *neume_taste_item_tags(const neume_taste_model *model);

/* --- asking ------------------------------------------------------------------------------------------------------- */

/** How well each item fits a history; higher is better, the scale is the algorithm's own.
 * @param history (count) any order, items may repeat (weights add up); below 0 = a dislike, which pushes away what is
 *                like it; none at all = what most people like
 * @param[out] scores (items) finite */
NEUME_API NEUME_MUST neume_status neume_taste_score(const neume_taste_model *model, const neume_taste_entry *history,
                                                    size_t count, float *scores);

/** An item with its score. */
typedef struct neume_taste_hit {
    int32_t item;
    float score;
} neume_taste_hit;

typedef struct neume_taste_query {
    const neume_taste_entry *history;
    size_t count;
    const uint8_t *excluded; /**< (items) nonzero: never answered; NULL = none */
    bool known_too;          /**< also answer items of the history */
    int64_t most;            /**< how many hits are wanted */
} neume_taste_query;
/** The best items, exactly: by score, equal ones by number. @param[out] hits (query->most) @param[out] count found */
NEUME_API NEUME_MUST neume_status neume_taste_recommend(const neume_taste_model *model, const neume_taste_query *query,
                                                        neume_taste_hit *hits, size_t *count);
/** The best items for many users by name, without those that they have; who is not known gets what most people like.
 * @param[out] hits (count, most) @param[out] found (count) how many of them */
NEUME_API NEUME_MUST neume_status neume_taste_recommend_users(const neume_taste_model *model, const char *const *users,
                                                              size_t count, int64_t most, neume_taste_hit *hits,
                                                              size_t *found);
/** The @p most best of scores without the excluded, as neume_taste_recommend() orders them: for scores that the caller
 * has changed. @param excluded (items) or NULL @return how many were found */
NEUME_API size_t neume_taste_top(const float *scores, int64_t items, const uint8_t *excluded, int64_t most,
                                 neume_taste_hit *hits);
/** Items most like one: what is recommended to who played only that. */
NEUME_API NEUME_MUST neume_status neume_taste_similar(const neume_taste_model *model, int32_t item, int64_t most,
                                                      neume_taste_hit *hits, size_t *count);
/** Why @p item: by how much its score would fall without each item of the history, the greatest first.
 * @param[out] reasons (count of the history) @param[out] found
 * Cost: one scoring for each item of the history. */
NEUME_API NEUME_MUST neume_status neume_taste_explain(const neume_taste_model *model, const neume_taste_entry *history,
                                                      size_t count, int32_t item, neume_taste_hit *reasons,
                                                      size_t *found);
/** The history of a user that the model knows. @return his entries, yours to free with neume_taste_history_free(); in
 * @p out, NULL with count 0 if he is not known */
NEUME_API NEUME_MUST neume_status neume_taste_history(const neume_taste_model *model, const char *user,
                                                      neume_taste_entry **out, size_t *count);
NEUME_API void neume_taste_history_free(neume_taste_entry *history);

/* --- change ------------------------------------------------------------------------------------------------------- */

/** Takes new events in, with new users and items, without training anew: users' histories count at once, and what the
 * algorithm knows of items follows where that is cheap (see src/taste/README.md). On failure nothing has changed. */
NEUME_API NEUME_MUST neume_status neume_taste_update(neume_taste_model *model, const neume_taste_event *events,
                                                     size_t count);
/** Takes users out: afterwards the model is the one that training without them would have made, and their names are
 * gone. Names that it does not know are no failure. On failure nothing has changed.
 * Cost: at most that of training. */
NEUME_API NEUME_MUST neume_status neume_taste_forget(neume_taste_model *model, const char *const *users, size_t count);

#ifdef __cplusplus
}
#endif
#endif
