/* A recipe: lines of `key = value`, `#` begins a comment. Private to the room. */
#ifndef NEUME_LEARN_RECIPE_H
#define NEUME_LEARN_RECIPE_H

#include "neume/base.h"

/* What a key sets. */
typedef enum recipe_type { RECIPE_NUMBER, RECIPE_INTEGER, RECIPE_TEXT } recipe_type;
typedef struct recipe_key {
    const char *name;
    recipe_type type;
    void *target; /* double, int64_t or char[RECIPE_TEXT_MAX] */
} recipe_key;
enum { RECIPE_TEXT_MAX = 512 };

/* Sets the targets of the keys that occur. An unknown key, a bad value or a key said twice is NEUME_EFORMAT with its
 * line. */
neume_status recipe_parse(const char *name, const char *text, const recipe_key *keys, size_t count);
neume_status recipe_read(const char *path, const recipe_key *keys, size_t count);

/* Which of several sources comes next, by their shares; one of them is above 0, and those that are not never come. */
size_t recipe_draw_share(const double *shares, size_t count, neume_rng *rng);

#endif
