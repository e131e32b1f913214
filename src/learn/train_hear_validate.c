/* Validation: the model hears segments of pieces and presets it never trained on, through the product's own path. */
#include "train_hear.h"

#include <string.h>

static const double SEGMENT_S = 15;
static const uint64_t SEED = 0x76616c6964ULL << 20;

/* Counts of one segment are pooled by adding up hits; F1 of the pool weighs every note alike. */
typedef struct pool {
    double hits[6], notes[6];
} pool;

static void add_scores(pool *p, const neume_note_scores *s) {
    double f1[6] = {s->onset, s->onset100, s->offset, s->multi, s->frame, s->drums},
           notes = (double)(s->truth + s->estimated);
    for (int i = 0; i < 6; i++) {
        double weight = i == 5 ? (s->drums >= 0) : notes;
        p->hits[i] += f1[i] * weight * (i == 5 && s->drums < 0 ? 0 : 1);
        p->notes[i] += weight;
    }
}

static neume_note_scores pooled(const pool *p) {
    double f1[6];
    for (int i = 0; i < 6; i++) f1[i] = p->notes[i] > 0 ? p->hits[i] / p->notes[i] : i == 5 ? -1 : 1;
    return (neume_note_scores){f1[0], f1[1], f1[2], f1[3], f1[4], f1[5], (int64_t)p->notes[0], 0};
}

static neume_status hear_segment(const neume_hear_model *model, const float *pcm, size_t count, neume_notes *out) {
    neume_hear_options options = NEUME_HEAR_OPTIONS_DEFAULT;
    neume_transcriber *transcriber = NULL;
    NEUME_TRY(neume_transcriber_new(model, &options, &transcriber));
    neume_status status = neume_transcriber_feed(transcriber, pcm, count, out);
    if (!status) status = neume_transcriber_finish(transcriber, out);
    if (!status) status = neume_transcriber_settle(transcriber, out);
    neume_transcriber_free(transcriber);
    return status;
}

/* Only notes that begin inside are asked for. */
static void drop_earlier(neume_notes *truth) {
    size_t kept = 0;
    for (size_t i = 0; i < truth->count; i++)
        if (truth->items[i].onset_s >= 0 && truth->items[i].onset_s < SEGMENT_S) truth->items[kept++] = truth->items[i];
    truth->count = kept;
}

neume_status hear_validator_init(hear_validator *v, const hear_recipe *recipe) {
    v->segments = recipe->validate_segments;
    v->pcm = neume__alloc_aligned((size_t)(SEGMENT_S * NEUME_FEATURES_RATE_HZ + 1) * sizeof *v->pcm);
    if (!v->pcm) return NEUME_ENOMEM;
    for (int g = 0; g < HEAR_GROUPS; g++) {
        neume_dataset_options options = recipe->data;
        options.validation = true;
        options.share_piano = g == 0, options.share_chamber = g == 1, options.share_band = g == 2;
        options.share_drums = options.share_lines = options.share_random = options.share_negative = 0;
        NEUME_TRY(neume_dataset_open(&options, &v->dataset[g]));
    }
    return NEUME_OK;
}

void hear_validator_clear(hear_validator *v) {
    for (int g = 0; g < HEAR_GROUPS; g++) neume_dataset_close(v->dataset[g]);
    neume__free(v->pcm);
    *v = (hear_validator){0};
}

static neume_status tell(const hear_listener *listener, const neume_notes *truth, const neume_notes *heard) {
    if (!listener) return NEUME_OK;
    NEUME_TRY(neume_judge_notes(truth, heard, false, listener->visit, listener->notes));
    return neume_judge_notes(truth, heard, true, listener->visit, listener->drums);
}

static neume_status validate_segment(const hear_validator *v, int group, uint64_t seed, const neume_hear_model *model,
                                     const hear_listener *listener, pool *p) {
    neume_segment segment = {0};
    neume_notes heard = {0};
    neume_note_scores scores;
    neume_status status = neume_dataset_sample(v->dataset[group], seed, SEGMENT_S, v->pcm, &segment);
    if (!status) status = hear_segment(model, v->pcm, (size_t)(SEGMENT_S * NEUME_FEATURES_RATE_HZ), &heard);
    if (!status) {
        drop_earlier(&segment.truth);
        status = neume_score_notes(&segment.truth, &heard, &scores);
    }
    if (!status) add_scores(p, &scores);
    if (!status) status = tell(listener, &segment.truth, &heard);
    neume_segment_clear(&segment);
    neume_notes_clear(&heard);
    return status;
}

neume_status hear_validate(const hear_validator *v, const neume_hear_model *model, const hear_listener *listener,
                           hear_validation *out) {
    hear_validation result = {0};
    for (int g = 0; g < HEAR_GROUPS; g++) {
        pool p = {{0}, {0}};
        for (int64_t i = 0; i < v->segments; i++)
            NEUME_TRY(validate_segment(v, g, SEED + (uint64_t)i, model, listener, &p));
        result.group[g] = pooled(&p);
        result.mean += result.group[g].onset / HEAR_GROUPS;
    }
    *out = result;
    return NEUME_OK;
}
