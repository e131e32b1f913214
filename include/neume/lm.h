/** @file
 * The language model at work: a file of weights, many streams of text growing token by token, and the choice of the
 * next token.
 *
 * The model is a decoder-only transformer in the shapes of qwen2 and llama, read from GGUF as llama.cpp names its
 * parts, its matrices in 32, 16, 8 or 4 bits. A session holds what the model remembers of B streams (keys and values of
 * attention), so that one more token costs one pass over the weights, and one pass serves all streams:
 *
 *     NEUME_TRY(neume_lm_model_load("compose.gguf", &model));
 *     NEUME_TRY(neume_lm_session_new(model, 1, 512, &session));
 *     NEUME_TRY(neume_lm_sampler_new(vocabulary, seed, &sampler));
 *     NEUME_TRY(neume_lm_session_feed(session, 0, prompt, count, logits));
 *     while (...) {
 *         NEUME_TRY(neume_lm_sample(sampler, &sampling, logits, &choice));
 *         NEUME_TRY(neume_lm_session_step(session, &choice.id, logits));
 *     }
 *
 * A stream's logits do not depend on what the other streams hold, nor on how its tokens were divided into calls: the
 * same sums are made in the same order. (On one kind of processor; another rounds otherwise.) A model is read-only and
 * may serve many threads; a session and a sampler are for one thread at a time.
 */
#ifndef NEUME_LM_H
#define NEUME_LM_H

#include "neume/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A model's sizes. */
typedef struct neume_lm_shape {
    int64_t vocabulary, width, layers; /**< V, D, L */
    int64_t heads, kv_heads;           /**< H divides D, and D / H is even; kv_heads divides H */
    int64_t hidden;                    /**< of the feedforward part, about 8/3 D */
    int64_t context;                   /**< the longest row, in tokens */
    float rope_base, epsilon;          /**< 10000, 1e-5 */
} neume_lm_shape;
/** The model that is shipped, 5.1 million numbers. */
#define NEUME_LM_SHAPE_DEFAULT                                                                                         \
    { 1280, 256, 6, 4, 4, 704, 1024, 1e4f, 1e-5f }

/* --- models ------------------------------------------------------------------------------------------------------- */

typedef struct neume_lm_model neume_lm_model;

/** Reads a model and checks every array's name, type and size.
 * @param path  GGUF of architecture "qwen2" or "llama"; matrices F32, F16, BF16, Q8_0, Q5_0, Q4_0, Q4_K or Q6_K
 * @retval NEUME_EFORMAT  no GGUF, an array missing, unknown or of another shape
 * @retval NEUME_EUNSUPPORTED  another architecture, or an array of a type that is not read
 * @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ELIMIT NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_lm_model_load(const char *path, neume_lm_model **out);
/** The same from memory, which is copied. */
NEUME_API NEUME_MUST neume_status neume_lm_model_parse(const void *bytes, size_t count, neume_lm_model **out);
/** Merges an adapter (LoRA, GGUF as llama.cpp's) into the model, before any session of it works. On failure the model
 * is as before. Floats keep their type; blocks of fewer than 8 bits become q8_0.
 * @param strength  1: as it was learnt
 * @retval NEUME_EFORMAT  no adapter, or one of another model  @retval NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_lm_model_adapt(neume_lm_model *model, const char *path, float strength);
NEUME_API void neume_lm_model_free(neume_lm_model *model);
NEUME_API const neume_lm_shape *neume_lm_model_shape(const neume_lm_model *model); /**< borrowed from the model */
NEUME_API size_t neume_lm_model_bytes(const neume_lm_model *model); /**< of weights: what one step reads */

/* --- sessions ----------------------------------------------------------------------------------------------------- */

typedef struct neume_lm_session neume_lm_session;

/** @param streams  B, 1 to 2^20  @param context  the longest stream in tokens, 1 to the model's
 * @param model  borrowed until the session is freed
 * @retval NEUME_EINVAL NEUME_ENOMEM NEUME_ELIMIT
 * Cost: 8 L kv_heads D / H bytes for each token of each stream, touched as streams grow. */
NEUME_API NEUME_MUST neume_status neume_lm_session_new(const neume_lm_model *model, int64_t streams, int64_t context,
                                                       neume_lm_session **out);
NEUME_API void neume_lm_session_free(neume_lm_session *session);

/** Appends tokens to a stream; many at once are one product of matrices.
 * @param ids  (count) each 0 .. V - 1
 * @param[out] logits  (V) of what follows the last token; NULL = not wanted
 * @retval NEUME_EINVAL  no such stream, an id outside the vocabulary  @retval NEUME_ELIMIT  beyond the context. The
 * stream is then as before. */
NEUME_API NEUME_MUST neume_status neume_lm_session_feed(neume_lm_session *session, int64_t stream, const int32_t *ids,
                                                        int64_t count, float *logits);
/** The same with the logits behind every token: what scoring a text needs.  @param[out] logits  (count, V) */
NEUME_API NEUME_MUST neume_status neume_lm_session_score(neume_lm_session *session, int64_t stream, const int32_t *ids,
                                                         int64_t count, float *logits);
/** Appends one token to each stream, of whatever length each is; reads the weights once for all.
 * @param ids  (B), below 0: that stream rests, and its logits mean nothing
 * @param[out] logits  (B, V) */
NEUME_API NEUME_MUST neume_status neume_lm_session_step(neume_lm_session *session, const int32_t *ids, float *logits);

NEUME_API int64_t neume_lm_session_length(const neume_lm_session *session, int64_t stream); /**< tokens so far */
/** Forgets all but the first @p length tokens (at most as many as there are); 0 makes the stream new. */
NEUME_API void neume_lm_session_truncate(neume_lm_session *session, int64_t stream, int64_t length);
/** Makes stream @p to a copy of stream @p from. */
NEUME_API void neume_lm_session_copy(neume_lm_session *session, int64_t from, int64_t to);

/* --- sampling ----------------------------------------------------------------------------------------------------- */

/** How a token is chosen. In this order: tokens outside the mask are removed; the logits of recent tokens are moved
 * away from being chosen (a positive one is divided by @c repetition_penalty, a negative one multiplied; Keskar et al.
 * 2019); all are divided by the temperature; the tokens in falling order of probability are cut after @c top_k, after
 * the first whose sum reaches @c top_p (Holtzman et al. 2020), and before the first below @c min_p times the likeliest,
 * whichever comes first; one is drawn from what is left. */
typedef struct neume_lm_sampling {
    float temperature;        /**< 0: always the likeliest (the lowest id among equals) */
    int32_t top_k;            /**< 0: all */
    float top_p;              /**< 1: all */
    float min_p;              /**< 0: all */
    float repetition_penalty; /**< 1: none */
    const int32_t *recent;    /**< (recent_count) the tokens that the penalty is for; each counts once */
    int64_t recent_count;
    const uint64_t *allowed; /**< (V + 63) / 64 words, bit id % 64 of word id / 64 set: may be chosen; NULL: all */
} neume_lm_sampling;
#define NEUME_LM_SAMPLING_DEFAULT                                                                                      \
    { 1.0f, 0, 1.0f, 0.0f, 1.0f, NULL, 0, NULL }

typedef struct neume_lm_choice {
    int32_t id;
    double log_probability;     /**< natural logarithm, of the model's own softmax: no mask, temperature 1 */
    double log_probability_cut; /**< of the law that it was drawn from */
    double log_allowed;         /**< of the share of the model's own softmax that the mask leaves; 0 without a mask */
} neume_lm_choice;

typedef struct neume_lm_sampler neume_lm_sampler;
/** The same seed, logits and settings give the same choices. */
NEUME_API NEUME_MUST neume_status neume_lm_sampler_new(int64_t vocabulary, uint64_t seed, neume_lm_sampler **out);
NEUME_API void neume_lm_sampler_free(neume_lm_sampler *sampler);
/** @param logits  (V) finite
 * @retval NEUME_EINVAL  the mask allows nothing, a setting is out of range, a recent id outside the vocabulary, a
 * logit is not a number
 * Cost: O(V), and O(log V) for each token that the cuts leave. */
NEUME_API NEUME_MUST neume_status neume_lm_sample(neume_lm_sampler *sampler, const neume_lm_sampling *how,
                                                  const float *logits, neume_lm_choice *out);

/* --- weights in fewer bits ---------------------------------------------------------------------------------------- */

/** What quantising did to one array. */
typedef void neume_lm_array_fn(void *context, const char *name, const char *type, double snr_db);

/** Writes a model with its matrices in another type; gains and biases stay as they are, and all metadata. Rows that are
 * no whole blocks of the type (32 items, 256 of q4_k) go to a finer one: q4_k to q8_0, and q8_0 or q4_0 to f16.
 * @param type  "f32", "f16", "bf16", "q8_0", "q4_0" or "q4_k"
 * @param told  called for each array with its signal-to-noise ratio against @p from's (infinite when nothing was lost);
 * may be NULL
 * @retval NEUME_EINVAL  no such type  @retval NEUME_EFORMAT NEUME_ENOTFOUND NEUME_EIO NEUME_ENOMEM */
NEUME_API NEUME_MUST neume_status neume_lm_quantise(const char *from, const char *to, const char *type,
                                                    neume_lm_array_fn *told, void *context);

/** Writes a model that has learnt nothing: for tests, and to time a size. */
typedef struct neume_lm_random {
    neume_lm_shape shape;
    const char *architecture; /**< "qwen2" (with biases) or "llama" */
    const char *type;         /**< as of neume_lm_quantise() */
    bool tied;                /**< the embedding is also the output matrix */
    float deviation;          /**< of the matrices; training starts from .02 */
    uint64_t seed;
} neume_lm_random;
NEUME_API NEUME_MUST neume_status neume_lm_random_write(const char *path, const neume_lm_random *wanted);
NEUME_API NEUME_MUST neume_status neume_lm_random_print(const neume_lm_random *wanted, neume_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
