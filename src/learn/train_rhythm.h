/* What the trainings of the two networks of rhythm share: the recipe, pieces whose beats are known, the loss (some
 * binary answers a step of time and two distributions), the run. Private to the room. */
#ifndef NEUME_LEARN_TRAIN_RHYTHM_H
#define NEUME_LEARN_TRAIN_RHYTHM_H

#include "neume/score_net.h"
#include "rhythm_pieces.h"

/* What is done to pieces so that they are not learnt by heart, as shares of the segments. Of the bar network only. */
typedef struct rhythm_variety {
    double exact;   /* bars are learnt over the true beats */
    double spliced; /* rhythm_piece_splice() */
    double thinned; /* rhythm_segment_thin() */
    double hidden;  /* neume_bar_features_hide() */
} rhythm_variety;

/* One entry of a batch: T steps to be filled. Everything is zero before. */
typedef struct rhythm_entry {
    float *x;                /* (T, features) */
    float *target;           /* (T, logits) */
    float *weight;           /* (T, binaries): of the binary answers, which are the first logits */
    float *first, *second;   /* (T): of the distributions */
    rhythm_segment *segment; /* scratch, kept between batches */
    int64_t steps;           /* T */
    bool whole;              /* length and metre are to be said of the piece as a whole. Of the bar network only */
    rhythm_variety variety;
} rhythm_entry;

/* Says of step t, which lies between beats b and b + 1 of the entry's segment, its metre and the beat's length, shared
 * between two classes. Of networks whose logits are NEUME_BEAT_LOGITS. */
void rhythm_entry_classes(rhythm_entry *entry, int64_t t, size_t b);

/* Where a distribution lies among the logits, and what its cross-entropy weighs. */
typedef struct rhythm_distribution {
    int64_t from, classes;
    float weight;
} rhythm_distribution;

typedef struct rhythm_task {
    neume_beat_net_kind kind;
    const char *name;                  /* the model's, where the recipe gives none */
    const char *length_key;            /* the recipe's key for T, */
    int64_t length, shortest, longest; /* what it is without, and its bounds */
    int64_t batch, width, blocks;      /* what these are where the recipe does not say it */
    double amount_a_step;              /* what a step of time counts in the logs: hours, millions of beats */
    float scale;                       /* of the loss */
    int64_t binaries;                  /* a step of time */
    rhythm_distribution distributions[2];
    /* Plays a piece and says what is to be learnt from it; called by several threads. */
    neume_status (*fill)(const rhythm_piece *piece, neume_rng *rng, rhythm_entry *entry);
} rhythm_task;

NEUME_MUST neume_status rhythm_train(const rhythm_task *task, const char *recipe_path, const neume_progress *progress);

#endif
