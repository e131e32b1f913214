/* What a model is trained on, and when it is trained anew. A model remembers at which event and which change of the
 * store it was made (its stamp): newer events are added to it, after a change it is made anew. */
#include "taste_learn.h"

#include "taste_opinions.h"

#include <math.h>
#include <string.h>

static const char model_name[] = "taste";

/* Up to here training takes some seconds, and is done in passing. */
static const int64_t most_events_in_passing = 1000000, most_wide_in_passing = 6000;
/* EASE holds a square matrix; beyond this ALS is the quicker one. */
static const int64_t most_wide_for_ease = 6000;

/* --- the data ----------------------------------------------------------------------------------------------------- */

typedef struct gathering {
    neume_store *store;
    const taste_catalogue *catalogue;
    neume_taste_data *data;
} gathering;

static neume_status add_user(void *context, int64_t row, const char *pseudonym) {
    const gathering *at = context;
    taste_opinions opinions = {0};
    NEUME_TRY(taste_opinions_read(at->store, at->catalogue, row, &opinions));
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < opinions.count && !status; i++) {
        const taste_opinion *opinion = &opinions.at[i];
        const float weight = opinion->weight;
        if (!(weight > 0) && !(weight < 0)) continue;
        const neume_taste_event event = {pseudonym, at->catalogue->items[opinion->item].id, (double)weight,
                                         (double)opinion->last_s};
        status = neume_taste_data_add(at->data, &event);
    }
    taste_opinions_clear(&opinions);
    if (!status && neume_cancelled()) status = neume_fail(NEUME_ECANCELLED, "stopped");
    return status;
}

/* Who made it and when are tags too, where they fit. */
static neume_status add_facts(neume_taste_data *data, const taste_item *item) {
    char tag[NEUME_ID_LONGEST_BYTES];
    if (item->artist && snprintf(tag, sizeof tag, "artist:%s", item->artist) < (int)sizeof tag)
        NEUME_TRY(neume_taste_data_add_tag(data, item->id, tag, 1));
    if (item->year && snprintf(tag, sizeof tag, "year:%ds", item->year / 10 * 10) < (int)sizeof tag)
        NEUME_TRY(neume_taste_data_add_tag(data, item->id, tag, 1));
    return NEUME_OK;
}

static neume_status add_tags(const gathering *at, const taste_item *item) {
    for (size_t i = 0; i < item->tag_count; i++)
        NEUME_TRY(neume_taste_data_add_tag(at->data, item->id, neume_ids_name(at->catalogue->tags, item->tags[i].tag),
                                           (double)item->tags[i].weight));
    return add_facts(at->data, item);
}

/* A column's mean and deviation over the items that have it. */
static void measure_column(const taste_catalogue *catalogue, size_t column, double *mean, double *deviation) {
    double sum = 0, squares = 0, count = 0;
    for (int64_t i = 0; i < catalogue->count; i++) {
        const double value = (double)catalogue->items[i].features[column];
        if (!isfinite(value)) continue;
        sum += value;
        squares += value * value;
        count++;
    }
    *mean = count > 0 ? sum / count : 0;
    const double spread = count > 0 ? squares / count - *mean * *mean : 0;
    *deviation = spread > 1e-12 ? sqrt(spread) : 1;
}

/* Columns have units of their own: each is standardised, and what is not known becomes the mean. */
static neume_status add_features(const gathering *at) {
    const taste_catalogue *catalogue = at->catalogue;
    const size_t width = catalogue->features;
    float *vector = neume__alloc((width + 1) * sizeof *vector);
    double *means = neume__alloc((2 * width + 1) * sizeof *means), *deviations = means + width;
    neume_status status = vector && means ? NEUME_OK : NEUME_ENOMEM;
    for (size_t column = 0; column < width && !status; column++)
        measure_column(catalogue, column, &means[column], &deviations[column]);
    for (int64_t i = 0; i < catalogue->count && width && !status; i++) {
        for (size_t column = 0; column < width; column++) {
            const double value = (double)catalogue->items[i].features[column];
            vector[column] = isfinite(value) ? (float)((value - means[column]) / deviations[column]) : 0;
        }
        status = neume_taste_data_set_features(at->data, catalogue->items[i].id, vector, (int64_t)width);
    }
    neume__free(vector);
    neume__free(means);
    return status;
}

static neume_status gather(neume_store *store, const taste_catalogue *catalogue, neume_taste_data **out) {
    gathering at = {store, catalogue, NULL};
    neume_status status = neume_taste_data_new(&at.data);
    if (!status) status = neume_store_each_user(store, add_user, &at);
    for (int64_t i = 0; i < catalogue->count && !status; i++) status = add_tags(&at, &catalogue->items[i]);
    if (!status) status = add_features(&at);
    if (status)
        neume_taste_data_free(at.data);
    else
        *out = at.data;
    return status;
}

/* --- training and keeping ----------------------------------------------------------------------------------------- */

typedef struct stamp {
    int64_t events, changes, items;
} stamp;

static stamp stamp_of(const neume_store_counts *counts) {
    return (stamp){counts->last_event, counts->changes, counts->items};
}

static neume_status keep(neume_store *store, const neume_taste_model *model, const stamp *at) {
    char words[96];
    neume_buffer bytes = {0};
    snprintf(words, sizeof words, "events %lld changes %lld items %lld", (long long)at->events, (long long)at->changes,
             (long long)at->items);
    neume_status status = neume_taste_print(model, &bytes);
    if (!status) status = neume_store_model_put(store, model_name, words, bytes.data, bytes.size);
    neume_buffer_clear(&bytes);
    return status;
}

static int64_t narrower(const neume_store_counts *counts) {
    return counts->users < counts->items ? counts->users : counts->items;
}

static neume_status choose(const char *name, const neume_store_counts *counts, neume_taste_options *out) {
    neume_taste_algorithm algorithm;
    if (!name || strcmp(name, "auto") == 0) name = narrower(counts) <= most_wide_for_ease ? "ease" : "als";
    NEUME_TRY(neume_taste_algorithm_find(name, &algorithm));
    *out = neume_taste_defaults(algorithm);
    return NEUME_OK;
}

static neume_status train(neume_store *store, const taste_catalogue *catalogue, const char *algorithm,
                          const neume_progress *progress, neume_taste_model **out) {
    neume_store_counts counts;
    neume_taste_options options;
    neume_taste_data *data = NULL;
    neume_taste_model *model = NULL;
    NEUME_TRY(neume_store_count(store, &counts));
    if (!counts.events)
        return neume_fail(NEUME_ENOTFOUND, "%s: nobody has heard anything yet", neume_store_path(store));
    NEUME_TRY(choose(algorithm, &counts, &options));
    NEUME_TRY(gather(store, catalogue, &data));
    neume_status status = neume_taste_train(data, &options, progress, &model);
    neume_taste_data_free(data);
    if (status) return status;
    const stamp at = stamp_of(&counts);
    status = keep(store, model, &at);
    /* A model too large to be kept is still a model; a store that may not be written to still answers. */
    if (status == NEUME_ELIMIT || status == NEUME_EIO)
        neume_log(NEUME_LOG_WARNING, "what was learnt is not kept: %s", neume_error_message());
    *out = model;
    return NEUME_OK;
}

neume_status neume_listening_learn(neume_store *store, const char *algorithm, const char *path,
                                   const neume_progress *progress) {
    taste_catalogue *catalogue = NULL;
    neume_taste_model *model = NULL;
    NEUME_TRY(taste_catalogue_read(store, &catalogue));
    neume_status status = train(store, catalogue, algorithm, progress, &model);
    if (!status && path) status = neume_taste_save(model, path);
    neume_taste_free(model);
    taste_catalogue_free(catalogue);
    return status;
}

/* --- bringing up to date ------------------------------------------------------------------------------------------ */

static neume_status load(neume_store *store, stamp *at, neume_taste_model **out) {
    neume_buffer words = {0}, bytes = {0};
    long long events = 0, changes = 0, items = 0;
    neume_status status = neume_store_model_get(store, model_name, &words, &bytes);
    if (!status && sscanf(words.data, "events %lld changes %lld items %lld", &events, &changes, &items) != 3)
        status = neume_fail(NEUME_EFORMAT, "%s: its model's stamp is damaged", neume_store_path(store));
    if (!status) status = neume_taste_parse(bytes.data, bytes.size, out);
    if (!status) *at = (stamp){events, changes, items};
    neume_buffer_clear(&words);
    neume_buffer_clear(&bytes);
    return status;
}

/* Users' pseudonyms by row. */
typedef struct names {
    neume_ids *ids; /* number n is users[n] */
    int64_t *users;
    size_t capacity;
} names;

static neume_status keep_name(void *context, int64_t row, const char *pseudonym) {
    names *at = context;
    int32_t index = 0;
    NEUME_TRY(neume_ids_add(at->ids, pseudonym, &index));
    NEUME_TRY(neume__grow((void **)&at->users, &at->capacity, (size_t)index + 1, sizeof *at->users));
    at->users[index] = row;
    return NEUME_OK;
}

static const char *name_of(const names *at, int64_t row) {
    int64_t low = 0, high = neume_ids_count(at->ids);
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (at->users[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < neume_ids_count(at->ids) && at->users[low] == row ? neume_ids_name(at->ids, low) : NULL;
}

static neume_status add_events(neume_taste_model *model, const taste_catalogue *catalogue, const names *users,
                               const taste_events *events) {
    neume_taste_event *added = neume__alloc((events->count + 1) * sizeof *added);
    size_t count = 0;
    if (!added) return NEUME_ENOMEM;
    for (size_t i = 0; i < events->count; i++) {
        const double weight = taste_event_weight(&events->at[i]);
        const int32_t item = taste_catalogue_of_row(catalogue, events->at[i].item);
        const char *user = name_of(users, events->at[i].user);
        if (item >= 0 && user && (weight > 0 || weight < 0))
            added[count++] = (neume_taste_event){user, catalogue->items[item].id, weight, (double)events->at[i].time_s};
    }
    neume_status status = neume_taste_update(model, added, count);
    neume__free(added);
    return status;
}

static neume_status update(neume_store *store, const taste_catalogue *catalogue, neume_taste_model *model,
                           const stamp *old, const stamp *new) {
    taste_events events = {0};
    names users = {0};
    NEUME_TRY(neume_ids_new(&users.ids));
    neume_status status = neume_store_each_user(store, keep_name, &users);
    if (!status) status = taste_events_read(store, 0, old->events, &events);
    if (!status) status = add_events(model, catalogue, &users, &events);
    if (!status) status = keep(store, model, new);
    neume__free(events.at);
    neume__free(users.users);
    neume_ids_free(users.ids);
    return status;
}

neume_status taste_model_of(neume_store *store, const taste_catalogue *catalogue, const neume_progress *progress,
                            neume_taste_model **out) {
    neume_store_counts counts;
    neume_taste_model *model = NULL;
    stamp old = {0};
    NEUME_TRY(neume_store_count(store, &counts));
    if (!counts.events) return NEUME_OK;
    const stamp new = stamp_of(&counts);
    const bool quick = counts.events <= most_events_in_passing && narrower(&counts) <= most_wide_in_passing;
    neume_status status = load(store, &old, &model);
    const bool current = !status && old.changes == new.changes &&old.items == new.items;
    if (current && old.events != new.events) status = update(store, catalogue, model, &old, &new);
    if (!status && !current && !quick)
        neume_log(NEUME_LOG_INFO, "the model is older than the store; neume train taste brings it up to date");
    if (!status && (current || !quick)) {
        *out = model;
        return NEUME_OK;
    }
    neume_taste_free(model);
    if (quick) return train(store, catalogue, NULL, progress, out);
    if (status != NEUME_ENOTFOUND) return status;
    return neume_fail(NEUME_ENOTFOUND, "%s: too large to learn from in passing; do it once: neume train taste --store",
                      neume_store_path(store));
}
