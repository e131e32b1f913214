/* Does the grammar of tunes know how people write? What it refuses, the model can be never asked to write. */
#include "abc2midi.h"
#include "neume/learn.h"
#include "neume/lm_grammar.h"
#include "tunes.h"

#include <string.h>

enum { SHOWN_BEFORE = 40, SHOWN_BEHIND = 12, TITLE_BYTES = 60 };

/* As tunes are read that somebody else began. */
static const neume_grammar_options RULES = {
    .pickup_ticks = NEUME_GRAMMAR_PICKUP_FREE, .continuations = true, .loose = true};

/* @return the place of the first byte that the grammar refuses; size: that it ends there; SIZE_MAX: nothing */
static size_t refused_at(const char *text, size_t size) {
    neume_grammar g;
    neume_grammar_begin(&g, &RULES);
    for (size_t i = 0; i < size; i++)
        if (!neume_grammar_push(&g, text + i, 1)) return i;
    return neume_grammar_may_end(&g) ? SIZE_MAX : size;
}

static neume_status append_line(const char *from, const char *to, neume_buffer *out) {
    for (const char *c = from; c < to; c++) NEUME_TRY(neume_buffer_append(out, (unsigned char)*c < ' ' ? " " : c, 1));
    return NEUME_OK;
}

/* Its title, what was taken last, what was refused: apart by tabs. */
static neume_status tell(const char *text, size_t size, size_t at, neume_buffer *out) {
    const char *title = strstr(text, "\nT:");
    title = title ? title + 3 : "";
    const size_t length = strcspn(title, "\n"), shown = length < TITLE_BYTES ? length : TITLE_BYTES;
    const size_t from = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0,
                 to = size - at > SHOWN_BEHIND ? at + SHOWN_BEHIND : size;
    NEUME_TRY(append_line(title, title + shown, out));
    NEUME_TRY(neume_buffer_append(out, "\t", 1));
    NEUME_TRY(append_line(text + from, text + at, out));
    NEUME_TRY(neume_buffer_append(out, "\t", 1));
    NEUME_TRY(append_line(text + at, text + to, out));
    return neume_buffer_append(out, "\n", 1);
}

static neume_status judge(const tune *t, bool abc2midi, neume_grammar_scores *s, neume_buffer *refused) {
    neume_buffer text = {0};
    bool silent = true;
    neume_status status = neume_buffer_print(&text, "X:1\n%.*s", (int)t->size, t->text);
    if (!status && abc2midi) status = abc2midi_is_silent(text.data, text.size, &silent);
    const size_t at = status ? 0 : refused_at(text.data, text.size);
    s->tunes++;
    s->taken += at == SIZE_MAX;
    s->silent += silent;
    s->silent_taken += silent && at == SIZE_MAX;
    if (!status && silent && at != SIZE_MAX) status = tell(text.data, text.size, at, refused);
    neume_buffer_clear(&text);
    return status;
}

neume_status neume_grammar_evaluate(const char *path, const neume_progress *progress, neume_grammar_scores *out,
                                    neume_buffer *refused) {
    tunes set = {0};
    neume_grammar_scores s = {.abc2midi = abc2midi_installed()};
    neume_status status = tunes_add(&set, path, NULL);
    for (size_t i = 0; i < set.count && !status; i++) {
        status =
            neume_cancelled() ? neume_fail(NEUME_ECANCELLED, "stopped") : judge(&set.items[i], s.abc2midi, &s, refused);
        neume__progress(progress, (double)i + 1, (double)set.count);
    }
    if (!status) *out = s;
    tunes_clear(&set);
    return status;
}
