/* A model's file: GGUF, with names as one text each and matrices as arrays of 32-bit floats, which hold every number up
 * to 2^24 exactly. What is cheap to learn is not kept but learnt again at loading.
 *
 *   taste.version, taste.users, taste.items, taste.tags (names apart by line ends), PREFIXalgorithm, PREFIXoption ...
 *   plays.length (users), plays.item, plays.weight, plays.days, plays.seconds (cells); the same for item_tags;
 *   features (items, F); then each part's own arrays */
#include "model.h"

#include <math.h>
#include <string.h>

enum { VERSION = 1, SECONDS_A_DAY = 86400, LAST_DAY = UINT32_MAX / SECONDS_A_DAY - 1 };

/* --- options ------------------------------------------------------------------------------------------------------ */

typedef struct option_key {
    const char *name;
    size_t offset;
    enum { INTEGER, NUMBER } kind;
} option_key;

static const option_key keys[] = {
    {"neighbours", offsetof(neume_taste_options, neighbours), INTEGER},
    {"factors", offsetof(neume_taste_options, factors), INTEGER},
    {"sweeps", offsetof(neume_taste_options, sweeps), INTEGER},
    {"regularisation", offsetof(neume_taste_options, regularisation), NUMBER},
    {"confidence", offsetof(neume_taste_options, confidence), NUMBER},
    {"damping", offsetof(neume_taste_options, damping), NUMBER},
    {"tags", offsetof(neume_taste_options, tags), NUMBER},
    {"plays_power", offsetof(neume_taste_options, plays_power), NUMBER},
};
enum { KEYS = sizeof keys / sizeof *keys, KEY_LONGEST = 64 };

static const char *full_key(const char *prefix, const char *name, char out[KEY_LONGEST]) {
    snprintf(out, KEY_LONGEST, "%s%s", prefix, name);
    return out;
}

static neume_status save_options(const taste_part *part, neume_gguf_writer *writer) {
    char key[KEY_LONGEST];
    const char *at = (const char *)&part->options;
    NEUME_TRY(neume_gguf_set_string(writer, full_key(part->prefix, "algorithm", key), part->kind->name));
    NEUME_TRY(neume_gguf_set_integer(writer, full_key(part->prefix, "weighting", key), part->options.weighting));
    NEUME_TRY(neume_gguf_set_integer(writer, full_key(part->prefix, "seed", key), (int64_t)part->options.seed));
    for (size_t i = 0; i < KEYS; i++) {
        full_key(part->prefix, keys[i].name, key);
        NEUME_TRY(keys[i].kind == INTEGER
                      ? neume_gguf_set_integer(writer, key, *(const int *)(const void *)(at + keys[i].offset))
                      : neume_gguf_set_number(writer, key, *(const double *)(const void *)(at + keys[i].offset)));
    }
    return NEUME_OK;
}

static neume_status load_options(const char *prefix, const neume_gguf *gguf, neume_taste_options *out) {
    char key[KEY_LONGEST];
    neume_taste_options options = {0};
    const char *name = neume_gguf_string(gguf, full_key(prefix, "algorithm", key));
    if (!name || neume_taste_algorithm_find(name, &options.algorithm))
        return neume_fail(NEUME_EFORMAT, "the model names no algorithm that we know");
    const int64_t weighting = neume_gguf_integer(gguf, full_key(prefix, "weighting", key), -1);
    if (weighting < 0 || weighting >= NEUME_TASTE_WEIGHTINGS)
        return neume_fail(NEUME_EFORMAT, "the model's weighting is unknown");
    options.weighting = (neume_taste_weighting)weighting;
    options.seed = (uint64_t)neume_gguf_integer(gguf, full_key(prefix, "seed", key), 0);
    for (size_t i = 0; i < KEYS; i++) {
        char *at = (char *)&options + keys[i].offset;
        const double value = neume_gguf_number(gguf, full_key(prefix, keys[i].name, key), NAN);
        if (!(fabs(value) <= 1e9)) return neume_fail(NEUME_EFORMAT, "the model lacks %s", key);
        if (keys[i].kind == INTEGER)
            *(int *)(void *)at = (int)value;
        else
            *(double *)(void *)at = value;
    }
    if (neume__options_check(&options)) return neume_fail(NEUME_EFORMAT, "an option of the model is out of its range");
    *out = options;
    return NEUME_OK;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

neume_status neume__part_save(const taste_part *part, neume_gguf_writer *writer) {
    NEUME_TRY(save_options(part, writer));
    return part->kind->save ? part->kind->save(part, writer) : NEUME_OK;
}

neume_status neume__part_load(taste_part *part, const taste_facts *facts, const neume_gguf *gguf) {
    NEUME_TRY(load_options(part->prefix, gguf, &part->options));
    part->kind = neume__taste_kind(part->options.algorithm);
    const neume_status status =
        part->kind->load ? part->kind->load(part, facts, gguf) : part->kind->learn(part, facts, NULL);
    if (status) neume__part_clear(part);
    return status;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static neume_status save_ids(neume_gguf_writer *writer, const char *key, const neume_ids *ids) {
    neume_buffer text = {0};
    neume_status status = neume_buffer_append(&text, "", 0);
    for (int64_t i = 0; !status && i < neume_ids_count(ids); i++)
        status = neume_buffer_print(&text, "%s\n", neume_ids_name(ids, i));
    if (!status) status = neume_gguf_set_string(writer, key, text.data ? text.data : "");
    neume_buffer_clear(&text);
    return status;
}

static neume_status load_ids(const neume_gguf *gguf, const char *key, neume_ids *ids) {
    const char *text = neume_gguf_string(gguf, key);
    if (!text) return neume_fail(NEUME_EFORMAT, "the model lacks %s", key);
    while (*text) {
        char name[NEUME_ID_LONGEST_BYTES + 2];
        const size_t length = strcspn(text, "\n");
        const int64_t before = neume_ids_count(ids);
        int32_t index;
        if (length > NEUME_ID_LONGEST_BYTES) return neume_fail(NEUME_EFORMAT, "a name in %s is too long", key);
        memcpy(name, text, length);
        name[length] = '\0';
        const neume_status status = neume_ids_add(ids, name, &index);
        if (status == NEUME_ENOMEM) return status;
        if (status || neume_ids_count(ids) == before)
            return neume_fail(NEUME_EFORMAT, "a name in %s stands there twice, or is none", key);
        text += length + (text[length] == '\n');
    }
    return NEUME_OK;
}

/* --- matrices ----------------------------------------------------------------------------------------------------- */

typedef struct matrix_names {
    const char *length, *column, *value;
} matrix_names;
static const matrix_names plays_names = {"plays.length", "plays.item", "plays.weight"},
                          tags_names = {"item_tags.length", "item_tags.tag", "item_tags.weight"};

static neume_status save_matrix(neume_gguf_writer *writer, const matrix_names *names, const neume_sparse *m) {
    const int64_t cells = neume__sparse_cells(m), longest = cells > m->rows ? cells : m->rows;
    neume_status status = NEUME_OK;
    if (!cells) return NEUME_OK;
    float *numbers = neume__alloc((size_t)longest * sizeof *numbers);
    if (!numbers) return NEUME_ENOMEM;
    for (int64_t r = 0; r < m->rows; r++) numbers[r] = (float)neume__sparse_length(m, r);
    NEUME_GO(neume__array_save(writer, "", names->length, numbers, 1, m->rows));
    for (int64_t at = 0; at < cells; at++) numbers[at] = (float)m->column[at];
    NEUME_GO(neume__array_save(writer, "", names->column, numbers, 1, cells));
    NEUME_GO(neume__array_save(writer, "", names->value, m->value, 1, cells));
fail:
    neume__free(numbers);
    return status;
}

static bool is_count(float number, double most) {
    return number >= 0 && (double)number <= most && floorf(number) == number;
}

/* Fills starts and columns; says whether all are in order. */
static bool take_cells(const float *length, const float *column, neume_sparse *m, int64_t cells) {
    for (int64_t r = 0; r < m->rows; r++) {
        if (!is_count(length[r], (double)(cells - m->start[r]))) return false;
        m->start[r + 1] = m->start[r] + (int64_t)length[r];
        for (int64_t at = m->start[r]; at < m->start[r + 1]; at++) {
            if (!is_count(column[at], (double)(m->columns - 1))) return false;
            m->column[at] = (int32_t)column[at];
            if (at > m->start[r] && m->column[at] <= m->column[at - 1]) return false;
        }
    }
    return m->start[m->rows] == cells;
}

static neume_status load_matrix(const neume_gguf *gguf, const matrix_names *names, int64_t rows, int64_t columns,
                                neume_sparse *out) {
    float *length = NULL, *column = NULL, *value = NULL;
    neume_sparse made = {0};
    neume_status status;
    const int64_t cells = neume_gguf_columns(gguf, names->value);
    neume__sparse_clear(out);
    if (cells) { /* first of all, for they are there only if the file is as long as it says */
        NEUME_GO(neume__array_load(gguf, "", names->value, 1, cells, &value));
        NEUME_GO(neume__array_load(gguf, "", names->length, 1, rows, &length));
        NEUME_GO(neume__array_load(gguf, "", names->column, 1, cells, &column));
    }
    NEUME_GO(neume__sparse_init(&made, rows, columns, cells));
    if (cells) {
        memcpy(made.value, value, (size_t)cells * sizeof *value);
        status = NEUME_EFORMAT;
        if (!take_cells(length, column, &made, cells)) {
            neume_fail(status, "the cells of '%s' are not in order", names->value);
            goto fail;
        }
    }
    *out = made;
    made = (neume_sparse){0};
    status = NEUME_OK;
fail:
    neume__sparse_clear(&made);
    neume__free(length);
    neume__free(column);
    neume__free(value);
    return status;
}

/* --- times: days and seconds apart, each of which a float holds exactly --------------------------------------------- */

static neume_status save_times(neume_gguf_writer *writer, const taste_facts *facts) {
    const int64_t cells = neume__sparse_cells(&facts->plays);
    bool told = false;
    neume_status status = NEUME_OK;
    for (int64_t i = 0; i < cells && !told; i++) told = facts->times_s[i] > 0;
    if (!told) return NEUME_OK;
    float *numbers = neume__alloc((size_t)cells * sizeof *numbers);
    if (!numbers) return NEUME_ENOMEM;
    for (int64_t i = 0; i < cells; i++) {
        const uint32_t day = facts->times_s[i] / SECONDS_A_DAY;
        numbers[i] = (float)day;
    }
    NEUME_GO(neume__array_save(writer, "", "plays.days", numbers, 1, cells));
    for (int64_t i = 0; i < cells; i++) numbers[i] = (float)(facts->times_s[i] % SECONDS_A_DAY);
    NEUME_GO(neume__array_save(writer, "", "plays.seconds", numbers, 1, cells));
fail:
    neume__free(numbers);
    return status;
}

static neume_status load_times(const neume_gguf *gguf, taste_facts *facts) {
    const int64_t cells = neume__sparse_cells(&facts->plays);
    float *days = NULL, *seconds = NULL;
    neume_status status;
    facts->times_s = neume__calloc((size_t)cells, sizeof *facts->times_s);
    if (!facts->times_s) return NEUME_ENOMEM;
    if (!cells || !neume_gguf_columns(gguf, "plays.days")) return NEUME_OK;
    NEUME_GO(neume__array_load(gguf, "", "plays.days", 1, cells, &days));
    NEUME_GO(neume__array_load(gguf, "", "plays.seconds", 1, cells, &seconds));
    for (int64_t i = 0; i < cells; i++) {
        if (!is_count(days[i], LAST_DAY) || !is_count(seconds[i], SECONDS_A_DAY - 1)) {
            status = neume_fail(NEUME_EFORMAT, "a time in the model is none");
            goto fail;
        }
        facts->times_s[i] = (uint32_t)days[i] * SECONDS_A_DAY + (uint32_t)seconds[i];
    }
fail:
    neume__free(days);
    neume__free(seconds);
    return status;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static neume_status compose(const neume_taste_model *model, neume_gguf_writer *writer) {
    const taste_facts *facts = &model->facts;
    NEUME_TRY(neume_gguf_set_integer(writer, "taste.version", VERSION));
    NEUME_TRY(save_ids(writer, "taste.users", facts->users));
    NEUME_TRY(save_ids(writer, "taste.items", facts->items));
    NEUME_TRY(save_ids(writer, "taste.tags", facts->tags));
    NEUME_TRY(save_matrix(writer, &plays_names, &facts->plays));
    NEUME_TRY(save_matrix(writer, &tags_names, &facts->item_tags));
    NEUME_TRY(save_times(writer, facts));
    if (facts->features)
        NEUME_TRY(neume__array_save(writer, "", "features", facts->features, neume__facts_items(facts),
                                    facts->feature_count));
    return neume__part_save(&model->part, writer);
}

neume_status neume_taste_print(const neume_taste_model *model, neume_buffer *out) {
    neume_gguf_writer *writer = NULL;
    NEUME_TRY(neume_gguf_writer_new("neume-taste", &writer));
    neume_status status = compose(model, writer);
    if (!status) status = neume_gguf_print(writer, out);
    neume_gguf_writer_free(writer);
    return status;
}

neume_status neume_taste_save(const neume_taste_model *model, const char *path) {
    neume_buffer bytes = {0};
    neume_status status = neume_taste_print(model, &bytes);
    if (!status) status = neume_file_write(path, bytes.data, bytes.size);
    neume_buffer_clear(&bytes);
    return status;
}

static neume_status load_facts(const neume_gguf *gguf, taste_facts *facts) {
    NEUME_TRY(load_ids(gguf, "taste.users", facts->users));
    NEUME_TRY(load_ids(gguf, "taste.items", facts->items));
    NEUME_TRY(load_ids(gguf, "taste.tags", facts->tags));
    const int64_t items = neume__facts_items(facts);
    if (!items) return neume_fail(NEUME_EFORMAT, "the model knows no items");
    NEUME_TRY(load_matrix(gguf, &plays_names, neume__facts_users(facts), items, &facts->plays));
    NEUME_TRY(load_matrix(gguf, &tags_names, items, neume_ids_count(facts->tags), &facts->item_tags));
    for (int64_t i = 0; i < neume__sparse_cells(&facts->item_tags); i++)
        if (!(facts->item_tags.value[i] > 0)) return neume_fail(NEUME_EFORMAT, "a tag's weight is not above 0");
    NEUME_TRY(load_times(gguf, facts));
    facts->feature_count = neume_gguf_columns(gguf, "features");
    if (!facts->feature_count) return NEUME_OK;
    if (facts->feature_count > TASTE_FEATURES_MOST) return neume_fail(NEUME_EFORMAT, "the model has too many features");
    return neume__array_load(gguf, "", "features", items, facts->feature_count, &facts->features);
}

static neume_status load(const neume_gguf *gguf, neume_taste_model *model) {
    const char *architecture = neume_gguf_string(gguf, "general.architecture");
    if (!architecture || strcmp(architecture, "neume-taste") != 0)
        return neume_fail(NEUME_EFORMAT, "this is no model of taste");
    if (neume_gguf_integer(gguf, "taste.version", 0) != VERSION)
        return neume_fail(NEUME_EFORMAT, "the model is of another version than %d", VERSION);
    NEUME_TRY(neume__facts_init(&model->facts));
    NEUME_TRY(load_facts(gguf, &model->facts));
    return neume__part_load(&model->part, &model->facts, gguf);
}

static neume_status of_gguf(neume_gguf *gguf, neume_taste_model **out) {
    neume_taste_model *model = neume__calloc(1, sizeof *model);
    neume_status status = NEUME_ENOMEM;
    if (!model) goto fail;
    NEUME_GO(load(gguf, model));
    *out = model;
    model = NULL;
fail:
    neume_gguf_free(gguf);
    neume_taste_free(model);
    return status;
}

neume_status neume_taste_parse(const void *bytes, size_t count, neume_taste_model **out) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_parse(bytes, count, &gguf));
    return of_gguf(gguf, out);
}

neume_status neume_taste_load(const char *path, neume_taste_model **out) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    return of_gguf(gguf, out);
}
