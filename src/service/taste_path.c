/* Where a listener's store lies when nobody says. */
#include "neume/service_taste.h"

#include <stdlib.h>

neume_status neume_listening_path(const char *asked, neume_buffer *out) {
    const char *chosen = getenv("NEUME_STORE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (asked && *asked) return neume_buffer_print(out, "%s", asked);
    if (chosen && *chosen) return neume_buffer_print(out, "%s", chosen);
    if (data && *data) return neume_buffer_print(out, "%s/neume/neume.db", data);
    if (home && *home) return neume_buffer_print(out, "%s/.local/share/neume/neume.db", home);
    return neume_fail(NEUME_ENOTFOUND, "there is no home folder to keep a store in; name a file by --store");
}
