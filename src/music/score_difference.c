/* Where two scores differ in meaning: what print then parse must not change. Line ends and beams are looks, not
 * meaning; so items are compared with line ends left out. */
#include "neume/music.h"

#include <stdio.h>
#include <string.h>

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_key(const neume_key *a, const neume_key *b) {
    return a->tonic_step == b->tonic_step && a->tonic_alter == b->tonic_alter && a->mode == b->mode &&
           memcmp(a->alter, b->alter, sizeof a->alter) == 0;
}

static bool same_metre(const neume_metre *a, const neume_metre *b) {
    return a->beats == b->beats && a->unit == b->unit && a->sign == b->sign && same_text(a->sum, b->sum);
}

static bool same_tempo(const neume_tempo *a, const neume_tempo *b) {
    double distance = a->per_minute - b->per_minute;
    return a->beat == b->beat && distance < 1e-6 && distance > -1e-6 && same_text(a->text, b->text);
}

static bool same_bar(const neume_bar *a, const neume_bar *b) {
    return a->style == b->style && a->repeat_end == b->repeat_end && a->repeat_start == b->repeat_start &&
           same_text(a->ending, b->ending);
}

static bool same_sign(const neume_voice *a, const neume_item *x, const neume_voice *b, const neume_item *y) {
    switch (x->kind) {
    case NEUME_ITEM_BAR:
        return same_bar(&a->bars[x->first], &b->bars[y->first]);
    case NEUME_ITEM_KEY:
        return same_key(&a->keys[x->first], &b->keys[y->first]);
    case NEUME_ITEM_METRE:
        return same_metre(&a->metres[x->first], &b->metres[y->first]);
    case NEUME_ITEM_TEMPO:
        return same_tempo(&a->tempi[x->first], &b->tempi[y->first]);
    case NEUME_ITEM_CLEF:
        return memcmp(&a->clefs[x->first], &b->clefs[y->first], sizeof *a->clefs) == 0;
    default:
        return same_text(a->texts[x->first], b->texts[y->first]);
    }
}

static bool same_notes(const neume_voice *a, const neume_item *x, const neume_voice *b, const neume_item *y) {
    if (x->count != y->count) return false;
    for (int32_t i = 0; i < x->count; i++) {
        const neume_pitch *p = &a->pitches[x->first + i], *q = &b->pitches[y->first + i];
        if (p->step != q->step || p->alter != q->alter || p->octave != q->octave || p->tied != q->tied) return false;
    }
    return true;
}

static bool same_tuplet(const neume_voice *a, const neume_item *x, const neume_voice *b, const neume_item *y) {
    if ((x->tuplet < 0) != (y->tuplet < 0)) return false;
    return x->tuplet < 0 || (a->tuplets[x->tuplet].actual == b->tuplets[y->tuplet].actual &&
                             a->tuplets[x->tuplet].normal == b->tuplets[y->tuplet].normal);
}

static bool same_item(const neume_voice *a, const neume_item *x, const neume_voice *b, const neume_item *y) {
    if (x->kind != y->kind || x->at != y->at || x->ticks != y->ticks) return false;
    if (x->kind > NEUME_ITEM_REST) return same_sign(a, x, b, y);
    if (x->grace != y->grace || x->hidden != y->hidden || x->slurs_open != y->slurs_open ||
        x->slurs_close != y->slurs_close || x->bars != y->bars || x->velocity != y->velocity ||
        !same_tuplet(a, x, b, y))
        return false;
    return x->kind == NEUME_ITEM_REST || same_notes(a, x, b, y);
}

static size_t skip_breaks(const neume_voice *v, size_t i) {
    while (i < v->item_count && v->items[i].kind == NEUME_ITEM_BREAK) i++;
    return i;
}

typedef struct report {
    char *out;
    size_t size;
    const char *voice;
} report;

static const char *kind_name(int kind) {
    static const char *const names[] = {"notes", "rest", "bar",   "key",   "metre",
                                        "tempo", "clef", "label", "break", "directive"};
    return names[kind];
}

static bool items_differ(const neume_voice *a, const neume_voice *b, const report *r) {
    size_t i = skip_breaks(a, 0), j = skip_breaks(b, 0);
    while (i < a->item_count && j < b->item_count) {
        const neume_item *x = &a->items[i], *y = &b->items[j];
        if (!same_item(a, x, b, y)) {
            snprintf(r->out, r->size, "voice %s: item %zu (%s at %.6g, %.6g long) is item %zu (%s at %.6g, %.6g long)",
                     r->voice, i, kind_name(x->kind), (double)x->at / (double)NEUME_WHOLE,
                     (double)x->ticks / (double)NEUME_WHOLE, j, kind_name(y->kind), (double)y->at / (double)NEUME_WHOLE,
                     (double)y->ticks / (double)NEUME_WHOLE);
            return true;
        }
        i = skip_breaks(a, i + 1), j = skip_breaks(b, j + 1);
    }
    if (i < a->item_count || j < b->item_count) {
        snprintf(r->out, r->size, "voice %s: one ends after %zu items, the other after %zu", r->voice, i, j);
        return true;
    }
    return false;
}

/* Ranks of items without line ends, so that words are compared by what they hang on. */
static int32_t rank_of(const neume_voice *v, int32_t item, int32_t *counted, int32_t *rank) {
    for (; *counted < item; ++*counted) *rank += v->items[*counted].kind != NEUME_ITEM_BREAK;
    return *rank;
}

/* Behind the words of the same item. */
static size_t words_end(const neume_voice *v, size_t at) {
    size_t end = at;
    while (end < v->words_count && v->words[end].item == v->words[at].item) end++;
    return end;
}

static size_t count_words(const neume_voice *v, size_t from, size_t to, const neume_words *like) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        const neume_words *w = &v->words[i];
        count += w->kind == like->kind && w->verse == like->verse && same_text(w->text, like->text);
    }
    return count;
}

/* The words of an item say the same in any order. */
static bool words_differ(const neume_voice *a, const neume_voice *b, const report *r) {
    int32_t counted_a = 0, rank_a = 0, counted_b = 0, rank_b = 0;
    for (size_t i = 0, j = 0; i < a->words_count || j < b->words_count;) {
        const size_t end_a = words_end(a, i), end_b = words_end(b, j);
        bool same =
            end_a > i && end_a - i == end_b - j &&
            rank_of(a, a->words[i].item, &counted_a, &rank_a) == rank_of(b, b->words[j].item, &counted_b, &rank_b);
        for (size_t k = i; k < end_a && same; k++)
            same = count_words(a, i, end_a, &a->words[k]) == count_words(b, j, end_b, &a->words[k]);
        if (!same) {
            snprintf(r->out, r->size, "voice %s: words %zu '%s' are '%s'", r->voice, i,
                     i < a->words_count ? a->words[i].text : "", j < b->words_count ? b->words[j].text : "");
            return true;
        }
        i = end_a, j = end_b;
    }
    return false;
}

static bool voices_differ(const neume_voice *a, const neume_voice *b, const report *r) {
    if (!same_text(a->id, b->id) || !same_text(a->name, b->name) || !same_text(a->short_name, b->short_name) ||
        a->program != b->program || a->channel != b->channel || a->transpose != b->transpose ||
        memcmp(&a->clef, &b->clef, sizeof a->clef) != 0) {
        snprintf(r->out, r->size, "voice %s: its name, instrument or clef", r->voice);
        return true;
    }
    return items_differ(a, b, r) || words_differ(a, b, r);
}

static bool heads_differ(const neume_score *a, const neume_score *b, const report *r) {
    const char *what = NULL;
    if (!same_key(&a->key, &b->key)) what = "the key";
    if (!same_metre(&a->metre, &b->metre)) what = "the metre";
    if (!same_tempo(&a->tempo, &b->tempo)) what = "the tempo";
    if (!same_text(a->layout, b->layout)) what = "the layout of voices";
    if (a->voice_count != b->voice_count) what = "the number of voices";
    if (a->field_count != b->field_count) what = "the number of fields";
    for (size_t i = 0; !what && i < a->field_count; i++)
        if (a->fields[i].letter != b->fields[i].letter || !same_text(a->fields[i].text, b->fields[i].text))
            what = "a field";
    if (what) snprintf(r->out, r->size, "%s", what);
    return what != NULL;
}

void neume_score_difference(const neume_score *a, const neume_score *b, char *out, size_t size) {
    report r = {out, size, ""};
    *out = '\0';
    if (heads_differ(a, b, &r)) return;
    for (size_t i = 0; i < a->voice_count; i++) {
        r.voice = a->voices[i].id;
        if (voices_differ(&a->voices[i], &b->voices[i], &r)) return;
    }
}
