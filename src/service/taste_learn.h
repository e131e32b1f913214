/* The model of a store: trained on all of it, kept in it, brought up to date. */
#ifndef NEUME_SRC_SERVICE_TASTE_LEARN_H
#define NEUME_SRC_SERVICE_TASTE_LEARN_H

#include "taste_catalogue.h"

/* The store's model, up to date; trained if there is none and it does not take long. *out stays NULL where nobody has
 * heard anything. @retval NEUME_ENOTFOUND training would take long and was never done */
NEUME_MUST neume_status taste_model_of(neume_store *store, const taste_catalogue *catalogue,
                                       const neume_progress *progress, neume_taste_model **out);

#endif
