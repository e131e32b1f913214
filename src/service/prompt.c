/* Wishes in words. */
#include "neume/service_prompt.h"

#include <string.h>

neume_status neume_prompt_ask(const char *prompt, size_t count, const neume_rewrite *rewrite, neume_query *out) {
    neume_words *words = NULL;
    if (memchr(prompt, '=', count) && neume_query_parse(prompt, count, out) == NEUME_OK) return NEUME_OK;
    NEUME_TRY(neume_words_new(&words));
    const neume_status status = rewrite ? neume_words_rewrite(words, rewrite, prompt, count, out, NULL)
                                        : neume_words_understand(words, prompt, count, out);
    neume_words_free(words);
    return status;
}
