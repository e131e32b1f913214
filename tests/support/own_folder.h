/* A folder of the test program's own, so that programs can run beside each other: make and remove it around a group of
 * tests, or around each test by in_own_folder(). */
#ifndef OWN_FOLDER_H
#define OWN_FOLDER_H

#include "neume_test.h"

#include <string.h>

enum { OWN_PATH_BYTES = 128 };

static char own_folder[32];

static inline int own_folder_make(void **state) {
    (void)state;
    strcpy(own_folder, "/tmp/neume-test-XXXXXX");
    return mkdtemp(own_folder) ? 0 : -1;
}

static inline int own_folder_remove(void **state) {
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", own_folder);
    return system(command);
}

static inline void own_path_print(const char *name, char path[OWN_PATH_BYTES]) {
    snprintf(path, OWN_PATH_BYTES, "%s/%s", own_folder, name);
}

/* Good until the next call. */
static inline const char *own_path(const char *name) {
    static char path[OWN_PATH_BYTES];
    own_path_print(name, path);
    return path;
}

#define in_own_folder(test) cmocka_unit_test_setup_teardown(test, own_folder_make, own_folder_remove)

#endif
