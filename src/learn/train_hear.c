#include "train_hear.h"

#include "run_folder.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the recipe --------------------------------------------------------------------------------------------------- */

static hear_recipe hear_recipe_default(void) {
    neume_hear_config config = neume_hear_config_default();
    return (hear_recipe){
        .precision = "auto",
        .name = "neume-hear",
        .seed = 1,
        .steps = 4000,
        .warmup = 300,
        .batch = 8,
        .segment_frames = 256,
        .channels = config.channels,
        .stem_channels = config.stem_channels,
        .blocks = config.blocks,
        .timbre_channels = config.timbre_channels,
        .drum_channels = config.drum_channels,
        .patch_frames = config.patch_frames,
        .patch_own = config.patch_own,
        .learn_notes = 1,
        .learn_drums = 1,
        .learn_families = 1,
        .places = 384,
        .validate_every = 500,
        .validate_segments = 12,
        .rate = 1.5e-3,
        .rate_floor = 0.02,
        .decay = 0.01,
        .clip = 1,
        .average = 0.998,
        .checkpoint_minutes = 5,
        .weight_onset = 1,
        .weight_frame = 0.5,
        .weight_offset = 0.2,
        .weight_velocity = 0.2,
        .weight_family = 0.3,
        .weight_drum = 1,
        .weight_drum_velocity = 0.1,
        .onset_emphasis = 2,
        .data = {.share_piano = 30,
                 .share_chamber = 25,
                 .share_band = 25,
                 .share_drums = 3,
                 .share_lines = 7,
                 .share_random = 5,
                 .share_negative = 5,
                 .augment = {1, 0.15}},
    };
}

neume_status hear_recipe_read(const char *path, hear_recipe *out) {
    hear_recipe r = hear_recipe_default();
    const recipe_key keys[] = {
        {"run", RECIPE_TEXT, r.run},
        {"start", RECIPE_TEXT, r.start},
        {"corpus", RECIPE_TEXT, r.corpus},
        {"bank", RECIPE_TEXT, r.bank},
        {"name", RECIPE_TEXT, r.name},
        {"precision", RECIPE_TEXT, r.precision},
        {"seed", RECIPE_INTEGER, &r.seed},
        {"steps", RECIPE_INTEGER, &r.steps},
        {"warmup", RECIPE_INTEGER, &r.warmup},
        {"batch", RECIPE_INTEGER, &r.batch},
        {"segment_frames", RECIPE_INTEGER, &r.segment_frames},
        {"channels", RECIPE_INTEGER, &r.channels},
        {"stem_channels", RECIPE_INTEGER, &r.stem_channels},
        {"blocks", RECIPE_INTEGER, &r.blocks},
        {"learn_notes", RECIPE_INTEGER, &r.learn_notes},
        {"learn_drums", RECIPE_INTEGER, &r.learn_drums},
        {"learn_families", RECIPE_INTEGER, &r.learn_families},
        {"places", RECIPE_INTEGER, &r.places},
        {"timbre_channels", RECIPE_INTEGER, &r.timbre_channels},
        {"drum_channels", RECIPE_INTEGER, &r.drum_channels},
        {"patch_frames", RECIPE_INTEGER, &r.patch_frames},
        {"patch_own", RECIPE_INTEGER, &r.patch_own},
        {"validate_every", RECIPE_INTEGER, &r.validate_every},
        {"validate_segments", RECIPE_INTEGER, &r.validate_segments},
        {"rate", RECIPE_NUMBER, &r.rate},
        {"rate_floor", RECIPE_NUMBER, &r.rate_floor},
        {"decay", RECIPE_NUMBER, &r.decay},
        {"clip", RECIPE_NUMBER, &r.clip},
        {"average", RECIPE_NUMBER, &r.average},
        {"checkpoint_minutes", RECIPE_NUMBER, &r.checkpoint_minutes},
        {"weight_onset", RECIPE_NUMBER, &r.weight_onset},
        {"weight_frame", RECIPE_NUMBER, &r.weight_frame},
        {"weight_offset", RECIPE_NUMBER, &r.weight_offset},
        {"weight_velocity", RECIPE_NUMBER, &r.weight_velocity},
        {"weight_family", RECIPE_NUMBER, &r.weight_family},
        {"weight_drum", RECIPE_NUMBER, &r.weight_drum},
        {"weight_drum_velocity", RECIPE_NUMBER, &r.weight_drum_velocity},
        {"onset_emphasis", RECIPE_NUMBER, &r.onset_emphasis},
        {"share_piano", RECIPE_NUMBER, &r.data.share_piano},
        {"share_chamber", RECIPE_NUMBER, &r.data.share_chamber},
        {"share_band", RECIPE_NUMBER, &r.data.share_band},
        {"share_drums", RECIPE_NUMBER, &r.data.share_drums},
        {"share_lines", RECIPE_NUMBER, &r.data.share_lines},
        {"share_random", RECIPE_NUMBER, &r.data.share_random},
        {"share_negative", RECIPE_NUMBER, &r.data.share_negative},
        {"share_ensembles", RECIPE_NUMBER, &r.data.share_ensembles},
        {"augment_strength", RECIPE_NUMBER, &r.data.augment.strength},
        {"augment_clean_share", RECIPE_NUMBER, &r.data.augment.clean_share},
    };
    NEUME_TRY(recipe_read(path, keys, sizeof keys / sizeof *keys));
    if (!*r.run || !*r.corpus || !*r.bank)
        return neume_fail(NEUME_EFORMAT, "%s: a recipe names its run, corpus and bank", path);
    if (r.batch < 1 || r.batch > 1024 || r.segment_frames < 16 || r.segment_frames > 4096 || r.steps < 1 ||
        r.validate_every < 1 || r.validate_segments < 0 || r.places < r.batch || r.places > 256 * r.batch)
        return neume_fail(
            NEUME_EFORMAT,
            "%s: batch, segment_frames, steps, validate_every, validate_segments or places is out of range", path);
    *out = r;
    return NEUME_OK;
}

/* --- one run ------------------------------------------------------------------------------------------------------ */

typedef struct run {
    hear_recipe recipe;
    neume_dataset *dataset;
    hear_data data;
    hear_validator validator;
    neume_hear_net *net;
    neume_compute *compute;
    neume_adamw adam;
    neume_dtype dtype;
    neume_tensor d_notes, d_drums, d_families;
    double peak_flops; /* a large product's, measured at the start */
    double data_s, compute_s;
    double loss_notes, loss_drums, loss_families, norm; /* running means since the last line of the log */
    int64_t steps_since;
    int64_t steps_here; /* in this process: a resumed run counts its own speed */
} run;

/* Every array that the start model has too is taken over; the others begin by chance. */
static neume_status borrow_weights(run *r) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(r->recipe.start, &gguf));
    neume_parameters *list = neume_hear_net_parameters(r->net);
    size_t taken = neume_parameters_borrow(list, gguf);
    neume_gguf_free(gguf);
    neume_log(NEUME_LOG_INFO, "%zu of %zu arrays begin as in %s", taken, list->count, r->recipe.start);
    return NEUME_OK;
}

static neume_status begin_net(run *r) {
    neume_hear_config config = neume_hear_config_default();
    snprintf(config.name, sizeof config.name, "%.60s", r->recipe.name);
    config.channels = r->recipe.channels;
    config.stem_channels = r->recipe.stem_channels;
    config.blocks = r->recipe.blocks;
    config.timbre_channels = r->recipe.timbre_channels;
    config.drum_channels = r->recipe.drum_channels;
    config.patch_frames = r->recipe.patch_frames;
    config.patch_own = r->recipe.patch_own == 1;
    NEUME_TRY(neume_hear_net_new(&config, (uint64_t)r->recipe.seed, &r->net));
    NEUME_TRY(hear_data_make(&r->data, 1)); /* seeds below the run's own */
    NEUME_TRY(neume_hear_net_standardise(r->net, &r->data.batch));
    if (*r->recipe.start) NEUME_TRY(borrow_weights(r));
    return neume_parameters_prepare_training(neume_hear_net_parameters(r->net));
}

static neume_status load_checkpoint(run *r, const char *path) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    neume_status status = neume_hear_net_load(gguf, NULL, &r->net);
    if (!status) status = neume_parameters_prepare_training(neume_hear_net_parameters(r->net));
    if (!status) status = neume_parameters_load(neume_hear_net_parameters(r->net), gguf, &r->adam);
    neume_gguf_free(gguf);
    return status;
}

/* A checkpoint in the run folder wins, then the recipe's start model, then chance. */
static neume_status obtain_net(run *r) {
    char path[RUN_PATH_MAX];
    run_folder_path(r->recipe.run, "checkpoint.gguf", path);
    if (access(path, R_OK) == 0) {
        NEUME_TRY(load_checkpoint(r, path));
        neume_log(NEUME_LOG_INFO, "going on from step %lld", (long long)r->adam.step);
        return NEUME_OK;
    }
    NEUME_TRY(begin_net(r));
    return run_folder_append(r->recipe.run, "metrics.tsv",
                             "step\thours\tloss_notes\tloss_drums\tloss_families\tgradient_norm\trate\taudio_hours_per_"
                             "hour\tshare_of_peak\tdata_share\n");
}

static neume_status save_net(const run *r, const char *name, const neume_adamw *adam) {
    char path[RUN_PATH_MAX];
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    run_folder_path(r->recipe.run, name, path);
    NEUME_GO(neume_gguf_writer_new("neume-hear", &writer));
    NEUME_GO(neume_hear_net_save(r->net, writer, adam));
    NEUME_GO(neume_gguf_write(writer, path));
fail:
    neume_gguf_writer_free(writer);
    return status;
}

static neume_status save_checkpoint(void *context) {
    const run *r = context;
    return save_net(r, "checkpoint.gguf", &r->adam);
}

static neume_status run_begin(run *r) {
    const char *precision = r->recipe.precision;
    if (strcmp(precision, "auto") != 0 && strcmp(precision, "f32") != 0 && strcmp(precision, "bf16") != 0)
        return neume_fail(NEUME_EFORMAT, "precision is auto, f32 or bf16, not '%.20s'", precision);
    bool narrow = strcmp(precision, "bf16") == 0 || (strcmp(precision, "auto") == 0 && neume_compute_has_bf16());
    r->dtype = narrow ? NEUME_BF16 : NEUME_F32;
    r->adam = (neume_adamw)NEUME_ADAMW_DEFAULT;
    r->adam.decay = (float)r->recipe.decay;
    r->adam.clip_norm = (float)r->recipe.clip;
    r->adam.average_decay = (float)r->recipe.average;
    NEUME_TRY(run_folder_make(r->recipe.run));
    r->recipe.data.corpus_path = r->recipe.corpus;
    r->recipe.data.bank_path = r->recipe.bank;
    NEUME_TRY(neume_dataset_open(&r->recipe.data, &r->dataset));
    NEUME_TRY(hear_data_init(&r->data, &r->recipe, r->dataset));
    NEUME_TRY(hear_validator_init(&r->validator, &r->recipe));
    NEUME_TRY(neume_compute_new(NEUME_FAST, &r->compute));
    NEUME_TRY(neume_compute_measure_peak(r->compute, r->dtype, &r->peak_flops));
    NEUME_TRY(obtain_net(r));
    NEUME_TRY(neume_tensor_shape(&r->d_notes, NEUME_F32, 4, r->data.targets.notes.dim));
    NEUME_TRY(neume_tensor_shape(&r->d_families, NEUME_F32, 2, r->data.targets.families.dim));
    neume_hear_net_learn(r->net, r->recipe.learn_notes, r->recipe.learn_drums, r->recipe.learn_families);
    return neume_tensor_shape(&r->d_drums, NEUME_F32,
                              NEUME_DIMS(r->recipe.batch, 1, 2 * r->recipe.segment_frames, NEUME_HEAR_DRUM_OUTPUTS));
}

static void run_end(run *r) {
    neume_hear_net_free(r->net);
    neume_compute_free(r->compute);
    if (r->data.recipe) hear_data_clear(&r->data);
    hear_validator_clear(&r->validator);
    neume_dataset_close(r->dataset);
    neume_tensor_clear(&r->d_notes);
    neume_tensor_clear(&r->d_drums);
    neume_tensor_clear(&r->d_families);
}

/* --- one step ----------------------------------------------------------------------------------------------------- */

/* Losses are sums over pitches and means over frames, so their scale does not depend on batch or length; that of the
 * instruments is a mean over notes. Says which gradients there are. */
static neume_hear_logits losses(run *r, const neume_hear_logits *said) {
    const hear_targets *g = &r->data.targets;
    neume_hear_logits gradients = {0};
    float frames = (float)(r->recipe.batch * r->recipe.segment_frames);
    if (said->notes) {
        r->loss_notes += neume_loss_binary(neume_f32(said->notes), neume_f32(&g->notes), neume_f32(&g->notes_weight),
                                           neume_tensor_count(said->notes), 1 / frames, neume_f32(&r->d_notes));
        gradients.notes = &r->d_notes;
    }
    if (said->drums) {
        r->loss_drums += neume_loss_binary(neume_f32(said->drums), neume_f32(&g->drums), neume_f32(&g->drums_weight),
                                           neume_tensor_count(said->drums), 0.5f / frames, neume_f32(&r->d_drums));
        gradients.drums = &r->d_drums;
    }
    if (said->families) {
        const neume_loss_rows rows = {r->recipe.places, NEUME_HEAR_FAMILIES, 0, NEUME_HEAR_FAMILIES};
        float asked = 0;
        for (int64_t i = 0; i < r->recipe.places; i++) asked += neume_f32(&g->families_weight)[i];
        float scale = (float)r->recipe.weight_family / fmaxf(asked, 1);
        r->loss_families += neume_loss_softmax(&rows, neume_f32(said->families), neume_f32(&g->families),
                                               neume_f32(&g->families_weight), scale, neume_f32(&r->d_families));
        gradients.families = &r->d_families;
    }
    return gradients;
}

static neume_status train_step(void *context) {
    run *r = context;
    double start_s = neume_clock_s();
    uint64_t first = ((uint64_t)r->recipe.seed << 40) + (uint64_t)(r->adam.step * r->recipe.batch);
    NEUME_TRY(hear_data_make(&r->data, first));
    double made_s = neume_clock_s();
    neume_hear_logits said;
    neume_parameters *parameters = neume_hear_net_parameters(r->net);
    const neume_hear_pass pass = {.compute = r->compute,
                                  .training = true,
                                  .dtype = r->dtype,
                                  .notes = r->recipe.learn_notes,
                                  .drums = r->recipe.learn_drums,
                                  .places = r->data.targets.places,
                                  .sounding = &r->data.targets.sounding,
                                  .place_count = r->recipe.learn_families ? r->recipe.places : 0};
    neume_parameters_zero_gradients(parameters);
    NEUME_TRY(neume_hear_net_forward(r->net, &pass, &r->data.batch, &said));
    const neume_hear_logits gradients = losses(r, &said);
    NEUME_TRY(neume_hear_net_backward(r->net, r->compute, &gradients));
    float rate = neume_schedule_cosine(r->adam.step, r->recipe.warmup, r->recipe.steps, (float)r->recipe.rate,
                                       (float)r->recipe.rate_floor);
    double norm;
    neume_adamw_step(&r->adam, parameters, rate, &norm);
    r->norm += norm;
    r->data_s += made_s - start_s;
    r->compute_s += neume_clock_s() - made_s;
    r->steps_since++;
    r->steps_here++;
    return NEUME_OK;
}

static neume_status log_line(void *context) {
    run *r = context;
    double n = (double)r->steps_since, segment_s = (double)r->data.samples / NEUME_FEATURES_RATE_HZ;
    double heard_hours = (double)(r->adam.step * r->recipe.batch) * segment_s / 3600;
    double spent_s = r->data_s + r->compute_s,
           hours_per_hour = (double)(r->steps_here * r->recipe.batch) * segment_s / spent_s;
    float rate = neume_schedule_cosine(r->adam.step, r->recipe.warmup, r->recipe.steps, (float)r->recipe.rate,
                                       (float)r->recipe.rate_floor);
    char line[256];
    snprintf(line, sizeof line, "%lld\t%.3f\t%.4f\t%.4f\t%.4f\t%.3f\t%.2e\t%.1f\t%.3f\t%.3f\n", (long long)r->adam.step,
             heard_hours, r->loss_notes / n, r->loss_drums / n, r->loss_families / n, r->norm / n, (double)rate,
             hours_per_hour, neume_compute_flops(r->compute) / r->compute_s / r->peak_flops, r->data_s / spent_s);
    NEUME_TRY(run_folder_append(r->recipe.run, "metrics.tsv", line));
    const struct {
        const char *tag;
        double value;
    } scalars[] = {{"loss/notes", r->loss_notes / n},
                   {"loss/drums", r->loss_drums / n},
                   {"loss/families", r->loss_families / n},
                   {"gradient_norm", r->norm / n},
                   {"rate", (double)rate},
                   {"audio_hours_per_hour", hours_per_hour}};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        NEUME_TRY(run_folder_scalar(r->recipe.run, scalars[i].tag, r->adam.step, scalars[i].value));
    r->loss_notes = r->loss_drums = r->loss_families = r->norm = 0;
    r->steps_since = 0;
    return NEUME_OK;
}

static neume_status log_validation(const run *r, const hear_validation *v) {
    static const char *const names[HEAR_GROUPS] = {"piano", "chamber", "band"};
    for (int g = 0; g < HEAR_GROUPS; g++) {
        const neume_note_scores *s = &v->group[g];
        char line[512], tag[64];
        snprintf(line, sizeof line, "%lld\t%s\tonset %.4f\toffset %.4f\tmulti %.4f\tframe %.4f\tdrums %.4f\n",
                 (long long)r->adam.step, names[g], s->onset, s->offset, s->multi, s->frame, s->drums);
        NEUME_TRY(run_folder_append(r->recipe.run, "validation.tsv", line));
        snprintf(tag, sizeof tag, "validation/%s_onset", names[g]);
        NEUME_TRY(run_folder_scalar(r->recipe.run, tag, r->adam.step, s->onset));
    }
    return NEUME_OK;
}

/* The averaged weights are written as model.gguf and judged; behind the last step finish() does both. */
static neume_status validate(void *context) {
    run *r = context;
    if (r->adam.step == r->recipe.steps) return NEUME_OK;
    char path[RUN_PATH_MAX];
    neume_parameters *parameters = neume_hear_net_parameters(r->net);
    neume_hear_model *model = NULL;
    hear_validation v;
    neume_parameters_swap_average(parameters);
    neume_status status = save_net(r, "model.gguf", NULL);
    neume_parameters_swap_average(parameters);
    NEUME_TRY(status);
    run_folder_path(r->recipe.run, "model.gguf", path);
    NEUME_TRY(neume_hear_model_load(path, &model));
    status = hear_validate(&r->validator, model, NULL, &v);
    neume_hear_model_free(model);
    NEUME_TRY(status);
    return log_validation(r, &v);
}

/* When all steps are done: thresholds are chosen for the averaged weights, and the model is final. */
static neume_status finish(run *r) {
    hear_validation v;
    neume_parameters *parameters = neume_hear_net_parameters(r->net);
    neume_parameters_swap_average(parameters);
    neume_status status = hear_tune(&r->validator, r->net, &v);
    if (!status) status = save_net(r, "model.gguf", NULL);
    neume_parameters_swap_average(parameters);
    NEUME_TRY(status);
    return log_validation(r, &v);
}

/* The model is written after the last checkpoint, so a run that was stopped between the two chooses thresholds again.
 */
static bool is_finished(const run *r) {
    char checkpoint[RUN_PATH_MAX], model[RUN_PATH_MAX];
    struct stat written, final;
    run_folder_path(r->recipe.run, "checkpoint.gguf", checkpoint);
    run_folder_path(r->recipe.run, "model.gguf", model);
    if (r->adam.step < r->recipe.steps || stat(checkpoint, &written) != 0 || stat(model, &final) != 0) return false;
    const struct timespec a = written.st_mtim, b = final.st_mtim;
    return b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec);
}

neume_status neume_train_hear(const char *recipe_path, const neume_progress *progress) {
    run r = {0};
    NEUME_TRY(hear_recipe_read(recipe_path, &r.recipe));
    neume_status status = run_begin(&r);
    const bool finished = !status && is_finished(&r);
    const run_steps steps = {.done = &r.adam.step,
                             .wanted = r.recipe.steps,
                             .validate_every = r.recipe.validate_every,
                             .checkpoint_minutes = r.recipe.checkpoint_minutes,
                             .step = train_step,
                             .log = log_line,
                             .save = save_checkpoint,
                             .validate = validate};
    if (!status && !finished) status = run_steps_take(&steps, &r, progress);
    if (!status && !finished) status = finish(&r);
    run_end(&r);
    return status;
}
