/* The greatest common divisor, for lengths as fractions. Private to the room. */
#ifndef NEUME_NOTATION_GCD_H
#define NEUME_NOTATION_GCD_H

#include <stdint.h>

/* Of 0 and b it is b. */
static inline int64_t neume__gcd(int64_t a, int64_t b) {
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

#endif
