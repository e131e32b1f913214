#include "train_hear.h"

#include <math.h>
#include <string.h>

static const double LEVEL_LOW_DB = -12, LEVEL_HIGH_DB = 8; /* around the level a recording is brought to */

neume_status hear_data_init(hear_data *d, const hear_recipe *recipe, const neume_dataset *dataset) {
    int64_t B = recipe->batch, T = recipe->segment_frames;
    memset(d, 0, sizeof *d);
    d->recipe = recipe;
    d->dataset = dataset;
    d->samples = T * NEUME_FEATURES_HOP_SAMPLES;
    neume_status status = NEUME_OK;
    NEUME_GO(neume_features_new(&d->features));
    NEUME_GO(neume_tensor_shape(&d->batch.spectrum, NEUME_F32,
                                NEUME_DIMS(B, T, NEUME_FEATURES_BINS, NEUME_FEATURES_CHANNELS)));
    NEUME_GO(neume_tensor_shape(&d->batch.mel, NEUME_F32, NEUME_DIMS(B, 2 * T, NEUME_FEATURES_MELS, 1)));
    NEUME_GO(hear_targets_shape(&d->targets, B, T, recipe->places));
    d->pcm = neume__alloc_aligned((size_t)(B * d->samples) * sizeof *d->pcm);
    d->segments = neume__calloc((size_t)B, sizeof *d->segments);
    if (d->pcm && d->segments) return NEUME_OK;
    status = NEUME_ENOMEM;
fail:
    hear_data_clear(d);
    return status;
}

void hear_data_clear(hear_data *d) {
    for (int64_t b = 0; d->segments && b < d->recipe->batch; b++) neume_segment_clear(&d->segments[b]);
    neume_features_free(d->features);
    neume_tensor_clear(&d->batch.spectrum);
    neume_tensor_clear(&d->batch.mel);
    hear_targets_clear(&d->targets);
    neume__free(d->pcm);
    neume__free(d->segments);
    memset(d, 0, sizeof *d);
}

typedef struct making {
    hear_data *data;
    uint64_t first_seed;
} making;

static neume_status make_one(void *context, int64_t b) {
    const making *m = context;
    hear_data *d = m->data;
    int64_t T = d->recipe->segment_frames;
    float *pcm = d->pcm + b * d->samples;
    neume_rng rng = neume_rng_seeded(m->first_seed + (uint64_t)b, 0x6c6576656c);
    NEUME_TRY(neume_dataset_sample(d->dataset, m->first_seed + (uint64_t)b, (double)d->samples / NEUME_FEATURES_RATE_HZ,
                                   pcm, &d->segments[b]));
    float gain = neume_hear_level_gain(pcm, d->samples) *
                 (float)pow(10, neume_rng_uniform(&rng, LEVEL_LOW_DB, LEVEL_HIGH_DB) / 20);
    float *spectrum = neume_f32(&d->batch.spectrum) + b * T * NEUME_FEATURES_BINS * NEUME_FEATURES_CHANNELS;
    float *mel = neume_f32(&d->batch.mel) + b * 2 * T * NEUME_FEATURES_MELS;
    neume_features_span span = {pcm, d->samples, 0, 0, T, gain};
    NEUME_TRY(neume_features_run(d->features, &span, spectrum, mel));
    hear_targets_fill(&d->targets, b, &d->segments[b], d->recipe);
    hear_targets_place(&d->targets, b, &d->segments[b], d->recipe, &rng);
    return NEUME_OK;
}

neume_status hear_data_make(hear_data *d, uint64_t first_seed) {
    making m = {d, first_seed};
    return neume_parallel_for(d->recipe->batch, make_one, &m);
}
