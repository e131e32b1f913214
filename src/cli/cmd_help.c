/* neume help and neume version. */
#include "cli.h"

typedef struct help_settings {
    cli_common common;
    bool man;
} help_settings;

static int run_help(const cli_call *call) {
    const help_settings *at = call->settings;
    const cli_verb *verb = NULL;
    neume_buffer text = {0};
    int words = 0;
    if (call->count) {
        char *names[2] = {(char *)call->operands[0], call->count > 1 ? (char *)call->operands[1] : NULL};
        verb = cli_find_verb(call->count > 1 ? 2 : 1, names, &words);
        if (!verb) return cli_usage_error("no verb '%s'; see neume help", call->operands[0]);
    }
    neume_status status = at->man ? cli_print_man(verb, &text) : cli_print_help(verb, &text);
    if (status) cli_complain(NULL);
    return status ? cli_exit_status(status) : cli_say(&text);
}

static const cli_option help_options[] = {
    {"man", 0, CLI_FLAG, offsetof(help_settings, man), NULL, "print the manual page's source (troff)", NULL, 0, 0},
    {0},
};

const cli_verb cli_help = {"help",
                           "[VERB]",
                           "explain neume, or one verb",
                           "The same as --help after the verb.",
                           "neume help transcribe",
                           help_options,
                           sizeof(help_settings),
                           NULL,
                           run_help};

static int run_version(const cli_call *call) {
    const cli_common *common = call->settings;
    neume_buffer text = {0};
    neume_status status =
        neume_buffer_print(&text, common->json ? "{\"version\": \"%s\"}\n" : "neume %s\n", neume_version());
    return status ? cli_exit_status(status) : cli_say(&text);
}

const cli_verb cli_version = {
    "version", "", "print the version", "The same as neume --version.", "neume version", NULL, 0, NULL, run_version};
