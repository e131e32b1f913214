/* Pages of music: abcm2ps engraves ABC as SVG, rsvg-convert (librsvg) makes PNG and PDF of it. Both are programs of
 * their own, run in a folder that is gone afterwards; coreutils' timeout ends them should they hang. They see only ABC
 * that neume_abc_write() printed. */
#include "neume/notation.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES_MOST = 400, PATH_BYTES = 200, ARGUMENTS_MOST = PAGES_MOST + 16, PAGE_LIMIT_BYTES = 64 << 20 };

typedef struct engraving {
    char folder[PATH_BYTES];
    char page[PAGES_MOST][PATH_BYTES + 16];
    int pages;
} engraving;

/* --- programs ----------------------------------------------------------------------------------------------------- */

static neume_status require(const char *program) {
    if (neume__program_installed(program)) return NEUME_OK;
    return neume_fail(NEUME_EUNSUPPORTED, "%s is not installed (Debian: apt install abcm2ps librsvg2-bin)", program);
}

neume_status neume_engrave_ready(const char *format) {
    NEUME_TRY(require("abcm2ps"));
    return strcmp(format, "svg") == 0 ? NEUME_OK : require("rsvg-convert");
}

/* arguments: "timeout", seconds, the program, its arguments, NULL. most: the worst exit status that is a success;
 * abcm2ps says 1 of music that it draws in spite of an error */
static neume_status run(const char *const *arguments, int most) {
    static const int nothing[] = {-1, -1, -1};
    const char *program = arguments[2];
    int said = 0;
    NEUME_TRY(require(program));
    NEUME_TRY(neume__program_run(arguments, nothing, &said));
    return said <= most ? NEUME_OK : neume_fail(NEUME_EFORMAT, "%s cannot engrave this music", program);
}

/* --- the folder --------------------------------------------------------------------------------------------------- */

static neume_status make_folder(engraving *e) {
    const char *above = getenv("TMPDIR");
    int length = snprintf(e->folder, sizeof e->folder, "%s/neume-page-XXXXXX", above && *above ? above : "/tmp");
    if (length >= (int)sizeof e->folder) return neume_fail(NEUME_EINVAL, "TMPDIR is too long");
    if (mkdtemp(e->folder)) return NEUME_OK;
    int error = errno;
    e->folder[0] = '\0';
    return neume_fail(NEUME_EIO, "no temporary folder: %s", strerror(error));
}

static void remove_folder(const engraving *e) {
    char file[PATH_BYTES + 300];
    DIR *folder = *e->folder ? opendir(e->folder) : NULL;
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        snprintf(file, sizeof file, "%s/%s", e->folder, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) unlink(file);
    }
    closedir(folder);
    rmdir(e->folder);
}

/* --- pages -------------------------------------------------------------------------------------------------------- */

/* abcm2ps numbers its pictures 001, 002 ... It makes none of a tune too long for one. */
static neume_status find_pages(engraving *e, bool pages) {
    for (e->pages = 0; e->pages < PAGES_MOST; e->pages++) {
        char path[PATH_BYTES + 16];
        snprintf(path, sizeof path, "%s/p%03d.svg", e->folder, (e->pages + 1) % 1000);
        if (access(path, R_OK) != 0) break;
        memcpy(e->page[e->pages], path, sizeof path);
    }
    if (e->pages) return NEUME_OK;
    return neume_fail(NEUME_EFORMAT, pages
                                         ? "there is nothing to engrave"
                                         : "there is nothing to engrave, or too much for one picture (PDF has pages)");
}

static neume_status draw(engraving *e, const char *abc, size_t count, bool pages) {
    char in[PATH_BYTES + 16], out[PATH_BYTES + 16];
    snprintf(in, sizeof in, "%s/p.abc", e->folder);
    snprintf(out, sizeof out, "%s/p.svg", e->folder);
    NEUME_TRY(neume_file_write(in, abc, count));
    const char *const arguments[] = {"timeout", "60", "abcm2ps", "-q", pages ? "-v" : "-g", "-O", out, in, NULL};
    NEUME_TRY(run(arguments, 1));
    return find_pages(e, pages);
}

/* The picture without when and how it was made: the same music gives the same bytes. */
static neume_status read_svg(const engraving *e, neume_buffer *out) {
    neume_buffer file = {0};
    NEUME_TRY(neume_file_read(e->page[0], PAGE_LIMIT_BYTES, &file));
    neume_status status = NEUME_OK;
    for (const char *at = file.data ? file.data : ""; *at && !status;) {
        size_t length = strcspn(at, "\n");
        length += at[length] == '\n';
        bool made = strncmp(at, "<!-- CreationDate", 17) == 0 || strncmp(at, "<!-- CommandLine", 16) == 0 ||
                    strncmp(at, "<title>", 7) == 0; /* the name of our file */
        if (!made) status = neume_buffer_append(out, at, length);
        at += length;
    }
    neume_buffer_clear(&file);
    return status;
}

static neume_status convert(const engraving *e, const char *format, neume_buffer *out) {
    char file[PATH_BYTES + 16];
    const char *arguments[ARGUMENTS_MOST] = {"timeout",  "120",    "rsvg-convert",
                                             "--format", format,   "--background-color",
                                             "white",    "--zoom", strcmp(format, "png") == 0 ? "2" : "1",
                                             "--output", file};
    int n = 11;
    snprintf(file, sizeof file, "%s/out", e->folder);
    bool all = strcmp(format, "pdf") == 0;
    for (int i = 0; i < (all ? e->pages : 1); i++) arguments[n++] = e->page[i];
    neume_status status = run(arguments, 0);
    if (status == NEUME_EFORMAT && !all)
        return neume_fail(status, "rsvg-convert cannot draw this music as one picture (PDF has pages)");
    NEUME_TRY(status);
    neume_buffer made = {0};
    NEUME_TRY(neume_file_read(file, PAGE_LIMIT_BYTES, &made));
    status = neume_buffer_append(out, made.data, made.size);
    neume_buffer_clear(&made);
    return status;
}

neume_status neume_engrave(const char *abc, size_t count, const char *format, neume_buffer *out) {
    bool svg = strcmp(format, "svg") == 0, pdf = strcmp(format, "pdf") == 0;
    if (!svg && !pdf && strcmp(format, "png") != 0)
        return neume_fail(NEUME_EINVAL, "cannot engrave '%s'; possible are svg png pdf", format);
    engraving *e = neume__calloc(1, sizeof *e);
    if (!e) return NEUME_ENOMEM;
    neume_status status = NEUME_OK;
    NEUME_GO(make_folder(e));
    NEUME_GO(draw(e, abc, count, pdf));
    NEUME_GO(svg ? read_svg(e, out) : convert(e, format, out));
fail:
    remove_folder(e);
    neume__free(e);
    return status;
}
