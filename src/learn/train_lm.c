/* Training the language model of tunes: documents are drawn anew for every step (another key, wishes, a gap to fill),
 * packed into rows, and each token is predicted from those before it. The rate rises, stays, and falls to nothing in
 * the last part (warm-up, stable, decay: Hu et al. 2024), so that a run can be continued from where it stayed. */
#include "event_log.h"
#include "neume/learn.h"
#include "neume/lm_net.h"
#include "recipe.h"
#include "score_lm.h"
#include "tune_batch.h"
#include "tunes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOURCES = 6, LOG_EVERY = 20 };

typedef struct lm_recipe {
    char run[RECIPE_TEXT_MAX], start[RECIPE_TEXT_MAX], name[RECIPE_TEXT_MAX], validation[RECIPE_TEXT_MAX];
    char tunes[SOURCES][RECIPE_TEXT_MAX], source[SOURCES][RECIPE_TEXT_MAX];
    double share[SOURCES];
    int64_t seed, steps, warmup, rows, length, width, layers, heads, kv_heads, hidden, validate_every, validation_tunes;
    double rate, cooldown, decay, dropout, average, shifted, wished, gaps, titles, checkpoint_minutes;
} lm_recipe;

typedef struct lm_run {
    lm_recipe recipe;
    neume_vocabulary *vocabulary;
    tunes source[SOURCES], validation;
    neume_lm_net *net;
    neume_lm_pass pass;
    neume_adamw adam;
    tune_batch batch;
    tune_documents documents;
    double loss, saved_s;
    int64_t steps_since;
} lm_run;

static neume_status check_recipe(const char *path, const lm_recipe *r) {
    if (!r->run[0]) return neume_fail(NEUME_EFORMAT, "%s: a recipe needs run = FOLDER", path);
    if (r->steps < 1 || r->validate_every < 1 || r->rows < 1 || r->rows > 4096 || r->length < 16 || r->length > 8192)
        return neume_fail(NEUME_EFORMAT, "%s: steps, rows, length or validate_every out of range", path);
    return NEUME_OK;
}

static neume_status read_recipe(const char *path, lm_recipe *out) {
    lm_recipe r = {.name = "neume-compose",
                   .seed = 1,
                   .steps = 4000,
                   .warmup = 200,
                   .rows = 8,
                   .length = 1024,
                   .width = 256,
                   .layers = 6,
                   .heads = 4,
                   .kv_heads = 4,
                   .hidden = 704,
                   .validate_every = 500,
                   .validation_tunes = 200,
                   .rate = 1.5e-3,
                   .cooldown = .25,
                   .decay = .5,
                   .dropout = .1,
                   .average = .99,
                   .shifted = .5,
                   .wished = .5,
                   .gaps = .5,
                   .titles = .1,
                   .checkpoint_minutes = 3};
    for (int i = 0; i < SOURCES; i++) r.share[i] = 1;
    const recipe_key keys[] = {
        {"run", RECIPE_TEXT, r.run},
        {"start", RECIPE_TEXT, r.start},
        {"name", RECIPE_TEXT, r.name},
        {"validation", RECIPE_TEXT, r.validation},
        {"tunes1", RECIPE_TEXT, r.tunes[0]},
        {"source1", RECIPE_TEXT, r.source[0]},
        {"share1", RECIPE_NUMBER, &r.share[0]},
        {"tunes2", RECIPE_TEXT, r.tunes[1]},
        {"source2", RECIPE_TEXT, r.source[1]},
        {"share2", RECIPE_NUMBER, &r.share[1]},
        {"tunes3", RECIPE_TEXT, r.tunes[2]},
        {"source3", RECIPE_TEXT, r.source[2]},
        {"share3", RECIPE_NUMBER, &r.share[2]},
        {"tunes4", RECIPE_TEXT, r.tunes[3]},
        {"source4", RECIPE_TEXT, r.source[3]},
        {"share4", RECIPE_NUMBER, &r.share[3]},
        {"tunes5", RECIPE_TEXT, r.tunes[4]},
        {"source5", RECIPE_TEXT, r.source[4]},
        {"share5", RECIPE_NUMBER, &r.share[4]},
        {"tunes6", RECIPE_TEXT, r.tunes[5]},
        {"source6", RECIPE_TEXT, r.source[5]},
        {"share6", RECIPE_NUMBER, &r.share[5]},
        {"seed", RECIPE_INTEGER, &r.seed},
        {"steps", RECIPE_INTEGER, &r.steps},
        {"warmup", RECIPE_INTEGER, &r.warmup},
        {"rows", RECIPE_INTEGER, &r.rows},
        {"length", RECIPE_INTEGER, &r.length},
        {"width", RECIPE_INTEGER, &r.width},
        {"layers", RECIPE_INTEGER, &r.layers},
        {"heads", RECIPE_INTEGER, &r.heads},
        {"kv_heads", RECIPE_INTEGER, &r.kv_heads},
        {"hidden", RECIPE_INTEGER, &r.hidden},
        {"validate_every", RECIPE_INTEGER, &r.validate_every},
        {"validation_tunes", RECIPE_INTEGER, &r.validation_tunes},
        {"rate", RECIPE_NUMBER, &r.rate},
        {"cooldown", RECIPE_NUMBER, &r.cooldown},
        {"decay", RECIPE_NUMBER, &r.decay},
        {"dropout", RECIPE_NUMBER, &r.dropout},
        {"average", RECIPE_NUMBER, &r.average},
        {"shifted", RECIPE_NUMBER, &r.shifted},
        {"wished", RECIPE_NUMBER, &r.wished},
        {"gaps", RECIPE_NUMBER, &r.gaps},
        {"titles", RECIPE_NUMBER, &r.titles},
        {"checkpoint_minutes", RECIPE_NUMBER, &r.checkpoint_minutes},
    };
    NEUME_TRY(recipe_read(path, keys, sizeof keys / sizeof *keys));
    NEUME_TRY(check_recipe(path, &r));
    *out = r;
    return NEUME_OK;
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

static const tune *choose_tune(const lm_run *r, neume_rng *rng) {
    double total = 0;
    for (int i = 0; i < SOURCES; i++)
        if (r->source[i].count) total += r->recipe.share[i];
    double at = neume_rng_uniform(rng, 0, total);
    int chosen = -1;
    for (int i = 0; i < SOURCES && at >= 0; i++)
        if (r->source[i].count) chosen = i, at -= r->recipe.share[i];
    return &r->source[chosen].items[neume_rng_below(rng, (int64_t)r->source[chosen].count)];
}

static neume_status make_batch(lm_run *r) {
    const lm_recipe *recipe = &r->recipe;
    const tune_drawing how = {recipe->shifted, recipe->wished, recipe->gaps, recipe->titles, (size_t)recipe->length};
    neume_rng rng = neume_rng_seeded(((uint64_t)recipe->seed << 40) + (uint64_t)r->adam.step, 23);
    tune_documents_empty(&r->documents);
    while (r->documents.tokens.count < (size_t)(recipe->rows * recipe->length)) {
        size_t given;
        NEUME_TRY(tune_draw(choose_tune(r, &rng), r->vocabulary, &how, &rng, &r->documents.tokens, &given));
        NEUME_TRY(tune_documents_close(&r->documents, given));
    }
    return tune_batch_pack(&r->batch, &r->documents);
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static neume_status run_path(const lm_run *r, const char *name, char *path, size_t size) {
    if (snprintf(path, size, "%s/%s", r->recipe.run, name) >= (int)size)
        return neume_fail(NEUME_EINVAL, "the run's path is too long");
    return NEUME_OK;
}

static neume_status save_checkpoint(lm_run *r) {
    char path[2 * RECIPE_TEXT_MAX];
    NEUME_TRY(run_path(r, "checkpoint.gguf", path, sizeof path));
    r->saved_s = neume_clock_s();
    return neume_lm_net_save(r->net, &r->adam, path);
}

static neume_status save_model(lm_run *r) {
    char path[2 * RECIPE_TEXT_MAX];
    neume_gguf_writer *writer = NULL;
    NEUME_TRY(run_path(r, "model.gguf", path, sizeof path));
    NEUME_TRY(neume_gguf_writer_new("qwen2", &writer));
    neume_status status = neume_gguf_set_string(writer, "general.name", r->recipe.name);
    if (!status) status = neume_vocabulary_store(r->vocabulary, writer);
    if (!status) status = neume_lm_net_export(r->net, NEUME_F32, writer);
    if (!status) status = neume_gguf_write(writer, path);
    neume_gguf_writer_free(writer);
    return status;
}

static neume_status load_sources(lm_run *r) {
    size_t count = 0;
    for (int i = 0; i < SOURCES; i++) {
        if (!r->recipe.tunes[i][0]) continue;
        NEUME_TRY(tunes_add(&r->source[i], r->recipe.tunes[i], r->recipe.source[i][0] ? r->recipe.source[i] : NULL));
        neume_log(NEUME_LOG_INFO, "%s: %zu tunes, %zu left out", r->recipe.tunes[i], r->source[i].count,
                  r->source[i].refused);
        count += r->source[i].count;
    }
    if (!count) return neume_fail(NEUME_EFORMAT, "the recipe's sources hold no tune");
    return r->recipe.validation[0] ? tunes_add(&r->validation, r->recipe.validation, NULL) : NEUME_OK;
}

static neume_status obtain_net(lm_run *r) {
    const lm_recipe *recipe = &r->recipe;
    char path[2 * RECIPE_TEXT_MAX];
    NEUME_TRY(run_path(r, "checkpoint.gguf", path, sizeof path));
    if (access(path, R_OK) == 0) return neume_lm_net_load(path, &r->adam, &r->net);
    if (recipe->start[0]) {
        NEUME_TRY(neume_lm_net_load(recipe->start, NULL, &r->net));
    } else {
        neume_lm_shape shape = NEUME_LM_SHAPE_DEFAULT;
        shape.vocabulary = neume_vocabulary_count(r->vocabulary);
        shape.width = recipe->width, shape.layers = recipe->layers, shape.heads = recipe->heads;
        shape.kv_heads = recipe->kv_heads, shape.hidden = recipe->hidden, shape.context = recipe->length;
        NEUME_TRY(neume_lm_net_new(&shape, (uint64_t)recipe->seed, &r->net));
    }
    return neume_parameters_prepare_training(neume_lm_net_parameters(r->net));
}

static neume_status begin(lm_run *r) {
    if (mkdir(r->recipe.run, 0777) != 0 && access(r->recipe.run, W_OK) != 0)
        return neume_fail(NEUME_EIO, "cannot write in %s", r->recipe.run);
    NEUME_TRY(neume_vocabulary_new_abc(&r->vocabulary));
    NEUME_TRY(load_sources(r));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->pass.compute));
    r->pass.dtype = neume_compute_has_bf16() ? NEUME_BF16 : NEUME_F32;
    r->pass.dropout = (float)r->recipe.dropout;
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.beta2 = .95F, r->adam.decay = (float)r->recipe.decay, r->adam.average_decay = (float)r->recipe.average;
    NEUME_TRY(obtain_net(r));
    r->saved_s = neume_clock_s();
    return tune_batch_init(&r->batch, r->recipe.rows, r->recipe.length);
}

static void end(lm_run *r) {
    for (int i = 0; i < SOURCES; i++) tunes_clear(&r->source[i]);
    tunes_clear(&r->validation);
    tune_documents_clear(&r->documents);
    tune_batch_clear(&r->batch);
    neume_lm_net_free(r->net);
    neume_compute_free(r->pass.compute);
    neume_vocabulary_free(r->vocabulary);
}

static neume_status append_line(const lm_run *r, const char *file, double value) {
    char path[2 * RECIPE_TEXT_MAX];
    NEUME_TRY(run_path(r, file, path, sizeof path));
    FILE *log = fopen(path, "a");
    if (!log) return neume_fail(NEUME_EIO, "cannot write %s", path);
    fprintf(log, "%lld\t%.3f\t%.5f\n", (long long)r->adam.step,
            (double)(r->adam.step * r->recipe.rows * r->recipe.length) * 1e-6, value);
    if (fclose(log) != 0) return neume_fail(NEUME_EIO, "cannot write %s", path);
    NEUME_TRY(run_path(r, "events.out.tfevents.neume", path, sizeof path));
    return event_log_scalar(path, file, r->adam.step, value);
}

/* Bits a character of the averaged weights on tunes never trained on; they are written as model.gguf. */
static neume_status validate(lm_run *r) {
    neume_parameters *parameters = neume_lm_net_parameters(r->net);
    lm_score score = {0};
    neume_parameters_swap_average(parameters);
    neume_status status = NEUME_OK;
    if (r->validation.count)
        status =
            lm_score_tunes(r->net, &r->pass, r->vocabulary, &r->validation, (size_t)r->recipe.validation_tunes, &score);
    if (!status) status = save_model(r);
    neume_parameters_swap_average(parameters);
    NEUME_TRY(status);
    return score.bytes ? append_line(r, "validation.tsv", score.bits / (double)score.bytes) : NEUME_OK;
}

/* Up, level, and in the last part down to a hundredth. */
static float rate_at(const lm_recipe *recipe, int64_t step) {
    const double rising = (double)(step + 1) / (double)(recipe->warmup + 1), left = (double)(recipe->steps - step);
    const double falling = recipe->cooldown > 0 ? left / (recipe->cooldown * (double)recipe->steps) : 1;
    return (float)(recipe->rate * fmax(.01, fmin(fmin(rising, falling), 1)));
}

static neume_status train_step(lm_run *r) {
    neume_parameters *parameters = neume_lm_net_parameters(r->net);
    double loss, norm;
    NEUME_TRY(make_batch(r));
    const neume_lm_batch view = tune_batch_view(&r->batch);
    r->pass.seed = ((uint64_t)r->recipe.seed << 40) + (uint64_t)r->adam.step;
    neume_parameters_zero_gradients(parameters);
    NEUME_TRY(neume_lm_net_step(r->net, &r->pass, &view, &loss));
    neume_adamw_step(&r->adam, parameters, rate_at(&r->recipe, r->adam.step), &norm);
    r->loss += loss;
    r->steps_since++;
    return NEUME_OK;
}

static neume_status run_steps(lm_run *r, const neume_progress *progress) {
    while (r->adam.step < r->recipe.steps) {
        if (neume_cancelled()) {
            NEUME_TRY(save_checkpoint(r));
            return neume_fail(NEUME_ECANCELLED, "stopped at step %lld; the same command goes on from there",
                              (long long)r->adam.step);
        }
        NEUME_TRY(train_step(r));
        const bool last = r->adam.step == r->recipe.steps;
        if (r->adam.step % LOG_EVERY == 0 || last) {
            NEUME_TRY(append_line(r, "metrics.tsv", r->loss / (double)r->steps_since));
            r->loss = 0, r->steps_since = 0;
        }
        if (neume_clock_s() - r->saved_s > 60 * r->recipe.checkpoint_minutes || last) NEUME_TRY(save_checkpoint(r));
        if (r->adam.step % r->recipe.validate_every == 0 || last) NEUME_TRY(validate(r));
        neume__progress(progress, (double)r->adam.step, (double)r->recipe.steps);
    }
    return NEUME_OK;
}

neume_status neume_train_lm(const char *recipe_path, const neume_progress *progress) {
    lm_run *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    neume_status status = read_recipe(recipe_path, &r->recipe);
    if (!status) status = begin(r);
    if (!status) status = run_steps(r, progress);
    end(r);
    neume__free(r);
    return status;
}
