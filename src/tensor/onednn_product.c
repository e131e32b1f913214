/* Linear layers and batched products by oneDNN. */
#include "onednn.h"

#include <string.h>

static program_key linear_key(program_kind kind, const linear_operands *o, int64_t N, neume_dtype y_dtype) {
    program_key key;
    memset(&key, 0, sizeof key);
    key.numbers[0] = N, key.numbers[1] = o->w->dim[0], key.numbers[2] = o->w->dim[1];
    key.kind = kind;
    key.x_dtype = (int32_t)o->x->dtype;
    key.y_dtype = (int32_t)y_dtype;
    if (kind == LINEAR_FORWARD) key.flags = (o->bias != NULL) | o->relu << 1;
    return key;
}

static int64_t rows_of(const linear_operands *o) {
    return neume_tensor_count(o->x) / o->w->dim[0];
}

static neume_status matrix(dnnl_memory_desc_t *desc, int64_t rows, int64_t columns, dnnl_data_type_t type,
                           dnnl_format_tag_t tag) {
    dnnl_dims_t dims = {rows, columns};
    return onednn_said(dnnl_memory_desc_init_by_tag(desc, 2, dims, type, tag), "a layout");
}

static neume_status prepare_forward(onednn *fast, const void *operands, program *out) {
    const linear_operands *o = operands;
    int64_t N = rows_of(o), K = o->w->dim[0], M = o->w->dim[1];
    dnnl_memory_desc_t w_any;
    dnnl_data_type_t type = onednn_type(o->x->dtype);
    NEUME_TRY(matrix(&out->a, N, K, type, dnnl_ab));
    NEUME_TRY(matrix(&w_any, K, M, type, dnnl_format_tag_any));
    NEUME_TRY(matrix(&out->b, K, M, dnnl_f32, dnnl_ab));
    NEUME_TRY(matrix(&out->bias, 1, M, dnnl_f32, dnnl_ab));
    NEUME_TRY(matrix(&out->out, N, M, onednn_type(o->y->dtype), dnnl_ab));
    dnnl_matmul_desc_t d;
    DNNL_TRY(dnnl_matmul_desc_init(&d, &out->a, &w_any, o->bias ? &out->bias : NULL, &out->out), "a product");
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t after;
    DNNL_TRY(dnnl_primitive_attr_create(&attributes), "attributes");
    DNNL_TRY(dnnl_post_ops_create(&after), "attributes");
    if (o->relu) dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_relu, 0, 0);
    dnnl_primitive_attr_set_post_ops(attributes, after);
    neume_status status = program_finish(fast, &d, attributes, dnnl_query_weights_md, out);
    dnnl_post_ops_destroy(after);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

neume_status onednn_linear(onednn *fast, const linear_operands *o) {
    program_key key = linear_key(LINEAR_FORWARD, o, rows_of(o), o->y->dtype);
    program *p;
    NEUME_TRY(program_get(fast, &key, prepare_forward, o, &p));
    NEUME_TRY(program_pack(fast, p, o->w->data));
    return program_run_layer(fast, p, o->x, o->bias, o->y);
}

/* y (N, columns) = x (N, inner) times the transposed weights (columns, inner), which a layout with exchanged strides
 * gives for nothing: a turned layer's forward, and d_x from d_y of an ordinary one. */
static neume_status prepare_turned(onednn *fast, const neume_tensor *x, const neume_tensor *w, const neume_tensor *y,
                                   program *out) {
    int64_t columns = w->dim[0], inner = w->dim[1], N = neume_tensor_count(x) / inner;
    dnnl_memory_desc_t w_any;
    dnnl_data_type_t type = onednn_type(x->dtype);
    NEUME_TRY(matrix(&out->a, N, inner, type, dnnl_ab));
    NEUME_TRY(matrix(&w_any, inner, columns, type, dnnl_format_tag_any));
    NEUME_TRY(matrix(&out->b, inner, columns, dnnl_f32, dnnl_ba));
    NEUME_TRY(matrix(&out->out, N, columns, onednn_type(y->dtype), dnnl_ab));
    dnnl_matmul_desc_t d;
    DNNL_TRY(dnnl_matmul_desc_init(&d, &out->a, &w_any, NULL, &out->out), "a product");
    return program_finish(fast, &d, NULL, dnnl_query_weights_md, out);
}

static neume_status prepare_turned_forward(onednn *fast, const void *operands, program *out) {
    const linear_operands *o = operands;
    return prepare_turned(fast, o->x, o->w, o->y, out);
}

static neume_status prepare_data(onednn *fast, const void *operands, program *out) {
    const linear_operands *o = operands;
    return prepare_turned(fast, o->d_y, o->w, o->d_x, out);
}

neume_status onednn_linear_turned(onednn *fast, const linear_operands *o) {
    program_key key = linear_key(LINEAR_TURNED, o, neume_tensor_count(o->x) / o->w->dim[1], o->y->dtype);
    program *p;
    NEUME_TRY(program_get(fast, &key, prepare_turned_forward, o, &p));
    NEUME_TRY(program_pack(fast, p, o->w->data));
    program_argument arguments[] = {{DNNL_ARG_SRC, &p->a, o->x->data},
                                    {DNNL_ARG_WEIGHTS, &p->packed_desc, p->packed},
                                    {DNNL_ARG_DST, &p->out, o->y->data}};
    return program_run(fast, p, arguments, 3);
}

static neume_status sum_attributes(dnnl_primitive_attr_t *out) {
    dnnl_post_ops_t after;
    DNNL_TRY(dnnl_primitive_attr_create(out), "attributes");
    DNNL_TRY(dnnl_post_ops_create(&after), "attributes");
    dnnl_post_ops_append_sum(after, 1);
    const dnnl_status_t set = dnnl_primitive_attr_set_post_ops(*out, after);
    dnnl_post_ops_destroy(after);
    return onednn_said(set, "attributes");
}

/* d_w (K, M) += x' (K, N) d_y (N, M), straight into the gradient. The first factor lies transposed and is copied block
 * by block, which pays when it is the narrower: with K > M the transposed result is made, packed, and added after. (As
 * inner products' weight gradients these are up to a third slower; measured on AVX-512 bf16.) */
static neume_status prepare_weights(onednn *fast, const void *operands, program *out) {
    const linear_operands *o = operands;
    const int64_t N = rows_of(o), K = o->w->dim[0], M = o->w->dim[1];
    const bool turned = K > M;
    const dnnl_data_type_t type = onednn_type(o->x->dtype);
    NEUME_TRY(matrix(&out->a, turned ? M : K, N, type, dnnl_ba));
    NEUME_TRY(matrix(&out->b, N, turned ? K : M, type, dnnl_ab));
    NEUME_TRY(matrix(&out->out, turned ? M : K, turned ? K : M, dnnl_f32, dnnl_ab));
    dnnl_matmul_desc_t d;
    DNNL_TRY(dnnl_matmul_desc_init(&d, &out->a, &out->b, NULL, &out->out), "a product's gradient");
    if (turned) return program_finish(fast, &d, NULL, dnnl_query_dst_md, out);
    dnnl_primitive_attr_t attributes;
    NEUME_TRY(sum_attributes(&attributes));
    const neume_status status = program_finish(fast, &d, attributes, dnnl_query_undef, out);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

static neume_status add_weight_gradient(onednn *fast, const linear_operands *o) {
    const int64_t K = o->w->dim[0], M = o->w->dim[1];
    const bool turned = K > M;
    program_key key = linear_key(LINEAR_WEIGHTS, o, rows_of(o), o->x->dtype);
    program *p;
    NEUME_TRY(program_get(fast, &key, prepare_weights, o, &p));
    const neume_tensor *first = turned ? o->d_y : o->x, *second = turned ? o->x : o->d_y;
    program_argument arguments[] = {{DNNL_ARG_SRC, &p->a, first->data},
                                    {DNNL_ARG_WEIGHTS, &p->b, second->data},
                                    {DNNL_ARG_DST, &p->out, turned ? p->packed : o->d_w->data}};
    NEUME_TRY(program_run(fast, p, arguments, 3));
    if (!turned) return NEUME_OK;
    dnnl_memory_desc_t plain;
    NEUME_TRY(matrix(&plain, M, K, dnnl_f32, dnnl_ba));
    return program_add_gradient(fast, p, &plain, neume_f32(o->d_w), K * M);
}

neume_status onednn_linear_backward(onednn *fast, const linear_operands *o) {
    program *p;
    int64_t N = rows_of(o);
    if (o->d_x) {
        program_key key = linear_key(LINEAR_DATA, o, N, o->x->dtype);
        NEUME_TRY(program_get(fast, &key, prepare_data, o, &p));
        NEUME_TRY(program_pack(fast, p, o->w->data));
        program_argument arguments[] = {{DNNL_ARG_SRC, &p->a, o->d_y->data},
                                        {DNNL_ARG_WEIGHTS, &p->packed_desc, p->packed},
                                        {DNNL_ARG_DST, &p->out, o->d_x->data}};
        NEUME_TRY(program_run(fast, p, arguments, 3));
    }
    return o->d_w ? add_weight_gradient(fast, o) : NEUME_OK;
}

/* --- batched products of strided matrices ------------------------------------------------------------------------- */

typedef struct product_operands {
    const neume_product_size *size;
    const neume_matrices *a, *b, *y;
} product_operands;

static neume_status strided(dnnl_memory_desc_t *desc, const neume_product_size *size, int64_t rows, int64_t columns,
                            const neume_matrices *m) {
    dnnl_dims_t dims = {size->groups[0], size->groups[1], rows, columns};
    dnnl_dims_t strides = {m->group_stride[0], m->group_stride[1], m->row_stride, m->column_stride};
    return onednn_said(dnnl_memory_desc_init_by_strides(desc, 4, dims, dnnl_f32, strides), "a layout");
}

static neume_status prepare_product(onednn *fast, const void *operands, program *out) {
    const product_operands *o = operands;
    const neume_product_size *s = o->size;
    NEUME_TRY(strided(&out->a, s, s->rows, s->inner, o->a));
    NEUME_TRY(strided(&out->b, s, s->inner, s->columns, o->b));
    NEUME_TRY(strided(&out->out, s, s->rows, s->columns, o->y));
    dnnl_matmul_desc_t d;
    DNNL_TRY(dnnl_matmul_desc_init(&d, &out->a, &out->b, NULL, &out->out), "a product");
    return program_finish(fast, &d, NULL, dnnl_query_undef, out);
}

static int64_t *put_strides(int64_t *to, const neume_matrices *m) {
    *to++ = m->group_stride[0], *to++ = m->group_stride[1], *to++ = m->row_stride, *to++ = m->column_stride;
    return to;
}

neume_status onednn_product_batch(onednn *fast, const neume_product_size *size, const neume_matrices *a,
                                  const neume_matrices *b, const neume_matrices *y) {
    program_key key;
    memset(&key, 0, sizeof key);
    key.kind = PRODUCT;
    int64_t *n = put_strides(put_strides(put_strides(key.numbers, a), b), y);
    *n++ = size->groups[0], *n++ = size->groups[1], *n++ = size->rows, *n++ = size->inner, *n++ = size->columns;
    product_operands o = {size, a, b, y};
    program *p;
    NEUME_TRY(program_get(fast, &key, prepare_product, &o, &p));
    program_argument arguments[] = {
        {DNNL_ARG_SRC, &p->a, a->data}, {DNNL_ARG_WEIGHTS, &p->b, b->data}, {DNNL_ARG_DST, &p->out, y->data}};
    return program_run(fast, p, arguments, 3);
}
