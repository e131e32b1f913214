/* The engine and the cache of prepared primitives.
 *
 * oneDNN compiles code for each shape, which takes 0.2 - 17 ms; a model meets the same few dozen shapes again and
 * again, so each is prepared once and found by its key. Weights live in plain layout as 32-bit masters; before each use
 * they are packed into the layout (and type) the primitive wants, which costs microseconds because they are small. */
#include "onednn.h"

#include <string.h>

enum { PROGRAMS_MAX = 512 };

struct onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    program *programs[PROGRAMS_MAX];
    int count;
    double prepare_s;
    int64_t holding, holdings; /* the number of the present holding, 0 = weights may change; how many there were */
};

neume_status onednn_said(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return NEUME_OK;
    if (status == dnnl_out_of_memory) return neume_fail(NEUME_ENOMEM, "out of memory in %s", what);
    return neume_fail(NEUME_EUNSUPPORTED, "oneDNN cannot do %s (status %d)", what, (int)status);
}

dnnl_data_type_t onednn_type(neume_dtype dtype) {
    return dtype == NEUME_F32 ? dnnl_f32 : dnnl_bf16;
}

bool neume_compute_has_bf16(void) {
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    return (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

static void program_free(program *p) {
    if (!p) return;
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    neume__free(p->packed);
    neume__free(p->scratch);
    neume__free(p);
}

neume_status onednn_new(onednn **out) {
    onednn *fast = neume__calloc(1, sizeof *fast);
    if (!fast) return NEUME_ENOMEM;
    neume__flush_denormals();
    neume_status status = onednn_said(dnnl_engine_create(&fast->engine, dnnl_cpu, 0), "an engine");
    if (!status)
        status = onednn_said(dnnl_stream_create(&fast->stream, fast->engine, dnnl_stream_default_flags), "a stream");
    if (status)
        onednn_free(fast);
    else
        *out = fast;
    return status;
}

static void forget_programs(onednn *fast) {
    for (int i = 0; i < fast->count; i++) program_free(fast->programs[i]);
    fast->count = 0;
}

void onednn_free(onednn *fast) {
    if (!fast) return;
    forget_programs(fast);
    if (fast->stream) dnnl_stream_destroy(fast->stream);
    if (fast->engine) dnnl_engine_destroy(fast->engine);
    neume__free(fast);
}

void onednn_hold(onednn *fast, bool hold) {
    fast->holding = hold ? ++fast->holdings : 0;
}

double onednn_prepare_s(const onednn *fast) {
    return fast->prepare_s;
}

neume_status program_get(onednn *fast, const program_key *key, program_prepare *prepare, const void *operands,
                         program **out) {
    for (int i = 0; i < fast->count; i++)
        if (memcmp(&fast->programs[i]->key, key, sizeof *key) == 0) {
            *out = fast->programs[i];
            return NEUME_OK;
        }
    if (fast->count == PROGRAMS_MAX) forget_programs(fast);
    double start_s = neume_clock_s();
    program *p = neume__calloc(1, sizeof *p);
    if (!p) return NEUME_ENOMEM;
    p->key = *key;
    neume_status status = prepare(fast, operands, p);
    fast->prepare_s += neume_clock_s() - start_s;
    if (status) {
        program_free(p);
        return status;
    }
    fast->programs[fast->count++] = *out = p;
    return NEUME_OK;
}

neume_status program_finish(onednn *fast, const_dnnl_op_desc_t operation, const_dnnl_primitive_attr_t attributes,
                            dnnl_query_t packed_what, program *out) {
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_attr_t own = NULL;
    if (!attributes) {
        DNNL_TRY(dnnl_primitive_attr_create(&own), "attributes");
        attributes = own;
    }
    dnnl_primitive_attr_set_scratchpad_mode((dnnl_primitive_attr_t)attributes, dnnl_scratchpad_mode_user);
    dnnl_status_t made = dnnl_primitive_desc_create(&desc, operation, attributes, fast->engine, NULL);
    if (own) dnnl_primitive_attr_destroy(own);
    DNNL_TRY(made, "an operation of this shape");
    neume_status status = onednn_said(dnnl_primitive_create(&out->primitive, desc), "a primitive");
    if (packed_what != dnnl_query_undef) {
        out->packed_desc = *dnnl_primitive_desc_query_md(desc, packed_what, 0);
        out->packed = neume__alloc_aligned(dnnl_memory_desc_get_size(&out->packed_desc));
        if (!out->packed) status = NEUME_ENOMEM;
    }
    const dnnl_memory_desc_t *scratch = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    out->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    if (out->scratch_bytes && !(out->scratch = neume__alloc_aligned(out->scratch_bytes))) status = NEUME_ENOMEM;
    dnnl_primitive_desc_destroy(desc);
    return status;
}

enum { ARGUMENTS_MAX = 8 };

neume_status program_run(onednn *fast, const program *p, const program_argument *arguments, int count) {
    dnnl_exec_arg_t bound[ARGUMENTS_MAX];
    dnnl_memory_desc_t scratch_desc;
    dnnl_dims_t scratch_dims = {(dnnl_dim_t)p->scratch_bytes};
    dnnl_status_t status = dnnl_success;
    int made = 0;
    for (; made < count && status == dnnl_success; made++) {
        bound[made].arg = arguments[made].what;
        status =
            dnnl_memory_create(&bound[made].memory, arguments[made].desc, fast->engine, (void *)arguments[made].data);
        if (status != dnnl_success) break;
    }
    if (status == dnnl_success && p->scratch_bytes) {
        dnnl_memory_desc_init_by_tag(&scratch_desc, 1, scratch_dims, dnnl_u8, dnnl_a);
        bound[made].arg = DNNL_ARG_SCRATCHPAD;
        status = dnnl_memory_create(&bound[made].memory, &scratch_desc, fast->engine, p->scratch);
        if (status == dnnl_success) made++;
    }
    if (status == dnnl_success) status = dnnl_primitive_execute(p->primitive, fast->stream, made, bound);
    if (status == dnnl_success) status = dnnl_stream_wait(fast->stream);
    for (int i = 0; i < made; i++) dnnl_memory_destroy(bound[i].memory);
    return onednn_said(status, "an operation");
}

neume_status program_run_layer(onednn *fast, const program *p, const neume_tensor *x, const neume_tensor *bias,
                               const neume_tensor *y) {
    const program_argument arguments[] = {{DNNL_ARG_SRC, &p->a, x->data},
                                          {DNNL_ARG_WEIGHTS, &p->packed_desc, p->packed},
                                          {DNNL_ARG_DST, &p->out, y->data},
                                          {DNNL_ARG_BIAS, &p->bias, bias ? bias->data : NULL}};
    return program_run(fast, p, arguments, bias ? 4 : 3);
}

/* Reorders are prepared each time: they are few, small and cheap to prepare (oneDNN keeps its own cache of them). */
neume_status onednn_reorder(onednn *fast, const dnnl_memory_desc_t *from_desc, const void *from,
                            const dnnl_memory_desc_t *to_desc, void *to) {
    if (dnnl_memory_desc_equal(from_desc, to_desc)) {
        memcpy(to, from, dnnl_memory_desc_get_size(from_desc));
        return NEUME_OK;
    }
    dnnl_primitive_desc_t desc = NULL;
    DNNL_TRY(dnnl_reorder_primitive_desc_create(&desc, from_desc, fast->engine, to_desc, fast->engine, NULL),
             "a reorder");
    program p = {0};
    neume_status status = onednn_said(dnnl_primitive_create(&p.primitive, desc), "a reorder");
    dnnl_primitive_desc_destroy(desc);
    program_argument arguments[] = {{DNNL_ARG_FROM, from_desc, from}, {DNNL_ARG_TO, to_desc, to}};
    if (!status) status = program_run(fast, &p, arguments, 2);
    if (p.primitive) dnnl_primitive_destroy(p.primitive);
    return status;
}

neume_status program_pack(onednn *fast, program *p, const void *weights) {
    if (fast->holding && p->packed_in == fast->holding && p->packed_from == weights) return NEUME_OK;
    NEUME_TRY(onednn_reorder(fast, &p->b, weights, &p->packed_desc, p->packed));
    p->packed_from = weights, p->packed_in = fast->holding;
    return NEUME_OK;
}

neume_status program_add_gradient(onednn *fast, const program *p, const dnnl_memory_desc_t *plain, float *sum,
                                  int64_t n) {
    float *unpacked = neume__alloc_aligned((size_t)n * sizeof *unpacked);
    if (!unpacked) return NEUME_ENOMEM;
    neume_status status = onednn_reorder(fast, &p->packed_desc, p->packed, plain, unpacked);
    for (int64_t i = 0; i < n && !status; i++) sum[i] += unpacked[i];
    neume__free(unpacked);
    return status;
}
