#ifndef NEUME_LEARN_TASTE_FILES_H
#define NEUME_LEARN_TASTE_FILES_H

#include "neume/learn_taste.h"

/* Reads the plays and tags, and the held files: into data too (held NULL), or into one of their own. */
NEUME_MUST neume_status neume__taste_files_read(const neume_taste_files *files, const char **culprit,
                                                neume_taste_data **data, neume_taste_data **held);
void neume__taste_wishes_apply(const neume_taste_wishes *wishes, neume_taste_options *options);

#endif
