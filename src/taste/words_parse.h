/* The stages of understanding a prompt: units -> tokens (words_segment.c) -> findings (words_scope.c, words_names.c) ->
 * a query (words_understand.c). */
#ifndef NEUME_TASTE_WORDS_PARSE_H
#define NEUME_TASTE_WORDS_PARSE_H

#include "words_lexicon.h"
#include "words_measure.h"

/* A stretch of units that means one thing. */
typedef struct token {
    size_t from, to;        /* units */
    const lexicon_row *row; /* NULL: a measure, a mark or an unknown unit */
    measure measured;       /* .units = 0: none */
} token;

typedef struct tokens {
    token *items;
    size_t count, capacity;
} tokens;

/* Cuts units into phrases of the lexicon, measures and single unknown units. @param out yours to clear */
NEUME_MUST neume_status neume__segment(const neume_words *words, const units *u, tokens *out);

/* Something a prompt says, before it becomes a wish. */
typedef struct finding {
    const lexicon_row *row; /* NULL: slot and value tell it */
    neume_slot slot;
    char value[NEUME_VALUE_LONGEST_BYTES];
    bool denied;
    double weight;
    size_t clause; /* the clause it was said in */
} finding;

typedef struct parser {
    const neume_words *words;
    const char *prompt;
    const units *u;
    const tokens *t;
    finding *found;
    size_t count, capacity;
    /* what is in force at the place reached */
    bool denying, excepting; /* excepting: the denial may still turn out to include ("除了...还") */
    size_t denied;           /* findings since the denial began */
    size_t except_from;      /* the first finding behind the last "except" */
    size_t clause;
    double weight; /* of the next finding */
} parser;

/* Walks all tokens. */
NEUME_MUST neume_status neume__interpret(parser *p);
/* Adds a finding with what is in force. */
NEUME_MUST neume_status neume__find(parser *p, const lexicon_row *row, neume_slot slot, const char *value);
/* A name that begins at token @p at, introduced by a word of comparison (@p role), by quotation marks, or known.
 * @param[out] next the token behind it; @p at when there is no name */
NEUME_MUST neume_status neume__find_name(parser *p, size_t at, word_role role, size_t *next);

static inline const unit *token_unit(const parser *p, size_t at) {
    return &p->u->items[p->t->items[at].from];
}
static inline word_role token_role(const parser *p, size_t at) {
    return at < p->t->count && p->t->items[at].row ? p->t->items[at].row->role : ROLE_NONE;
}

#endif
