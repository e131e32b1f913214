/* A catalogue made ready for prompts: what its items are in the lexicon's words, and whom "like X" means. */
#ifndef NEUME_SRC_SERVICE_TASTE_PROMPT_H
#define NEUME_SRC_SERVICE_TASTE_PROMPT_H

#include "taste_catalogue.h"

#include "neume/taste_match.h"

/* A matcher whose items have the catalogue's numbers. */
NEUME_MUST neume_status taste_matcher_of(const taste_catalogue *catalogue, const neume_words *words,
                                         neume_matcher **out);

enum { TASTE_MOST_LIKES = 32 };
/* Items that a wish "like X" means: of that name, of that artist, or of an artist whom X names with more words ("Chopin
 * nocturnes"). @return how many */
size_t taste_likes_of(const taste_catalogue *catalogue, const char *value, int32_t out[TASTE_MOST_LIKES]);

#endif
