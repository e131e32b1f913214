/* Bits per character: what a language model pays for music it has not seen.
 *
 * Every tune is read alone, its lines before K: given; paid are all tokens from K: to the end of the document, and they
 * are shared among the bytes of that text. A tune longer than the model's context is read in windows: its head, then
 * half a window that was paid before, then what is paid now. */
#include "score_lm.h"

#include "tune_batch.h"

#include <math.h>
#include <string.h>

enum { BATCH_TOKENS = 8192, HEAD_SHARE = 4 };

static neume_status add_all(neume_tokens *to, const int32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i++) NEUME_TRY(neume_tokens_add(to, ids[i]));
    return NEUME_OK;
}

static neume_status cut(const neume_tokens *tokens, size_t head, size_t context, lm_window_fn *put, void *put_context) {
    const size_t kept = head < context / HEAD_SHARE ? head : context / HEAD_SHARE, room = context - kept;
    const int32_t *body = tokens->ids + head;
    const size_t count = tokens->count - head;
    neume_tokens window = {0};
    neume_status status = NEUME_OK;
    for (size_t paid = 0; paid < count && !status;) {
        const size_t from = paid > room / 2 ? paid - room / 2 : 0;
        const size_t size = count - from < room ? count - from : room;
        window.count = 0;
        status = add_all(&window, tokens->ids + head - kept, kept);
        if (!status) status = add_all(&window, body + from, size);
        if (!status) status = put(put_context, &window, kept + paid - from);
        paid = from + size;
    }
    neume_tokens_clear(&window);
    return status;
}

neume_status lm_tune_windows(const tune *t, const neume_vocabulary *vocabulary, size_t context, lm_window_fn *put,
                             void *put_context) {
    neume_tokens tokens = {0};
    neume_status status = neume_tokens_add(&tokens, NEUME_TOKEN_BEGIN);
    if (!status) status = neume_vocabulary_encode(vocabulary, t->text, t->body, &tokens);
    const size_t head = tokens.count;
    if (!status) status = neume_vocabulary_encode(vocabulary, t->text + t->body, t->size - t->body, &tokens);
    if (!status) status = neume_tokens_add(&tokens, NEUME_TOKEN_END);
    if (!status) status = cut(&tokens, head, context, put, put_context);
    neume_tokens_clear(&tokens);
    return status;
}

/* --- by the net that learns --------------------------------------------------------------------------------------- */

typedef struct measuring {
    neume_lm_net *net;
    const neume_lm_pass *pass;
    tune_batch batch;
    tune_documents documents;
    float *nll; /* (B, T) */
    lm_score score;
} measuring;

static neume_status flush(measuring *m) {
    if (!m->documents.count) return NEUME_OK;
    NEUME_TRY(tune_batch_pack(&m->batch, &m->documents));
    const neume_lm_batch view = tune_batch_view(&m->batch);
    NEUME_TRY(neume_lm_net_losses(m->net, m->pass, &view, m->nll));
    for (int64_t i = 0; i < view.rows * view.length; i++)
        if (view.weights[i] > 0) m->score.bits += (double)m->nll[i] / log(2), m->score.tokens++;
    tune_documents_empty(&m->documents);
    return NEUME_OK;
}

/* Flushed when half full, so that the longest document finds room. */
static neume_status add_document(void *context, const neume_tokens *document, size_t given) {
    measuring *m = context;
    const size_t room = (size_t)(m->batch.rows * m->batch.length) / 2;
    if (m->documents.tokens.count + document->count > room) NEUME_TRY(flush(m));
    NEUME_TRY(add_all(&m->documents.tokens, document->ids, document->count));
    return tune_documents_close(&m->documents, given);
}

neume_status lm_score_tunes(neume_lm_net *net, const neume_lm_pass *pass, const neume_vocabulary *vocabulary,
                            const tunes *set, size_t limit, lm_score *out) {
    const int64_t context = neume_lm_net_shape(net)->context;
    const int64_t rows = BATCH_TOKENS / context > 2 ? BATCH_TOKENS / context : 2;
    measuring m = {.net = net, .pass = pass};
    neume_status status = tune_batch_init(&m.batch, rows, context);
    if (!status) status = (m.nll = neume__alloc((size_t)(rows * context) * sizeof *m.nll)) ? NEUME_OK : NEUME_ENOMEM;
    const size_t count = limit && limit < set->count ? limit : set->count;
    for (size_t i = 0; i < count && !status; i++) {
        const tune *t = &set->items[i * set->count / count];
        status = lm_tune_windows(t, vocabulary, (size_t)context, add_document, &m);
        m.score.tunes++;
        m.score.bytes += (int64_t)(t->size - t->body);
    }
    if (!status) status = flush(&m);
    if (!status) *out = m.score;
    tune_documents_clear(&m.documents);
    tune_batch_clear(&m.batch);
    neume__free(m.nll);
    return status;
}
