/* The program's way in and out: find the verb, read its options, run it, end with the right status. */
#include "cli.h"

#include <signal.h>
#include <string.h>

/* The first Ctrl-C asks for an orderly end, a second one is not caught. */
static void stop(int number) {
    (void)number;
    neume_cancel();
}

static void catch_signals(void) {
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is a failed write, which is said like any other */
}

static void log_line(void *context, neume_log_level level, const char *line) {
    const cli_common *common = context;
    if (level == NEUME_LOG_ERROR || (level <= NEUME_LOG_INFO && !common->quiet)) fprintf(stderr, "neume: %s\n", line);
}

static int show_help(const cli_verb *verb) {
    neume_buffer text = {0};
    neume_status status = cli_print_help(verb, &text);
    if (status) cli_complain(NULL);
    return status ? cli_exit_status(status) : cli_say(&text);
}

static int run_verb(const cli_verb *verb, int argc, char **argv) {
    cli_call call;
    int result = EXIT_USAGE;
    neume_status status = cli_parse(verb, argc, argv, &call);
    if (status) {
        cli_complain(NULL);
        result = cli_exit_status(status);
    } else if (((cli_common *)call.settings)->help) {
        result = show_help(verb);
    } else {
        catch_signals();
        neume_log_set(log_line, call.settings);
        neume_threads_set(((cli_common *)call.settings)->threads);
        result = verb->run(&call);
        neume_log_set(NULL, NULL);
    }
    cli_call_clear(verb, &call);
    return neume_cancelled() ? EXIT_CANCELLED : result;
}

/* "neume eval" alone: which verbs are in that group? */
static int complain_about_verb(int argc, char **argv) {
    bool group = false;
    const size_t length = strlen(argv[0]);
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++)
        if (strncmp((*verb)->name, argv[0], length) == 0 && (*verb)->name[length] == ' ') {
            if (!group) fprintf(stderr, "neume: %s what? possible are", argv[0]);
            fprintf(stderr, "%s %s", group ? "," : "", (*verb)->name);
            group = true;
        }
    if (group) fputc('\n', stderr);
    (void)argc;
    return group ? EXIT_USAGE : cli_usage_error("no verb '%s'; see neume help", argv[0]);
}

int main(int argc, char **argv) {
    int words = 0;
    if (argc < 2) {
        const int shown = show_help(NULL);
        return shown ? shown : EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) argv[1] = (char *)"version";
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return show_help(NULL);
    const cli_verb *verb = cli_find_verb(argc - 1, argv + 1, &words);
    if (!verb) return complain_about_verb(argc - 1, argv + 1);
    return run_verb(verb, argc - 1 - words, argv + 1 + words);
}
