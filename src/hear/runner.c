#include "runner.h"

#include <math.h>
#include <string.h>

/* --- folding ------------------------------------------------------------------------------------------------------ */

/* gain (w x - mean) rstd + shift = (w gain rstd) x + (shift - mean gain rstd): the normalisation costs nothing at
 * inference. */
static neume_status fold(const neume_tensor *weight, const neume_parameter *bias, const neume_norm_layer *norm,
                         folded *out) {
    int64_t M = weight->dim[weight->rank - 1], count = neume_tensor_count(weight);
    NEUME_TRY(neume_tensor_shape(&out->weight, NEUME_F32, weight->rank, weight->dim));
    NEUME_TRY(neume_tensor_shape(&out->bias, NEUME_F32, NEUME_DIMS(M)));
    for (int64_t m = 0; m < M; m++) {
        float scale =
            neume_f32(&norm->gain.value)[m] / sqrtf(neume_f32(&norm->running_variance.value)[m] + norm->epsilon);
        float own = bias && bias->value.data ? neume_f32(&bias->value)[m] : 0;
        neume_f32(&out->bias)[m] =
            neume_f32(&norm->shift.value)[m] + (own - neume_f32(&norm->running_mean.value)[m]) * scale;
        for (int64_t i = m; i < count; i += M) neume_f32(&out->weight)[i] = neume_f32(weight)[i] * scale;
    }
    return NEUME_OK;
}

static neume_status fold_conv(const normed_conv *layer, bool accumulate, folded *out) {
    out->spec = layer->conv.spec;
    out->spec.relu = true;
    out->spec.accumulate = accumulate;
    return fold(&layer->conv.weight.value, &layer->conv.bias, &layer->norm, out);
}

static neume_status fold_drums(neume_hear_model *m) {
    const hear_layers *l = &m->layers;
    for (int i = 0; i < DRUM_CONVS; i++) NEUME_TRY(fold_conv(&l->drum_conv[i], false, &m->drum_conv[i]));
    NEUME_TRY(fold(&l->drum_flat.linear.weight.value, &l->drum_flat.linear.bias, &l->drum_flat.norm, &m->drum_flat));
    for (int i = 0; i < DRUM_BLOCKS; i++) NEUME_TRY(fold_conv(&l->drum_time[i], true, &m->drum_time[i]));
    return NEUME_OK;
}

static neume_status fold_all(neume_hear_model *m) {
    const hear_layers *l = &m->layers;
    for (int i = 0; i < 2; i++) NEUME_TRY(fold_conv(&l->stem[i], i == 1, &m->stem[i]));
    NEUME_TRY(fold(&l->harmonic.linear.weight.value, &l->harmonic.linear.bias, &l->harmonic.norm, &m->harmonic));
    for (int64_t i = 0; i < l->config.blocks; i++) {
        NEUME_TRY(fold_conv(&l->time[i], false, &m->time[i]));
        NEUME_TRY(fold_conv(&l->pitch[i], true, &m->pitch[i]));
    }
    for (int i = 0; i < TIMBRE_CONVS; i++) NEUME_TRY(fold_conv(&l->timbre_conv[i], false, &m->timbre_conv[i]));
    NEUME_TRY(
        fold(&l->timbre_flat.linear.weight.value, &l->timbre_flat.linear.bias, &l->timbre_flat.norm, &m->timbre_flat));
    return fold_drums(m);
}

static void folded_clear(folded *f) {
    neume_tensor_clear(&f->weight);
    neume_tensor_clear(&f->bias);
}

void neume_hear_model_free(neume_hear_model *m) {
    if (!m) return;
    hear_layers_clear(&m->layers);
    neume_cast_net_free(m->cast);
    neume_kit_net_free(m->kit);
    pthread_mutex_destroy(&m->nets_lock);
    for (int i = 0; i < 2; i++) folded_clear(&m->stem[i]);
    folded_clear(&m->harmonic);
    for (int i = 0; i < BLOCKS_MAX; i++) {
        folded_clear(&m->time[i]);
        folded_clear(&m->pitch[i]);
    }
    for (int i = 0; i < TIMBRE_CONVS; i++) folded_clear(&m->timbre_conv[i]);
    folded_clear(&m->timbre_flat);
    for (int i = 0; i < DRUM_CONVS; i++) folded_clear(&m->drum_conv[i]);
    folded_clear(&m->drum_flat);
    for (int i = 0; i < DRUM_BLOCKS; i++) folded_clear(&m->drum_time[i]);
    neume__free(m);
}

neume_status neume_hear_model_parse(const neume_gguf *gguf, neume_hear_model **out) {
    neume_hear_net *net = NULL;
    NEUME_TRY(neume_hear_net_load(gguf, NULL, &net));
    neume_hear_model *model = neume__calloc(1, sizeof *model);
    neume_status status = model ? NEUME_OK : NEUME_ENOMEM;
    if (!status) {
        hear_layers_move(hear_net_layers(net), &model->layers);
        pthread_mutex_init(&model->nets_lock, NULL);
        status = fold_all(model);
    }
    neume_hear_net_free(net);
    if (status)
        neume_hear_model_free(model);
    else
        *out = model;
    return status;
}

neume_status neume_hear_model_load(const char *path, neume_hear_model **out) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    neume_status status = neume_hear_model_parse(gguf, out);
    neume_gguf_free(gguf);
    return status;
}

void neume_hear_model_take_cast(neume_hear_model *model, neume_cast_net *net) {
    neume_cast_net_free(model->cast);
    model->cast = net;
}

neume_status neume_hear_model_load_cast(neume_hear_model *model, const char *path) {
    neume_cast_net *net = NULL;
    NEUME_TRY(neume_cast_net_load(path, NULL, &net));
    if (neume_cast_net_fits(net, model)) {
        neume_hear_model_take_cast(model, net);
        return NEUME_OK;
    }
    neume_cast_net_free(net);
    return neume_fail(NEUME_EUNSUPPORTED, "%s was made for another note model than %s", path,
                      neume_hear_model_name(model));
}

void neume_hear_model_take_kit(neume_hear_model *model, neume_kit_net *net) {
    neume_kit_net_free(model->kit);
    model->kit = net;
}

/* Everything is checked before the model changes. */
static neume_status take_kit(neume_hear_model *model, const neume_gguf *gguf, const char *path) {
    neume_parameters branch = {0};
    neume_kit_net *net = NULL;
    neume_status status = hear_kit_parse(gguf, NULL, &net);
    if (!status && !hear_kit_fits(net, model))
        status = neume_fail(NEUME_EUNSUPPORTED, "%s was made for another note model than %s", path,
                            neume_hear_model_name(model));
    if (!status) status = hear_drum_parameters(&model->layers, &branch);
    if (!status) status = neume_parameters_load(&branch, gguf, NULL);
    if (!status) status = fold_drums(model);
    neume_parameters_clear(&branch);
    if (status)
        neume_kit_net_free(net);
    else
        neume_hear_model_take_kit(model, net);
    return status;
}

neume_status neume_hear_model_load_kit(neume_hear_model *model, const char *path) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    neume_status status = take_kit(model, gguf, path);
    neume_gguf_free(gguf);
    return status;
}

int64_t neume_hear_model_drum_channels(const neume_hear_model *model) {
    return model->layers.config.drum_channels;
}

int64_t neume_hear_model_timbre_channels(const neume_hear_model *model) {
    return model->layers.config.timbre_channels;
}

const char *neume_hear_model_name(const neume_hear_model *model) {
    return model->layers.config.name;
}

/* --- running ------------------------------------------------------------------------------------------------------ */

neume_status hear_runner_init(hear_runner *r, const neume_hear_model *model, bool plain_f32) {
    memset(r, 0, sizeof *r);
    r->model = model;
    r->dtype = !plain_f32 && neume_compute_has_bf16() ? NEUME_BF16 : NEUME_F32;
    return neume_compute_new(NEUME_FAST, &r->compute);
}

void hear_runner_clear(hear_runner *r) {
    neume_compute_free(r->compute);
    neume_tensor *all[] = {&r->spectrum, &r->mel,      &r->scaled,   &r->narrow,     &r->a,
                           &r->b,        &r->trunk,    &r->gathered, &r->notes,      &r->drums,
                           &r->patches,  &r->families, &r->sounding, &r->drum_hidden};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) neume_tensor_clear(all[i]);
}

static neume_status run_conv(hear_runner *r, const folded *f, const neume_tensor *x, neume_tensor *y) {
    int64_t stride = f->spec.stride_p, P = (x->dim[2] + stride - 1) / stride;
    if (!f->spec.accumulate)
        NEUME_TRY(
            neume_tensor_shape(y, r->dtype, NEUME_DIMS(x->dim[0], x->dim[1], P, f->weight.dim[f->weight.rank - 1])));
    return neume_conv2d(r->compute, &f->spec, x, &f->weight, &f->bias, y);
}

static neume_status copy(const neume_tensor *x, neume_tensor *y) {
    NEUME_TRY(neume_tensor_shape(y, x->dtype, x->rank, x->dim));
    memcpy(y->data, x->data, neume_tensor_bytes(x));
    return NEUME_OK;
}

/* Rows [first, first + rows) of the second dimension, the first being 1. */
static neume_tensor slice(const neume_tensor *x, int64_t first, int64_t rows) {
    neume_tensor view = *x;
    size_t row_bytes = neume_tensor_bytes(x) / (size_t)x->dim[1];
    view.data = (char *)x->data + (size_t)first * row_bytes;
    view.dim[1] = rows;
    return view;
}

/* The gathered harmonics are thirty times the stem, so they are made for a few frames at a time. */
static neume_status run_harmonics(hear_runner *r, const neume_tensor *stem) {
    enum { CHUNK_FRAMES = 32 };
    int64_t T = stem->dim[1];
    NEUME_TRY(
        neume_tensor_shape(&r->trunk, r->dtype, NEUME_DIMS(1, T, NEUME_PITCHES, r->model->layers.config.channels)));
    for (int64_t t = 0; t < T; t += CHUNK_FRAMES) {
        int64_t frames = T - t < CHUNK_FRAMES ? T - t : CHUNK_FRAMES;
        neume_tensor from = slice(stem, t, frames), to = slice(&r->trunk, t, frames);
        NEUME_TRY(neume_harmonics_gather(r->compute, &HEAR_HARMONICS, &from, &r->gathered));
        NEUME_TRY(
            neume_linear(r->compute, &r->gathered, &r->model->harmonic.weight, &r->model->harmonic.bias, true, &to));
    }
    return NEUME_OK;
}

static neume_status run_notes(hear_runner *r) {
    const neume_hear_model *m = r->model;
    NEUME_TRY(hear_standardise(r->compute, &m->layers.spectrum, &r->spectrum, r->dtype, &r->scaled, &r->narrow));
    NEUME_TRY(run_conv(r, &m->stem[0], &r->narrow, &r->a));
    NEUME_TRY(copy(&r->a, &r->b));
    NEUME_TRY(run_conv(r, &m->stem[1], &r->a, &r->b));
    NEUME_TRY(run_harmonics(r, &r->b));
    for (int64_t i = 0; i < m->layers.config.blocks; i++) {
        NEUME_TRY(run_conv(r, &m->time[i], &r->trunk, &r->a));
        NEUME_TRY(run_conv(r, &m->pitch[i], &r->a, &r->trunk));
    }
    NEUME_TRY(
        neume_tensor_shape(&r->notes, NEUME_F32, NEUME_DIMS(1, r->trunk.dim[1], NEUME_PITCHES, NEUME_HEAR_OUTPUTS)));
    return neume_linear(r->compute, &r->trunk, &m->layers.notes.weight.value, &m->layers.notes.bias.value, false,
                        &r->notes);
}

static neume_status run_drums(hear_runner *r) {
    const neume_hear_model *m = r->model;
    int64_t T2 = r->mel.dim[1], D = m->layers.config.drum_channels;
    NEUME_TRY(hear_standardise(r->compute, &m->layers.mel, &r->mel, r->dtype, &r->scaled, &r->narrow));
    NEUME_TRY(run_conv(r, &m->drum_conv[0], &r->narrow, &r->a));
    NEUME_TRY(run_conv(r, &m->drum_conv[1], &r->a, &r->b));
    NEUME_TRY(run_conv(r, &m->drum_conv[2], &r->b, &r->a));
    neume_tensor flat = hear_view(&r->a, 1, T2, 1, DRUM_FLAT);
    NEUME_TRY(neume_tensor_shape(&r->b, r->dtype, NEUME_DIMS(1, 1, T2, D)));
    NEUME_TRY(neume_linear(r->compute, &flat, &m->drum_flat.weight, &m->drum_flat.bias, true, &r->b));
    neume_tensor *x = &r->b, *y = &r->a;
    for (int i = 0; i < DRUM_BLOCKS; i++) {
        NEUME_TRY(copy(x, y));
        NEUME_TRY(run_conv(r, &m->drum_time[i], x, y));
        neume_tensor *kept = x;
        x = y;
        y = kept;
    }
    if (r->wants_hidden) NEUME_TRY(neume_tensor_convert(x, NEUME_F32, &r->drum_hidden));
    NEUME_TRY(neume_tensor_shape(&r->drums, NEUME_F32, NEUME_DIMS(1, 1, T2, NEUME_HEAR_DRUM_OUTPUTS)));
    return neume_linear(r->compute, x, &m->layers.drums.weight.value, &m->layers.drums.bias.value, false, &r->drums);
}

neume_status hear_runner_run(hear_runner *r, bool drums_only) {
    if (!drums_only) NEUME_TRY(run_notes(r));
    return run_drums(r);
}

/* One piece of at most PIECE notes; always PIECE are computed, so that one prepared program serves all. */
enum { PIECE = 32 };

static neume_status run_families(hear_runner *r, const neume_hear_place *places, int64_t count, int64_t stride,
                                 float *out) {
    const neume_hear_model *m = r->model;
    int64_t F = m->layers.config.timbre_channels;
    neume_hear_place all[PIECE];
    for (int64_t i = 0; i < PIECE; i++) all[i] = places[i < count ? i : 0];
    const hear_scene scene = {&m->layers.config, &r->narrow, &r->sounding};
    NEUME_TRY(hear_patches(&scene, all, PIECE, &r->patches));
    NEUME_TRY(run_conv(r, &m->timbre_conv[0], &r->patches, &r->a));
    NEUME_TRY(run_conv(r, &m->timbre_conv[1], &r->a, &r->b));
    NEUME_TRY(run_conv(r, &m->timbre_conv[2], &r->b, &r->a));
    neume_tensor flat = hear_view(&r->a, PIECE, 1, 1, hear_patch_left(&m->layers.config) * F);
    NEUME_TRY(neume_tensor_shape(&r->b, r->dtype, NEUME_DIMS(PIECE, 1, 1, F)));
    NEUME_TRY(neume_linear(r->compute, &flat, &m->timbre_flat.weight, &m->timbre_flat.bias, true, &r->b));
    NEUME_TRY(neume_tensor_shape(&r->families, NEUME_F32, NEUME_DIMS(PIECE, 1, 1, NEUME_HEAR_FAMILIES)));
    NEUME_TRY(neume_linear(r->compute, &r->b, &m->layers.families.weight.value, &m->layers.families.bias.value, false,
                           &r->families));
    for (int64_t i = 0; i < count; i++) {
        memcpy(out + i * stride, neume_f32(&r->families) + i * NEUME_HEAR_FAMILIES, NEUME_HEAR_FAMILIES * sizeof *out);
        if (stride >= NEUME_HEAR_FAMILIES + F)
            neume_tensor_load(&r->b, i * F, F, out + i * stride + NEUME_HEAR_FAMILIES);
    }
    return NEUME_OK;
}

static void to_log_probabilities(float *logit) {
    float top = logit[0], sum = 0;
    for (int i = 1; i < NEUME_HEAR_FAMILIES; i++) top = fmaxf(top, logit[i]);
    for (int i = 0; i < NEUME_HEAR_FAMILIES; i++) sum += expf(logit[i] - top);
    for (int i = 0; i < NEUME_HEAR_FAMILIES; i++) logit[i] -= top + logf(sum);
}

/* How surely each pitch sounds, from the notes' curves. */
static neume_status find_sounding(hear_runner *r) {
    int64_t cells = neume_tensor_count(&r->notes) / NEUME_HEAR_OUTPUTS;
    NEUME_TRY(neume_tensor_shape(&r->sounding, NEUME_F32, NEUME_DIMS(1, r->notes.dim[1], NEUME_PITCHES, 1)));
    for (int64_t i = 0; i < cells; i++) {
        float logit = neume_f32(&r->notes)[i * NEUME_HEAR_OUTPUTS + NEUME_HEAR_FRAME];
        neume_f32(&r->sounding)[i] = logit > -2 ? 1 / (1 + expf(-logit)) : 0;
    }
    return NEUME_OK;
}

neume_status hear_runner_families(hear_runner *r, const neume_hear_place *places, int64_t count, int64_t stride,
                                  float *out) {
    if (!count) return NEUME_OK;
    NEUME_TRY(find_sounding(r));
    NEUME_TRY(hear_standardise(r->compute, &r->model->layers.spectrum, &r->spectrum, r->dtype, &r->scaled, &r->narrow));
    for (int64_t i = 0; i < count; i += PIECE)
        NEUME_TRY(run_families(r, places + i, count - i < PIECE ? count - i : PIECE, stride, out + i * stride));
    for (int64_t i = 0; i < count; i++) to_log_probabilities(out + i * stride);
    return NEUME_OK;
}
