/* What the benches share: a failure ends the program with its line. */
#ifndef NEUME_BENCH_H
#define NEUME_BENCH_H

#include "neume/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static inline void must(neume_status status) {
    if (status == NEUME_OK) return;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, neume_error_message());
    exit(1);
}

/* The less of two times; 0 is none yet. */
static inline double best(double a, double b) {
    return a == 0 || b < a ? b : a;
}

#endif
