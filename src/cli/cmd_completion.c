/* neume completion. */
#include "cli.h"

static int run_completion(const cli_call *call) {
    neume_buffer text = {0};
    if (call->count != 1) return cli_usage_error("usage: neume completion bash|zsh|fish");
    neume_status status = cli_print_completion(call->operands[0], &text);
    if (status) cli_complain(NULL);
    return status ? cli_exit_status(status) : cli_say(&text);
}

const cli_verb cli_completion = {
    "completion",
    "bash|zsh|fish",
    "print a shell's completion script",
    "make install puts the scripts where the shells look for them; this prints them for other places.",
    "neume completion bash > ~/.local/share/bash-completion/completions/neume",
    NULL,
    0,
    NULL,
    run_completion};
