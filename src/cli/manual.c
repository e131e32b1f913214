/* Help and manual pages, printed from the tables of verbs and options. */
#include "cli.h"

#include <string.h>

static const char intro[] =
    "neume hears music and writes it down: it turns recordings into notes, on an ordinary computer.";

static const struct {
    int status;
    const char *meaning;
} exits[] = {{EXIT_DONE, "done"},
             {EXIT_FAILED, "failed: no memory, or a result could not be written"},
             {EXIT_USAGE, "wrong usage"},
             {EXIT_BAD_INPUT, "an input file is missing, damaged or of an unknown kind"},
             {EXIT_CANCELLED, "stopped by Ctrl-C; nothing half-written is left"}};

/* --- --help ------------------------------------------------------------------------------------------------------- */

/* Breaks a paragraph into lines of at most 100 characters. */
static neume_status print_wrapped(const char *text, neume_buffer *out) {
    size_t column = 0;
    while (*text) {
        const size_t word = strcspn(text, " ");
        if (column && column + 1 + word > 100) {
            NEUME_TRY(neume_buffer_append(out, "\n", 1));
            column = 0;
        }
        NEUME_TRY(neume_buffer_print(out, "%s%.*s", column ? " " : "", (int)word, text));
        column += word + (column > 0);
        text += word + (text[word] == ' ');
    }
    return neume_buffer_append(out, "\n", 1);
}

static neume_status print_options(const cli_option *options, neume_buffer *out) {
    for (; options && options->name; options++) {
        char left[64];
        const char letter[] = {'-', options->letter, ',', ' ', '\0'};
        snprintf(left, sizeof left, "%s--%s%s%s", options->letter ? letter : "    ", options->name,
                 options->value ? " " : "", options->value ? options->value : "");
        NEUME_TRY(neume_buffer_print(out, "  %-30s %s\n", left, options->help));
    }
    return NEUME_OK;
}

static neume_status print_verb_help(const cli_verb *verb, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "usage: neume %s [options] %s\n\n", verb->name, verb->operands));
    NEUME_TRY(print_wrapped(verb->about, out));
    NEUME_TRY(neume_buffer_print(out, "\nexample:\n  %s\n\noptions:\n", verb->example));
    NEUME_TRY(print_options(verb->options, out));
    return print_options(cli_common_options, out);
}

neume_status cli_print_help(const cli_verb *verb, neume_buffer *out) {
    if (verb) return print_verb_help(verb, out);
    NEUME_TRY(neume_buffer_print(
        out, "usage: neume VERB [options] ...\n\n%s\n\nverbs (neume VERB --help tells more):\n", intro));
    for (const cli_verb *const *each = cli_verbs; *each; each++)
        NEUME_TRY(neume_buffer_print(out, "  %-15s %s\n", (*each)->name, (*each)->summary));
    NEUME_TRY(neume_buffer_print(out, "\nexit status:\n"));
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        NEUME_TRY(neume_buffer_print(out, "  %-15d %s\n", exits[i].status, exits[i].meaning));
    return NEUME_OK;
}

/* --- manual pages ------------------------------------------------------------------------------------------------- */

/* Troff takes a line's first dot and every backslash and dash for itself. */
static neume_status print_troff(const char *text, neume_buffer *out) {
    if (*text == '.') NEUME_TRY(neume_buffer_print(out, "\\&"));
    for (; *text; text++) {
        if (*text == '-' || *text == '\\') NEUME_TRY(neume_buffer_append(out, "\\", 1));
        NEUME_TRY(neume_buffer_append(out, text, 1));
    }
    return neume_buffer_append(out, "\n", 1);
}

static neume_status print_man_options(const cli_option *options, neume_buffer *out) {
    for (; options && options->name; options++) {
        NEUME_TRY(neume_buffer_print(out, ".TP\n"));
        if (options->letter)
            NEUME_TRY(neume_buffer_print(out, ".BR \\-%c \", \"", options->letter));
        else
            NEUME_TRY(neume_buffer_print(out, ".B"));
        NEUME_TRY(neume_buffer_print(out, " \"\\-\\-%s%s%s\"\n", options->name, options->value ? " " : "",
                                     options->value ? options->value : ""));
        NEUME_TRY(print_troff(options->help, out));
    }
    return NEUME_OK;
}

/* A verb's page is called neume-eval-notes(1). */
static neume_status print_page_name(const cli_verb *verb, neume_buffer *out) {
    for (const char *at = verb->name; *at; at++)
        NEUME_TRY(neume_buffer_print(out, "%s%c", *at == ' ' ? "\\" : "", *at == ' ' ? '-' : *at));
    return NEUME_OK;
}

static neume_status print_verb_man(const cli_verb *verb, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ".TH \"neume\\-"));
    NEUME_TRY(print_page_name(verb, out));
    NEUME_TRY(neume_buffer_print(out, "\" 1 \"\" \"neume %s\"\n.SH NAME\nneume\\-", neume_version()));
    NEUME_TRY(print_page_name(verb, out));
    NEUME_TRY(neume_buffer_print(out, " \\- %s\n.SH SYNOPSIS\n.B neume %s\n[options]\n", verb->summary, verb->name));
    NEUME_TRY(print_troff(verb->operands, out));
    NEUME_TRY(neume_buffer_print(out, ".SH DESCRIPTION\n"));
    NEUME_TRY(print_troff(verb->about, out));
    NEUME_TRY(neume_buffer_print(out, ".SH OPTIONS\n"));
    NEUME_TRY(print_man_options(verb->options, out));
    NEUME_TRY(print_man_options(cli_common_options, out));
    NEUME_TRY(neume_buffer_print(out, ".SH EXAMPLE\n.nf\n"));
    NEUME_TRY(print_troff(verb->example, out));
    return neume_buffer_print(out, ".fi\n.SH SEE ALSO\n.BR neume (1)\n");
}

neume_status cli_print_man(const cli_verb *verb, neume_buffer *out) {
    if (verb) return print_verb_man(verb, out);
    NEUME_TRY(neume_buffer_print(
        out,
        ".TH neume 1 \"\" \"neume %s\"\n.SH NAME\nneume \\- hear music and write it down\n.SH SYNOPSIS\n"
        ".B neume\n.I VERB\n[options] ...\n.SH DESCRIPTION\n",
        neume_version()));
    NEUME_TRY(print_troff(intro, out));
    NEUME_TRY(neume_buffer_print(out, ".SH VERBS\n"));
    for (const cli_verb *const *each = cli_verbs; *each; each++) {
        NEUME_TRY(neume_buffer_print(out, ".TP\n.BR neume\\-"));
        NEUME_TRY(print_page_name(*each, out));
        NEUME_TRY(neume_buffer_print(out, " (1)\n%s\n", (*each)->summary));
    }
    NEUME_TRY(neume_buffer_print(out, ".SH OPTIONS OF EVERY VERB\n"));
    NEUME_TRY(print_man_options(cli_common_options, out));
    NEUME_TRY(neume_buffer_print(out, ".SH EXIT STATUS\n"));
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        NEUME_TRY(neume_buffer_print(out, ".TP\n.B %d\n%s\n", exits[i].status, exits[i].meaning));
    return neume_buffer_print(out,
                              ".SH ENVIRONMENT\n.TP\n.B NEUME_MODELS\nfolder of the models, instead of "
                              "share/neume/models beside the program\n"
                              ".SH EXAMPLE\n.nf\n%s\n.fi\n",
                              cli_transcribe.example);
}
