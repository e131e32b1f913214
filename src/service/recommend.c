/* Recommendations for a list of users. */
#include "neume/service_recommend.h"

#include <string.h>

enum { MOST_LIMIT = 1000 };

typedef struct user_list {
    char *text;
    const char **names;
    size_t count, capacity;
} user_list;

/* Cuts the text into lines and those at their first tab. */
static neume_status read_users(const char *users, user_list *out) {
    out->text = neume__strdup(users);
    if (!out->text) return NEUME_ENOMEM;
    for (char *line = out->text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        line[strcspn(line, "\t\r")] = '\0';
        if (!*line) continue;
        NEUME_TRY(neume__grow((void **)&out->names, &out->capacity, out->count + 1, sizeof *out->names));
        out->names[out->count++] = line;
    }
    return NEUME_OK;
}

static neume_status print_hits(const neume_taste_model *model, const char *user, const neume_taste_hit *hits,
                               size_t count, neume_buffer *out) {
    for (size_t i = 0; i < count; i++)
        NEUME_TRY(neume_buffer_print(out, "%s\t%zu\t%s\t%.6g\n", user, i + 1,
                                     neume_ids_name(neume_taste_items(model), hits[i].item), (double)hits[i].score));
    return NEUME_OK;
}

neume_status neume_recommend_table(const neume_taste_model *model, const char *users, int64_t most, neume_buffer *out) {
    user_list list = {0};
    neume_status status;
    neume_taste_hit *hits = NULL;
    size_t *found = NULL;
    if (most < 1 || most > MOST_LIMIT) return neume_fail(NEUME_EINVAL, "1 .. %d items for each user", MOST_LIMIT);
    NEUME_GO(read_users(users, &list));
    hits = neume__alloc(list.count * (size_t)most * sizeof *hits);
    found = neume__alloc(list.count * sizeof *found);
    status = NEUME_ENOMEM;
    if (!hits || !found) goto fail;
    NEUME_GO(neume_taste_recommend_users(model, list.names, list.count, most, hits, found));
    for (size_t i = 0; i < list.count; i++)
        NEUME_GO(print_hits(model, list.names[i], hits + (int64_t)i * most, found[i], out));
fail:
    neume__free(hits);
    neume__free(found);
    neume__free(list.names);
    neume__free(list.text);
    return status;
}
