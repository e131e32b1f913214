/* Scores of several voices as tunes: what they play and nothing said about it, a bar a line, the voices side by side:
 * "[V:1] c2 d2 | [V:2] C4 |", sixteen bars a tune. So a model that writes bar after bar always knows what the other
 * voices do. */
#include "neume/learn.h"
#include "neume/music.h"
#include "neume/notation.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXCERPT_BARS = 16, PATH_LONGEST = 4096 };

static bool is_wanted(const neume_item *item) {
    return item->kind <= NEUME_ITEM_REST || item->kind == NEUME_ITEM_BAR || item->kind == NEUME_ITEM_KEY ||
           item->kind == NEUME_ITEM_METRE;
}

/* Only notes, bars, keys and metres are left, and every bar ends its line. */
static neume_status strip_voice(neume_voice *voice) {
    const size_t count = voice->item_count;
    neume_item *items = neume__alloc((count ? count : 1) * sizeof *items);
    if (!items) return NEUME_ENOMEM;
    memcpy(items, voice->items, count * sizeof *items);
    voice->item_count = voice->words_count = 0;
    voice->name = voice->short_name = NULL;
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < count && !status; i++) {
        neume_item item = items[i];
        if (!is_wanted(&item) || item.grace) continue;
        item.bars = 0, item.slurs_open = item.slurs_close = 0;
        status = neume_voice_add_item(voice, item);
        const neume_item line_end = {.kind = NEUME_ITEM_BREAK, .at = item.at, .tuplet = -1};
        if (!status && item.kind == NEUME_ITEM_BAR) status = neume_voice_add_item(voice, line_end);
    }
    neume__free(items);
    return status;
}

static neume_status strip(neume_score *score) {
    size_t fields = 0;
    for (size_t i = 0; i < score->field_count; i++)
        if (score->fields[i].letter == 'T' && !fields) score->fields[fields++] = score->fields[i];
    score->field_count = fields;
    score->tempo = (neume_tempo){0};
    score->layout = NULL;
    for (size_t i = 0; i < score->voice_count; i++) NEUME_TRY(strip_voice(&score->voices[i]));
    return NEUME_OK;
}

static bool begins(const char *line, const char *with) {
    return strncmp(line, with, strlen(with)) == 0;
}

static size_t line_size(const char *line) {
    const char *end = strchr(line, '\n');
    return end ? (size_t)(end + 1 - line) : strlen(line);
}

/* What follows "V:1" and "%%MIDI program 40" lines. */
static const char *skip_signs(const char *line) {
    while (*line && !begins(line, "[V:")) line += line_size(line);
    return line;
}

/* The next bar: one line of every voice, made one line; false: there is none in which all voices play, or it brings
 * another key or metre, or its bar line cannot be seen. */
static neume_status next_bar(const char **at, size_t voices, neume_buffer *out, bool *there) {
    *there = false;
    out->size = 0;
    for (size_t i = 1; i <= voices; i++) {
        char voice[32];
        const char *line = skip_signs(*at);
        const size_t size = line_size(line);
        snprintf(voice, sizeof voice, "[V:%zu] ", i);
        if (!*line || !begins(line, voice)) return NEUME_OK;
        static const char *const strange[] = {"[K:", "[M:", "[|]"};
        for (size_t k = 0; k < sizeof strange / sizeof *strange; k++)
            if (memmem(line, size, strange[k], 3)) return NEUME_OK;
        NEUME_TRY(neume_buffer_append(out, line, size - (line[size - 1] == '\n')));
        NEUME_TRY(neume_buffer_append(out, i < voices ? " " : "\n", 1));
        *at = line + size;
    }
    *there = true;
    return NEUME_OK;
}

/* The fields, without the title when it is not the beginning. */
static neume_status put_head(const char *text, int number, bool title, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "X:%d\n", number));
    for (const char *line = text + line_size(text); *line; line += line_size(line)) {
        if (title || !begins(line, "T:")) NEUME_TRY(neume_buffer_append(out, line, line_size(line)));
        if (begins(line, "K:")) break;
    }
    return NEUME_OK;
}

static neume_status put_excerpts(const char *text, size_t voices, int *number, neume_buffer *out) {
    neume_buffer bar = {0};
    const char *at = strstr(text, "\nK:");
    bool there = at != NULL;
    neume_status status = NEUME_OK;
    for (int bars = 0; there && !status; bars++) {
        status = next_bar(&at, voices, &bar, &there);
        if (status || !there) break;
        if (bars % EXCERPT_BARS == 0) status = put_head(text, ++*number, bars == 0, out);
        if (!status) status = neume_buffer_append(out, bar.data, bar.size);
        if (!status && (bars + 1) % EXCERPT_BARS == 0) status = neume_buffer_append(out, "\n", 1);
    }
    neume_buffer_clear(&bar);
    return status ? status : neume_buffer_append(out, "\n", 1);
}

static neume_status put_tunes(neume_score *score, int *number, neume_buffer *out) {
    neume_buffer text = {0};
    neume_status status = strip(score);
    if (!status) status = neume_abc_write(score, 1, &text);
    if (!status) status = put_excerpts(text.data, score->voice_count, number, out);
    neume_buffer_clear(&text);
    return status;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static neume_status add_file(const char *path, neume_tune_counts *counts, neume_buffer *out) {
    neume_buffer bytes = {0};
    neume_score *score = NULL;
    NEUME_TRY(neume_file_read(path, NEUME_NOTATION_LIMIT_BYTES, &bytes));
    neume_status status = neume_score_read(path, bytes.data, bytes.size, NULL, &score);
    neume_buffer_clear(&bytes);
    const int voices = status ? 0 : (int)score->voice_count;
    const bool wanted = voices >= counts->least_voices && voices <= counts->most_voices;
    if (wanted) status = put_tunes(score, &counts->tunes, out);
    neume_score_free(score);
    *(wanted ? &counts->scores : &counts->left_out) += 1;
    return status == NEUME_ENOMEM ? status : NEUME_OK;
}

neume_status neume_tunes_from_scores(const char *path, neume_tune_counts *counts, neume_buffer *out) {
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) return add_file(path, counts, out);
    neume_status status = NEUME_OK;
    for (int i = 0; i < count; i++) {
        char name[PATH_LONGEST];
        const bool fits = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name) < (int)sizeof name;
        if (!status && fits && entries[i]->d_name[0] != '.') status = neume_tunes_from_scores(name, counts, out);
        free(entries[i]);
    }
    free(entries);
    return status;
}
