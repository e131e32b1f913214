/* For tests of listening: a small world of items in four groups, and listeners who each like one. */
#ifndef NEUME_SERVICE_TASTE_WORLD_H
#define NEUME_SERVICE_TASTE_WORLD_H

#include "own_folder.h"

#include "neume/service_taste.h"

#include <string.h>

enum { USERS = 30, ITEMS = 40, GROUPS = 4 };

/* A store in the folder of the test's own. */
static inline neume_store *open_store(const char *name) {
    neume_store *store = NULL;
    assert_ok(neume_store_open(own_path(name), &(neume_store_options){.create = true}, &store));
    return store;
}

static inline neume_history_tally import_text(neume_store *store, const char *text) {
    neume_history_tally tally = {0};
    assert_ok(neume_file_write(own_path("file"), text, strlen(text)));
    assert_ok(neume_listening_import(store, own_path("file"), NULL, NULL, &tally));
    return tally;
}

/* Item i is of group i % GROUPS, whose name is its first tag. */
static const char *const groups[GROUPS] = {"jazz", "metal", "ambient", "folk"};

static inline void import_items(neume_store *store) {
    neume_buffer text = {0};
    assert_ok(neume_buffer_print(&text, "id,name,artist,year,tags,tempo_bpm\n"));
    for (int i = 0; i < ITEMS; i++)
        assert_ok(neume_buffer_print(&text, "i%d,Song %d,Artist %d,%d,%s:3|%s,%d\n", i, i, i % 20, 1950 + i,
                                     groups[i % GROUPS], i % 8 < 4 ? "piano" : "guitar", 60 + 30 * (i % GROUPS)));
    assert_int_equal(import_text(store, text.data).taken, ITEMS);
    neume_buffer_clear(&text);
}

/* A listener hears his group's items, and one in six of others. */
static inline void print_plays(int user, neume_buffer *text) {
    neume_rng rng = neume_rng_seeded((uint64_t)user, 5);
    for (int play = 0; play < 8; play++) {
        const int64_t other = neume_rng_below(&rng, ITEMS), group = user % GROUPS;
        const int64_t own = group + GROUPS * neume_rng_below(&rng, ITEMS / GROUPS);
        const int64_t item = neume_rng_chance(&rng, 1.0 / 6) ? other : own;
        assert_ok(
            neume_buffer_print(text, "%d\ti%lld\t%d\t%d\n", user, (long long)item, play + 1, 1700000000 + 3600 * play));
    }
}

/* One listener is left out; 0: nobody is. */
static inline void import_plays(neume_store *store, int without) {
    neume_buffer text = {0};
    for (int user = 1; user <= USERS; user++)
        if (user != without) print_plays(user, &text);
    import_text(store, text.data);
    neume_buffer_clear(&text);
}

static inline neume_store *make_world(void) {
    neume_store *store = open_store("a.db");
    import_items(store);
    import_plays(store, 0);
    return store;
}

static inline neume_guide *make_guide(neume_store *store) {
    neume_guide *guide = NULL;
    assert_ok(neume_guide_new(store, NULL, NULL, &guide));
    return guide;
}

/* Is the item of the group's? */
static inline bool of_group(const char *id, int group) {
    return atoi(id + 1) % GROUPS == group;
}

#endif
