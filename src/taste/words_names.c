/* Names in a prompt: artists and composers that the lexicon knows, titles in 《》, what stands in quotation marks or as
 * unknown words behind a comparison ("more like Some Band but calmer", 像某某那样), and unknown capitalised words
 * behind a denial ("not Some Band"). A known name may carry a form: 肖邦夜曲 are Chopin nocturnes. */
#include "words_parse.h"

#include <stdio.h>
#include <string.h>

static bool is_mark(const parser *p, size_t at, unit_kind kind) {
    return !p->t->items[at].row && token_unit(p, at)->kind == kind;
}

static bool is_unknown(const parser *p, size_t at) {
    const token *one = &p->t->items[at];
    return !one->row && !one->measured.units && token_unit(p, at)->kind <= UNIT_NUMBER;
}

static bool is_capital(const parser *p, size_t at) {
    return at < p->t->count && token_unit(p, at)->capital;
}

/* The name that a token is, or NULL. */
static const char *known_name(const parser *p, size_t at) {
    const lexicon_row *row = at < p->t->count ? p->t->items[at].row : NULL;
    if (!row || row->sense_count != 1) return NULL;
    const sense *only = &p->words->senses[row->senses];
    return only->slot == NEUME_SLOT_LIKE ? only->value : NULL;
}

/* Words that begin no name: "a", "the", "something". */
static bool is_filler(const parser *p, size_t at) {
    const lexicon_row *row = p->t->items[at].row;
    return row && row->role == ROLE_NONE && !row->sense_count;
}

/* Does a name that has come so far end before token @p at? "Queens of the Stone Age" goes on, "like Queens for a run"
 * does not. */
static bool ends_name(const parser *p, size_t at) {
    if (token_unit(p, at)->kind >= UNIT_BREAK) return true;
    const word_role role = token_role(p, at);
    if (role == ROLE_NONE || role == ROLE_FORM || role == ROLE_LIKE) return false;
    const bool joins = role == ROLE_SOFT && token_unit(p, at)->kind == UNIT_WORD && is_capital(p, at - 1);
    return !joins ||
           !(is_capital(p, at + 1) || (at + 1 < p->t->count && is_filler(p, at + 1) && is_capital(p, at + 2)));
}

/* A value from the prompt's own letters, tokens [from, to). */
static neume_status find_as_written(parser *p, size_t from, size_t to) {
    char value[NEUME_VALUE_LONGEST_BYTES];
    const uint32_t begin = token_unit(p, from)->begin, end = p->u->items[p->t->items[to - 1].to - 1].end;
    neume__text_clean(p->prompt + begin, end - begin, value, sizeof value);
    return neume__find(p, NULL, NEUME_SLOT_LIKE, value);
}

/* 《...》, and "..." where a name is expected. */
static neume_status find_quoted(parser *p, size_t at, word_role role, size_t *next) {
    const bool title = neume__unit_is_in(p->u, p->t->items[at].from, "《 〈");
    size_t close = at + 1;
    while (close < p->t->count && !is_mark(p, close, UNIT_CLOSE) && !is_mark(p, close, UNIT_OPEN)) close++;
    if ((!title && role == ROLE_NONE) || close == p->t->count || close == at + 1) return NEUME_OK;
    *next = close + 1;
    const char *known = close == at + 2 ? known_name(p, at + 1) : NULL;
    return known ? neume__find(p, NULL, NEUME_SLOT_LIKE, known) : find_as_written(p, at + 1, close);
}

/* A known name and the form behind it, with 的 between them or not. */
static neume_status find_known(parser *p, size_t at, const char *name, size_t *next) {
    char value[NEUME_VALUE_LONGEST_BYTES];
    *next = at + 1;
    size_t form = at + 1;
    if (token_role(p, form) == ROLE_SOFT && neume__unit_is(p->u, p->t->items[form].from, "的")) form++;
    if (token_role(p, form) != ROLE_FORM) return neume__find(p, NULL, NEUME_SLOT_LIKE, name);
    snprintf(value, sizeof value, "%.*s %.40s", (int)sizeof value - 50, name, p->t->items[form].row->english);
    *next = form + 1;
    return neume__find(p, NULL, NEUME_SLOT_LIKE, value);
}

/* Are the tokens [from, to) a name that the lexicon does not know? */
static bool looks_like_name(const parser *p, size_t from, size_t to, word_role role) {
    bool unknown = false, meaning = false, capital = false;
    for (size_t i = from; i < to; i++) {
        const token *one = &p->t->items[i];
        unknown |= is_unknown(p, i);
        capital |= is_unknown(p, i) && is_capital(p, i);
        meaning |= one->measured.units || (one->row && one->row->sense_count);
    }
    if (role == ROLE_NOT || role == ROLE_EXCEPT) return is_unknown(p, from) && is_capital(p, from);
    if (role == ROLE_BY) return is_capital(p, from);
    return capital || (unknown && !meaning);
}

static neume_status find_unknown(parser *p, size_t at, word_role role, size_t *next) {
    size_t from = at, to = at;
    while (from < p->t->count && is_filler(p, from) && !is_capital(p, from)) from++;
    const bool article = from > at;
    for (to = from; to < p->t->count && !ends_name(p, to); to++)
        if (to > from && known_name(p, to)) break;
    if (to == from || !looks_like_name(p, from, to, role)) return NEUME_OK;
    if (article && role == ROLE_LIKE && !is_capital(p, from)) return NEUME_OK; /* "like a rainy day" */
    *next = to;
    return find_as_written(p, from, to);
}

neume_status neume__find_name(parser *p, size_t at, word_role role, size_t *next) {
    *next = at;
    if (at >= p->t->count) return NEUME_OK;
    if (is_mark(p, at, UNIT_OPEN)) return find_quoted(p, at, role, next);
    const char *known = known_name(p, at);
    if (known) return find_known(p, at, known, next);
    return role == ROLE_NONE ? NEUME_OK : find_unknown(p, at, role, next);
}
