/* Recordings libsndfile reads: wav, flac, ogg, opus, mp3, aiff and more; channels averaged here. */
#include "source.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_ITEMS = 16384, CHANNELS_MOST = 1024 };

typedef struct sndfile_source {
    neume__source base;
    SNDFILE *handle;
    int file, channels;
    int container;          /* SF_FORMAT_FLAC ... */
    bool end_hidden;        /* see looks_like_mpeg() */
    int64_t claimed_frames; /* 0 when unknown */
    int64_t frames_read;
    float items[BLOCK_ITEMS]; /* interleaved */
} sndfile_source;

/* libsndfile reads through these, because sf_open_fd() of 1.2.0 closes a refused file's descriptor against its word. */
static sf_count_t file_size(void *context) {
    struct stat info;
    return fstat(((sndfile_source *)context)->file, &info) == 0 ? info.st_size : 0;
}

static sf_count_t file_seek(sf_count_t offset, int whence, void *context) {
    sndfile_source *s = context;
    return s->end_hidden && whence == SEEK_END ? -1 : lseek(s->file, offset, whence);
}

static sf_count_t file_tell(void *context) {
    return file_seek(0, SEEK_CUR, context);
}

static sf_count_t file_read(void *out, sf_count_t count, void *context) {
    ssize_t got;
    do got = read(((sndfile_source *)context)->file, out, (size_t)count);
    while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : got;
}

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

/* At the end: was there less than the header counted? Only two formats count in a way that can be held against them;
 * an mp3's count may be off by a second or 2 %. */
static bool broke_off(const sndfile_source *s) {
    if (sf_error(s->handle) != SF_ERR_NO_ERROR) return true;
    int64_t missing = s->claimed_frames - s->frames_read;
    if (s->container == SF_FORMAT_FLAC) return missing > 0;
    return s->container == SF_FORMAT_MPEG && (double)missing > s->base.rate_hz && missing > s->claimed_frames / 50;
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

/* An mp3 of varying bit rate without a count of its frames: libmpg123 guesses its length from the first frame and the
 * file's size, and libsndfile then stops there, be it a third of the music. When it cannot find the file's end, it
 * reads to it. */
static bool looks_like_mpeg(int file) {
    unsigned char start[3] = {0};
    if (pread(file, start, sizeof start, 0) != sizeof start) return false;
    return memcmp(start, "ID3", 3) == 0 || (start[0] == 0xff && (start[1] & 0xe0) == 0xe0);
}

static void take_tag(SNDFILE *handle, int which, char *out, size_t capacity) {
    const char *text = sf_get_string(handle, which);
    if (text) neume__text_clean(text, strlen(text), out, capacity);
}

neume_status neume__source_sndfile(int file, const char *name, neume__source **out) {
    sndfile_source *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    SF_INFO info = {0};
    s->file = file;
    s->end_hidden = looks_like_mpeg(file);
    SF_VIRTUAL_IO io = {file_size, file_seek, file_read, NULL, file_tell};
    s->handle = sf_open_virtual(&io, SFM_READ, &info, s);
    neume_status status = NEUME_OK;
    if (s->handle) status = check_shape(&info, name);
    if (status || !s->handle) {
        sf_close(s->handle);
        neume__free(s);
        if (!status) *out = NULL;
        return status;
    }
    s->channels = info.channels;
    s->container = info.format & SF_FORMAT_TYPEMASK;
    if (info.frames > 0 && info.frames < SF_COUNT_MAX) s->claimed_frames = info.frames;
    s->base = (neume__source){.rate_hz = info.samplerate,
                              .claimed_s = (double)s->claimed_frames / info.samplerate,
                              .read = read_mono,
                              .close = close_source};
    take_tag(s->handle, SF_STR_TITLE, s->base.tags.title, sizeof s->base.tags.title);
    take_tag(s->handle, SF_STR_ARTIST, s->base.tags.artist, sizeof s->base.tags.artist);
    *out = &s->base;
    return NEUME_OK;
}
