#include "abc2midi.h"

#include <stdio.h>
#include <string.h>

static const char PROGRAM[] = "abc2midi";

bool abc2midi_installed(void) {
    return neume__program_installed(PROGRAM) && neume__program_installed("timeout");
}

/* It tells its version and its doings in any case. */
static bool complains(FILE *said) {
    char line[512];
    rewind(said);
    while (fgets(line, sizeof line, said))
        if (strcasestr(line, "warning") || strcasestr(line, "error")) return true;
    return false;
}

static neume_status listen(const char *abc, size_t size, FILE *in, FILE *said, bool *out) {
    const char *const arguments[] = {"timeout", "20", PROGRAM, "/dev/stdin", "-o", "/dev/null", NULL};
    int ended = 0;
    if (fwrite(abc, 1, size, in) != size || fflush(in) != 0) return neume_fail(NEUME_EIO, "no room for a tune");
    rewind(in);
    NEUME_TRY(neume__program_run(arguments, (int[]){fileno(in), fileno(said), fileno(said)}, &ended));
    *out = ended == 0 && !complains(said);
    return NEUME_OK;
}

neume_status abc2midi_is_silent(const char *abc, size_t size, bool *out) {
    FILE *in = tmpfile(), *said = tmpfile();
    const neume_status status =
        in && said ? listen(abc, size, in, said, out) : neume_fail(NEUME_EIO, "no temporary file");
    if (in) fclose(in);
    if (said) fclose(said);
    return status;
}
