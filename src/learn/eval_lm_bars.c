/* Is a bar that was taken out guessed exactly? By the model that sees both sides, by the model that sees only what is
 * before, and by 6-grams. */
#include "eval_lm.h"

#include <string.h>

enum { ORDER = 6, SLOTS = 1 << 24, WRITTEN_LONGEST = 64, BARS_BEFORE = 2, BARS_MOST = 4096 };

static bool is_bar_sign(char c) {
    return c && strchr("|:]", c);
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

static bool is_field_line(const char *line, size_t left) {
    return left > 1 && line[1] == ':' && ((line[0] >= 'A' && line[0] <= 'Z') || (line[0] >= 'a' && line[0] <= 'z'));
}

/* Where bars begin: behind bar lines, not behind those at a line's end, whose next bar begins on the next line. */
static size_t find_bars(const tune *t, size_t *begins, size_t most) {
    size_t count = 0;
    bool quoted = false;
    for (size_t i = t->body; i < t->size; i++) {
        const bool line_starts = i == 0 || t->text[i - 1] == '\n';
        if (line_starts && is_field_line(t->text + i, t->size - i)) {
            const char *end = memchr(t->text + i, '\n', t->size - i);
            i = end ? (size_t)(end - t->text) : t->size;
            continue;
        }
        quoted ^= t->text[i] == '"';
        if (quoted || t->text[i] != '|') continue;
        while (i + 1 < t->size && is_bar_sign(t->text[i + 1])) i++;
        if (count < most) begins[count++] = i + 1;
    }
    return count;
}

static bool has_notes(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (strchr("abcdefgABCDEFG", text[i])) return true;
    return false;
}

bool lm_choose_bar(const tune *t, neume_rng *rng, lm_bar *out) {
    size_t begins[BARS_MOST];
    const size_t count = find_bars(t, begins, BARS_MOST);
    if (count < BARS_BEFORE + 2) return false;
    for (int tries = 0; tries < 10; tries++) {
        const size_t k = BARS_BEFORE + (size_t)neume_rng_below(rng, (int64_t)(count - BARS_BEFORE - 1));
        const char *text = t->text + begins[k];
        const size_t size = begins[k + 1] - begins[k];
        if (!has_notes(text, size) || memchr(text, '\n', size) || memchr(text, '"', size)) continue;
        *out = (lm_bar){begins[k], begins[k + 1]};
        return true;
    }
    return false;
}

/* The next sign that counts; 0 at the end or a bar line. */
static char next_sign(const char *text, size_t size, size_t *at) {
    while (*at < size && strchr(" \n\\", text[*at])) ++*at;
    return *at < size && !is_bar_sign(text[*at]) ? text[(*at)++] : '\0';
}

bool lm_same_bar(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t i = 0, k = 0;
    for (;;) {
        const char x = next_sign(a, a_size, &i), y = next_sign(b, b_size, &k);
        if (x != y) return false;
        if (!x) return true;
    }
}

/* --- n-grams ------------------------------------------------------------------------------------------------------ */

struct lm_grams {
    uint64_t *keys; /* (SLOTS) of n tokens in a row, 0 = free */
    uint32_t *counts;
    size_t used;
};

/* Of the first n - 1 tokens; the last one is mixed in by key_of(). */
static uint64_t context_key(const int32_t *ids, int n) {
    uint64_t key = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)n;
    for (int i = 0; i + 1 < n; i++)
        key = (key ^ (uint64_t)(ids[i] + 1)) * UINT64_C(0xff51afd7ed558ccd), key ^= key >> 29;
    return key;
}

static uint64_t key_of(uint64_t context, int32_t id) {
    uint64_t key = (context ^ (uint64_t)(id + 1)) * UINT64_C(0xc4ceb9fe1a85ec53);
    key ^= key >> 31;
    return key ? key : 1;
}

static size_t find_slot(const lm_grams *g, uint64_t key) {
    size_t at = key % SLOTS;
    while (g->keys[at] && g->keys[at] != key) at = (at + 1) % SLOTS;
    return at;
}

static neume_status count_grams(lm_grams *g, const neume_tokens *tokens) {
    for (size_t t = 0; t < tokens->count; t++)
        for (int n = 1; n <= ORDER && (size_t)n <= t + 1; n++) {
            const int32_t *first = tokens->ids + t + 1 - (size_t)n;
            const size_t at = find_slot(g, key_of(context_key(first, n), tokens->ids[t]));
            if (!g->keys[at] && ++g->used > SLOTS / 8 * 7) return neume_fail(NEUME_ELIMIT, "too many n-grams");
            g->keys[at] = key_of(context_key(first, n), tokens->ids[t]);
            g->counts[at]++;
        }
    return NEUME_OK;
}

neume_status lm_grams_new(const tunes *set, const neume_vocabulary *vocabulary, lm_grams **out) {
    lm_grams *g = neume__calloc(1, sizeof *g);
    if (!g) return NEUME_ENOMEM;
    neume_tokens tokens = {0};
    g->keys = neume__calloc(SLOTS, sizeof *g->keys);
    g->counts = neume__calloc(SLOTS, sizeof *g->counts);
    neume_status status = g->keys && g->counts ? NEUME_OK : NEUME_ENOMEM;
    for (size_t i = 0; i < set->count && !status; i++) {
        tokens.count = 0;
        status = neume_vocabulary_encode(vocabulary, set->items[i].text, set->items[i].size, &tokens);
        if (!status) status = count_grams(g, &tokens);
    }
    neume_tokens_clear(&tokens);
    if (status)
        lm_grams_free(g);
    else
        *out = g;
    return status;
}

void lm_grams_free(lm_grams *grams) {
    if (!grams) return;
    neume__free(grams->keys), neume__free(grams->counts);
    neume__free(grams);
}

/* By the longest context that was ever seen. */
static int32_t next_by_grams(const lm_grams *g, const neume_tokens *tokens, int32_t count) {
    for (int n = ORDER; n >= 1; n--) {
        if (tokens->count + 1 < (size_t)n) continue;
        const uint64_t context = context_key(tokens->ids + tokens->count + 1 - n, n);
        uint32_t most = 0;
        int32_t best = -1;
        for (int32_t id = 0; id < count; id++) {
            const size_t at = find_slot(g, key_of(context, id));
            if (g->keys[at] && g->counts[at] > most) most = g->counts[at], best = id;
        }
        if (best >= 0) return best;
    }
    return -1;
}

neume_status lm_grams_write(const lm_grams *grams, const neume_vocabulary *vocabulary, const char *text, size_t size,
                            size_t longest, neume_buffer *out) {
    neume_tokens tokens = {0};
    neume_status status = neume_vocabulary_encode(vocabulary, text, size, &tokens);
    for (size_t i = 0; i < longest && !status; i++) {
        const int32_t id = next_by_grams(grams, &tokens, neume_vocabulary_count(vocabulary));
        size_t bytes = 0;
        const char *piece = id < 0 ? NULL : neume_vocabulary_text(vocabulary, id, &bytes);
        if (!bytes) break;
        status = neume_buffer_append(out, piece, bytes);
        if (!status) status = neume_tokens_add(&tokens, id);
        if (memchr(piece, '|', bytes)) break;
    }
    neume_tokens_clear(&tokens);
    return status;
}

/* --- guessing ----------------------------------------------------------------------------------------------------- */

static neume_status add_part(const neume_vocabulary *v, int32_t control, const char *text, size_t size,
                             neume_tokens *out) {
    NEUME_TRY(neume_tokens_add(out, control));
    return neume_vocabulary_encode(v, text, size, out);
}

static neume_status prompt_of(const neume_vocabulary *v, const tune *t, const lm_bar *bar, bool both_sides,
                              neume_tokens *out) {
    out->count = 0;
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_BEGIN));
    if (!both_sides) return neume_vocabulary_encode(v, t->text, bar->from, out);
    NEUME_TRY(add_part(v, NEUME_TOKEN_SUFFIX, t->text + bar->to, t->size - bar->to, out));
    NEUME_TRY(add_part(v, NEUME_TOKEN_PREFIX, t->text, bar->from, out));
    return neume_tokens_add(out, NEUME_TOKEN_MIDDLE);
}

static neume_status guess(lm_reader *reader, const tune *t, const lm_bar *bar, bool both_sides, neume_tokens *prompt,
                          double *right) {
    neume_buffer text = {0};
    NEUME_TRY(prompt_of(reader->vocabulary, t, bar, both_sides, prompt));
    const neume_status status =
        lm_reader_write(reader, prompt, both_sides ? NEUME_TOKEN_FILLED : -1, WRITTEN_LONGEST, &text);
    if (!status && text.size) *right += lm_same_bar(text.data, text.size, t->text + bar->from, bar->to - bar->from);
    neume_buffer_clear(&text);
    return status;
}

static neume_status guess_by_grams(const lm_grams *grams, const neume_vocabulary *v, const tune *t, const lm_bar *bar,
                                   double *right) {
    neume_buffer text = {0};
    const neume_status status = lm_grams_write(grams, v, t->text, bar->from, WRITTEN_LONGEST, &text);
    if (!status && text.size) *right += lm_same_bar(text.data, text.size, t->text + bar->from, bar->to - bar->from);
    neume_buffer_clear(&text);
    return status;
}

neume_status lm_eval_bars(lm_reader *reader, const tunes *set, const tunes *learnt,
                          const neume_lm_eval_options *options, const neume_progress *progress,
                          neume_lm_scores *scores) {
    lm_grams *grams = NULL;
    neume_tokens prompt = {0};
    neume_rng rng = neume_rng_seeded((uint64_t)options->seed, 43);
    if (learnt->count) NEUME_TRY(lm_grams_new(learnt, reader->vocabulary, &grams));
    neume_status status = NEUME_OK;
    for (int i = 0; i < options->bars && !status; i++) {
        const tune *t = &set->items[neume_rng_below(&rng, (int64_t)set->count)];
        lm_bar bar;
        if (t->size + WRITTEN_LONGEST + 8 > reader->context || !lm_choose_bar(t, &rng, &bar)) continue;
        scores->bars++;
        status = neume_cancelled() ? neume_fail(NEUME_ECANCELLED, "stopped")
                                   : guess(reader, t, &bar, true, &prompt, &scores->bar_filled);
        if (!status) status = guess(reader, t, &bar, false, &prompt, &scores->bar_continued);
        if (!status && grams) status = guess_by_grams(grams, reader->vocabulary, t, &bar, &scores->bar_grams);
        neume__progress(progress, i, options->bars);
    }
    if (scores->bars) {
        scores->bar_filled /= scores->bars, scores->bar_continued /= scores->bars;
        scores->bar_grams /= scores->bars;
    }
    neume_tokens_clear(&prompt);
    lm_grams_free(grams);
    return status;
}
