/* How the program speaks: results on standard output, one line a failure on standard error, a bar for people. */
#include "cli.h"

#include "neume/base_json.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

int cli_exit_status(neume_status status) {
    switch (status) {
    case NEUME_OK:
        return EXIT_DONE;
    case NEUME_EINVAL:
        return EXIT_USAGE;
    case NEUME_EFORMAT:
    case NEUME_ENOTFOUND:
    case NEUME_EUNSUPPORTED:
    case NEUME_ELIMIT:
        return EXIT_BAD_INPUT;
    case NEUME_ECANCELLED:
        return EXIT_CANCELLED;
    case NEUME_ENOMEM:
    case NEUME_EIO:
        break;
    }
    return EXIT_FAILED;
}

/* A file that cannot be read (a folder, no permission) is a bad input, whatever the system calls it. */
int cli_exit_reading(neume_status status) {
    return status == NEUME_EIO || status == NEUME_EINVAL ? EXIT_BAD_INPUT : cli_exit_status(status);
}

/* A place that cannot be written to is no fault of the input. */
int cli_exit_writing(neume_status status) {
    return status == NEUME_OK || status == NEUME_ECANCELLED ? cli_exit_status(status) : EXIT_FAILED;
}

int cli_write(const char *path, neume_buffer *bytes) {
    neume_status status = neume_file_write(path, bytes->data, bytes->size);
    if (status) cli_complain(NULL);
    neume_buffer_clear(bytes);
    return cli_exit_writing(status);
}

void cli_complain(const char *file) {
    const char *message = neume_error_message();
    const char *name = file && strcmp(file, "-") == 0 ? "standard input" : file;
    if (!name || strncmp(message, name, strlen(name)) == 0)
        fprintf(stderr, "neume: %s\n", message);
    else
        fprintf(stderr, "neume: %s: %s\n", name, message);
}

int cli_usage_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("neume: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_USAGE;
}

int cli_say(neume_buffer *text) {
    neume_status status = text->size ? neume_file_write("-", text->data, text->size) : NEUME_OK;
    neume_buffer_clear(text);
    if (status) cli_complain(NULL);
    return cli_exit_status(status);
}

neume_status cli_json_string(neume_buffer *out, const char *text) {
    return neume_json_quote(out, text);
}

/* --- the bar ------------------------------------------------------------------------------------------------------ */

enum { BAR_CELLS = 24 };

void cli_bar_start(cli_bar *bar, const cli_common *common, const char *label) {
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const bool always = strcmp(common->progress, "always") == 0, never = strcmp(common->progress, "never") == 0;
    *bar = (cli_bar){always || (terminal && !never && !common->quiet), terminal, label, neume_clock_s(), -1, -1};
}

static void draw(const cli_bar *bar, double share, double left_s) {
    char cells[BAR_CELLS + 1];
    for (int i = 0; i < BAR_CELLS; i++) cells[i] = i < share * BAR_CELLS ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    const long left = left_s < 359999 ? lround(left_s) : 359999;
    fprintf(stderr, "%s%.40s [%s] %3d %%  %ld:%02ld left%s", bar->terminal ? "\r" : "", bar->label, cells,
            (int)(share * 100), left / 60, left % 60, bar->terminal ? "\033[K" : "\n");
    fflush(stderr);
}

/* Redraws at most ten times a second on a terminal; elsewhere writes a line each tenth of the way. */
static void advance(void *context, double done, double total) {
    cli_bar *bar = context;
    if (!bar->shown || !(total > 0)) return;
    const double now_s = neume_clock_s(), share = done < total ? done / total : 1;
    const int percent = (int)(share * 100);
    if (bar->terminal ? now_s - bar->last_s < .1 && percent < 100
                      : percent / 10 == bar->last_percent / 10 && bar->last_percent >= 0)
        return;
    bar->last_s = now_s;
    bar->last_percent = percent;
    draw(bar, share, share > 0 ? (now_s - bar->start_s) * (1 - share) / share : 359999);
}

neume_progress cli_bar_progress(cli_bar *bar) {
    return (neume_progress){advance, bar};
}

void cli_bar_end(cli_bar *bar) {
    if (bar->shown && bar->terminal) fputs("\r\033[K", stderr);
    bar->shown = false;
}
