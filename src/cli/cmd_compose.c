/* See cmd_compose.h. */
#include "cmd_compose.h"

#include <string.h>

static const char *out_of(const compose_common *at) {
    return at->out ? at->out : "-";
}

int compose_check_out(const compose_common *at) {
    const neume_status status = neume_pieces_check(at->to, out_of(at));
    if (status == NEUME_EINVAL) return cli_usage_error("%s", neume_error_message());
    if (status) cli_complain(NULL);
    return status ? EXIT_FAILED : EXIT_DONE;
}

int compose_read(const char *path, const compose_common *at, neume_score **out) {
    const neume_status status = neume_piece_read(path, at->tune, out);
    if (status) cli_complain(path);
    return status ? cli_exit_reading(status) : EXIT_DONE;
}

int compose_write(neume_score *const *pieces, size_t count, const compose_common *at) {
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < count && at->title && !status; i++) status = neume_score_set_title(pieces[i], at->title);
    if (!status) status = neume_pieces_write(pieces, count, at->to, out_of(at));
    if (status) cli_complain(NULL);
    return status ? cli_exit_writing(status) : EXIT_DONE;
}

int compose_failed(const char *path, neume_status status) {
    if (status == NEUME_EINVAL) return cli_usage_error("%s", neume_error_message());
    cli_complain(path);
    return cli_exit_reading(status);
}

/* --- with the language model -------------------------------------------------------------------------------------- */

void compose_defaults(compose_common *common, compose_writing *writing, int count) {
    const neume_writing_options usual = NEUME_WRITING_OPTIONS_DEFAULT;
    common->seed = (double)usual.seed;
    writing->temperature = usual.temperature;
    writing->top_p = usual.top_p;
    writing->count = count;
}

neume_writing_options compose_options(const compose_common *common, const compose_writing *writing) {
    return (neume_writing_options){writing->count, writing->temperature, writing->top_p, (uint64_t)common->seed};
}

int compose_open(const compose_writing *writing, neume_composer **out) {
    const neume_status status = neume_composer_open(writing->model, out);
    if (status) cli_complain(writing->model);
    return status ? cli_exit_reading(status) : EXIT_DONE;
}

static int write_ideas(const neume_ideas *ideas, const compose_common *at) {
    neume_score **pieces = neume__calloc(ideas->count + 1, sizeof(neume_score *));
    if (!pieces) return cli_complain(NULL), EXIT_FAILED;
    for (size_t i = 0; i < ideas->count; i++) pieces[i] = ideas->items[i].score;
    const int exit_status = compose_write(pieces, ideas->count, at);
    neume__free(pieces);
    return exit_status;
}

int compose_finish(const char *path, neume_status status, neume_ideas *ideas, bool json, const compose_common *at) {
    neume_buffer text = {0};
    if (status) return compose_failed(path, status);
    int exit_status = json ? EXIT_DONE : write_ideas(ideas, at);
    if (json) exit_status = neume_ideas_print(ideas, &text) ? EXIT_FAILED : cli_say(&text);
    neume_ideas_clear(ideas);
    return exit_status;
}
