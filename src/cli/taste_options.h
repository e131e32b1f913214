/* Options that training and measuring taste have in common. */
#ifndef NEUME_CLI_TASTE_OPTIONS_H
#define NEUME_CLI_TASTE_OPTIONS_H

#include "cli.h"

#include "neume/learn_taste.h"

typedef struct taste_wishes {
    double regularisation, confidence, damping, tag_weight, plays_power;
    int factors, sweeps, neighbours, seed;
    const char *weighting; /* NULL: not told */
} taste_wishes;
extern const taste_wishes taste_wishes_none;
neume_taste_wishes taste_wishes_of(const taste_wishes *wishes);

/* In the order of neume_taste_weighting. */
#define TASTE_WEIGHTINGS "cosine tfidf bm25"

/* Rows for a verb whose settings have a taste_wishes named `wishes`. */
#define TASTE_WISH(name, letter_kind, field, value, text, low, high)                                                   \
    { name, 0, letter_kind, offsetof(settings, wishes) + offsetof(taste_wishes, field), value, text, NULL, low, high }
#define TASTE_WISHES                                                                                                   \
    TASTE_WISH("lambda", CLI_NUMBER, regularisation, "X", "regularisation of ease, als and bpr", 1e-6, 1e9),           \
        TASTE_WISH("alpha", CLI_NUMBER, confidence, "X", "confidence of als: a play weighs 1 + X log(1 + plays)", 0,   \
                   1e6),                                                                                               \
        TASTE_WISH("beta", CLI_NUMBER, damping, "X", "how much rp3beta holds popular items back", 0, 2),               \
        TASTE_WISH("tag-weight", CLI_NUMBER, tag_weight, "X", "ease: weight of tags as further listeners; 0 = none",   \
                   0, 1000),                                                                                           \
        TASTE_WISH("plays-power", CLI_NUMBER, plays_power, "X",                                                        \
                   "how much the number of plays counts; 0 = played or not", 0, 2),                                    \
        TASTE_WISH("factors", CLI_INT, factors, "N", "numbers for each item in als and bpr", 1, 1024),                 \
        TASTE_WISH("sweeps", CLI_INT, sweeps, "N", "rounds of als and bpr", 1, 10000),                                 \
        TASTE_WISH("neighbours", CLI_INT, neighbours, "N", "of itemknn, userknn and rp3beta", 1, 10000), {             \
        "weighting", 0, CLI_CHOICE, offsetof(settings, wishes) + offsetof(taste_wishes, weighting), "NAME",            \
            "how itemknn weighs plays, and userknn, for which bm25 is tfidf", TASTE_WEIGHTINGS, 0, 0                   \
    }

#endif
