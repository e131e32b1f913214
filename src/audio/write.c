/* Writing: libsndfile fills a temporary file beside the wanted one, which takes its name when all is well. */
#include "neume/audio.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_SAMPLES = 4096 }; /* libsndfile's Vorbis encoder keeps a whole write on the stack */

static const struct {
    const char *extension;
    int format;
} writers[] = {
    {"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
    {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
    {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
};

struct neume_audio_writer {
    char *path, *temporary;
    SNDFILE *handle;
    int file, channels;
    bool vorbis;
};

static int format_of(const char *path) {
    char extension[16];
    neume__file_extension(path, extension);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(extension, writers[i].extension) == 0) return writers[i].format;
    return 0;
}

/* 16-bit steps, so that what is read back is the nearest one: sample / 32768. */
static float clipped(float x) {
    return isnan(x) ? 0 : fmaxf(-1, fminf(32767.0f / 32768, x));
}

static neume_status open_temporary(neume_audio_writer *w) {
    neume_buffer name = {0};
    NEUME_TRY(neume_buffer_print(&name, "%s.XXXXXX", w->path));
    w->file = mkostemp(name.data, O_CLOEXEC);
    int error = errno;
    w->temporary = w->file >= 0 ? neume__strdup(name.data) : NULL;
    if (w->file >= 0 && !w->temporary) unlink(name.data);
    neume_buffer_clear(&name);
    if (w->temporary) return NEUME_OK;
    if (w->file >= 0) return NEUME_ENOMEM;
    return neume_fail(error == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", w->path, strerror(error));
}

neume_status neume_audio_writer_open(const char *path, int rate_hz, int channels, neume_audio_writer **out) {
    SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format_of(path)};
    if (!info.format) return neume_fail(NEUME_EUNSUPPORTED, "%s: sound is written as wav, flac or ogg", path);
    neume_audio_writer *w = neume__calloc(1, sizeof *w);
    if (!w) return NEUME_ENOMEM;
    neume_status status = NEUME_OK;
    w->file = -1;
    w->channels = channels;
    w->vorbis = (info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS;
    w->path = neume__strdup(path);
    if (!w->path) NEUME_GO(NEUME_ENOMEM);
    NEUME_GO(open_temporary(w));
    /* a copy, which libsndfile closes: 1.2.0 closes the descriptor of a refused file whatever it was told */
    int copy = fcntl(w->file, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) NEUME_GO(neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno)));
    w->handle = sf_open_fd(copy, SFM_WRITE, &info, SF_TRUE);
    if (!w->handle) NEUME_GO(neume_fail(NEUME_EINVAL, "%s: cannot be written at %d samples a second", path, rate_hz));
    *out = w;
    return NEUME_OK;
fail:
    neume_audio_writer_drop(w);
    return status;
}

static bool put_block(neume_audio_writer *w, const float *frames, size_t count) {
    float floats[BLOCK_SAMPLES];
    short steps[BLOCK_SAMPLES];
    size_t samples = count * (size_t)w->channels;
    for (size_t i = 0; i < samples; i++) {
        floats[i] = clipped(frames[i]);
        steps[i] = (short)lrintf(floats[i] * 32768);
    }
    sf_count_t n = (sf_count_t)count;
    return (w->vorbis ? sf_writef_float(w->handle, floats, n) : sf_writef_short(w->handle, steps, n)) == n;
}

neume_status neume_audio_writer_put(neume_audio_writer *w, const float *frames, size_t count) {
    assert(w);
    const size_t most = BLOCK_SAMPLES / (size_t)w->channels;
    for (size_t at = 0; at < count; at += most) {
        size_t n = count - at < most ? count - at : most;
        if (!put_block(w, frames + at * (size_t)w->channels, n))
            return neume_fail(NEUME_EIO, "%s: could not be written (%s)", w->path, sf_strerror(w->handle));
    }
    return NEUME_OK;
}

void neume_audio_writer_drop(neume_audio_writer *w) {
    if (!w) return;
    if (w->handle) sf_close(w->handle);
    if (w->file >= 0) close(w->file);
    if (w->temporary) unlink(w->temporary);
    neume__free(w->temporary);
    neume__free(w->path);
    neume__free(w);
}

neume_status neume_audio_writer_close(neume_audio_writer *w) {
    mode_t mask = umask(0);
    umask(mask);
    bool good = sf_close(w->handle) == 0;
    w->handle = NULL;
    good = fchmod(w->file, 0666 & ~mask) == 0 && fsync(w->file) == 0 && good;
    good = close(w->file) == 0 && good;
    w->file = -1;
    neume_status status = NEUME_OK;
    if (!good || rename(w->temporary, w->path) != 0)
        status = neume_fail(NEUME_EIO, "%s: could not be written (%s)", w->path, strerror(errno));
    if (!status) {
        neume__free(w->temporary);
        w->temporary = NULL;
    }
    neume_audio_writer_drop(w);
    return status;
}

neume_status neume_audio_write_file(const char *path, const float *samples, size_t count, int rate_hz) {
    assert(path && (samples || !count));
    neume_audio_writer *writer = NULL;
    NEUME_TRY(neume_audio_writer_open(path, rate_hz, 1, &writer));
    neume_status status = neume_audio_writer_put(writer, samples, count);
    if (!status) return neume_audio_writer_close(writer);
    neume_audio_writer_drop(writer);
    return status;
}
