/* How well MusicXML and kern are read: find FOLDER -name '*.krn' | bench_scores [--differences]
 *
 * Reads the names of files, one a line, and prints as TSV: files, those refused, those read without a warning, those
 * that writing MusicXML and reading it again changes, megabytes of text a second; then in how many files each kind of
 * warning is told, commonest first. With --differences each changed file and its first difference, too. */
#include "neume/notation.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS = 256, KIND_BYTES = 96 };

typedef struct kind {
    char text[KIND_BYTES];
    int files;
} kind;

typedef struct counts {
    int files, refused, clean, changed;
    double read_s;
    size_t bytes;
    kind kinds[KINDS];
    int kind_count;
} counts;

/* A warning without its place and how often. */
static void count_kind(counts *c, const char *line, size_t length) {
    char text[KIND_BYTES];
    if (length > 7 && strncmp(line + length - 7, " times)", 7) == 0) {
        while (length && line[length - 1] != '(') length--;
        length -= length > 1 ? 2 : length;
    }
    if (strncmp(line, "line ", 5) == 0 || strncmp(line, "part ", 5) == 0) {
        const char *colon = memmem(line, length, ": ", 2);
        if (colon) length -= (size_t)(colon + 2 - line), line = colon + 2;
    }
    snprintf(text, sizeof text, "%.*s", (int)length, line);
    int i = 0;
    while (i < c->kind_count && strcmp(c->kinds[i].text, text) != 0) i++;
    if (i == KINDS) return;
    if (i == c->kind_count) memcpy(c->kinds[c->kind_count++].text, text, sizeof text);
    c->kinds[i].files++;
}

static void count_warnings(counts *c, const neume_report *report) {
    c->clean += !report->warnings;
    for (const char *line = report->text.data; line && *line;) {
        size_t length = strcspn(line, "\n");
        count_kind(c, line, length);
        line += length + 1;
    }
}

static void write_again(counts *c, const char *path, const neume_score *score, bool tell) {
    neume_buffer text = {0};
    neume_score *again = NULL;
    char difference[256] = "unread";
    if (neume_musicxml_write(score, &text) == NEUME_OK &&
        neume_musicxml_read(text.data, text.size, NULL, &again) == NEUME_OK)
        neume_score_difference(score, again, difference, sizeof difference);
    c->changed += *difference != '\0';
    if (*difference && tell) printf("%s\t%s\n", path, difference);
    neume_score_free(again);
    neume_buffer_clear(&text);
}

static void judge(counts *c, const char *path, bool tell) {
    neume_buffer file = {0};
    neume_report report = {0};
    neume_score *score = NULL;
    c->files++;
    neume_status status = neume_file_read(path, NEUME_NOTATION_LIMIT_BYTES, &file);
    double start_s = neume_clock_s();
    if (!status) status = neume_score_read(path, file.data, file.size, &report, &score);
    c->read_s += neume_clock_s() - start_s;
    c->bytes += file.size;
    if (status) {
        c->refused++;
        fprintf(stderr, "%s: %s\n", path, neume_error_message());
    } else {
        count_warnings(c, &report);
        write_again(c, path, score, tell);
    }
    neume_score_free(score);
    neume_report_clear(&report);
    neume_buffer_clear(&file);
}

static int by_files(const void *left, const void *right) {
    return ((const kind *)right)->files - ((const kind *)left)->files;
}

int main(int count, char **arguments) {
    static counts c;
    char path[4096];
    const bool tell = count > 1 && strcmp(arguments[1], "--differences") == 0;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        judge(&c, path, tell);
    }
    printf("files\t%d\nrefused\t%d\nwithout a warning\t%d\nchanged by write and read\t%d\nread\t%.1f MB/s\n", c.files,
           c.refused, c.clean, c.changed, (double)c.bytes / c.read_s / 1e6);
    qsort(c.kinds, (size_t)c.kind_count, sizeof *c.kinds, by_files);
    for (int i = 0; i < c.kind_count; i++) printf("%d\t%s\n", c.kinds[i].files, c.kinds[i].text);
    return 0;
}
