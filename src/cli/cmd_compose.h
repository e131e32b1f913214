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

/* What the language model is told, whatever it writes. */
typedef struct compose_writing {
    const char *model;
    double temperature, top_p;
    int count;
} compose_writing;

/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define COMPOSE_WRITING_OPTIONS(type, field)                                                                           \
    {"count", 'n', CLI_INT, offsetof(type, field.count), "N", "write N of them, the best first", NULL, 1, 64},         \
        {"temperature",                                                                                                \
         0,                                                                                                            \
         CLI_NUMBER,                                                                                                   \
         offsetof(type, field.temperature),                                                                            \
         "N",                                                                                                          \
         "0: always the likeliest; 1: as likely as learnt; more: wilder",                                              \
         NULL,                                                                                                         \
         0,                                                                                                            \
         4},                                                                                                           \
        {"top-p",    0,                                                                                                \
         CLI_NUMBER, offsetof(type, field.top_p),                                                                      \
         "N",        "choose among the likeliest that together have this probability",                                 \
         NULL,       0.01,                                                                                             \
         1},                                                                                                           \
    {                                                                                                                  \
        "model", 0, CLI_TEXT, offsetof(type, field.model), "FILE",                                                     \
            "use this language model instead of the one that ships", NULL, 0, 0                                        \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
/* The defaults of both, for a verb that writes `count` of them. */
void compose_defaults(compose_common *common, compose_writing *writing, int count);
neume_writing_options compose_options(const compose_common *common, const compose_writing *writing);
/* Loads the model, told when that fails. */
int compose_open(const compose_writing *writing, neume_composer **out);
/* Writes ideas as pieces, or as JSON on standard output; clears them. Or tells the failure. @return the exit status */
int compose_finish(const char *path, neume_status status, neume_ideas *ideas, bool json, const compose_common *at);

/* EXIT_DONE when OUT can be written; else the exit status, told. */
int compose_check_out(const compose_common *at);
/* Reads a piece, told when that fails. @return the exit status */
int compose_read(const char *path, const compose_common *at, neume_score **out);
/* Writes pieces, told when that fails. */
int compose_write(neume_score *const *pieces, size_t count, const compose_common *at);
/* The exit status of a change that failed, told: wrong words are wrong usage, the rest is the file's fault. */
int compose_failed(const char *path, neume_status status);

#endif
