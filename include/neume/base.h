/** @file
 * The ground every room stands on: status and error text, memory, growable text, random numbers, threads, progress,
 * files written whole or not at all.
 *
 * Rules of the house, once and for all rooms:
 * - A function that can fail returns ::neume_status, zero for success and a negative code otherwise; results come
 * through parameters named `out`, which stay untouched on failure.
 * - Whoever notices a failure says so once: `return neume_fail(NEUME_EFORMAT, "bar %d has no metre", bar);`. Everyone
 *   above tidies up and passes the code on.
 * - A returned `const T *` is borrowed, a `T **out` is yours to free.
 * - Names with two underscores (neume__x) are for the library's own rooms and are not exported.
 */
#ifndef NEUME_BASE_H
#define NEUME_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NEUME_API                 __attribute__((visibility("default")))
#define NEUME_MUST                __attribute__((warn_unused_result))
#define NEUME_PRINTF(text, first) __attribute__((format(printf, text, first)))

/** Compiles a loop for plain x86-64, AVX2 and AVX-512 at once; the machine's best is taken at load. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(NEUME_SANITIZED)
#define NEUME_VECTOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NEUME_VECTOR
#endif

/* --- status ------------------------------------------------------------------------------------------------------- */

typedef enum neume_status {
    NEUME_OK = 0,
    NEUME_EINVAL = -1,       /**< an argument is outside what the function's comment allows */
    NEUME_ENOMEM = -2,       /**< memory ran out */
    NEUME_EIO = -3,          /**< the operating system refused to read or write */
    NEUME_EFORMAT = -4,      /**< the input's content is damaged or of a foreign format */
    NEUME_ENOTFOUND = -5,    /**< no such file, model, name */
    NEUME_EUNSUPPORTED = -6, /**< understood, but this build or machine cannot do it */
    NEUME_ELIMIT = -7,       /**< larger than a limit that protects from hostile input */
    NEUME_ECANCELLED = -8,   /**< the user asked to stop */
} neume_status;

/** Stores a one-line message for this thread and returns @p code, so that a failure reads `return neume_fail(...)`. */
NEUME_API neume_status neume_fail(neume_status code, const char *format, ...) NEUME_PRINTF(2, 3);

/** The message of this thread's last neume_fail(), "" if none; borrowed until the next failure on this thread. */
NEUME_API const char *neume_error_message(void);

/** A word for a status: "ok", "invalid argument", ... Never NULL. */
NEUME_API const char *neume_status_name(neume_status status);

/** The library's version, e.g. "0.1.0". */
NEUME_API const char *neume_version(void);

/** Passes a failure on: `NEUME_TRY(neume_x(...));` returns its status unless it is NEUME_OK. Only where nothing is to
 * tidy. */
#define NEUME_TRY(call)                                                                                                \
    do {                                                                                                               \
        neume_status neume_try_status_ = (call);                                                                       \
        if (neume_try_status_ != NEUME_OK) return neume_try_status_;                                                   \
    } while (0)

/** Jumps to the label `fail`, having set the local variable `status`: for functions that own something. */
#define NEUME_GO(call)                                                                                                 \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != NEUME_OK) goto fail;                                                                             \
    } while (0)

/* --- memory ------------------------------------------------------------------------------------------------------- */

/** malloc, calloc, realloc with the failure already said; NULL on failure. Sizes of 0 give a valid pointer. */
void *neume__alloc(size_t bytes);
void *neume__calloc(size_t count, size_t bytes);
void *neume__realloc(void *old, size_t bytes);
/** Memory on a 64-byte line, for vectors; freed with neume__free() like all other. */
void *neume__alloc_aligned(size_t bytes);
/** Asks the system to back memory that was not touched yet by large pages: reading through hundreds of megabytes spends
 * a good part of its time looking small ones up. A wish, never a failure. */
void neume__prefer_large_pages(void *memory, size_t bytes);
void neume__free(void *memory);
char *neume__strdup(const char *text);

/** Grows an array to hold at least @p need items (amortised doubling): NEUME_TRY(neume__grow((void **)&a, &cap, n + 1,
 * sizeof *a)). */
NEUME_MUST neume_status neume__grow(void **array, size_t *capacity, size_t need, size_t item_bytes);

/** *out = a * b, or NEUME_ELIMIT when that does not fit. */
NEUME_MUST neume_status neume__mul_size(size_t a, size_t b, size_t *out);

/** For tests: the n-th allocation from now on (1 = the next) fails, and all after it; 0 switches the fault off. */
void neume__alloc_fail_after(int64_t n);
/** For tests: how many allocations happened since neume__alloc_fail_after() was last called. */
int64_t neume__alloc_count(void);

/** What dies together lives in one arena; nothing in it has a destructor. */
typedef struct neume_arena neume_arena;
NEUME_MUST neume_status neume_arena_new(neume_arena **out);
/** @return zeroed memory that lives until the arena is cleared or freed; NULL when memory ran out */
void *neume_arena_alloc(neume_arena *arena, size_t bytes);
/** Forgets everything allocated, keeps the memory for reuse. */
void neume_arena_clear(neume_arena *arena);
void neume_arena_free(neume_arena *arena);

/* --- growable bytes and text -------------------------------------------------------------------------------------- */

/** Bytes that grow; `data` always ends in a zero byte that `size` does not count. Start with `{0}`. */
typedef struct neume_buffer {
    char *data; /**< NULL while nothing was appended */
    size_t size, capacity;
} neume_buffer;

NEUME_API NEUME_MUST neume_status neume_buffer_append(neume_buffer *buffer, const void *bytes, size_t count);
NEUME_API NEUME_MUST neume_status neume_buffer_print(neume_buffer *buffer, const char *format, ...) NEUME_PRINTF(2, 3);
NEUME_API void neume_buffer_clear(neume_buffer *buffer); /**< frees, back to `{0}` */

/** Reads the character of UTF-8 that begins at @p text, of @p left bytes. @return its length, 0: there is none */
size_t neume__utf8_read(const char *text, size_t left, uint32_t *out);

/** Copies text of strangers as one line of UTF-8: bytes that are none and control characters are dropped, runs of
 * blanks and line ends become one blank, none stands at either end. Stops at a zero byte, and before a character that
 * does not fit.
 * @param[out] out  (capacity, at least 1) ends in a zero byte */
void neume__text_clean(const char *text, size_t count, char *out, size_t capacity);

/* --- files -------------------------------------------------------------------------------------------------------- */

/** Reads a whole file ("-" is standard input) of at most @p limit_bytes. @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ELIMIT
 * NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_file_read(const char *path, size_t limit_bytes, neume_buffer *out);

/** Writes a file whole or not at all: to a temporary name beside it, synced, then renamed. "-" is standard output. */
NEUME_API NEUME_MUST neume_status neume_file_write(const char *path, const void *bytes, size_t count);

/** The extension without its dot, lower case, at most 15 characters, "" if none. */
void neume__file_extension(const char *path, char out[16]);

/* --- programs of others ------------------------------------------------------------------------------------------- */

/** Is a program of that name to be found in PATH? */
bool neume__program_installed(const char *name);
/** Runs a program and waits for its end; coreutils' timeout before it guards against one that hangs.
 * @param arguments  its name first, NULL last  @param streams  files that become its standard input, output and error,
 * above 2; -1 = /dev/null  @param[out] out  its exit status, 128 + the signal that ended it  @retval NEUME_EIO */
NEUME_MUST neume_status neume__program_run(const char *const *arguments, const int streams[3], int *out);

/* --- numbers ------------------------------------------------------------------------------------------------------ */

/** Random numbers (PCG32, O'Neill 2014): the same seed gives the same music everywhere. Not for secrets. */
typedef struct neume_rng {
    uint64_t state, stream;
} neume_rng;

neume_rng neume_rng_seeded(uint64_t seed, uint64_t stream);
uint32_t neume_rng_u32(neume_rng *rng);
double neume_rng_uniform(neume_rng *rng, double low, double high); /**< [low, high) */
int64_t neume_rng_below(neume_rng *rng, int64_t n);                /**< 0 .. n-1; n >= 1 */
double neume_rng_normal(neume_rng *rng);                           /**< mean 0, deviation 1 */
bool neume_rng_chance(neume_rng *rng, double probability);

/** SHA-256 of @p bytes as 64 lower-case hexadecimal digits and a zero (FIPS 180-4). */
void neume__sha256_hex(const void *bytes, size_t count, char out[65]);

/* --- time, log, threads, progress --------------------------------------------------------------------------------- */

double neume_clock_s(void); /**< monotonic seconds since some fixed moment */

typedef enum neume_log_level { NEUME_LOG_ERROR, NEUME_LOG_WARNING, NEUME_LOG_INFO, NEUME_LOG_DEBUG } neume_log_level;
typedef void neume_log_fn(void *context, neume_log_level level, const char *line);
/** All messages below cli go through one callback; the default drops them. */
NEUME_API void neume_log_set(neume_log_fn *fn, void *context);
NEUME_API void neume_log(neume_log_level level, const char *format, ...) NEUME_PRINTF(2, 3);

/** The one thread pool (OpenMP's, which oneDNN shares). 0 = as many as the machine has. Call before the first work. */
NEUME_API void neume_threads_set(int count);
NEUME_API int neume_threads_count(void);
/** Calls fn(context, i) for i = 0 .. count-1 on the pool; returns the first failure (lowest i) after all have run. */
typedef neume_status neume_parallel_fn(void *context, int64_t index);
NEUME_MUST neume_status neume_parallel_for(int64_t count, neume_parallel_fn *fn, void *context);

/** Denormal numbers cost up to 15x: flush them to zero on this thread and the pool's. */
void neume__flush_denormals(void);

/** Asks all long work to stop soon (safe in a signal handler); it then returns NEUME_ECANCELLED. */
NEUME_API void neume_cancel(void);
NEUME_API bool neume_cancelled(void);
NEUME_API void neume_cancel_reset(void);

/** Told now and then how far long work has come: done and total in any one unit, total 0 when unknown. */
typedef void neume_progress_fn(void *context, double done, double total);
typedef struct neume_progress {
    neume_progress_fn *fn; /**< NULL: nobody listens */
    void *context;
} neume_progress;
void neume__progress(const neume_progress *progress, double done, double total);

#ifdef __cplusplus
}
#endif
#endif
