/** @file
 * Recommending from a model's file.
 */
#ifndef NEUME_SERVICE_RECOMMEND_H
#define NEUME_SERVICE_RECOMMEND_H

#include "neume/taste.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Appends a line for every recommendation: user, rank from 1, item, score, apart by tabs. Items that a user has are
 * left out; users whom the model does not know get what most people like.
 * @param users  text of one user a line; more columns, apart by tabs, are ignored
 * @retval NEUME_EINVAL @p most is not within 1 .. 1000 */
NEUME_API NEUME_MUST neume_status neume_recommend_table(const neume_taste_model *model, const char *users, int64_t most,
                                                        neume_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
