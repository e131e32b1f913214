/* What the reader and the writer of GGUF share: the numbers of the format, and 16-bit floats. */
#ifndef NEUME_NN_GGUF_H
#define NEUME_NN_GGUF_H

#include "neume/nn.h"
#include "neume/nn_math.h"

/* github.com/ggml-org/ggml/blob/master/docs/gguf.md, "File Structure" */
enum { GGUF_VERSION = 3, GGUF_ALIGNMENT = 32, GGUF_NAME_LONGEST = 64, GGUF_KEY_LONGEST = 65535 };

typedef enum gguf_type {
    GGUF_UINT8,
    GGUF_INT8,
    GGUF_UINT16,
    GGUF_INT16,
    GGUF_UINT32,
    GGUF_INT32,
    GGUF_FLOAT32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY,
    GGUF_UINT64,
    GGUF_INT64,
    GGUF_FLOAT64,
    GGUF_TYPES,
} gguf_type;

enum {
    GGML_F32 = 0,
    GGML_F16 = 1,
    GGML_Q4_0 = 2,
    GGML_Q5_0 = 6,
    GGML_Q8_0 = 8,
    GGML_Q4_K = 12,
    GGML_Q6_K = 14,
    GGML_BF16 = 30,
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "GGUF's numbers are copied as they are: little-endian only");

/* How many bytes hold a block of so many items; {0, 0} for types that we do not know. */
typedef struct gguf_block {
    uint32_t items, bytes;
} gguf_block;
gguf_block neume__gguf_block_of(uint32_t type);

/* A pair as it stands in the file: its value type and content. */
typedef struct gguf_raw_pair {
    const char *key, *value;
    size_t bytes;
} gguf_raw_pair;
size_t neume__gguf_pair_count(const neume_gguf *gguf);
gguf_raw_pair neume__gguf_pair_at(const neume_gguf *gguf, size_t index);

/* The array exists, in a type we widen, with the shape of `model`. NEUME_EFORMAT says what is wrong. */
NEUME_MUST neume_status neume__gguf_check(const neume_gguf *gguf, const char *name, const neume_tensor *model);

#endif
