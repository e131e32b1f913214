#include "neume/base.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static neume_log_fn *listener;
static void *listener_context;

void neume_log_set(neume_log_fn *fn, void *context) {
    pthread_mutex_lock(&lock);
    listener = fn;
    listener_context = context;
    pthread_mutex_unlock(&lock);
}

void neume_log(neume_log_level level, const char *format, ...) {
    pthread_mutex_lock(&lock);
    if (listener) {
        char line[1024];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        listener(listener_context, level, line);
    }
    pthread_mutex_unlock(&lock);
}
