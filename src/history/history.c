/* A file is opened, told apart by its first line, and read to its end. */
#include "history.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

const char *neume_history_format_name(neume_history_format format) {
    static const char *const names[] = {"auto", "plays", "items", "tags", "listenbrainz", "lastfm"};
    return (unsigned)format < sizeof names / sizeof *names ? names[format] : NULL;
}

static neume_status read_format(history_reading *reading) {
    switch (reading->tally.format) {
    case NEUME_HISTORY_ITEMS:
        return history_read_items(reading);
    case NEUME_HISTORY_TAGS:
        return history_read_tags(reading);
    case NEUME_HISTORY_LISTENBRAINZ:
        return history_read_json(reading);
    default:
        return history_read_events(reading);
    }
}

static neume_status read_all(history_reading *reading) {
    bool more = false;
    do NEUME_TRY(history_line(reading, &more));
    while (more && !reading->line.size && !reading->line_too_long);
    if (!more) return NEUME_OK; /* empty: nothing taken, nothing left out */
    reading->tally.format = reading->options->format;
    if (reading->tally.format == NEUME_HISTORY_AUTO) reading->tally.format = history_detect(reading->line.data);
    return read_format(reading);
}

static neume_status read_stream(history_reading *reading, neume_history_tally *tally) {
    static const neume_history_options defaults = {0};
    if (!reading->options) reading->options = &defaults;
    reading->tally.why = "";
    neume_status status = read_all(reading);
    neume_buffer_clear(&reading->line);
    if (status) return status;
    const neume_history_tally *all = &reading->tally;
    if (!all->taken && all->left_out)
        return neume_fail(NEUME_EFORMAT, "%s: nothing could be understood; its first line that was not is %lld: %s",
                          reading->path, (long long)all->first_bad_line, all->why);
    *tally = *all;
    return NEUME_OK;
}

/* Standard input cannot be rewound, and JSON is read from the beginning again: it is spooled into a file first. */
static neume_status spool(FILE **out) {
    char chunk[1 << 14];
    FILE *file = tmpfile();
    if (!file) return neume_fail(NEUME_EIO, "standard input: %s", strerror(errno));
    for (size_t count; (count = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
        if (fwrite(chunk, 1, count, file) != count) {
            fclose(file);
            return neume_fail(NEUME_EIO, "standard input: %s", strerror(errno));
        }
    rewind(file);
    *out = file;
    return NEUME_OK;
}

neume_status neume_history_read_file(const char *path, const neume_history_options *options,
                                     const neume_history_sink *sink, const neume_progress *progress,
                                     neume_history_tally *tally) {
    const bool standard = strcmp(path, "-") == 0;
    history_reading reading = {
        .path = standard ? "standard input" : path, .options = options, .sink = sink, .progress = progress};
    struct stat info;
    if (standard)
        NEUME_TRY(spool(&reading.file));
    else
        reading.file = fopen(path, "rb");
    if (!reading.file)
        return neume_fail(errno == ENOENT ? NEUME_ENOTFOUND : NEUME_EIO, "%s: %s", path, strerror(errno));
    if (fstat(fileno(reading.file), &info) == 0) reading.total_bytes = (double)info.st_size;
    neume_status status = read_stream(&reading, tally);
    fclose(reading.file);
    return status;
}

neume_status neume_history_read(const void *bytes, size_t count, const neume_history_options *options,
                                const neume_history_sink *sink, neume_history_tally *tally) {
    history_reading reading = {.path = "the bytes", .options = options, .sink = sink, .total_bytes = (double)count};
    /* A copy only in name: opened for reading, the bytes are not changed. */
    reading.file = count ? fmemopen((void *)(uintptr_t)bytes, count, "rb") : fopen("/dev/null", "rb");
    if (!reading.file) return neume_fail(NEUME_EIO, "%s", strerror(errno));
    neume_status status = read_stream(&reading, tally);
    fclose(reading.file);
    return status;
}
