/* Cutting a prompt into phrases of the lexicon.
 *
 * Chinese has no blanks, and the longest phrase from the left is not always the right one, so all ways to cut are
 * weighed: a phrase of n units counts n squared and a little for each, and the way that counts most wins; of equal ones
 * the one with the longer phrase first. Long phrases are thus preferred as in longest matching (Wong & Chan 1996), but
 * one of them may not cost its neighbours. */
#include "words_parse.h"

/* What a unit counts beside the square: parts that are known are rarely better left over (欢快|一点, not 欢|快一点). */
enum { COVER = 4 };

typedef struct option {
    size_t length; /* units; 1 with neither row nor measure: passed over */
    const lexicon_row *row;
    measure measured;
    size_t score; /* of the best way from here to the end */
} option;

static bool is_mark(const unit *one) {
    return one->kind >= UNIT_BREAK;
}

/* The row of units [from, to), exactly or without endings. */
static neume_status look_up(const neume_words *words, const units *u, size_t from, size_t to, neume_buffer *key,
                            const lexicon_row **row) {
    *row = NULL;
    for (int stemmed = 0; stemmed < 2 && !*row; stemmed++) {
        key->size = 0;
        NEUME_TRY(neume__units_key(u, from, to, stemmed, key));
        *row = neume__words_find(words, key->data, key->size, stemmed);
    }
    return NEUME_OK;
}

static void consider(option *options, size_t at, option candidate) {
    candidate.score = candidate.length * (candidate.length + COVER) + options[at + candidate.length].score;
    if (candidate.score >= options[at].score) options[at] = candidate;
}

/* The best way from unit @p at on, given those of all later units. */
static neume_status weigh(const neume_words *words, const units *u, size_t at, neume_buffer *key, option *options) {
    options[at] = (option){.length = 1, .score = options[at + 1].score};
    if (is_mark(&u->items[at])) return NEUME_OK;
    for (size_t to = at + 1; to <= u->count && to - at <= words->longest_units; to++) {
        const lexicon_row *row = NULL;
        if (is_mark(&u->items[to - 1])) break;
        NEUME_TRY(look_up(words, u, at, to, key, &row));
        if (row) consider(options, at, (option){.length = to - at, .row = row});
    }
    measure measured = {0};
    if (neume__measure_read(u, at, &measured))
        consider(options, at, (option){.length = measured.units, .measured = measured});
    return NEUME_OK;
}

static neume_status collect(const neume_words *words, const units *u, const option *options, tokens *out) {
    for (size_t at = 0; at < u->count; at += options[at].length) {
        token one = {at, at + options[at].length, options[at].row, options[at].measured};
        const unit *first = &u->items[at];
        if (!one.row && !one.measured.units && first->kind == UNIT_WORD && !first->capital)
            one.row = neume__words_guess(words, u->text.data + first->text, first->length);
        NEUME_TRY(neume__grow((void **)&out->items, &out->capacity, out->count + 1, sizeof *out->items));
        out->items[out->count++] = one;
    }
    return NEUME_OK;
}

neume_status neume__segment(const neume_words *words, const units *u, tokens *out) {
    neume_buffer key = {0};
    tokens made = {0};
    neume_status status = NEUME_OK;
    option *options = neume__calloc(u->count + 1, sizeof *options);
    if (!options) return NEUME_ENOMEM;
    for (size_t at = u->count; at-- > 0;) NEUME_GO(weigh(words, u, at, &key, options));
    NEUME_GO(collect(words, u, options, &made));
    *out = made;
    made = (tokens){0};
fail:
    neume__free(made.items);
    neume__free(options);
    neume_buffer_clear(&key);
    return status;
}
