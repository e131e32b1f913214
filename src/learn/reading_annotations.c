/* Truths of two data sets: ASAP's and POP909's beats.
 *
 * ASAP annotates the beats of a performance and of its score line by line, so a moment of one is a moment of the other:
 * "2.3 lines from the top". A performed note and the score's note of that pitch nearest in lines are one, and the
 * score's lines know their bars: each played note gets its place on the page. */
#include "reading.h"

#include "neume/notation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEAR_LINES = 0.25; /* a quarter of a beat */
enum { GRID = 13440 };                 /* of a whole note: 1/128, and tuplets of 3, 5 and 7; MIDI's rounding goes */

typedef struct line {
    double time_s;
    bool downbeat, has_signature;
    neume_metre metre; /* beats 0: as before */
    int signature;
    int64_t at, ticks; /* found from the bars */
} line;
typedef struct lines {
    line *items;
    size_t item_count, item_capacity;
} lines;

/* --- ASAP's lines ------------------------------------------------------------------------------------------------- */

/* "db", "b", "bR", and perhaps ",4/4" and ",-3" */
static void read_label(const char *label, size_t bytes, line *out) {
    const char *end = label + bytes, *metre = memchr(label, ',', bytes);
    out->downbeat = bytes >= 2 && memcmp(label, "db", 2) == 0;
    if (!metre) return;
    const char *signature = memchr(metre + 1, ',', (size_t)(end - metre - 1)), *until = signature ? signature : end;
    if (!neume__metre_parse(metre + 1, (size_t)(until - metre - 1), &out->metre)) out->metre = (neume_metre){0};
    if (!signature || signature + 1 == end) return;
    char *after;
    out->signature = (int)strtol(signature + 1, &after, 10);
    out->has_signature = after > signature + 1 && out->signature >= -7 && out->signature <= 7;
}

static neume_status read_lines(const char *text, lines *out) {
    for (int number = 1; *text; number++) {
        const size_t length = strcspn(text, "\r\n");
        char *after;
        line next = {.time_s = strtod(text, &after)};
        if (length) {
            if (after == text || !isfinite(next.time_s)) return neume_fail(NEUME_EFORMAT, "line %d: no time", number);
            if (out->item_count && next.time_s < out->items[out->item_count - 1].time_s)
                return neume_fail(NEUME_EFORMAT, "line %d: before the line above", number);
            const char *end = text + length, *label = end;
            while (label > after && !strchr(" \t", label[-1])) label--;
            read_label(label, (size_t)(end - label), &next);
            NEUME_TRY(WRITTEN_MORE(out, item, items));
            out->items[out->item_count++] = next;
        }
        text += length;
        text += strspn(text, "\r\n");
    }
    return out->item_count ? NEUME_OK : neume_fail(NEUME_EFORMAT, "no annotations");
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

typedef struct span {
    size_t first, count; /* lines */
    neume_metre metre;
} span;
typedef struct spans {
    span *items;
    size_t item_count, item_capacity;
} spans;

/* A bar begins at each downbeat; beats before the first are a pickup of the metre that comes. */
static neume_status list_spans(const lines *all, spans *out) {
    neume_metre metre = {0};
    for (size_t i = 0; i < all->item_count && !metre.beats; i++) metre = all->items[i].metre;
    for (size_t i = 0; i < all->item_count; i++) {
        if (all->items[i].metre.beats) metre = all->items[i].metre;
        if (i > 0 && !all->items[i].downbeat) continue;
        if (out->item_count) out->items[out->item_count - 1].count = i - out->items[out->item_count - 1].first;
        NEUME_TRY(WRITTEN_MORE(out, item, items));
        out->items[out->item_count++] = (span){i, all->item_count - i, metre};
    }
    return NEUME_OK;
}

/* How many beats are usual in bars of that metre. */
static size_t usual_count(const spans *all, neume_metre metre) {
    enum { MOST = 33 };
    size_t seen[MOST] = {0}, best = 1;
    for (size_t i = 0; i < all->item_count; i++)
        if (neume__metre_same(all->items[i].metre, metre) && all->items[i].count < MOST) seen[all->items[i].count]++;
    for (size_t n = 2; n < MOST; n++)
        if (seen[n] > seen[best]) best = n;
    return best;
}

static neume_status place_lines(lines *all, neume_written *out) {
    spans bars = {0};
    int64_t at = 0;
    assert(all->items && all->item_count);
    neume_status status = list_spans(all, &bars);
    for (size_t b = 0; b < bars.item_count && !status; b++) {
        const span *bar = &bars.items[b];
        const int64_t beat = neume_metre_ticks(bar->metre) / (int64_t)usual_count(&bars, bar->metre);
        status = neume__written_add_bar(out, (neume_written_bar){at, beat * (int64_t)bar->count, bar->metre, 0});
        for (size_t i = bar->first; i < bar->first + bar->count; i++, at += beat)
            all->items[i].at = at, all->items[i].ticks = beat;
    }
    free(bars.items);
    return status;
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

/* A moment in lines; beyond the ends beats go on as long as the nearest. */
static double to_lines(const lines *all, double time_s) {
    size_t low = 0, high = all->item_count - 1;
    if (!high) return 0;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        *(all->items[middle].time_s <= time_s ? &low : &high) = middle;
    }
    const double step_s = all->items[low + 1].time_s - all->items[low].time_s;
    return (double)low + (step_s > 0 ? (time_s - all->items[low].time_s) / step_s : 0);
}

typedef struct struck {
    double lines, time_s;
    int16_t pitch;
    bool taken;
} struck;
typedef struct pair {
    double apart;
    size_t played, written;
} pair;
typedef struct pairs {
    pair *items;
    size_t item_count, item_capacity;
} pairs;

static int by_pitch(const void *left, const void *right) {
    const struck *a = left, *b = right;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    return a->lines < b->lines ? -1 : a->lines > b->lines;
}

static int by_distance(const void *left, const void *right) {
    const pair *a = left, *b = right;
    if (a->apart != b->apart) return a->apart < b->apart ? -1 : 1;
    if (a->played != b->played) return a->played < b->played ? -1 : 1;
    return a->written < b->written ? -1 : a->written > b->written;
}

static neume_status list_struck(const char *path, const lines *all, struck **out, size_t *count) {
    neume_notes notes = {0};
    NEUME_TRY(neume_notes_read_file(path, &notes));
    struck *list = neume__calloc(notes.count + 1, sizeof *list);
    for (size_t i = 0; list && i < notes.count; i++)
        list[i] = (struck){to_lines(all, notes.items[i].onset_s), notes.items[i].onset_s, notes.items[i].pitch, false};
    if (list) qsort(list, notes.count, sizeof *list, by_pitch);
    *out = list;
    *count = notes.count;
    neume_notes_clear(&notes);
    return list ? NEUME_OK : NEUME_ENOMEM;
}

static neume_place place_of(const struck *played, const struck *written, const lines *score) {
    const double last = (double)(score->item_count - 1);
    const line *from = &score->items[(size_t)fmin(fmax(floor(written->lines), 0), last)];
    const double into = written->lines - (double)(from - score->items);
    const int64_t unit = NEUME_WHOLE / GRID;
    const int64_t at = from->at + llround(into * (double)from->ticks);
    return (neume_place){
        .time_s = played->time_s, .at = llround((double)at / (double)unit) * unit, .voice = -1, .pitch = played->pitch};
}

/* Pairs each performed note with the nearest of the score, near pairs first. */
static neume_status pair_notes(struck *played, size_t n, struck *written, size_t m, const lines *score,
                               neume_written *out) {
    pairs all = {0};
    neume_status status = NEUME_OK;
    size_t first = 0;
    for (size_t i = 0; i < n; i++) {
        while (first < m &&
               (written[first].pitch < played[i].pitch ||
                (written[first].pitch == played[i].pitch && written[first].lines < played[i].lines - NEAR_LINES)))
            first++;
        for (size_t k = first;
             k < m && written[k].pitch == played[i].pitch && written[k].lines <= played[i].lines + NEAR_LINES; k++) {
            NEUME_GO(WRITTEN_MORE(&all, item, items));
            all.items[all.item_count++] = (pair){fabs(written[k].lines - played[i].lines), i, k};
        }
    }
    if (all.item_count) qsort(all.items, all.item_count, sizeof *all.items, by_distance);
    for (size_t i = 0; i < all.item_count; i++) {
        struck *p = &played[all.items[i].played], *w = &written[all.items[i].written];
        if (p->taken || w->taken) continue;
        p->taken = w->taken = true;
        NEUME_GO(neume__written_add_note(out, place_of(p, w, score)));
    }
fail:
    free(all.items);
    return status;
}

/* @p performance: the annotations' lines; @p paths: the performance, the score, the score's annotations. Values are not
 * told: a MIDI score shortens staccato. Nothing is placed when the annotations do not run side by side. */
static neume_status place_notes(const lines *performance, const neume_buffer paths[3], neume_written *out) {
    lines score = {0};
    neume_buffer text = {0};
    struck *played = NULL, *written = NULL;
    size_t n = 0, m = 0;
    neume_status status;
    NEUME_GO(neume_file_read(paths[2].data, NEUME_NOTATION_LIMIT_BYTES, &text));
    NEUME_GO(read_lines(text.data ? text.data : "", &score));
    if (score.item_count != performance->item_count) goto fail; /* nothing to go by */
    NEUME_GO(list_struck(paths[0].data, performance, &played, &n));
    NEUME_GO(list_struck(paths[1].data, &score, &written, &m));
    NEUME_GO(place_lines(&score, out));
    NEUME_GO(pair_notes(played, n, written, m, &score, out));
fail:
    neume_buffer_clear(&text);
    neume__free(played);
    neume__free(written);
    free(score.items);
    return status;
}

/* --- a whole file ------------------------------------------------------------------------------------------------- */

static bool is_there(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file) (void)fclose(file);
    return file != NULL;
}

/* The signature that stands for most lines. */
static void take_signature(const lines *all, neume_timeline *out) {
    size_t stands[15] = {0}, best = 7;
    int now = 99;
    for (size_t i = 0; i < all->item_count; i++) {
        if (all->items[i].has_signature) now = all->items[i].signature;
        if (now != 99) stands[now + 7]++;
    }
    for (size_t k = 0; k < 15; k++)
        if (stands[k] > stands[best]) best = k;
    if (!stands[best]) return;
    out->key = neume__key_of_signature((int)best - 7);
    out->has_key = true;
}

static neume_status take_lines(const char *path, lines *all, neume_reading *out) {
    static const char *const ending = "_annotations.txt";
    neume_buffer paths[3] = {{0}, {0}, {0}};
    neume_written bars = {0};
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < all->item_count; i++)
        NEUME_GO(neume__timeline_add_beat(&out->timeline, all->items[i].time_s, all->items[i].downbeat));
    take_signature(all, &out->timeline);
    NEUME_GO(place_lines(all, &bars));
    (void)neume__written_main_metre(&bars, &out->timeline.metre);
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int)(slash - path + 1) : 0;
    NEUME_GO(neume__sibling(path, ending, ".mid", &paths[0]));
    NEUME_GO(neume_buffer_print(&paths[1], "%.*smidi_score.mid", folder, path));
    NEUME_GO(neume_buffer_print(&paths[2], "%.*smidi_score_annotations.txt", folder, path));
    if (is_there(paths[0].data) && is_there(paths[1].data) && is_there(paths[2].data))
        NEUME_GO(place_notes(all, paths, &out->written));
fail:
    for (int i = 0; i < 3; i++) neume_buffer_clear(&paths[i]);
    neume_written_clear(&bars);
    return status;
}

neume_status neume__reading_from_asap(const char *path, const char *text, neume_reading *out) {
    lines all = {0};
    neume_status status = read_lines(text, &all);
    if (!status) status = take_lines(path, &all, out);
    free(all.items);
    return status;
}

/* --- POP909 ------------------------------------------------------------------------------------------------------- */

/* "1.46 225.99 Bb:maj" a line: the key that lasts longest. */
static void take_longest_key(const char *text, neume_timeline *out) {
    double longest_s = 0;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        char *after;
        const double start_s = strtod(text, &after), end_s = strtod(after, &after);
        after += strspn(after, " \t");
        const size_t bytes = strcspn(after, " \t\r\n");
        neume_key key;
        if (end_s - start_s <= longest_s || !neume__key_parse(after, bytes, &key)) continue;
        longest_s = end_s - start_s;
        out->key = key;
        out->has_key = true;
    }
}

/* "0.72 1.0 0.0" a line: time, whatever, is it a downbeat? Its metres are told in beats. */
neume_status neume__reading_from_pop909(const char *path, const char *text, neume_reading *out) {
    enum { MOST = 17 };
    size_t seen[MOST] = {0}, beats = 0, best = 0;
    while (*text) {
        char *after;
        const double time_s = strtod(text, &after);
        const char *second = after, *line_end = text + strcspn(text, "\n");
        if (after == text) break;
        (void)strtod(second, &after);
        const char *third = after;
        const bool downbeat = strtod(third, &after) > 0;
        if (after == third || after > line_end) return neume_fail(NEUME_EFORMAT, "a beat without its marks");
        if (downbeat && beats < MOST && out->timeline.downbeat_count) seen[beats]++;
        beats = downbeat ? 1 : beats + 1;
        NEUME_TRY(neume__timeline_add_beat(&out->timeline, time_s, downbeat));
        text = line_end + (*line_end == '\n');
    }
    if (!out->timeline.beat_count) return neume_fail(NEUME_EFORMAT, "no beats");
    for (size_t n = 1; n < MOST; n++)
        if (seen[n] > seen[best]) best = n;
    if (best) out->timeline.metre = (neume_metre){.beats = (int16_t)best, .unit = 4};
    neume_buffer key_path = {0}, keys = {0};
    neume_status status = neume__sibling(path, ".beat_midi.txt", ".key_audio.txt", &key_path);
    if (!status && is_there(key_path.data)) status = neume_file_read(key_path.data, 1 << 20, &keys);
    if (!status && keys.data) take_longest_key(keys.data, &out->timeline);
    neume_buffer_clear(&key_path);
    neume_buffer_clear(&keys);
    return status;
}
