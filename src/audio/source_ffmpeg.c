/* m4a, webm, wma and the rest: ffmpeg decodes, resamples and mixes in a child process, and we read its pipe.
 *
 * The child gets the recording as descriptor 3, never by name, so no name can be taken for an option or a protocol. It
 * may open local files only, and only with the demuxers listed: no playlists, which could name other files.
 * NEUME_FFMPEG names the program to run; set but empty, none is run. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define NATIVE_FLOAT "f32be"
#else
#define NATIVE_FLOAT "f32le"
#endif

#define DEMUXERS "aac,ac3,aiff,amr,ape,asf,avi,caf,dsf,eac3,flac,flv,matroska,webm,mov,mp3,mpeg,ogg,tta,w64,wav,wv"

typedef struct ffmpeg_source {
    neume__source base;
    int file, pipe;
    pid_t child; /* 0 once reaped */
} ffmpeg_source;

/* Whether the child ended well; waits for it. */
static bool await(pid_t child) {
    int how = 0;
    pid_t got;
    do got = waitpid(child, &how, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 || (WIFEXITED(how) && WEXITSTATUS(how) == 0); /* got < 0: the host program reaps all children */
}

static bool reap(ffmpeg_source *s) {
    const bool well = await(s->child);
    s->child = 0;
    return well;
}

static size_t read_mono(neume__source *source, float *mono, size_t capacity) {
    ffmpeg_source *s = (ffmpeg_source *)source;
    if (!s->child) return 0;
    size_t bytes = 0, wanted = capacity * sizeof *mono;
    while (bytes < wanted) {
        ssize_t got = read(s->pipe, (char *)mono + bytes, wanted - bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            s->base.broken = !reap(s) || got < 0;
            break;
        }
        bytes += (size_t)got;
    }
    size_t count = bytes / sizeof *mono;
    for (size_t i = 0; i < count; i++) mono[i] = isfinite(mono[i]) ? fmaxf(-16, fminf(16, mono[i])) : 0;
    return count;
}

static void close_source(neume__source *source) {
    ffmpeg_source *s = (ffmpeg_source *)source;
    if (s->child) {
        kill(s->child, SIGKILL);
        (void)reap(s);
    }
    if (s->pipe >= 0) close(s->pipe);
    close(s->file);
    neume__free(s);
}

/* Both ends above the descriptors that the child gives a meaning to. */
static neume_status open_pipe(int ends[2]) {
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0) return neume_fail(NEUME_EIO, "pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
        close(low[i]);
    }
    if (ends[0] >= 0 && ends[1] >= 0) return NEUME_OK;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0) close(ends[i]);
    return neume_fail(NEUME_EIO, "pipe: too many open files");
}

/* What every run begins with; the recording is descriptor 3. */
#define FROM_RECORDING                                                                                                 \
    "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS, "-i", "file:/dev/fd/3"

/* arguments: the program first, NULL last. @return 0 or an errno */
static int spawn(const char *const *arguments, int file, int output, pid_t *child) {
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return failed;
    failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, file, 3);
    if (!failed)
        failed = posix_spawnp(child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static neume_status start(ffmpeg_source *s, const char *program, int file, const char *name) {
    char rate[16];
    int ends[2] = {-1, -1};
    snprintf(rate, sizeof rate, "%d", (int)s->base.rate_hz);
    const char *const arguments[] = {program, FROM_RECORDING, "-map", "0:a:0",  "-f", NATIVE_FLOAT, "-ac",
                                     "1",     "-ar",          rate,   "pipe:1", NULL};
    NEUME_TRY(open_pipe(ends));
    int failed = spawn(arguments, file, ends[1], &s->child);
    close(ends[1]);
    if (!failed) {
        s->pipe = ends[0];
        return NEUME_OK;
    }
    close(ends[0]);
    return neume_fail(NEUME_EUNSUPPORTED, "%s: needs ffmpeg to be read, and there is none (%s: %s)", name, program,
                      strerror(failed));
}

/* --- tags --------------------------------------------------------------------------------------------------------- */

/* A line "key=value" of ffmpeg's metadata; a backslash stands before = ; # \ and line ends in it. */
static void take_tag(const char *line, size_t length, neume_audio_tags *tags) {
    char value[sizeof tags->title];
    const char *equals = memchr(line, '=', length);
    if (!equals) return;
    const size_t key = (size_t)(equals - line);
    size_t n = 0;
    for (const char *at = equals + 1; at < line + length && n < sizeof value; at++) {
        if (*at == '\\' && at + 1 < line + length) at++;
        value[n++] = *at;
    }
    if (key == 5 && strncasecmp(line, "title", key) == 0) neume__text_clean(value, n, tags->title, sizeof tags->title);
    const bool composer = key == 8 && strncasecmp(line, "composer", key) == 0;
    if (composer || (key == 6 && strncasecmp(line, "artist", key) == 0 && !*tags->artist))
        neume__text_clean(value, n, tags->artist, sizeof tags->artist);
}

/* Those of the whole file: what follows a line "[STREAM]" or "[CHAPTER]" is of a part. */
static void take_tags(const char *text, size_t count, neume_audio_tags *tags) {
    for (const char *at = text, *end = text + count; at < end && *at != '[';) {
        const char *stop = at;
        while (stop < end && *stop != '\n') stop += *stop == '\\' && stop + 1 < end ? 2 : 1;
        take_tag(at, (size_t)(stop - at), tags);
        at = stop + (stop < end);
    }
}

/* A second, short run of the program; without tags the music is no worse. */
static void read_tags(const char *program, int file, neume_audio_tags *tags) {
    char text[16384];
    size_t count = 0;
    int ends[2] = {-1, -1};
    pid_t child = 0;
    const char *const arguments[] = {program, FROM_RECORDING, "-f", "ffmetadata", "pipe:1", NULL};
    if (open_pipe(ends)) return;
    const int failed = spawn(arguments, file, ends[1], &child);
    close(ends[1]);
    for (ssize_t got = 1; !failed && got > 0 && count < sizeof text;) {
        got = read(ends[0], text + count, sizeof text - count);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            count += (size_t)got;
    }
    close(ends[0]); /* the child that has more to say ends by that */
    if (failed) return;
    (void)await(child);
    take_tags(text, count, tags);
}

neume_status neume__source_ffmpeg(int file, const char *name, double rate_hz, neume__source **out) {
    const char *program = getenv("NEUME_FFMPEG");
    if (program && !*program)
        return neume_fail(NEUME_EUNSUPPORTED, "%s: needs ffmpeg to be read, and NEUME_FFMPEG forbids it", name);
    ffmpeg_source *s = neume__calloc(1, sizeof *s);
    if (!s) return NEUME_ENOMEM;
    s->base = (neume__source){.rate_hz = (double)lround(rate_hz), .read = read_mono, .close = close_source};
    neume_status status = start(s, program ? program : "ffmpeg", file, name);
    if (status) {
        neume__free(s);
        return status;
    }
    s->file = file;
    read_tags(program ? program : "ffmpeg", file, &s->base.tags);
    *out = &s->base;
    return NEUME_OK;
}
