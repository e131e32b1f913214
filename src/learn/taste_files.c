#include "taste_files.h"

const neume_taste_wishes neume_taste_no_wishes = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

void neume__taste_wishes_apply(const neume_taste_wishes *wishes, neume_taste_options *options) {
    if (wishes->regularisation >= 0) options->regularisation = wishes->regularisation;
    if (wishes->confidence >= 0) options->confidence = wishes->confidence;
    if (wishes->damping >= 0) options->damping = wishes->damping;
    if (wishes->tags >= 0) options->tags = wishes->tags;
    if (wishes->plays_power >= 0) options->plays_power = wishes->plays_power;
    if (wishes->factors >= 0) options->factors = wishes->factors;
    if (wishes->sweeps >= 0) options->sweeps = wishes->sweeps;
    if (wishes->neighbours >= 0) options->neighbours = wishes->neighbours;
    if (wishes->seed >= 0) options->seed = (uint64_t)wishes->seed;
    if (wishes->weighting >= 0) options->weighting = (neume_taste_weighting)wishes->weighting;
}

typedef neume_status read_table(neume_taste_data *data, const char *path);

static neume_status read_all(neume_taste_data *data, const char *const *paths, size_t count, read_table *read,
                             const char **culprit) {
    for (size_t i = 0; i < count; i++) {
        *culprit = paths[i];
        NEUME_TRY(read(data, paths[i]));
    }
    *culprit = NULL;
    return NEUME_OK;
}

neume_status neume__taste_files_read(const neume_taste_files *files, const char **culprit, neume_taste_data **data,
                                     neume_taste_data **held) {
    neume_taste_data *shown = NULL, *apart = NULL;
    neume_status status;
    NEUME_GO(neume_taste_data_new(&shown));
    if (held) NEUME_GO(neume_taste_data_new(&apart));
    NEUME_GO(read_all(shown, files->plays, files->plays_count, neume_taste_data_read_plays, culprit));
    NEUME_GO(read_all(held ? apart : shown, files->held, files->held_count, neume_taste_data_read_plays, culprit));
    NEUME_GO(read_all(shown, files->tags, files->tags_count, neume_taste_data_read_tags, culprit));
    *data = shown;
    if (held) *held = apart;
    return NEUME_OK;
fail:
    neume_taste_data_free(shown);
    neume_taste_data_free(apart);
    return status;
}
