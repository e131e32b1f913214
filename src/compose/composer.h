/* The language model at work on tunes. Private to the room. */
#ifndef NEUME_COMPOSE_COMPOSER_H
#define NEUME_COMPOSE_COMPOSER_H

#include "neume/compose.h"
#include "neume/lm.h"
#include "neume/lm_grammar.h"
#include "neume/lm_vocabulary.h"

struct neume_composer {
    neume_lm_model *model;
    neume_vocabulary *vocabulary;
    neume_grammar_tokens *tokens; /* the vocabulary's strings, ordered for masks */
    /* masks, (V / 64, rounded up) words each: */
    uint64_t *line;     /* tokens that may stand within a line of words */
    uint64_t *changes;  /* that bring another key or metre within a tune */
    uint64_t *openers;  /* that would, behind "[" or at a line's beginning */
    uint64_t *brackets; /* that end in "[" */
};

/* Something to be written: what stands before it, and what rules it follows. */
typedef struct writing_task {
    neume_tokens prompt;
    const neume_grammar *grammar; /* as it stands behind the prompt; NULL: a line of words */
    bool header;                  /* it begins within a tune's header, */
    bool title;                   /* and there within the title */
    int32_t end;                  /* the control that ends it */
} writing_task;

/* One way of writing it. */
typedef struct written {
    neume_buffer text;
    double log_probability; /* of all its tokens and its end */
    size_t tokens;          /* its end counted */
} written;
void neume__written_clear(written *items, size_t count);

/* Writes it `count` times at once, each stream by its own chance. Always comes to an end.
 * NEUME_ELIMIT: the context is too short. */
neume_status neume__write(const neume_composer *composer, const writing_task *task, const neume_writing_options *how,
                          written *out, size_t count);
/* Are the options possible? */
neume_status neume__writing_check(const neume_writing_options *how);

/* --- prompts ------------------------------------------------------------------------------------------------------ */

/* Appends a wish's control, "bars:16"; nothing when the vocabulary has none such. */
neume_status neume__prompt_wish(const neume_composer *composer, const char *kind, const char *value, neume_tokens *out);
/* Appends a control and a text. */
neume_status neume__prompt_part(const neume_composer *composer, int32_t control, const char *text, size_t size,
                                neume_tokens *out);
/* A piece as the model knows tunes: ABC without X:. */
neume_status neume__tune_text(const neume_score *score, neume_buffer *out);
/* Where the body begins: behind the line of K:, 0 when that is not whole. */
size_t neume__tune_body(const char *text, size_t size);

/* --- ideas -------------------------------------------------------------------------------------------------------- */

/* Makes ideas of what was written between two texts, ranks them and keeps the best. */
neume_status neume__ideas_make(const char *before, size_t before_size, const char *behind, const written *items,
                               size_t count, neume_ideas *out);
/* Falling by rank; those beyond `keep` go. */
void neume__ideas_keep(neume_ideas *ideas, size_t keep);
/* Ends what made ideas: the best are handed out in place of what @p out holds, or all are let go, and its status is
 * passed on. */
neume_status neume__ideas_hand_out(neume_status status, neume_ideas *ideas, size_t keep, neume_ideas *out);

#endif
