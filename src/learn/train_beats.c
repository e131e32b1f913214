/* Training the beat network: segments are played on the spot; the loss is binary cross-entropy on beats and downbeats
 * and, where a piece is under way, the cross-entropies of its metre and of the beat's length. */
#include "neume/learn.h"
#include "neume/score_net.h"
#include "recipe.h"
#include "rhythm_pieces.h"
#include "run_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOURCES = 6, PLAYED = 2, ALL = SOURCES + PLAYED, BINARY = 2 };
#define SOUND_WEIGHT  .3F /* of frames without a beat in doubt: before the first and behind the last */
#define METRE_WEIGHT  .06F
#define PERIOD_WEIGHT .04F

typedef struct beats_recipe {
    char run[RECIPE_TEXT_MAX], start[RECIPE_TEXT_MAX], name[RECIPE_TEXT_MAX];
    char source[ALL][RECIPE_TEXT_MAX]; /* scores, then played ones */
    double share[ALL];
    int64_t seed, steps, warmup, batch, frames, width, blocks, validate_every;
    double rate, average, checkpoint_minutes;
} beats_recipe;

typedef struct beats_run {
    beats_recipe recipe;
    rhythm_pieces source[ALL];
    neume_beat_net *net;
    neume_compute *compute;
    neume_adamw adam;
    neume_tensor x, d_logits;
    float *target;            /* (B, T, LOGITS) */
    float *weight;            /* (B, T, BINARY) */
    float *doubted;           /* (2, B, T): how much the metre's and the period's distributions count */
    rhythm_segment *segments; /* (B) */
    uint64_t first_seed;
    bool held_out;
    double loss;
    int64_t steps_since;
} beats_run;

static neume_status read_recipe(const char *path, beats_recipe *out) {
    beats_recipe r = {.name = "neume-beat",
                      .seed = 1,
                      .steps = 3000,
                      .warmup = 200,
                      .batch = 16,
                      .frames = 1500,
                      .width = 64,
                      .blocks = 10,
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
        {"scores2", RECIPE_TEXT, r.source[1]},
        {"share2", RECIPE_NUMBER, &r.share[1]},
        {"scores3", RECIPE_TEXT, r.source[2]},
        {"share3", RECIPE_NUMBER, &r.share[2]},
        {"scores4", RECIPE_TEXT, r.source[3]},
        {"share4", RECIPE_NUMBER, &r.share[3]},
        {"scores5", RECIPE_TEXT, r.source[4]},
        {"share5", RECIPE_NUMBER, &r.share[4]},
        {"scores6", RECIPE_TEXT, r.source[5]},
        {"share6", RECIPE_NUMBER, &r.share[5]},
        {"played1", RECIPE_TEXT, r.source[SOURCES + 0]},
        {"share_played1", RECIPE_NUMBER, &r.share[SOURCES + 0]},
        {"played2", RECIPE_TEXT, r.source[SOURCES + 1]},
        {"share_played2", RECIPE_NUMBER, &r.share[SOURCES + 1]},
        {"seed", RECIPE_INTEGER, &r.seed},
        {"steps", RECIPE_INTEGER, &r.steps},
        {"warmup", RECIPE_INTEGER, &r.warmup},
        {"batch", RECIPE_INTEGER, &r.batch},
        {"frames", RECIPE_INTEGER, &r.frames},
        {"width", RECIPE_INTEGER, &r.width},
        {"blocks", RECIPE_INTEGER, &r.blocks},
        {"validate_every", RECIPE_INTEGER, &r.validate_every},
        {"rate", RECIPE_NUMBER, &r.rate},
        {"average", RECIPE_NUMBER, &r.average},
        {"checkpoint_minutes", RECIPE_NUMBER, &r.checkpoint_minutes},
    };
    NEUME_TRY(recipe_read(path, keys, sizeof keys / sizeof *keys));
    if (!r.run[0]) return neume_fail(NEUME_EFORMAT, "%s: a recipe needs run = FOLDER", path);
    if (r.batch < 1 || r.batch > 256 || r.frames < 100 || r.frames > 20000 || r.steps < 1 || r.validate_every < 1)
        return neume_fail(NEUME_EFORMAT, "%s: batch, frames, steps or validate_every out of range", path);
    *out = r;
    return NEUME_OK;
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

/* A piece by the shares of its sources, uniformly among those on the right side of the split. */
static const rhythm_piece *choose_piece(const beats_run *r, neume_rng *rng) {
    const rhythm_pieces *from = &r->source[recipe_draw_share(r->recipe.share, ALL, rng)];
    const size_t start = (size_t)neume_rng_below(rng, (int64_t)from->count);
    for (size_t k = 0; k < from->count; k++) { /* the next one of the wanted side */
        const rhythm_piece *piece = &from->items[(start + k) % from->count];
        if (piece->held_out == r->held_out) return piece;
    }
    return &from->items[start];
}

static void raise(float *target, int64_t frames, double frame, int channel) {
    const int64_t middle = (int64_t)lround(frame);
    for (int64_t t = middle - 1; t <= middle + 1; t++) {
        if (t < 0 || t >= frames) continue;
        float *cell = &target[t * NEUME_BEAT_LOGITS + channel];
        *cell = fmaxf(*cell, t == middle ? 1 : .5F);
    }
}

/* The seconds of the beats around beat b, the mean of up to three. */
static double period_of(const rhythm_segment *s, size_t b) {
    const size_t from = b ? b - 1 : 0, to = b + 2 < s->beat_count ? b + 2 : s->beat_count - 1;
    return (double)(s->beats[to].time_s - s->beats[from].time_s) / (double)(to - from);
}

/* What the frames from one beat to the next say: their metre, and the beat's length, shared between two classes. */
static void fill_beat(const rhythm_segment *s, size_t b, int64_t frames, float *target, float *doubted, int64_t cells) {
    const int64_t from = (int64_t)fmax(0, floor((double)s->beats[b].time_s / NEUME_BEAT_STEP_S));
    const int64_t to = (int64_t)fmin((double)frames, floor((double)s->beats[b + 1].time_s / NEUME_BEAT_STEP_S));
    const double place = neume_beat_period_place(period_of(s, b));
    const int low = (int)fmin(place, NEUME_BEAT_PERIODS - 2);
    for (int64_t t = from; t < to; t++) {
        float *row = &target[t * NEUME_BEAT_LOGITS];
        row[NEUME_BEAT_AT_PERIOD + low] = (float)(1 - (place - low));
        row[NEUME_BEAT_AT_PERIOD + low + 1] = (float)(place - low);
        doubted[cells + t] = 1;
        if (s->beats[b].metre < 0) continue;
        row[NEUME_BEAT_AT_METRE + s->beats[b].metre] = 1;
        doubted[t] = 1;
    }
}

/* The targets of entry b of the batch; doubted lies in two blocks of `cells` frames. */
static void fill_target(const beats_run *r, const rhythm_segment *segment, int64_t entry) {
    const int64_t T = r->recipe.frames, cells = r->recipe.batch * T;
    const size_t n = segment->beat_count;
    float *target = r->target + entry * T * NEUME_BEAT_LOGITS, *weight = r->weight + entry * T * BINARY;
    float *doubted = r->doubted + entry * T;
    memset(target, 0, (size_t)(T * NEUME_BEAT_LOGITS) * sizeof *target);
    memset(doubted, 0, (size_t)T * sizeof *doubted);
    memset(doubted + cells, 0, (size_t)T * sizeof *doubted);
    const double first = n ? (double)segment->beats[0].time_s : 0, last = n ? (double)segment->beats[n - 1].time_s : 0;
    for (int64_t t = 0; t < T; t++) {
        const double time_s = (double)t * NEUME_BEAT_STEP_S;
        weight[t * BINARY] = weight[t * BINARY + 1] =
            n && time_s >= first - .1 && time_s <= last + .1 ? 1 : SOUND_WEIGHT;
    }
    for (size_t b = 0; b < n; b++) {
        const double frame = (double)segment->beats[b].time_s / NEUME_BEAT_STEP_S;
        raise(target, T, frame, NEUME_BEAT_AT_BEAT);
        if (segment->beats[b].down) raise(target, T, frame, NEUME_BEAT_AT_DOWNBEAT);
        if (b + 1 < n) fill_beat(segment, b, T, target, doubted, cells);
    }
}

static neume_status make_entry(void *context, int64_t b) {
    beats_run *r = context;
    const int64_t T = r->recipe.frames;
    neume_rng rng = neume_rng_seeded(r->first_seed + (uint64_t)b, 17);
    rhythm_segment *segment = &r->segments[b];
    NEUME_TRY(rhythm_segment_make(choose_piece(r, &rng), (double)T * NEUME_BEAT_STEP_S, true, &rng, segment));
    fill_target(r, segment, b);
    return neume_beat_features(&segment->notes, 0, (size_t)T, neume_f32(&r->x) + b * T * NEUME_BEAT_FEATURES);
}

static neume_status make_batch(beats_run *r, uint64_t first_seed, bool held_out) {
    r->first_seed = first_seed;
    r->held_out = held_out;
    return neume_parallel_for(r->recipe.batch, make_entry, r);
}

static double batch_loss(beats_run *r, const neume_tensor *logits) {
    const int64_t cells = r->recipe.batch * r->recipe.frames;
    const neume_loss_rows metres = {cells, NEUME_BEAT_LOGITS, NEUME_BEAT_AT_METRE, NEUME_BEAT_METRES};
    const neume_loss_rows periods = {cells, NEUME_BEAT_LOGITS, NEUME_BEAT_AT_PERIOD, NEUME_BEAT_PERIODS};
    const float *logit = neume_f32(logits), scale = 10 / (float)cells;
    float *d_logit = neume_f32(&r->d_logits);
    double loss = 0;
    for (int64_t i = 0; i < cells; i++) {
        const int64_t at = i * NEUME_BEAT_LOGITS;
        loss += neume_loss_binary(&logit[at], &r->target[at], &r->weight[i * BINARY], BINARY, scale, &d_logit[at]);
    }
    loss += neume_loss_softmax(&metres, logit, r->target, r->doubted, METRE_WEIGHT * scale, d_logit);
    return loss + neume_loss_softmax(&periods, logit, r->target, r->doubted + cells, PERIOD_WEIGHT * scale, d_logit);
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static neume_status save(void *run) {
    const beats_run *r = run;
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    return neume_beat_net_save(r->net, r->recipe.name, &r->adam, path);
}

static neume_status load_sources(beats_run *r) {
    for (int i = 0; i < ALL; i++)
        if (r->recipe.source[i][0])
            NEUME_TRY(i < SOURCES ? rhythm_pieces_add_scores(&r->source[i], r->recipe.source[i])
                                  : rhythm_pieces_add_played(&r->source[i], r->recipe.source[i]));
    double total = 0;
    for (int i = 0; i < ALL; i++) total += r->recipe.share[i] = r->source[i].count ? fmax(r->recipe.share[i], 0) : 0;
    return total > 0 ? NEUME_OK : neume_fail(NEUME_EFORMAT, "the recipe's sources hold no piece with beats");
}

static neume_status obtain_net(beats_run *r) {
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    if (access(path, R_OK) == 0) return neume_beat_net_load(path, &r->adam, &r->net);
    neume_rng rng = neume_rng_seeded((uint64_t)r->recipe.seed, 3);
    const neume_beat_net_size size = {r->recipe.width, r->recipe.blocks};
    if (r->recipe.start[0])
        NEUME_TRY(neume_beat_net_load(r->recipe.start, NULL, &r->net));
    else
        NEUME_TRY(neume_beat_net_new(&size, &rng, &r->net));
    return neume_parameters_prepare_training(neume_beat_net_parameters(r->net));
}

static neume_status begin(beats_run *r) {
    const int64_t B = r->recipe.batch, T = r->recipe.frames;
    NEUME_TRY(run_folder_make(r->recipe.run));
    NEUME_TRY(load_sources(r));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->compute));
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.average_decay = (float)r->recipe.average;
    NEUME_TRY(obtain_net(r));
    NEUME_TRY(neume_tensor_shape(&r->x, NEUME_F32, NEUME_DIMS(B, 1, T, NEUME_BEAT_FEATURES)));
    NEUME_TRY(neume_tensor_shape(&r->d_logits, NEUME_F32, NEUME_DIMS(B, 1, T, NEUME_BEAT_LOGITS)));
    r->segments = calloc((size_t)B, sizeof *r->segments);
    r->target = calloc((size_t)(B * T), NEUME_BEAT_LOGITS * sizeof *r->target);
    r->weight = calloc((size_t)(B * T), BINARY * sizeof *r->weight);
    r->doubted = calloc((size_t)(B * T), 2 * sizeof *r->doubted);
    return r->segments && r->target && r->weight && r->doubted ? NEUME_OK
                                                               : neume_fail(NEUME_ENOMEM, "no memory for segments");
}

static void end(beats_run *r) {
    for (int64_t b = 0; r->segments && b < r->recipe.batch; b++) rhythm_segment_clear(&r->segments[b]);
    free(r->segments), free(r->target), free(r->weight), free(r->doubted);
    for (int i = 0; i < ALL; i++) rhythm_pieces_clear(&r->source[i]);
    neume_tensor_clear(&r->x), neume_tensor_clear(&r->d_logits);
    neume_beat_net_free(r->net);
    neume_compute_free(r->compute);
}

static neume_status log_row(const beats_run *r, const char *file, double loss) {
    const double frames = (double)(r->adam.step * r->recipe.batch * r->recipe.frames);
    return run_folder_row(r->recipe.run, file, r->adam.step, frames * NEUME_BEAT_STEP_S / 3600, loss);
}

static neume_status log_loss(void *run) {
    beats_run *r = run;
    const double loss = r->loss / (double)r->steps_since;
    r->loss = 0, r->steps_since = 0;
    return log_row(r, "metrics.tsv", loss);
}

static neume_status validation_loss(beats_run *r, double *loss) {
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
    beats_run *r = run;
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
    beats_run *r = run;
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

neume_status neume_train_beats(const char *recipe_path, const neume_progress *progress) {
    beats_run *r = calloc(1, sizeof *r);
    if (!r) return neume_fail(NEUME_ENOMEM, "no memory to train");
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
    free(r);
    return status;
}
