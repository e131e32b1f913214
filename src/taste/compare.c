/* Is one better than the other, or was it luck? */
#include "neume/taste_eval.h"

#include <math.h>

enum { SHUFFLES = 10000 };

/* The share of random signs under which the users' differences come out as far from 0 as they did. */
static double chance_of(const double *a, const double *b, int64_t users, double sum) {
    neume_rng rng = neume_rng_seeded(1, 1);
    int as_far = 1;
    for (int s = 0; s < SHUFFLES; s++) {
        double shuffled = 0;
        for (int64_t u = 0; u < users; u += 32) {
            uint32_t signs = neume_rng_u32(&rng);
            for (int64_t i = u; i < users && i < u + 32; i++, signs >>= 1)
                shuffled += signs & 1 ? a[i] - b[i] : b[i] - a[i];
        }
        as_far += fabs(shuffled) >= fabs(sum) - 1e-12;
    }
    return (double)as_far / (SHUFFLES + 1);
}

neume_status neume_taste_compare(const neume_taste_scores *a, const neume_taste_scores *b, neume_taste_metric metric,
                                 neume_taste_comparison *out) {
    if (a->users != b->users || a->users < 2)
        return neume_fail(NEUME_EINVAL, "results of %lld and %lld users cannot be compared", (long long)a->users,
                          (long long)b->users);
    const double *x = a->of_user[metric], *y = b->of_user[metric], n = (double)a->users;
    double sum = 0, square = 0;
    for (int64_t u = 0; u < a->users; u++) sum += x[u] - y[u];
    for (int64_t u = 0; u < a->users; u++) square += pow(x[u] - y[u] - sum / n, 2);
    *out = (neume_taste_comparison){sum / n, sqrt(square / (n - 1) / n), chance_of(x, y, a->users, sum)};
    return NEUME_OK;
}
