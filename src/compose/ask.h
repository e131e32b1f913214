/* From the words of a request to wishes. Private to the room. */
#ifndef NEUME_COMPOSE_ASK_H
#define NEUME_COMPOSE_ASK_H

#include "revise.h"

/* Reads one clause and moves on behind it. @return through *more: false when there was none left.
 * NEUME_EINVAL: a word is unknown; the message names it. */
neume_status neume__ask_next(const char **text, wish *out, bool *more);

#endif
