#include "neume/base.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { STREAMS = 3 };

bool neume__program_installed(const char *name) {
    const char *path = getenv("PATH");
    char file[1024];
    while (path && *path) {
        const size_t length = strcspn(path, ":");
        snprintf(file, sizeof file, "%.*s/%s", (int)length, path, name);
        if (access(file, X_OK) == 0) return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* @return 0 or an errno */
static int spawn(const char *const *arguments, const int streams[STREAMS], pid_t *child) {
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    for (int i = 0; i < STREAMS && !error; i++)
        error = streams[i] < 0 ? posix_spawn_file_actions_addopen(&actions, i, "/dev/null", i ? O_WRONLY : O_RDONLY, 0)
                               : posix_spawn_file_actions_adddup2(&actions, streams[i], i);
    if (!error) error = posix_spawnp(child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

neume_status neume__program_run(const char *const *arguments, const int streams[STREAMS], int *out) {
    pid_t child, got;
    int how = 0;
    const int error = spawn(arguments, streams, &child);
    if (error) return neume_fail(NEUME_EIO, "%s: %s", arguments[0], strerror(error));
    do got = waitpid(child, &how, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) how = 0; /* someone who waits for all children was told */
    *out = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    return NEUME_OK;
}
