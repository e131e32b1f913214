/* What the verbs of composing share: a piece in, pieces out. */
#ifndef NEUME_CLI_CMD_COMPOSE_H
#define NEUME_CLI_CMD_COMPOSE_H

#include "cli.h"
#include "neume/service_compose.h"

/* Settings of every verb of the group. */
typedef struct compose_common {
    const char *out, *to, *title;
    int tune;
    double seed;
} compose_common;

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a member's name cannot stand in parentheses */
#define COMPOSE_OUT_OPTIONS(type, field)                                                                                 \
    {"out",                                                                                                              \
     'o',                                                                                                                \
     CLI_TEXT,                                                                                                           \
     offsetof(type, field.out),                                                                                          \
     "OUT",                                                                                                              \
     "write this file: abc, musicxml, mxl, mid, wav, flac, ogg, svg, png, pdf ... by its ending; otherwise ABC goes "    \
     "to standard output",                                                                                               \
     NULL,                                                                                                               \
     0,                                                                                                                  \
     0},                                                                                                                 \
        {"to", 0, CLI_TEXT, offsetof(type, field.to), "FORMAT", "write this format whatever OUT is called", NULL, 0, 0}, \
        {"title", 0, CLI_TEXT, offsetof(type, field.title), "TEXT", "the title written", NULL, 0, 0}, {                  \
        "seed", 0, CLI_NUMBER, offsetof(type, field.seed), "N",                                                          \
            "what is left to chance follows this number: the same seed gives the same music", NULL, 0, 9e15              \
    }
#define COMPOSE_TUNE_OPTION(type, field)                                                                               \
    {                                                                                                                  \
        "tune", 0, CLI_INT, offsetof(type, field.tune), "N", "of an ABC file take the N-th tune, not the first", NULL, \
            0, 1000000                                                                                                 \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

/* EXIT_DONE when OUT can be written; else the exit status, told. */
int compose_check_out(const compose_common *at);
/* Reads a piece, told when that fails. @return the exit status */
int compose_read(const char *path, const compose_common *at, neume_score **out);
/* Writes pieces, told when that fails. */
int compose_write(neume_score *const *pieces, size_t count, const compose_common *at);
/* The exit status of a change that failed, told: wrong words are wrong usage, the rest is the file's fault. */
int compose_failed(const char *path, neume_status status);

#endif
