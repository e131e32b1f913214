/* Neume inside another program: hears a recording and prints its notes.
 *
 *     cc embed.c -o embed $(pkg-config --cflags --libs neume)
 *     ./embed song.flac
 */
#include <neume/neume.h>

static neume_status hear(const char *recording, neume_transcription *heard) {
    neume_buffer path = {0};
    neume_hear_model *model = NULL;
    neume_status status = neume_hearing_open(NULL, &path, &model); /* once; it serves any number of recordings */
    if (!status) status = neume_transcribe_file(model, recording, NULL, NULL, heard);
    neume_hear_model_free(model);
    neume_buffer_clear(&path);
    return status;
}

int main(int argc, char **argv) {
    neume_transcription heard = {0};
    if (argc != 2) return 2;
    if (hear(argv[1], &heard)) {
        fprintf(stderr, "embed: %s\n", neume_error_message());
        return 1;
    }
    printf("%zu notes in %.2f s\n", heard.notes.count, heard.duration_s);
    for (size_t i = 0; i < heard.notes.count && i < 10; i++) {
        const neume_note *note = &heard.notes.items[i];
        printf("%8.3f s  pitch %3d  velocity %3d  %s\n", note->onset_s, note->pitch, note->velocity,
               neume_program_name(note->program));
    }
    neume_transcription_clear(&heard);
    return 0;
}
