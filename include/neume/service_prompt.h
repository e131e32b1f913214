/** @file
 * A wish in words, understood: by the lexicon, or with a language model's help.
 */
#ifndef NEUME_SERVICE_PROMPT_H
#define NEUME_SERVICE_PROMPT_H

#include "neume/taste_words.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Understands a prompt; text that is a query's line already ("mood=calm;not.style=pop") is taken as one, so that what
 * was shown may be edited and given back.
 * @param      rewrite  where a language model helps; NULL = the lexicon alone
 * @param[out] out      replaced on success; free with neume_query_clear()
 * @retval NEUME_ELIMIT longer than NEUME_PROMPT_LONGEST_BYTES  @retval NEUME_ENOMEM
 * Cost: makes the lexicon, some milliseconds; who asks often keeps a ::neume_words. */
NEUME_API NEUME_MUST neume_status neume_prompt_ask(const char *prompt, size_t count, const neume_rewrite *rewrite,
                                                   neume_query *out);

#ifdef __cplusplus
}
#endif
#endif
