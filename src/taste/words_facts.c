/* Items to facts. A tag is read like a prompt: "female vocalists" gives vocals=female, "80s" a decade, "chillout" a
 * mood; and it stays a fact itself, for what is finer than any slot. */
#include "words_facts.h"

#include "words_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

neume_status neume__fact_of_text(const char *kind, const char *text, char name[FACT_NAME_BYTES]) {
    units u = {0};
    neume_buffer key = {0};
    neume_status status = neume__units_read(text, strnlen(text, NEUME_PROMPT_LONGEST_BYTES), &u);
    for (size_t i = 0, words = 0; i < u.count && !status; i++) {
        if (u.items[i].kind >= UNIT_BREAK) continue;
        if (words++) status = neume_buffer_append(&key, " ", 1);
        if (!status) status = neume__units_key(&u, i, i + 1, true, &key);
    }
    if (!status) snprintf(name, FACT_NAME_BYTES, "%s%.200s", kind, key.data ? key.data : "");
    neume_buffer_clear(&key);
    neume__units_clear(&u);
    return status;
}

static neume_status add_fact(neume_matcher *m, fact_list *list, const char *name, float strength) {
    int32_t number = 0;
    NEUME_TRY(neume__grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    NEUME_TRY(neume_ids_add(m->names, name, &number));
    list->items[list->count++] = (fact){number, strength};
    return NEUME_OK;
}

/* What a text says when it is read like a prompt; only names of artists where @p likes, all else where not. */
static neume_status add_meaning(neume_matcher *m, const char *text, bool likes, fact_list *list) {
    neume_query query = neume_query_none();
    const size_t count = strnlen(text, NEUME_PROMPT_LONGEST_BYTES);
    neume_status status = neume_words_understand(m->words, text, count, &query);
    for (size_t i = 0; i < query.count && !status; i++) {
        char name[FACT_NAME_BYTES];
        const neume_wish *wish = &query.wishes[i];
        if (wish->excluded || (wish->slot == NEUME_SLOT_LIKE) != likes) continue;
        if (likes)
            status = neume__fact_of_text("like=", wish->value, name);
        else
            snprintf(name, sizeof name, "%s=%s", neume_slot_name(wish->slot), wish->value);
        if (!status) status = add_fact(m, list, name, 1);
    }
    neume_query_clear(&query);
    return status;
}

/* The number of a tag whose facts are known by now; -1: it is no tag (empty, too long, control characters). */
static neume_status read_tag(neume_matcher *m, const char *tag, int64_t *number) {
    char name[FACT_NAME_BYTES];
    int32_t added = 0;
    *number = neume_ids_find(m->tags, tag);
    if (*number >= 0) return NEUME_OK;
    const size_t before = (size_t)neume_ids_count(m->tags), facts = m->tag_facts.count;
    NEUME_TRY(neume__grow((void **)&m->tag_start, &m->tag_start_capacity, before + 2, sizeof *m->tag_start));
    neume_status status = neume__fact_of_text("tag=", tag, name);
    if (!status) status = add_fact(m, &m->tag_facts, name, 1);
    if (!status) status = add_meaning(m, tag, false, &m->tag_facts);
    if (!status) status = neume_ids_add(m->tags, tag, &added);
    if (status) {
        m->tag_facts.count = facts;
        return status == NEUME_EINVAL ? NEUME_OK : status;
    }
    *number = added;
    m->tag_start[before] = facts;
    m->tag_start[before + 1] = m->tag_facts.count;
    return NEUME_OK;
}

/* Weights of tags span magnitudes; the square root keeps the lesser ones heard. */
static neume_status add_tags(neume_matcher *m, const neume_match_item *item) {
    float most = 0;
    for (size_t i = 0; i < item->tag_count; i++) most = fmaxf(most, item->tag_weights ? item->tag_weights[i] : 1);
    for (size_t i = 0; i < item->tag_count; i++) {
        const float weight = item->tag_weights ? item->tag_weights[i] : 1;
        int64_t tag = -1;
        if (!(weight > 0) || !isfinite(most)) continue;
        NEUME_TRY(read_tag(m, item->tags[i], &tag));
        for (size_t k = tag < 0 ? 0 : m->tag_start[tag]; tag >= 0 && k < m->tag_start[tag + 1]; k++) {
            const fact one = {m->tag_facts.items[k].name, sqrtf(weight / most)};
            NEUME_TRY(
                neume__grow((void **)&m->facts.items, &m->facts.capacity, m->facts.count + 1, sizeof *m->facts.items));
            m->facts.items[m->facts.count++] = one;
        }
    }
    return NEUME_OK;
}

static neume_status add_names(neume_matcher *m, const char *text) {
    char name[FACT_NAME_BYTES];
    if (!text || !*text) return NEUME_OK;
    NEUME_TRY(neume__fact_of_text("like=", text, name));
    NEUME_TRY(add_fact(m, &m->facts, name, 1));
    return add_meaning(m, text, true, &m->facts);
}

static neume_status add_numbers(neume_matcher *m, const neume_match_item *item) {
    char name[FACT_NAME_BYTES];
    if (item->year >= 1000 && item->year < 3000) {
        snprintf(name, sizeof name, "decade=%d0s", item->year / 10);
        NEUME_TRY(add_fact(m, &m->facts, name, 1));
    }
    if (!(item->tempo_bpm > 0)) return NEUME_OK;
    /* Where listeners begin to call music slow or fast; ours. */
    snprintf(name, sizeof name, "tempo=%s", item->tempo_bpm < 85 ? "slow" : item->tempo_bpm > 125 ? "fast" : "medium");
    return add_fact(m, &m->facts, name, 1);
}

static int by_name(const void *a, const void *b) {
    const fact *x = a, *y = b;
    return x->name != y->name ? (x->name > y->name) - (x->name < y->name)
                              : (x->strength < y->strength) - (x->strength > y->strength);
}

neume_status neume_matcher_add(neume_matcher *m, const neume_match_item *item) {
    const size_t from = m->facts.count;
    neume_status status = neume__grow((void **)&m->items, &m->capacity, m->count + 1, sizeof *m->items);
    if (!status) status = add_tags(m, item);
    if (!status) status = add_names(m, item->artist);
    if (!status) status = add_names(m, item->title);
    if (!status) status = add_numbers(m, item);
    if (status) {
        m->facts.count = from;
        return status;
    }
    if (m->facts.count > from) qsort(m->facts.items + from, m->facts.count - from, sizeof(fact), by_name);
    size_t kept = from;
    for (size_t i = from; i < m->facts.count; i++)
        if (i == from || m->facts.items[i].name != m->facts.items[kept - 1].name)
            m->facts.items[kept++] = m->facts.items[i];
    m->facts.count = kept;
    m->items[m->count++] =
        (matched_item){from, kept, (float)item->tempo_bpm, (float)item->valence, (float)item->arousal};
    return NEUME_OK;
}

neume_status neume_matcher_new(const neume_words *words, neume_matcher **out) {
    neume_matcher *made = neume__calloc(1, sizeof *made);
    if (!made) return NEUME_ENOMEM;
    made->words = words;
    neume_status status = neume_ids_new(&made->names);
    if (!status) status = neume_ids_new(&made->tags);
    if (status) {
        neume_matcher_free(made);
        return status;
    }
    *out = made;
    return NEUME_OK;
}

void neume_matcher_free(neume_matcher *matcher) {
    if (!matcher) return;
    neume_ids_free(matcher->names);
    neume_ids_free(matcher->tags);
    neume__free(matcher->facts.items);
    neume__free(matcher->tag_facts.items);
    neume__free(matcher->tag_start);
    neume__free(matcher->items);
    neume__free(matcher);
}

int64_t neume_matcher_count(const neume_matcher *matcher) {
    return (int64_t)matcher->count;
}

float neume__fact_strength(const neume_matcher *matcher, size_t at, int64_t name) {
    size_t low = matcher->items[at].from, high = matcher->items[at].to;
    const size_t end = high;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (matcher->facts.items[middle].name < name)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && matcher->facts.items[low].name == name ? matcher->facts.items[low].strength : 0;
}
