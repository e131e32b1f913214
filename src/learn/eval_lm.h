/* Measuring a language model of tunes: what its parts share. Private to the room. */
#ifndef NEUME_LEARN_EVAL_LM_H
#define NEUME_LEARN_EVAL_LM_H

#include "neume/learn.h"
#include "neume/lm.h"
#include "tunes.h"

/* A model at work on one stream. */
typedef struct lm_reader {
    neume_lm_model *model;
    neume_lm_session *session;
    neume_vocabulary *vocabulary;
    float *logits;         /* (context, V) */
    size_t context, count; /* count: V */
} lm_reader;

NEUME_MUST neume_status lm_reader_open(lm_reader *reader, const char *model_path);
void lm_reader_close(lm_reader *reader);
/* Minus the log-probability, in nats, of ids[from ..] given what is before them; the stream begins with @p known tokens
 * (a prefix of ids) fed already and holds them still afterwards. from > known or from >= 1 */
NEUME_MUST neume_status lm_reader_cost(lm_reader *reader, const neume_tokens *ids, size_t known, size_t from,
                                       double *out);
/* Feeds the first tokens of a fresh stream. */
NEUME_MUST neume_status lm_reader_begin(lm_reader *reader, const neume_tokens *ids);

/* The likeliest continuation, until @p stop, or any bar line when stop is -1, or @p longest tokens. */
NEUME_MUST neume_status lm_reader_write(lm_reader *reader, const neume_tokens *prompt, int32_t stop, size_t longest,
                                        neume_buffer *out);

/* A bar of a tune that is to be guessed: text[from .. to - 1], with the bar line that ends it. */
typedef struct lm_bar {
    size_t from, to;
} lm_bar;
/* One in the middle of the tune's body; false: there is none. */
bool lm_choose_bar(const tune *t, neume_rng *rng, lm_bar *out);
/* Do two texts say the same bar? Blanks and the kind of bar line do not count. */
bool lm_same_bar(const char *a, size_t a_size, const char *b, size_t b_size);

/* A model of n-grams with back-off, to compare with. */
typedef struct lm_grams lm_grams;
NEUME_MUST neume_status lm_grams_new(const tunes *set, const neume_vocabulary *vocabulary, lm_grams **out);
void lm_grams_free(lm_grams *grams);
/* The likeliest bar behind a text. */
NEUME_MUST neume_status lm_grams_write(const lm_grams *grams, const neume_vocabulary *vocabulary, const char *text,
                                       size_t size, size_t longest, neume_buffer *out);

NEUME_MUST neume_status lm_eval_titles(lm_reader *reader, const tunes *set, const neume_lm_eval_options *options,
                                       const neume_progress *progress, neume_lm_scores *scores);
NEUME_MUST neume_status lm_eval_bars(lm_reader *reader, const tunes *set, const tunes *learnt,
                                     const neume_lm_eval_options *options, const neume_progress *progress,
                                     neume_lm_scores *scores);

#endif
