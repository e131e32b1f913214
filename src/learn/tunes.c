#include "tunes.h"

#include "neume/music.h"
#include "neume/notation.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_LIMIT_BYTES = 256 << 20, BARS_MOST = 64, VOICES_MOST = 8 };

/* --- what can be wished of a tune --------------------------------------------------------------------------------- */

typedef struct word_pair {
    const char *word, *meaning;
} word_pair;

static const word_pair sources[] = {
    {"thesession", "session"}, {"oneill1850", "oneill"},     {"aird", "aird"},     {"ryan", "ryan"},
    {"openhymnal", "hymnal"},  {"nottingham", "nottingham"}, {"miscfolk", "folk"},
};

/* In this order: "slip jig" before "jig". */
static const word_pair rhythms[] = {
    {"slip jig", "slipjig"},  {"slipjig", "slipjig"},       {"slide", "slide"},         {"jig", "jig"},
    {"hornpipe", "hornpipe"}, {"strathspey", "strathspey"}, {"reel", "reel"},           {"polka", "polka"},
    {"waltz", "waltz"},       {"mazurka", "mazurka"},       {"barndance", "barndance"}, {"barn dance", "barndance"},
    {"march", "march"},       {"clog", "hornpipe"},         {"fling", "barndance"},     {"air", "air"},
};

static const char *contains_word(const char *text, const word_pair *pairs, size_t count) {
    for (size_t i = 0; text && i < count; i++)
        if (strcasestr(text, pairs[i].word)) return pairs[i].meaning;
    return NULL;
}

static size_t count_of(const tune *t, char sign) {
    size_t n = 0;
    for (size_t i = t->body; i < t->size; i++) n += t->text[i] == sign;
    return n;
}

/* Where neither R: nor the title says it: by metre, and by how it is dotted. */
static const char *rhythm_by_metre(const tune *t, neume_metre metre) {
    const struct {
        int beats, unit;
        const char *rhythm;
    } usual[] = {{6, 8, "jig"}, {9, 8, "slipjig"}, {12, 8, "slide"}, {3, 4, "waltz"}, {2, 4, "polka"}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (metre.beats == usual[i].beats && metre.unit == usual[i].unit) return usual[i].rhythm;
    if (!((metre.beats == 4 && metre.unit == 4) || (metre.beats == 2 && metre.unit == 2))) return NULL;
    const size_t dotted = count_of(t, '>'), snapped = count_of(t, '<');
    if (dotted < (size_t)t->bars) return "reel";
    return snapped * 3 > dotted ? "strathspey" : "hornpipe";
}

static int64_t end_of(const neume_voice *voice) {
    return voice->item_count ? voice->items[voice->item_count - 1].at + voice->items[voice->item_count - 1].ticks : 0;
}

static void know_tune(tune *t, const neume_score *score) {
    const int64_t bar = neume_metre_ticks(score->metre);
    int64_t end = 0;
    for (size_t i = 0; i < score->voice_count; i++)
        if (end_of(&score->voices[i]) > end) end = end_of(&score->voices[i]);
    t->bars = bar > 0 ? (int)(end / bar) : 0;
    t->voices = (int)score->voice_count;
    enum { SOURCES = sizeof sources / sizeof *sources, RHYTHMS = sizeof rhythms / sizeof *rhythms };
    if (!t->source) t->source = contains_word(neume_score_text(score, 'S'), sources, SOURCES);
    if (t->source && strcmp(t->source, "hymnal") == 0) t->rhythm = "chorale";
    if (!t->rhythm) t->rhythm = contains_word(neume_score_text(score, 'R'), rhythms, RHYTHMS);
    if (!t->rhythm && t->voices == 1) t->rhythm = contains_word(neume_score_text(score, 'T'), rhythms, RHYTHMS - 1);
    if (!t->rhythm && t->voices == 1) t->rhythm = rhythm_by_metre(t, score->metre);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Behind X:, up to the last line that is not empty. */
static tune trim(const char *text, size_t size) {
    const char *first = memchr(text, '\n', size);
    if (first && size > 2 && text[0] == 'X' && text[1] == ':') {
        size -= (size_t)(first + 1 - text);
        text = first + 1;
    }
    while (size > 1 && text[size - 1] == '\n' && text[size - 2] == '\n') size--;
    tune t = {.text = text, .size = size, .body = size};
    for (size_t i = 0; i + 1 < size; i++)
        if ((i == 0 || text[i - 1] == '\n') && text[i] == 'K' && text[i + 1] == ':') {
            t.body = i;
            break;
        }
    return t;
}

static neume_status add_tune(tunes *set, const char *text, size_t size, const char *source) {
    tune t = trim(text, size);
    neume_score *score = NULL;
    neume_abc_place place = {0};
    const neume_status status = neume_abc_read(text, size, &place, NULL, &score);
    if (status == NEUME_ENOMEM) return status;
    if (status || t.body == t.size) {
        neume_score_free(score);
        set->refused++;
        return NEUME_OK;
    }
    t.source = source;
    know_tune(&t, score);
    neume_score_free(score);
    NEUME_TRY(neume__grow((void **)&set->items, &set->capacity, set->count + 1, sizeof *set->items));
    set->items[set->count++] = t;
    return NEUME_OK;
}

/* The line behind this one that begins a tune. */
static const char *next_tune(const char *from, const char *end) {
    for (const char *line = memchr(from, '\n', (size_t)(end - from)); line && line + 3 <= end;
         line = memchr(line + 1, '\n', (size_t)(end - line - 1)))
        if (line[1] == 'X' && line[2] == ':') return line + 1;
    return end;
}

neume_status tunes_add(tunes *set, const char *path, const char *source) {
    neume_buffer file = {0};
    NEUME_TRY(neume_file_read(path, TEXT_LIMIT_BYTES, &file));
    neume_status status =
        neume__grow((void **)&set->files, &set->file_capacity, set->file_count + 1, sizeof *set->files);
    if (status) {
        neume_buffer_clear(&file);
        return status;
    }
    set->files[set->file_count++] = file;
    const size_t before = set->count;
    const char *end = file.data + file.size;
    for (const char *at = file.data, *next; at < end && !status; at = next) {
        next = next_tune(at, end);
        if (at[0] == 'X') status = add_tune(set, at, (size_t)(next - at), source);
    }
    if (!status && set->count == before) return neume_fail(NEUME_EFORMAT, "%s: there is no tune in it", path);
    return status;
}

void tunes_clear(tunes *set) {
    for (size_t i = 0; i < set->file_count; i++) neume_buffer_clear(&set->files[i]);
    neume__free(set->files);
    neume__free(set->items);
    *set = (tunes){0};
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

static neume_status add_wish(const neume_vocabulary *vocabulary, const char *kind, const char *value,
                             neume_tokens *out) {
    char name[64];
    snprintf(name, sizeof name, "%s:%s", kind, value);
    const int32_t id = neume_vocabulary_control(vocabulary, name);
    return id < 0 ? NEUME_OK : neume_tokens_add(out, id);
}

neume_status tune_wishes(const tune *t, const neume_vocabulary *vocabulary, double told, neume_rng *rng,
                         neume_tokens *out) {
    char bars[16], voices[16];
    snprintf(bars, sizeof bars, "%d", t->bars);
    snprintf(voices, sizeof voices, "%d", t->voices);
    const struct {
        const char *kind, *value;
    } wishes[] = {{NEUME_WISH_SOURCE, t->source},
                  {NEUME_WISH_RHYTHM, t->rhythm},
                  {NEUME_WISH_VOICES, t->voices >= 1 && t->voices <= VOICES_MOST ? voices : NULL},
                  {NEUME_WISH_BARS, t->bars >= 1 && t->bars <= BARS_MOST ? bars : NULL}};
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        const bool tell = told >= 1 || neume_rng_chance(rng, told);
        if (tell && wishes[i].value) NEUME_TRY(add_wish(vocabulary, wishes[i].kind, wishes[i].value, out));
    }
    return NEUME_OK;
}

/* The tune in its own or another key. */
static neume_status draw_text(const tune *t, const tune_drawing *how, neume_rng *rng, neume_buffer *out) {
    int least, most;
    if (!neume_rng_chance(rng, how->shifted) || !tune_shift_range(t->text, t->size, &least, &most))
        return neume_buffer_append(out, t->text, t->size);
    if (least < -5) least = -5;
    if (most > 5) most = 5;
    const int fifths = least + (int)neume_rng_below(rng, most - least + 1);
    return tune_shift(t->text, t->size, fifths, out);
}

typedef struct gap {
    size_t from, to; /* bytes */
} gap;

static size_t line_start(const char *text, size_t size, size_t at) {
    if (at > size) at = size;
    while (at > 0 && text[at - 1] != '\n') at--;
    return at;
}

/* Behind the next bar line. */
static size_t behind_bar(const char *text, size_t size, size_t at) {
    while (at < size && text[at] != '|') at++;
    while (at < size && strchr("|:]12[", text[at])) at++;
    return at;
}

static size_t body_of(const char *text, size_t size) {
    for (size_t i = 0; i + 2 < size; i++)
        if ((i == 0 || text[i - 1] == '\n') && text[i] == 'K' && text[i + 1] == ':') {
            const char *end = memchr(text + i, '\n', size - i);
            return end ? (size_t)(end + 1 - text) : size;
        }
    return 0;
}

/* The title, or else: four gaps in nine are some bars, two whole lines, the rest anywhere (Bavarian et al. 2022 cut
 * between any characters). */
static gap draw_gap(const char *text, size_t size, double titles, neume_rng *rng) {
    const size_t body = body_of(text, size), room = size - body;
    gap g = {0};
    if (neume_rng_chance(rng, titles) && size > 2 && text[0] == 'T' && text[1] == ':') {
        const char *end = memchr(text, '\n', size);
        return (gap){2, end ? (size_t)(end - text) : size};
    }
    if (room < 4) return (gap){size, size};
    const int64_t kind = neume_rng_below(rng, 9);
    g.from = body + (size_t)neume_rng_below(rng, (int64_t)room);
    g.to = body + (size_t)neume_rng_below(rng, (int64_t)room);
    if (kind < 4) {
        g.from = neume_rng_chance(rng, .1) ? body : behind_bar(text, size, g.from);
        g.to = g.from;
        for (int64_t bars = 1 + neume_rng_below(rng, 8); bars > 0; bars--) g.to = behind_bar(text, size, g.to);
    } else if (kind < 6) {
        g.from = line_start(text, size, g.from), g.to = line_start(text, size, g.to);
    }
    return g.from <= g.to ? g : (gap){g.to, g.from};
}

static neume_status add_part(const neume_vocabulary *vocabulary, int32_t control, const char *text, size_t size,
                             neume_tokens *out) {
    NEUME_TRY(neume_tokens_add(out, control));
    return neume_vocabulary_encode(vocabulary, text, size, out);
}

/* What is behind a gap is told first: then what is before it and what fills it are one text. */
static neume_status add_gapped(const char *text, size_t size, const neume_vocabulary *vocabulary, gap g,
                               neume_tokens *out) {
    NEUME_TRY(add_part(vocabulary, NEUME_TOKEN_SUFFIX, text + g.to, size - g.to, out));
    NEUME_TRY(add_part(vocabulary, NEUME_TOKEN_PREFIX, text, g.from, out));
    NEUME_TRY(add_part(vocabulary, NEUME_TOKEN_MIDDLE, text + g.from, g.to - g.from, out));
    return neume_tokens_add(out, NEUME_TOKEN_FILLED);
}

/* The text's head, and from a line drawn at random what fits behind it. */
static neume_status add_window(const char *text, size_t size, const neume_vocabulary *vocabulary, size_t longest,
                               neume_rng *rng, neume_tokens *out) {
    const size_t body = body_of(text, size);
    size_t from = body;
    if (neume_rng_chance(rng, .7) && size > body)
        from = line_start(text, size, body + (size_t)neume_rng_below(rng, (int64_t)(size - body)));
    if (from < body) from = body;
    NEUME_TRY(neume_vocabulary_encode(vocabulary, text, body, out));
    NEUME_TRY(neume_vocabulary_encode(vocabulary, text + from, size - from, out));
    if (out->count > longest) out->count = longest;
    return NEUME_OK;
}

neume_status tune_draw(const tune *t, const neume_vocabulary *vocabulary, const tune_drawing *how, neume_rng *rng,
                       neume_tokens *out, size_t *given) {
    const size_t start = out->count;
    neume_buffer text = {0};
    neume_status status = draw_text(t, how, rng, &text);
    if (!status) status = neume_tokens_add(out, NEUME_TOKEN_BEGIN);
    if (!status && neume_rng_chance(rng, how->wished)) status = tune_wishes(t, vocabulary, .8, rng, out);
    const size_t head = out->count;
    if (!status && neume_rng_chance(rng, how->gaps)) {
        const gap g = draw_gap(text.data, text.size, how->titles, rng);
        status = add_gapped(text.data, text.size, vocabulary, g, out);
        if (!status && out->count - start <= how->longest) goto done;
        out->count = head;
    }
    if (!status) status = neume_vocabulary_encode(vocabulary, text.data, text.size, out);
    if (!status) status = neume_tokens_add(out, NEUME_TOKEN_END);
    if (!status && out->count - start > how->longest) {
        out->count = head;
        status = add_window(text.data, text.size, vocabulary, start + how->longest, rng, out);
    }
done:
    neume_buffer_clear(&text);
    *given = head - start;
    return status;
}
