/* Names to numbers and back: an array of names, and an open-addressed table of their numbers. */
#include "neume/taste.h"

#include <string.h>

struct neume_ids {
    char **names;
    size_t count, capacity;
    int32_t *slots;    /* number + 1, 0 = free */
    size_t slot_count; /* a power of two, more than twice the names */
};

neume_status neume_ids_new(neume_ids **out) {
    neume_ids *ids = neume__calloc(1, sizeof *ids);
    if (!ids) return NEUME_ENOMEM;
    *out = ids;
    return NEUME_OK;
}

void neume_ids_free(neume_ids *ids) {
    if (!ids) return;
    for (size_t i = 0; i < ids->count; i++) neume__free(ids->names[i]);
    neume__free(ids->names);
    neume__free(ids->slots);
    neume__free(ids);
}

int64_t neume_ids_count(const neume_ids *ids) {
    return (int64_t)ids->count;
}

const char *neume_ids_name(const neume_ids *ids, int64_t index) {
    return ids->names[index];
}

/* FNV-1a, 64 bits (Fowler, Noll & Vo). */
static uint64_t hash(const char *name) {
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++) h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* The slot that holds the name, or the free one where it belongs. */
static size_t find_slot(const neume_ids *ids, const char *name) {
    size_t slot = (size_t)hash(name) & (ids->slot_count - 1);
    while (ids->slots[slot] && strcmp(ids->names[ids->slots[slot] - 1], name) != 0)
        slot = (slot + 1) & (ids->slot_count - 1);
    return slot;
}

int64_t neume_ids_find(const neume_ids *ids, const char *name) {
    return ids->slot_count ? ids->slots[find_slot(ids, name)] - 1 : -1;
}

static neume_status widen(neume_ids *ids) {
    const size_t count = ids->slot_count ? 2 * ids->slot_count : 16;
    int32_t *old = ids->slots, *slots = neume__calloc(count, sizeof *slots);
    if (!slots) return NEUME_ENOMEM;
    ids->slots = slots;
    ids->slot_count = count;
    for (size_t i = 0; i < ids->count; i++) slots[find_slot(ids, ids->names[i])] = (int32_t)i + 1;
    neume__free(old);
    return NEUME_OK;
}

static neume_status check_name(const char *name) {
    const size_t length = strlen(name);
    if (!length || length > NEUME_ID_LONGEST_BYTES)
        return neume_fail(NEUME_EINVAL, "a name of %zu bytes (1 .. %d are allowed)", length, NEUME_ID_LONGEST_BYTES);
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)name[i] < ' ' || name[i] == 127)
            return neume_fail(NEUME_EINVAL, "a name holds a control character");
    return NEUME_OK;
}

neume_status neume_ids_add(neume_ids *ids, const char *name, int32_t *out) {
    NEUME_TRY(check_name(name));
    if (2 * (ids->count + 1) > ids->slot_count) NEUME_TRY(widen(ids));
    const size_t slot = find_slot(ids, name);
    if (!ids->slots[slot]) {
        if (ids->count == NEUME_IDS_MOST) return neume_fail(NEUME_ELIMIT, "more than %d names", NEUME_IDS_MOST);
        NEUME_TRY(neume__grow((void **)&ids->names, &ids->capacity, ids->count + 1, sizeof *ids->names));
        char *copy = neume__strdup(name);
        if (!copy) return NEUME_ENOMEM;
        ids->names[ids->count++] = copy;
        ids->slots[slot] = (int32_t)ids->count;
    }
    *out = ids->slots[slot] - 1;
    return NEUME_OK;
}
