/* A block of a transformer with its norms before its parts (Xiong et al. 2020): x += attention(norm(x)), then
 * x += narrow(gelu(widen(norm(x)))). */
#include "neume/nn.h"

#include <stdio.h>

neume_status neume_transformer_init(neume_transformer_block *block, neume_parameters *list, const char *prefix,
                                    const neume_attention_spec *spec, int64_t wide, neume_rng *rng) {
    static const char *const parts[] = {"norm", "attention", "feed_norm", "widen", "narrow"};
    char name[5][64];
    for (int i = 0; i < 5; i++) snprintf(name[i], sizeof name[i], "%s.%s", prefix, parts[i]);
    NEUME_TRY(neume_layer_norm_init(&block->first_norm, list, name[0], spec->width, false));
    NEUME_TRY(neume_attention_init(&block->attention, list, name[1], spec, rng));
    NEUME_TRY(neume_layer_norm_init(&block->second_norm, list, name[2], spec->width, false));
    NEUME_TRY(neume_linear_layer_init(&block->widen, list, name[3], spec->width, wide, rng));
    return neume_linear_layer_init(&block->narrow, list, name[4], wide, spec->width, rng);
}

void neume_transformer_clear(neume_transformer_block *block) {
    neume_tensor *const tensors[] = {&block->normed, &block->mixed,   &block->renormed, &block->wide,
                                     &block->bent,   &block->d_inner, &block->d_wide,   &block->d_back};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) neume_tensor_clear(tensors[i]);
    neume_layer_norm_clear(&block->first_norm);
    neume_layer_norm_clear(&block->second_norm);
    neume_attention_clear(&block->attention);
    neume_linear_layer_clear(&block->widen);
    neume_linear_layer_clear(&block->narrow);
}

neume_status neume_transformer_forward(neume_transformer_block *block, neume_compute *c, const neume_tensor *x,
                                       neume_tensor *y) {
    NEUME_TRY(neume_layer_norm_forward(&block->first_norm, x, &block->normed));
    NEUME_TRY(neume_attention_forward(&block->attention, c, &block->normed, &block->mixed));
    neume_tensor_add(&block->mixed, x);
    NEUME_TRY(neume_layer_norm_forward(&block->second_norm, &block->mixed, &block->renormed));
    NEUME_TRY(neume_linear_layer_forward(&block->widen, c, &block->renormed, NEUME_F32, &block->wide));
    NEUME_TRY(neume_gelu(&block->wide, &block->bent));
    NEUME_TRY(neume_linear_layer_forward(&block->narrow, c, &block->bent, NEUME_F32, y));
    neume_tensor_add(y, &block->mixed);
    return NEUME_OK;
}

static neume_status shape_like(neume_tensor *t, const neume_tensor *like) {
    return neume_tensor_shape(t, NEUME_F32, like->rank, like->dim);
}

neume_status neume_transformer_backward(neume_transformer_block *block, neume_compute *c, neume_tensor *d) {
    NEUME_TRY(shape_like(&block->d_wide, &block->bent));
    NEUME_TRY(neume_linear_layer_backward(&block->narrow, c, d, &block->d_wide));
    NEUME_TRY(neume_gelu_backward(&block->wide, &block->d_wide, &block->d_back));
    NEUME_TRY(shape_like(&block->d_inner, &block->renormed));
    NEUME_TRY(neume_linear_layer_backward(&block->widen, c, &block->d_back, &block->d_inner));
    NEUME_TRY(neume_layer_norm_backward(&block->second_norm, &block->d_inner, &block->d_back));
    neume_tensor_add(d, &block->d_back);
    NEUME_TRY(neume_attention_backward(&block->attention, c, d, &block->d_inner));
    NEUME_TRY(neume_layer_norm_backward(&block->first_norm, &block->d_inner, &block->d_back));
    neume_tensor_add(d, &block->d_back);
    return NEUME_OK;
}
