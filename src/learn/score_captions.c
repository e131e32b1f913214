/* Captions against lists of aspects: MusicCaps (Agostinelli et al. 2023), where one person wrote both for each clip. */
#include "neume/learn_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The clips' texts, cut out of the table in place. */
typedef struct clips {
    char *text;
    const char **captions, **aspects;
    size_t count, capacity;
} clips;

static void clear(clips *c) {
    neume__free(c->text);
    neume__free((void *)c->captions);
    neume__free((void *)c->aspects);
}

/* Takes a field (RFC 4180: quoted ones may hold commas, line ends and doubled quotes) and ends it with a zero.
 * @return it; *last: it ends its row. NULL: there is none */
static char *take_field(char **at, bool *last) {
    char *from = *at, *to = *at, *read = *at;
    bool quoted = *read == '"';
    if (!*read) return NULL;
    if (quoted) read++;
    for (; *read; read++) {
        if (*read == '"' && quoted) {
            if (read[1] != '"') {
                quoted = false;
                continue;
            }
            read++;
        } else if (!quoted && (*read == ',' || *read == '\n'))
            break;
        if (*read != '\r' || quoted) *to++ = *read;
    }
    *last = *read != ',';
    *at = *read ? read + 1 : read;
    *to = '\0';
    return from;
}

enum { COLUMNS_MOST = 64 };

/* Reads a row's fields; @return how many there were */
static size_t take_row(char **at, char *fields[COLUMNS_MOST]) {
    size_t count = 0;
    bool last = false;
    while (!last && count < COLUMNS_MOST) {
        char *field = take_field(at, &last);
        if (!field) break;
        fields[count++] = field;
    }
    return count;
}

static size_t column_of(char *const fields[], size_t count, const char *name) {
    size_t i = 0;
    while (i < count && strcmp(fields[i], name) != 0) i++;
    return i;
}

static neume_status read_clips(const char *csv, size_t bytes, clips *out) {
    char *fields[COLUMNS_MOST];
    out->text = neume__alloc(bytes + 1);
    if (!out->text) return NEUME_ENOMEM;
    memcpy(out->text, csv, bytes);
    out->text[bytes] = '\0';
    char *at = out->text;
    const size_t columns = take_row(&at, fields), caption = column_of(fields, columns, "caption"),
                 aspects = column_of(fields, columns, "aspect_list");
    if (caption == columns || aspects == columns)
        return neume_fail(NEUME_EFORMAT, "CSV: no columns caption and aspect_list in the first line");
    for (size_t count; (count = take_row(&at, fields)) > 0;) {
        if (count <= caption || count <= aspects) continue;
        size_t capacity = out->capacity;
        NEUME_TRY(neume__grow((void **)&out->captions, &capacity, out->count + 1, sizeof *out->captions));
        NEUME_TRY(neume__grow((void **)&out->aspects, &out->capacity, out->count + 1, sizeof *out->aspects));
        out->captions[out->count] = fields[caption];
        out->aspects[out->count++] = fields[aspects];
    }
    return out->count ? NEUME_OK : neume_fail(NEUME_EFORMAT, "CSV: no clips");
}

/* Brings a random choice to the front (Fisher & Yates). */
static void choose(clips *c, size_t wanted, uint64_t seed) {
    neume_rng rng = neume_rng_seeded(seed, 0);
    for (size_t i = 0; i < wanted; i++) {
        const size_t j = i + (size_t)neume_rng_below(&rng, (int64_t)(c->count - i));
        const char *caption = c->captions[i], *aspects = c->aspects[i];
        c->captions[i] = c->captions[j], c->aspects[i] = c->aspects[j];
        c->captions[j] = caption, c->aspects[j] = aspects;
    }
    c->count = wanted;
}

static double rank_of(const float *scores, size_t count, size_t own) {
    double better = 0, equal = 0;
    for (size_t i = 0; i < count; i++) {
        better += scores[i] > scores[own];
        equal += scores[i] == scores[own] && i != own;
    }
    return 1 + better + equal / 2;
}

/* The rank of each caption's own list. */
static neume_status rank_all(const neume_words *words, const neume_search_options *options, const clips *c,
                             double *ranks) {
    neume_search *search = NULL;
    float *scores = neume__calloc(c->count, sizeof *scores);
    neume_status status = scores ? neume_search_new(words, options, c->aspects, c->count, &search) : NEUME_ENOMEM;
    for (size_t i = 0; i < c->count && !status; i++) {
        status = neume_search_score(search, c->captions[i], scores);
        ranks[i] = rank_of(scores, c->count, i);
    }
    neume_search_free(search);
    neume__free(scores);
    return status;
}

/* @param ranks (searches, clips) */
static void sum_up(const double *ranks, size_t count, neume_caption_scores *out) {
    const double n = (double)count, *damped = ranks + NEUME_CAPTIONS_DAMPED * count,
                 *expanded = ranks + NEUME_CAPTIONS_EXPANDED * count;
    double squares = 0;
    *out = (neume_caption_scores){.clips = count};
    for (size_t k = 0; k < NEUME_CAPTIONS_SEARCHES; k++)
        for (size_t i = 0; i < count; i++) {
            out->mrr[k] += 1 / ranks[k * count + i] / n;
            out->first[k] += (ranks[k * count + i] <= 1) / n;
        }
    for (size_t i = 0; i < count; i++) squares += pow(1 / expanded[i] - 1 / damped[i], 2) / n;
    out->difference = out->mrr[NEUME_CAPTIONS_EXPANDED] - out->mrr[NEUME_CAPTIONS_DAMPED];
    out->standard_error = sqrt(fmax(0, squares - out->difference * out->difference) / n);
}

neume_status neume_captions_score(const neume_words *words, const char *csv, size_t bytes, size_t clip_count,
                                  uint64_t seed, neume_caption_scores *out) {
    neume_search_options searches[NEUME_CAPTIONS_SEARCHES] = {neume_search_plain(), neume_search_plain(),
                                                              neume_search_expanded()};
    clips c = {0};
    double *ranks = NULL;
    searches[NEUME_CAPTIONS_DAMPED].damped_query = true;
    neume_status status = read_clips(csv, bytes, &c);
    if (!status) choose(&c, clip_count < c.count ? clip_count : c.count, seed);
    if (!status && !(ranks = neume__calloc(NEUME_CAPTIONS_SEARCHES * c.count, sizeof *ranks))) status = NEUME_ENOMEM;
    for (size_t k = 0; k < NEUME_CAPTIONS_SEARCHES && !status; k++)
        status = rank_all(words, &searches[k], &c, ranks + k * c.count);
    if (!status) sum_up(ranks, c.count, out);
    neume__free(ranks);
    clear(&c);
    return status;
}
