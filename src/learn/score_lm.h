/* What a language model pays for music it has not seen. Private to the room. */
#ifndef NEUME_LEARN_SCORE_LM_H
#define NEUME_LEARN_SCORE_LM_H

#include "neume/lm_net.h"
#include "tunes.h"

typedef struct lm_score {
    double bits;
    int64_t bytes, tokens, tunes; /* of the texts from K: on; tokens as paid for, ends of documents too */
} lm_score;

/* Cuts a tune, its head given, into documents of at most `context` tokens so that every token behind the head is paid
 * once: put(context, tokens, given) receives each; the first `given` tokens cost nothing. */
typedef neume_status lm_window_fn(void *context, const neume_tokens *document, size_t given);
NEUME_MUST neume_status lm_tune_windows(const tune *t, const neume_vocabulary *vocabulary, size_t context,
                                        lm_window_fn *put, void *put_context);

/* By the net that learns. @param limit so many tunes, spread over the set; 0 = all */
NEUME_MUST neume_status lm_score_tunes(neume_lm_net *net, const neume_lm_pass *pass, const neume_vocabulary *vocabulary,
                                       const tunes *set, size_t limit, lm_score *out);

#endif
