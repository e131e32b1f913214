/* neume transcribe: recordings in, written music or notes out. All that can be wrong with the command line is said
 * before any sound is read. */
#include "cli.h"

#include "cli_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct settings {
    cli_common common;
    cli_page page;
    cli_list out;
    const char *folder, *to, *model, *cast_model, *kit_model, *instruments, *offsets;
    double sensitivity;
    bool f32, keep_going, bends, roll;
} settings;

static void defaults(void *at) {
    ((settings *)at)->sensitivity = .5;
    ((settings *)at)->instruments = "auto";
    ((settings *)at)->offsets = "pedal";
}

/* --- where results go --------------------------------------------------------------------------------------------- */

/* What a recording's files are called in a folder: "song.tar" of "music/song.tar.mp3". */
static void stem_of(const char *path, const char **start, int *length) {
    const char *slash = strrchr(path, '/');
    *start = strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
    const char *dot = strrchr(*start, '.');
    *length = (int)(dot && dot != *start ? (size_t)(dot - *start) : strlen(*start));
}

static bool same_file(const char *a, const char *b) {
    struct stat info_a, info_b;
    if (strcmp(a, b) == 0) return true;
    return stat(a, &info_a) == 0 && stat(b, &info_b) == 0 && info_a.st_dev == info_b.st_dev &&
           info_a.st_ino == info_b.st_ino;
}

/* The next word of a list "mid,csv"; false at its end. */
static bool next_format(const char **list, char format[16]) {
    const size_t length = *list ? strcspn(*list, ",") : 0;
    if (!length) return false;
    snprintf(format, 16, "%.*s", (int)(length < 15 ? length : 15), *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

/* Does a folder exist in which this file can be made? Better said now than after an hour of listening. */
static int check_folder_of(const char *path) {
    char folder[4096];
    struct stat info;
    const char *slash = strrchr(path, '/');
    if (strcmp(path, "-") == 0) return EXIT_DONE;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    if (stat(folder, &info) == 0 && S_ISDIR(info.st_mode)) return EXIT_DONE;
    fprintf(stderr, "neume: %s: there is no folder %s\n", path, folder);
    return EXIT_FAILED;
}

/* What draws pages must be there before an hour of listening, too. */
static int check_ready(const settings *at, const char *format, const char *path) {
    if (neume_format_ready(format, path, at->roll) == NEUME_OK) return EXIT_DONE;
    cli_complain(NULL);
    return EXIT_FAILED;
}

static int check_outputs(const settings *at, const cli_call *call) {
    for (size_t i = 0; i < at->out.count; i++) {
        const char *out = at->out.items[i];
        const bool standard = strcmp(out, "-") == 0;
        if (standard && !at->to) return cli_usage_error("-o - needs --to FORMAT");
        if (standard && at->common.json) return cli_usage_error("-o - and --json would both write to standard output");
        if (neume_format_check(standard ? at->to : NULL, out)) return cli_usage_error("%s", neume_error_message());
        for (size_t j = 0; j < i; j++)
            if (same_file(out, at->out.items[j])) return cli_usage_error("-o %s is given twice", out);
        if (!standard && same_file(out, call->operands[0]))
            return cli_usage_error("-o %s would overwrite the recording", out);
        if (check_folder_of(out) || check_ready(at, standard ? at->to : NULL, out)) return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* Two recordings of one name would write the same files. */
static int check_stems(const cli_call *call) {
    for (size_t i = 0; i < call->count; i++)
        for (size_t j = 0; j < i; j++) {
            const char *a, *b;
            int length_a, length_b;
            stem_of(call->operands[i], &a, &length_a);
            stem_of(call->operands[j], &b, &length_b);
            if (length_a == length_b && strncmp(a, b, (size_t)length_a) == 0)
                return cli_usage_error("%s and %s would write the same files in the folder given by -O",
                                       call->operands[j], call->operands[i]);
        }
    return EXIT_DONE;
}

static int check_batch(const settings *at, const cli_call *call) {
    char format[16];
    const char *formats = at->to;
    if (!next_format(&formats, format))
        return cli_usage_error("-O needs --to FORMAT[,FORMAT...]: %s", neume_format_names());
    formats = at->to;
    while (next_format(&formats, format)) {
        if (neume_format_check(format, NULL)) return cli_usage_error("%s", neume_error_message());
        if (check_ready(at, format, NULL)) return EXIT_FAILED;
    }
    if (mkdir(at->folder, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "neume: %s: %s\n", at->folder, strerror(errno));
        return EXIT_FAILED;
    }
    struct stat info;
    if (stat(at->folder, &info) != 0 || !S_ISDIR(info.st_mode))
        return cli_usage_error("-O %s is not a folder", at->folder);
    return check_stems(call);
}

static int check_usage(const settings *at, const cli_call *call) {
    if (!call->count) return cli_usage_error("which recording? usage: neume transcribe SONG... -o OUT");
    if (!at->out.count && !at->folder && !at->common.json)
        return cli_usage_error("where shall the notes go? -o OUT, -O FOLDER --to FORMAT, or --json");
    if (at->out.count && call->count > 1)
        return cli_usage_error("%zu recordings cannot be written to one file; use -O FOLDER --to FORMAT", call->count);
    if (strcmp(at->offsets, "pedal") != 0 && strcmp(at->offsets, "key") != 0)
        return cli_usage_error("--offsets is pedal or key, not '%s'", at->offsets);
    const int outputs = check_outputs(at, call);
    if (outputs) return outputs;
    return at->folder ? check_batch(at, call) : EXIT_DONE;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static neume_status write_in_folder(const settings *at, const char *song, const neume_transcription *heard) {
    char format[16];
    const char *formats = at->to, *stem;
    int length;
    neume_status status = NEUME_OK;
    stem_of(song, &stem, &length);
    while (!status && next_format(&formats, format)) {
        neume_buffer path = {0};
        status = neume_buffer_print(&path, "%s/%.*s.%s", at->folder, length, stem, format);
        if (!status) status = neume_transcription_write(heard, format, path.data);
        neume_buffer_clear(&path);
    }
    return status;
}

static neume_status write_all(const settings *at, const char *song, const neume_transcription *heard) {
    for (size_t i = 0; i < at->out.count; i++) {
        const char *out = at->out.items[i];
        NEUME_TRY(neume_transcription_write(heard, strcmp(out, "-") == 0 ? at->to : NULL, out));
    }
    if (at->folder) NEUME_TRY(write_in_folder(at, song, heard));
    return at->common.json ? neume_transcription_write(heard, "json", "-") : NEUME_OK;
}

/* --- listening ---------------------------------------------------------------------------------------------------- */

/* A recording without notes is no score, and one may be too long for a picture: its fault, not that of the place. */
static int transcribe_one(const settings *at, const neume_hear_model *model, const char *song) {
    neume_transcribe_options options = {
        .hear = {.sensitivity = at->sensitivity, .plain_f32 = at->f32, .bends = at->bends},
        .key_offsets = strcmp(at->offsets, "key") == 0,
        .keep_going = at->keep_going,
    };
    if (neume_instruments_parse(at->instruments, &options.hear.instruments))
        return cli_usage_error("%s", neume_error_message());
    neume_transcription heard = {0};
    neume_page_options page;
    if (cli_page_read(&at->page, &page)) return cli_usage_error("%s", neume_error_message());
    page.roll = at->roll;
    cli_bar bar;
    cli_bar_start(&bar, &at->common, song);
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_transcribe_file(model, song, &options, &progress, &heard);
    cli_bar_end(&bar);
    if (status) {
        cli_complain(song);
        return cli_exit_reading(status);
    }
    if (heard.broken_off)
        fprintf(stderr, "neume: %s: breaks off after %.2f s; what was heard before is kept\n", song, heard.duration_s);
    heard.page = page;
    status = write_all(at, song, &heard);
    const bool unwritable = status == NEUME_EFORMAT || (status == NEUME_ENOTFOUND && !heard.notes.count);
    neume_transcription_clear(&heard);
    if (status) cli_complain(unwritable ? song : NULL);
    return unwritable ? EXIT_BAD_INPUT : cli_exit_writing(status);
}

/* A bad recording does not stop the others; being told to stop, or no place to write, does. */
static int transcribe_batch(const settings *at, const cli_call *call, const neume_hear_model *model) {
    int result = EXIT_DONE;
    for (size_t i = 0; i < call->count; i++) {
        const int one = transcribe_one(at, model, call->operands[i]);
        if (one == EXIT_FAILED || one == EXIT_CANCELLED) return one;
        if (one) result = one;
    }
    return result;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    const int usage = check_usage(at, call);
    if (usage) return usage;
    neume_buffer path = {0};
    neume_hear_model *model = NULL;
    const neume_hearing_files files = {at->model, at->cast_model, at->kit_model};
    const neume_status status = neume_hearing_open(&files, &path, &model);
    if (status) cli_complain(path.data);
    const int result = status ? cli_exit_reading(status) : transcribe_batch(at, call, model);
    neume_hear_model_free(model);
    neume_buffer_clear(&path);
    return result;
}

static const cli_option options[] = {
    {"output", 'o', CLI_LIST, offsetof(settings, out), "OUT",
     "write the notes to OUT, as its extension says; may be repeated; - is standard output", NULL, 0, 0},
    {"output-dir", 'O', CLI_TEXT, offsetof(settings, folder), "FOLDER",
     "write each recording's notes into FOLDER under the recording's name", NULL, 0, 0},
    {"to", 0, CLI_TEXT, offsetof(settings, to), "FORMAT[,FORMAT]",
     "formats for -O and for -o -: abc, musicxml, mxl, mid, csv, json, svg, png, pdf", NULL, 0, 0},
    {"sensitivity", 0, CLI_NUMBER, offsetof(settings, sensitivity), "S",
     "how faint a note is still written: 0 (only the surest) to 1; default 0.5", NULL, 0, 1},
    {"instruments", 0, CLI_TEXT, offsetof(settings, instruments), "auto|NAME,...",
     "what plays: families (piano, strings, ...), instruments (flute) and drums; every note is given to one of them; "
     "default auto",
     NULL, 0, 0},
    {"offsets", 0, CLI_TEXT, offsetof(settings, offsets), "pedal|key",
     "a piano's notes end when they fall silent (pedal, the default), or when their keys seem to be let go, with the "
     "pedal beside them in MIDI and JSON (key)",
     NULL, 0, 0},
    {"bends", 0, CLI_FLAG, offsetof(settings, bends), NULL,
     "also write how the pitch of each note moves: pitch wheel in MIDI, cents every 20 ms in JSON", NULL, 0, 0},
    CLI_PAGE_OPTIONS(settings, page),
    {"roll", 0, CLI_FLAG, offsetof(settings, roll), NULL, "draw svg, png and pdf as a piano roll instead of a score",
     NULL, 0, 0},
    {"model", 0, CLI_TEXT, offsetof(settings, model), "FILE", "hear with this model instead of the one that ships",
     NULL, 0, 0},
    {"cast-model", 0, CLI_TEXT, offsetof(settings, cast_model), "FILE",
     "settle who plays what with this network instead of the one that ships", NULL, 0, 0},
    {"kit-model", 0, CLI_TEXT, offsetof(settings, kit_model), "FILE",
     "hear drums with these networks instead of those that ship", NULL, 0, 0},
    {"f32", 0, CLI_FLAG, offsetof(settings, f32), NULL,
     "compute in 32-bit floats even where the machine has faster ones", NULL, 0, 0},
    {"keep-going", 0, CLI_FLAG, offsetof(settings, keep_going), NULL,
     "write what was heard before the break of a damaged recording", NULL, 0, 0},
    {0},
};

const cli_verb cli_transcribe = {
    "transcribe",
    "SONG... (-o OUT | -O FOLDER --to FORMAT | --json)",
    "write down the notes of recordings",
    "Hears recordings and writes them as a score (.abc .musicxml .mxl), engraved (.pdf has pages of A4; .svg and .png "
    "are as high as the music), or their notes as MIDI (.mid), CSV, JSON or, with --roll, a picture. Title and "
    "composer are those of the recording's tags, or its file's name, where none are given. Reads "
    "whatever libsndfile reads "
    "(wav, flac, ogg, opus, mp3, aiff, ...), and m4a and others through ffmpeg where that is installed; - is standard "
    "input. "
    "Several recordings are one batch: a bad one is reported, the others go on. Files are written whole or not at all.",
    "neume transcribe song.mp3 -o song.pdf -o song.mid",
    options,
    sizeof(settings),
    defaults,
    run};
