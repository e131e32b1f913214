/* An arena is a list of blocks; an item is the next free bytes of the newest. Sanitizer builds give each item a block
 * of its own, so that a step outside it is seen (libgit2's debug pool). */
#include "neume/base.h"

#include <string.h>

/* Blocks double from the first size to the last: a small thing, such as one tune, costs one small block. */
enum { FIRST_BLOCK_BYTES = 4 * 1024, LAST_BLOCK_BYTES = 64 * 1024, ALIGNMENT = 64 };

typedef struct block {
    struct block *next;
    size_t used, size;
    unsigned char *bytes;
} block;

struct neume_arena {
    block *full, *free; /* in use, newest first; kept for reuse */
    size_t block_bytes; /* of the next block */
};

neume_status neume_arena_new(neume_arena **out) {
    neume_arena *arena = neume__calloc(1, sizeof *arena);
    if (!arena) return NEUME_ENOMEM;
    arena->block_bytes = FIRST_BLOCK_BYTES;
    *out = arena;
    return NEUME_OK;
}

static block *block_new(size_t size) {
    block *made = neume__calloc(1, sizeof *made);
    if (!made) return NULL;
    made->bytes = neume__alloc_aligned(size);
    made->size = size;
    if (made->bytes) return made;
    neume__free(made);
    return NULL;
}

/* Takes the first kept block that is large enough out of the free list. */
static block *block_reuse(neume_arena *arena, size_t size) {
    for (block **at = &arena->free; *at; at = &(*at)->next)
        if ((*at)->size >= size) {
            block *taken = *at;
            *at = taken->next;
            taken->used = 0;
            return taken;
        }
    return NULL;
}

void *neume_arena_alloc(neume_arena *arena, size_t bytes) {
    if (bytes > PTRDIFF_MAX) return (void)neume_fail(NEUME_ENOMEM, "out of memory (%zu bytes)", bytes), NULL;
    size_t rounded = (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
#ifdef NEUME_SANITIZED
    size_t least = bytes ? bytes : 1;
    block *top = NULL;
#else
    size_t least = rounded > arena->block_bytes ? rounded : arena->block_bytes;
    block *top = arena->full;
#endif
    if (!top || top->size - top->used < rounded) {
        top = block_reuse(arena, least);
        if (!top) {
            top = block_new(least);
            if (arena->block_bytes < LAST_BLOCK_BYTES) arena->block_bytes *= 2;
        }
        if (!top) return NULL;
        top->next = arena->full;
        arena->full = top;
    }
    void *item = top->bytes + top->used;
    top->used = top->size - top->used < rounded ? top->size : top->used + rounded;
    return memset(item, 0, bytes);
}

void neume_arena_clear(neume_arena *arena) {
    while (arena->full) {
        block *top = arena->full;
        arena->full = top->next;
        top->next = arena->free;
        arena->free = top;
    }
}

void neume_arena_free(neume_arena *arena) {
    if (!arena) return;
    neume_arena_clear(arena);
    while (arena->free) {
        block *next = arena->free->next;
        neume__free(arena->free->bytes);
        neume__free(arena->free);
        arena->free = next;
    }
    neume__free(arena);
}
