/* What a number of plays is worth. */
#ifndef NEUME_TASTE_WEIGH_H
#define NEUME_TASTE_WEIGH_H

#include "part.h"

/* log(1 + plays) against its mean in the history, to a power: 0 = played or not, 1 = as it is. The number of plays of
 * an avid and of a rare listener thereby count alike. A dislike keeps its sign. @param[out] entries (count) */
taste_history neume__history_weigh(const taste_history *history, double power, neume_taste_entry *entries);
/* All plays, weighed in the same way, zeros left out. */
NEUME_MUST neume_status neume__plays_weigh(const neume_sparse *plays, double power, neume_sparse *out);
/* One weighed history on the heap, for kinds that need it while scoring; free entries. */
NEUME_MUST neume_status neume__history_weighed(const taste_history *history, double power, taste_history *out);

/* Items x tags: log(1 + weight) log(items / items with the tag), each row of length 1; tags of fewer than @p rarest
 * items are left out. (TF-IDF: Salton & Buckley 1988.) */
NEUME_MUST neume_status neume__tags_weigh(const neume_sparse *item_tags, int64_t rarest, neume_sparse *out);

#endif
