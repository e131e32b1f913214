/** @file
 * The language model while it learns: a decoder-only transformer with its gradients. For those who train it; inference
 * needs neume/lm.h.
 *
 * A token's vector passes L blocks, x += attention(norm(x)), x += feedforward(norm(x)), and is compared with every
 * token's vector to say which comes next: the shapes of qwen2, so that one engine runs this model and others.
 * Normalisation by the root mean square (Zhang & Sennrich 2019), rotary positions (Su et al. 2021), grouped-query
 * attention (Ainslie et al. 2023), a gated feedforward part (Shazeer 2020), output tied to the embedding.
 *
 * A row of a batch packs several documents, which do not see each other: a training loop reads
 *
 *     neume_parameters_zero_gradients(list);
 *     NEUME_TRY(neume_lm_net_step(net, &pass, &batch, &loss));
 *     neume_adamw_step(&adam, list, rate, &norm);
 *
 * One net is for one thread at a time; the work runs on the pool.
 */
#ifndef NEUME_LM_NET_H
#define NEUME_LM_NET_H

#include "neume/lm.h"
#include "neume/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct neume_lm_net neume_lm_net;

/** Weights are N(0, .02), those that end in the residual stream N(0, .02 / sqrt(2 L)), gains 1, biases 0. The same seed
 * gives the same net. @retval NEUME_EINVAL a shape that is none (or of absurd size)  @retval NEUME_ENOMEM */
NEUME_MUST neume_status neume_lm_net_new(const neume_lm_shape *shape, uint64_t seed, neume_lm_net **out);
void neume_lm_net_free(neume_lm_net *net);
const neume_lm_shape *neume_lm_net_shape(const neume_lm_net *net); /**< borrowed from the net */
/** What the optimiser changes (with adapters: only they); borrowed from the net. Decay is wanted for the matrices of
 * the blocks only. */
neume_parameters *neume_lm_net_parameters(neume_lm_net *net);

/* --- learning ----------------------------------------------------------------------------------------------------- */

/** B rows of T tokens (T at most the context), each row one or more documents on end. Borrowed during a call only. */
typedef struct neume_lm_batch {
    int64_t rows, length;   /**< B, T */
    const int32_t *tokens;  /**< (B, T) 0 .. V - 1 */
    const int32_t *targets; /**< (B, T) the token that should follow, 0 .. V - 1 (any valid one where the weight is 0);
                                 not read by neume_lm_net_logits() */
    const float *weights;   /**< (B, T) what each target counts, of any sign (reinforcement learning pushes away with
                                 negative ones); read by neume_lm_net_step() only */
    const int32_t *starts;  /**< (B, T) the index in its row of the first token of t's document: it never falls, and
                                 starts[t] is t or starts[t - 1]. Attention and positions begin there */
} neume_lm_batch;

/** How a pass computes. */
typedef struct neume_lm_pass {
    neume_compute *compute;
    neume_dtype dtype; /**< of what the products read: NEUME_BF16 where neume_compute_has_bf16(), else NEUME_F32; the
                            residual stream, softmax, normalisation and gradients of weights are 32-bit always */
    float dropout;     /**< probability, 0 .. .9, of dropping a number of the embedding or of a branch; only in
                            neume_lm_net_step() */
    uint64_t seed;     /**< draws what is dropped: another for every step */
} neume_lm_pass;

/** Forward and backward: *loss = sum(weight nll) / sum(|weight|), in nats; its gradient is added to the parameters'.
 * Needs neume_parameters_prepare_training(). (All weights 0: loss 0, no gradient.)
 * @retval NEUME_EINVAL the batch is not what neume_lm_batch says  @retval NEUME_ENOMEM
 * Cost: about 6 FLOP per parameter and token, and memory for some 30 D numbers per layer and token. */
NEUME_MUST neume_status neume_lm_net_step(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                                          double *loss);
/** Forward only, nothing dropped. @param[out] nll (B, T) minus the log-probability of each target, in nats. */
NEUME_MUST neume_status neume_lm_net_losses(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                                            float *nll);
/** Forward only, nothing dropped. @param[out] logits (B, T, V) */
NEUME_MUST neume_status neume_lm_net_logits(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                                            float *logits);

/* --- files -------------------------------------------------------------------------------------------------------- */

/** A checkpoint: everything needed to go on learning (with the optimiser's state when @p adam is not NULL). Inference
 * does not read it; see neume_lm_net_export(). */
NEUME_MUST neume_status neume_lm_net_save(neume_lm_net *net, const neume_adamw *adam, const char *path);
/** @p adam NULL: the weights alone. With it, the net is prepared for training. @retval NEUME_EFORMAT NEUME_ENOTFOUND */
NEUME_MUST neume_status neume_lm_net_load(const char *path, neume_adamw *adam, neume_lm_net **out);

/** Adds shape and arrays, under the names and in the layout of llama.cpp's qwen2, to a file begun with
 * `neume_gguf_writer_new("qwen2", &writer)`; the caller adds its name and tokenizer (neume_gguf_set_texts()) and
 * writes it.
 * @param dtype of the matrices: NEUME_F32 or NEUME_BF16; vectors are 32-bit */
NEUME_MUST neume_status neume_lm_net_export(neume_lm_net *net, neume_dtype dtype, neume_gguf_writer *writer);
/** The net of an exported file, to learn on. @retval NEUME_EFORMAT another architecture, a missing array, a wrong shape
 */
NEUME_MUST neume_status neume_lm_net_import(const neume_gguf *gguf, neume_lm_net **out);

/* --- adapters ----------------------------------------------------------------------------------------------------- */

/** From now on the net stays as it is, and each matrix W of its blocks is used as W + alpha / rank A B, where A
 * (inputs, rank) begins random, B (rank, outputs) 0, and only these learn (Hu et al. 2022). Afterwards
 * neume_lm_net_parameters() lists them, and neume_parameters_prepare_training() is to be called for them.
 * @retval NEUME_EINVAL a rank below 1, or the net has adapters already */
NEUME_MUST neume_status neume_lm_net_adapt(neume_lm_net *net, int64_t rank, float alpha, uint64_t seed);
/** Adds the adapters' products to the matrices and drops the adapters: an ordinary net again, not yet prepared for
 * training. Without adapters nothing happens. */
void neume_lm_net_merge(neume_lm_net *net);
/** Adds the adapters, as llama.cpp reads them, to a file begun with `neume_gguf_writer_new("qwen2", &writer)`. */
NEUME_MUST neume_status neume_lm_net_export_adapters(const neume_lm_net *net, neume_gguf_writer *writer);
/** Gives the net the adapters of such a file. @retval NEUME_EINVAL the net has adapters  @retval NEUME_EFORMAT not an
 * adapter, of another shape of net, or of a rank that differs from matrix to matrix */
NEUME_MUST neume_status neume_lm_net_import_adapters(neume_lm_net *net, const neume_gguf *gguf);

#ifdef __cplusplus
}
#endif
#endif
