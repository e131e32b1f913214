/* PCG32: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
 * Generation", HMC-CS-2014-0905. A 64-bit linear congruence whose output is a random rotation of its high bits. */
#include "neume/base.h"

#include <math.h>

static const uint64_t MULTIPLIER = 6364136223846793005u; /* Knuth, MMIX */

neume_rng neume_rng_seeded(uint64_t seed, uint64_t stream) {
    neume_rng rng = {0, stream << 1 | 1};
    neume_rng_u32(&rng);
    rng.state += seed;
    neume_rng_u32(&rng);
    return rng;
}

uint32_t neume_rng_u32(neume_rng *rng) {
    uint64_t old = rng->state;
    rng->state = old * MULTIPLIER + rng->stream;
    uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27), turn = (uint32_t)(old >> 59);
    return mixed >> turn | mixed << (-turn & 31);
}

double neume_rng_uniform(neume_rng *rng, double low, double high) {
    return low + (high - low) * (neume_rng_u32(rng) * 0x1p-32);
}

int64_t neume_rng_below(neume_rng *rng, int64_t n) {
    uint64_t wide = (uint64_t)neume_rng_u32(rng) << 32;
    wide |= neume_rng_u32(rng);
    return (int64_t)(wide % (uint64_t)n); /* the bias of a 64-bit remainder is below 2^-32 for any n in use */
}

double neume_rng_normal(neume_rng *rng) {
    double radius = sqrt(-2 * log(1 - neume_rng_uniform(rng, 0, 1))); /* Box and Muller 1958 */
    return radius * cos(2 * M_PI * neume_rng_uniform(rng, 0, 1));
}

bool neume_rng_chance(neume_rng *rng, double probability) {
    return neume_rng_uniform(rng, 0, 1) < probability;
}
