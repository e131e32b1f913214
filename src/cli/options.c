/* Reads a command line by a verb's table of options. GNU habits: -o OUT, -oOUT, --out OUT, --out=OUT, options and
 * operands in any order, "--" ends the options, "-" alone is an operand. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_common_options[] = {
    {"json", 0, CLI_FLAG, offsetof(cli_common, json), NULL, "print results as JSON on standard output", NULL, 0, 0},
    {"threads", 0, CLI_INT, offsetof(cli_common, threads), "N", "use N cores; 0 means all", NULL, 0, 1024},
    {"progress", 0, CLI_CHOICE, offsetof(cli_common, progress), "WHEN",
     "show how far the work has come: auto (on a terminal), always or never", "auto always never", 0, 0},
    {"quiet", 'q', CLI_FLAG, offsetof(cli_common, quiet), NULL, "say nothing but errors", NULL, 0, 0},
    {"help", 'h', CLI_FLAG, offsetof(cli_common, help), NULL, "show this help", NULL, 0, 0},
    {0},
};

static const cli_option *find_in(const cli_option *options, const char *name, size_t length, char letter) {
    for (; options && options->name; options++) {
        if (letter && options->letter == letter) return options;
        if (name && strlen(options->name) == length && strncmp(options->name, name, length) == 0) return options;
    }
    return NULL;
}

static const cli_option *find_option(const cli_verb *verb, const char *name, size_t length, char letter) {
    const cli_option *own = find_in(verb->options, name, length, letter);
    return own ? own : find_in(cli_common_options, name, length, letter);
}

static neume_status add_text(const char ***items, size_t *count, size_t *capacity, const char *text) {
    NEUME_TRY(neume__grow((void **)items, capacity, *count + 1, sizeof **items));
    (*items)[(*count)++] = text;
    return NEUME_OK;
}

static bool is_word_of(const char *words, const char *word) {
    const size_t length = strlen(word);
    if (!length || strchr(word, ' ')) return false;
    for (const char *at = words; (at = strstr(at, word)); at++)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
    return false;
}

static neume_status set_number(const cli_option *option, const char *text, void *at) {
    char *end = NULL;
    const double number = strtod(text, &end);
    const bool whole = option->kind != CLI_INT || floor(number) == number;
    if (end == text || *end || !whole || !(number >= option->low && number <= option->high))
        return neume_fail(NEUME_EINVAL, "--%s takes %s from %g to %g, not '%s'", option->name,
                          option->kind == CLI_INT ? "a whole number" : "a number", option->low, option->high, text);
    if (option->kind == CLI_INT)
        *(int *)at = (int)number;
    else
        *(double *)at = number;
    return NEUME_OK;
}

static neume_status set_value(const cli_option *option, const char *text, void *settings) {
    void *at = (char *)settings + option->offset;
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)at = true;
        return NEUME_OK;
    case CLI_TEXT:
        *(const char **)at = text;
        return NEUME_OK;
    case CLI_LIST: {
        cli_list *list = at;
        return add_text(&list->items, &list->count, &list->capacity, text);
    }
    case CLI_INT:
    case CLI_NUMBER:
        return set_number(option, text, at);
    case CLI_CHOICE:
        if (!is_word_of(option->choices, text))
            return neume_fail(NEUME_EINVAL, "--%s takes one of %s, not '%s'", option->name, option->choices, text);
        *(const char **)at = text;
        return NEUME_OK;
    }
    return NEUME_OK;
}

/* What is left of the command line. */
typedef struct words {
    char **at, **end;
} words;

static neume_status take_value(const cli_option *option, const char *attached, words *rest, void *settings) {
    if (option->kind == CLI_FLAG) return set_value(option, NULL, settings);
    if (!attached && rest->at == rest->end)
        return neume_fail(NEUME_EINVAL, "--%s needs a value: %s", option->name, option->value);
    return set_value(option, attached ? attached : *rest->at++, settings);
}

static neume_status parse_long(const cli_verb *verb, const char *word, words *rest, void *settings) {
    const char *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const cli_option *option = find_option(verb, word, length, 0);
    if (!option)
        return neume_fail(NEUME_EINVAL, "no option --%.*s; see neume %s --help", (int)length, word, verb->name);
    if (equals && option->kind == CLI_FLAG) return neume_fail(NEUME_EINVAL, "--%s takes no value", option->name);
    return take_value(option, equals ? equals + 1 : NULL, rest, settings);
}

/* One word of letters: flags may stand together (-qv), a value may be attached (-oOUT). */
static neume_status parse_short(const cli_verb *verb, const char *letters, words *rest, void *settings) {
    for (; *letters; letters++) {
        const cli_option *option = find_option(verb, NULL, 0, *letters);
        if (!option) return neume_fail(NEUME_EINVAL, "no option -%c; see neume %s --help", *letters, verb->name);
        const bool flag = option->kind == CLI_FLAG;
        NEUME_TRY(take_value(option, !flag && letters[1] ? letters + 1 : NULL, rest, settings));
        if (!flag) return NEUME_OK;
    }
    return NEUME_OK;
}

static neume_status parse_words(const cli_verb *verb, words *rest, cli_call *call, size_t *capacity) {
    for (bool options_over = false; rest->at < rest->end;) {
        const char *word = *rest->at++;
        if (options_over || word[0] != '-' || word[1] == '\0')
            NEUME_TRY(add_text(&call->operands, &call->count, capacity, word));
        else if (strcmp(word, "--") == 0)
            options_over = true;
        else if (word[1] == '-')
            NEUME_TRY(parse_long(verb, word + 2, rest, call->settings));
        else
            NEUME_TRY(parse_short(verb, word + 1, rest, call->settings));
    }
    return NEUME_OK;
}

neume_status cli_parse(const cli_verb *verb, int argc, char **argv, cli_call *call) {
    const size_t bytes = verb->settings_bytes ? verb->settings_bytes : sizeof(cli_common);
    size_t capacity = 0;
    words rest = {argv, argv + argc};
    *call = (cli_call){.settings = neume__calloc(1, bytes)};
    if (!call->settings) return NEUME_ENOMEM;
    ((cli_common *)call->settings)->progress = "auto";
    if (verb->defaults) verb->defaults(call->settings);
    return parse_words(verb, &rest, call, &capacity);
}

void cli_call_clear(const cli_verb *verb, cli_call *call) {
    for (const cli_option *option = verb->options; call->settings && option && option->name; option++)
        if (option->kind == CLI_LIST)
            neume__free(((cli_list *)(void *)((char *)call->settings + option->offset))->items);
    neume__free(call->settings);
    neume__free(call->operands);
    *call = (cli_call){0};
}
