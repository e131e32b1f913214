/* The options by which a verb finds its store, and the store opened. */
#ifndef NEUME_CLI_STORE_H
#define NEUME_CLI_STORE_H

#include "cli.h"

#include "neume/service_taste.h"

typedef struct cli_store {
    const char *path, *key;
} cli_store;

/* Two rows for a table of options; `member` is the cli_store in the verb's settings. A type takes no parentheses. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define CLI_STORE_OPTIONS(settings, member)                                                                            \
    {"store",  0,                                                                                                      \
     CLI_TEXT, offsetof(settings, member.path),                                                                        \
     "FILE",   "the store; else $NEUME_STORE, or neume/neume.db in $XDG_DATA_HOME or ~/.local/share",                  \
     NULL,     0,                                                                                                      \
     0},                                                                                                               \
    {                                                                                                                  \
        "key", 0, CLI_TEXT, offsetof(settings, member.key), "FILE",                                                    \
            "the key file of an encrypted store; else $NEUME_STORE_KEY. A new store given one is encrypted", NULL, 0,  \
            0                                                                                                          \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

/* Opens it, or says why not. @param create make it if there is none @return the exit status */
int cli_store_open(const cli_store *wanted, bool create, neume_store **out);
/* Says what went wrong with the store, whose messages name it. @return the exit status */
int cli_store_complain(neume_status status);

#endif
