/* Training the network that reads the strokes of a drum kit together. Segments are made and their strokes found by a
 * note model's drum branch on the spot; what the branch says of each stroke goes in, which keys were struck is to come
 * out. The branch must be unsure here as it will be in life: so most kits are ones that it never heard, the invented
 * ones. Each segment is learnt from several times before it makes room for the next. */
#include "neume/hear_net.h"
#include "neume/learn.h"
#include "recipe.h"
#include "run_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEYS = NEUME_HEAR_DRUMS,
    OUTPUTS = NEUME_HEAR_DRUM_OUTPUTS,
    STROKES_MOST = 128, /* of one example, at a time */
    STROKES_LEAST = 8,
    POOL_MOST = 2048,
    VALIDATED_MOST = 256,
    FIT_STEPS = 400,
};
static const double MATCH_S = 0.045, TEMPO_SPREAD = 0.1;
static const float VELOCITY_WEIGHT = 0.3f;

typedef struct kit_recipe {
    char run[RECIPE_TEXT_MAX], name[RECIPE_TEXT_MAX], model[RECIPE_TEXT_MAX], corpus[RECIPE_TEXT_MAX],
        bank[RECIPE_TEXT_MAX], second_bank[RECIPE_TEXT_MAX];
    int64_t seed, steps, warmup, batch, validate_every, validate_segments;
    int64_t pool, fresh; /* examples kept to learn from, and made anew a step */
    double rate, average, decay, seconds, checkpoint_minutes;
    double share_second; /* of the segments made from the second bank */
    double spread;       /* 0: strokes as they were heard; 1: much changed at random: kits differ more than banks */
    neume_dataset_options data;
} kit_recipe;

/* The strokes of one segment, and what was struck: velocities 1 .. 127 of (count, KEYS), 0 = not. */
typedef struct example {
    float *rows;
    unsigned char *struck;
    int64_t stride, count, missed; /* missed: hits that are no stroke */
} example;

typedef struct kit_run {
    kit_recipe recipe;
    neume_dataset *dataset, *second, *held_out;
    neume_hear_model *model;
    neume_kit_net *net;
    neume_compute *compute;
    neume_adamw adam;
    float *pcm;
    run_pool kept;
    example pool[POOL_MOST], validation[VALIDATED_MOST];
    neume_kit_view *views;
    float *rows;                       /* (batch, STROKES_MOST, stride): a step's strokes, changed at random */
    float *target, *weight, *d_logits; /* (batch, STROKES_MOST, OUTPUTS) */
    double loss;
    int64_t steps_since;
} kit_run;

static neume_status read_recipe(const char *path, kit_recipe *out) {
    kit_recipe r = {.name = "neume-kit",
                    .seed = 1,
                    .steps = 3000,
                    .warmup = 100,
                    .batch = 16,
                    .validate_every = 500,
                    .validate_segments = 64,
                    .pool = 512,
                    .fresh = 2,
                    .rate = 2e-3,
                    .average = .995,
                    .decay = .05,
                    .seconds = 20,
                    .spread = 1,
                    .checkpoint_minutes = 3,
                    .data = {.keys_as_written = true, .augment = {.strength = .5, .clean_share = .4}}};
    const recipe_key keys[] = {
        {"run", RECIPE_TEXT, r.run},
        {"name", RECIPE_TEXT, r.name},
        {"model", RECIPE_TEXT, r.model},
        {"corpus", RECIPE_TEXT, r.corpus},
        {"bank", RECIPE_TEXT, r.bank},
        {"second_bank", RECIPE_TEXT, r.second_bank},
        {"share_second", RECIPE_NUMBER, &r.share_second},
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
        {"spread", RECIPE_NUMBER, &r.spread},
        {"checkpoint_minutes", RECIPE_NUMBER, &r.checkpoint_minutes},
        {"share_band", RECIPE_NUMBER, &r.data.share_band},
        {"share_drums", RECIPE_NUMBER, &r.data.share_drums},
        {"share_chamber", RECIPE_NUMBER, &r.data.share_chamber},
        {"strength", RECIPE_NUMBER, &r.data.augment.strength},
        {"clean", RECIPE_NUMBER, &r.data.augment.clean_share},
    };
    NEUME_TRY(recipe_read(path, keys, sizeof keys / sizeof *keys));
    if (!r.run[0] || !r.model[0] || !r.corpus[0] || !r.bank[0])
        return neume_fail(NEUME_EFORMAT, "%s: a recipe needs run, model, corpus and bank", path);
    if (r.batch < 1 || r.batch > 64 || r.steps < 1 || r.validate_every < 1 || !(r.seconds >= 2 && r.seconds <= 60))
        return neume_fail(NEUME_EFORMAT, "%s: batch, steps, validate_every or seconds out of range", path);
    if (r.pool < 1 || r.pool > POOL_MOST || r.fresh < 1 || r.fresh > r.pool || r.validate_segments < 1 ||
        r.validate_segments > VALIDATED_MOST)
        return neume_fail(NEUME_EFORMAT, "%s: pool, fresh or validate_segments out of range", path);
    if (!(r.spread >= 0 && r.spread <= 8) || !(r.share_second >= 0 && r.share_second <= 1) ||
        (r.share_second > 0 && !r.second_bank[0]))
        return neume_fail(NEUME_EFORMAT, "%s: spread or share_second out of range, or no second_bank", path);
    *out = r;
    return NEUME_OK;
}

/* --- examples ----------------------------------------------------------------------------------------------------- */

static void example_clear(example *e) {
    neume__free(e->rows);
    neume__free(e->struck);
    *e = (example){0};
}

static double stroke_s(const example *e, int64_t i) {
    return (double)e->rows[i * e->stride];
}

/* Gives each hit to the stroke nearest to it. */
static void label(const neume_notes *truth, example *e) {
    for (size_t n = 0; n < truth->count; n++) {
        const neume_note *hit = &truth->items[n];
        const int key = hit->pitch - NEUME_HEAR_DRUM_LOWEST;
        int64_t nearest = -1;
        if (hit->program != NEUME_PROGRAM_DRUMS || key < 0 || key >= KEYS) continue;
        for (int64_t i = 0; i < e->count; i++)
            if (nearest < 0 || fabs(stroke_s(e, i) - hit->onset_s) < fabs(stroke_s(e, nearest) - hit->onset_s))
                nearest = i;
        if (nearest >= 0 && fabs(stroke_s(e, nearest) - hit->onset_s) <= MATCH_S)
            e->struck[nearest * KEYS + key] = (unsigned char)(hit->velocity > 1 ? hit->velocity : 1);
        else
            e->missed++;
    }
}

static neume_status hear(kit_run *r, size_t samples, example *e) {
    neume_hear_options options = NEUME_HEAR_OPTIONS_DEFAULT;
    neume_transcriber *transcriber = NULL;
    neume_notes ignored = {0};
    options.strokes = true;
    NEUME_TRY(neume_instruments_parse("drums", &options.instruments));
    NEUME_TRY(neume_transcriber_new(r->model, &options, &transcriber));
    neume_status status = neume_transcriber_feed(transcriber, r->pcm, samples, &ignored);
    if (!status) status = neume_transcriber_finish(transcriber, &ignored);
    if (!status) {
        const neume_kit_view heard = neume_transcriber_strokes(transcriber);
        const size_t bytes = (size_t)(heard.stride * heard.count) * sizeof *e->rows;
        e->stride = heard.stride;
        e->count = heard.count;
        e->rows = neume__alloc(bytes + sizeof *e->rows);
        e->struck = neume__calloc((size_t)(heard.count * KEYS) + 1, 1);
        if (!e->rows || !e->struck)
            status = NEUME_ENOMEM;
        else if (bytes)
            memcpy(e->rows, heard.rows, bytes);
    }
    neume_transcriber_free(transcriber);
    neume_notes_clear(&ignored);
    return status;
}

/* Replaces an example by segment `seed`. */
static neume_status make_example(kit_run *r, const neume_dataset *dataset, uint64_t seed, example *e) {
    const size_t samples = (size_t)(r->recipe.seconds * NEUME_FEATURES_RATE_HZ);
    neume_segment segment = {0};
    example_clear(e);
    neume_status status = neume_dataset_sample(dataset, seed, r->recipe.seconds, r->pcm, &segment);
    if (!status) status = hear(r, samples, e);
    if (status)
        example_clear(e);
    else
        label(&segment.truth, e);
    neume_segment_clear(&segment);
    return status;
}

static uint64_t seed_of(const kit_run *r, int64_t number) {
    return ((uint64_t)r->recipe.seed << 40) + (uint64_t)number;
}

/* Example `number` of the run takes its place in the pool. */
static neume_status make_numbered(void *run, int64_t number) {
    kit_run *r = run;
    neume_rng rng = neume_rng_seeded(seed_of(r, number), 7);
    const bool second = r->second && neume_rng_chance(&rng, r->recipe.share_second);
    return make_example(r, second ? r->second : r->dataset, seed_of(r, number), &r->pool[number % r->recipe.pool]);
}

/* Changes a view's strokes as another tempo, kit and room might: what is said of each key and each band of the spectrum
 * is shifted, each channel of the branch's last layer scaled, all strokes alike. */
static void disguise(const kit_run *r, float *rows, int64_t stride, int64_t count, neume_rng *rng) {
    const double spread = r->recipe.spread, said = spread * neume_rng_uniform(rng, 0, 1),
                 band = 0.3 * spread * neume_rng_uniform(rng, 0, 1), all = 0.3 * spread * neume_rng_normal(rng),
                 channel = 0.2 * spread * neume_rng_uniform(rng, 0, 1),
                 tempo = exp(TEMPO_SPREAD * neume_rng_normal(rng));
    for (int64_t k = 0; k < stride; k++) {
        const bool key = k >= 1 && k<1 + KEYS, mel = k> OUTPUTS && k < NEUME_STROKE_NUMBERS,
                   hidden = k >= NEUME_STROKE_NUMBERS;
        const double normal = neume_rng_normal(rng),
                     shift = key   ? said * normal
                             : mel ? band * normal + all
                                   : 0,
                     scale = k == 0   ? tempo
                             : hidden ? exp(channel * normal)
                                      : 1;
        for (int64_t i = 0; i < count; i++)
            rows[i * stride + k] = (float)(scale * (double)rows[i * stride + k] + shift);
    }
}

/* Strokes first .. first + count - 1 of an example become view b of the step; rng NULL: as they were heard. */
static void put_view(kit_run *r, int64_t b, const example *e, int64_t first, int64_t count, neume_rng *rng) {
    const int64_t at = b * STROKES_MOST;
    float *rows = r->rows + at * e->stride;
    memcpy(rows, e->rows + first * e->stride, (size_t)(count * e->stride) * sizeof *rows);
    if (rng) disguise(r, rows, e->stride, count, rng);
    for (int64_t i = 0; i < count; i++) {
        float *target = r->target + (at + i) * OUTPUTS, *weight = r->weight + (at + i) * OUTPUTS;
        const unsigned char *struck = e->struck + (first + i) * KEYS;
        for (int k = 0; k < KEYS; k++) {
            target[k] = struck[k] > 0;
            weight[k] = 1;
            target[KEYS + k] = (float)struck[k] / 127;
            weight[KEYS + k] = struck[k] ? VELOCITY_WEIGHT : 0;
        }
    }
    r->views[b] = (neume_kit_view){rows, e->stride, count};
}

/* Forward and loss, in nats a stroke, of the views that have been put. */
static neume_status judge(kit_run *r, size_t count, const float **logits, double *loss) {
    const int64_t items = (int64_t)count * STROKES_MOST * OUTPUTS;
    int64_t strokes = 0;
    for (size_t b = 0; b < count; b++) strokes += r->views[b].count;
    NEUME_TRY(neume_kit_net_forward(r->net, r->compute, r->views, count, STROKES_MOST, logits));
    *loss = neume_loss_binary(*logits, r->target, r->weight, items, 1 / (float)(strokes ? strokes : 1), r->d_logits);
    return NEUME_OK;
}

static void clear_targets(kit_run *r) {
    const size_t items = (size_t)(r->recipe.batch * STROKES_MOST * OUTPUTS);
    memset(r->target, 0, items * sizeof *r->target);
    memset(r->weight, 0, items * sizeof *r->weight);
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static neume_status save(void *run) {
    const kit_run *r = run;
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    return neume_kit_net_save(r->net, r->model, r->recipe.name, &r->adam, path);
}

/* The weights of a run that goes on, or new ones, measured on the first examples. */
static neume_status begin_net(kit_run *r) {
    char path[RUN_PATH_MAX];
    neume_kit_view *heard;
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    if (access(path, R_OK) == 0) {
        NEUME_TRY(neume_kit_net_load(path, &r->adam, &r->net));
        return run_pool_fill(&r->kept, r, r->adam.step);
    }
    NEUME_TRY(neume_kit_net_new(neume_hear_model_drum_channels(r->model), (uint64_t)r->recipe.seed, &r->net));
    NEUME_TRY(neume_parameters_prepare_training(neume_kit_net_parameters(r->net)));
    NEUME_TRY(run_pool_fill(&r->kept, r, r->adam.step));
    heard = neume__calloc((size_t)r->recipe.pool, sizeof *heard);
    if (!heard) return NEUME_ENOMEM;
    for (int64_t i = 0; i < r->recipe.pool; i++)
        heard[i] = (neume_kit_view){r->pool[i].rows, r->pool[i].stride, r->pool[i].count};
    neume_status status = neume_kit_net_standardise(r->net, heard, (size_t)r->recipe.pool);
    neume__free(heard);
    return status;
}

static neume_status open_datasets(kit_run *r) {
    neume_dataset_options *data = &r->recipe.data;
    data->corpus_path = r->recipe.corpus;
    if (r->recipe.share_second > 0) {
        neume_dataset_options second = *data;
        second.bank_path = r->recipe.second_bank;
        second.all_presets = true; /* it is there to be foreign to the branch */
        NEUME_TRY(neume_dataset_open(&second, &r->second));
    }
    data->bank_path = r->recipe.bank;
    NEUME_TRY(neume_dataset_open(data, &r->dataset));
    data->validation = true;
    return neume_dataset_open(data, &r->held_out);
}

static neume_status begin(kit_run *r) {
    const size_t rows = (size_t)(r->recipe.batch * STROKES_MOST);
    NEUME_TRY(run_folder_make(r->recipe.run));
    r->kept = (run_pool){r->recipe.pool, r->recipe.fresh, make_numbered, save};
    NEUME_TRY(open_datasets(r));
    NEUME_TRY(neume_hear_model_load(r->recipe.model, &r->model));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->compute));
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.average_decay = (float)r->recipe.average;
    r->adam.decay = (float)r->recipe.decay;
    r->pcm = neume__alloc_aligned((size_t)(r->recipe.seconds * NEUME_FEATURES_RATE_HZ + 1) * sizeof *r->pcm);
    r->views = neume__calloc((size_t)r->recipe.batch, sizeof *r->views);
    r->rows = neume__calloc(rows * (size_t)(NEUME_STROKE_NUMBERS + neume_hear_model_drum_channels(r->model)),
                            sizeof *r->rows);
    r->target = neume__calloc(rows * OUTPUTS, sizeof *r->target);
    r->weight = neume__calloc(rows * OUTPUTS, sizeof *r->weight);
    r->d_logits = neume__calloc(rows * OUTPUTS, sizeof *r->d_logits);
    if (!r->pcm || !r->views || !r->rows || !r->target || !r->weight || !r->d_logits) return NEUME_ENOMEM;
    for (int64_t i = 0; i < r->recipe.validate_segments; i++)
        NEUME_TRY(make_example(r, r->held_out, (UINT64_C(1) << 62) + (uint64_t)i, &r->validation[i]));
    return begin_net(r);
}

static void end(kit_run *r) {
    for (int i = 0; i < POOL_MOST; i++) example_clear(&r->pool[i]);
    for (int i = 0; i < VALIDATED_MOST; i++) example_clear(&r->validation[i]);
    neume__free(r->pcm), neume__free(r->views), neume__free(r->rows), neume__free(r->target), neume__free(r->weight),
        neume__free(r->d_logits);
    neume_kit_net_free(r->net);
    neume_compute_free(r->compute);
    neume_hear_model_free(r->model);
    neume_dataset_close(r->dataset);
    neume_dataset_close(r->second);
    neume_dataset_close(r->held_out);
}

static neume_status log_loss(void *run) {
    kit_run *r = run;
    const double heard_h = (double)(r->adam.step * r->recipe.fresh + r->recipe.pool) * r->recipe.seconds / 3600;
    return run_folder_row(r->recipe.run, "metrics.tsv", r->adam.step, heard_h, r->loss / (double)r->steps_since);
}

/* --- validation --------------------------------------------------------------------------------------------------- */

/* A key of a stroke: what is said of it, and whether it was struck. */
typedef struct verdict {
    float logit;
    bool right;
} verdict;

typedef struct verdicts {
    verdict *items;
    size_t count, capacity, hits; /* hits: all there were, found or not */
} verdicts;

static int by_logit_falling(const void *a, const void *b) {
    const verdict *x = a, *y = b;
    return (x->logit < y->logit) - (x->logit > y->logit);
}

static neume_status add_verdicts(kit_run *r, const example *e, verdicts *all) {
    for (int64_t first = 0; first < e->count; first += STROKES_MOST) {
        const int64_t count = e->count - first < STROKES_MOST ? e->count - first : STROKES_MOST;
        const float *logits;
        double loss;
        clear_targets(r);
        put_view(r, 0, e, first, count, NULL);
        NEUME_TRY(judge(r, 1, &logits, &loss));
        NEUME_TRY(
            neume__grow((void **)&all->items, &all->capacity, all->count + (size_t)(count * KEYS), sizeof *all->items));
        for (int64_t i = 0; i < count * KEYS; i++) {
            const bool right = e->struck[first * KEYS + i] > 0;
            all->items[all->count++] = (verdict){logits[i / KEYS * OUTPUTS + i % KEYS], right};
            all->hits += right;
        }
    }
    all->hits += (size_t)e->missed;
    return NEUME_OK;
}

/* The best F1 of hits over all thresholds; *logit is the threshold. */
static double best_threshold(verdicts *all, float *logit) {
    double best = 0;
    size_t right = 0;
    if (all->count) qsort(all->items, all->count, sizeof *all->items, by_logit_falling);
    for (size_t i = 0; i < all->count; i++) {
        right += all->items[i].right;
        const double f = 2 * (double)right / (double)(i + 1 + all->hits);
        if (f <= best) continue;
        best = f;
        *logit = all->items[i].logit;
    }
    return best;
}

/* The scale and shift by which hits above the threshold are as sure as they are right: logistic regression. */
static void fit_confidence(const verdicts *all, float threshold, neume_kit_thresholds *out) {
    double scale = 1, shift = 0;
    for (int step = 0; step < FIT_STEPS; step++) {
        double d_scale = 0, d_shift = 0, count = 0;
        for (size_t i = 0; i < all->count && all->items[i].logit >= threshold; i++, count++) {
            const double x = (double)all->items[i].logit, p = 1 / (1 + exp(-scale * x - shift)),
                         error = p - all->items[i].right;
            d_scale += error * x;
            d_shift += error;
        }
        scale -= 0.1 * d_scale / fmax(count, 1);
        shift -= 0.1 * d_shift / fmax(count, 1);
    }
    out->confidence_scale = fmin(fmax(scale, 0.01), 10);
    out->confidence_shift = fmin(fmax(shift, -10), 10);
}

/* F1 of hits by the averaged weights, on pieces and kits never trained on; threshold and confidence are chosen there.
 */
static neume_status validate(void *run) {
    kit_run *r = run;
    neume_parameters *parameters = neume_kit_net_parameters(r->net);
    neume_kit_thresholds *chosen = neume_kit_net_thresholds(r->net);
    verdicts all = {0};
    char path[RUN_PATH_MAX];
    float threshold = 0;
    neume_status status = NEUME_OK;
    run_folder_path(r->recipe.run, "model.gguf", path);
    neume_parameters_swap_average(parameters);
    for (int64_t i = 0; i < r->recipe.validate_segments && !status; i++)
        status = add_verdicts(r, &r->validation[i], &all);
    if (!status) {
        const double f = best_threshold(&all, &threshold);
        chosen->hit = fmin(fmax(1 / (1 + exp(-(double)threshold)), 0.05), 0.95);
        fit_confidence(&all, threshold, chosen);
        status = run_folder_row(r->recipe.run, "validation.tsv", r->adam.step, chosen->hit, f);
    }
    if (!status) status = neume_kit_net_save(r->net, r->model, r->recipe.name, NULL, path);
    neume_parameters_swap_average(parameters);
    neume__free(all.items);
    return status;
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

/* Some strokes in a row of an example drawn at random. */
static void put_random_view(kit_run *r, int64_t b, neume_rng *rng) {
    const example *e = &r->pool[neume_rng_below(rng, r->recipe.pool)];
    int64_t count = e->count;
    if (count > STROKES_LEAST && neume_rng_chance(rng, 0.5)) /* recordings are of any length */
        count = STROKES_LEAST + neume_rng_below(rng, count - STROKES_LEAST);
    if (count > STROKES_MOST) count = STROKES_MOST;
    put_view(r, b, e, neume_rng_below(rng, e->count - count + 1), count, rng);
}

static neume_status train_step(void *run) {
    kit_run *r = run;
    neume_parameters *parameters = neume_kit_net_parameters(r->net);
    neume_rng rng = neume_rng_seeded(seed_of(r, r->adam.step), 5);
    const float *logits;
    double loss, norm;
    NEUME_TRY(run_pool_refresh(&r->kept, r, r->adam.step));
    clear_targets(r);
    for (int64_t b = 0; b < r->recipe.batch; b++) put_random_view(r, b, &rng);
    neume_parameters_zero_gradients(parameters);
    NEUME_TRY(judge(r, (size_t)r->recipe.batch, &logits, &loss));
    NEUME_TRY(neume_kit_net_backward(r->net, r->compute, r->d_logits));
    const float rate =
        neume_schedule_cosine(r->adam.step, r->recipe.warmup, r->recipe.steps, (float)r->recipe.rate, .02F);
    neume_adamw_step(&r->adam, parameters, rate, &norm);
    r->loss += loss;
    r->steps_since++;
    return NEUME_OK;
}

static neume_status log_and_reset(void *run) {
    kit_run *r = run;
    NEUME_TRY(log_loss(r));
    r->loss = 0, r->steps_since = 0;
    return NEUME_OK;
}

neume_status neume_train_kit(const char *recipe_path, const neume_progress *progress) {
    kit_run *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    neume_status status = read_recipe(recipe_path, &r->recipe);
    if (!status) status = begin(r);
    const run_steps steps = {.done = &r->adam.step,
                             .wanted = r->recipe.steps,
                             .validate_every = r->recipe.validate_every,
                             .checkpoint_minutes = r->recipe.checkpoint_minutes,
                             .step = train_step,
                             .log = log_and_reset,
                             .save = save,
                             .validate = validate};
    if (!status) status = run_steps_take(&steps, r, progress);
    end(r);
    neume__free(r);
    return status;
}
