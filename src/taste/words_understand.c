/* From a prompt to a query: what its phrases mean together. */
#include "words_parse.h"

#include "words_values.h"

#include <string.h>

static void drop(neume_query *query, size_t at) {
    neume__free(query->wishes[at].value);
    memmove(query->wishes + at, query->wishes + at + 1, (query->count - at - 1) * sizeof *query->wishes);
    query->count--;
}

static bool is(const neume_wish *wish, neume_slot slot, const char *value, bool excluded) {
    return wish->slot == slot && wish->excluded == excluded && strcmp(wish->value, value) == 0;
}

/* What is said later about the same value counts. */
static neume_status add(neume_query *query, neume_slot slot, const char *value, bool excluded, double weight) {
    for (size_t i = query->count; i-- > 0;)
        if (is(&query->wishes[i], slot, value, !excluded)) drop(query, i);
    if (query->count >= NEUME_WISHES_MOST) return NEUME_OK;
    return neume_query_add(query, &(neume_wish){slot, excluded, (char *)(uintptr_t)value, weight});
}

/* "No vocals" is a wish, not an exclusion; and so is "not instrumental". */
static neume_status add_sense(neume_query *query, const sense *s, bool denied, double weight) {
    if (s->slot == NEUME_SLOT_VOCALS && denied && strcmp(s->value, "yes") == 0)
        return add(query, s->slot, "no", false, weight);
    if (s->slot == NEUME_SLOT_VOCALS && denied && strcmp(s->value, "no") == 0)
        return add(query, s->slot, "yes", false, weight);
    return add(query, s->slot, s->value, denied, weight);
}

static neume_status add_finding(const neume_words *words, const finding *f, neume_query *query) {
    if (!f->row) {
        const sense told = {f->slot, f->value};
        if (f->slot == NEUME_SLOT_DECADE)
            NEUME_TRY(neume_query_add_tag(query, f->value + 2, f->denied ? -f->weight : f->weight));
        return add_sense(query, &told, f->denied, f->weight);
    }
    const bool has_denial = f->denied && f->row->denied_count;
    const uint32_t first = f->row->senses + (has_denial ? f->row->sense_count : 0);
    const uint32_t count = has_denial ? f->row->denied_count : f->row->sense_count;
    for (uint32_t i = first; i < first + count; i++)
        NEUME_TRY(add_sense(query, &words->senses[i], f->denied && !has_denial, f->weight));
    if (!*f->row->english || !f->row->sense_count) return NEUME_OK;
    return neume_query_add_tag(query, f->row->english, f->denied ? -f->weight : f->weight);
}

static bool has_voice(const neume_query *query) {
    for (size_t i = 0; i < query->count; i++)
        if (is(&query->wishes[i], NEUME_SLOT_VOCALS, "male", false) ||
            is(&query->wishes[i], NEUME_SLOT_VOCALS, "female", false))
            return true;
    return false;
}

static bool has_tonic(const neume_query *query) {
    for (size_t i = 0; i < query->count; i++)
        if (query->wishes[i].slot == NEUME_SLOT_KEY && strchr(query->wishes[i].value, ' ')) return true;
    return false;
}

/* "Sung by a woman" says all that "sung" does, "C minor" all that "minor" does. */
static void drop_what_is_implied(neume_query *query) {
    const bool voice = has_voice(query), tonic = has_tonic(query);
    for (size_t i = query->count; i-- > 0;) {
        const neume_wish *wish = &query->wishes[i];
        const bool mode = wish->slot == NEUME_SLOT_KEY && !strchr(wish->value, ' ');
        if ((voice && is(wish, NEUME_SLOT_VOCALS, "yes", false)) || (tonic && mode)) drop(query, i);
    }
}

static bool is_chinese(const units *u) {
    size_t characters = 0, words = 0;
    for (size_t i = 0; i < u->count; i++) {
        characters += u->items[i].kind == UNIT_CHARACTER;
        words += u->items[i].kind == UNIT_WORD;
    }
    return characters > words;
}

static neume_status make_query(const neume_words *words, const parser *p, neume_query *out) {
    neume_query made = neume_query_none();
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < p->count; i++) NEUME_GO(add_finding(words, &p->found[i], &made));
    drop_what_is_implied(&made);
    neume__query_feel(&made);
    made.chinese = is_chinese(p->u);
    neume_query_clear(out);
    *out = made;
    return NEUME_OK;
fail:
    neume_query_clear(&made);
    return status;
}

neume_status neume_words_understand(const neume_words *words, const char *prompt, size_t count, neume_query *out) {
    if (count > NEUME_PROMPT_LONGEST_BYTES)
        return neume_fail(NEUME_ELIMIT, "the prompt is longer than %d bytes", NEUME_PROMPT_LONGEST_BYTES);
    units u = {0};
    tokens t = {0};
    parser p = {.words = words, .prompt = prompt, .u = &u, .t = &t};
    neume_status status = neume__units_read(prompt, count, &u);
    if (!status) status = neume__segment(words, &u, &t);
    if (!status) status = neume__interpret(&p);
    if (!status) status = make_query(words, &p, out);
    neume__free(p.found);
    neume__free(t.items);
    neume__units_clear(&u);
    return status;
}
