/* Which drums are struck, read from the strokes of some seconds together.
 *
 * The drum branch hears 400 ms either side of a stroke. On kits that it never heard it finds most strokes, but calls
 * a ride a hi-hat: what tells them apart there is what else is struck, and when. So every stroke is read with all
 * others about it, by a transformer:
 *
 *   what the branch says of each key (2 x 61), the spectrum after and before (2 x 64), the branch's last layer (D)
 *     | to mean 0 and deviation 1, linear -> W
 *     | 3 blocks of a transformer, positions are times
 *     | norm, linear -> 61 hits and 61 velocities, added to what the branch says, times a gain each
 *
 * A query and a key are turned by their times (rotary positions: Su et al. 2021), by waves from an eighth of a second
 * to some forty seconds: so a stroke can ask what was struck a beat, or a bar, before. */
#include "runner.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    K = NEUME_HEAR_DRUM_OUTPUTS,
    W = 96,
    HEADS = 4,
    BLOCKS = 3,
    FEED = 3 * W,
};
static const float TIME_UNITS = 50; /* a second, in radians of the fastest wave */
static const float WAVES = 500;     /* the slowest wave is about so many times as slow */
static const float SAID_MOST = 8;   /* log odds of the branch that are listened to */

struct neume_kit_net {
    char name[64], model[64]; /* its own, and the note model's that it was made for */
    int64_t channels, inputs;
    neume_kit_thresholds thresholds;
    neume_parameters parameters;
    neume_parameter mean, deviation, gain; /* (inputs), (inputs), (K) */
    neume_linear_layer in, last;
    neume_transformer_block block[BLOCKS];
    neume_tensor state[BLOCKS]; /* (B, T, W) behind each, of the last forward */
    neume_layer_norm norm;
    /* of the last forward */
    const neume_kit_view *views;
    size_t view_count;
    int64_t *counts;
    size_t count_capacity;
    neume_tensor places;                   /* (B, T) */
    neume_tensor x, first, normed, logits; /* (B, T, ..) */
    neume_tensor d, d_normed, d_logits;
};

/* --- making ------------------------------------------------------------------------------------------------------- */

static neume_status vector_init(neume_kit_net *net, neume_parameter *parameter, neume_parameter_spec spec,
                                int64_t count) {
    return neume_parameter_init(parameter, &net->parameters, &spec, NULL, NEUME_DIMS(count));
}

static neume_status make(int64_t channels, neume_rng *rng, neume_kit_net **out) {
    const bool sane = channels >= 1 && channels <= 1024;
    neume_kit_net *net = sane ? neume__calloc(1, sizeof *net) : NULL;
    neume_status status = NEUME_OK;
    *out = NULL;
    if (!sane) return neume_fail(NEUME_EFORMAT, "a kit model cannot have these sizes");
    if (!net) return NEUME_ENOMEM;
    net->channels = channels;
    net->inputs = NEUME_STROKE_NUMBERS - 1 + channels;
    net->thresholds = (neume_kit_thresholds){0.3, 1, 0};
    NEUME_GO(vector_init(net, &net->mean, (neume_parameter_spec){"reader", "mean", 0, 0, false, true}, net->inputs));
    NEUME_GO(vector_init(net, &net->deviation, (neume_parameter_spec){"reader", "deviation", 0, 1, false, true},
                         net->inputs));
    NEUME_GO(neume_linear_layer_init(&net->in, &net->parameters, "in", net->inputs, W, rng));
    for (int i = 0; i < BLOCKS; i++) {
        const neume_attention_spec spec = {W, HEADS, false, WAVES};
        char prefix[32];
        snprintf(prefix, sizeof prefix, "block%d", i);
        NEUME_GO(neume_transformer_init(&net->block[i], &net->parameters, prefix, &spec, FEED, rng));
    }
    NEUME_GO(neume_layer_norm_init(&net->norm, &net->parameters, "last_norm", W, false));
    NEUME_GO(neume_linear_layer_init(&net->last, &net->parameters, "last", W, K, rng));
    memset(net->last.weight.value.data, 0, neume_tensor_bytes(&net->last.weight.value)); /* begins as the branch says */
    NEUME_GO(vector_init(net, &net->gain, (neume_parameter_spec){"last", "gain", 0, 1, false, false}, K));
    *out = net;
    return NEUME_OK;
fail:
    neume_kit_net_free(net);
    return status;
}

neume_status neume_kit_net_new(int64_t channels, uint64_t seed, neume_kit_net **out) {
    neume_rng rng = neume_rng_seeded(seed, 0x6b6974);
    NEUME_TRY(make(channels, &rng, out));
    snprintf((*out)->name, sizeof(*out)->name, "neume-kit");
    return NEUME_OK;
}

void neume_kit_net_free(neume_kit_net *net) {
    if (!net) return;
    neume_tensor *tensors[] = {&net->places, &net->x, &net->first,    &net->normed,
                               &net->logits, &net->d, &net->d_normed, &net->d_logits};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    for (int i = 0; i < BLOCKS; i++) neume_transformer_clear(&net->block[i]), neume_tensor_clear(&net->state[i]);
    neume_layer_norm_clear(&net->norm);
    neume_linear_layer_clear(&net->in);
    neume_linear_layer_clear(&net->last);
    neume_parameter_clear(&net->mean);
    neume_parameter_clear(&net->deviation);
    neume_parameter_clear(&net->gain);
    neume_parameters_clear(&net->parameters);
    neume__free(net->counts);
    neume__free(net);
}

neume_parameters *neume_kit_net_parameters(neume_kit_net *net) {
    return &net->parameters;
}

const char *neume_kit_net_name(const neume_kit_net *net) {
    return net->name;
}

neume_kit_thresholds *neume_kit_net_thresholds(neume_kit_net *net) {
    return &net->thresholds;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

neume_status neume_kit_net_save(const neume_kit_net *net, const neume_hear_model *model, const char *name,
                                const neume_adamw *adam, const char *path) {
    neume_gguf_writer *writer = NULL;
    neume_parameters branch = {0};
    neume_status status = NEUME_OK;
    NEUME_GO(neume_gguf_writer_new("neume-kit", &writer));
    NEUME_GO(neume_gguf_set_string(writer, "general.name", name));
    NEUME_GO(neume_gguf_set_string(writer, "neume-kit.model", neume_hear_model_name(model)));
    NEUME_GO(neume_gguf_set_integer(writer, "neume-kit.drum_channels", net->channels));
    NEUME_GO(neume_gguf_set_number(writer, "neume-kit.threshold", net->thresholds.hit));
    NEUME_GO(neume_gguf_set_number(writer, "neume-kit.confidence.scale", net->thresholds.confidence_scale));
    NEUME_GO(neume_gguf_set_number(writer, "neume-kit.confidence.shift", net->thresholds.confidence_shift));
    NEUME_GO(hear_drum_parameters(&model->layers, &branch));
    NEUME_GO(neume_parameters_save(&branch, writer, NULL, !adam)); /* what is only to be heard by is halved */
    NEUME_GO(neume_parameters_save(&net->parameters, writer, adam, !adam));
    NEUME_GO(neume_gguf_write(writer, path));
fail:
    neume_parameters_clear(&branch);
    neume_gguf_writer_free(writer);
    return status;
}

/* A number of the file if it lies within reason. */
static double number_within(const neume_gguf *gguf, const char *key, double least, double most, double fallback) {
    const double value = neume_gguf_number(gguf, key, fallback);
    return value >= least && value <= most ? value : fallback;
}

neume_status hear_kit_parse(const neume_gguf *gguf, neume_adamw *adam, neume_kit_net **out) {
    const char *architecture = neume_gguf_string(gguf, "general.architecture"),
               *name = neume_gguf_string(gguf, "general.name"), *model = neume_gguf_string(gguf, "neume-kit.model");
    neume_kit_net *net = NULL;
    if (!architecture || strcmp(architecture, "neume-kit") != 0)
        return neume_fail(NEUME_EFORMAT, "not a kit model: its architecture is '%.40s'",
                          architecture ? architecture : "unknown");
    neume_status status = make(neume_gguf_integer(gguf, "neume-kit.drum_channels", 0), NULL, &net);
    if (!net) return status;
    snprintf(net->name, sizeof net->name, "%s", name ? name : "unnamed");
    snprintf(net->model, sizeof net->model, "%s", model ? model : "");
    neume_kit_thresholds *chosen = &net->thresholds;
    chosen->hit = number_within(gguf, "neume-kit.threshold", 0.01, 0.99, chosen->hit);
    chosen->confidence_scale = number_within(gguf, "neume-kit.confidence.scale", 0.01, 10, chosen->confidence_scale);
    chosen->confidence_shift = number_within(gguf, "neume-kit.confidence.shift", -10, 10, chosen->confidence_shift);
    status = adam ? neume_parameters_prepare_training(&net->parameters) : NEUME_OK;
    if (!status) status = neume_parameters_load(&net->parameters, gguf, adam);
    if (status)
        neume_kit_net_free(net);
    else
        *out = net;
    return status;
}

neume_status neume_kit_net_load(const char *path, neume_adamw *adam, neume_kit_net **out) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    neume_status status = hear_kit_parse(gguf, adam, out);
    neume_gguf_free(gguf);
    return status;
}

bool hear_kit_fits(const neume_kit_net *net, const neume_hear_model *model) {
    return net->channels == neume_hear_model_drum_channels(model) &&
           strcmp(net->model, neume_hear_model_name(model)) == 0;
}

/* --- what a stroke is seen as ------------------------------------------------------------------------------------- */

neume_status neume_kit_net_standardise(neume_kit_net *net, const neume_kit_view *views, size_t count) {
    const int64_t I = net->inputs;
    float *mean = neume_f32(&net->mean.value), *deviation = neume_f32(&net->deviation.value);
    double *sums = neume__calloc((size_t)(2 * I), sizeof *sums), rows = 0;
    if (!sums) return NEUME_ENOMEM;
    for (size_t v = 0; v < count; v++)
        for (int64_t r = 0; r < views[v].count; r++, rows++)
            for (int64_t i = 0; i < I; i++) {
                const double value = (double)views[v].rows[r * views[v].stride + 1 + i];
                sums[i] += value;
                sums[I + i] += value * value;
            }
    for (int64_t i = 0; i < I && rows > 0; i++) {
        const double middle = sums[i] / rows, variance = sums[I + i] / rows - middle * middle;
        mean[i] = (float)middle;
        deviation[i] = (float)sqrt(fmax(variance, 0)) + 0.1f;
        if (net->mean.average.data) neume_f32(&net->mean.average)[i] = mean[i];
        if (net->deviation.average.data) neume_f32(&net->deviation.average)[i] = deviation[i];
    }
    neume__free(sums);
    return NEUME_OK;
}

/* x, the places in time and the counts of all views. */
static neume_status fill(neume_kit_net *net, int64_t frames) {
    const int64_t B = (int64_t)net->view_count, I = net->inputs;
    const float *mean = neume_f32(&net->mean.value), *deviation = neume_f32(&net->deviation.value);
    NEUME_TRY(neume__grow((void **)&net->counts, &net->count_capacity, net->view_count, sizeof *net->counts));
    NEUME_TRY(neume_tensor_shape(&net->places, NEUME_F32, NEUME_DIMS(B, frames)));
    NEUME_TRY(neume_tensor_shape(&net->x, NEUME_F32, NEUME_DIMS(B, frames, I)));
    memset(net->x.data, 0, neume_tensor_bytes(&net->x));
    memset(net->places.data, 0, neume_tensor_bytes(&net->places));
    for (int64_t b = 0; b < B; b++) {
        const neume_kit_view *v = &net->views[b];
        net->counts[b] = v->count > 0 ? v->count : 1; /* nothing is a silent stroke */
        for (int64_t r = 0; r < v->count; r++) {
            const float *row = v->rows + r * v->stride;
            float *x = neume_f32(&net->x) + (b * frames + r) * I;
            neume_f32(&net->places)[b * frames + r] = TIME_UNITS * (row[0] - v->rows[0]);
            for (int64_t i = 0; i < I; i++) x[i] = (row[1 + i] - mean[i]) / deviation[i];
        }
    }
    return NEUME_OK;
}

static float said(const neume_kit_view *v, int64_t row, int key) {
    const float value = v->rows[row * v->stride + 1 + key];
    return value > SAID_MOST ? SAID_MOST : value < -SAID_MOST ? -SAID_MOST : value;
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

neume_status neume_kit_net_forward(neume_kit_net *net, neume_compute *c, const neume_kit_view *views, size_t view_count,
                                   int64_t frames, const float **logits) {
    net->views = views;
    net->view_count = view_count;
    NEUME_TRY(fill(net, frames));
    NEUME_TRY(neume_linear_layer_forward(&net->in, c, &net->x, NEUME_F32, &net->first));
    const neume_tensor *x = &net->first;
    for (int i = 0; i < BLOCKS; i++) {
        net->block[i].attention.places = neume_f32(&net->places);
        net->block[i].attention.counts = net->counts;
        NEUME_TRY(neume_transformer_forward(&net->block[i], c, x, &net->state[i]));
        x = &net->state[i];
    }
    NEUME_TRY(neume_layer_norm_forward(&net->norm, x, &net->normed));
    NEUME_TRY(neume_linear_layer_forward(&net->last, c, &net->normed, NEUME_F32, &net->logits));
    for (size_t b = 0; b < view_count; b++)
        for (int64_t r = 0; r < views[b].count; r++)
            for (int k = 0; k < K; k++)
                neume_f32(&net->logits)[((int64_t)b * frames + r) * K + k] +=
                    neume_f32(&net->gain.value)[k] * said(&views[b], r, k);
    *logits = neume_f32(&net->logits);
    return NEUME_OK;
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

neume_status neume_kit_net_backward(neume_kit_net *net, neume_compute *c, const float *d_logits) {
    const int64_t frames = net->logits.dim[1];
    for (size_t b = 0; b < net->view_count; b++)
        for (int64_t r = 0; r < net->views[b].count; r++)
            for (int k = 0; k < K; k++)
                neume_f32(&net->gain.gradient)[k] +=
                    d_logits[((int64_t)b * frames + r) * K + k] * said(&net->views[b], r, k);
    NEUME_TRY(neume_tensor_shape(&net->d_logits, NEUME_F32, net->logits.rank, net->logits.dim));
    memcpy(net->d_logits.data, d_logits, neume_tensor_bytes(&net->logits));
    NEUME_TRY(neume_tensor_shape(&net->d_normed, NEUME_F32, net->normed.rank, net->normed.dim));
    NEUME_TRY(neume_linear_layer_backward(&net->last, c, &net->d_logits, &net->d_normed));
    NEUME_TRY(neume_layer_norm_backward(&net->norm, &net->d_normed, &net->d));
    for (int i = BLOCKS - 1; i >= 0; i--) NEUME_TRY(neume_transformer_backward(&net->block[i], c, &net->d));
    return neume_linear_layer_backward(&net->in, c, &net->d, NULL);
}
