/* Allocation with a fault to inject: tests make allocation 1, then 2, then 3 fail until nothing breaks (SQLite's
 * habit). */
#include "neume/base.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

static _Atomic int64_t allocations, fail_from; /* fail_from 0: never */

void neume__alloc_fail_after(int64_t n) {
    atomic_store(&allocations, 0);
    atomic_store(&fail_from, n);
}

int64_t neume__alloc_count(void) {
    return atomic_load(&allocations);
}

static bool refused(size_t bytes) {
    int64_t number = atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed) + 1;
    int64_t from = atomic_load_explicit(&fail_from, memory_order_relaxed);
    return bytes > PTRDIFF_MAX || (from > 0 && number >= from);
}

static void *said(void *memory, size_t bytes) {
    if (!memory) (void)neume_fail(NEUME_ENOMEM, "out of memory (%zu bytes)", bytes);
    return memory;
}

void *neume__alloc(size_t bytes) {
    return said(refused(bytes) ? NULL : malloc(bytes ? bytes : 1), bytes);
}

void *neume__calloc(size_t count, size_t bytes) {
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) return said(NULL, SIZE_MAX);
    return said(refused(total) ? NULL : calloc(total ? total : 1, 1), total);
}

void *neume__realloc(void *old, size_t bytes) {
    return said(refused(bytes) ? NULL : realloc(old, bytes ? bytes : 1), bytes);
}

void *neume__alloc_aligned(size_t bytes) {
    if (refused(bytes)) return said(NULL, bytes);
    size_t rounded = (bytes + 63) / 64 * 64;
    return said(aligned_alloc(64, rounded ? rounded : 64), bytes);
}

void neume__prefer_large_pages(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
    const size_t worth_it = (size_t)8 << 20, page = 4096;
    const size_t skipped = (page - (uintptr_t)memory % page) % page;
    if (bytes >= worth_it) (void)madvise((char *)memory + skipped, bytes - skipped, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

void neume__free(void *memory) {
    free(memory);
}

char *neume__strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = neume__alloc(size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

neume_status neume__mul_size(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product) || product > PTRDIFF_MAX)
        return neume_fail(NEUME_ELIMIT, "a size of %zu times %zu is too large", a, b);
    *out = product;
    return NEUME_OK;
}

neume_status neume__grow(void **array, size_t *capacity, size_t need, size_t item_bytes) {
    if (need <= *capacity) return NEUME_OK;
    size_t wanted = *capacity < 8 ? 8 : *capacity + *capacity / 2, bytes = 0;
    if (wanted < need) wanted = need;
    NEUME_TRY(neume__mul_size(wanted, item_bytes, &bytes));
    void *grown = neume__realloc(*array, bytes);
    if (!grown) return NEUME_ENOMEM;
    *array = grown;
    *capacity = wanted;
    return NEUME_OK;
}
