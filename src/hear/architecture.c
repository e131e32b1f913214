#include "architecture.h"

#include <math.h>
#include <string.h>

/* Harmonics 1/2, 1, 2 ... 9 at 36 bins an octave: round(36 log2 h). */
const neume_harmonics HEAR_HARMONICS = {.pitches = NEUME_PITCHES,
                                        .step = 3,
                                        .first = 1,
                                        .side = 1,
                                        .count = 10,
                                        .shift = {-36, 0, 36, 57, 72, 84, 93, 101, 108, 114}};

/* Frames between taps in each block: a triangle, so that far context is gathered and then brought home. */
static const int64_t TIME_DILATION[8] = {1, 2, 4, 8, 16, 4, 2, 1};
static const int64_t DRUM_DILATION[DRUM_BLOCKS] = {1, 2, 4, 8, 4, 1};

neume_hear_config neume_hear_config_default(void) {
    return (neume_hear_config){"neume-hear", 64, 16, 8, 192, 96, 32, 1, 0.35, 0.35, 0.4, 0.25, 1, 0, 1, 0};
}

static neume_status normed_conv_init(normed_conv *layer, neume_parameters *list, const char *prefix,
                                     neume_conv_size size, neume_conv_spec spec, neume_rng *rng) {
    char norm[80];
    snprintf(norm, sizeof norm, "%s.norm", prefix);
    NEUME_TRY(neume_conv_layer_init(&layer->conv, list, prefix, &size, spec, rng));
    return neume_norm_layer_init(&layer->norm, list, norm, size.outputs, true);
}

static neume_status normed_linear_init(normed_linear *layer, neume_parameters *list, const char *prefix, int64_t inputs,
                                       int64_t outputs, neume_rng *rng) {
    char norm[80];
    snprintf(norm, sizeof norm, "%s.norm", prefix);
    NEUME_TRY(neume_linear_layer_init(&layer->linear, list, prefix, inputs, outputs, rng));
    return neume_norm_layer_init(&layer->norm, list, norm, outputs, true);
}

static neume_status statistics_init(hear_layers *l) {
    struct {
        neume_parameter *parameter;
        const char *prefix, *name;
        float value;
        int64_t count;
    } all[] = {{&l->spectrum.mean, "spectrum", "mean", 0, NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS},
               {&l->spectrum.deviation, "spectrum", "deviation", 1, NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS},
               {&l->mel.mean, "mel", "mean", 0, NEUME_FEATURES_MELS},
               {&l->mel.deviation, "mel", "deviation", 1, NEUME_FEATURES_MELS}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        neume_parameter_spec spec = {all[i].prefix, all[i].name, 0, all[i].value, false, true};
        NEUME_TRY(neume_parameter_init(all[i].parameter, &l->parameters, &spec, NULL, NEUME_DIMS(all[i].count)));
    }
    return NEUME_OK;
}

static neume_status trunk_init(hear_layers *l, neume_rng *rng) {
    int64_t S = l->config.stem_channels, C = l->config.channels;
    neume_conv_spec plain = NEUME_CONV_SPEC_DEFAULT;
    NEUME_TRY(normed_conv_init(&l->stem[0], &l->parameters, "stem0",
                               (neume_conv_size){5, 5, NEUME_FEATURES_CHANNELS, S, false}, plain, rng));
    NEUME_TRY(normed_conv_init(&l->stem[1], &l->parameters, "stem1", (neume_conv_size){3, 5, S, S, false}, plain, rng));
    int64_t width = HEAR_HARMONICS.count * (2 * HEAR_HARMONICS.side + 1) * S;
    NEUME_TRY(normed_linear_init(&l->harmonic, &l->parameters, "harmonic", width, C, rng));
    for (int64_t i = 0; i < l->config.blocks; i++) {
        char time[24], pitch[24];
        snprintf(time, sizeof time, "block%d.time", (int)i);
        snprintf(pitch, sizeof pitch, "block%d.pitch", (int)i);
        neume_conv_spec along_time = {1, TIME_DILATION[i % 8], 1, false, false};
        neume_conv_spec along_pitch = {1, 1, i % 3 == 2 ? 12 : 1, false,
                                       false}; /* every third block listens an octave away */
        NEUME_TRY(
            normed_conv_init(&l->time[i], &l->parameters, time, (neume_conv_size){5, 1, C, C, false}, along_time, rng));
        NEUME_TRY(normed_conv_init(&l->pitch[i], &l->parameters, pitch, (neume_conv_size){1, 3, C, C, false},
                                   along_pitch, rng));
    }
    return neume_linear_layer_init(&l->notes, &l->parameters, "notes", C, NEUME_HEAR_OUTPUTS, rng);
}

static neume_status timbre_init(hear_layers *l, neume_rng *rng) {
    int64_t F = l->config.timbre_channels;
    for (int i = 0; i < TIMBRE_CONVS; i++) {
        char name[24];
        snprintf(name, sizeof name, "timbre_conv%d", i);
        neume_conv_spec spec = {i ? 2 : 1, 1, 1, false, false}; /* time lies where pitch usually does */
        neume_conv_size size = {1, i ? 3 : 5, i ? F : PATCH_CHANNELS, F, false};
        NEUME_TRY(normed_conv_init(&l->timbre_conv[i], &l->parameters, name, size, spec, rng));
    }
    NEUME_TRY(
        normed_linear_init(&l->timbre_flat, &l->parameters, "timbre_flat", hear_patch_left(&l->config) * F, F, rng));
    return neume_linear_layer_init(&l->families, &l->parameters, "families", F, NEUME_HEAR_FAMILIES, rng);
}

static neume_status drums_init(hear_layers *l, neume_rng *rng) {
    static const int64_t width[DRUM_CONVS + 1] = {1, 16, 32, 48};
    int64_t D = l->config.drum_channels;
    for (int i = 0; i < DRUM_CONVS; i++) {
        char name[24];
        snprintf(name, sizeof name, "drum_conv%d", i);
        neume_conv_spec spec = {i ? 2 : 1, 1, 1, false, false};
        NEUME_TRY(normed_conv_init(&l->drum_conv[i], &l->parameters, name,
                                   (neume_conv_size){3, 3, width[i], width[i + 1], false}, spec, rng));
    }
    NEUME_TRY(normed_linear_init(&l->drum_flat, &l->parameters, "drum_flat", DRUM_FLAT, D, rng));
    for (int i = 0; i < DRUM_BLOCKS; i++) {
        char name[24];
        snprintf(name, sizeof name, "drum_time%d", i);
        neume_conv_spec spec = {1, 1, DRUM_DILATION[i], false,
                                false}; /* time lies where pitch usually does: (B, 1, 2T, D) */
        NEUME_TRY(
            normed_conv_init(&l->drum_time[i], &l->parameters, name, (neume_conv_size){1, 5, D, D, false}, spec, rng));
    }
    return neume_linear_layer_init(&l->drums, &l->parameters, "drums", D, NEUME_HEAR_DRUM_OUTPUTS, rng);
}

/* Rare events start out rare: bias = log odds of how often each is on (Karpathy's and RetinaNet's habit). */
static void bias_heads(hear_layers *l) {
    static const float rate[NEUME_HEAR_OUTPUTS] = {0.004f, 0.04f, 0.004f, 0.5f};
    for (int i = 0; i < NEUME_HEAR_OUTPUTS; i++) neume_f32(&l->notes.bias.value)[i] = logf(rate[i] / (1 - rate[i]));
    for (int i = 0; i < NEUME_HEAR_DRUMS; i++) neume_f32(&l->drums.bias.value)[i] = logf(0.003f / 0.997f);
}

neume_status hear_layers_init(hear_layers *l, const neume_hear_config *config, const uint64_t *seed) {
    memset(l, 0, sizeof *l);
    l->config = *config;
    bool sane = config->channels >= 1 && config->channels <= 1024 && config->stem_channels >= 1 &&
                config->stem_channels <= 256 && config->blocks >= 1 && config->blocks <= BLOCKS_MAX &&
                config->timbre_channels >= 1 && config->timbre_channels <= 1024 && config->drum_channels >= 1 &&
                config->drum_channels <= 1024 && config->patch_frames >= 4 &&
                config->patch_frames <= PATCH_FRAMES_MOST && config->patch_frames % 4 == 0;
    if (!sane) return neume_fail(NEUME_EFORMAT, "a hear model cannot have these sizes");
    neume_rng rng = neume_rng_seeded(seed ? *seed : 0, 0x68656172), *drawn = seed ? &rng : NULL;
    NEUME_TRY(statistics_init(l));
    NEUME_TRY(trunk_init(l, drawn));
    NEUME_TRY(timbre_init(l, drawn));
    NEUME_TRY(drums_init(l, drawn));
    bias_heads(l);
    return NEUME_OK;
}

neume_status hear_drum_parameters(const hear_layers *l, neume_parameters *out) {
    for (size_t i = 0; i < l->parameters.count; i++) {
        neume_parameter *one = l->parameters.items[i];
        if (strncmp(one->name, "drum", 4) != 0 && strncmp(one->name, "mel.", 4) != 0) continue;
        NEUME_TRY(neume__grow((void **)&out->items, &out->capacity, out->count + 1, sizeof *out->items));
        out->items[out->count++] = one;
    }
    return NEUME_OK;
}

static void normed_conv_clear(normed_conv *layer) {
    neume_conv_layer_clear(&layer->conv);
    neume_norm_layer_clear(&layer->norm);
}

static void normed_linear_clear(normed_linear *layer) {
    neume_linear_layer_clear(&layer->linear);
    neume_norm_layer_clear(&layer->norm);
}

void hear_layers_clear(hear_layers *l) {
    neume_parameter_clear(&l->spectrum.mean);
    neume_parameter_clear(&l->spectrum.deviation);
    neume_parameter_clear(&l->mel.mean);
    neume_parameter_clear(&l->mel.deviation);
    for (int i = 0; i < 2; i++) normed_conv_clear(&l->stem[i]);
    normed_linear_clear(&l->harmonic);
    for (int i = 0; i < BLOCKS_MAX; i++) {
        normed_conv_clear(&l->time[i]);
        normed_conv_clear(&l->pitch[i]);
    }
    neume_linear_layer_clear(&l->notes);
    for (int i = 0; i < TIMBRE_CONVS; i++) normed_conv_clear(&l->timbre_conv[i]);
    normed_linear_clear(&l->timbre_flat);
    neume_linear_layer_clear(&l->families);
    for (int i = 0; i < DRUM_CONVS; i++) normed_conv_clear(&l->drum_conv[i]);
    normed_linear_clear(&l->drum_flat);
    for (int i = 0; i < DRUM_BLOCKS; i++) normed_conv_clear(&l->drum_time[i]);
    neume_linear_layer_clear(&l->drums);
    neume_parameters_clear(&l->parameters);
}

void hear_layers_move(hear_layers *from, hear_layers *to) {
    *to = *from;
    for (size_t i = 0; i < to->parameters.count; i++) { /* the list points at the layers, wherever they are */
        const size_t at = (size_t)((char *)to->parameters.items[i] - (char *)from);
        to->parameters.items[i] = (neume_parameter *)(void *)((char *)to + at);
    }
    memset(from, 0, sizeof *from);
}

neume_tensor hear_view(const neume_tensor *tensor, int64_t a, int64_t b, int64_t c, int64_t d) {
    neume_tensor view = *tensor;
    view.rank = 4;
    view.dim[0] = a, view.dim[1] = b, view.dim[2] = c, view.dim[3] = d;
    return view;
}

neume_status hear_standardise(neume_compute *c, const scaling *by, const neume_tensor *x, neume_dtype dtype,
                              neume_tensor *scratch, neume_tensor *y) {
    float ones[NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS], zeros[NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS];
    float rstd[NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS];
    int64_t width = x->dim[2] * x->dim[3];
    for (int64_t i = 0; i < width; i++) {
        ones[i] = 1;
        zeros[i] = 0;
        rstd[i] = 1 / neume_f32(&by->deviation.value)[i];
    }
    neume_tensor rows = hear_view(x, 1, x->dim[0], x->dim[1], width);
    neume_affine affine = {ones, zeros, neume_f32(&by->mean.value), rstd, false};
    NEUME_TRY(neume_normalise(c, &affine, &rows, NULL, scratch));
    NEUME_TRY(neume_tensor_convert(scratch, dtype, y));
    memcpy(y->dim, x->dim, sizeof x->dim);
    return NEUME_OK;
}
