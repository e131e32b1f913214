/* Files are read whole within a limit and written whole or not at all: to a temporary name, synced, then renamed. */
#include "neume/base.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the file system says of a file's size saves growing; the reading itself does not rely on it. */
static neume_status reserve(FILE *stream, const char *path, size_t limit_bytes, neume_buffer *buffer) {
    struct stat info;
    if (fstat(fileno(stream), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) return NEUME_OK;
    const size_t size = (size_t)info.st_size;
    if (size > limit_bytes)
        return neume_fail(NEUME_ELIMIT, "%s: larger than the limit of %zu bytes", path, limit_bytes);
    NEUME_TRY(neume__grow((void **)&buffer->data, &buffer->capacity, size + 1, 1));
    neume__prefer_large_pages(buffer->data, buffer->capacity);
    return NEUME_OK;
}

static neume_status read_stream(FILE *stream, const char *path, size_t limit_bytes, neume_buffer *out) {
    char chunk[1 << 16];
    neume_buffer read = {0};
    neume_status status = reserve(stream, path, limit_bytes, &read);
    if (!status) status = neume_buffer_append(&read, "", 0);
    for (size_t got; !status && (got = fread(chunk, 1, sizeof chunk, stream)) > 0;) {
        if (read.size + got > limit_bytes)
            status = neume_fail(NEUME_ELIMIT, "%s: larger than the limit of %zu bytes", path, limit_bytes);
        else
            status = neume_buffer_append(&read, chunk, got);
    }
    if (!status && ferror(stream)) status = neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    if (status) {
        neume_buffer_clear(&read);
        return status;
    }
    *out = read;
    return NEUME_OK;
}

neume_status neume_file_read(const char *path, size_t limit_bytes, neume_buffer *out) {
    if (strcmp(path, "-") == 0) return read_stream(stdin, "standard input", limit_bytes, out);
    FILE *stream = fopen(path, "rb");
    if (!stream) return neume_fail(errno == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", path, strerror(errno));
    neume_status status = read_stream(stream, path, limit_bytes, out);
    fclose(stream);
    return status;
}

static neume_status write_all(int file, const char *path, const char *bytes, size_t count) {
    while (count) {
        ssize_t wrote = write(file, bytes, count);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
        bytes += wrote;
        count -= (size_t)wrote;
    }
    return NEUME_OK;
}

/* A device, pipe or terminal cannot be replaced by renaming: it is written in place. */
static bool is_special(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static neume_status write_in_place(const char *path, const void *bytes, size_t count) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    neume_status status = write_all(file, path, bytes, count);
    close(file);
    return status;
}

neume_status neume_file_write(const char *path, const void *bytes, size_t count) {
    if (strcmp(path, "-") == 0) return write_all(STDOUT_FILENO, "standard output", bytes, count);
    if (is_special(path)) return write_in_place(path, bytes, count);
    neume_buffer temporary = {0};
    NEUME_TRY(neume_buffer_print(&temporary, "%s.XXXXXX", path));
    int file = mkostemp(temporary.data, O_CLOEXEC);
    if (file < 0) {
        neume_buffer_clear(&temporary);
        return neume_fail(errno == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", path, strerror(errno));
    }
    mode_t mask = umask(0);
    umask(mask);
    neume_status status = write_all(file, path, bytes, count);
    bool kept = fchmod(file, 0666 & ~mask) == 0 && fsync(file) == 0;
    kept = close(file) == 0 && kept;
    if (!status && (!kept || rename(temporary.data, path) != 0))
        status = neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    if (status) unlink(temporary.data);
    neume_buffer_clear(&temporary);
    return status;
}

void neume__file_extension(const char *path, char out[16]) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    size_t length = dot ? strlen(dot + 1) : 0;
    if (length > 15) length = 0;
    for (size_t i = 0; i < length; i++) out[i] = (char)tolower((unsigned char)dot[1 + i]);
    out[length] = '\0';
}
