/* For tests: tunes that are drawn at random among what the grammar allows, and what must be true of them. */
#ifndef LM_GRAMMAR_CASES_H
#define LM_GRAMMAR_CASES_H

#include "neume/lm_grammar.h"
#include "neume/notation.h"

#include <string.h>

enum { WALK_TOKENS = 2048, WALK_WORDS = 90 };

/* A vocabulary: every byte, and words that are likelier to make music. */
typedef struct walk_vocabulary {
    const char *strings[WALK_TOKENS];
    size_t lengths[WALK_TOKENS];
    char bytes[256];
    size_t v;
    neume_grammar_tokens *tokens;
} walk_vocabulary;

static inline neume_status walk_vocabulary_init(walk_vocabulary *w) {
    static const char *const words[] = {
        " ^c'",   "2",   "/2", "3/2", "|",      " |:",   ":|",    "\"Am\"", "\"G7\"",   "!trill!", "(3",
        "\n",     "||",  "|]", "|1",  ":|2",    "[V:1]", "[V:2]", "[V:3]",  "3",        "4",       "6",
        "8",      "z",   "c",  "d",   "e",      "f",     "g",     "a",      "b",        "C",       "D",
        "E",      "F",   "G",  "A",   "B",      " c",    " d",    " e",     " f",       " g",      "^f",
        "_B",     "=c",  ">",  "<",   "-",      "(",     ")",     "{",      "}",        "/",       "//",
        "[",      "]",   "c'", "'",   ",",      "M:",    "L:",    "K:",     "4/4",      "3/4",     "6/8",
        "1/8",    "1/4", "G",  "D",   "Am",     "T:",    "R:",    "reel",   "Hornpipe", "::",      "[1",
        "\"^x\"", "4/2", "5",  "7/4", "(3:2:2", "(5",    "c>d",   "[CEG]",  "{gf}",     "\\\n"};
    w->v = 0;
    for (int i = 0; i < 256; i++) {
        w->bytes[i] = (char)i;
        w->strings[w->v] = &w->bytes[i];
        w->lengths[w->v++] = 1;
    }
    for (size_t i = 0; i < 4 * sizeof words / sizeof *words; i++) {
        w->strings[w->v] = words[i / 4];
        w->lengths[w->v++] = strlen(words[i / 4]);
    }
    return neume_grammar_tokens_new(w->strings, w->lengths, w->v, &w->tokens);
}

/* What a tune is asked to be, and its header. */
typedef struct walk_case {
    neume_grammar_options options;
    char header[400];
    size_t tokens_left;
} walk_case;

static inline const char *walk_pick(neume_rng *rng, const char *const *from, int64_t count) {
    return from[neume_rng_below(rng, count)];
}

static inline void walk_ask(neume_rng *rng, walk_case *out) {
    neume_grammar_options o = {0};
    const int64_t bars = neume_rng_below(rng, 3);
    if (bars == 1) o.bars_min = o.bars_max = 1 + (int)neume_rng_below(rng, 16);
    if (bars == 2) o.bars_min = 2, o.bars_max = 3 + (int)neume_rng_below(rng, 16);
    o.pickup_ticks = neume_rng_chance(rng, .5) ? 0 : neume_rng_chance(rng, .5) ? NEUME_GRAMMAR_PICKUP_FREE : 16;
    if (neume_rng_chance(rng, .3)) o.voices = 2 + (int)neume_rng_below(rng, 3);
    if (neume_rng_chance(rng, .2)) o.lowest = 28, o.highest = 42;
    o.continuations = neume_rng_chance(rng, .2);
    out->options = o;
}

static inline void walk_case_init(neume_rng *rng, walk_case *out) {
    static const char *const metres[] = {"2/4", "3/4", "4/4", "6/8", "9/8", "12/8", "5/4", "2/2", "3/8", "C", "C|"};
    static const char *const units[] = {"1/4", "1/8", "1/16"};
    static const char *const keys[] = {"C", "G", "D", "Am", "Bb", "F#m", "Ddor", "Emix", "Db", "C#m"};
    walk_ask(rng, out);
    const neume_grammar_options o = out->options;
    out->tokens_left = 100 + (size_t)neume_rng_below(rng, 600) + (o.voices ? 2500 : 0);
    int n = snprintf(out->header, sizeof out->header, "X:1\n");
    if (neume_rng_chance(rng, .2)) return; /* the walk writes the rest of it */
    n += snprintf(out->header + n, sizeof out->header - (size_t)n, "T:Random\nM:%s\nL:%s\n", walk_pick(rng, metres, 11),
                  walk_pick(rng, units, 3));
    for (int v = 1; v <= o.voices; v++) n += snprintf(out->header + n, sizeof out->header - (size_t)n, "V:%d\n", v);
    snprintf(out->header + n, sizeof out->header - (size_t)n, "K:%s\n", walk_pick(rng, keys, 10));
}

/* One of the tokens allowed, -1 = none; words are drawn again and again sooner than bytes. */
static inline int64_t walk_draw(neume_rng *rng, const walk_vocabulary *w, const uint64_t *allowed) {
    int64_t count = 0, found[WALK_TOKENS];
    for (size_t t = 0; t < w->v; t++)
        if (allowed[t / 64] >> t % 64 & 1) found[count++] = (int64_t)t;
    int64_t token = -1;
    for (int tries = 0; tries < 4 && count && w->lengths[token < 0 ? 0 : token] < 2; tries++)
        token = found[neume_rng_below(rng, count)];
    return token;
}

/* Draws a tune. @return what went wrong, NULL = nothing */
static inline const char *walk(uint64_t seed, const walk_vocabulary *w, walk_case *c, neume_buffer *text) {
    neume_rng rng = neume_rng_seeded(seed, 1);
    uint64_t allowed[WALK_TOKENS / 64];
    neume_grammar g;
    walk_case_init(&rng, c);
    neume_grammar_begin(&g, &c->options);
    if (!neume_grammar_push(&g, c->header, strlen(c->header))) return "the header is refused";
    if (neume_buffer_append(text, c->header, strlen(c->header))) return "no memory";
    for (size_t left = c->tokens_left;; left--) {
        const bool end = neume_grammar_may_end(&g);
        if (!left) return end ? NULL : "the tokens ran out";
        neume_grammar_mask(w->tokens, &g, left, allowed);
        const int64_t token = walk_draw(&rng, w, allowed);
        if (token < 0 && !end) return "a dead end";
        if (end && (token < 0 || neume_rng_chance(&rng, .3))) return NULL;
        if (!neume_grammar_push(&g, w->strings[token], w->lengths[token])) return "the mask allowed what push refuses";
        if (neume_buffer_append(text, w->strings[token], w->lengths[token])) return "no memory";
    }
}

/* --- what a reader sees --------------------------------------------------------------------------------------------- */

/* Where the counting of measures stands. */
typedef struct walk_count {
    int64_t begun, full, start, section, earlier; /* earlier: the section before */
    int bars;
    bool first, second, wrong; /* second: in a second ending */
} walk_count;

static inline void walk_count_sign(walk_count *c, int64_t at, const neume_bar *bar) {
    const int64_t length = at - c->begun;
    const bool plain = bar->style == NEUME_BAR_SINGLE && !bar->repeat_end && !bar->repeat_start;
    if (length == c->full)
        c->bars++, c->begun = at;
    else if (c->first && length)
        c->start = c->section = c->full - length, c->begun = at;
    else if (length > c->full || (plain && length))
        c->wrong = true;
    if (bar->ending && *bar->ending == '2' && at > c->begun) c->bars++, c->begun = at;
    const bool reopens = c->second && bar->style == NEUME_BAR_DOUBLE;
    if (bar->repeat_start || reopens) c->earlier = c->section, c->section = at - c->begun;
    if (bar->style != NEUME_BAR_SINGLE) c->second = false;
    if (bar->ending && *bar->ending == '2') c->second = true;
    if (length) c->first = false;
}

/* Measures as written, -1 = one of them is not full; a last one that completes the pickup is. */
static inline int walk_bars(const neume_score *score, const neume_voice *voice) {
    walk_count c = {.full = neume_metre_ticks(score->metre), .first = true};
    int64_t last = 0;
    for (size_t i = 0; i < voice->item_count; i++) {
        const neume_item *item = &voice->items[i];
        if (item->kind == NEUME_ITEM_METRE)
            c.full = neume_metre_ticks(voice->metres[item->first]), c.start = c.section = 0;
        if (item->kind == NEUME_ITEM_BAR) walk_count_sign(&c, last = item->at, &voice->bars[item->first]);
        if (item->kind <= NEUME_ITEM_REST && !item->grace && item->at < last) c.wrong = true;
    }
    const int64_t rest = last - c.begun;
    if (rest && rest != c.start && rest != c.section && rest != c.earlier) return -1;
    return c.wrong ? -1 : c.bars + (rest > 0);
}

#endif
