/* Training the network that settles who plays what. Segments are made and heard by the note model on the spot; what it
 * heard of each note goes in, who played it is to come out. The note model must be unsure here as it will be in life:
 * so most sounds come from instruments that it never heard, the invented ones. Hearing costs far more than learning:
 * each segment is learnt from several times before it makes room for the next. */
#include "neume/hear_net.h"
#include "neume/learn.h"
#include "recipe.h"
#include "run_folder.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum {
    F = NEUME_HEAR_FAMILIES,
    NOTES_MOST = 256, /* of one example */
    NOTES_LEAST = 6,
    POOL_MOST = 1024,
    VALIDATED_MOST = 256,
};
static const double MATCH_S = 0.05;

typedef struct cast_recipe {
    char run[RECIPE_TEXT_MAX], name[RECIPE_TEXT_MAX], model[RECIPE_TEXT_MAX], corpus[RECIPE_TEXT_MAX],
        bank[RECIPE_TEXT_MAX];
    int64_t seed, steps, warmup, batch, validate_every, validate_segments;
    int64_t pool, fresh; /* examples kept to learn from, and made anew a step */
    double rate, average, decay, seconds, checkpoint_minutes;
    neume_dataset_options data;
} cast_recipe;

/* One segment as it was heard. */
typedef struct example {
    neume_notes notes;
    float *heard; /* (notes, stride) */
    int *family;  /* who played each; -1: no such note was played */
} example;

typedef struct cast_run {
    cast_recipe recipe;
    neume_dataset *dataset, *held_out;
    neume_hear_model *model;
    neume_cast_net *net;
    neume_compute *compute;
    neume_adamw adam;
    int64_t stride;
    float *pcm;
    run_pool kept;
    example pool[POOL_MOST], validation[VALIDATED_MOST];
    neume_cast_view *views;
    float *target, *weight, *d_logits; /* (batch * NOTES_MOST, F), (..), (.., F) */
    double loss, right, asked;
    int64_t steps_since;
} cast_run;

static neume_status read_recipe(const char *path, cast_recipe *out) {
    cast_recipe r = {.name = "neume-cast",
                     .seed = 1,
                     .steps = 3000,
                     .warmup = 100,
                     .batch = 8,
                     .validate_every = 500,
                     .validate_segments = 64,
                     .pool = 256,
                     .fresh = 2,
                     .rate = 2e-3,
                     .average = .995,
                     .decay = .05,
                     .seconds = 20,
                     .checkpoint_minutes = 3,
                     .data = {.share_chamber = 1, .augment = {.strength = .5, .clean_share = .4}}};
    const recipe_key keys[] = {
        {"run", RECIPE_TEXT, r.run},
        {"name", RECIPE_TEXT, r.name},
        {"model", RECIPE_TEXT, r.model},
        {"corpus", RECIPE_TEXT, r.corpus},
        {"bank", RECIPE_TEXT, r.bank},
        {"seed", RECIPE_INTEGER, &r.seed},
        {"steps", RECIPE_INTEGER, &r.steps},
        {"warmup", RECIPE_INTEGER, &r.warmup},
        {"batch", RECIPE_INTEGER, &r.batch},
        {"validate_every", RECIPE_INTEGER, &r.validate_every},
        {"validate_segments", RECIPE_INTEGER, &r.validate_segments},
        {"pool", RECIPE_INTEGER, &r.pool},
        {"fresh", RECIPE_INTEGER, &r.fresh},
        {"rate", RECIPE_NUMBER, &r.rate},
        {"average", RECIPE_NUMBER, &r.average},
        {"decay", RECIPE_NUMBER, &r.decay},
        {"seconds", RECIPE_NUMBER, &r.seconds},
        {"checkpoint_minutes", RECIPE_NUMBER, &r.checkpoint_minutes},
        {"share_piano", RECIPE_NUMBER, &r.data.share_piano},
        {"share_chamber", RECIPE_NUMBER, &r.data.share_chamber},
        {"share_band", RECIPE_NUMBER, &r.data.share_band},
        {"share_lines", RECIPE_NUMBER, &r.data.share_lines},
        {"share_ensembles", RECIPE_NUMBER, &r.data.share_ensembles},
        {"strength", RECIPE_NUMBER, &r.data.augment.strength},
        {"clean", RECIPE_NUMBER, &r.data.augment.clean_share},
    };
    NEUME_TRY(recipe_read(path, keys, sizeof keys / sizeof *keys));
    if (!r.run[0] || !r.model[0] || !r.corpus[0] || !r.bank[0])
        return neume_fail(NEUME_EFORMAT, "%s: a recipe needs run, model, corpus and bank", path);
    if (r.batch < 1 || r.batch > 64 || r.steps < 1 || r.validate_every < 1 || !(r.seconds >= 2 && r.seconds <= 60))
        return neume_fail(NEUME_EFORMAT, "%s: batch, steps, validate_every or seconds out of range", path);
    if (r.pool < 1 || r.pool > POOL_MOST || r.fresh < 1 || r.fresh > r.pool || r.validate_segments < 0 ||
        r.validate_segments > VALIDATED_MOST)
        return neume_fail(NEUME_EFORMAT, "%s: pool, fresh or validate_segments out of range", path);
    *out = r;
    return NEUME_OK;
}

/* --- examples ----------------------------------------------------------------------------------------------------- */

static void example_clear(example *e) {
    neume_notes_clear(&e->notes);
    neume__free(e->heard);
    neume__free(e->family);
    *e = (example){0};
}

/* Who played a note: the nearest true one of its pitch. Nobody, where there is none, or no family of ours. */
static int player_of(const neume_notes *truth, const neume_note *note) {
    double nearest_s = MATCH_S;
    int family = -1;
    for (size_t i = 0; i < truth->count; i++) {
        const neume_note *played = &truth->items[i];
        double apart_s = fabs(played->onset_s - note->onset_s);
        if (played->pitch != note->pitch || played->program / 8 >= F || apart_s > nearest_s) continue;
        nearest_s = apart_s;
        family = played->program / 8;
    }
    return family;
}

static neume_status hear(cast_run *r, size_t samples, example *e) {
    neume_hear_options options = NEUME_HEAR_OPTIONS_DEFAULT;
    neume_transcriber *transcriber = NULL;
    size_t count;
    options.timbres = true;
    NEUME_TRY(neume_transcriber_new(r->model, &options, &transcriber));
    neume_status status = neume_transcriber_feed(transcriber, r->pcm, samples, &e->notes);
    if (!status) status = neume_transcriber_finish(transcriber, &e->notes);
    if (!status) status = neume_transcriber_timbres(transcriber, &e->heard, &r->stride, &count);
    neume_transcriber_free(transcriber);
    return status;
}

/* Replaces an example by segment `seed`; one without notes stays empty. */
static neume_status make_example(cast_run *r, const neume_dataset *dataset, uint64_t seed, example *e) {
    const size_t samples = (size_t)(r->recipe.seconds * NEUME_FEATURES_RATE_HZ);
    neume_segment segment = {0};
    example_clear(e);
    neume_status status = neume_dataset_sample(dataset, seed, r->recipe.seconds, r->pcm, &segment);
    if (!status) status = hear(r, samples, e);
    if (!status) e->family = neume__calloc(e->notes.count + 1, sizeof *e->family);
    if (!status && !e->family) status = NEUME_ENOMEM;
    for (size_t i = 0; !status && i < e->notes.count; i++)
        e->family[i] =
            e->notes.items[i].program == NEUME_PROGRAM_DRUMS ? -1 : player_of(&segment.truth, &e->notes.items[i]);
    neume_segment_clear(&segment);
    return status;
}

static uint64_t seed_of(const cast_run *r, int64_t number) {
    return ((uint64_t)r->recipe.seed << 40) + (uint64_t)number;
}

/* Example `number` of the run takes its place in the pool. */
static neume_status make_numbered(void *run, int64_t number) {
    cast_run *r = run;
    return make_example(r, r->dataset, seed_of(r, number), &r->pool[number % r->recipe.pool]);
}

/* Some notes in a row of an example. */
static void put_view(cast_run *r, int64_t b, const example *e, size_t first, size_t count, int64_t row) {
    r->views[b] = (neume_cast_view){e->notes.items + first, e->heard + first * (size_t)r->stride, r->stride,
                                    (int64_t)count, true};
    for (size_t i = 0; i < count; i++) {
        const int family = e->family[first + i];
        r->weight[row + (int64_t)i] = family >= 0;
        for (int f = 0; f < F; f++) r->target[(row + (int64_t)i) * F + f] = f == family;
    }
}

/* Forward and loss of `count` views that have been put; the rows behind them do not count. */
static neume_status judge(cast_run *r, size_t count, int64_t used, const float **logits, double *loss) {
    const int64_t rows = r->recipe.batch * NOTES_MOST;
    double known = 0;
    for (int64_t i = used; i < rows; i++) {
        r->weight[i] = 0;
        memset(r->target + i * F, 0, F * sizeof *r->target);
    }
    for (int64_t i = 0; i < used; i++) known += (double)r->weight[i];
    NEUME_TRY(neume_cast_net_forward(r->net, r->compute, r->views, count, rows, logits));
    const neume_loss_rows layout = {rows, F, 0, F};
    memset(r->d_logits, 0, (size_t)(rows * F) * sizeof *r->d_logits);
    *loss = neume_loss_softmax(&layout, *logits, r->target, r->weight, 1 / (float)fmax(known, 1), r->d_logits);
    for (int64_t i = 0; i < used; i++) {
        int best = 0;
        for (int f = 1; f < F; f++)
            if ((*logits)[i * F + f] > (*logits)[i * F + best]) best = f;
        r->right += (double)(r->weight[i] * r->target[i * F + best]);
    }
    r->asked += known;
    return NEUME_OK;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static neume_status save(void *run) {
    const cast_run *r = run;
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    return neume_cast_net_save(r->net, r->recipe.name, &r->adam, path);
}

static neume_status begin_net(cast_run *r) {
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    if (access(path, R_OK) == 0) return neume_cast_net_load(path, &r->adam, &r->net);
    NEUME_TRY(neume_cast_net_new(r->model, (uint64_t)r->recipe.seed, &r->net));
    return neume_parameters_prepare_training(neume_cast_net_parameters(r->net));
}

static neume_status begin(cast_run *r) {
    const size_t rows = (size_t)(r->recipe.batch * NOTES_MOST);
    NEUME_TRY(run_folder_make(r->recipe.run));
    r->kept = (run_pool){r->recipe.pool, r->recipe.fresh, make_numbered, save};
    r->recipe.data.corpus_path = r->recipe.corpus;
    r->recipe.data.bank_path = r->recipe.bank;
    NEUME_TRY(neume_dataset_open(&r->recipe.data, &r->dataset));
    r->recipe.data.validation = true;
    NEUME_TRY(neume_dataset_open(&r->recipe.data, &r->held_out));
    NEUME_TRY(neume_hear_model_load(r->recipe.model, &r->model));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->compute));
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.average_decay = (float)r->recipe.average;
    r->adam.decay = (float)r->recipe.decay;
    r->pcm = neume__alloc_aligned((size_t)(r->recipe.seconds * NEUME_FEATURES_RATE_HZ + 1) * sizeof *r->pcm);
    r->views = neume__calloc((size_t)r->recipe.batch, sizeof *r->views);
    r->target = neume__calloc(rows * F, sizeof *r->target);
    r->d_logits = neume__calloc(rows * F, sizeof *r->d_logits);
    r->weight = neume__calloc(rows, sizeof *r->weight);
    if (!r->pcm || !r->views || !r->target || !r->d_logits || !r->weight) return NEUME_ENOMEM;
    for (int64_t i = 0; i < r->recipe.validate_segments; i++)
        NEUME_TRY(make_example(r, r->held_out, (UINT64_C(1) << 62) + (uint64_t)i, &r->validation[i]));
    NEUME_TRY(begin_net(r));
    return run_pool_fill(&r->kept, r, r->adam.step);
}

static void end(cast_run *r) {
    for (int i = 0; i < POOL_MOST; i++) example_clear(&r->pool[i]);
    for (int i = 0; i < VALIDATED_MOST; i++) example_clear(&r->validation[i]);
    neume__free(r->pcm), neume__free(r->views), neume__free(r->target), neume__free(r->d_logits),
        neume__free(r->weight);
    neume_cast_net_free(r->net);
    neume_compute_free(r->compute);
    neume_hear_model_free(r->model);
    neume_dataset_close(r->dataset);
    neume_dataset_close(r->held_out);
}

/* Loss a note and the share that is right, since the last time. */
static neume_status log_loss(void *run) {
    cast_run *r = run;
    const double heard_h = (double)(r->adam.step * r->recipe.fresh + r->recipe.pool) * r->recipe.seconds / 3600;
    NEUME_TRY(run_folder_row(r->recipe.run, "metrics.tsv", r->adam.step, heard_h, r->loss / (double)r->steps_since));
    NEUME_TRY(run_folder_scalar(r->recipe.run, "right", r->adam.step, r->right / fmax(r->asked, 1)));
    r->loss = r->right = r->asked = 0, r->steps_since = 0;
    return NEUME_OK;
}

/* The share of notes that the averaged weights judge rightly on pieces and sounds never trained on. */
static neume_status validate(void *run) {
    cast_run *r = run;
    neume_parameters *parameters = neume_cast_net_parameters(r->net);
    const double kept[] = {r->right, r->asked};
    char path[RUN_PATH_MAX];
    neume_status status = NEUME_OK;
    run_folder_path(r->recipe.run, "model.gguf", path);
    neume_parameters_swap_average(parameters);
    r->right = r->asked = 0;
    for (int64_t i = 0; i < r->recipe.validate_segments && !status; i++) {
        const example *e = &r->validation[i];
        const float *logits;
        double loss;
        const size_t count = e->notes.count < NOTES_MOST ? e->notes.count : NOTES_MOST;
        put_view(r, 0, e, 0, count, 0);
        status = judge(r, 1, (int64_t)count, &logits, &loss);
    }
    if (!status)
        status = run_folder_row(r->recipe.run, "validation.tsv", r->adam.step, r->asked, r->right / fmax(r->asked, 1));
    if (!status) status = neume_cast_net_save(r->net, r->recipe.name, NULL, path);
    neume_parameters_swap_average(parameters);
    r->right = kept[0], r->asked = kept[1];
    return status;
}

static neume_status train_step(void *run) {
    cast_run *r = run;
    neume_parameters *parameters = neume_cast_net_parameters(r->net);
    neume_rng rng = neume_rng_seeded(seed_of(r, r->adam.step), 5);
    const float *logits;
    double loss, norm;
    int64_t used = 0;
    NEUME_TRY(run_pool_refresh(&r->kept, r, r->adam.step));
    for (int64_t b = 0; b < r->recipe.batch; b++) {
        const example *e = &r->pool[neume_rng_below(&rng, r->recipe.pool)];
        size_t count = e->notes.count;
        if (count > NOTES_LEAST && neume_rng_chance(&rng, 0.5)) /* recordings are of any length */
            count = NOTES_LEAST + (size_t)neume_rng_below(&rng, (int64_t)(count - NOTES_LEAST));
        if (count > NOTES_MOST) count = NOTES_MOST;
        size_t first = (size_t)neume_rng_below(&rng, (int64_t)(e->notes.count - count + 1));
        put_view(r, b, e, first, count, used);
        used += (int64_t)count;
    }
    neume_parameters_zero_gradients(parameters);
    NEUME_TRY(judge(r, (size_t)r->recipe.batch, used, &logits, &loss));
    NEUME_TRY(neume_cast_net_backward(r->net, r->compute, r->d_logits));
    const float rate =
        neume_schedule_cosine(r->adam.step, r->recipe.warmup, r->recipe.steps, (float)r->recipe.rate, .02F);
    neume_adamw_step(&r->adam, parameters, rate, &norm);
    r->loss += loss;
    r->steps_since++;
    return NEUME_OK;
}

neume_status neume_train_cast(const char *recipe_path, const neume_progress *progress) {
    cast_run *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    neume_status status = read_recipe(recipe_path, &r->recipe);
    if (!status) status = begin(r);
    const run_steps steps = {.done = &r->adam.step,
                             .wanted = r->recipe.steps,
                             .validate_every = r->recipe.validate_every,
                             .checkpoint_minutes = r->recipe.checkpoint_minutes,
                             .step = train_step,
                             .log = log_loss,
                             .save = save,
                             .validate = validate};
    if (!status) status = run_steps_take(&steps, r, progress);
    end(r);
    neume__free(r);
    return status;
}
