/* The shells' completions, printed from the tables of verbs and options: first words, second words of groups, options.
 */
#include "cli.h"

#include <string.h>

static neume_status print_flags(const cli_option *options, neume_buffer *out) {
    for (; options && options->name; options++) NEUME_TRY(neume_buffer_print(out, " --%s", options->name));
    return NEUME_OK;
}

static neume_status print_all_flags(const cli_verb *verb, neume_buffer *out) {
    NEUME_TRY(print_flags(verb->options, out));
    return print_flags(cli_common_options, out);
}

/* Length of the verb's first word. */
static int first_word(const cli_verb *verb) {
    return (int)strcspn(verb->name, " ");
}

/* Is this the first verb of its group? Groups stand together in the table. */
static bool opens_group(const cli_verb *const *verb) {
    return verb == cli_verbs || first_word(verb[-1]) != first_word(*verb) ||
           strncmp(verb[-1]->name, (*verb)->name, (size_t)first_word(*verb)) != 0;
}

static neume_status print_first_words(neume_buffer *out) {
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++)
        if (opens_group(verb)) NEUME_TRY(neume_buffer_print(out, " %.*s", first_word(*verb), (*verb)->name));
    return NEUME_OK;
}

/* "eval" offers "notes": a case line for each group. */
static neume_status print_group_cases(const char *format, neume_buffer *out) {
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++) {
        const int length = first_word(*verb);
        if (!(*verb)->name[length] || !opens_group(verb)) continue;
        neume_buffer members = {0};
        neume_status status = NEUME_OK;
        for (const cli_verb *const *each = verb; *each && !status; each++)
            if (strncmp((*each)->name, (*verb)->name, (size_t)length + 1) == 0)
                status = neume_buffer_print(&members, "%s%s", members.size ? " " : "", (*each)->name + length + 1);
        if (!status) status = neume_buffer_print(out, format, length, (*verb)->name, members.data);
        neume_buffer_clear(&members);
        NEUME_TRY(status);
    }
    return NEUME_OK;
}

static neume_status print_bash(neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(
        out, "# bash completion for neume; made by: neume completion bash\n_neume() {\n"
             "    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} flags=\n    COMPREPLY=()\n"
             "    if [ \"$COMP_CWORD\" = 1 ]; then\n        mapfile -t COMPREPLY < <(compgen -W \""));
    NEUME_TRY(print_first_words(out));
    NEUME_TRY(neume_buffer_print(
        out,
        "\" -- \"$word\")\n        return\n    fi\n    if [ \"$COMP_CWORD\" = 2 ]; then\n        case $verb in\n"));
    NEUME_TRY(
        print_group_cases("        %.*s) mapfile -t COMPREPLY < <(compgen -W \"%s\" -- \"$word\"); return ;;\n", out));
    NEUME_TRY(neume_buffer_print(out, "        esac\n    fi\n    case \"$verb ${COMP_WORDS[2]}\" in\n"));
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++) {
        NEUME_TRY(
            neume_buffer_print(out, "    \"%s\"%s) flags=\"", (*verb)->name, strchr((*verb)->name, ' ') ? "" : "\\ *"));
        NEUME_TRY(print_all_flags(*verb, out));
        NEUME_TRY(neume_buffer_print(out, "\" ;;\n"));
    }
    return neume_buffer_print(
        out, "    esac\n    case $word in\n    -*) mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$word\") ;;\n"
             "    *) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n    esac\n}\ncomplete -o filenames -F "
             "_neume neume\n");
}

static neume_status print_zsh(neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(
        out, "#compdef neume\n# zsh completion for neume; made by: neume completion zsh\n_neume() {\n"
             "    local -a flags\n    if (( CURRENT == 2 )); then\n        compadd --"));
    NEUME_TRY(print_first_words(out));
    NEUME_TRY(neume_buffer_print(
        out, "\n        return\n    fi\n    if (( CURRENT == 3 )); then\n        case $words[2] in\n"));
    NEUME_TRY(print_group_cases("        %.*s) compadd -- %s; return ;;\n", out));
    NEUME_TRY(neume_buffer_print(out, "        esac\n    fi\n    case \"$words[2] $words[3]\" in\n"));
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++) {
        NEUME_TRY(
            neume_buffer_print(out, "    \"%s\"%s) flags=(", (*verb)->name, strchr((*verb)->name, ' ') ? "" : "\\ *"));
        NEUME_TRY(print_all_flags(*verb, out));
        NEUME_TRY(neume_buffer_print(out, ") ;;\n"));
    }
    return neume_buffer_print(out, "    esac\n    if [[ $words[CURRENT] == -* ]]; then\n        compadd -- $flags\n    "
                                   "else\n        _files\n    fi\n}\n"
                                   "_neume \"$@\"\n");
}

/* Fish wants text in single quotes with quotes and backslashes escaped. */
static neume_status print_fish_text(const char *text, neume_buffer *out) {
    NEUME_TRY(neume_buffer_append(out, "'", 1));
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') NEUME_TRY(neume_buffer_append(out, "\\", 1));
        NEUME_TRY(neume_buffer_append(out, text, 1));
    }
    return neume_buffer_append(out, "'\n", 2);
}

static neume_status print_fish_options(const cli_verb *verb, const cli_option *options, neume_buffer *out) {
    const int length = first_word(verb);
    const char *second = verb->name[length] ? verb->name + length + 1 : NULL;
    for (; options && options->name; options++) {
        NEUME_TRY(
            neume_buffer_print(out, "complete -c neume -n '__fish_seen_subcommand_from %.*s", length, verb->name));
        if (second) NEUME_TRY(neume_buffer_print(out, "; and __fish_seen_subcommand_from %s", second));
        NEUME_TRY(neume_buffer_print(out, "' -l %s", options->name));
        if (options->letter) NEUME_TRY(neume_buffer_print(out, " -s %c", options->letter));
        if (options->choices)
            NEUME_TRY(neume_buffer_print(out, " -x -a '%s'", options->choices));
        else if (options->value)
            NEUME_TRY(neume_buffer_print(out, " -r"));
        NEUME_TRY(neume_buffer_print(out, " -d "));
        NEUME_TRY(print_fish_text(options->help, out));
    }
    return NEUME_OK;
}

static neume_status print_fish(neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "# fish completion for neume; made by: neume completion fish\n"
                                      "complete -c neume -n __fish_use_subcommand -f -a '"));
    NEUME_TRY(print_first_words(out));
    NEUME_TRY(neume_buffer_print(out, "'\n"));
    NEUME_TRY(print_group_cases("complete -c neume -n '__fish_seen_subcommand_from %.*s' -f -a '%s'\n", out));
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++) {
        NEUME_TRY(print_fish_options(*verb, (*verb)->options, out));
        NEUME_TRY(print_fish_options(*verb, cli_common_options, out));
    }
    return NEUME_OK;
}

static const struct {
    const char *shell;
    neume_status (*print)(neume_buffer *out);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

neume_status cli_print_completion(const char *shell, neume_buffer *out) {
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].shell, shell) == 0) return shells[i].print(out);
    return neume_fail(NEUME_EINVAL, "no completion for '%s'; possible are bash, zsh, fish", shell);
}
