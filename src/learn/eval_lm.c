/* Measuring a language model of tunes, as it is shipped: bits per character, titles found, bars guessed. */
#include "eval_lm.h"

#include "score_lm.h"

#include <math.h>
#include <string.h>

neume_status lm_reader_open(lm_reader *reader, const char *model_path) {
    *reader = (lm_reader){0};
    NEUME_TRY(neume_lm_model_load(model_path, &reader->model));
    const neume_lm_shape *shape = neume_lm_model_shape(reader->model);
    reader->context = (size_t)shape->context;
    reader->count = (size_t)shape->vocabulary;
    NEUME_TRY(neume_vocabulary_read(model_path, &reader->vocabulary));
    if ((size_t)neume_vocabulary_count(reader->vocabulary) != reader->count)
        return neume_fail(NEUME_EFORMAT, "%s: its vocabulary has another size than its embedding", model_path);
    NEUME_TRY(neume_lm_session_new(reader->model, 1, shape->context, &reader->session));
    reader->logits = neume__alloc(reader->context * reader->count * sizeof *reader->logits);
    return reader->logits ? NEUME_OK : NEUME_ENOMEM;
}

void lm_reader_close(lm_reader *reader) {
    neume__free(reader->logits);
    neume_lm_session_free(reader->session);
    neume_lm_model_free(reader->model);
    neume_vocabulary_free(reader->vocabulary);
    *reader = (lm_reader){0};
}

neume_status lm_reader_begin(lm_reader *reader, const neume_tokens *ids) {
    neume_lm_session_truncate(reader->session, 0, 0);
    return neume_lm_session_feed(reader->session, 0, ids->ids, (int64_t)ids->count, NULL);
}

static double cost_of(const float *logits, size_t count, int32_t id) {
    double most = (double)logits[0], sum = 0;
    for (size_t i = 1; i < count; i++) most = fmax(most, (double)logits[i]);
    for (size_t i = 0; i < count; i++) sum += exp((double)logits[i] - most);
    return most + log(sum) - (double)logits[id];
}

neume_status lm_reader_cost(lm_reader *reader, const neume_tokens *ids, size_t known, size_t from, double *out) {
    const size_t count = ids->count - known;
    NEUME_TRY(neume_lm_session_score(reader->session, 0, ids->ids + known, (int64_t)count, reader->logits));
    double cost = 0;
    for (size_t i = from; i < ids->count; i++)
        cost += cost_of(reader->logits + (i - 1 - known) * reader->count, reader->count, ids->ids[i]);
    neume_lm_session_truncate(reader->session, 0, (int64_t)known);
    *out = cost;
    return NEUME_OK;
}

static int32_t likeliest(const float *logits, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (logits[i] > logits[best]) best = i;
    return (int32_t)best;
}

neume_status lm_reader_write(lm_reader *reader, const neume_tokens *prompt, int32_t stop, size_t longest,
                             neume_buffer *out) {
    neume_lm_session_truncate(reader->session, 0, 0);
    NEUME_TRY(neume_lm_session_feed(reader->session, 0, prompt->ids, (int64_t)prompt->count, reader->logits));
    for (size_t i = 0; i < longest && prompt->count + i < reader->context; i++) {
        const int32_t id = likeliest(reader->logits, reader->count);
        size_t size;
        const char *text = neume_vocabulary_text(reader->vocabulary, id, &size);
        if (id == stop || size == 0) break;
        NEUME_TRY(neume_buffer_append(out, text, size));
        if (stop < 0 && memchr(text, '|', size)) break;
        NEUME_TRY(neume_lm_session_step(reader->session, &id, reader->logits));
    }
    return NEUME_OK;
}

/* --- bits --------------------------------------------------------------------------------------------------------- */

typedef struct paying {
    lm_reader *reader;
    neume_lm_scores *scores;
} paying;

static neume_status pay(void *context, const neume_tokens *document, size_t given) {
    paying *p = context;
    double cost;
    neume_lm_session_truncate(p->reader->session, 0, 0);
    NEUME_TRY(lm_reader_cost(p->reader, document, 0, given, &cost));
    p->scores->bits += cost / log(2);
    p->scores->tokens += (int64_t)(document->count - given);
    return NEUME_OK;
}

static neume_status eval_bits(lm_reader *reader, const tunes *set, size_t limit, const neume_progress *progress,
                              neume_lm_scores *scores) {
    paying p = {reader, scores};
    const size_t count = limit && limit < set->count ? limit : set->count;
    for (size_t i = 0; i < count; i++) {
        const tune *t = &set->items[i * set->count / count];
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        NEUME_TRY(lm_tune_windows(t, reader->vocabulary, reader->context, pay, &p));
        scores->tunes++;
        scores->bytes += (int64_t)(t->size - t->body);
        neume__progress(progress, (double)i, (double)count);
    }
    return NEUME_OK;
}

neume_status neume_lm_evaluate(const char *model, const char *tunes_path, const neume_lm_eval_options *options,
                               const neume_progress *progress, neume_lm_scores *out) {
    lm_reader reader = {0};
    tunes set = {0}, learnt = {0};
    neume_lm_scores scores = {0};
    neume_status status = lm_reader_open(&reader, model);
    if (!status) status = tunes_add(&set, tunes_path, NULL);
    if (!status && options->learnt) status = tunes_add(&learnt, options->learnt, NULL);
    if (!status) status = eval_bits(&reader, &set, (size_t)options->tunes, progress, &scores);
    if (!status && options->titles) status = lm_eval_titles(&reader, &set, options, progress, &scores);
    if (!status && options->bars) status = lm_eval_bars(&reader, &set, &learnt, options, progress, &scores);
    if (!status) *out = scores;
    tunes_clear(&set);
    tunes_clear(&learnt);
    lm_reader_close(&reader);
    return status;
}
