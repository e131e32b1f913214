/* A program that writes to a store is killed at random moments. Whatever it said was committed is there afterwards,
 * each transaction as a whole, and the file is sound. */
#include "own_folder.h"

#include "neume/store.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 12, PER_TRANSACTION = 7 };

/* Shared with the child: how many transactions it has seen committed. */
typedef struct board {
    volatile int64_t committed;
} board;

static neume_status write_one(neume_store *store, int64_t number) {
    int64_t user = 0, item = 0;
    char id[32];
    NEUME_TRY(neume_store_begin(store));
    NEUME_TRY(neume_store_put_user(store, "1", &user));
    for (int i = 0; i < PER_TRANSACTION; i++) {
        snprintf(id, sizeof id, "item %lld %d", (long long)number, i);
        NEUME_TRY(neume_store_put_item(store, &(neume_store_item){.id = id}, &item));
        NEUME_TRY(neume_store_add_event(store, &(neume_store_event){user, item, NEUME_EVENT_PLAY, number + 1, 1}));
    }
    return neume_store_commit(store);
}

static void write_for_ever(const char *path, board *shared) {
    neume_store *store = NULL;
    if (neume_store_open(path, &(neume_store_options){.create = true}, &store) != NEUME_OK) _exit(1);
    for (;;) {
        if (write_one(store, shared->committed) != NEUME_OK) _exit(2);
        shared->committed++;
    }
}

static void check_whole(const char *path, int64_t committed) {
    neume_store *store = NULL;
    neume_store_counts counts;
    assert_ok(neume_store_open(path, &(neume_store_options){.create = true}, &store));
    assert_ok(neume_store_check(store));
    assert_ok(neume_store_count(store, &counts));
    assert_int_equal(counts.events % PER_TRANSACTION, 0);
    assert_true(counts.events >= committed * PER_TRANSACTION);
    assert_true(counts.events <= (committed + 1) * PER_TRANSACTION); /* the last may not have been reported */
    assert_int_equal(counts.events, counts.items);
    neume_store_close(store);
}

static void test_a_kill_at_any_instant_loses_nothing_committed(void **state) {
    char path[OWN_PATH_BYTES];
    board *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    neume_rng rng = neume_rng_seeded(6, 1);
    (void)state;
    assert_true(shared != MAP_FAILED);
    own_path_print("a.db", path);
    for (int round = 0; round < ROUNDS; round++) {
        const struct timespec moment = {.tv_nsec =
                                            neume_rng_below(&rng, 120) * 1000000}; /* from before it has opened */
        int how = 0;
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) write_for_ever(path, shared);
        nanosleep(&moment, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        check_whole(path, shared->committed);
        neume_store *store = NULL;
        neume_store_counts counts;
        assert_ok(neume_store_open(path, NULL, &store));
        assert_ok(neume_store_count(store, &counts));
        shared->committed = counts.events / PER_TRANSACTION;
        neume_store_close(store);
    }
    assert_true(shared->committed > 0);
    munmap(shared, sizeof *shared);
}

static void test_several_programs_write_to_one_file(void **state) {
    enum { PROGRAMS = 3, EACH = 20 };
    char path[OWN_PATH_BYTES];
    neume_store *store = NULL;
    neume_store_counts counts;
    (void)state;
    own_path_print("a.db", path);
    for (int64_t program = 0; program < PROGRAMS; program++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child) continue;
        if (neume_store_open(path, &(neume_store_options){.create = true}, &store) != NEUME_OK) _exit(1);
        for (int64_t i = 0; i < EACH; i++)
            if (write_one(store, program * EACH + i) != NEUME_OK) _exit(2);
        neume_store_close(store);
        _exit(0);
    }
    for (int i = 0; i < PROGRAMS; i++) {
        int how = 0;
        assert_true(wait(&how) > 0);
        assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    }
    assert_ok(neume_store_open(path, NULL, &store));
    assert_ok(neume_store_count(store, &counts));
    assert_int_equal(counts.events, PROGRAMS * EACH * PER_TRANSACTION);
    assert_int_equal(counts.users, 1);
    neume_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_own_folder(test_a_kill_at_any_instant_loses_nothing_committed),
        in_own_folder(test_several_programs_write_to_one_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
