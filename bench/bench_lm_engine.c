/* How fast a language model reads a prompt and writes, beside what the machine could do.
 *
 *   bench_lm_engine [SIZE [TYPE...]]   SIZE: s (what ships; the default), m, or 0.5b (Qwen2's, 0.4 GB to 2 GB)
 *   bench_lm_engine FILE.gguf...       a model's own file (`neume models random lm` makes some)
 *
 * prompt: 512 tokens at once; bound by arithmetic, whose peak is a 2048 x 2048 x 2048 product of floats by oneDNN.
 * write: one token after the other, 16: sixteen streams at once; bound by reading all weights once a step (and, for
 * many streams, by arithmetic), whose peak is the rate at which the same threads sum up a block of the model's size, so
 * that a model that fits a cache is held to the cache. Lines of TSV, the best of several runs; the machine should be
 * idle. */
#include "bench.h"

#include "neume/lm.h"
#include "neume/tensor.h"

#include <stdlib.h>
#include <string.h>

static void *must_have(void *memory) {
    if (!memory) must(NEUME_ENOMEM);
    return memory;
}

/* --- what the machine can do -------------------------------------------------------------------------------------- */

static uint64_t sum_words(const uint64_t *words, int64_t count) {
    uint64_t sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) sum += words[i];
    return sum;
}

static double read_bytes_s(size_t bytes) {
    const int64_t count = (int64_t)(bytes / sizeof(uint64_t));
    uint64_t *words = must_have(neume__calloc((size_t)count, sizeof *words));
    volatile uint64_t sum = 0;
    double most = 0;
    for (int64_t i = 0; i < count; i++) words[i] = (uint64_t)i;
    const int repeats = (int)(((size_t)64 << 20) / bytes) + 1;
    for (int run = 0; run < 12; run++) {
        const double start_s = neume_clock_s();
        for (int i = 0; i < repeats; i++) sum = sum + sum_words(words, count);
        const double rate = (double)bytes * repeats / (neume_clock_s() - start_s);
        if (rate > most) most = rate;
    }
    neume__free(words);
    return most;
}

/* --- what the engine does ----------------------------------------------------------------------------------------- */

enum { PROMPT = 512, WRITTEN = 64, STREAMS_MOST = 16 };

/* Multiply-adds of one token, times two; attention, which depends on the length, apart. */
static double flop_per_token(const neume_lm_shape *s) {
    const int64_t head_width = s->width / s->heads;
    const double kv_width = (double)(head_width * s->kv_heads), width = (double)s->width;
    const double block = 2 * width * width + 2 * kv_width * width + 3 * width * (double)s->hidden;
    return 2 * (block * (double)s->layers + width * (double)s->vocabulary);
}

static void print_row(const char *size, const char *type, const char *work, double tokens_s, double bound_tokens_s,
                      const char *binds) {
    printf("%s\t%s\t%s\t%.1f\ttokens/s\t%.2f\tof %s\n", size, type, work, tokens_s, tokens_s / bound_tokens_s, binds);
    fflush(stdout);
}

/* Seconds for the prompt, then for each step of `streams` streams. */
typedef struct seconds {
    double prompt, step;
} seconds;

static seconds time_once(neume_lm_session *session, int64_t streams, float *logits) {
    int32_t prompt[PROMPT], next[STREAMS_MOST];
    seconds took;
    for (int i = 0; i < PROMPT; i++) prompt[i] = i * 7 % 997;
    for (int64_t b = 0; b < streams; b++) next[b] = (int32_t)b, neume_lm_session_truncate(session, b, 0);
    double start_s = neume_clock_s();
    must(neume_lm_session_feed(session, 0, prompt, PROMPT, logits));
    took.prompt = neume_clock_s() - start_s;
    neume_lm_session_truncate(session, 0, 0);
    start_s = neume_clock_s();
    for (int i = 0; i < WRITTEN; i++) must(neume_lm_session_step(session, next, logits));
    took.step = (neume_clock_s() - start_s) / WRITTEN;
    return took;
}

static seconds time_best(const neume_lm_model *model, int64_t streams, int runs) {
    const neume_lm_shape *shape = neume_lm_model_shape(model);
    float *logits = must_have(neume__alloc((size_t)(shape->vocabulary * streams) * sizeof *logits));
    neume_lm_session *session;
    seconds best = {1e9, 1e9};
    must(neume_lm_session_new(model, streams, PROMPT + 8, &session));
    for (int i = 0; i < runs; i++) {
        const seconds took = time_once(session, streams, logits);
        if (took.prompt < best.prompt) best.prompt = took.prompt;
        if (took.step < best.step) best.step = took.step;
    }
    neume_lm_session_free(session);
    neume__free(logits);
    return best;
}

static void bench_model(const char *size, const char *type, const neume_lm_model *model, double peak, int runs) {
    const double flop = flop_per_token(neume_lm_model_shape(model)), weights = (double)neume_lm_model_bytes(model);
    const double read_s = weights / read_bytes_s((size_t)weights), compute_s = STREAMS_MOST * flop / peak;
    const seconds one = time_best(model, 1, runs), many = time_best(model, STREAMS_MOST, runs);
    print_row(size, type, "prompt", PROMPT / one.prompt, peak / flop, "arithmetic");
    print_row(size, type, "write", 1 / one.step, 1 / read_s, "reading");
    print_row(size, type, "write 16", STREAMS_MOST / many.step,
              STREAMS_MOST / (read_s > compute_s ? read_s : compute_s), read_s > compute_s ? "reading" : "arithmetic");
}

static void bench_random(const char *size, const neume_lm_random *wanted, double peak, int runs) {
    neume_buffer bytes = {0};
    neume_lm_model *model;
    must(neume_lm_random_print(wanted, &bytes));
    must(neume_lm_model_parse(bytes.data, bytes.size, &model));
    neume_buffer_clear(&bytes);
    bench_model(size, wanted->type, model, peak, runs);
    neume_lm_model_free(model);
}

static void bench_file(const char *path, double peak) {
    neume_lm_model *model;
    must(neume_lm_model_load(path, &model));
    const int runs = neume_lm_model_bytes(model) > (size_t)64 << 20 ? 2 : 20;
    bench_model(path, "", model, peak, runs);
    neume_lm_model_free(model);
}

static const struct {
    const char *name;
    neume_lm_shape shape;
    int runs;
} sizes[] = {
    {"s", NEUME_LM_SHAPE_DEFAULT, 20},
    {"m", {1280, 384, 8, 6, 6, 1024, 1024, 1e4f, 1e-5f}, 10},
    {"0.5b", {151936, 896, 24, 14, 2, 4864, 2048, 1e6f, 1e-6f}, 2},
};

/* @return an index into sizes */
static size_t find_size(const char *name) {
    size_t i = 0;
    while (i < sizeof sizes / sizeof *sizes && strcmp(sizes[i].name, name) != 0) i++;
    if (i == sizeof sizes / sizeof *sizes) must(neume_fail(NEUME_EINVAL, "no size '%s'", name));
    return i;
}

static void bench_size(const char *name, const char *const *types, int count, double peak) {
    static const char *const all[] = {"f32", "f16", "bf16", "q8_0", "q4_0", "q4_k"};
    const size_t i = find_size(name);
    if (!count) types = all, count = (int)(sizeof all / sizeof *all);
    for (int t = 0; t < count; t++) {
        const neume_lm_random wanted = {sizes[i].shape, "qwen2", types[t], true, 0.02f, 1};
        bench_random(name, &wanted, peak, sizes[i].runs);
    }
}

int main(int argc, char **argv) {
    const char *first = argc > 1 ? argv[1] : "s";
    neume_compute *c = NULL;
    double peak;
    must(neume_compute_new(NEUME_FAST, &c));
    must(neume_compute_measure_peak(c, NEUME_F32, &peak));
    neume_compute_free(c);
    printf("machine\tf32\tproduct\t%.1f\tGFLOP/s\n", peak / 1e9);
    printf("machine\t\tread 1 GB\t%.1f\tGB/s\n", read_bytes_s((size_t)1 << 30) / 1e9);
    if (strstr(first, ".gguf"))
        for (int i = 1; i < argc; i++) bench_file(argv[i], peak);
    else
        bench_size(first, (const char *const *)argv + 2, argc > 2 ? argc - 2 : 0, peak);
    return 0;
}
