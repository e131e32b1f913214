/* Writing with the language model: many streams of one prompt, token by token, each under the grammar's mask. The
 * prompt is read once and its memory copied, and every step reads the weights once for all streams. */
#include "composer.h"

#include <assert.h>
#include <string.h>

enum { COUNT_MOST = 64, LINE_TOKENS = 48, ROOM_LEAST = 64 };

neume_status neume__writing_check(const neume_writing_options *how) {
    if (how->count < 1 || how->count > COUNT_MOST)
        return neume_fail(NEUME_EINVAL, "1 to %d ideas, not %d", COUNT_MOST, how->count);
    if (!(how->temperature >= 0 && how->temperature <= 4))
        return neume_fail(NEUME_EINVAL, "a temperature is 0 to 4, not %g", how->temperature);
    if (!(how->top_p > 0 && how->top_p <= 1))
        return neume_fail(NEUME_EINVAL, "top-p is above 0, up to 1, not %g", how->top_p);
    return NEUME_OK;
}

void neume__written_clear(written *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        neume_buffer_clear(&items[i].text);
        items[i] = (written){0};
    }
}

typedef struct stream {
    neume_grammar grammar;
    neume_lm_sampler *sampler;
    written *out;
    bool ended;
} stream;

typedef struct desk {
    const neume_composer *composer;
    const writing_task *task;
    neume_lm_sampling sampling;
    neume_lm_session *session;
    stream *streams;
    size_t count, limit; /* tokens a stream may still write at first, its end counted */
    size_t vocabulary;
    float *logits;     /* (count, V) */
    uint64_t *allowed; /* (V / 64, rounded up) */
    int32_t *ids;      /* (count) */
} desk;

static void allow(uint64_t *mask, int32_t id) {
    mask[id / 64] |= UINT64_C(1) << id % 64;
}

/* Is the header written? That of a theme may still be on its way; what its prompt began, a title, is no K: line. */
static bool is_in_body(const desk *d, const stream *s) {
    if (!d->task->header) return true;
    const char *text = s->out->text.data;
    if (text && d->task->title) text = strchr(text, '\n');
    return text && neume__tune_body(text, strlen(text)) > 0;
}

/* Can anything but another key or metre follow this "["? */
static bool opens_more(const desk *d, const stream *s, int32_t id) {
    static const char follows[] = "CDEFGABcdefgab^_=12V|\"!";
    size_t size;
    const char *text = neume_vocabulary_text(d->composer->vocabulary, id, &size);
    neume_grammar opened = s->grammar;
    if (!neume_grammar_push(&opened, text, size)) return false;
    for (const char *c = follows; *c; c++) {
        neume_grammar tried = opened;
        if (neume_grammar_push(&tried, c, 1)) return true;
    }
    return false;
}

/* A tune keeps its key and its metre. */
static void forbid_changes(const desk *d, const stream *s) {
    const neume_composer *c = d->composer;
    const size_t size = s->out->text.size, words = (d->vocabulary + 63) / 64;
    const char last = size ? s->out->text.data[size - 1] : '\n';
    if (!is_in_body(d, s)) return;
    for (size_t w = 0; w < words; w++) {
        d->allowed[w] &= ~c->changes[w];
        if (last == '[' || last == '\n') d->allowed[w] &= ~c->openers[w];
        for (uint64_t bits = d->allowed[w] & c->brackets[w]; bits; bits &= bits - 1) {
            const int bit = __builtin_ctzll(bits);
            if (!opens_more(d, s, (int32_t)w * 64 + bit)) d->allowed[w] &= ~(UINT64_C(1) << bit);
        }
    }
}

/* What may come next in a stream. */
static void mask_stream(const desk *d, const stream *s) {
    const size_t left = d->limit - s->out->tokens, words = (d->vocabulary + 63) / 64;
    memset(d->allowed, 0, words * sizeof *d->allowed);
    if (!d->task->grammar) {
        if (left > 1) memcpy(d->allowed, d->composer->line, words * sizeof *d->allowed);
        if (s->out->tokens > 0) allow(d->allowed, d->task->end);
        return;
    }
    const bool may_end = neume_grammar_may_end(&s->grammar);
    if (!may_end || left > 1) neume_grammar_mask(d->composer->tokens, &s->grammar, left - 1, d->allowed);
    forbid_changes(d, s);
    if (may_end) allow(d->allowed, d->task->end);
}

static neume_status write_token(desk *d, size_t i) {
    stream *s = &d->streams[i];
    neume_lm_choice choice;
    size_t size = 0;
    d->ids[i] = -1;
    if (s->ended) return NEUME_OK;
    mask_stream(d, s);
    d->sampling.allowed = d->allowed;
    NEUME_TRY(neume_lm_sample(s->sampler, &d->sampling, d->logits + i * d->vocabulary, &choice));
    s->out->log_probability += choice.log_probability;
    s->out->tokens++;
    s->ended = choice.id == d->task->end;
    if (s->ended) return NEUME_OK;
    const char *text = neume_vocabulary_text(d->composer->vocabulary, choice.id, &size);
    NEUME_TRY(neume_buffer_append(&s->out->text, text, size));
    if (d->task->grammar && !neume_grammar_push(&s->grammar, text, size))
        return neume_fail(NEUME_EFORMAT, "the grammar refuses what it allowed");
    d->ids[i] = choice.id;
    return NEUME_OK;
}

static neume_status write_all(desk *d) {
    assert(d->ids && d->streams);
    for (bool more = true; more;) {
        more = false;
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        for (size_t i = 0; i < d->count; i++) {
            NEUME_TRY(write_token(d, i));
            more |= !d->streams[i].ended;
        }
        if (more) NEUME_TRY(neume_lm_session_step(d->session, d->ids, d->logits));
    }
    return NEUME_OK;
}

static neume_status set_up(desk *d, const neume_writing_options *how, written *out) {
    const neume_lm_shape *shape = neume_lm_model_shape(d->composer->model);
    const int64_t prompt = (int64_t)d->task->prompt.count;
    if (prompt + ROOM_LEAST > shape->context)
        return neume_fail(NEUME_ELIMIT, "the model's %lld tokens are too few for this piece",
                          (long long)shape->context);
    d->limit = d->task->grammar ? (size_t)(shape->context - prompt) : LINE_TOKENS;
    d->vocabulary = (size_t)shape->vocabulary;
    NEUME_TRY(neume_lm_session_new(d->composer->model, (int64_t)d->count, shape->context, &d->session));
    d->streams = neume__calloc(d->count, sizeof *d->streams);
    d->logits = neume__calloc(d->count * d->vocabulary, sizeof *d->logits);
    d->allowed = neume__calloc((d->vocabulary + 63) / 64, sizeof *d->allowed);
    d->ids = neume__calloc(d->count, sizeof *d->ids);
    if (!d->streams || !d->logits || !d->allowed || !d->ids) return NEUME_ENOMEM;
    NEUME_TRY(neume_lm_session_feed(d->session, 0, d->task->prompt.ids, prompt, d->logits));
    for (size_t i = 0; i < d->count; i++) {
        stream *s = &d->streams[i];
        s->out = &out[i];
        if (d->task->grammar) s->grammar = *d->task->grammar;
        NEUME_TRY(neume_lm_sampler_new(shape->vocabulary, how->seed * COUNT_MOST * 2 + i, &s->sampler));
        if (!i) continue;
        neume_lm_session_copy(d->session, 0, (int64_t)i);
        memcpy(d->logits + i * d->vocabulary, d->logits, d->vocabulary * sizeof *d->logits);
    }
    return NEUME_OK;
}

neume_status neume__write(const neume_composer *composer, const writing_task *task, const neume_writing_options *how,
                          written *out, size_t count) {
    desk d = {.composer = composer, .task = task, .count = count, .sampling = NEUME_LM_SAMPLING_DEFAULT};
    d.sampling.temperature = (float)how->temperature;
    d.sampling.top_p = (float)how->top_p;
    neume_status status = set_up(&d, how, out);
    if (!status) status = write_all(&d);
    for (size_t i = 0; d.streams && i < count; i++) neume_lm_sampler_free(d.streams[i].sampler);
    neume_lm_session_free(d.session);
    neume__free(d.streams);
    neume__free(d.logits);
    neume__free(d.allowed);
    neume__free(d.ids);
    if (status) neume__written_clear(out, count);
    return status;
}
