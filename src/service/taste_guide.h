/* Inside a guide: what it knows, what is asked of it, and the scores that come of both. */
#ifndef NEUME_SRC_SERVICE_TASTE_GUIDE_H
#define NEUME_SRC_SERVICE_TASTE_GUIDE_H

#include "taste_opinions.h"
#include "taste_prompt.h"

#include "neume/taste_choose.h"

struct neume_guide {
    neume_store *store;
    taste_catalogue *catalogue;
    neume_taste_model *model; /* NULL: nobody has heard anything */
    int32_t *in_model;        /* (items) number in the model, -1 = it does not know it */
    int64_t model_items;
    neume_words *words; /* these two are made when the first prompt comes */
    neume_matcher *matcher;
    float *popularity; /* (items) log of listeners, standardised */
};

/* A request looked up: whose history counts, what is left out, which words are meant. */
typedef struct taste_wanted {
    const neume_request *request;
    taste_entries history; /* of the listener, the session, the item: numbers of the catalogue */
    size_t own_count;      /* the first of them are the listener's own */
    neume_query query;
    float *fit;        /* (items) how well each fits the words; NULL without a prompt */
    uint8_t *excluded; /* (items) */
} taste_wanted;

NEUME_MUST neume_status taste_wanted_read(neume_guide *guide, const neume_request *request, taste_wanted *out);
void taste_wanted_clear(taste_wanted *wanted);

/* How well each item goes with a history, by the model and by tags, standardised. @param[out] scores (items) */
NEUME_MUST neume_status taste_score_history(const neume_guide *guide, const taste_entries *history, float *scores);
/* Everything that is asked for as one score. @param[out] scores (items) */
NEUME_MUST neume_status taste_score_wanted(const neume_guide *guide, const taste_wanted *wanted, float *scores);

/* Fills in what is known of an item, and why it is there if that is asked for; texts lie in the arena. */
NEUME_MUST neume_status taste_suggest(const neume_guide *guide, const taste_wanted *wanted, int32_t item, double score,
                                      neume_arena *arena, neume_suggestion *out);

#endif
