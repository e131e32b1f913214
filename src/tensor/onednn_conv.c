/* Convolution by oneDNN: our (B, T, P, C) is its "nhwc", our weights (I, J, K, M) its "hwio". */
#include "onednn.h"

#include <string.h>

typedef struct conv_geometry {
    dnnl_dims_t x, w, y, stride, dilation, pad_before, pad_after;
} conv_geometry;

static int64_t at_least_0(int64_t n) {
    return n > 0 ? n : 0;
}

static conv_geometry geometry_of(const conv_operands *o, const neume_tensor *y) {
    const int64_t *x = o->x->dim, *w = o->w->dim, *out = y->dim;
    int64_t stride = o->spec->stride_p, dt = o->spec->dilation_t, dp = o->spec->dilation_p, before_p = w[1] / 2 * dp;
    int64_t after_p = at_least_0((out[2] - 1) * stride + (w[1] - 1) * dp + 1 - x[2] - before_p);
    return (conv_geometry){
        .x = {x[0], x[3], x[1], x[2]},
        .w = {w[3], w[2], w[0], w[1]},
        .y = {out[0], out[3], out[1], out[2]},
        .stride = {1, stride},
        .dilation = {dt - 1, dp - 1},
        .pad_before = {w[0] / 2 * dt, before_p},
        .pad_after = {w[0] / 2 * dt, after_p},
    };
}

static program_key conv_key(program_kind kind, const conv_operands *o, const neume_tensor *y) {
    program_key key;
    memset(&key, 0, sizeof key);
    int64_t *n = key.numbers;
    memcpy(n, o->x->dim, sizeof o->x->dim);
    memcpy(n + 4, o->w->dim, sizeof o->w->dim);
    n[8] = o->spec->stride_p, n[9] = o->spec->dilation_t, n[10] = o->spec->dilation_p;
    key.kind = kind;
    key.x_dtype = (int32_t)o->x->dtype;
    key.y_dtype = (int32_t)y->dtype;
    if (kind == CONV_FORWARD) key.flags = (o->bias != NULL) | o->spec->relu << 1 | o->spec->accumulate << 2;
    return key;
}

static neume_status plain_descs(const conv_geometry *g, const conv_operands *o, const neume_tensor *y, program *out,
                                dnnl_memory_desc_t *w_any, dnnl_data_type_t w_type) {
    dnnl_dims_t bias = {g->w[0]};
    DNNL_TRY(dnnl_memory_desc_init_by_tag(&out->a, 4, g->x, onednn_type(o->x->dtype), dnnl_nhwc), "a layout");
    DNNL_TRY(dnnl_memory_desc_init_by_tag(&out->out, 4, g->y, onednn_type(y->dtype), dnnl_nhwc), "a layout");
    DNNL_TRY(dnnl_memory_desc_init_by_tag(&out->b, 4, g->w, dnnl_f32, dnnl_hwio), "a layout");
    DNNL_TRY(dnnl_memory_desc_init_by_tag(&out->bias, 1, bias, dnnl_f32, dnnl_a), "a layout");
    DNNL_TRY(dnnl_memory_desc_init_by_tag(w_any, 4, g->w, w_type, dnnl_format_tag_any), "a layout");
    return NEUME_OK;
}

static neume_status forward_attributes(const neume_conv_spec *spec, dnnl_primitive_attr_t *out) {
    dnnl_post_ops_t after;
    DNNL_TRY(dnnl_primitive_attr_create(out), "attributes");
    DNNL_TRY(dnnl_post_ops_create(&after), "attributes");
    if (spec->accumulate) dnnl_post_ops_append_sum(after, 1);
    if (spec->relu) dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_relu, 0, 0);
    dnnl_status_t set = dnnl_primitive_attr_set_post_ops(*out, after);
    dnnl_post_ops_destroy(after);
    return onednn_said(set, "attributes");
}

static neume_status prepare_forward(onednn *fast, const void *operands, program *out) {
    const conv_operands *o = operands;
    conv_geometry g = geometry_of(o, o->y);
    dnnl_memory_desc_t w_any;
    NEUME_TRY(plain_descs(&g, o, o->y, out, &w_any, onednn_type(o->x->dtype)));
    dnnl_convolution_desc_t d;
    DNNL_TRY(dnnl_dilated_convolution_forward_desc_init(&d, dnnl_forward_inference, dnnl_convolution_direct, &out->a,
                                                        &w_any, o->bias ? &out->bias : NULL, &out->out, g.stride,
                                                        g.dilation, g.pad_before, g.pad_after),
             "a convolution");
    dnnl_primitive_attr_t attributes;
    NEUME_TRY(forward_attributes(o->spec, &attributes));
    neume_status status = program_finish(fast, &d, attributes, dnnl_query_weights_md, out);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

neume_status onednn_conv(onednn *fast, const conv_operands *o) {
    program_key key = conv_key(CONV_FORWARD, o, o->y);
    program *p;
    NEUME_TRY(program_get(fast, &key, prepare_forward, o, &p));
    NEUME_TRY(program_pack(fast, p, o->w->data));
    return program_run_layer(fast, p, o->x, o->bias, o->y);
}

static neume_status prepare_data(onednn *fast, const void *operands, program *out) {
    const conv_operands *o = operands;
    conv_geometry g = geometry_of(o, o->d_y);
    dnnl_memory_desc_t w_any;
    NEUME_TRY(plain_descs(&g, o, o->d_y, out, &w_any, onednn_type(o->x->dtype)));
    dnnl_convolution_desc_t d;
    DNNL_TRY(dnnl_dilated_convolution_backward_data_desc_init(&d, dnnl_convolution_direct, &out->a, &w_any, &out->out,
                                                              g.stride, g.dilation, g.pad_before, g.pad_after),
             "a convolution's gradient");
    return program_finish(fast, &d, NULL, dnnl_query_weights_md, out);
}

static neume_status prepare_weights(onednn *fast, const void *operands, program *out) {
    const conv_operands *o = operands;
    conv_geometry g = geometry_of(o, o->d_y);
    dnnl_memory_desc_t w_any;
    NEUME_TRY(plain_descs(&g, o, o->d_y, out, &w_any, dnnl_f32));
    dnnl_convolution_desc_t d;
    DNNL_TRY(dnnl_dilated_convolution_backward_weights_desc_init(&d, dnnl_convolution_direct, &out->a, &w_any, NULL,
                                                                 &out->out, g.stride, g.dilation, g.pad_before,
                                                                 g.pad_after),
             "a convolution's gradient");
    return program_finish(fast, &d, NULL, dnnl_query_diff_weights_md, out);
}

neume_status onednn_conv_backward(onednn *fast, const conv_operands *o) {
    program *p;
    if (o->d_x) {
        program_key key = conv_key(CONV_DATA, o, o->d_y);
        NEUME_TRY(program_get(fast, &key, prepare_data, o, &p));
        NEUME_TRY(program_pack(fast, p, o->w->data));
        program_argument arguments[] = {{DNNL_ARG_DIFF_DST, &p->out, o->d_y->data},
                                        {DNNL_ARG_WEIGHTS, &p->packed_desc, p->packed},
                                        {DNNL_ARG_DIFF_SRC, &p->a, o->d_x->data}};
        NEUME_TRY(program_run(fast, p, arguments, 3));
    }
    if (!o->d_w) return NEUME_OK;
    program_key key = conv_key(CONV_WEIGHTS, o, o->d_y);
    NEUME_TRY(program_get(fast, &key, prepare_weights, o, &p));
    program_argument arguments[] = {{DNNL_ARG_SRC, &p->a, o->x->data},
                                    {DNNL_ARG_DIFF_DST, &p->out, o->d_y->data},
                                    {DNNL_ARG_DIFF_WEIGHTS, &p->packed_desc, p->packed}};
    NEUME_TRY(program_run(fast, p, arguments, 3));
    return program_add_gradient(fast, p, &p->b, neume_f32(o->d_w), neume_tensor_count(o->d_w));
}
