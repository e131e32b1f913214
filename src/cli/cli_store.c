#include "cli_store.h"

#include <stdlib.h>

int cli_store_complain(neume_status status) {
    cli_complain(NULL);
    return cli_exit_reading(status);
}

int cli_store_open(const cli_store *wanted, bool create, neume_store **out) {
    const char *key = wanted->key ? wanted->key : getenv("NEUME_STORE_KEY");
    const neume_store_options options = {.key_path = key && *key ? key : NULL, .create = create};
    neume_buffer path = {0};
    neume_status status = neume_listening_path(wanted->path, &path);
    if (!status) status = neume_store_open(path.data, &options, out);
    neume_buffer_clear(&path);
    return status ? cli_store_complain(status) : EXIT_DONE;
}
