#include "neume/base.h"

#include <string.h>

neume_status neume_buffer_append(neume_buffer *buffer, const void *bytes, size_t count) {
    if (count > PTRDIFF_MAX - buffer->size - 1)
        return neume_fail(NEUME_ELIMIT, "a text of %zu bytes is too large", count);
    NEUME_TRY(neume__grow((void **)&buffer->data, &buffer->capacity, buffer->size + count + 1, 1));
    if (count) memcpy(buffer->data + buffer->size, bytes, count);
    buffer->size += count;
    buffer->data[buffer->size] = '\0';
    return NEUME_OK;
}

neume_status neume_buffer_print(neume_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return neume_fail(NEUME_EINVAL, "cannot print with the format '%s'", format);
    size_t count = (size_t)length;
    NEUME_TRY(neume__grow((void **)&buffer->data, &buffer->capacity, buffer->size + count + 1, 1));
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->size, count + 1, format, arguments);
    va_end(arguments);
    buffer->size += count;
    return NEUME_OK;
}

void neume_buffer_clear(neume_buffer *buffer) {
    neume__free(buffer->data);
    *buffer = (neume_buffer){0};
}
