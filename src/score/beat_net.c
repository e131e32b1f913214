/* The networks of rhythm: a linear layer, then blocks x <- relu(x + norm(conv(x))) whose convolutions reach 2, 4, 8 ...
 * steps to each side, then the logits of each step. Time lies on the tensors' third index, where the engine is fastest.
 * The one that reads events has a transformer in the middle (pulse_body.c), whose tensors are (B, T, D).
 */
#include "neume/score_net.h"

#include "pulse_body.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 12, KERNEL = 5, WEIGHT_MOST = 100 };
#define SHORTEST_BEAT_S .2
#define LONGEST_BEAT_S  2.4

struct neume_beat_net {
    neume_beat_net_size size;
    double weight; /* among others */
    neume_parameters parameters;
    neume_linear_layer input, output;
    neume_conv_layer conv[BLOCKS_MAX];
    neume_norm_layer norm[BLOCKS_MAX];
    neume_tensor state[BLOCKS_MAX + 1]; /* (B, 1, T, D) before block l; the last goes to the output */
    neume_tensor inner[BLOCKS_MAX];     /* (B, 1, T, D) behind the convolution */
    neume_tensor logits;
    neume_tensor d_state, d_inner, d_below;
    neume__pulse_body *pulse; /* of a network of events, instead of the blocks */
    neume_tensor told, said;  /* its x and d_logits as (B, T, ..) */
};

/* --- classes ------------------------------------------------------------------------------------------------------ */

static const neume_metre class_metres[NEUME_BEAT_METRES] = {
    {.beats = 2, .unit = 4}, {.beats = 3, .unit = 4}, {.beats = 4, .unit = 4},  {.beats = 2, .unit = 2},
    {.beats = 6, .unit = 8}, {.beats = 9, .unit = 8}, {.beats = 12, .unit = 8}, {.beats = 3, .unit = 8},
    {.beats = 3, .unit = 2}, {.beats = 5, .unit = 4}};
enum { CLASS_ODD = NEUME_BEAT_METRES - 1 };

int neume_beat_metre_class(neume_metre metre) {
    const int beats = neume_metre_beats(metre);
    if (neume_metre_compound(metre))
        metre = (neume_metre){.beats = metre.beats, .unit = 8};
    else if ((metre.unit > 4 && beats != 3) || (metre.unit == 2 && beats == 4))
        metre.unit = 4;
    else if (metre.unit > 8)
        metre.unit = 8;
    if (metre.beats == 8) metre.beats = 4;
    for (int k = 0; k < CLASS_ODD; k++)
        if (class_metres[k].beats == metre.beats && class_metres[k].unit == metre.unit) return k;
    return beats == 5 || beats == 7 ? CLASS_ODD : -1;
}

neume_metre neume_beat_class_metre(int metre_class) {
    return class_metres[metre_class];
}

double neume_beat_period_place(double seconds) {
    const double place = log(seconds / SHORTEST_BEAT_S) / log(LONGEST_BEAT_S / SHORTEST_BEAT_S);
    return fmin(fmax(place, 0), 1) * (NEUME_BEAT_PERIODS - 1);
}

/* --- kinds -------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *architecture; /* in files */
    int64_t features, logits;
} kinds[] = {[NEUME_BEAT_NET_FRAMES] = {"neume-beat", NEUME_BEAT_FEATURES, NEUME_BEAT_LOGITS},
             [NEUME_BEAT_NET_BEATS] = {"neume-bar", NEUME_BAR_FEATURES, NEUME_BAR_LOGITS},
             [NEUME_BEAT_NET_EVENTS] = {"neume-pulse", NEUME_PULSE_FEATURES, NEUME_BEAT_LOGITS}};

const double neume_bar_length[NEUME_BAR_LENGTHS] = {1, 1.5, 2, 3, 4, 5, 6, 8, 9, 12};
const double neume_bar_spot[NEUME_BAR_SPOTS] = {0, 1.0 / 2, 1.0 / 3, 2.0 / 3};

int64_t neume_beat_net_features(neume_beat_net_kind kind) {
    return kinds[kind].features;
}

int64_t neume_beat_net_logits(neume_beat_net_kind kind) {
    return kinds[kind].logits;
}

/* --- the network -------------------------------------------------------------------------------------------------- */

double neume_beat_net_weight(const neume_beat_net *net) {
    return net->weight;
}

void neume_beat_net_set_weight(neume_beat_net *net, double weight) {
    if (weight > 0 && weight <= WEIGHT_MOST) net->weight = weight;
}

neume_parameters *neume_beat_net_parameters(neume_beat_net *net) {
    return &net->parameters;
}

void neume_beat_net_free(neume_beat_net *net) {
    if (!net) return;
    neume_linear_layer_clear(&net->input);
    neume_linear_layer_clear(&net->output);
    for (int l = 0; l < BLOCKS_MAX; l++) {
        neume_conv_layer_clear(&net->conv[l]);
        neume_norm_layer_clear(&net->norm[l]);
        neume_tensor_clear(&net->inner[l]);
    }
    for (int l = 0; l <= BLOCKS_MAX; l++) neume_tensor_clear(&net->state[l]);
    neume__pulse_body_free(net->pulse);
    neume_tensor_clear(&net->told), neume_tensor_clear(&net->said), neume_tensor_clear(&net->logits);
    neume_tensor_clear(&net->d_state), neume_tensor_clear(&net->d_inner), neume_tensor_clear(&net->d_below);
    neume_parameters_clear(&net->parameters);
    free(net);
}

static neume_status make_layers(neume_beat_net *net, neume_rng *rng) {
    const int64_t D = net->size.width;
    NEUME_TRY(neume_linear_layer_init(&net->input, &net->parameters, "input", kinds[net->size.kind].features, D, rng));
    if (net->size.kind == NEUME_BEAT_NET_EVENTS)
        NEUME_TRY(neume__pulse_body_new(D, net->size.blocks, &net->parameters, rng, &net->pulse));
    for (int64_t l = 0; l < net->size.blocks && !net->pulse; l++) {
        char name[32];
        const neume_conv_size size = {1, KERNEL, D, D, false};
        neume_conv_spec spec = NEUME_CONV_SPEC_DEFAULT;
        spec.dilation_p = INT64_C(1) << l;
        snprintf(name, sizeof name, "block%d.conv", (int)l);
        NEUME_TRY(neume_conv_layer_init(&net->conv[l], &net->parameters, name, &size, spec, rng));
        snprintf(name, sizeof name, "block%d.norm", (int)l);
        NEUME_TRY(neume_norm_layer_init(&net->norm[l], &net->parameters, name, D, true));
    }
    return neume_linear_layer_init(&net->output, &net->parameters, "output", D, kinds[net->size.kind].logits, rng);
}

neume_status neume_beat_net_new(const neume_beat_net_size *size, neume_rng *rng, neume_beat_net **out) {
    if (size->width < 1 || size->width > 1024 || size->blocks < 1 || size->blocks > BLOCKS_MAX)
        return neume_fail(NEUME_EFORMAT, "a beat network has no %lld blocks of width %lld", (long long)size->blocks,
                          (long long)size->width);
    neume_beat_net *net = calloc(1, sizeof *net);
    if (!net) return neume_fail(NEUME_ENOMEM, "no memory for a beat network");
    net->size = *size;
    net->weight = 1;
    const neume_status status = make_layers(net, rng);
    if (status) {
        neume_beat_net_free(net);
        return status;
    }
    *out = net;
    return NEUME_OK;
}

static neume_status convolutions_forward(neume_beat_net *net, neume_compute *c, bool training, const neume_tensor **y) {
    /* training keeps every block's tensors for the way back; otherwise two take turns */
    neume_tensor *below = &net->state[0];
    for (int64_t l = 0; l < net->size.blocks; l++) {
        neume_tensor *inner = &net->inner[training ? l : 0], *above = &net->state[training ? l + 1 : 1 - l % 2];
        NEUME_TRY(neume_conv_layer_forward(&net->conv[l], c, below, NEUME_F32, inner));
        NEUME_TRY(neume_norm_layer_forward(&net->norm[l], c, training, inner, below, above));
        below = above;
    }
    *y = below;
    return NEUME_OK;
}

/* x without where its events lie, as (B, T, features). */
static neume_status tell(neume_beat_net *net, const neume_tensor *x) {
    const int64_t F = NEUME_PULSE_FEATURES, rows = neume_tensor_count(x) / F;
    NEUME_TRY(neume_tensor_shape(&net->told, NEUME_F32, NEUME_DIMS(x->dim[0], x->dim[2], F)));
    memcpy(net->told.data, x->data, neume_tensor_bytes(x));
    for (int64_t row = 0; row < rows; row++) neume_f32(&net->told)[row * F + NEUME_PULSE_TIME] = 0;
    return NEUME_OK;
}

neume_status neume_beat_net_forward(neume_beat_net *net, neume_compute *c, bool training, const neume_tensor *x,
                                    const neume_tensor **logits) {
    const neume_tensor *y;
    if (net->pulse) NEUME_TRY(tell(net, x));
    NEUME_TRY(neume_linear_layer_forward(&net->input, c, net->pulse ? &net->told : x, NEUME_F32, &net->state[0]));
    if (net->pulse)
        NEUME_TRY(neume__pulse_body_forward(net->pulse, c, neume_f32(x), NEUME_PULSE_FEATURES, &net->state[0], &y));
    else
        NEUME_TRY(convolutions_forward(net, c, training, &y));
    NEUME_TRY(neume_linear_layer_forward(&net->output, c, y, NEUME_F32, &net->logits));
    *logits = &net->logits;
    return NEUME_OK;
}

neume_status neume_beat_net_backward(neume_beat_net *net, neume_compute *c, const neume_tensor *d_logits) {
    if (net->pulse) {
        NEUME_TRY(neume_tensor_shape(&net->said, NEUME_F32, net->logits.rank, net->logits.dim));
        memcpy(net->said.data, d_logits->data, neume_tensor_bytes(&net->said));
        d_logits = &net->said;
    }
    NEUME_TRY(neume_linear_layer_backward(&net->output, c, d_logits, &net->d_state));
    if (net->pulse) NEUME_TRY(neume__pulse_body_backward(net->pulse, c, &net->d_state));
    for (int64_t l = net->size.blocks; l-- > 0 && !net->pulse;) {
        NEUME_TRY(neume_norm_layer_backward(&net->norm[l], c, &net->d_state, &net->d_inner));
        NEUME_TRY(neume_conv_layer_backward(&net->conv[l], c, &net->d_inner, &net->d_below));
        neume_tensor_add(&net->d_state, &net->d_below);
    }
    return neume_linear_layer_backward(&net->input, c, &net->d_state, NULL);
}

static neume_status set_size(neume_gguf_writer *writer, const char *architecture, const char *name, int64_t value) {
    char key[64];
    snprintf(key, sizeof key, "%s.%s", architecture, name);
    return neume_gguf_set_integer(writer, key, value);
}

static neume_status set_weight(neume_gguf_writer *writer, const char *architecture, double weight) {
    char key[64];
    snprintf(key, sizeof key, "%s.weight", architecture);
    return neume_gguf_set_number(writer, key, weight);
}

static double weight_in(const neume_gguf *gguf, const char *architecture) {
    char key[64];
    snprintf(key, sizeof key, "%s.weight", architecture);
    return neume_gguf_number(gguf, key, 1);
}

static int64_t size_in(const neume_gguf *gguf, const char *architecture, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "%s.%s", architecture, name);
    return neume_gguf_integer(gguf, key, 0);
}

neume_status neume_beat_net_save(neume_beat_net *net, const char *name, const neume_adamw *adam, const char *path) {
    const char *architecture = kinds[net->size.kind].architecture;
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    NEUME_TRY(neume_gguf_writer_new(architecture, &writer));
    NEUME_GO(neume_gguf_set_string(writer, "general.name", name));
    NEUME_GO(set_size(writer, architecture, "width", net->size.width));
    NEUME_GO(set_size(writer, architecture, "blocks", net->size.blocks));
    NEUME_GO(set_size(writer, architecture, "features", kinds[net->size.kind].features));
    NEUME_GO(set_size(writer, architecture, "logits", kinds[net->size.kind].logits));
    NEUME_GO(set_weight(writer, architecture, net->weight));
    NEUME_GO(neume_parameters_save(&net->parameters, writer, adam, adam == NULL));
    NEUME_GO(neume_gguf_write(writer, path));
fail:
    neume_gguf_writer_free(writer);
    return status;
}

static bool of_kind(const neume_gguf *gguf, neume_beat_net_kind kind) {
    const char *architecture = kinds[kind].architecture, *said = neume_gguf_string(gguf, "general.architecture");
    return said && strcmp(said, architecture) == 0 && size_in(gguf, architecture, "features") == kinds[kind].features &&
           size_in(gguf, architecture, "logits") == kinds[kind].logits;
}

neume_status neume_beat_net_load(const char *path, neume_beat_net_kind kind, neume_adamw *adam, neume_beat_net **out) {
    neume_gguf *gguf = NULL;
    neume_beat_net *net = NULL;
    neume_status status = NEUME_OK;
    neume_rng rng = neume_rng_seeded(1, 1);
    NEUME_TRY(neume_gguf_read(path, &gguf));
    if (!of_kind(gguf, kind)) {
        status = neume_fail(NEUME_EFORMAT, "not a %s network of this version", kinds[kind].architecture);
        goto fail;
    }
    const neume_beat_net_size size = {size_in(gguf, kinds[kind].architecture, "width"),
                                      size_in(gguf, kinds[kind].architecture, "blocks"), kind};
    NEUME_GO(neume_beat_net_new(&size, &rng, &net));
    assert(net);
    neume_beat_net_set_weight(net, weight_in(gguf, kinds[kind].architecture));
    if (adam) NEUME_GO(neume_parameters_prepare_training(&net->parameters));
    NEUME_GO(neume_parameters_load(&net->parameters, gguf, adam));
    *out = net;
    net = NULL;
fail:
    neume_beat_net_free(net);
    neume_gguf_free(gguf);
    return status;
}
