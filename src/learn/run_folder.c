#include "run_folder.h"

#include "event_log.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_EVERY = 20 };

neume_status run_folder_make(const char *folder) {
    if (mkdir(folder, 0777) == 0 || access(folder, W_OK) == 0) return NEUME_OK;
    return neume_fail(NEUME_EIO, "cannot write in %s: %s", folder, strerror(errno));
}

void run_folder_path(const char *folder, const char *name, char path[RUN_PATH_MAX]) {
    const int size = snprintf(path, RUN_PATH_MAX, "%s/%s", folder, name);
    assert(size < RUN_PATH_MAX);
    (void)size;
}

neume_status run_folder_append(const char *folder, const char *name, const char *text) {
    char path[RUN_PATH_MAX];
    run_folder_path(folder, name, path);
    FILE *file = fopen(path, "a");
    if (!file) return neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    bool good = fputs(text, file) >= 0;
    good = fclose(file) == 0 && good;
    return good ? NEUME_OK : neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
}

neume_status run_folder_scalar(const char *folder, const char *tag, int64_t step, double value) {
    char path[RUN_PATH_MAX];
    run_folder_path(folder, "events.out.tfevents.neume", path);
    return event_log_scalar(path, tag, step, value);
}

neume_status run_folder_row(const char *folder, const char *name, int64_t step, double amount, double value) {
    char line[128];
    snprintf(line, sizeof line, "%lld\t%.3f\t%.5f\n", (long long)step, amount, value);
    NEUME_TRY(run_folder_append(folder, name, line));
    return run_folder_scalar(folder, name, step, value);
}

static neume_status save_and_stop(neume_status (*save)(void *run), void *run, int64_t step) {
    NEUME_TRY(save(run));
    return neume_fail(NEUME_ECANCELLED, "stopped at step %lld; the same command goes on from there", (long long)step);
}

neume_status run_steps_take(const run_steps *steps, void *run, const neume_progress *progress) {
    double saved_s = neume_clock_s();
    while (*steps->done < steps->wanted) {
        if (neume_cancelled()) return save_and_stop(steps->save, run, *steps->done);
        NEUME_TRY(steps->step(run));
        const bool last = *steps->done == steps->wanted;
        if (*steps->done % LOG_EVERY == 0 || last) NEUME_TRY(steps->log(run));
        if (neume_clock_s() - saved_s > 60 * steps->checkpoint_minutes || last) {
            NEUME_TRY(steps->save(run));
            saved_s = neume_clock_s();
        }
        if (*steps->done % steps->validate_every == 0 || last) NEUME_TRY(steps->validate(run));
        neume__progress(progress, (double)*steps->done, (double)steps->wanted);
    }
    return NEUME_OK;
}

/* --- examples ----------------------------------------------------------------------------------------------------- */

neume_status run_pool_fill(const run_pool *pool, void *run, int64_t step) {
    for (int64_t i = 0; i < pool->size; i++) {
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped");
        NEUME_TRY(pool->make(run, step * pool->fresh + i));
    }
    return NEUME_OK;
}

neume_status run_pool_refresh(const run_pool *pool, void *run, int64_t step) {
    const int64_t first = step * pool->fresh + pool->size;
    neume_status status = NEUME_OK;
    for (int64_t i = 0; i < pool->fresh && !status; i++) status = pool->make(run, first + i);
    return status == NEUME_ECANCELLED ? save_and_stop(pool->save, run, step) : status;
}
