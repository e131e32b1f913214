/* Queries: kept in one order, so that what is asked the same way prints the same way. */
#include "words_values.h"

#include <math.h>
#include <string.h>

neume_query neume_query_none(void) {
    return (neume_query){.valence = NAN, .arousal = NAN};
}

void neume_query_clear(neume_query *query) {
    for (size_t i = 0; i < query->count; i++) neume__free(query->wishes[i].value);
    for (size_t i = 0; i < query->tag_count; i++) neume__free(query->tags[i].tag);
    neume__free(query->wishes);
    neume__free(query->tags);
    *query = neume_query_none();
}

/* Where a wish belongs: by slot, wanted before excluded, behind its equals. */
static size_t place_of(const neume_query *query, const neume_wish *wish) {
    size_t at = query->count;
    while (at && (query->wishes[at - 1].slot > wish->slot ||
                  (query->wishes[at - 1].slot == wish->slot && query->wishes[at - 1].excluded > wish->excluded)))
        at--;
    return at;
}

neume_status neume_query_add(neume_query *query, const neume_wish *wish) {
    const char *slot = neume_slot_name(wish->slot);
    if (!slot || !(wish->weight > 0 && wish->weight <= 4)) return neume_fail(NEUME_EINVAL, "no such slot or weight");
    if (!neume__value_is_valid(wish->slot, wish->value))
        return neume_fail(NEUME_EINVAL, "'%.100s' is no value of %s", wish->value, slot);
    for (size_t i = 0; i < query->count; i++) {
        neume_wish *there = &query->wishes[i];
        if (there->slot != wish->slot || there->excluded != wish->excluded || strcmp(there->value, wish->value) != 0)
            continue;
        there->weight = fmax(there->weight, wish->weight);
        return NEUME_OK;
    }
    if (query->count >= NEUME_WISHES_MOST) return neume_fail(NEUME_ELIMIT, "more than %d wishes", NEUME_WISHES_MOST);
    NEUME_TRY(neume__grow((void **)&query->wishes, &query->capacity, query->count + 1, sizeof *query->wishes));
    neume_wish made = *wish;
    made.value = neume__strdup(wish->value);
    if (!made.value) return NEUME_ENOMEM;
    const size_t at = place_of(query, wish);
    memmove(query->wishes + at + 1, query->wishes + at, (query->count - at) * sizeof *query->wishes);
    query->wishes[at] = made;
    query->count++;
    return NEUME_OK;
}

neume_status neume_query_add_tag(neume_query *query, const char *tag, double weight) {
    for (size_t i = 0; i < query->tag_count; i++)
        if (strcmp(query->tags[i].tag, tag) == 0) {
            query->tags[i].weight += weight;
            return NEUME_OK;
        }
    NEUME_TRY(neume__grow((void **)&query->tags, &query->tag_capacity, query->tag_count + 1, sizeof *query->tags));
    char *copy = neume__strdup(tag);
    if (!copy) return NEUME_ENOMEM;
    query->tags[query->tag_count++] = (neume_query_tag){copy, weight};
    return NEUME_OK;
}

static bool has(const neume_query *query, const neume_wish *wish) {
    for (size_t i = 0; i < query->count; i++)
        if (query->wishes[i].slot == wish->slot && query->wishes[i].excluded == wish->excluded &&
            strcmp(query->wishes[i].value, wish->value) == 0)
            return true;
    return false;
}

neume_query_counts neume_query_compare(const neume_query *truth, const neume_query *estimate) {
    neume_query_counts counts = {0, truth->count, estimate->count};
    for (size_t i = 0; i < estimate->count; i++) counts.both += has(truth, &estimate->wishes[i]);
    return counts;
}

/* The mean of what is wished, each by its weight; what is excluded pushes away, a third as strongly. */
void neume__query_feel(neume_query *query) {
    double valence = 0, arousal = 0, total = 0;
    for (size_t i = 0; i < query->count; i++) {
        const neume_wish *wish = &query->wishes[i];
        double v = 0, a = 0;
        if (!neume__value_emotion(wish->slot, wish->value, &v, &a)) continue;
        const double weight = wish->excluded ? -wish->weight / 3 : wish->weight;
        valence += weight * v, arousal += weight * a, total += fabs(weight);
    }
    if (!(total > 0)) return;
    query->valence = fmax(-1, fmin(1, valence / total));
    query->arousal = fmax(-1, fmin(1, arousal / total));
}
