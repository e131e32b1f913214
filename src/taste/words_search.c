/* BM25 over fields. A text is a bag of terms of three kinds, told apart by their first letter: words, pairs, concepts.
 * An inverted index answers: for each term of the question, the texts that have it. */
#include "neume/taste_search.h"

#include "neume/taste.h"

#include "words_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum field { FIELD_WORDS, FIELD_PAIRS, FIELD_CONCEPTS, FIELDS } field;
static const char field_letters[FIELDS] = {'w', 'p', 'c'};

/* A term in a text, or in the question (text 0). */
typedef struct posting {
    int32_t term;
    uint32_t text;
    float count;
} posting;

typedef struct bag {
    posting *items;
    size_t count, capacity;
} bag;

struct neume_search {
    const neume_words *words;
    neume_search_options options;
    neume_ids *terms;
    bag postings;   /* by term, then by text */
    size_t *start;  /* (terms + 1) */
    float *lengths; /* (texts, FIELDS) */
    double mean[FIELDS];
    size_t text_count;
};

neume_search_options neume_search_plain(void) {
    return (neume_search_options){.k1 = 1.2, .b = .75, .idf_power = 1};
}

/* Tuned on MusicCaps' clips outside of the 1,000 that `neume eval captions` measures with seed 1. */
neume_search_options neume_search_expanded(void) {
    return (neume_search_options){
        .k1 = 2, .b = 1, .stems = true, .damped_query = true, .pairs = .7, .concepts = 1.5, .idf_power = .6};
}

/* --- texts to bags ------------------------------------------------------------------------------------------------ */

/* Who reads a text: terms are added when @p grow is given, else only looked up. */
typedef struct reader {
    const neume_search *search;
    neume_ids *grow;
    uint32_t text;
    bag *out;
} reader;

static neume_status add_term(reader *r, field f, const char *text, size_t length) {
    char name[NEUME_ID_LONGEST_BYTES];
    int32_t added = 0;
    snprintf(name, sizeof name, "%c%.*s", field_letters[f], (int)(length < 200 ? length : 200), text);
    if (r->grow) NEUME_TRY(neume_ids_add(r->grow, name, &added));
    const int64_t term = r->grow ? added : neume_ids_find(r->search->terms, name);
    if (term < 0) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&r->out->items, &r->out->capacity, r->out->count + 1, sizeof *r->out->items));
    r->out->items[r->out->count++] = (posting){(int32_t)term, r->text, 1};
    return NEUME_OK;
}

static bool is_term(const unit *one) {
    return one->kind <= UNIT_NUMBER;
}

static neume_status add_words(reader *r, const units *u) {
    const neume_search_options *options = &r->search->options;
    neume_buffer key = {0};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < u->count && !status; i++) {
        if (!is_term(&u->items[i])) continue;
        key.size = 0;
        status = neume__units_key(u, i, i + 1, options->stems, &key);
        if (!status) status = add_term(r, FIELD_WORDS, key.data, key.size);
        if (status || !(options->pairs > 0) || i + 1 == u->count || !is_term(&u->items[i + 1])) continue;
        key.size = 0;
        status = neume__units_key(u, i, i + 2, options->stems, &key);
        if (!status) status = add_term(r, FIELD_PAIRS, key.data, key.size);
    }
    neume_buffer_clear(&key);
    return status;
}

static neume_status add_concepts(reader *r, const char *text, size_t count) {
    neume_query query = neume_query_none();
    neume_status status = neume_words_understand(r->search->words, text, count, &query);
    for (size_t i = 0; i < query.count && !status; i++) {
        char name[NEUME_VALUE_LONGEST_BYTES + 32];
        const neume_wish *wish = &query.wishes[i];
        const int length = snprintf(name, sizeof name, "%s%s=%s", wish->excluded ? "not." : "",
                                    neume_slot_name(wish->slot), wish->value);
        status = add_term(r, FIELD_CONCEPTS, name, (size_t)length);
    }
    neume_query_clear(&query);
    return status;
}

static int by_term(const void *a, const void *b) {
    const posting *x = a, *y = b;
    return x->term != y->term ? (x->term > y->term) - (x->term < y->term) : (x->text > y->text) - (x->text < y->text);
}

/* Sorts a bag by term and text and counts what is there several times. */
static void count_up(bag *terms) {
    size_t kept = 0;
    if (terms->count) qsort(terms->items, terms->count, sizeof *terms->items, by_term);
    for (size_t i = 0; i < terms->count; i++)
        if (kept && by_term(&terms->items[kept - 1], &terms->items[i]) == 0)
            terms->items[kept - 1].count += terms->items[i].count;
        else
            terms->items[kept++] = terms->items[i];
    terms->count = kept;
}

static neume_status read_text(reader *r, const char *text) {
    units u = {0};
    const size_t count = strnlen(text, NEUME_PROMPT_LONGEST_BYTES);
    NEUME_TRY(neume__units_read(text, count, &u));
    neume_status status = add_words(r, &u);
    if (!status && r->search->options.concepts > 0) status = add_concepts(r, text, count);
    neume__units_clear(&u);
    return status;
}

/* --- the index ---------------------------------------------------------------------------------------------------- */

static field field_of(const neume_search *search, int32_t term) {
    const char letter = *neume_ids_name(search->terms, term);
    return letter == field_letters[FIELD_WORDS]   ? FIELD_WORDS
           : letter == field_letters[FIELD_PAIRS] ? FIELD_PAIRS
                                                  : FIELD_CONCEPTS;
}

static neume_status index_terms(neume_search *search) {
    const size_t terms = (size_t)neume_ids_count(search->terms);
    count_up(&search->postings);
    search->start = neume__calloc(terms + 1, sizeof *search->start);
    search->lengths = neume__calloc((search->text_count + 1) * FIELDS, sizeof *search->lengths);
    if (!search->start || !search->lengths) return NEUME_ENOMEM;
    for (size_t i = 0; i < search->postings.count; i++) {
        const posting *p = &search->postings.items[i];
        const field f = field_of(search, p->term);
        search->start[p->term + 1] = i + 1;
        search->lengths[p->text * FIELDS + f] += p->count;
        search->mean[f] += (double)p->count / (double)search->text_count;
    }
    return NEUME_OK;
}

neume_status neume_search_new(const neume_words *words, const neume_search_options *options, const char *const *texts,
                              size_t count, neume_search **out) {
    if (options->concepts > 0 && !words) return neume_fail(NEUME_EINVAL, "concepts need a lexicon");
    neume_search *made = neume__calloc(1, sizeof *made);
    if (!made) return NEUME_ENOMEM;
    made->words = words;
    made->options = *options;
    made->text_count = count;
    neume_status status = neume_ids_new(&made->terms);
    for (size_t i = 0; i < count && !status; i++) {
        reader r = {made, made->terms, (uint32_t)i, &made->postings};
        status = read_text(&r, texts[i]);
    }
    if (!status) status = index_terms(made);
    if (status) {
        neume_search_free(made);
        return status;
    }
    *out = made;
    return NEUME_OK;
}

void neume_search_free(neume_search *search) {
    if (!search) return;
    neume_ids_free(search->terms);
    neume__free(search->postings.items);
    neume__free(search->start);
    neume__free(search->lengths);
    neume__free(search);
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

/* Robertson & Zaragoza 2009, equation 3.15, with the idf that is never below 0. */
static void add_scores(const neume_search *search, const posting *asked, float *scores) {
    const neume_search_options *o = &search->options;
    const field f = field_of(search, asked->term);
    const double weights[FIELDS] = {1, o->pairs, o->concepts};
    const size_t from = search->start[asked->term], to = search->start[asked->term + 1];
    const double texts = (double)search->text_count, having = (double)(to - from);
    const double idf = log(1 + (texts - having + 0.5) / (having + 0.5));
    const double said = o->damped_query ? 1 + log((double)asked->count) : (double)asked->count;
    const double weight = weights[f] * said * pow(idf, o->idf_power);
    for (size_t i = from; i < to; i++) {
        const posting *p = &search->postings.items[i];
        const double length = (double)search->lengths[p->text * FIELDS + f] / search->mean[f];
        const double count = (double)p->count;
        scores[p->text] += (float)(weight * count * (o->k1 + 1) / (count + o->k1 * (1 - o->b + o->b * length)));
    }
}

neume_status neume_search_score(const neume_search *search, const char *text, float *scores) {
    bag asked = {0};
    reader r = {search, NULL, 0, &asked};
    const neume_status status = read_text(&r, text);
    if (!status) {
        count_up(&asked);
        memset(scores, 0, search->text_count * sizeof *scores);
        for (size_t i = 0; i < asked.count; i++) add_scores(search, &asked.items[i], scores);
    }
    neume__free(asked.items);
    return status;
}
