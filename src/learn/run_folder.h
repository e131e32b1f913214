/* What the runs of training share: the folder that receives their checkpoint, model and logs, and the loop over steps.
 * Private to the room.
 *
 *   step -> every 20: a line of metrics -> every few minutes: checkpoint -> every validate_every: validation, model
 *
 * A run that is stopped leaves a checkpoint, from which the same command goes on. */
#ifndef NEUME_LEARN_RUN_FOLDER_H
#define NEUME_LEARN_RUN_FOLDER_H

#include "recipe.h"

enum { RUN_PATH_MAX = RECIPE_TEXT_MAX + 64 };

/* The folder, made unless it is there. NEUME_EIO when it cannot be written in. */
neume_status run_folder_make(const char *folder);

/* Where a file of the folder lies; the folder is a recipe's text, the name shorter than 63 bytes. */
void run_folder_path(const char *folder, const char *name, char path[RUN_PATH_MAX]);

/* Appends a text, or one value to the TensorBoard events. */
neume_status run_folder_append(const char *folder, const char *name, const char *text);
neume_status run_folder_scalar(const char *folder, const char *tag, int64_t step, double value);

/* Both for one value: a line of step, how much was learnt from so far, and value; the file's name is the tag. */
neume_status run_folder_row(const char *folder, const char *name, int64_t step, double amount, double value);

/* A run's steps. */
typedef struct run_steps {
    const int64_t *done; /* step() counts it up */
    int64_t wanted, validate_every;
    double checkpoint_minutes;
    neume_status (*step)(void *run), (*log)(void *run), (*save)(void *run), (*validate)(void *run);
} run_steps;

/* Takes the steps that are left. Behind the last one all that is due now and then is due.
 *
 * NEUME_ECANCELLED: stopped, and a checkpoint is written. */
neume_status run_steps_take(const run_steps *steps, void *run, const neume_progress *progress);

/* Examples that cost far more to make than to learn from: each is learnt from several times before it makes room.
 * Example `number` of a run lies in place number % size. */
typedef struct run_pool {
    int64_t size, fresh; /* kept, and made anew a step */
    neume_status (*make)(void *run, int64_t number);
    neume_status (*save)(void *run);
} run_pool;
/* The last examples that were made before this step, so that a run that goes on learns from the same. */
NEUME_MUST neume_status run_pool_fill(const run_pool *pool, void *run, int64_t step);
/* The step's own take the place of the oldest. Making one looks itself whether it is to stop; what has been learnt is
 * saved then. */
NEUME_MUST neume_status run_pool_refresh(const run_pool *pool, void *run, int64_t step);

#endif
