/* neume data: makes what training needs: a bank of sounds, a corpus of pieces, and segments to listen to. */
#include "cli.h"

#include "neume/learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Ends a piece of work that showed a bar: complains about a failure, gives the exit status. */
static int finish(cli_bar *bar, neume_status status) {
    cli_bar_end(bar);
    if (status) cli_complain(NULL);
    return cli_exit_status(status);
}

/* --- bank --------------------------------------------------------------------------------------------------------- */

typedef struct bank_settings {
    cli_common common;
    cli_list fonts, drum_fonts, pianos, kits, recorded, invented, invented_kits;
} bank_settings;

static void add_sources(const cli_list *list, neume_bank_kind kind, neume_bank_source *sources, size_t *count) {
    for (size_t i = 0; i < list->count; i++) sources[(*count)++] = (neume_bank_source){list->items[i], kind, 0};
}

/* "40=FOLDER": recorded notes and the program they are. */
static bool add_recorded(const cli_list *list, neume_bank_source *sources, size_t *count) {
    for (size_t i = 0; i < list->count; i++) {
        char *folder;
        const long program = strtol(list->items[i], &folder, 10);
        if (folder == list->items[i] || *folder != '=' || program < 0 || program > NEUME_PROGRAM_DRUMS) return false;
        sources[(*count)++] = (neume_bank_source){folder + 1, NEUME_BANK_RECORDED, (int)program};
    }
    return true;
}

/* "7": the orchestra, or the kits, of that number. */
static bool add_invented(const cli_list *list, neume_bank_kind kind, neume_bank_source *sources, size_t *count) {
    for (size_t i = 0; i < list->count; i++) {
        char *end;
        const long number = strtol(list->items[i], &end, 10);
        if (end == list->items[i] || *end || number < 1 || number > 1000000) return false;
        sources[(*count)++] = (neume_bank_source){list->items[i], kind, (int)number};
    }
    return true;
}

static int run_bank(const cli_call *call) {
    const bank_settings *at = call->settings;
    const size_t total = at->fonts.count + at->drum_fonts.count + at->pianos.count + at->kits.count +
                         at->recorded.count + at->invented.count + at->invented_kits.count;
    if (call->count != 1 || !total)
        return cli_usage_error(
            "usage: neume data bank OUT (--font FILE | --drumfont FILE | --piano FOLDER | --drumkit FOLDER | "
            "--recorded PROGRAM=FOLDER | --invented NUMBER | --invented-kits NUMBER)...");
    neume_bank_source *sources = neume__calloc(total, sizeof *sources);
    size_t count = 0;
    cli_bar bar;
    if (!sources) return EXIT_FAILED;
    add_sources(&at->fonts, NEUME_BANK_FONT, sources, &count);
    add_sources(&at->drum_fonts, NEUME_BANK_DRUMFONT, sources, &count);
    add_sources(&at->pianos, NEUME_BANK_PIANO, sources, &count);
    add_sources(&at->kits, NEUME_BANK_DRUMKIT, sources, &count);
    if (!add_recorded(&at->recorded, sources, &count)) {
        neume__free(sources);
        return cli_usage_error("--recorded wants PROGRAM=FOLDER, e.g. 40=violin");
    }
    if (!add_invented(&at->invented, NEUME_BANK_INVENTED, sources, &count) ||
        !add_invented(&at->invented_kits, NEUME_BANK_INVENTED_KITS, sources, &count)) {
        neume__free(sources);
        return cli_usage_error("--invented and --invented-kits want a number from 1 to 1000000");
    }
    cli_bar_start(&bar, &at->common, "sounds");
    const neume_progress progress = cli_bar_progress(&bar);
    const int result = finish(&bar, neume_bank_build(sources, count, &progress, call->operands[0]));
    neume__free(sources);
    return result;
}

static const cli_option bank_options[] = {
    {"font", 0, CLI_LIST, offsetof(bank_settings, fonts), "FILE", "a SoundFont (.sf2 .sf3); may be repeated", NULL, 0,
     0},
    {"drumfont", 0, CLI_LIST, offsetof(bank_settings, drum_fonts), "FILE",
     "a SoundFont that is one drum kit; may be repeated", NULL, 0, 0},
    {"piano", 0, CLI_LIST, offsetof(bank_settings, pianos), "FOLDER",
     "single piano notes named like A0v10.ogg; may be repeated", NULL, 0, 0},
    {"recorded", 0, CLI_LIST, offsetof(bank_settings, recorded), "PROGRAM=FOLDER",
     "recorded single notes named like A4.mp3 or Cs5.ogg, of a General MIDI program, or 128 for drums by key (C2 is "
     "36); may be repeated",
     NULL, 0, 0},
    {"drumkit", 0, CLI_LIST, offsetof(bank_settings, kits), "FOLDER", "a Hydrogen drum kit; may be repeated", NULL, 0,
     0},
    {"invented", 0, CLI_LIST, offsetof(bank_settings, invented), "NUMBER",
     "an orchestra and drum kits drawn at random from this number; may be repeated", NULL, 0, 0},
    {"invented-kits", 0, CLI_LIST, offsetof(bank_settings, invented_kits), "NUMBER",
     "sixteen drum kits drawn at random from this number; may be repeated", NULL, 0, 0},
    {0},
};

const cli_verb cli_data_bank = {
    "data bank",
    "OUT (--font FILE | --drumfont FILE | --piano FOLDER | --drumkit FOLDER | --recorded PROGRAM=FOLDER | "
    "--invented NUMBER | --invented-kits NUMBER)...",
    "render single notes of many instruments into one bank",
    "A bank holds the sounds that training data is mixed from. Rendering takes minutes; "
    "mixing from a bank is then hundreds of times faster "
    "than synthesis.",
    "neume data bank build/bank.bin --font /usr/share/sounds/sf2/FluidR3_GM.sf2",
    bank_options,
    sizeof(bank_settings),
    NULL,
    run_bank};

/* --- corpus ------------------------------------------------------------------------------------------------------- */

typedef struct corpus_settings {
    cli_common common;
    cli_list played, written;
} corpus_settings;

static int run_corpus(const cli_call *call) {
    const corpus_settings *at = call->settings;
    const size_t total = at->played.count + at->written.count;
    if (call->count != 1 || !total)
        return cli_usage_error("usage: neume data corpus OUT (--played FOLDER | --written FOLDER)...");
    neume_corpus_folder *folders = neume__calloc(total, sizeof *folders);
    size_t count = 0;
    cli_bar bar;
    if (!folders) return EXIT_FAILED;
    for (size_t i = 0; i < at->played.count; i++) folders[count++] = (neume_corpus_folder){at->played.items[i], true};
    for (size_t i = 0; i < at->written.count; i++)
        folders[count++] = (neume_corpus_folder){at->written.items[i], false};
    cli_bar_start(&bar, &at->common, "pieces");
    const neume_progress progress = cli_bar_progress(&bar);
    const int result = finish(&bar, neume_corpus_build(folders, count, &progress, call->operands[0]));
    neume__free(folders);
    return result;
}

static const cli_option corpus_options[] = {
    {"played", 0, CLI_LIST, offsetof(corpus_settings, played), "FOLDER",
     "pieces with a player's timing, which is kept; may be repeated", NULL, 0, 0},
    {"written", 0, CLI_LIST, offsetof(corpus_settings, written), "FOLDER",
     "pieces as written, to be given human timing; may be repeated", NULL, 0, 0},
    {0},
};

const cli_verb cli_data_corpus = {
    "data corpus",
    "OUT (--played FOLDER | --written FOLDER)...",
    "gather the notes of many pieces into one file",
    "Reads all MIDI, MusicXML and kern files below the folders. Files that cannot be read are named and left out.",
    "neume data corpus build/corpus.bin --played performances --written scores",
    corpus_options,
    sizeof(corpus_settings),
    NULL,
    run_corpus};

/* --- render ------------------------------------------------------------------------------------------------------- */

typedef struct render_settings {
    cli_common common;
    const char *corpus, *bank;
    int count, seed;
    double seconds, strength, clean, ensembles, shares[7];
    bool validation, all_presets;
} render_settings;

static void render_defaults(void *at) {
    render_settings *settings = at;
    settings->count = 10;
    settings->seed = 1;
    settings->seconds = 20.48; /* two windows of the note model */
    settings->strength = 1;
    settings->clean = .15;
    for (int i = 0; i < 7; i++) settings->shares[i] = 1;
}

/* Some segments, made side by side on the pool. */
typedef struct render_batch {
    const render_settings *settings;
    const neume_dataset *dataset;
    const char *folder;
    int64_t first;
} render_batch;

static neume_status render_one(void *context, int64_t i) {
    const render_batch *b = context;
    const uint64_t seed = (uint64_t)(b->settings->seed + b->first + i);
    return neume_dataset_write(b->dataset, seed, b->settings->seconds, b->folder);
}

static neume_status render_all(const render_settings *at, const neume_dataset *dataset, const char *folder,
                               const neume_progress *progress) {
    enum { BATCH = 16 };
    for (int64_t first = 0; first < at->count; first += BATCH) {
        render_batch batch = {at, dataset, folder, first};
        if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "cancelled");
        NEUME_TRY(neume_parallel_for(at->count - first < BATCH ? at->count - first : BATCH, render_one, &batch));
        neume__progress(progress, (double)(first + BATCH), at->count);
    }
    return NEUME_OK;
}

static int run_render(const cli_call *call) {
    const render_settings *at = call->settings;
    if (call->count != 1 || !at->corpus || !at->bank)
        return cli_usage_error("usage: neume data render FOLDER --corpus FILE --bank FILE");
    const char *folder = call->operands[0];
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "neume: %s: %s\n", folder, strerror(errno));
        return EXIT_FAILED;
    }
    const double *share = at->shares;
    const neume_dataset_options options = {.corpus_path = at->corpus,
                                           .bank_path = at->bank,
                                           .share_piano = share[0],
                                           .share_chamber = share[1],
                                           .share_band = share[2],
                                           .share_drums = share[3],
                                           .share_lines = share[4],
                                           .share_random = share[5],
                                           .share_negative = share[6],
                                           .share_ensembles = at->ensembles,
                                           .augment = {at->strength, at->clean},
                                           .validation = at->validation,
                                           .all_presets = at->all_presets};
    neume_dataset *dataset = NULL;
    cli_bar bar;
    cli_bar_start(&bar, &at->common, "segments");
    const neume_progress progress = cli_bar_progress(&bar);
    neume_status status = neume_dataset_open(&options, &dataset);
    if (!status) status = render_all(at, dataset, folder, &progress);
    neume_dataset_close(dataset);
    return finish(&bar, status);
}

#define SHARE(index, name, what)                                                                                       \
    {                                                                                                                  \
        "share-" name, 0, CLI_NUMBER, offsetof(render_settings, shares) + (index) * sizeof(double), "W",               \
            "weight of " what "; default 1", NULL, 0, 1e6                                                              \
    }
static const cli_option render_options[] = {
    {"corpus", 0, CLI_TEXT, offsetof(render_settings, corpus), "FILE", "pieces, from neume data corpus", NULL, 0, 0},
    {"bank", 0, CLI_TEXT, offsetof(render_settings, bank), "FILE", "sounds, from neume data bank", NULL, 0, 0},
    {"count", 'n', CLI_INT, offsetof(render_settings, count), "N", "how many segments; default 10", NULL, 1, 1e9},
    {"seconds", 0, CLI_NUMBER, offsetof(render_settings, seconds), "S", "length of each; default 20.48", NULL, .1,
     3600},
    {"seed", 0, CLI_INT, offsetof(render_settings, seed), "K",
     "number of the first; the same number gives the same sound", NULL, 0, 2e9},
    {"strength", 0, CLI_NUMBER, offsetof(render_settings, strength), "X",
     "how much rooms, noise and microphones change the sound; default 1", NULL, 0, 1},
    {"clean", 0, CLI_NUMBER, offsetof(render_settings, clean), "X", "share of segments left clean; default 0.15", NULL,
     0, 1},
    {"ensembles", 0, CLI_NUMBER, offsetof(render_settings, ensembles), "X",
     "share of the pieces that are played by ensembles as they exist, not by instruments thrown together; default 0",
     NULL, 0, 1},
    {"all-sounds", 0, CLI_FLAG, offsetof(render_settings, all_presets), NULL,
     "the whole bank is foreign to training: use all its sounds", NULL, 0, 0},
    {"validation", 0, CLI_FLAG, offsetof(render_settings, validation), NULL,
     "use the pieces and sounds that training never sees", NULL, 0, 0},
    SHARE(0, "piano", "piano pieces"),
    SHARE(1, "chamber", "chamber pieces"),
    SHARE(2, "band", "bands with drums"),
    SHARE(3, "drums", "drums alone"),
    SHARE(4, "lines", "single lines"),
    SHARE(5, "random", "random notes"),
    SHARE(6, "negative", "sounds without notes"),
    {0},
};

const cli_verb cli_data_render = {"data render",
                                  "FOLDER --corpus FILE --bank FILE",
                                  "write segments of training data: sound and true notes",
                                  "Writes NUMBER.flac and NUMBER.csv, the very segments that training makes for itself "
                                  "as it runs. The CSV holds the notes that begin in the "
                                  "segment, each until it falls silent.",
                                  "neume data render segments --corpus build/corpus.bin --bank build/bank.bin -n 20",
                                  render_options,
                                  sizeof(render_settings),
                                  render_defaults,
                                  run_render};
