/* Hydrogen drum kits: drumkit.xml names instruments in its author's words and lists their samples by velocity. Only the
 * tags <instrument> <name> <filename> <min> <max> matter, so a small scanner does; what it does not find it skips.
 *
 * A kit with several bass drums and snares becomes several presets: the n-th takes the n-th instrument of each key. */
#include "build.h"
#include "neume/audio.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RATE = NEUME_SYNTH_RATE_HZ,
    LONGEST_S = 4,
    LAYERS_MOST = 3,   /* velocity layers kept of an instrument */
    LAYERS_READ = 32,  /* listed in the file */
    VARIANTS_MOST = 3, /* presets out of one kit */
    TEXT_BYTES = 256,
    XML_LIMIT_BYTES = 4 << 20,
};

typedef struct drum_layer {
    char file[TEXT_BYTES];
    double lowest, highest; /* velocities 0 .. 1 */
} drum_layer;

typedef struct drum_instrument {
    int key;
    size_t layer_count;
    drum_layer layers[LAYERS_MOST];
} drum_instrument;

/* --- words -> keys ------------------------------------------------------------------------------------------------ */

/* The first row whose words all occur in the name decides; "!" before a word: it must not occur. Key 0: not used. */
static const struct {
    const char *words[4];
    int key;
} rules[] = {
    {{"choke"}, 0},
    {{"mute"}, 0},
    {{"roll"}, 0},
    {{"brush"}, 0},
    {{"empty"}, 0},
    {{"djembe"}, 0},
    {{"cajon"}, 0},
    {{"reverse"}, 0},
    {{"crash", "ride"}, 0},
    {{"cowbell"}, 56},
    {{"tambourine"}, 54},
    {{"splash"}, 55},
    {{"china"}, 52},
    {{"clap"}, 39},
    {{"side", "stick"}, 37},
    {{"rim", "click"}, 37},
    {{"snare", "rim"}, 40},
    {{"snare"}, 38},
    {{"stick", "!hat"}, 37},
    {{"kick"}, 36},
    {{"bass drum"}, 36},
    {{"bassdrum"}, 36},
    {{"ride", "bell"}, 53},
    {{"ride", "cup"}, 53},
    {{"ride"}, 51},
    {{"crash"}, 49},
    {{"hat", "ped"}, 44},
    {{"hh", "ped"}, 44},
    {{"hat", "foot"}, 44},
    {{"hat", " pd"}, 44},
    {{"hat", "open"}, 46},
    {{"hat", " op"}, 46},
    {{"ohh"}, 46},
    {{"hh", "open"}, 46},
    {{"hat", "clos"}, 42},
    {{"hat", " cl"}, 42},
    {{"chh"}, 42},
    {{"hh", "clos"}, 42},
    {{"tom", "floor"}, 41},
    {{"tom", "low"}, 43},
    {{"tom", "mid"}, 47},
    {{"tom", "hi"}, 50},
    {{"tom", "!bottom"}, 48},
};

static bool row_fits(const char *name, const char *const words[4]) {
    for (int w = 0; w < 4 && words[w]; w++) {
        bool absent = words[w][0] == '!';
        if ((strstr(name, words[w] + absent) != NULL) == absent) return false;
    }
    return true;
}

static int key_of_name(const char *name) {
    char lower[TEXT_BYTES];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof lower; n++) lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = '\0';
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
        if (row_fits(lower, rules[r].words)) return rules[r].key;
    return 0;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* Copies the text between tags, the five entities decoded; false when it does not fit or is empty. */
static bool copy_text(const char *from, const char *to, char out[TEXT_BYTES]) {
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    static const char meant[] = "&<>\"'";
    size_t n = 0;
    while (from < to && isspace((unsigned char)*from)) from++;
    while (to > from && isspace((unsigned char)to[-1])) to--;
    while (from < to && n + 1 < TEXT_BYTES) {
        char c = *from;
        size_t used = 1;
        for (size_t e = 0; c == '&' && e < sizeof entities / sizeof *entities; e++)
            if (strncmp(from, entities[e], strlen(entities[e])) == 0) c = meant[e], used = strlen(entities[e]);
        out[n++] = c;
        from += used;
    }
    out[n] = '\0';
    return n > 0 && from >= to;
}

/* The text of the first <tag> in [at, end); where it ends, NULL when there is none. */
static const char *find_tag(const char *at, const char *end, const char *tag, char out[TEXT_BYTES]) {
    char opening[32], closing[32];
    snprintf(opening, sizeof opening, "<%s>", tag);
    snprintf(closing, sizeof closing, "</%s>", tag);
    const char *from = memmem(at, (size_t)(end - at), opening, strlen(opening));
    if (!from) return NULL;
    from += strlen(opening);
    const char *to = memmem(from, (size_t)(end - from), closing, strlen(closing));
    return to && copy_text(from, to, out) ? to : NULL;
}

static int by_velocity(const void *a, const void *b) {
    const drum_layer *x = a, *y = b;
    double difference = x->lowest + x->highest - y->lowest - y->highest;
    return (difference > 0) - (difference < 0);
}

/* Layers of one instrument, thinned to soft, middle and hard. */
static void read_layers(const char *at, const char *end, drum_instrument *instrument) {
    static _Thread_local drum_layer all[LAYERS_READ];
    size_t count = 0;
    char text[TEXT_BYTES];
    while (count < LAYERS_READ && (at = find_tag(at, end, "filename", text)) != NULL) {
        const char *layer_end = memmem(at, (size_t)(end - at), "</layer>", 8);
        drum_layer *layer = &all[count];
        *layer = (drum_layer){.lowest = 0, .highest = 1};
        snprintf(layer->file, sizeof layer->file, "%s", text);
        if (layer_end && find_tag(at, layer_end, "min", text)) layer->lowest = strtod(text, NULL);
        if (layer_end && find_tag(at, layer_end, "max", text)) layer->highest = strtod(text, NULL);
        if (!strchr(layer->file, '/') && layer->lowest >= 0 && layer->highest <= 1) count++;
    }
    qsort(all, count, sizeof *all, by_velocity);
    instrument->layer_count = count < LAYERS_MOST ? count : LAYERS_MOST;
    for (size_t i = 0; i < instrument->layer_count; i++) /* the middle of each third */
        instrument->layers[i] = all[(2 * i + 1) * count / (2 * instrument->layer_count)];
}

static neume_status read_kit(const char *folder, drum_instrument **out, size_t *out_count) {
    neume_buffer path = {0}, xml = {0};
    drum_instrument *list = NULL;
    size_t count = 0, capacity = 0;
    neume_status status;
    NEUME_GO(neume_buffer_print(&path, "%s/drumkit.xml", folder));
    NEUME_GO(neume_file_read(path.data, XML_LIMIT_BYTES, &xml));
    const char *at = xml.data, *end = xml.data + xml.size;
    while ((at = memmem(at, (size_t)(end - at), "<instrument>", 12)) != NULL) {
        const char *close = memmem(at, (size_t)(end - at), "</instrument>", 13);
        char name[TEXT_BYTES];
        if (!close) break;
        drum_instrument instrument = {.key = find_tag(at, close, "name", name) ? key_of_name(name) : 0};
        if (instrument.key) read_layers(at, close, &instrument);
        if (instrument.layer_count) {
            NEUME_GO(neume__grow((void **)&list, &capacity, count + 1, sizeof *list));
            list[count++] = instrument;
        }
        at = close;
    }
    *out = list;
    *out_count = count;
    list = NULL;
fail:
    neume__free(list);
    neume_buffer_clear(&path);
    neume_buffer_clear(&xml);
    return status;
}

/* --- sound -------------------------------------------------------------------------------------------------------- */

static neume_status add_layer(const char *folder, const drum_instrument *instrument, size_t l, built_preset *preset) {
    const drum_layer *layer = &instrument->layers[l];
    neume_buffer path = {0};
    float *x = NULL;
    size_t count = 0;
    NEUME_TRY(neume_buffer_print(&path, "%s/%s", folder, layer->file));
    neume_status status = neume_audio_read_file(path.data, RATE, LONGEST_S, &x, &count);
    if (status == NEUME_OK) {
        double middle = instrument->layer_count == 1 ? 80.0 / 127 : (layer->lowest + layer->highest) / 2;
        int velocity = (int)(1 + middle * 126);
        note_plan plan = {instrument->key, velocity, .may_loop = false, .struck = true, .trim_silence = true};
        bool repeated = preset->count && preset->notes[preset->count - 1].row.pitch == plan.pitch &&
                        preset->notes[preset->count - 1].row.velocity >= plan.velocity;
        if (!repeated) status = neume__built_add(preset, &plan, x, count);
        neume__free(x);
    } else if (status != NEUME_ENOMEM) { /* one lost sample does not lose the kit */
        neume_log(NEUME_LOG_WARNING, "%s left out: %s", path.data, neume_error_message());
        status = NEUME_OK;
    }
    neume_buffer_clear(&path);
    return status;
}

/* The n-th instrument (counted round) of a key, NULL when there is none. */
static const drum_instrument *pick(const drum_instrument *list, size_t count, int key, size_t n) {
    const drum_instrument *of_key[64];
    size_t found = 0;
    for (size_t i = 0; i < count && found < sizeof of_key / sizeof *of_key; i++)
        if (list[i].key == key) of_key[found++] = &list[i];
    return found ? of_key[n % found] : NULL;
}

static size_t count_variants(const drum_instrument *list, size_t count) {
    size_t most = 1;
    for (int key = 36; key <= 38; key += 2) {
        size_t of_key = 0;
        for (size_t i = 0; i < count; i++) of_key += list[i].key == key;
        if (of_key > most) most = of_key;
    }
    return most < VARIANTS_MOST ? most : VARIANTS_MOST;
}

static neume_status build_variant(const char *folder, const drum_instrument *list, size_t count, size_t variant,
                                  built_preset *preset) {
    neume__source_name(folder, preset->source);
    preset->program = NEUME_PROGRAM_DRUMS;
    for (int key = 35; key < 64; key++) {
        const drum_instrument *instrument = pick(list, count, key, variant);
        for (size_t l = 0; instrument && l < instrument->layer_count; l++)
            NEUME_TRY(add_layer(folder, instrument, l, preset));
    }
    NEUME_TRY(neume__built_fill_drums(preset));
    neume__built_finish(preset);
    return NEUME_OK;
}

neume_status neume__build_drumkit(const char *path, bank_writer *writer) {
    drum_instrument *list = NULL;
    size_t count = 0;
    built_preset preset = {0};
    neume_status status;
    NEUME_GO(read_kit(path, &list, &count));
    if (count == 0) neume_log(NEUME_LOG_WARNING, "%s left out: no drum with a name that is understood", path);
    for (size_t v = 0, variants = count ? count_variants(list, count) : 0; v < variants; v++) {
        NEUME_GO(build_variant(path, list, count, v, &preset));
        NEUME_GO(neume__writer_deliver(writer, v, &preset));
    }
fail:
    neume__built_clear(&preset);
    neume__free(list);
    return status;
}
