/* How fast taste learns and answers: bench_taste [small]
 *
 * Prints, as TSV: what, its size, seconds on the wall and of all processors together, each the best of several runs; on
 * a busy machine the second is the one to trust. All data are made up, with items as unequally popular as in real
 * plays. With "small" the largest matrix (17 million plays) is a tenth of its size. */
#include "als_solve.h"
#include "factors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 3, K = 10, FACTORS = 64 };

/* The best of several runs. */
typedef struct watch {
    double wall_s, processor_s, wall_start_s, processor_start_s;
} watch;

static double processor_clock_s(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

static void watch_start(watch *w) {
    w->wall_start_s = neume_clock_s();
    w->processor_start_s = processor_clock_s();
}

static void watch_stop(watch *w) {
    w->wall_s = fmin(w->wall_s, neume_clock_s() - w->wall_start_s);
    w->processor_s = fmin(w->processor_s, processor_clock_s() - w->processor_start_s);
}

static void watch_print(const watch *w, const char *what, const char *size) {
    printf("%s\t%s\t%.6f\t%.6f\n", what, size, w->wall_s, w->processor_s);
    fflush(stdout);
}

static const watch watch_none = {1e9, 1e9, 0, 0};

static void check(neume_status status) {
    if (status == NEUME_OK) return;
    fprintf(stderr, "bench_taste: %s\n", neume_error_message());
    exit(1);
}

/* Popularity falls with rank as in real plays: a uniform number to a power. */
static int32_t draw_item(neume_rng *rng, int64_t items) {
    return (int32_t)((double)items * pow(neume_rng_uniform(rng, 0, 1), 2.5));
}

static void make_plays(int64_t users, int64_t items, int64_t plays, neume_sparse *out) {
    neume_rng rng = neume_rng_seeded(1, 1);
    taste_cells cells = {0};
    for (int64_t i = 0; i < plays; i++)
        check(neume__cells_add(&cells, (taste_cell){(int32_t)(i % users), draw_item(&rng, items),
                                                    1 + (float)neume_rng_below(&rng, 50), 0}));
    check(neume__sparse_build(&cells, users, items, out, NULL));
    neume__cells_clear(&cells);
}

static neume_taste_data *make_data(int64_t users, int64_t items, int64_t plays) {
    neume_sparse m;
    neume_taste_data *data = NULL;
    make_plays(users, items, plays, &m);
    check(neume_taste_data_new(&data));
    for (int64_t u = 0; u < m.rows; u++)
        for (int64_t at = m.start[u]; at < m.start[u + 1]; at++) {
            char user[32], item[32];
            snprintf(user, sizeof user, "u%lld", (long long)u);
            snprintf(item, sizeof item, "i%d", m.column[at]);
            check(neume_taste_data_add(data, &(neume_taste_event){user, item, (double)m.value[at], 0}));
        }
    neume__sparse_clear(&m);
    return data;
}

/* Training, then one history asked many times. */
static void bench_model(neume_taste_algorithm algorithm, neume_taste_data *data, const char *size) {
    const neume_taste_options options = neume_taste_defaults(algorithm);
    watch train = watch_none, answer = watch_none;
    char what[64];
    neume_taste_model *model = NULL;
    neume_taste_entry *history = NULL;
    neume_taste_hit hits[K];
    size_t count = 0, found;
    for (int run = 0; run < RUNS; run++) {
        neume_taste_free(model);
        watch_start(&train);
        check(neume_taste_train(data, &options, NULL, &model));
        watch_stop(&train);
    }
    check(neume_taste_history(model, "u7", &history, &count));
    const neume_taste_query query = {.history = history, .count = count, .most = K};
    for (int run = 0; run < 20 * RUNS; run++) {
        watch_start(&answer);
        check(neume_taste_recommend(model, &query, hits, &found));
        watch_stop(&answer);
    }
    snprintf(what, sizeof what, "%s: train", neume_taste_algorithm_name(algorithm));
    watch_print(&train, what, size);
    snprintf(what, sizeof what, "%s: answer", neume_taste_algorithm_name(algorithm));
    watch_print(&answer, what, size);
    neume_taste_history_free(history);
    neume_taste_free(model);
}

/* One sweep of ALS over both sides. */
static void bench_sweep(int64_t users, int64_t items, int64_t plays) {
    neume_sparse by_user, by_item;
    float *x = NULL, *y = NULL, *gram = NULL;
    watch sweep = watch_none;
    char size[96];
    make_plays(users, items, plays, &by_user);
    check(neume__sparse_transpose(&by_user, &by_item));
    check(neume__factors_new(users, FACTORS, .1, 1, &x));
    check(neume__factors_new(items, FACTORS, .1, 2, &y));
    check(neume__factors_new(FACTORS, FACTORS, 0, 0, &gram));
    for (int run = 0; run < RUNS; run++) {
        watch_start(&sweep);
        neume__als_gram(y, items, FACTORS, 10, gram);
        check(neume__als_half(&(als_side){&by_user, y, gram, FACTORS, 3, x}));
        neume__als_gram(x, users, FACTORS, 10, gram);
        check(neume__als_half(&(als_side){&by_item, x, gram, FACTORS, 3, y}));
        watch_stop(&sweep);
    }
    snprintf(size, sizeof size, "%lld x %lld, %lld plays", (long long)users, (long long)items,
             (long long)by_user.start[users]);
    watch_print(&sweep, "als: one sweep, 64 factors", size);
    neume__sparse_clear(&by_user);
    neume__sparse_clear(&by_item);
    neume__free(x);
    neume__free(y);
    neume__free(gram);
}

/* All items against one vector, and the best ten. */
static void bench_scan(int64_t items) {
    float *y = NULL, *x = NULL, *scores = neume__calloc((size_t)items, sizeof *scores);
    neume_taste_hit hits[K];
    watch scan = watch_none;
    char size[32];
    if (!scores) check(NEUME_ENOMEM);
    check(neume__factors_new(items, FACTORS, .1, 1, &y));
    check(neume__factors_new(1, FACTORS, .1, 2, &x));
    for (int run = 0; run < 20 * RUNS; run++) {
        memset(scores, 0, (size_t)items * sizeof *scores);
        watch_start(&scan);
        neume__factors_score(y, items, FACTORS, x, scores);
        neume_taste_top(scores, items, NULL, K, hits);
        watch_stop(&scan);
    }
    snprintf(size, sizeof size, "%lld items", (long long)items);
    watch_print(&scan, "best 10 by 64 factors", size);
    neume__free(y);
    neume__free(x);
    neume__free(scores);
}

int main(int count, char **arguments) {
    printf("what\tsize\twall_s\tprocessor_s\n");
    const int64_t part = count > 1 && strcmp(arguments[1], "small") == 0 ? 10 : 1;
    neume_taste_data *data = make_data(1892, 17600, 75000);
    bench_model(NEUME_TASTE_EASE, data, "1892 x 17600, 75000 plays");
    bench_model(NEUME_TASTE_ALS, data, "1892 x 17600, 75000 plays");
    bench_model(NEUME_TASTE_ITEMKNN, data, "1892 x 17600, 75000 plays");
    neume_taste_data_free(data);
    bench_scan(20000);
    bench_scan(1000000);
    bench_sweep(360000 / part, 290000 / part, 17000000 / part);
    return 0;
}
