/* The program in one table: a verb is a row here and a file cmd_VERB.c; its options are rows too. Parsing, --help, the
 * man pages and the shells' completions are all made from these tables, so they cannot disagree. */
#ifndef NEUME_CLI_H
#define NEUME_CLI_H

#include "neume/base.h"

/* Exit status, a promise to scripts. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_BAD_INPUT = 3, EXIT_CANCELLED = 130 };

/* --- options ------------------------------------------------------------------------------------------------------ */

typedef enum cli_kind {
    CLI_FLAG,   /* bool: present or not */
    CLI_TEXT,   /* const char *: the last one given counts */
    CLI_LIST,   /* cli_list: may be repeated, all count */
    CLI_INT,    /* int, low .. high */
    CLI_NUMBER, /* double, low .. high */
    CLI_CHOICE, /* const char *: one of the words of `choices` */
} cli_kind;

/* What a repeated option collected, in order. */
typedef struct cli_list {
    const char **items;
    size_t count, capacity;
} cli_list;

typedef struct cli_option {
    const char *name; /* without its two dashes */
    char letter;      /* 0 = none */
    cli_kind kind;
    size_t offset;       /* of its value in the verb's settings */
    const char *value;   /* what the value is called in help, NULL for a flag */
    const char *help;    /* one sentence without a full stop */
    const char *choices; /* CLI_CHOICE: words apart by a space */
    double low, high;    /* CLI_INT, CLI_NUMBER */
} cli_option;

/* Settings that every verb has; the first member of each verb's settings. */
typedef struct cli_common {
    bool help, json, quiet;
    int threads;
    const char *progress; /* auto, always, never */
} cli_common;
extern const cli_option cli_common_options[]; /* ends with a row without a name */

typedef struct cli_call {
    void *settings; /* the verb's own struct, cli_common first */
    const char **operands;
    size_t count;
} cli_call;

typedef struct cli_verb {
    const char *name;          /* "transcribe"; two words for a verb within a group: "eval notes" */
    const char *operands;      /* for the usage line: "SONG... -o OUT" */
    const char *summary;       /* one line, no full stop */
    const char *about;         /* paragraphs for help and the man page */
    const char *example;       /* one command line */
    const cli_option *options; /* ends with a row without a name; NULL = none of its own */
    size_t settings_bytes;
    void (*defaults)(void *settings); /* NULL: all zero */
    int (*run)(const cli_call *call);
} cli_verb;
extern const cli_verb *const cli_verbs[]; /* ends with NULL */

/* Fills call from arguments; NEUME_EINVAL with a message on wrong usage. Free with cli_call_clear() in either case. */
NEUME_MUST neume_status cli_parse(const cli_verb *verb, int argc, char **argv, cli_call *call);
void cli_call_clear(const cli_verb *verb, cli_call *call);
/* Finds the verb that the first one or two words name; *words is how many it took. NULL if there is none. */
const cli_verb *cli_find_verb(int argc, char **argv, int *words);

/* --- help, man pages, completions: all from the tables ------------------------------------------------------------ */

NEUME_MUST neume_status cli_print_help(const cli_verb *verb, neume_buffer *out);    /* verb NULL: the whole program */
NEUME_MUST neume_status cli_print_man(const cli_verb *verb, neume_buffer *out);     /* troff; verb NULL: neume(1) */
NEUME_MUST neume_status cli_print_completion(const char *shell, neume_buffer *out); /* bash, zsh or fish */

/* --- saying things ------------------------------------------------------------------------------------------------ */

/* Exit status for a failure met while reading a file, while writing one, or otherwise. */
int cli_exit_reading(neume_status status);
int cli_exit_writing(neume_status status);
/* Writes a file, says so if that fails, and clears the bytes. @return the exit status */
int cli_write(const char *path, neume_buffer *bytes);
int cli_exit_status(neume_status status);
/* "neume: FILE: message" on standard error, one line; FILE may be NULL, and is not said twice. */
void cli_complain(const char *file);
/* The same for wrong usage, whose message is given here; returns EXIT_USAGE. */
int cli_usage_error(const char *format, ...) NEUME_PRINTF(1, 2);
/* Writes to standard output; returns an exit status. Clears @p text. */
int cli_say(neume_buffer *text);
/* Appends a JSON string with its quotes. */
NEUME_MUST neume_status cli_json_string(neume_buffer *out, const char *text);

/* A bar with percent and time left on standard error, for people only. */
typedef struct cli_bar {
    bool shown, terminal;
    const char *label;
    double start_s, last_s;
    int last_percent;
} cli_bar;
void cli_bar_start(cli_bar *bar, const cli_common *common, const char *label);
neume_progress cli_bar_progress(cli_bar *bar); /* told to whoever does the work */
void cli_bar_end(cli_bar *bar);

/* One a line, so that two new verbs do not meet. */
/* clang-format off */
extern const cli_verb
    cli_analyse,
    cli_completion,
    cli_compose_continue,
    cli_compose_fill,
    cli_compose_harmonise,
    cli_compose_inspire,
    cli_compose_revise,
    cli_compose_theme,
    cli_compose_title,
    cli_compose_vary,
    cli_convert,
    cli_data_bank,
    cli_data_corpus,
    cli_data_perform,
    cli_data_render,
    cli_data_tunes,
    cli_engrave,
    cli_eval_captions,
    cli_eval_grammar,
    cli_eval_harmony,
    cli_eval_lm,
    cli_eval_notes,
    cli_eval_prompts,
    cli_eval_score,
    cli_eval_taste,
    cli_eval_themes,
    cli_help,
    cli_models_info,
    cli_models_quantise,
    cli_models_random,
    cli_models_verify,
    cli_recommend,
    cli_render,
    cli_store_backup,
    cli_store_key,
    cli_store_migrate,
    cli_taste_ask,
    cli_taste_demo,
    cli_taste_export,
    cli_taste_forget,
    cli_taste_import,
    cli_taste_profile,
    cli_taste_stats,
    cli_train,
    cli_train_taste,
    cli_transcribe,
    cli_version;
/* clang-format on */

#endif
