/* Recordings libsndfile reads: wav, flac, ogg, opus, mp3, aiff and more; channels averaged here. */
#include "source.h"

#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <unistd.h>

enum { BLOCK_ITEMS = 16384, CHANNELS_MOST = 1024 };

typedef struct sndfile_source {
    neume__source base;
    SNDFILE *handle;
    int file, channels;
    bool exact;             /* the claimed length is a count, not an estimate */
    int64_t claimed_frames; /* 0 when unknown */
    int64_t frames_read;
    float items[BLOCK_ITEMS]; /* interleaved */
} sndfile_source;

/* Not a number and infinity are silence; float files may hold values so wild that sums of them overflow. */
static float tamed(float x) {
    return !isfinite(x) ? 0 : fmaxf(-16, fminf(16, x));
}

static void average(const float *items, size_t frames, int channels, float *mono) {
    for (size_t t = 0; t < frames; t++) {
        float sum = 0;
        for (int c = 0; c < channels; c++) sum += tamed(items[t * (size_t)channels + (size_t)c]);
        mono[t] = sum / (float)channels;
    }
}

/* At the end: was there less than the header counted? Estimates (mp3 without a count) may err by a second and 2 %. */
static bool broke_off(const sndfile_source *s) {
    if (sf_error(s->handle) != SF_ERR_NO_ERROR) return true;
    int64_t missing = s->claimed_frames - s->frames_read;
    if (s->exact) return missing > 0;
    return (double)missing > s->base.rate_hz && missing > s->claimed_frames / 50;
}

static size_t read_mono(neume__source *source, float *mono, size_t capacity) {
    sndfile_source *s = (sndfile_source *)source;
    const size_t block = (size_t)(BLOCK_ITEMS / s->channels);
    size_t done = 0;
    while (done < capacity) {
        size_t want = capacity - done < block ? capacity - done : block;
        sf_count_t got = sf_readf_float(s->handle, s->items, (sf_count_t)want);
        if (got > 0) {
            average(s->items, (size_t)got, s->channels, mono + done);
            done += (size_t)got;
            s->frames_read += got;
        }
        if (got < (sf_count_t)want) {
            s->base.broken = broke_off(s);
            break;
        }
    }
    return done;
}

static void close_source(neume__source *source) {
    sndfile_source *s = (sndfile_source *)source;
    sf_close(s->handle);
    close(s->file);
    neume__free(s);
}

static neume_status check_shape(const SF_INFO *info, const char *name) {
    if (info->channels < 1 || info->channels > CHANNELS_MOST)
        return neume_fail(NEUME_EFORMAT, "%s: %d channels", name, info->channels);
    if (info->samplerate < NEUME__RATE_LEAST_HZ || info->samplerate > NEUME__RATE_MOST_HZ)
        return neume_fail(NEUME_EFORMAT, "%s: %d samples a second", name, info->samplerate);
    return NEUME_OK;
}

/* libsndfile gets a descriptor of its own, because it may close one it was told to leave alone when it refuses a file.
 */
static neume_status open_handle(sndfile_source *s, int file, SF_INFO *info) {
    int own = fcntl(file, F_DUPFD_CLOEXEC, 10);
    if (own < 0) return neume_fail(NEUME_EIO, "too many open files");
    s->handle = sf_open_fd(own, SFM_READ, info, SF_TRUE);
    return NEUME_OK;
}

neume_status neume__source_sndfile(int file, const char *name, neume__source **out) {
    sndfile_source *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    SF_INFO info = {0};
    neume_status status = open_handle(s, file, &info);
    if (!status && s->handle) status = check_shape(&info, name);
    if (status || !s->handle) {
        sf_close(s->handle);
        neume__free(s);
        if (!status) *out = NULL;
        return status;
    }
    s->file = file;
    s->channels = info.channels;
    s->exact = (info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG;
    if (info.frames > 0 && info.frames < SF_COUNT_MAX) s->claimed_frames = info.frames;
    s->base = (neume__source){.rate_hz = info.samplerate,
                              .claimed_s = (double)s->claimed_frames / info.samplerate,
                              .read = read_mono,
                              .close = close_source};
    *out = &s->base;
    return NEUME_OK;
}
