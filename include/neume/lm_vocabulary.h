/** @file
 * Text as a language model reads it: music in ABC cut into tokens that a musician would recognise.
 *
 * A token is a string of bytes ("_b", "3/2", " |\n", "K:Dmaj", "\"Am\""); what no string fits is spelled out byte by
 * byte, so any text passes, in any language, and decode(encode(x)) = x. The first tokens are controls, which stand for
 * no text: the ends of a document, the parts of a gap to fill, and what a tune should be like. A vocabulary is
 * immutable and may be shared by threads.
 */
#ifndef NEUME_LM_VOCABULARY_H
#define NEUME_LM_VOCABULARY_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Controls every vocabulary has, in this order. */
typedef enum neume_control {
    NEUME_TOKEN_PAD,    /**< nothing: fills rows of a batch */
    NEUME_TOKEN_BEGIN,  /**< a document begins */
    NEUME_TOKEN_END,    /**< it ends */
    NEUME_TOKEN_PREFIX, /**< a gap is to be filled (Bavarian et al. 2022): what stands before it, */
    NEUME_TOKEN_SUFFIX, /**< behind it, */
    NEUME_TOKEN_MIDDLE, /**< and in it, */
    NEUME_TOKEN_FILLED, /**< up to here */
    NEUME_TOKEN_SPARE,  /**< kept for later kinds of documents, up to NEUME_TOKEN_FIRST_WISH */
    NEUME_TOKEN_FIRST_WISH = 16,
} neume_control;

typedef struct neume_vocabulary neume_vocabulary;

/** Token ids, growing. Start with `{0}`; free `ids` with neume_tokens_clear(). */
typedef struct neume_tokens {
    int32_t *ids;
    size_t count, capacity;
} neume_tokens;
NEUME_API void neume_tokens_clear(neume_tokens *tokens);
NEUME_MUST neume_status neume_tokens_add(neume_tokens *tokens, int32_t id);

/** The vocabulary that ships (vocabulary_table.h): 1,280 tokens. */
NEUME_API NEUME_MUST neume_status neume_vocabulary_new_abc(neume_vocabulary **out);

/** A vocabulary from its tokens' names, as a weight file lists them: controls as "<name>", the 256 bytes as "<0x00>" ..
 * "<0xFF>" behind the controls, then strings.
 * @retval NEUME_EFORMAT the bytes are not all there, or no controls, or a string is empty, too long or said twice
 * @retval NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_vocabulary_new(const char *const *names, const size_t *sizes, size_t count,
                                                       neume_vocabulary **out);
NEUME_API void neume_vocabulary_free(neume_vocabulary *vocabulary);

/** The vocabulary inside a weight file, under llama.cpp's key "tokenizer.ggml.tokens".
 * @retval NEUME_EFORMAT it holds none, or it is none of ours  @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_vocabulary_read(const char *path, neume_vocabulary **out);
/** Adds a vocabulary to a weight file that is being composed. */
typedef struct neume_gguf_writer neume_gguf_writer;
NEUME_MUST neume_status neume_vocabulary_store(const neume_vocabulary *vocabulary, neume_gguf_writer *writer);

NEUME_API int32_t neume_vocabulary_count(const neume_vocabulary *vocabulary);
/** The bytes a token stands for, none (size 0) for controls; borrowed from the vocabulary, not zero-terminated.
 * @param id  0 .. count - 1 */
NEUME_API const char *neume_vocabulary_text(const neume_vocabulary *vocabulary, int32_t id, size_t *size);
/** Its name as in a weight file; borrowed. */
NEUME_API const char *neume_vocabulary_name(const neume_vocabulary *vocabulary, int32_t id, size_t *size);
/** The control of that name without its brackets, e.g. "bars:16"; -1: there is none. */
NEUME_API int32_t neume_vocabulary_control(const neume_vocabulary *vocabulary, const char *name);

/** Appends the tokens of a text: at every place the longest string that fits. Cost: O(count * longest string). */
NEUME_API NEUME_MUST neume_status neume_vocabulary_encode(const neume_vocabulary *vocabulary, const char *text,
                                                          size_t count, neume_tokens *out);
/** Appends the bytes of tokens. @retval NEUME_EINVAL an id outside */
NEUME_API NEUME_MUST neume_status neume_vocabulary_decode(const neume_vocabulary *vocabulary, const int32_t *ids,
                                                          size_t count, neume_buffer *out);

/** Which wishes a vocabulary's controls can tell a model; each is a control "KIND:VALUE". */
#define NEUME_WISH_BARS   "bars"   /**< how many bars are written: 1 .. 64 */
#define NEUME_WISH_VOICES "voices" /**< 1 .. 8 */
#define NEUME_WISH_RHYTHM "rhythm" /**< reel jig "slip jig" slide hornpipe polka waltz march strathspey air ... */
#define NEUME_WISH_SOURCE "source" /**< the style of a collection */

#ifdef __cplusplus
}
#endif
#endif
