/* Most formats are read back and forth, a pipe only goes forth: its bytes are kept in a file that has no name. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t limit_bytes = (int64_t)16
                                   << 30; /* a day of 48 kHz stereo; an endless pipe must not fill the disk */

static neume_status open_nameless(int *out) {
    const char *folder = getenv("TMPDIR");
    neume_buffer path = {0};
    neume_status status = neume_buffer_print(&path, "%s/neume.XXXXXX", folder && *folder ? folder : "/tmp");
    if (status) return status;
    int file = mkostemp(path.data, O_CLOEXEC);
    if (file < 0)
        status = neume_fail(NEUME_EIO, "%s: %s", path.data, strerror(errno));
    else
        unlink(path.data);
    neume_buffer_clear(&path);
    if (status) return status;
    *out = fcntl(file, F_DUPFD_CLOEXEC, 10);
    int reason = errno;
    close(file);
    return *out >= 0 ? NEUME_OK : neume_fail(NEUME_EIO, "temporary file: %s", strerror(reason));
}

static neume_status write_all(int file, const char *bytes, size_t count) {
    while (count) {
        ssize_t wrote = write(file, bytes, count);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return neume_fail(NEUME_EIO, "temporary file: %s", strerror(errno));
        bytes += wrote;
        count -= (size_t)wrote;
    }
    return NEUME_OK;
}

static neume_status copy_all(int from, const char *name, int to) {
    char chunk[1 << 16];
    for (int64_t total = 0;;) {
        ssize_t got = read(from, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR && !neume_cancelled()) continue;
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "%s: reading was cancelled", name);
        if (got < 0) return neume_fail(NEUME_EIO, "%s: %s", name, strerror(errno));
        if (got == 0) return NEUME_OK;
        total += got;
        if (total > limit_bytes) return neume_fail(NEUME_ELIMIT, "%s: longer than 16 GiB", name);
        NEUME_TRY(write_all(to, chunk, (size_t)got));
    }
}

neume_status neume__spool(int stream, const char *name, int *out) {
    int file = -1;
    NEUME_TRY(open_nameless(&file));
    neume_status status = copy_all(stream, name, file);
    if (!status && lseek(file, 0, SEEK_SET) != 0) status = neume_fail(NEUME_EIO, "temporary file: %s", strerror(errno));
    if (status)
        close(file);
    else
        *out = file;
    return status;
}
