/* The network while it learns: forward keeps every activation, backward walks the same layers in reverse. */
#include "architecture.h"

#include <math.h>
#include <string.h>

/* What one normed layer produced: before and after normalisation. */
typedef struct step {
    neume_tensor raw, out;
} step;

struct neume_hear_net {
    hear_layers layers;
    neume_tensor spectrum_scratch, mel_scratch, spectrum, mel;
    step stem[2], harmonic, time[BLOCKS_MAX], pitch[BLOCKS_MAX];
    neume_tensor gathered, notes;
    neume_tensor patches;
    step timbre_conv[TIMBRE_CONVS], timbre_flat;
    neume_tensor timbre_flat_view; /* borrowed memory */
    neume_tensor families;
    step drum_conv[DRUM_CONVS], drum_flat, drum_time[DRUM_BLOCKS];
    neume_tensor drum_flat_view, drum_line_view[DRUM_BLOCKS + 1]; /* borrowed memory */
    neume_tensor drums;
    neume_tensor d[3], d_logits; /* gradients on their way down */
};

neume_status hear_net_make(const neume_hear_config *config, const uint64_t *seed, neume_hear_net **out) {
    neume_hear_net *net = neume__calloc(1, sizeof *net);
    if (!net) return NEUME_ENOMEM;
    neume_status status = hear_layers_init(&net->layers, config, seed);
    if (status)
        neume_hear_net_free(net);
    else
        *out = net;
    return status;
}

neume_status neume_hear_net_new(const neume_hear_config *config, uint64_t seed, neume_hear_net **out) {
    return hear_net_make(config, &seed, out);
}

static void step_clear(step *s) {
    neume_tensor_clear(&s->raw);
    neume_tensor_clear(&s->out);
}

void neume_hear_net_free(neume_hear_net *net) {
    if (!net) return;
    hear_layers_clear(&net->layers);
    neume_tensor *tensors[] = {
        &net->spectrum_scratch, &net->mel_scratch, &net->spectrum, &net->mel,  &net->gathered, &net->notes,
        &net->patches,          &net->families,    &net->drums,    &net->d[0], &net->d[1],     &net->d[2],
        &net->d_logits};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    for (int i = 0; i < 2; i++) step_clear(&net->stem[i]);
    step_clear(&net->harmonic);
    for (int i = 0; i < BLOCKS_MAX; i++) {
        step_clear(&net->time[i]);
        step_clear(&net->pitch[i]);
    }
    for (int i = 0; i < TIMBRE_CONVS; i++) step_clear(&net->timbre_conv[i]);
    step_clear(&net->timbre_flat);
    for (int i = 0; i < DRUM_CONVS; i++) step_clear(&net->drum_conv[i]);
    step_clear(&net->drum_flat);
    for (int i = 0; i < DRUM_BLOCKS; i++) step_clear(&net->drum_time[i]);
    neume__free(net);
}

neume_parameters *neume_hear_net_parameters(neume_hear_net *net) {
    return &net->layers.parameters;
}

const neume_hear_config *neume_hear_net_config(const neume_hear_net *net) {
    return &net->layers.config;
}

void neume_hear_net_set_thresholds(neume_hear_net *net, const neume_hear_config *config) {
    neume_hear_config *own = &net->layers.config;
    own->onset_threshold = config->onset_threshold;
    own->frame_threshold = config->frame_threshold;
    own->offset_threshold = config->offset_threshold;
    own->drum_threshold = config->drum_threshold;
    own->note_confidence_scale = config->note_confidence_scale;
    own->note_confidence_shift = config->note_confidence_shift;
    own->drum_confidence_scale = config->drum_confidence_scale;
    own->drum_confidence_shift = config->drum_confidence_shift;
}

void neume_hear_net_learn(neume_hear_net *net, bool notes, bool drums, bool families) {
    neume_parameters *list = &net->layers.parameters;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->items[i]->name;
        bool drum = strncmp(name, "drum", 4) == 0,
             family = strncmp(name, "timbre", 6) == 0 || strncmp(name, "families", 8) == 0;
        list->items[i]->frozen = drum ? !drums : family ? !families : !notes;
    }
}

hear_layers *hear_net_layers(neume_hear_net *net) {
    return &net->layers;
}

/* --- standardisation ---------------------------------------------------------------------------------------------- */

static neume_status measure(const neume_tensor *x, scaling *by) {
    int64_t width = x->dim[2] * x->dim[3];
    neume_tensor rows = hear_view(x, 1, x->dim[0], x->dim[1], width);
    float *deviation = neume_f32(&by->deviation.value);
    NEUME_TRY(neume_channel_moments(NULL, &rows, 1e-2f, neume_f32(&by->mean.value), deviation));
    for (int64_t i = 0; i < width; i++) deviation[i] = 1 / deviation[i];
    return NEUME_OK;
}

neume_status neume_hear_net_standardise(neume_hear_net *net, const neume_hear_batch *batch) {
    NEUME_TRY(measure(&batch->spectrum, &net->layers.spectrum));
    return measure(&batch->mel, &net->layers.mel);
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

typedef neume_hear_pass mode; /* how every layer of one pass computes */

static neume_status conv_step(const mode *m, normed_conv *layer, const neume_tensor *x, const neume_tensor *residual,
                              step *s) {
    NEUME_TRY(neume_conv_layer_forward(&layer->conv, m->compute, x, m->dtype, &s->raw));
    return neume_norm_layer_forward(&layer->norm, m->compute, m->training, &s->raw, residual, &s->out);
}

static neume_status linear_step(const mode *m, normed_linear *layer, const neume_tensor *x, step *s) {
    NEUME_TRY(neume_linear_layer_forward(&layer->linear, m->compute, x, m->dtype, &s->raw));
    return neume_norm_layer_forward(&layer->norm, m->compute, m->training, &s->raw, NULL, &s->out);
}

static neume_status forward_notes(neume_hear_net *net, const mode *m) {
    hear_layers *l = &net->layers;
    NEUME_TRY(conv_step(m, &l->stem[0], &net->spectrum, NULL, &net->stem[0]));
    NEUME_TRY(conv_step(m, &l->stem[1], &net->stem[0].out, &net->stem[0].out, &net->stem[1]));
    NEUME_TRY(neume_harmonics_gather(m->compute, &HEAR_HARMONICS, &net->stem[1].out, &net->gathered));
    NEUME_TRY(linear_step(m, &l->harmonic, &net->gathered, &net->harmonic));
    const neume_tensor *x = &net->harmonic.out;
    for (int64_t i = 0; i < l->config.blocks; i++) {
        NEUME_TRY(conv_step(m, &l->time[i], x, NULL, &net->time[i]));
        NEUME_TRY(conv_step(m, &l->pitch[i], &net->time[i].out, x, &net->pitch[i]));
        x = &net->pitch[i].out;
    }
    return neume_linear_layer_forward(&l->notes, m->compute, x, NEUME_F32, &net->notes);
}

static neume_status forward_timbre(neume_hear_net *net, const mode *m) {
    hear_layers *l = &net->layers;
    const hear_scene scene = {&l->config, &net->spectrum, m->sounding};
    NEUME_TRY(hear_patches(&scene, m->places, m->place_count, &net->patches));
    const neume_tensor *x = &net->patches;
    for (int i = 0; i < TIMBRE_CONVS; i++) {
        NEUME_TRY(conv_step(m, &l->timbre_conv[i], x, NULL, &net->timbre_conv[i]));
        x = &net->timbre_conv[i].out;
    }
    net->timbre_flat_view = hear_view(x, m->place_count, 1, 1, hear_patch_left(&l->config) * l->config.timbre_channels);
    NEUME_TRY(linear_step(m, &l->timbre_flat, &net->timbre_flat_view, &net->timbre_flat));
    return neume_linear_layer_forward(&l->families, m->compute, &net->timbre_flat.out, NEUME_F32, &net->families);
}

static neume_status forward_drums(neume_hear_net *net, const mode *m) {
    hear_layers *l = &net->layers;
    const neume_tensor *x = &net->mel;
    for (int i = 0; i < DRUM_CONVS; i++) {
        NEUME_TRY(conv_step(m, &l->drum_conv[i], x, NULL, &net->drum_conv[i]));
        x = &net->drum_conv[i].out;
    }
    int64_t B = x->dim[0], T2 = x->dim[1], D = l->config.drum_channels;
    net->drum_flat_view = hear_view(x, B, T2, 1, DRUM_FLAT);
    NEUME_TRY(linear_step(m, &l->drum_flat, &net->drum_flat_view, &net->drum_flat));
    net->drum_line_view[0] = hear_view(&net->drum_flat.out, B, 1, T2, D);
    for (int i = 0; i < DRUM_BLOCKS; i++) {
        NEUME_TRY(conv_step(m, &l->drum_time[i], &net->drum_line_view[i], &net->drum_line_view[i], &net->drum_time[i]));
        net->drum_line_view[i + 1] = net->drum_time[i].out;
    }
    return neume_linear_layer_forward(&l->drums, m->compute, &net->drum_time[DRUM_BLOCKS - 1].out, NEUME_F32,
                                      &net->drums);
}

neume_status neume_hear_net_forward(neume_hear_net *net, const neume_hear_pass *pass, const neume_hear_batch *batch,
                                    neume_hear_logits *out) {
    hear_layers *l = &net->layers;
    neume_compute *c = pass->compute;
    *out = (neume_hear_logits){0};
    if (pass->notes || pass->place_count)
        NEUME_TRY(
            hear_standardise(c, &l->spectrum, &batch->spectrum, pass->dtype, &net->spectrum_scratch, &net->spectrum));
    if (pass->notes) {
        NEUME_TRY(forward_notes(net, pass));
        out->notes = &net->notes;
    }
    if (pass->place_count) {
        NEUME_TRY(forward_timbre(net, pass));
        out->families = &net->families;
    }
    if (pass->drums) {
        NEUME_TRY(hear_standardise(c, &l->mel, &batch->mel, pass->dtype, &net->mel_scratch, &net->mel));
        NEUME_TRY(forward_drums(net, pass));
        out->drums = &net->drums;
    }
    return NEUME_OK;
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

/* d_out becomes the residual's gradient; d_x the input's (NULL = not wanted); between holds the gradient before
 * normalisation. */
static neume_status conv_back(neume_compute *c, normed_conv *layer, neume_tensor *d_out, neume_tensor *between,
                              neume_tensor *d_x) {
    NEUME_TRY(neume_norm_layer_backward(&layer->norm, c, d_out, between));
    return neume_conv_layer_backward(&layer->conv, c, between, d_x);
}

static neume_status linear_back(neume_compute *c, normed_linear *layer, neume_tensor *d_out, neume_tensor *between,
                                neume_tensor *d_x) {
    NEUME_TRY(neume_norm_layer_backward(&layer->norm, c, d_out, between));
    return neume_linear_layer_backward(&layer->linear, c, between, d_x);
}

static void swap(neume_tensor **a, neume_tensor **b) {
    neume_tensor *kept = *a;
    *a = *b;
    *b = kept;
}

static neume_status backward_notes(neume_hear_net *net, neume_compute *c, const neume_tensor *d_notes) {
    hear_layers *l = &net->layers;
    neume_tensor *d = &net->d[0], *between = &net->d[1], *d_x = &net->d[2];
    NEUME_TRY(neume_tensor_convert(d_notes, net->spectrum.dtype, &net->d_logits));
    NEUME_TRY(neume_linear_layer_backward(&l->notes, c, &net->d_logits, d));
    for (int64_t i = l->config.blocks - 1; i >= 0; i--) {
        NEUME_TRY(conv_back(c, &l->pitch[i], d, between, d_x)); /* d is now the residual's gradient */
        NEUME_TRY(neume_norm_layer_backward(&l->time[i].norm, c, d_x, between));
        NEUME_TRY(neume_conv_layer_backward(&l->time[i].conv, c, between, d_x));
        neume_tensor_add(d, d_x);
    }
    NEUME_TRY(linear_back(c, &l->harmonic, d, between, d_x));
    const neume_tensor *stem = &net->stem[1].out;
    NEUME_TRY(neume_tensor_shape(d, stem->dtype, stem->rank, stem->dim));
    NEUME_TRY(neume_harmonics_scatter(c, &HEAR_HARMONICS, d_x, d));
    NEUME_TRY(conv_back(c, &l->stem[1], d, between, d_x));
    neume_tensor_add(d, d_x);
    return conv_back(c, &l->stem[0], d, between, NULL);
}

static neume_status backward_drums(neume_hear_net *net, neume_compute *c, const neume_tensor *d_drums) {
    hear_layers *l = &net->layers;
    neume_tensor *d = &net->d[0], *between = &net->d[1], *d_x = &net->d[2];
    NEUME_TRY(neume_tensor_convert(d_drums, net->mel.dtype, &net->d_logits));
    NEUME_TRY(neume_linear_layer_backward(&l->drums, c, &net->d_logits, d));
    for (int i = DRUM_BLOCKS - 1; i >= 0; i--) {
        NEUME_TRY(conv_back(c, &l->drum_time[i], d, between, d_x));
        neume_tensor_add(d, d_x);
    }
    *d = hear_view(d, d->dim[0], d->dim[2], 1, d->dim[3]);
    NEUME_TRY(linear_back(c, &l->drum_flat, d, between, d_x));
    *d_x = hear_view(d_x, d_x->dim[0], d_x->dim[1], DRUM_BANDS, DRUM_FLAT / DRUM_BANDS);
    for (int i = DRUM_CONVS - 1; i >= 0; i--) {
        swap(&d, &d_x);
        NEUME_TRY(conv_back(c, &l->drum_conv[i], d, between, i ? d_x : NULL));
    }
    return NEUME_OK;
}

static neume_status backward_timbre(neume_hear_net *net, neume_compute *c, const neume_tensor *d_families) {
    hear_layers *l = &net->layers;
    neume_tensor *d = &net->d[0], *between = &net->d[1], *d_x = &net->d[2];
    NEUME_TRY(neume_tensor_convert(d_families, net->spectrum.dtype, &net->d_logits));
    NEUME_TRY(neume_linear_layer_backward(&l->families, c, &net->d_logits, d));
    NEUME_TRY(linear_back(c, &l->timbre_flat, d, between, d_x));
    *d_x = hear_view(d_x, d_x->dim[0], 1, hear_patch_left(&l->config), l->config.timbre_channels);
    for (int i = TIMBRE_CONVS - 1; i >= 0; i--) {
        swap(&d, &d_x);
        NEUME_TRY(conv_back(c, &l->timbre_conv[i], d, between, i ? d_x : NULL));
    }
    return NEUME_OK;
}

neume_status neume_hear_net_backward(neume_hear_net *net, neume_compute *c, const neume_hear_logits *gradients) {
    if (gradients->notes) NEUME_TRY(backward_notes(net, c, gradients->notes));
    if (gradients->families) NEUME_TRY(backward_timbre(net, c, gradients->families));
    return gradients->drums ? backward_drums(net, c, gradients->drums) : NEUME_OK;
}
