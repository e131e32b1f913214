/* The parts of the note model's training. Private to the room.
 *
 *   recipe -> dataset -> segments (sound, truth) -> features, targets -> net forward -> losses -> backward -> AdamW
 *                                                                          |
 *                                   model.gguf <- averaged weights <- every few hundred steps: validation by listening
 */
#ifndef NEUME_LEARN_TRAIN_HEAR_H
#define NEUME_LEARN_TRAIN_HEAR_H

#include "recipe.h"

#include "neume/hear_net.h"
#include "neume/learn.h"

/* Everything a recipe says. */
typedef struct hear_recipe {
    char run[RECIPE_TEXT_MAX], start[RECIPE_TEXT_MAX], corpus[RECIPE_TEXT_MAX], bank[RECIPE_TEXT_MAX],
        name[RECIPE_TEXT_MAX];
    char precision[RECIPE_TEXT_MAX]; /* auto, f32, bf16 */
    int64_t seed, steps, warmup, batch, segment_frames, channels, stem_channels, blocks, timbre_channels, drum_channels,
        patch_frames, patch_own;
    int64_t validate_every, validate_segments;
    int64_t learn_notes, learn_drums, learn_families; /* 0: that part keeps its weights */
    int64_t places;                                   /* notes of a batch whose instrument is asked for */
    double rate, rate_floor, decay, clip, average, checkpoint_minutes;
    double weight_onset, weight_frame, weight_offset, weight_velocity, weight_family, weight_drum, weight_drum_velocity,
        onset_emphasis;
    neume_dataset_options data;
} hear_recipe;
neume_status hear_recipe_read(const char *path, hear_recipe *out);

/* What the network should say for one batch: targets and weights shaped like its logits. */
typedef struct hear_targets {
    neume_tensor notes, notes_weight; /* (B, T, 88, 4) */
    neume_tensor drums, drums_weight; /* (B, 2T, 122) */
    neume_hear_place *places;         /* (N) */
    neume_tensor sounding;            /* (B, T, 88, 1): what sounds, as the decoder would know it */
    neume_tensor families;            /* (N, 14): shares */
    neume_tensor families_weight;     /* (N) */
} hear_targets;
neume_status hear_targets_shape(hear_targets *g, int64_t B, int64_t T, int64_t places);
void hear_targets_clear(hear_targets *g);
/* Fills batch entry b from a segment's truth. */
void hear_targets_fill(hear_targets *targets, int64_t b, const neume_segment *segment, const hear_recipe *recipe);
/* Draws batch entry b's share of the places from the notes that begin in the segment: N / B of them. */
void hear_targets_place(hear_targets *targets, int64_t b, const neume_segment *segment, const hear_recipe *recipe,
                        neume_rng *rng);

/* Makes segments and their targets on the pool. */
typedef struct hear_data {
    const hear_recipe *recipe;
    const neume_dataset *dataset;
    neume_features *features;
    neume_hear_batch batch;
    hear_targets targets;
    float *pcm;              /* (B, samples) */
    neume_segment *segments; /* (B) */
    int64_t samples;
} hear_data;
neume_status hear_data_init(hear_data *data, const hear_recipe *recipe, const neume_dataset *dataset);
void hear_data_clear(hear_data *data);
/* Segments first_seed .. first_seed + B - 1. */
neume_status hear_data_make(hear_data *data, uint64_t first_seed);

/* Scores on pieces and presets never trained on, by the product's own path from sound to notes. */
enum { HEAR_GROUPS = 3 }; /* piano, chamber, band */
typedef struct hear_validation {
    neume_note_scores group[HEAR_GROUPS];
    double mean; /* of the groups' onset F1 */
} hear_validation;

/* The validation data, opened once; `{0}` at first. */
typedef struct hear_validator {
    neume_dataset *dataset[HEAR_GROUPS];
    int64_t segments; /* of each group; 0: all scores are 1 */
    float *pcm;
} hear_validator;
neume_status hear_validator_init(hear_validator *validator, const hear_recipe *recipe);
void hear_validator_clear(hear_validator *validator);
/* Told of every note heard, and whether it is right. */
typedef struct hear_listener {
    neume_note_visit *visit;
    void *notes, *drums; /* contexts */
} hear_listener;
/* listener may be NULL */
neume_status hear_validate(const hear_validator *validator, const neume_hear_model *model,
                           const hear_listener *listener, hear_validation *out);

/* Chooses the net's thresholds on validation data, if there is any, and says what they reach. The net holds the weights
 * to be judged. */
neume_status hear_tune(const hear_validator *validator, neume_hear_net *net, hear_validation *out);

#endif
