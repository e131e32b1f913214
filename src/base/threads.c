/* One pool for the whole process: OpenMP's, which oneDNN uses too, so the cores are never oversubscribed. */
#include "neume/base.h"

#include <stdatomic.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef __SSE__
#include <xmmintrin.h>
#endif

static _Atomic bool cancelled;

void neume_cancel(void) {
    atomic_store(&cancelled, true);
}

bool neume_cancelled(void) {
    return atomic_load_explicit(&cancelled, memory_order_relaxed);
}

void neume_cancel_reset(void) {
    atomic_store(&cancelled, false);
}

double neume_clock_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void neume_threads_set(int count) {
#ifdef _OPENMP
    omp_set_num_threads(count > 0 ? count : omp_get_num_procs());
#else
    (void)count;
#endif
}

int neume_threads_count(void) {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static void flush_here(void) {
#ifdef __SSE__
    _mm_setcsr(_mm_getcsr() | 0x8040); /* FTZ is bit 15, DAZ bit 6 (Intel SDM 10.2.3) */
#endif
}

void neume__flush_denormals(void) {
#pragma omp parallel
    flush_here();
}

/* The failing call's message is in its own thread's store; it is carried over to the caller's. */
typedef struct failure {
    int64_t index;
    neume_status status;
    char message[512];
} failure;

static void note_failure(failure *first, int64_t index, neume_status status) {
#pragma omp critical(neume_parallel_failure)
    if (first->status == NEUME_OK || index < first->index) {
        first->index = index;
        first->status = status;
        snprintf(first->message, sizeof first->message, "%s", neume_error_message());
    }
}

neume_status neume_parallel_for(int64_t count, neume_parallel_fn *fn, void *context) {
    failure first = {0, NEUME_OK, ""};
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < count; i++) {
        neume_status status = fn(context, i);
        if (status != NEUME_OK) note_failure(&first, i, status);
    }
    return first.status == NEUME_OK ? NEUME_OK : neume_fail(first.status, "%s", first.message);
}

void neume__progress(const neume_progress *progress, double done, double total) {
    if (progress && progress->fn) progress->fn(progress->context, done, total);
}
