/* What was composed for a weight file, as whoever reads the file sees it. */
#ifndef REREAD_H
#define REREAD_H

#include "neume_test.h"

#include "neume/nn.h"

/* Lets the writer go. @return free with neume_gguf_free() */
static inline neume_gguf *reread(neume_gguf_writer *writer) {
    neume_buffer bytes = {0};
    neume_gguf *gguf = NULL;
    assert_ok(neume_gguf_print(writer, &bytes));
    assert_ok(neume_gguf_parse(bytes.data, bytes.size, &gguf));
    neume_buffer_clear(&bytes);
    neume_gguf_writer_free(writer);
    return gguf;
}

#endif
