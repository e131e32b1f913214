/* Runs a command and says its peak memory and time; exit 1 if the command fails or needs more. usage: e2e_peak_memory
 * LIMIT_MB COMMAND... */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec start, end;
    struct rusage usage;
    int status = 0;
    if (argc < 3) return 2;
    clock_gettime(CLOCK_MONOTONIC, &start);
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double mb = (double)usage.ru_maxrss / 1024, limit_mb = atof(argv[1]);
    fprintf(stderr, "peak memory %.1f MB (limit %.0f), %.1f s\n", mb, limit_mb,
            (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0 && mb <= limit_mb);
}
