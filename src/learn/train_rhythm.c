#include "train_rhythm.h"

#include "neume/learn.h"
#include "recipe.h"
#include "run_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOURCES = 6, PLAYED = 2, ALL = SOURCES + PLAYED, BATCH_MOST = 256, CLASSES_MOST = 64 };

#define WHOLE_WEIGHT 1.0F /* of what is said of a whole segment */

typedef struct rhythm_recipe {
    char run[RECIPE_TEXT_MAX], start[RECIPE_TEXT_MAX], name[RECIPE_TEXT_MAX];
    char source[ALL][RECIPE_TEXT_MAX]; /* scores, then played ones */
    double share[ALL], even[ALL];      /* even: 0 = metres as they come .. 1 = all metres equally often */
    int64_t seed, steps, warmup, batch, length, width, blocks, validate_every, whole;
    double rate, average, checkpoint_minutes, weight, doubted;
    rhythm_variety variety;
} rhythm_recipe;

typedef struct rhythm_run {
    const rhythm_task *task;
    rhythm_recipe recipe;
    rhythm_pieces source[ALL];
    size_t metres[ALL][NEUME_BEAT_METRES + 1];
    neume_beat_net *net;
    neume_compute *compute;
    neume_adamw adam;
    neume_tensor x, d_logits;
    float *target;            /* (B, T, logits) */
    float *weight;            /* (B, T, binaries) */
    float *known;             /* (2, B, T): how much the distributions count */
    rhythm_segment *segments; /* (B) */
    uint64_t first_seed;
    bool held_out;
    double loss;
    int64_t steps_since;
} rhythm_run;

static neume_status read_recipe(const char *path, const rhythm_task *task, rhythm_recipe *out) {
    rhythm_recipe r = {.seed = 1,
                       .steps = 3000,
                       .warmup = 200,
                       .batch = task->batch,
                       .length = task->length,
                       .width = task->width,
                       .blocks = task->blocks,
                       .validate_every = 500,
                       .rate = 2e-3,
                       .average = .998,
                       .checkpoint_minutes = 3};
    for (int i = 0; i < ALL; i++) r.share[i] = 1;
    const recipe_key keys[] = {
        {"run", RECIPE_TEXT, r.run},
        {"start", RECIPE_TEXT, r.start},
        {"name", RECIPE_TEXT, r.name},
        {"scores1", RECIPE_TEXT, r.source[0]},
        {"share1", RECIPE_NUMBER, &r.share[0]},
        {"even1", RECIPE_NUMBER, &r.even[0]},
        {"scores2", RECIPE_TEXT, r.source[1]},
        {"share2", RECIPE_NUMBER, &r.share[1]},
        {"even2", RECIPE_NUMBER, &r.even[1]},
        {"scores3", RECIPE_TEXT, r.source[2]},
        {"share3", RECIPE_NUMBER, &r.share[2]},
        {"even3", RECIPE_NUMBER, &r.even[2]},
        {"scores4", RECIPE_TEXT, r.source[3]},
        {"share4", RECIPE_NUMBER, &r.share[3]},
        {"even4", RECIPE_NUMBER, &r.even[3]},
        {"scores5", RECIPE_TEXT, r.source[4]},
        {"share5", RECIPE_NUMBER, &r.share[4]},
        {"even5", RECIPE_NUMBER, &r.even[4]},
        {"scores6", RECIPE_TEXT, r.source[5]},
        {"share6", RECIPE_NUMBER, &r.share[5]},
        {"even6", RECIPE_NUMBER, &r.even[5]},
        {"played1", RECIPE_TEXT, r.source[SOURCES + 0]},
        {"share_played1", RECIPE_NUMBER, &r.share[SOURCES + 0]},
        {"played2", RECIPE_TEXT, r.source[SOURCES + 1]},
        {"share_played2", RECIPE_NUMBER, &r.share[SOURCES + 1]},
        {"seed", RECIPE_INTEGER, &r.seed},
        {"steps", RECIPE_INTEGER, &r.steps},
        {"warmup", RECIPE_INTEGER, &r.warmup},
        {"batch", RECIPE_INTEGER, &r.batch},
        {task->length_key, RECIPE_INTEGER, &r.length},
        {"width", RECIPE_INTEGER, &r.width},
        {"blocks", RECIPE_INTEGER, &r.blocks},
        {"validate_every", RECIPE_INTEGER, &r.validate_every},
        {"rate", RECIPE_NUMBER, &r.rate},
        {"average", RECIPE_NUMBER, &r.average},
        {"weight", RECIPE_NUMBER, &r.weight},
        {"exact", RECIPE_NUMBER, &r.variety.exact},
        {"spliced", RECIPE_NUMBER, &r.variety.spliced},
        {"thinned", RECIPE_NUMBER, &r.variety.thinned},
        {"hidden", RECIPE_NUMBER, &r.variety.hidden},
        {"whole", RECIPE_INTEGER, &r.whole},
        {"doubted", RECIPE_NUMBER, &r.doubted},
        {"checkpoint_minutes", RECIPE_NUMBER, &r.checkpoint_minutes},
    };
    NEUME_TRY(recipe_read(path, keys, sizeof keys / sizeof *keys));
    if (!r.run[0]) return neume_fail(NEUME_EFORMAT, "%s: a recipe needs run = FOLDER", path);
    if (r.batch < 1 || r.batch > BATCH_MOST || r.length < task->shortest || r.length > task->longest || r.steps < 1 ||
        r.validate_every < 1)
        return neume_fail(NEUME_EFORMAT, "%s: batch, %s, steps or validate_every out of range", path, task->length_key);
    if (r.doubted < 0 || r.doubted > .5) return neume_fail(NEUME_EFORMAT, "%s: doubted is 0 to 0.5", path);
    if (!r.name[0]) snprintf(r.name, sizeof r.name, "%s", task->name);
    *out = r;
    return NEUME_OK;
}

void rhythm_entry_classes(rhythm_entry *entry, int64_t t, size_t b) {
    const rhythm_segment *s = entry->segment;
    const double place = neume_beat_period_place(rhythm_segment_period(s, b));
    const int low = (int)fmin(place, NEUME_BEAT_PERIODS - 2);
    float *row = &entry->target[t * NEUME_BEAT_LOGITS];
    row[NEUME_BEAT_AT_PERIOD + low] = (float)(1 - (place - low));
    row[NEUME_BEAT_AT_PERIOD + low + 1] = (float)(place - low);
    entry->second[t] = 1;
    if (s->beats[b].metre < 0) return;
    row[NEUME_BEAT_AT_METRE + s->beats[b].metre] = 1;
    entry->first[t] = 1;
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

/* How many pieces of a source stand mostly in each metre, those in none at the end. */
static void count_metres(rhythm_run *r, int source) {
    const rhythm_pieces *from = &r->source[source];
    for (size_t i = 0; i < from->count; i++) r->metres[source][rhythm_piece_metre(&from->items[i])]++;
}

/* Whether to take a piece of a metre, so that metres come up by their number to the power of 1 - even. */
static bool take_metre(const rhythm_run *r, size_t source, const rhythm_piece *piece, neume_rng *rng) {
    const size_t *counts = r->metres[source];
    size_t least = SIZE_MAX;
    if (r->recipe.even[source] <= 0) return true;
    for (int k = 0; k <= NEUME_BEAT_METRES; k++)
        if (counts[k] && counts[k] < least) least = counts[k];
    const double rarer = (double)least / (double)counts[rhythm_piece_metre(piece)];
    return neume_rng_chance(rng, pow(rarer, r->recipe.even[source]));
}

/* A piece by the shares of its sources and their metres, uniformly among those on the right side of the split. */
static const rhythm_piece *choose_piece(const rhythm_run *r, neume_rng *rng) {
    enum { TRIES = 1000 };
    const size_t source = recipe_draw_share(r->recipe.share, ALL, rng);
    const rhythm_pieces *from = &r->source[source];
    size_t start = 0;
    for (int k = 0; k < TRIES; k++) {
        start = (size_t)neume_rng_below(rng, (int64_t)from->count);
        if (take_metre(r, source, &from->items[start], rng)) break;
    }
    for (size_t k = 0; k < from->count; k++) { /* the next one of the wanted side */
        const rhythm_piece *piece = &from->items[(start + k) % from->count];
        if (piece->held_out == r->held_out) return piece;
    }
    return &from->items[start];
}

static neume_status make_entry(void *context, int64_t b) {
    rhythm_run *r = context;
    const int64_t T = r->recipe.length, at = b * T;
    const int64_t features = neume_beat_net_features(r->task->kind), logits = neume_beat_net_logits(r->task->kind);
    neume_rng rng = neume_rng_seeded(r->first_seed + (uint64_t)b, 17);
    rhythm_entry entry = {.x = neume_f32(&r->x) + at * features,
                          .target = r->target + at * logits,
                          .weight = r->weight + at * r->task->binaries,
                          .first = r->known + at,
                          .second = r->known + r->recipe.batch * T + at,
                          .segment = &r->segments[b],
                          .steps = T,
                          .whole = r->recipe.whole,
                          .variety =
                              r->held_out ? (rhythm_variety){.exact = r->recipe.variety.exact} : r->recipe.variety};
    memset(entry.x, 0, (size_t)(T * features) * sizeof *entry.x);
    memset(entry.target, 0, (size_t)(T * logits) * sizeof *entry.target);
    memset(entry.weight, 0, (size_t)(T * r->task->binaries) * sizeof *entry.weight);
    memset(entry.first, 0, (size_t)T * sizeof *entry.first);
    memset(entry.second, 0, (size_t)T * sizeof *entry.second);
    return r->task->fill(choose_piece(r, &rng), &rng, &entry);
}

static neume_status make_batch(rhythm_run *r, uint64_t first_seed, bool held_out) {
    r->first_seed = first_seed;
    r->held_out = held_out;
    return neume_parallel_for(r->recipe.batch, make_entry, r);
}

/* Nothing is learnt from the segments whose annotated bars contradict most what is known by now: where a program or a
 * tired person wrote beats down, some are wrong (small losses are trusted: Han et al. 2018, "Co-teaching"). */
static void doubt_some(rhythm_run *r, const double *loss, float *d_logit) {
    enum { KNOWN_FROM = 6 }; /* times the warm-up's steps */
    const int64_t B = r->recipe.batch, part = r->recipe.length * neume_beat_net_logits(r->task->kind);
    if (r->adam.step < KNOWN_FROM * r->recipe.warmup) return;
    for (int64_t b = 0; b < B; b++) {
        int64_t worse = 0;
        for (int64_t other = 0; other < B; other++) worse += loss[other] > loss[b];
        if ((double)worse < r->recipe.doubted * (double)B)
            memset(d_logit + b * part, 0, (size_t)part * sizeof *d_logit);
    }
}

/* The cross-entropy of a distribution that is said of whole segments: the softmax of its known steps' mean logits
 * against the mean of their targets. */
static double whole_loss(rhythm_run *r, int which, const float *logit, float scale, float *d_logit) {
    const rhythm_distribution *part = &r->task->distributions[which];
    const int64_t T = r->recipe.length, width = neume_beat_net_logits(r->task->kind);
    const neume_loss_rows row = {1, part->classes, 0, part->classes};
    const float one = 1;
    double loss = 0;
    for (int64_t b = 0; b < r->recipe.batch; b++) {
        const float *known = r->known + (which * r->recipe.batch + b) * T;
        const int64_t from = b * T * width + part->from;
        float mean[CLASSES_MOST] = {0}, target[CLASSES_MOST] = {0}, d_mean[CLASSES_MOST] = {0}, steps = 0;
        for (int64_t t = 0; t < T; t++) steps += known[t];
        for (int64_t t = 0; t < T && steps > 0; t++)
            for (int64_t k = 0; k < part->classes; k++) {
                mean[k] += known[t] / steps * logit[from + t * width + k];
                target[k] += known[t] / steps * r->target[from + t * width + k];
            }
        if (steps > 0) loss += neume_loss_softmax(&row, mean, target, &one, scale, d_mean);
        for (int64_t t = 0; t < T; t++)
            for (int64_t k = 0; k < part->classes; k++)
                d_logit[from + t * width + k] = steps > 0 ? known[t] / steps * d_mean[k] : 0;
    }
    return loss;
}

static double batch_loss(rhythm_run *r, const neume_tensor *logits) {
    const int64_t cells = r->recipe.batch * r->recipe.length, width = neume_beat_net_logits(r->task->kind);
    const int64_t binaries = r->task->binaries;
    const float *logit = neume_f32(logits), scale = r->task->scale / (float)cells;
    float *d_logit = neume_f32(&r->d_logits);
    double loss = 0, of_entry[BATCH_MOST] = {0};
    for (int64_t b = 0; b < r->recipe.batch; b++) {
        double known = 1e-9;
        for (int64_t i = b * r->recipe.length; i < (b + 1) * r->recipe.length; i++) {
            const float *weight = &r->weight[i * binaries];
            const int64_t at = i * width;
            of_entry[b] += neume_loss_binary(&logit[at], &r->target[at], weight, binaries, scale, &d_logit[at]);
            known += (double)weight[0];
        }
        loss += of_entry[b];
        of_entry[b] /= known;
    }
    for (int k = 0; k < 2; k++) {
        const rhythm_distribution *part = &r->task->distributions[k];
        const neume_loss_rows rows = {cells, width, part->from, part->classes};
        loss += r->recipe.whole
                    ? whole_loss(r, k, logit, WHOLE_WEIGHT / (float)r->recipe.batch, d_logit)
                    : neume_loss_softmax(&rows, logit, r->target, r->known + k * cells, part->weight * scale, d_logit);
    }
    doubt_some(r, of_entry, d_logit);
    return loss;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static neume_status save(void *run) {
    const rhythm_run *r = run;
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    return neume_beat_net_save(r->net, r->recipe.name, &r->adam, path);
}

static neume_status load_sources(rhythm_run *r) {
    for (int i = 0; i < ALL; i++) {
        const char *path = r->recipe.source[i];
        if (!path[0]) continue;
        NEUME_TRY(i < SOURCES ? rhythm_pieces_add_scores(&r->source[i], path)
                              : rhythm_pieces_add_played(&r->source[i], path));
        if (!r->source[i].count) return neume_fail(NEUME_EFORMAT, "%s holds no piece with beats", path);
    }
    double total = 0;
    for (int i = 0; i < ALL; i++) count_metres(r, i);
    for (int i = 0; i < ALL; i++) total += r->recipe.share[i] = r->source[i].count ? fmax(r->recipe.share[i], 0) : 0;
    return total > 0 ? NEUME_OK : neume_fail(NEUME_EFORMAT, "the recipe's sources hold no piece with beats");
}

static neume_status obtain_net(rhythm_run *r) {
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    if (access(path, R_OK) == 0) return neume_beat_net_load(path, r->task->kind, &r->adam, &r->net);
    neume_rng rng = neume_rng_seeded((uint64_t)r->recipe.seed, 3);
    const neume_beat_net_size size = {r->recipe.width, r->recipe.blocks, r->task->kind};
    if (r->recipe.start[0])
        NEUME_TRY(neume_beat_net_load(r->recipe.start, r->task->kind, NULL, &r->net));
    else
        NEUME_TRY(neume_beat_net_new(&size, &rng, &r->net));
    neume_beat_net_set_weight(r->net, r->recipe.weight);
    return neume_parameters_prepare_training(neume_beat_net_parameters(r->net));
}

static neume_status begin(rhythm_run *r) {
    const int64_t B = r->recipe.batch, T = r->recipe.length;
    const int64_t features = neume_beat_net_features(r->task->kind), logits = neume_beat_net_logits(r->task->kind);
    NEUME_TRY(run_folder_make(r->recipe.run));
    NEUME_TRY(load_sources(r));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->compute));
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.average_decay = (float)r->recipe.average;
    NEUME_TRY(obtain_net(r));
    NEUME_TRY(neume_tensor_shape(&r->x, NEUME_F32, NEUME_DIMS(B, 1, T, features)));
    NEUME_TRY(neume_tensor_shape(&r->d_logits, NEUME_F32, NEUME_DIMS(B, 1, T, logits)));
    r->segments = neume__calloc((size_t)B, sizeof *r->segments);
    r->target = neume__calloc((size_t)(B * T), (size_t)logits * sizeof *r->target);
    r->weight = neume__calloc((size_t)(B * T), (size_t)r->task->binaries * sizeof *r->weight);
    r->known = neume__calloc((size_t)(B * T), 2 * sizeof *r->known);
    return r->segments && r->target && r->weight && r->known ? NEUME_OK : NEUME_ENOMEM;
}

static void end(rhythm_run *r) {
    for (int64_t b = 0; r->segments && b < r->recipe.batch; b++) rhythm_segment_clear(&r->segments[b]);
    neume__free(r->segments), neume__free(r->target), neume__free(r->weight), neume__free(r->known);
    for (int i = 0; i < ALL; i++) rhythm_pieces_clear(&r->source[i]);
    neume_tensor_clear(&r->x), neume_tensor_clear(&r->d_logits);
    neume_beat_net_free(r->net);
    neume_compute_free(r->compute);
}

static neume_status log_row(const rhythm_run *r, const char *file, double loss) {
    const double learnt = (double)(r->adam.step * r->recipe.batch * r->recipe.length) * r->task->amount_a_step;
    return run_folder_row(r->recipe.run, file, r->adam.step, learnt, loss);
}

static neume_status log_loss(void *run) {
    rhythm_run *r = run;
    const double loss = r->loss / (double)r->steps_since;
    r->loss = 0, r->steps_since = 0;
    return log_row(r, "metrics.tsv", loss);
}

static neume_status validation_loss(rhythm_run *r, double *loss) {
    enum { BATCHES = 8 };
    *loss = 0;
    for (int k = 0; k < BATCHES; k++) {
        const neume_tensor *logits = NULL;
        NEUME_TRY(make_batch(r, (UINT64_C(1) << 62) + (uint64_t)(k * r->recipe.batch), true));
        NEUME_TRY(neume_beat_net_forward(r->net, r->compute, false, &r->x, &logits));
        *loss += batch_loss(r, logits) / BATCHES;
    }
    return NEUME_OK;
}

/* The averaged weights' loss on pieces never trained on; they are written as model.gguf. */
static neume_status validate(void *run) {
    rhythm_run *r = run;
    neume_parameters *parameters = neume_beat_net_parameters(r->net);
    char path[RUN_PATH_MAX];
    double loss;
    run_folder_path(r->recipe.run, "model.gguf", path);
    neume_parameters_swap_average(parameters);
    neume_status status = validation_loss(r, &loss);
    if (!status) status = log_row(r, "validation.tsv", loss);
    if (!status) status = neume_beat_net_save(r->net, r->recipe.name, NULL, path);
    neume_parameters_swap_average(parameters);
    return status;
}

static neume_status train_step(void *run) {
    rhythm_run *r = run;
    neume_parameters *parameters = neume_beat_net_parameters(r->net);
    const neume_tensor *logits = NULL;
    double norm;
    NEUME_TRY(make_batch(r, ((uint64_t)r->recipe.seed << 40) + (uint64_t)(r->adam.step * r->recipe.batch), false));
    neume_parameters_zero_gradients(parameters);
    NEUME_TRY(neume_beat_net_forward(r->net, r->compute, true, &r->x, &logits));
    r->loss += batch_loss(r, logits);
    NEUME_TRY(neume_beat_net_backward(r->net, r->compute, &r->d_logits));
    const float rate =
        neume_schedule_cosine(r->adam.step, r->recipe.warmup, r->recipe.steps, (float)r->recipe.rate, .02F);
    neume_adamw_step(&r->adam, parameters, rate, &norm);
    r->steps_since++;
    return NEUME_OK;
}

neume_status rhythm_train(const rhythm_task *task, const char *recipe_path, const neume_progress *progress) {
    rhythm_run *r = neume__calloc(1, sizeof *r);
    if (!r) return NEUME_ENOMEM;
    r->task = task;
    neume_status status = read_recipe(recipe_path, task, &r->recipe);
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
