/* Training the language model of tunes: documents are drawn anew for every step (another key, wishes, a gap to fill),
 * packed into rows, and each token is predicted from those before it. The rate rises, stays, and falls to nothing in
 * the last part (warm-up, stable, decay: Hu et al. 2024), so that a run can be continued from where it stayed. */
#include "neume/learn.h"
#include "neume/lm_net.h"
#include "recipe.h"
#include "run_folder.h"
#include "score_lm.h"
#include "tune_batch.h"
#include "tunes.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { SOURCES = 6 };

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
    double loss;
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
    const tunes *from = &r->source[recipe_draw_share(r->recipe.share, SOURCES, rng)];
    return &from->items[neume_rng_below(rng, (int64_t)from->count)];
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

static neume_status save_checkpoint(void *run) {
    const lm_run *r = run;
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    return neume_lm_net_save(r->net, &r->adam, path);
}

static neume_status save_model(const lm_run *r) {
    char path[RUN_PATH_MAX];
    neume_gguf_writer *writer = NULL;
    run_folder_path(r->recipe.run, "model.gguf", path);
    NEUME_TRY(neume_gguf_writer_new("qwen2", &writer));
    neume_status status = neume_gguf_set_string(writer, "general.name", r->recipe.name);
    if (!status) status = neume_vocabulary_store(r->vocabulary, writer);
    if (!status) status = neume_lm_net_export(r->net, NEUME_F32, writer);
    if (!status) status = neume_gguf_write(writer, path);
    neume_gguf_writer_free(writer);
    return status;
}

static neume_status load_sources(lm_run *r) {
    double total = 0;
    for (int i = 0; i < SOURCES; i++) {
        if (!r->recipe.tunes[i][0]) continue;
        NEUME_TRY(tunes_add(&r->source[i], r->recipe.tunes[i], r->recipe.source[i][0] ? r->recipe.source[i] : NULL));
        neume_log(NEUME_LOG_INFO, "%s: %zu tunes, %zu left out", r->recipe.tunes[i], r->source[i].count,
                  r->source[i].refused);
    }
    for (int i = 0; i < SOURCES; i++)
        total += r->recipe.share[i] = r->source[i].count ? fmax(r->recipe.share[i], 0) : 0;
    if (total <= 0) return neume_fail(NEUME_EFORMAT, "the recipe's sources hold no tune");
    return r->recipe.validation[0] ? tunes_add(&r->validation, r->recipe.validation, NULL) : NEUME_OK;
}

static neume_status obtain_net(lm_run *r) {
    const lm_recipe *recipe = &r->recipe;
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
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
    NEUME_TRY(run_folder_make(r->recipe.run));
    NEUME_TRY(neume_vocabulary_new_abc(&r->vocabulary));
    NEUME_TRY(load_sources(r));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->pass.compute));
    r->pass.dtype = neume_compute_has_bf16() ? NEUME_BF16 : NEUME_F32;
    r->pass.dropout = (float)r->recipe.dropout;
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.beta2 = .95F, r->adam.decay = (float)r->recipe.decay, r->adam.average_decay = (float)r->recipe.average;
    NEUME_TRY(obtain_net(r));
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

static neume_status log_row(const lm_run *r, const char *file, double value) {
    const double tokens = (double)(r->adam.step * r->recipe.rows * r->recipe.length);
    return run_folder_row(r->recipe.run, file, r->adam.step, tokens * 1e-6, value);
}

static neume_status log_loss(void *run) {
    lm_run *r = run;
    const double loss = r->loss / (double)r->steps_since;
    r->loss = 0, r->steps_since = 0;
    return log_row(r, "metrics.tsv", loss);
}

/* Bits a character of the averaged weights on tunes never trained on; they are written as model.gguf. */
static neume_status validate(void *run) {
    lm_run *r = run;
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
    return score.bytes ? log_row(r, "validation.tsv", score.bits / (double)score.bytes) : NEUME_OK;
}

/* Up, level, and in the last part down to a hundredth. */
static float rate_at(const lm_recipe *recipe, int64_t step) {
    const double rising = (double)(step + 1) / (double)(recipe->warmup + 1), left = (double)(recipe->steps - step);
    const double falling = recipe->cooldown > 0 ? left / (recipe->cooldown * (double)recipe->steps) : 1;
    return (float)(recipe->rate * fmax(.01, fmin(fmin(rising, falling), 1)));
}

static neume_status train_step(void *run) {
    lm_run *r = run;
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

neume_status neume_train_lm(const char *recipe_path, const neume_progress *progress) {
    lm_run *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    neume_status status = read_recipe(recipe_path, &r->recipe);
    if (!status) status = begin(r);
    const run_steps steps = {.done = &r->adam.step,
                             .wanted = r->recipe.steps,
                             .validate_every = r->recipe.validate_every,
                             .checkpoint_minutes = r->recipe.checkpoint_minutes,
                             .step = train_step,
                             .log = log_loss,
                             .save = save_checkpoint,
                             .validate = validate};
    if (!status) status = run_steps_take(&steps, r, progress);
    end(r);
    neume__free(r);
    return status;
}
