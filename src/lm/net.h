/* The net's parts, for those files that pass through it, save it or adapt it. Private to the room. */
#ifndef NEUME_LM_NET_PARTS_H
#define NEUME_LM_NET_PARTS_H

#include "net_attention.h"
#include "net_head.h"
#include "net_rows.h"

/* One block's products, and what its forward pass keeps for the backward. F is the hidden width, E = D + 2 kv_heads
 * head_width, N = B T. */
typedef struct lm_block {
    neume_linear_layer qkv, output;       /* (D, E) queries, keys, values side by side; (D, D) without bias */
    neume_linear_layer gate_up, down;     /* (D, 2 F) side by side, (F, D); without biases */
    neume_tensor qkv_out, mixed, log_sum; /* (N, E), (N, D), (B, H, T) */
    neume_tensor gate_up_out, gated;      /* (N, 2 F), (N, F) */
} lm_block;

/* A point of the residual stream: where a branch joined it and it was normalised for the next. */
typedef struct lm_point {
    lm_norm norm;
    lm_join join;
    neume_tensor state;  /* (N, D) 32-bit: the stream itself */
    neume_tensor normed; /* (N, D) what the next branch reads */
} lm_point;

/* Columns first .. first + count - 1 of a layer: one matrix of the model, as others count them. */
typedef struct lm_slice {
    const char *name; /* in files, behind "blk.N." */
    neume_linear_layer *layer;
    int64_t first, count;
} lm_slice;
enum { LM_SLICES = 7 }; /* of a block */
void lm_list_slices(const neume_lm_net *net, int64_t l, lm_slice slices[LM_SLICES]);

typedef struct lm_lora lm_lora; /* adapters: net_lora.c */
/* Each adapted matrix becomes its base and the adapter's product: before every forward pass. */
void lm_lora_refresh(neume_lm_net *net);
/* The matrices' gradients pass to the adapters and become 0: after every backward pass. */
void lm_lora_collect(neume_lm_net *net);
void lm_lora_free(neume_lm_net *net);
neume_parameters *lm_lora_parameters(lm_lora *lora);

struct neume_lm_net {
    neume_lm_shape shape;
    neume_parameters parameters;
    neume_parameter embedding; /* (V, D) */
    lm_block *blocks;          /* L */
    lm_point *points;          /* 2 L + 1: before each block's attention, before its feedforward part; the output's */
    neume_tensor rotation;     /* (context, D / H) */
    lm_head head;
    lm_lora *lora;                                         /* NULL: the net itself learns */
    neume_tensor branch;                                   /* (N, D) scratch, like all below */
    neume_tensor d_state, d_normed, d_branch, d_in, d_out; /* d_in: of a branch's inner layer, d_out: of its outer */
};

/* Width of a row of queries, keys and values. */
static inline int64_t lm_qkv_width(const neume_lm_shape *shape) {
    return shape->width + 2 * shape->kv_heads * (shape->width / shape->heads);
}

#endif
