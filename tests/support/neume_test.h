/* A thin layer over cmocka: include this first in every test. */
#ifndef NEUME_TEST_H
#define NEUME_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "neume/base.h"

/* The call succeeds; if not, its message is shown. */
#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        neume_status status_ = (call);                                                                                 \
        if (status_ != NEUME_OK) fail_msg("%s: %s (%s)", #call, neume_status_name(status_), neume_error_message());    \
    } while (0)

/* |a[i] - b[i]| <= abs + rel |b[i]| for all i; reports the worst. */
static inline void assert_floats_close_(const float *a, const float *b, size_t n, double rel, double abs_,
                                        const char *file, int line) {
    size_t worst = 0;
    double excess = -1;
    for (size_t i = 0; i < n; i++) {
        double over = fabs((double)a[i] - (double)b[i]) - abs_ - rel * fabs((double)b[i]);
        if (!(over <= excess)) excess = over, worst = i;
        if (over != over) break;
    }
    if (n && !(excess <= 0)) {
        print_error("item %zu of %zu: %.9g, expected %.9g\n", worst, n, (double)a[worst], (double)b[worst]);
        _fail(file, line);
    }
}
#define assert_floats_close(a, b, n, rel, abs) assert_floats_close_(a, b, n, rel, abs, __FILE__, __LINE__)

/* The signal-to-noise ratio of a against its model b, in decibels, is at least `least_db`. */
static inline void assert_snr_db_(const float *a, const float *b, size_t n, double least_db, const char *file,
                                  int line) {
    double signal = 0, noise = 1e-30;
    for (size_t i = 0; i < n; i++) {
        signal += (double)b[i] * (double)b[i];
        noise += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    }
    double snr_db = 10 * log10(signal / noise);
    if (!(snr_db >= least_db)) {
        print_error("signal-to-noise ratio %.1f dB, expected at least %.1f dB\n", snr_db, least_db);
        _fail(file, line);
    }
}
#define assert_snr_db(a, b, n, least_db) assert_snr_db_(a, b, n, least_db, __FILE__, __LINE__)

/* A property that must hold for many random cases: for_each_seed(seed, 100) { ... } */
#define for_each_seed(seed, n) for (uint64_t seed = 1; seed <= (uint64_t)(n); seed++)

/* Makes allocation 1, then 2, then 3 ... fail until the call needs no more; each failure must be NEUME_ENOMEM. */
static inline void sweep_allocation_failures(neume_status (*call)(void *), void *context) {
    for (int64_t n = 1;; n++) {
        neume__alloc_fail_after(n);
        neume_status status = call(context);
        int64_t made = neume__alloc_count();
        neume__alloc_fail_after(0);
        if (made < n) {
            assert_ok(status);
            return;
        }
        if (status != NEUME_ENOMEM)
            fail_msg("allocation %lld failed, but the call returned '%s'", (long long)n, neume_status_name(status));
    }
}

#endif
