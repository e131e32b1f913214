/* Feeds a fuzz target its corpus without a fuzzer: each file whole, cut short (at every byte of a small file, at a few
 * hundred places of a large one), and with single bytes turned over. Nothing is checked but that nothing breaks. */
#include "neume/base.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 300, FLIPS = 300, FILE_LIMIT_BYTES = 16 << 20 };

/* The bytes are given in a block of exactly their size, so that the address sanitizer sees a read beyond the end. */
static void feed(const char *bytes, size_t size, size_t flipped) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, bytes, size);
    if (flipped < size) copy[flipped] ^= 0xFF;
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay(const neume_buffer *file) {
    const size_t cut_step = file->size / CUTS + 1, flip_step = file->size / FLIPS + 1;
    feed(file->data, file->size, file->size);
    for (size_t size = 0; size < file->size; size += cut_step) feed(file->data, size, size);
    for (size_t at = 0; at < file->size; at += flip_step) feed(file->data, file->size, at);
}

static int replay_file(const char *folder, const char *name) {
    neume_buffer path = {0}, file = {0};
    neume_status status = neume_buffer_print(&path, "%s/%s", folder, name);
    if (!status) status = neume_file_read(path.data, FILE_LIMIT_BYTES, &file);
    if (status)
        fprintf(stderr, "%s\n", neume_error_message());
    else
        replay(&file);
    neume_buffer_clear(&path);
    neume_buffer_clear(&file);
    return status ? 1 : 0;
}

int main(int argc, char **argv) {
    int files = 0, failed = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        failed |= replay_file(argv[1], entry->d_name);
        files++;
    }
    closedir(folder);
    printf("%d files\n", files);
    return failed || !files; /* an empty corpus tests nothing */
}
