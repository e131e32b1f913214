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

static neume_status validate_group(const hear_recipe *recipe, const neume_hear_model *model, neume_dataset *dataset,
                                   float *pcm, neume_note_scores *out) {
    pool p = {{0}, {0}};
    neume_status status = NEUME_OK;
    for (int64_t i = 0; i < recipe->validate_segments && !status; i++) {
        neume_segment segment = {0};
        neume_notes heard = {0};
        neume_note_scores scores;
        status = neume_dataset_sample(dataset, SEED + (uint64_t)i, SEGMENT_S, pcm, &segment);
        if (!status) status = hear_segment(model, pcm, (size_t)(SEGMENT_S * NEUME_FEATURES_RATE_HZ), &heard);
        if (!status) {
            drop_earlier(&segment.truth);
            status = neume_score_notes(&segment.truth, &heard, &scores);
        }
        if (!status) add_scores(&p, &scores);
        neume_segment_clear(&segment);
        neume_notes_clear(&heard);
    }
    if (!status) *out = pooled(&p);
    return status;
}

neume_status hear_validate(const hear_recipe *recipe, const neume_hear_model *model, hear_validation *out) {
    hear_validation result = {0};
    neume_status status = NEUME_OK;
    float *pcm = neume__alloc_aligned((size_t)(SEGMENT_S * NEUME_FEATURES_RATE_HZ + 1) * sizeof *pcm);
    if (!pcm) return NEUME_ENOMEM;
    for (int g = 0; g < HEAR_GROUPS && !status; g++) {
        neume_dataset_options options = recipe->data;
        neume_dataset *dataset = NULL;
        options.validation = true;
        options.share_piano = g == 0, options.share_chamber = g == 1, options.share_band = g == 2;
        options.share_drums = options.share_lines = options.share_random = options.share_negative = 0;
        status = neume_dataset_open(&options, &dataset);
        if (!status) status = validate_group(recipe, model, dataset, pcm, &result.group[g]);
        neume_dataset_close(dataset);
        result.mean += result.group[g].onset / HEAR_GROUPS;
    }
    neume__free(pcm);
    if (!status) *out = result;
    return status;
}
