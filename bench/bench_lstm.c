/* What an older kind of language model pays for a character after the same minutes on the same tunes: folk-rnn's three
 * LSTM layers of 512 (Sturm et al. 2016), with our vocabulary.
 *
 *     bench_lstm TRAIN.abc DEV.abc MINUTES [SEED]
 *
 * Half of the documents are moved to another key, none has wishes or gaps, so that it learns nothing but what is
 * measured. The rate rises, and falls to nothing as the minutes run out. Then 200 tunes spread over DEV.abc are paid
 * for as "train lm" pays in its validation (score_lm.h). Prints TSV; progress goes to stderr. */
#include "bench.h"

#include "net_head.h"
#include "net_rows.h"
#include "score_lm.h"
#include "tune_batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 3, WIDTH = 512, ROWS = 16, LENGTH = 256, PAID_ROWS = 16, CONTEXT = 1024, PAID_TUNES = 200 };

static const double PEAK_RATE = 1.5e-3, RISING_SHARE = .02, FALLING_SHARE = .5;
static const float DROPOUT = .2F; /* folk-rnn drops .5, for which minutes are too few */

/* --- the model ---------------------------------------------------------------------------------------------------- */

typedef struct model {
    neume_compute *compute;
    neume_parameters list;
    neume_parameter embedding, output; /* (V, D) each */
    neume_lstm layers[LAYERS];
    neume_tensor wide, given;     /* (B, T, D): the tokens' vectors, 32-bit and as the layers read them */
    neume_tensor read[LAYERS];    /* (B, T, D): what each layer says, with some of it dropped */
    neume_tensor d_read, d_given; /* of what one layer says, and of what it is given */
    lm_head head;
    neume_rng rng;
} model;

static void init_model(model *m, int64_t vocabulary, uint64_t seed) {
    const neume_parameter_spec embedding = {"embedding", "weight", 1.0F, 0, false, false},
                               output = {"output", "weight", .02F, 0, true, false};
    *m = (model){.rng = neume_rng_seeded(seed, 1)};
    must(neume_compute_new(NEUME_FAST, &m->compute));
    must(neume_parameter_init(&m->embedding, &m->list, &embedding, &m->rng, NEUME_DIMS(vocabulary, WIDTH)));
    must(neume_parameter_init(&m->output, &m->list, &output, &m->rng, NEUME_DIMS(vocabulary, WIDTH)));
    for (int l = 0; l < LAYERS; l++) {
        char name[16];
        snprintf(name, sizeof name, "lstm%d", l + 1);
        must(neume_lstm_init(&m->layers[l], &m->list, name, WIDTH, WIDTH, &m->rng));
    }
    must(neume_parameters_prepare_training(&m->list));
    m->head.embedding = &m->output;
}

static void clear_model(model *m) {
    neume_tensor *const tensors[] = {&m->wide, &m->given, &m->d_read, &m->d_given};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    for (int l = 0; l < LAYERS; l++) neume_tensor_clear(&m->read[l]), neume_lstm_clear(&m->layers[l]);
    neume_parameter_clear(&m->embedding);
    neume_parameter_clear(&m->output);
    neume_parameters_clear(&m->list);
    lm_head_clear(&m->head);
    neume_compute_free(m->compute);
}

static void embed(model *m, const neume_lm_batch *batch) {
    const neume_dtype dtype = neume_compute_has_bf16() ? NEUME_BF16 : NEUME_F32;
    must(neume_tensor_shape(&m->wide, NEUME_F32, NEUME_DIMS(batch->rows, batch->length, WIDTH)));
    for (int64_t i = 0; i < batch->rows * batch->length; i++)
        memcpy(neume_f32(&m->wide) + i * WIDTH, neume_f32(&m->embedding.value) + batch->tokens[i] * WIDTH,
               WIDTH * sizeof(float));
    must(neume_tensor_convert(&m->wide, dtype, &m->given));
}

static void embed_backward(model *m, const neume_lm_batch *batch) {
    must(neume_tensor_convert(&m->d_read, NEUME_F32, &m->wide));
    for (int64_t i = 0; i < batch->rows * batch->length; i++) {
        float *to = neume_f32(&m->embedding.gradient) + batch->tokens[i] * WIDTH;
        for (int64_t d = 0; d < WIDTH; d++) to[d] += neume_f32(&m->wide)[i * WIDTH + d];
    }
}

static void drop(const lm_dropout *dropout, neume_tensor *x) {
    float row[WIDTH];
    if (!(dropout->probability > 0)) return;
    for (int64_t at = 0; at < neume_tensor_count(x); at += WIDTH) {
        neume_tensor_load(x, at, WIDTH, row);
        lm_dropout_apply(dropout, at, WIDTH, row);
        neume_tensor_store(x, at, WIDTH, row);
    }
}

/* Rows of tokens, whatever row of the batch they are from. */
static neume_tensor flat(const neume_tensor *x) {
    neume_tensor rows = *x;
    rows.rank = 2, rows.dim[0] = x->dim[0] * x->dim[1], rows.dim[1] = x->dim[2], rows.dim[2] = 1;
    return rows;
}

static void forward(model *m, const neume_lm_batch *batch, const lm_dropout *dropouts) {
    embed(m, batch);
    for (int l = 0; l < LAYERS; l++) {
        must(neume_lstm_forward(&m->layers[l], m->compute, l ? &m->read[l - 1] : &m->given, &m->read[l]));
        drop(&dropouts[l], &m->read[l]);
    }
}

static double learn(model *m, const neume_lm_batch *batch, uint64_t seed) {
    lm_dropout dropouts[LAYERS];
    double loss;
    for (int l = 0; l < LAYERS; l++) dropouts[l] = lm_dropout_at(DROPOUT, seed, l);
    neume_parameters_zero_gradients(&m->list);
    forward(m, batch, dropouts);
    const neume_tensor top = flat(&m->read[LAYERS - 1]);
    must(lm_head_step(&m->head, m->compute, &top, batch, &m->d_read, &loss));
    for (int l = LAYERS; l-- > 0;) { /* each layer's d_x is the next one's d_y */
        drop(&dropouts[l], &m->d_read);
        must(neume_lstm_backward(&m->layers[l], m->compute, &m->d_read, &m->d_given));
        const neume_tensor d_x = m->d_given;
        m->d_given = m->d_read, m->d_read = d_x;
    }
    embed_backward(m, batch);
    return loss;
}

/* --- training ----------------------------------------------------------------------------------------------------- */

typedef struct training {
    const neume_vocabulary *vocabulary;
    const tunes *set;
    tune_batch batch;
    tune_documents documents;
    neume_rng rng;
    int64_t tokens;
} training;

static neume_lm_batch next_batch(training *t) {
    const tune_drawing how = {.shifted = .5, .longest = LENGTH};
    tune_documents_empty(&t->documents);
    while (t->documents.tokens.count < ROWS * LENGTH) {
        const tune *drawn = &t->set->items[neume_rng_below(&t->rng, (int64_t)t->set->count)];
        size_t given;
        must(tune_draw(drawn, t->vocabulary, &how, &t->rng, &t->documents.tokens, &given));
        must(tune_documents_close(&t->documents, given));
    }
    must(tune_batch_pack(&t->batch, &t->documents));
    for (int64_t b = 0; b < ROWS; b++) t->tokens += t->batch.used[b];
    return tune_batch_view(&t->batch);
}

/* Up, level, and down to nothing. @param done share of the minutes that have passed */
static float rate_at(double done) {
    return (float)(PEAK_RATE * fmax(0, fmin(1, fmin((done + .001) / RISING_SHARE, (1 - done) / FALLING_SHARE))));
}

static void train(model *m, training *t, double minutes) {
    neume_adamw adam = NEUME_ADAMW_DEFAULT;
    const double start_s = neume_clock_s();
    double done = 0, norm, loss = 0;
    while (done < 1) {
        const neume_lm_batch batch = next_batch(t);
        loss += learn(m, &batch, (uint64_t)adam.step);
        neume_adamw_step(&adam, &m->list, rate_at(done), &norm);
        done = (neume_clock_s() - start_s) / (60 * minutes);
        if (adam.step % 20) continue;
        fprintf(stderr, "step %lld, %.2f minutes, %.3f million tokens, loss %.4f, gradient %.2f\n",
                (long long)adam.step, done * minutes, (double)t->tokens * 1e-6, loss / 20, norm);
        loss = 0;
    }
}

/* --- what it pays ------------------------------------------------------------------------------------------------- */

typedef struct paying {
    model *model;
    tune_batch batch; /* one document a row */
    float *nll;
    int64_t documents;
    lm_score score;
} paying;

static void pay(paying *p) {
    const lm_dropout nothing[LAYERS] = {{0}};
    const neume_lm_batch batch = tune_batch_view(&p->batch);
    if (!p->documents) return;
    forward(p->model, &batch, nothing);
    const neume_tensor top = flat(&p->model->read[LAYERS - 1]);
    must(lm_head_losses(&p->model->head, p->model->compute, &top, batch.targets, p->nll));
    for (int64_t i = 0; i < p->documents * CONTEXT; i++)
        if (batch.weights[i] > 0) p->score.bits += (double)p->nll[i] / log(2), p->score.tokens++;
    p->documents = 0;
}

static neume_status put(void *context, const neume_tokens *document, size_t given) {
    paying *p = context;
    if (p->documents == PAID_ROWS) pay(p);
    const int64_t at = p->documents++ * CONTEXT;
    for (int64_t i = 0; i < CONTEXT; i++) {
        const size_t next = (size_t)i + 1;
        const bool asked = next < document->count && next >= given;
        p->batch.tokens[at + i] = (size_t)i < document->count ? document->ids[i] : NEUME_TOKEN_PAD;
        p->batch.targets[at + i] = asked ? document->ids[next] : NEUME_TOKEN_PAD;
        p->batch.weights[at + i] = asked;
    }
    return NEUME_OK;
}

static lm_score pay_for(model *m, const neume_vocabulary *vocabulary, const tunes *set) {
    paying p = {.model = m, .nll = malloc(PAID_ROWS * CONTEXT * sizeof *p.nll)};
    const size_t count = set->count < PAID_TUNES ? set->count : PAID_TUNES;
    if (!p.nll) must(NEUME_ENOMEM);
    must(tune_batch_init(&p.batch, PAID_ROWS, CONTEXT));
    for (size_t i = 0; i < count; i++) {
        const tune *t = &set->items[i * set->count / count];
        must(lm_tune_windows(t, vocabulary, CONTEXT, put, &p));
        p.score.tunes++;
        p.score.bytes += (int64_t)(t->size - t->body);
    }
    pay(&p);
    tune_batch_clear(&p.batch);
    free(p.nll);
    return p.score;
}

int main(int argc, char **argv) {
    const double minutes = argc >= 4 ? strtod(argv[3], NULL) : 0;
    const uint64_t seed = argc >= 5 ? strtoull(argv[4], NULL, 10) : 1;
    neume_vocabulary *vocabulary = NULL;
    tunes set = {0}, dev = {0};
    model m;
    if (!(minutes > 0)) {
        fprintf(stderr, "usage: bench_lstm TRAIN.abc DEV.abc MINUTES [SEED]\n");
        return 2;
    }
    neume__flush_denormals();
    must(neume_vocabulary_new_abc(&vocabulary));
    must(tunes_add(&set, argv[1], NULL));
    must(tunes_add(&dev, argv[2], NULL));
    init_model(&m, neume_vocabulary_count(vocabulary), seed);
    training t = {.vocabulary = vocabulary, .set = &set, .rng = neume_rng_seeded(seed, 2)};
    must(tune_batch_init(&t.batch, ROWS, LENGTH));
    train(&m, &t, minutes);
    const lm_score score = pay_for(&m, vocabulary, &dev);
    printf("minutes\ttokens\ttokens/s\tparameters\tbits per character\n%.2f\t%lld\t%.0f\t%lld\t%.4f\n", minutes,
           (long long)t.tokens, (double)t.tokens / (60 * minutes), (long long)neume_parameters_count(&m.list),
           score.bits / (double)score.bytes);
    tune_documents_clear(&t.documents);
    tune_batch_clear(&t.batch);
    clear_model(&m);
    tunes_clear(&set);
    tunes_clear(&dev);
    neume_vocabulary_free(vocabulary);
    return 0;
}
