/* oneDNN 2.6 (the v2 C API) behind the words of this room. Private. */
#ifndef NEUME_TENSOR_ONEDNN_H
#define NEUME_TENSOR_ONEDNN_H

#include "compute.h"

#include <oneapi/dnnl/dnnl.h>

typedef enum program_kind {
    CONV_FORWARD,
    CONV_DATA,
    CONV_WEIGHTS,
    LINEAR_FORWARD,
    LINEAR_TURNED,
    LINEAR_DATA,
    LINEAR_WEIGHTS,
    PRODUCT
} program_kind;

/* Everything that makes two operations need different code: compared byte by byte, so cleared with memset first. */
typedef struct program_key {
    int64_t numbers[20];
    int32_t kind, x_dtype, y_dtype, flags;
} program_key;

/* A prepared primitive and the layouts it wants. `packed` is where weights (or their gradient) lie in the primitive's
 * own layout. */
typedef struct program {
    program_key key;
    dnnl_primitive_t primitive;
    dnnl_memory_desc_t a, b, bias, out; /* x or d_y; weights or second operand; bias; result */
    dnnl_memory_desc_t packed_desc;
    void *packed, *scratch;
    const void *packed_from; /* the weights that `packed` holds, as of that holding (neume_compute_hold) */
    int64_t packed_in;
    size_t scratch_bytes;
} program;

/* Finds or prepares the program of a key; `prepare` fills primitive and descriptors. Borrowed until the next call. */
typedef neume_status program_prepare(onednn *fast, const void *operands, program *out);
neume_status program_get(onednn *fast, const program_key *key, program_prepare *prepare, const void *operands,
                         program **out);

/* From an operation descriptor to a primitive; which layout it chose for argument `packed_what` goes to packed_desc. */
neume_status program_finish(onednn *fast, const_dnnl_op_desc_t operation, const_dnnl_primitive_attr_t attributes,
                            dnnl_query_t packed_what, program *out);

/* One argument of a run. */
typedef struct program_argument {
    int what; /* DNNL_ARG_... */
    const dnnl_memory_desc_t *desc;
    const void *data;
} program_argument;
neume_status program_run(onednn *fast, const program *p, const program_argument *arguments, int count);
/* The run of a layer whose weights are packed: y from x, with a bias unless it is NULL. */
neume_status program_run_layer(onednn *fast, const program *p, const neume_tensor *x, const neume_tensor *bias,
                               const neume_tensor *y);
/* Copies between layouts and types. */
neume_status onednn_reorder(onednn *fast, const dnnl_memory_desc_t *from_desc, const void *from,
                            const dnnl_memory_desc_t *to_desc, void *to);

/* Brings weights of the plain layout b into `packed`, unless they are held and lie there already. */
neume_status program_pack(onednn *fast, program *p, const void *weights);

neume_status onednn_said(dnnl_status_t status, const char *what);
dnnl_data_type_t onednn_type(neume_dtype dtype);
/* Adds the packed gradient, reordered to the given plain layout, to a float array of n items. */
neume_status program_add_gradient(onednn *fast, const program *p, const dnnl_memory_desc_t *plain, float *sum,
                                  int64_t n);

#define DNNL_TRY(call, what) NEUME_TRY(onednn_said((call), (what)))

#endif
