/* Chooses who reads a recording. libsndfile is asked first. Only what it refuses and what begins like a known foreign
 * container is shown to ffmpeg, so a text file or a playlist never starts a program. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How files begin that ffmpeg may know better than libsndfile. */
static const struct {
    int offset, size;
    const char *bytes;
} foreign_starts[] = {
    {4, 4, "ftyp"},             /* mp4, m4a, mov, 3gp */
    {4, 4, "moov"},             /* old QuickTime */
    {4, 4, "mdat"},             /* the same, sound first */
    {0, 4, "\x1a\x45\xdf\xa3"}, /* Matroska, WebM */
    {0, 4, "\x30\x26\xb2\x75"}, /* ASF: wma, wmv */
    {0, 2, "\xff\xf1"},         /* AAC in ADTS, MPEG-4 */
    {0, 2, "\xff\xf9"},         /* AAC in ADTS, MPEG-2 */
    {0, 2, "\xff\xfb"},         /* MPEG layer 3 */
    {0, 2, "\xff\xfd"},         /* MPEG layer 2 */
    {0, 3, "ID3"},              /* a tag before mp3 or AAC */
    {0, 4, "OggS"},             /* Ogg with a codec libsndfile lacks */
    {0, 4, "RIFF"},             /* avi; wav with a codec libsndfile lacks */
    {0, 4, "FORM"},             /* AIFF-C likewise */
    {0, 4, "caff"},             /* likewise */
    {0, 3, "FLV"},              /* Flash video */
    {0, 2, "\x0b\x77"},         /* AC-3 */
    {0, 5, "#!AMR"},            /* telephones */
    {0, 4, "MAC "},             /* Monkey's Audio */
    {0, 4, "wvpk"},             /* WavPack */
    {0, 4, "TTA1"},             /* True Audio */
    {0, 4, "DSD "},             /* DSF */
    {0, 4, "\x00\x00\x01\xba"}, /* MPEG programme stream */
};

static bool starts_foreign(int file) {
    char start[16];
    ssize_t got = pread(file, start, sizeof start, 0);
    for (size_t i = 0; i < sizeof foreign_starts / sizeof *foreign_starts; i++) {
        int offset = foreign_starts[i].offset, size = foreign_starts[i].size;
        if (got >= offset + size && memcmp(start + offset, foreign_starts[i].bytes, (size_t)size) == 0) return true;
    }
    return false;
}

/* A file one can seek in, above the descriptors a child process gets its own meaning for. */
static neume_status open_seekable(const char *path, const char *name, int *out) {
    bool is_stdin = strcmp(path, "-") == 0;
    int given = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (given < 0)
        return neume_fail(errno == ENOENT || errno == ENOTDIR ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", name,
                          strerror(errno));
    struct stat info;
    neume_status status = NEUME_OK;
    int file = -1;
    if (fstat(given, &info) != 0)
        status = neume_fail(NEUME_EIO, "%s: %s", name, strerror(errno));
    else if (S_ISDIR(info.st_mode))
        status = neume_fail(NEUME_EFORMAT, "%s: a folder, not a recording", name);
    else if (S_ISREG(info.st_mode) && !is_stdin) {
        file = fcntl(given, F_DUPFD_CLOEXEC, 10);
        if (file < 0) status = neume_fail(NEUME_EIO, "%s: %s", name, strerror(errno));
    } else
        status = neume__spool(given, name, &file);
    if (!is_stdin) close(given);
    if (!status) *out = file;
    return status;
}

static neume_status open_source(int file, const char *name, double rate_hz, neume__source **out) {
    struct stat info;
    if (fstat(file, &info) != 0) return neume_fail(NEUME_EIO, "%s: %s", name, strerror(errno));
    if (info.st_size == 0) return neume_fail(NEUME_EFORMAT, "%s: empty", name);
    neume__source *source = NULL;
    NEUME_TRY(neume__source_sndfile(file, name, &source));
    if (!source && !starts_foreign(file)) return neume_fail(NEUME_EFORMAT, "%s: not a recording neume can read", name);
    if (!source) NEUME_TRY(neume__source_ffmpeg(file, name, rate_hz, &source));
    *out = source;
    return NEUME_OK;
}

neume_status neume__source_open(const char *path, double rate_hz, neume__source **out) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    int file = -1;
    NEUME_TRY(open_seekable(path, name, &file));
    neume_status status = open_source(file, name, rate_hz, out);
    if (status) close(file);
    return status;
}
