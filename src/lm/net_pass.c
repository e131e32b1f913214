/* One pass through the net, up and down again.
 *
 *     point 0         point 1             point 2
 *     embedding ----> + ----------------> + ----> ... ----> point 2 L: norm, embedding', loss
 *         norm          norm
 *         qkv, attention  gate, up, silu(gate) up
 *         output          down
 *
 * Each branch reads the stream normalised at one point and joins it at the next. On the way down d_state is the
 * gradient of the stream itself; at each point it gathers what comes back through the norm, and the sum goes down both
 * the stream and the branch that joined there. */
#include "net.h"

#include <string.h>

/* --- is the batch one? -------------------------------------------------------------------------------------------- */

static bool tokens_fit(const int32_t *tokens, int64_t n, int64_t vocabulary) {
    for (int64_t i = 0; i < n; i++)
        if (tokens[i] < 0 || tokens[i] >= vocabulary) return false;
    return true;
}

static bool starts_fit(const neume_lm_batch *batch) {
    for (int64_t b = 0; b < batch->rows; b++) {
        const int32_t *starts = batch->starts + b * batch->length;
        for (int64_t t = 0; t < batch->length; t++)
            if (starts[t] != t && (t == 0 || starts[t] != starts[t - 1])) return false;
    }
    return true;
}

static neume_status check_batch(const neume_lm_net *net, const neume_lm_batch *batch, bool has_targets) {
    const neume_lm_shape *s = &net->shape;
    if (batch->rows < 1 || batch->length < 1 || batch->length > s->context || batch->rows > INT32_MAX / batch->length)
        return neume_fail(NEUME_EINVAL, "a batch of %lld rows of %lld tokens, of %lld at most", (long long)batch->rows,
                          (long long)batch->length, (long long)s->context);
    const int64_t n = batch->rows * batch->length;
    if (!tokens_fit(batch->tokens, n, s->vocabulary))
        return neume_fail(NEUME_EINVAL, "a token is outside the vocabulary");
    if (has_targets && !tokens_fit(batch->targets, n, s->vocabulary))
        return neume_fail(NEUME_EINVAL, "a target is outside the vocabulary");
    return starts_fit(batch) ? NEUME_OK : neume_fail(NEUME_EINVAL, "a document in a batch has no clear start");
}

/* --- up ----------------------------------------------------------------------------------------------------------- */

static neume_status embed(neume_lm_net *net, const neume_lm_batch *batch, const lm_dropout *dropout) {
    const int64_t rows = batch->rows * batch->length, D = net->shape.width;
    neume_tensor *state = &net->points[0].state;
    NEUME_TRY(neume_tensor_shape(state, NEUME_F32, NEUME_DIMS(rows, D)));
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) {
        float *row = neume_f32(state) + r * D;
        memcpy(row, neume_f32(&net->embedding.value) + batch->tokens[r] * D, (size_t)D * sizeof *row);
        lm_dropout_apply(dropout, r * D, D, row);
    }
    return NEUME_OK;
}

/* Normalises at a point, where `branch` (NULL at the first) joins what the point below holds. */
static neume_status pass_point(neume_lm_net *net, const neume_lm_pass *pass, int64_t point, neume_tensor *branch) {
    lm_point *p = &net->points[point];
    p->join = (lm_join){.above = &p->state};
    if (branch) {
        p->join.below = &net->points[point - 1].state;
        p->join.branch = branch;
        p->join.dropout = lm_dropout_at(pass->dropout, pass->seed, point);
    }
    return lm_norm_forward(&p->norm, &p->join, pass->dtype, &p->normed);
}

static lm_attention attention_of(const neume_lm_net *net, const neume_lm_batch *batch) {
    const neume_lm_shape *s = &net->shape;
    return (lm_attention){.heads = s->heads,
                          .kv_heads = s->kv_heads,
                          .head_width = s->width / s->heads,
                          .rotation = neume_f32(&net->rotation),
                          .rows = batch->rows,
                          .length = batch->length,
                          .starts = batch->starts};
}

static neume_status forward_block(neume_lm_net *net, const neume_lm_pass *pass, const lm_attention *attention,
                                  int64_t l) {
    lm_block *b = &net->blocks[l];
    neume_compute *c = pass->compute;
    const neume_tensor *x = &net->points[2 * l].normed;
    NEUME_TRY(neume_linear_layer_forward(&b->qkv, c, x, pass->dtype, &b->qkv_out));
    NEUME_TRY(lm_attention_forward(attention, &b->qkv_out, &b->mixed, &b->log_sum));
    NEUME_TRY(neume_linear_layer_forward(&b->output, c, &b->mixed, pass->dtype, &net->branch));
    NEUME_TRY(pass_point(net, pass, 2 * l + 1, &net->branch));
    x = &net->points[2 * l + 1].normed;
    NEUME_TRY(neume_linear_layer_forward(&b->gate_up, c, x, pass->dtype, &b->gate_up_out));
    NEUME_TRY(lm_gate_forward(&b->gate_up_out, &b->gated));
    NEUME_TRY(neume_linear_layer_forward(&b->down, c, &b->gated, pass->dtype, &net->branch));
    return pass_point(net, pass, 2 * l + 2, &net->branch);
}

/* *out (N, D): what the head reads, borrowed from the net. */
static neume_status forward(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                            const neume_tensor **out) {
    const lm_attention attention = attention_of(net, batch);
    const lm_dropout dropout = lm_dropout_at(pass->dropout, pass->seed, 0);
    if (net->lora) lm_lora_refresh(net);
    NEUME_TRY(embed(net, batch, &dropout));
    NEUME_TRY(pass_point(net, pass, 0, NULL));
    for (int64_t l = 0; l < net->shape.layers; l++) NEUME_TRY(forward_block(net, pass, &attention, l));
    *out = &net->points[2 * net->shape.layers].normed;
    return NEUME_OK;
}

static neume_lm_pass without_dropout(const neume_lm_pass *pass) {
    return (neume_lm_pass){.compute = pass->compute, .dtype = pass->dtype};
}

neume_status neume_lm_net_losses(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                                 float *nll) {
    const neume_lm_pass still = without_dropout(pass);
    const neume_tensor *x = NULL;
    NEUME_TRY(check_batch(net, batch, true));
    NEUME_TRY(forward(net, &still, batch, &x));
    return lm_head_losses(&net->head, pass->compute, x, batch->targets, nll);
}

neume_status neume_lm_net_logits(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                                 float *logits) {
    const neume_lm_pass still = without_dropout(pass);
    const neume_tensor *x = NULL;
    NEUME_TRY(check_batch(net, batch, false));
    NEUME_TRY(forward(net, &still, batch, &x));
    return lm_head_logits(&net->head, pass->compute, x, logits);
}

/* --- down --------------------------------------------------------------------------------------------------------- */

static neume_status back_through_point(neume_lm_net *net, int64_t point) {
    lm_point *p = &net->points[point];
    return lm_norm_backward(&p->norm, &p->join, &net->d_normed, &net->d_state, &net->d_branch);
}

static neume_status backward_block(neume_lm_net *net, neume_compute *c, const lm_attention *attention, int64_t l) {
    lm_block *b = &net->blocks[l];
    NEUME_TRY(back_through_point(net, 2 * l + 2));
    NEUME_TRY(neume_linear_layer_backward(&b->down, c, &net->d_branch, &net->d_out));
    NEUME_TRY(lm_gate_backward(&b->gate_up_out, &net->d_out, &net->d_in));
    NEUME_TRY(neume_linear_layer_backward(&b->gate_up, c, &net->d_in, &net->d_normed));
    NEUME_TRY(back_through_point(net, 2 * l + 1));
    NEUME_TRY(neume_linear_layer_backward(&b->output, c, &net->d_branch, &net->d_out));
    const lm_attention_saved saved = {&b->qkv_out, &b->mixed, &b->log_sum, &net->d_out};
    NEUME_TRY(lm_attention_backward(attention, &saved, &net->d_in));
    return neume_linear_layer_backward(&b->qkv, c, &net->d_in, &net->d_normed);
}

static void embed_backward(neume_lm_net *net, const neume_lm_batch *batch, const lm_dropout *dropout) {
    const int64_t rows = batch->rows * batch->length, D = net->shape.width;
    float *gradient = neume_f32(&net->embedding.gradient);
    for (int64_t r = 0; gradient && r < rows; r++) {
        float *d = neume_f32(&net->d_state) + r * D, *to = gradient + batch->tokens[r] * D;
        lm_dropout_apply(dropout, r * D, D, d);
        for (int64_t i = 0; i < D; i++) to[i] += d[i];
    }
}

neume_status neume_lm_net_step(neume_lm_net *net, const neume_lm_pass *pass, const neume_lm_batch *batch,
                               double *loss) {
    const neume_tensor *x = NULL;
    double found = 0;
    if (!(pass->dropout >= 0 && pass->dropout <= .9F)) return neume_fail(NEUME_EINVAL, "dropout is 0 to .9");
    NEUME_TRY(check_batch(net, batch, true));
    const lm_attention attention = attention_of(net, batch);
    const lm_dropout dropout = lm_dropout_at(pass->dropout, pass->seed, 0);
    NEUME_TRY(forward(net, pass, batch, &x));
    NEUME_TRY(lm_head_step(&net->head, pass->compute, x, batch, &net->d_normed, &found));
    NEUME_TRY(neume_tensor_shape(&net->d_state, NEUME_F32, x->rank, x->dim));
    neume_tensor_zero(&net->d_state);
    for (int64_t l = net->shape.layers; l-- > 0;) NEUME_TRY(backward_block(net, pass->compute, &attention, l));
    NEUME_TRY(back_through_point(net, 0));
    embed_backward(net, batch, &dropout);
    if (net->lora) lm_lora_collect(net);
    *loss = found;
    return NEUME_OK;
}
