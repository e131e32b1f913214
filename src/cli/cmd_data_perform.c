/* neume data perform: tunes of an ABC file as a person might play them, to be written down again and measured. */
#include "cli.h"

#include "neume/learn.h"
#include "neume/service.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

typedef struct settings {
    cli_common common;
    int count, every, seed;
} settings;

static void defaults(void *at) {
    settings *s = at;
    s->every = 1;
    s->seed = 1;
}

static neume_status write_file(const char *folder, int number, const char *ending, const neume_buffer *bytes) {
    neume_buffer path = {0};
    neume_status status = neume_buffer_print(&path, "%s/%04d.%s", folder, number, ending);
    if (!status) status = neume_file_write(path.data, bytes->data, bytes->size);
    neume_buffer_clear(&path);
    return status;
}

/* NEUME_EFORMAT: this tune is faulty, others may not be. */
static neume_status perform(const neume_score *score, int number, uint64_t seed, const char *folder) {
    neume_notes notes = {0};
    neume_buffer truth = {0}, midi = {0}, abc = {0};
    neume_status status;
    NEUME_GO(neume_score_perform(score, seed, &notes, &truth));
    NEUME_GO(neume_midi_write_notes(&notes, &midi));
    NEUME_GO(neume_abc_write(score, number, &abc));
    NEUME_GO(write_file(folder, number, "mid", &midi));
    NEUME_GO(write_file(folder, number, "abc", &abc));
    NEUME_GO(write_file(folder, number, "json", &truth));
fail:
    neume_notes_clear(&notes);
    neume_buffer_clear(&truth);
    neume_buffer_clear(&midi);
    neume_buffer_clear(&abc);
    return status;
}

/* @param[out] left_out  tunes that are faulty */
static neume_status perform_all(const settings *at, const neume_buffer *text, const char *folder, int *left_out) {
    neume_abc_place place = {0};
    int made = 0;
    for (int number = 1; !at->count || made < at->count; number++) {
        neume_score *score = NULL;
        neume_status status = neume_abc_read(text->data, text->size, &place, NULL, &score);
        if (status == NEUME_ENOTFOUND) break;
        if ((number - 1) % at->every != 0) {
            neume_score_free(score);
            continue;
        }
        if (!status) status = perform(score, number, (uint64_t)at->seed + (uint64_t)number, folder);
        neume_score_free(score);
        if (status && status != NEUME_EFORMAT) return status;
        *(status ? left_out : &made) += 1;
    }
    return made ? NEUME_OK : neume_fail(NEUME_EFORMAT, "no tune that can be played");
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    if (call->count != 2) return cli_usage_error("usage: neume data perform TUNES FOLDER");
    const char *in = call->operands[0], *folder = call->operands[1];
    neume_buffer text = {0};
    int left_out = 0;
    neume_status status = neume_file_read(in, NEUME_NOTATION_LIMIT_BYTES, &text);
    if (!status && mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = neume_fail(NEUME_EIO, "%s: %s", folder, strerror(errno));
    if (!status) status = perform_all(at, &text, folder, &left_out);
    neume_buffer_clear(&text);
    if (status) cli_complain(status == NEUME_EIO ? NULL : in);
    if (!status && left_out && !at->common.quiet)
        fprintf(stderr, "neume: %s: left out faulty tunes (%d)\n", in, left_out);
    return cli_exit_reading(status);
}

static const cli_option options[] = {
    {"count", 'n', CLI_INT, offsetof(settings, count), "N", "stop after N tunes; default: all", NULL, 1, 1000000},
    {"every", 0, CLI_INT, offsetof(settings, every), "N", "take every N-th tune only", NULL, 1, 1000000},
    {"seed", 0, CLI_INT, offsetof(settings, seed), "N", "of all chance; default 1", NULL, 0, 2147483647},
    {0},
};

const cli_verb cli_data_perform = {
    "data perform",
    "TUNES FOLDER",
    "play the tunes of an ABC file as a person might",
    "Writes for each tune NUMBER.mid, played: 60 to 200 quarter notes a minute that drift by up to 8 %, onsets off by "
    "15 ms, velocities varied; NUMBER.json, the truth for neume eval score; and NUMBER.abc, the tune. Repeats are "
    "played, grace notes are not. Tunes whose bars do not fit their metre are left out.",
    "neume data perform tunes.abc played -n 100",
    options,
    sizeof(settings),
    defaults,
    run};
