/* Who plays what, read from all notes of a recording together.
 *
 * The note model says of each note by itself how likely each family is, and on instruments it never heard it is often
 * wrong, always in the same way. What it lacks is the company: a line that might be an oboe or a violin is a violin
 * where three more like it make a quartet. So each note is read with what its neighbours and the whole recording sound
 * like:
 *
 *   log probabilities: its own, its neighbours', the whole's (3 x 14) | timbre, shortened (32)
 *   where it lies on the keyboard (12), length, loudness, sureness, how many sound with it, above and below (7)
 *     | linear, relu -> H
 *   itself, its neighbours' mean, the whole's mean (3 H)
 *     | linear, relu -> H | linear -> 14, added to the neighbours' log probabilities
 *
 * A neighbour counts less the farther it is in time and pitch, as in instruments.c. After Zaheer et al., "Deep Sets"
 * (2017); the sums over neighbours stand where attention would. */
#include "neume/hear_net.h"

#include <math.h>
#include <string.h>

enum {
    F = NEUME_HEAR_FAMILIES,
    BRIEF = NEUME_CAST_BRIEF,
    KEYBOARD = 12,
    NUMBERS = 7,
    HEARD = 3 * F + KEYBOARD + NUMBERS,
    INPUTS = HEARD + BRIEF,
    H = 128,
};
static const double REACH_S = 12, FADE_S = 4, FADE_SEMITONES = 4, ONSET_S = 0.05, CHORD_S = 0.03;
static const float LOG_SCALE = 0.25f, TIMBRE_SCALE = 0.25f;
static const float BELIEF =
    0.7f; /* how much of what it adds to the neighbours' word is believed of strange recordings */

struct neume_cast_net {
    char name[64], model[64]; /* its own, and the note model's that it was made for */
    int64_t timbre_channels;
    neume_parameters parameters;
    neume_linear_layer brief, first, second, last;
    /* of the last forward */
    const neume_cast_view *views;
    size_t view_count;
    neume_tensor timbre, shortened, x, a, mixed, b, logits; /* (rows, 1, 1, ..) */
    neume_tensor d_logits, d_b, d_mixed, d_a, d_x, d_shortened;
};

/* --- making ------------------------------------------------------------------------------------------------------- */

static neume_status make(int64_t timbre_channels, neume_rng *rng, neume_cast_net **out) {
    if (timbre_channels < 1 || timbre_channels > 1024)
        return neume_fail(NEUME_EFORMAT, "a cast model cannot have these sizes");
    neume_cast_net *net = neume__calloc(1, sizeof *net);
    neume_status status = NEUME_OK;
    if (!net) return NEUME_ENOMEM;
    net->timbre_channels = timbre_channels;
    NEUME_GO(neume_linear_layer_init(&net->brief, &net->parameters, "brief", timbre_channels, BRIEF, rng));
    NEUME_GO(neume_linear_layer_init(&net->first, &net->parameters, "first", INPUTS, H, rng));
    NEUME_GO(neume_linear_layer_init(&net->second, &net->parameters, "second", 3 * H, H, rng));
    NEUME_GO(neume_linear_layer_init(&net->last, &net->parameters, "last", H, F, rng));
    memset(net->last.weight.value.data, 0,
           neume_tensor_bytes(&net->last.weight.value)); /* begins as the neighbours say */
    *out = net;
    return NEUME_OK;
fail:
    neume_cast_net_free(net);
    return status;
}

neume_status neume_cast_net_new(const neume_hear_model *model, uint64_t seed, neume_cast_net **out) {
    neume_rng rng = neume_rng_seeded(seed, 0x63617374);
    NEUME_TRY(make(neume_hear_model_timbre_channels(model), &rng, out));
    snprintf((*out)->name, sizeof(*out)->name, "neume-cast");
    snprintf((*out)->model, sizeof(*out)->model, "%s", neume_hear_model_name(model));
    return NEUME_OK;
}

void neume_cast_net_free(neume_cast_net *net) {
    if (!net) return;
    neume_linear_layer *layers[] = {&net->brief, &net->first, &net->second, &net->last};
    neume_tensor *tensors[] = {&net->timbre, &net->shortened, &net->x,          &net->a,   &net->mixed,
                               &net->b,      &net->logits,    &net->d_logits,   &net->d_b, &net->d_mixed,
                               &net->d_a,    &net->d_x,       &net->d_shortened};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) neume_linear_layer_clear(layers[i]);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    neume_parameters_clear(&net->parameters);
    neume__free(net);
}

neume_parameters *neume_cast_net_parameters(neume_cast_net *net) {
    return &net->parameters;
}

const char *neume_cast_net_name(const neume_cast_net *net) {
    return net->name;
}

bool neume_cast_net_fits(const neume_cast_net *net, const neume_hear_model *model) {
    return net->timbre_channels == neume_hear_model_timbre_channels(model) &&
           strcmp(net->model, neume_hear_model_name(model)) == 0;
}

neume_status neume_cast_net_save(const neume_cast_net *net, const char *name, const neume_adamw *adam,
                                 const char *path) {
    neume_gguf_writer *writer = NULL;
    neume_status status = NEUME_OK;
    NEUME_GO(neume_gguf_writer_new("neume-cast", &writer));
    NEUME_GO(neume_gguf_set_string(writer, "general.name", name));
    NEUME_GO(neume_gguf_set_string(writer, "neume-cast.model", net->model));
    NEUME_GO(neume_gguf_set_integer(writer, "neume-cast.timbre_channels", net->timbre_channels));
    NEUME_GO(neume_parameters_save(&net->parameters, writer, adam, false));
    NEUME_GO(neume_gguf_write(writer, path));
fail:
    neume_gguf_writer_free(writer);
    return status;
}

static neume_status load(const neume_gguf *gguf, neume_adamw *adam, neume_cast_net **out) {
    const char *architecture = neume_gguf_string(gguf, "general.architecture"),
               *name = neume_gguf_string(gguf, "general.name"), *model = neume_gguf_string(gguf, "neume-cast.model");
    neume_cast_net *net = NULL;
    if (!architecture || strcmp(architecture, "neume-cast") != 0)
        return neume_fail(NEUME_EFORMAT, "not a cast model: its architecture is '%.40s'",
                          architecture ? architecture : "unknown");
    NEUME_TRY(make(neume_gguf_integer(gguf, "neume-cast.timbre_channels", 0), NULL, &net));
    snprintf(net->name, sizeof net->name, "%s", name ? name : "unnamed");
    snprintf(net->model, sizeof net->model, "%s", model ? model : "");
    neume_status status = adam ? neume_parameters_prepare_training(&net->parameters) : NEUME_OK;
    if (!status) status = neume_parameters_load(&net->parameters, gguf, adam);
    if (status)
        neume_cast_net_free(net);
    else
        *out = net;
    return status;
}

neume_status neume_cast_net_load(const char *path, neume_adamw *adam, neume_cast_net **out) {
    neume_gguf *gguf = NULL;
    NEUME_TRY(neume_gguf_read(path, &gguf));
    neume_status status = load(gguf, adam, out);
    neume_gguf_free(gguf);
    return status;
}

/* --- what a note is seen with ------------------------------------------------------------------------------------- */

static bool is_pitched(const neume_note *note) {
    return note->program != NEUME_PROGRAM_DRUMS;
}

/* Notes from *first to *end - 1 begin within reach of note i. */
static void find_reach(const neume_cast_view *v, int64_t i, int64_t *first, int64_t *end) {
    *first = i, *end = i + 1;
    while (*first > 0 && v->notes[*first - 1].onset_s >= v->notes[i].onset_s - REACH_S) --*first;
    while (*end < v->count && v->notes[*end].onset_s <= v->notes[i].onset_s + REACH_S) ++*end;
}

static float nearness(const neume_note *a, const neume_note *b) {
    double far = fabs(a->onset_s - b->onset_s) / FADE_S + fabs((double)(a->pitch - b->pitch)) / FADE_SEMITONES;
    return expf((float)-far);
}

/* Notes first .. end - 1 of a view. */
typedef struct part {
    int64_t first, end;
} part;

/* A part's notes and all within reach of them. */
static part widened(const neume_cast_view *v, part of) {
    part wide = of;
    int64_t ignored;
    if (of.first < of.end) {
        find_reach(v, of.first, &wide.first, &ignored);
        find_reach(v, of.end - 1, &ignored, &wide.end);
    }
    return wide;
}

/* Rows of numbers of notes first, first + 1 .. */
typedef struct table {
    const float *rows;
    int64_t first, stride, width;
} table;

/* out: for each note of the part the mean of a table's rows over its neighbours, itself among them. */
static void mean_near(const neume_cast_view *v, part of, const table *t, float *out, int64_t out_stride) {
#pragma omp parallel for schedule(dynamic, 16)
    for (int64_t i = of.first; i < of.end; i++) {
        int64_t first, end;
        float sum = 0, *mean = out + (i - of.first) * out_stride;
        memset(mean, 0, (size_t)t->width * sizeof *mean);
        if (!is_pitched(&v->notes[i])) continue;
        find_reach(v, i, &first, &end);
        for (int64_t j = first; j < end; j++) {
            if (!is_pitched(&v->notes[j])) continue;
            const float weight = nearness(&v->notes[i], &v->notes[j]), *row = t->rows + (j - t->first) * t->stride;
            for (int64_t k = 0; k < t->width; k++) mean[k] += weight * row[k];
            sum += weight;
        }
        for (int64_t k = 0; k < t->width; k++) mean[k] /= sum;
    }
}

/* What the notes' neighbours say by themselves. */
static void mean_families(const neume_cast_view *v, part of, float *out, int64_t out_stride) {
    const table families = {v->families, 0, v->stride, F};
    mean_near(v, of, &families, out, out_stride);
}

/* The mean over all pitched notes. */
static void mean_all(const neume_cast_view *v, const float *rows, int64_t stride, int64_t width, float *out) {
    int64_t counted = 0;
    memset(out, 0, (size_t)width * sizeof *out);
    for (int64_t i = 0; i < v->count; i++) {
        if (!is_pitched(&v->notes[i])) continue;
        for (int64_t k = 0; k < width; k++) out[k] += rows[i * stride + k];
        counted++;
    }
    for (int64_t k = 0; k < width && counted; k++) out[k] /= (float)counted;
}

/* Length, loudness, sureness; how many notes begin with it, sound with it, lie above and below in its chord. */
static void fill_numbers(const neume_cast_view *v, int64_t i, float out[NUMBERS]) {
    const neume_note *note = &v->notes[i];
    int64_t first, end;
    int together = 0, sounding = 0, above = 0, below = 0;
    find_reach(v, i, &first, &end);
    for (int64_t j = first; j < end; j++) {
        const neume_note *other = &v->notes[j];
        double apart = fabs(other->onset_s - note->onset_s);
        if (!is_pitched(other)) continue;
        together += apart < ONSET_S;
        sounding += other->onset_s <= note->onset_s + 0.02 && other->offset_s > note->onset_s + 0.02;
        above += apart < CHORD_S && other->pitch > note->pitch;
        below += apart < CHORD_S && other->pitch < note->pitch;
    }
    out[0] = logf((float)(note->offset_s - note->onset_s) + 0.03f);
    out[1] = (float)note->velocity / 64 - 1;
    out[2] = note->confidence;
    out[3] = logf((float)together);
    out[4] = logf((float)(sounding > 1 ? sounding : 1));
    out[5] = (float)above / 3;
    out[6] = (float)below / 3;
}

/* x: a row (INPUTS) for each note of the part, but for the shortened timbre. whole: the mean of all families. */
static void fill_heard(const neume_cast_view *v, part of, const float whole[F], float *x) {
    mean_families(v, of, x + F, INPUTS);
#pragma omp parallel for schedule(dynamic, 16)
    for (int64_t i = of.first; i < of.end; i++) {
        float *row = x + (i - of.first) * INPUTS, *rest = row + 3 * F;
        if (!is_pitched(&v->notes[i])) {
            memset(row, 0, HEARD * sizeof *row);
            continue;
        }
        for (int f = 0; f < F; f++) {
            row[f] = LOG_SCALE * v->families[i * v->stride + f];
            row[F + f] *= LOG_SCALE;
            row[2 * F + f] = LOG_SCALE * whole[f];
        }
        for (int k = 0; k < KEYBOARD; k++) {
            float away = ((float)v->notes[i].pitch - 24 - 7 * (float)k) / 6;
            rest[k] = expf(-away * away);
        }
        fill_numbers(v, i, rest + KEYBOARD);
    }
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

static void relu(neume_tensor *x) {
    float *at = neume_f32(x);
    for (int64_t i = 0, n = neume_tensor_count(x); i < n; i++) at[i] = at[i] > 0 ? at[i] : 0;
}

static void relu_back(const neume_tensor *y, neume_tensor *d) {
    for (int64_t i = 0, n = neume_tensor_count(y); i < n; i++)
        if (neume_f32(y)[i] <= 0) neume_f32(d)[i] = 0;
}

static neume_status shape_rows(neume_tensor *t, int64_t rows, int64_t width) {
    NEUME_TRY(neume_tensor_shape(t, NEUME_F32, NEUME_DIMS(rows, 1, 1, width)));
    memset(t->data, 0, neume_tensor_bytes(t));
    return NEUME_OK;
}

neume_status neume_cast_net_brief(neume_cast_net *net, neume_compute *c, const float *timbre, int64_t count,
                                  float *out) {
    enum { ROWS = 64 }; /* a fixed number, so that one prepared program serves all */
    for (int64_t at = 0; at < count; at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS, width = net->timbre_channels;
        NEUME_TRY(shape_rows(&net->timbre, ROWS, width));
        for (int64_t i = 0; i < rows * width; i++) neume_f32(&net->timbre)[i] = TIMBRE_SCALE * timbre[at * width + i];
        NEUME_TRY(neume_linear_layer_forward(&net->brief, c, &net->timbre, NEUME_F32, &net->shortened));
        memcpy(out + at * BRIEF, net->shortened.data, (size_t)(rows * BRIEF) * sizeof *out);
    }
    return NEUME_OK;
}

/* Room for a part's timbres in the rows from `row` on. */
static void fill_timbre(neume_cast_net *net, const neume_cast_view *v, part of, int64_t row) {
    const int64_t width = v->raw ? net->timbre_channels : BRIEF;
    float *to = neume_f32(v->raw ? &net->timbre : &net->shortened) + row * width;
    for (int64_t i = of.first; i < of.end; i++)
        for (int64_t j = 0; j < width; j++) *to++ = v->families[i * v->stride + F + j] * (v->raw ? TIMBRE_SCALE : 1);
}

static neume_status shape_inputs(neume_cast_net *net, bool raw, int64_t rows) {
    NEUME_TRY(shape_rows(&net->x, rows, INPUTS));
    return shape_rows(raw ? &net->timbre : &net->shortened, rows, raw ? net->timbre_channels : BRIEF);
}

/* From x and the timbres to a. */
static neume_status run_first(neume_cast_net *net, neume_compute *c, bool raw) {
    if (raw) NEUME_TRY(neume_linear_layer_forward(&net->brief, c, &net->timbre, NEUME_F32, &net->shortened));
    for (int64_t i = 0, rows = net->x.dim[0]; i < rows; i++)
        memcpy(neume_f32(&net->x) + i * INPUTS + HEARD, neume_f32(&net->shortened) + i * BRIEF, BRIEF * sizeof(float));
    NEUME_TRY(neume_linear_layer_forward(&net->first, c, &net->x, NEUME_F32, &net->a));
    relu(&net->a);
    return NEUME_OK;
}

/* Each note of a part, its row of a beside its neighbours' mean and the whole's; a begins with note a_first. */
static void mix(const neume_cast_view *v, part of, const float *a, int64_t a_first, const float whole[H],
                float *mixed) {
    const table hidden = {a, a_first, H, H};
    mean_near(v, of, &hidden, mixed + H, 3 * H);
    for (int64_t i = of.first; i < of.end; i++) {
        float *row = mixed + (i - of.first) * 3 * H;
        memcpy(row, a + (i - a_first) * H, H * sizeof *row);
        memcpy(row + 2 * H, whole, H * sizeof *row);
    }
}

/* From mixed to the logits, but for what the neighbours say. */
static neume_status run_last(neume_cast_net *net, neume_compute *c) {
    NEUME_TRY(neume_linear_layer_forward(&net->second, c, &net->mixed, NEUME_F32, &net->b));
    relu(&net->b);
    return neume_linear_layer_forward(&net->last, c, &net->b, NEUME_F32, &net->logits);
}

neume_status neume_cast_net_forward(neume_cast_net *net, neume_compute *c, const neume_cast_view *views,
                                    size_t view_count, int64_t rows, const float **logits) {
    int64_t at = 0;
    net->views = views;
    net->view_count = view_count;
    NEUME_TRY(shape_inputs(net, true, rows));
    NEUME_TRY(shape_rows(&net->mixed, rows, 3 * H));
    for (size_t k = 0; k < view_count; at += views[k++].count) {
        const part all = {0, views[k].count};
        float whole[F];
        mean_all(&views[k], views[k].families, views[k].stride, F, whole);
        fill_heard(&views[k], all, whole, neume_f32(&net->x) + at * INPUTS);
        fill_timbre(net, &views[k], all, at);
    }
    NEUME_TRY(run_first(net, c, true));
    at = 0;
    for (size_t k = 0; k < view_count; at += views[k++].count) {
        const part all = {0, views[k].count};
        float whole[H];
        mean_all(&views[k], neume_f32(&net->a) + at * H, H, H, whole);
        mix(&views[k], all, neume_f32(&net->a) + at * H, 0, whole, neume_f32(&net->mixed) + at * 3 * H);
    }
    NEUME_TRY(run_last(net, c));
    for (int64_t i = 0; i < at; i++)
        for (int f = 0; f < F; f++)
            neume_f32(&net->logits)[i * F + f] += neume_f32(&net->x)[i * INPUTS + F + f] / LOG_SCALE;
    *logits = neume_f32(&net->logits);
    return NEUME_OK;
}

/* --- reading a recording of any length ---------------------------------------------------------------------------- */

enum { BLOCK = 256 }; /* notes at a time, always computed so many: one prepared program serves all */

/* net->a (BLOCK, H) of at most BLOCK notes. */
static neume_status run_block(neume_cast_net *net, neume_compute *c, const neume_cast_view *v, part of,
                              const float whole[F]) {
    NEUME_TRY(shape_inputs(net, v->raw, BLOCK));
    fill_heard(v, of, whole, neume_f32(&net->x));
    fill_timbre(net, v, of, 0);
    return run_first(net, c, v->raw);
}

static part block_at(part all, int64_t first) {
    return (part){first, all.end - first < BLOCK ? all.end : first + BLOCK};
}

/* The mean of a over all notes. */
static neume_status find_whole(neume_cast_net *net, neume_compute *c, const neume_cast_view *v, const float families[F],
                               float whole[H]) {
    const part all = {0, v->count};
    int64_t counted = 0;
    double sum[H] = {0};
    for (int64_t at = 0; at < v->count; at += BLOCK) {
        const part of = block_at(all, at);
        NEUME_TRY(run_block(net, c, v, of, families));
        for (int64_t i = of.first; i < of.end; i++) {
            if (!is_pitched(&v->notes[i])) continue;
            for (int k = 0; k < H; k++) sum[k] += (double)neume_f32(&net->a)[(i - of.first) * H + k];
            counted++;
        }
    }
    for (int k = 0; k < H; k++) whole[k] = counted ? (float)(sum[k] / (double)counted) : 0;
    return NEUME_OK;
}

/* What holds for all blocks, and room for the notes within reach of one. */
typedef struct reading {
    const neume_cast_view *view;
    float families[F], whole[H], *a;
    size_t room;
} reading;

/* One block's log odds. */
static neume_status read_block(neume_cast_net *net, neume_compute *c, reading *r, part of, float *out) {
    const part wide = widened(r->view, of);
    NEUME_TRY(neume__grow((void **)&r->a, &r->room, (size_t)((wide.end - wide.first) * H), sizeof *r->a));
    for (int64_t at = wide.first; at < wide.end; at += BLOCK) {
        const part some = block_at(wide, at);
        NEUME_TRY(run_block(net, c, r->view, some, r->families));
        memcpy(r->a + (at - wide.first) * H, net->a.data, (size_t)((some.end - some.first) * H) * sizeof *r->a);
    }
    NEUME_TRY(shape_rows(&net->mixed, BLOCK, 3 * H));
    mix(r->view, of, r->a, wide.first, r->whole, neume_f32(&net->mixed));
    NEUME_TRY(run_last(net, c));
    mean_families(r->view, of, out, F);
    for (int64_t i = 0; i < (of.end - of.first) * F; i++) out[i] += BELIEF * neume_f32(&net->logits)[i];
    return NEUME_OK;
}

neume_status neume_cast_net_read(neume_cast_net *net, neume_compute *c, const neume_cast_view *view, float *out) {
    const part all = {0, view->count};
    reading r = {.view = view};
    mean_all(view, view->families, view->stride, F, r.families);
    neume_status status = find_whole(net, c, view, r.families, r.whole);
    for (int64_t at = 0; at < view->count && !status; at += BLOCK)
        status = read_block(net, c, &r, block_at(all, at), out + at * F);
    neume__free(r.a);
    return status;
}

/* --- backward ----------------------------------------------------------------------------------------------------- */

/* d_a of mix(), given d_mixed. */
static void mix_back(const neume_cast_view *v, const float *d_mixed, float *d_a) {
    float whole[H];
    mean_all(v, d_mixed + 2 * H, 3 * H, H, whole);
    for (int64_t i = 0; i < v->count; i++)
        for (int k = 0; k < H; k++) d_a[i * H + k] = d_mixed[i * 3 * H + k] + (is_pitched(&v->notes[i]) ? whole[k] : 0);
    for (int64_t i = 0; i < v->count; i++) {
        int64_t first, end;
        float sum = 0;
        if (!is_pitched(&v->notes[i])) continue;
        find_reach(v, i, &first, &end);
        for (int64_t j = first; j < end; j++)
            if (is_pitched(&v->notes[j])) sum += nearness(&v->notes[i], &v->notes[j]);
        for (int64_t j = first; j < end; j++) {
            if (!is_pitched(&v->notes[j])) continue;
            const float weight = nearness(&v->notes[i], &v->notes[j]) / sum;
            for (int k = 0; k < H; k++) d_a[j * H + k] += weight * d_mixed[i * 3 * H + H + k];
        }
    }
}

neume_status neume_cast_net_backward(neume_cast_net *net, neume_compute *c, const float *d_logits) {
    const int64_t rows = net->logits.dim[0];
    NEUME_TRY(shape_rows(&net->d_logits, rows, F));
    memcpy(net->d_logits.data, d_logits, neume_tensor_bytes(&net->d_logits));
    NEUME_TRY(neume_linear_layer_backward(&net->last, c, &net->d_logits, &net->d_b));
    relu_back(&net->b, &net->d_b);
    NEUME_TRY(neume_linear_layer_backward(&net->second, c, &net->d_b, &net->d_mixed));
    NEUME_TRY(shape_rows(&net->d_a, rows, H));
    int64_t at = 0;
    for (size_t k = 0; k < net->view_count; at += net->views[k++].count)
        mix_back(&net->views[k], neume_f32(&net->d_mixed) + at * 3 * H, neume_f32(&net->d_a) + at * H);
    relu_back(&net->a, &net->d_a);
    NEUME_TRY(neume_linear_layer_backward(&net->first, c, &net->d_a, &net->d_x));
    NEUME_TRY(shape_rows(&net->d_shortened, rows, BRIEF));
    for (int64_t i = 0; i < rows; i++)
        memcpy(neume_f32(&net->d_shortened) + i * BRIEF, neume_f32(&net->d_x) + i * INPUTS + HEARD,
               BRIEF * sizeof(float));
    return neume_linear_layer_backward(&net->brief, c, &net->d_shortened, NULL);
}
