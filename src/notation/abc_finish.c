/* The end of a tune: overlays are given their owner's bar lines, words are put in the order of their notes. */
#include "abc.h"

#include <stdlib.h>
#include <string.h>

/* --- words -------------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    neume_words words;
    size_t rank;
} ranked;

static int by_item(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->words.item != y->words.item) return x->words.item < y->words.item ? -1 : 1;
    if (x->words.kind != y->words.kind) return x->words.kind - y->words.kind;
    if (x->words.verse != y->words.verse) return x->words.verse - y->words.verse;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static neume_status order_words(neume_voice *voice) {
    if (!voice->words_count) return NEUME_OK;
    ranked *all = neume__calloc(voice->words_count, sizeof *all);
    if (!all) return NEUME_ENOMEM;
    for (size_t i = 0; i < voice->words_count; i++) all[i] = (ranked){voice->words[i], i};
    qsort(all, voice->words_count, sizeof *all, by_item);
    for (size_t i = 0; i < voice->words_count; i++) voice->words[i] = all[i].words;
    neume__free(all);
    return NEUME_OK;
}

/* --- overlays ----------------------------------------------------------------------------------------------------- */

/* An overlay's items with the signs of its owner between them and hidden rests where it says nothing. */
typedef struct weaving {
    const neume_voice *owner;
    neume_voice *overlay, woven;
    int32_t *moved; /* where an item of the overlay has gone */
    int64_t at;
} weaving;

static neume_status fill(weaving *w, int64_t until) {
    if (until <= w->at) return NEUME_OK;
    neume_item rest = {.at = w->at, .ticks = until - w->at, .kind = NEUME_ITEM_REST, .hidden = true, .tuplet = -1};
    w->at = until;
    return neume_voice_add_item(&w->woven, rest);
}

static neume_status weave_sign(weaving *w, const neume_item *sign) {
    const neume_voice *o = w->owner;
    NEUME_TRY(fill(w, sign->at));
    const int64_t at = sign->at > w->at ? sign->at : w->at; /* inside a long note: behind it */
    switch (sign->kind) {
    case NEUME_ITEM_BAR:
        return neume_voice_add_bar(&w->woven, at, o->bars[sign->first]);
    case NEUME_ITEM_KEY:
        return neume_voice_add_key(&w->woven, at, o->keys[sign->first]);
    case NEUME_ITEM_METRE:
        return neume_voice_add_metre(&w->woven, at, o->metres[sign->first]);
    case NEUME_ITEM_LABEL:
        return neume_voice_add_text(&w->woven, at, NEUME_ITEM_LABEL, o->texts[sign->first]);
    default:
        return NEUME_OK;
    }
}

static neume_status weave_note(weaving *w, size_t i) {
    neume_item item = w->overlay->items[i];
    item.bars = 0; /* it was a bar of the metre there, and may now stand before that metre's sign */
    NEUME_TRY(fill(w, item.at));
    w->moved[i] = (int32_t)w->woven.item_count;
    NEUME_TRY(neume_voice_add_item(&w->woven, item));
    if (!item.grace) w->at = item.at + item.ticks;
    return NEUME_OK;
}

static neume_status weave(weaving *w) {
    size_t i = 0;
    for (size_t s = 0; s < w->owner->item_count; s++) {
        const neume_item *sign = &w->owner->items[s];
        if (sign->kind <= NEUME_ITEM_REST || sign->kind == NEUME_ITEM_BREAK) continue;
        for (; i < w->overlay->item_count && w->overlay->items[i].at < sign->at; i++)
            if (w->overlay->items[i].kind <= NEUME_ITEM_REST) NEUME_TRY(weave_note(w, i));
        NEUME_TRY(weave_sign(w, sign));
    }
    for (; i < w->overlay->item_count; i++)
        if (w->overlay->items[i].kind <= NEUME_ITEM_REST) NEUME_TRY(weave_note(w, i));
    return NEUME_OK;
}

static void take_over(weaving *w) {
    neume_voice *v = w->overlay, *new = &w->woven;
    for (size_t i = 0; i < v->words_count; i++) v->words[i].item = w->moved[v->words[i].item];
    void *old[] = {v->items, v->bars, v->keys, v->metres, (void *)v->texts};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) neume__free(old[i]);
    v->items = new->items, v->item_count = new->item_count, v->item_capacity = new->item_capacity;
    v->bars = new->bars, v->bar_count = new->bar_count, v->bar_capacity = new->bar_capacity;
    v->keys = new->keys, v->key_count = new->key_count, v->key_capacity = new->key_capacity;
    v->metres = new->metres, v->metre_count = new->metre_count, v->metre_capacity = new->metre_capacity;
    v->texts = new->texts, v->text_count = new->text_count, v->text_capacity = new->text_capacity;
}

static neume_status finish_overlay(abc_reader *r, size_t index) {
    weaving w = {.owner = &r->score->voices[r->voices[index].overlay_of], .overlay = &r->score->voices[index]};
    w.moved = neume__calloc(w.overlay->item_count + 1, sizeof *w.moved);
    neume_status status = w.moved ? weave(&w) : NEUME_ENOMEM;
    if (status) {
        neume_voice *woven = &w.woven;
        void *tables[] = {woven->items, woven->bars, woven->keys, woven->metres, (void *)woven->texts};
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) neume__free(tables[i]);
    } else {
        take_over(&w);
    }
    neume__free(w.moved);
    return status;
}

/* Words after the tune stand behind all other fields, wherever their lines were. */
static void order_fields(neume_score *score) {
    for (size_t i = 0, left = score->field_count; left > 0; left--) {
        neume_score_field field = score->fields[i];
        if (field.letter != 'W') {
            i++;
            continue;
        }
        memmove(&score->fields[i], &score->fields[i + 1], (score->field_count - i - 1) * sizeof field);
        score->fields[score->field_count - 1] = field;
    }
}

neume_status abc_finish(abc_reader *r) {
    NEUME_TRY(abc_begin_voice(r));
    order_fields(r->score);
    for (size_t i = 0; i < r->score->voice_count; i++) {
        neume_voice *voice = &r->score->voices[i];
        if (voice->program < 0 && r->program >= 0) voice->program = r->program;
        if (r->voices[i].overlay_of >= 0) NEUME_TRY(finish_overlay(r, i));
        NEUME_TRY(order_words(voice));
    }
    return abc_lay_out(r);
}
