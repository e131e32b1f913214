/* Failures as codes plus one line of text per thread (after libgit2's error handling). */
#include "neume/base.h"

static _Thread_local char message[512];

neume_status neume_fail(neume_status code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (char *at = message; *at; at++) /* one line, and nothing that moves a terminal's cursor */
        if ((unsigned char)*at < 32 || *at == 127) *at = ' ';
    return code;
}

const char *neume_error_message(void) {
    return message;
}

const char *neume_status_name(neume_status status) {
    switch (status) {
    case NEUME_OK:
        return "ok";
    case NEUME_EINVAL:
        return "invalid argument";
    case NEUME_ENOMEM:
        return "out of memory";
    case NEUME_EIO:
        return "input or output failed";
    case NEUME_EFORMAT:
        return "bad input";
    case NEUME_ENOTFOUND:
        return "not found";
    case NEUME_EUNSUPPORTED:
        return "not supported";
    case NEUME_ELIMIT:
        return "too large";
    case NEUME_ECANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

const char *neume_version(void) {
    return NEUME_VERSION;
}
