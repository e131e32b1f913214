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
