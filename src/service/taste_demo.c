/* An invented world to try everything on: styles, artists who keep to them, songs whose tags and numbers follow their
 * style, and listeners who love two styles each, one by day and one by night. */
#include "neume/service_taste.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARTISTS = 80,
    SONGS_EACH = 5,
    SONGS = ARTISTS * SONGS_EACH,
    LISTENERS = 240,
    PLAYS_EACH = 70,
    DAYS = 120,
    MOST_TAGS = 8,
    SOUNDS = 4, /* numbers of an invented embedding of the sound */
    FEATURES = 3 + SOUNDS,
};
static const int64_t first_day_s = 1735689600; /* 2025-01-01 */

typedef struct demo_style {
    const char *name;
    const char *tags[5];                /* moods, instruments, what it is for */
    double tempo_bpm, valence, arousal; /* of a typical song; emotion from 0 to 1 */
    int first_year, last_year;
} demo_style;

static const demo_style styles[] = {
    {"ambient", {"calm", "dreamy", "synthesizer", "instrumental", "sleep"}, 70, .5, .1, 1978, 2024},
    {"classical", {"calm", "piano", "strings", "instrumental", "study"}, 80, .55, .25, 1950, 2020},
    {"jazz", {"calm", "saxophone", "piano", "romantic", "relax"}, 110, .6, .4, 1955, 2022},
    {"folk", {"sad", "guitar", "nostalgic", "male vocals", "relax"}, 95, .35, .3, 1962, 2024},
    {"pop", {"happy", "female vocals", "synthesizer", "romantic", "party"}, 118, .75, .65, 1975, 2025},
    {"rock", {"energetic", "electric guitar", "drums", "male vocals", "drive"}, 128, .6, .8, 1965, 2024},
    {"metal", {"angry", "electric guitar", "drums", "male vocals", "powerful"}, 150, .25, .95, 1980, 2024},
    {"electronic", {"energetic", "synthesizer", "drums", "instrumental", "run"}, 132, .65, .85, 1988, 2025},
    {"hip hop", {"energetic", "male vocals", "bass", "drums", "drive"}, 92, .55, .7, 1986, 2025},
    {"soul", {"romantic", "female vocals", "organ", "bass", "relax"}, 100, .65, .5, 1963, 2020},
    {"lo-fi", {"calm", "piano", "drums", "instrumental", "study"}, 78, .5, .2, 2012, 2025},
    {"easy listening", {"tender", "strings", "piano", "instrumental", "relax"}, 88, .7, .25, 1958, 2019},
};
enum { STYLES = sizeof styles / sizeof *styles };

typedef struct demo_song {
    int style, other; /* its own, and one that it borrows from */
    double quality;   /* how often it is chosen among others of its style */
    int64_t row;
} demo_song;

typedef struct world {
    neume_store *store;
    neume_rng rng;
    demo_song songs[SONGS];
    size_t places[FEATURES];
} world;

/* --- names -------------------------------------------------------------------------------------------------------- */

static const char *pick(neume_rng *rng, const char *const *words, int count) {
    return words[neume_rng_below(rng, count)];
}
#define PICK(rng, words) pick(rng, words, (int)(sizeof(words) / sizeof *(words)))

static void invent_artist(neume_rng *rng, int number, char out[64]) {
    static const char *const first[] = {"Mira", "Tobin", "Ansel", "Yara",  "Ilko",  "Soren",
                                        "Lin",  "Wanda", "Oru",   "Petra", "Kesta", "Dario"};
    static const char *const middle[] = {"Vel", "Nor", "Lum", "Sta", "Quill", "Har", "Eb", "Tam", "Zan", "Ros"};
    static const char *const last[] = {"dane", "wick", "mere", "lund", "ova", "stead", "ini", "moor"};
    /* The number keeps two invented names apart. */
    snprintf(out, 64, "%s %s%s", first[number % 12], middle[number / 12 % 10], PICK(rng, last));
}

static void invent_title(neume_rng *rng, char out[64]) {
    static const char *const of[] = {"Paper",    "Harbour", "Winter", "Glass",  "Copper", "Distant",  "Quiet",
                                     "Northern", "Velvet",  "Hollow", "Golden", "Slow",   "Electric", "Borrowed"};
    static const char *const what[] = {"Lanterns", "Rivers", "Letters", "Machines", "Gardens", "Windows", "Tides",
                                       "Engines",  "Hours",  "Stairs",  "Echoes",   "Orchard", "Signals", "Maps"};
    snprintf(out, 64, "%s %s", PICK(rng, of), PICK(rng, what));
}

/* --- songs -------------------------------------------------------------------------------------------------------- */

static double clamp(double value) {
    return fmin(fmax(value, 0), 1);
}

static void invent_features(world *at, const demo_song *song, float out[FEATURES]) {
    const demo_style *own = &styles[song->style], *other = &styles[song->other];
    neume_rng *rng = &at->rng;
    out[0] = (float)round(.8 * own->tempo_bpm + .2 * other->tempo_bpm + 6 * neume_rng_normal(rng));
    out[1] = (float)clamp(.8 * own->valence + .2 * other->valence + .08 * neume_rng_normal(rng));
    out[2] = (float)clamp(.8 * own->arousal + .2 * other->arousal + .08 * neume_rng_normal(rng));
    for (int i = 0; i < SOUNDS; i++) {
        /* A fixed direction for each style: what a network that hears would have learnt. */
        const double angle = 1.7 * song->style * (i + 1) + .9 * i, beside = 1.7 * song->other * (i + 1) + .9 * i;
        out[3 + i] = (float)(.8 * sin(angle) + .2 * sin(beside) + .1 * neume_rng_normal(rng));
    }
}

static size_t invent_tags(world *at, const demo_song *song, neume_store_tag tags[MOST_TAGS]) {
    size_t count = 0;
    tags[count++] = (neume_store_tag){styles[song->style].name, 10};
    for (int i = 0; i < 5; i++)
        if (neume_rng_chance(&at->rng, .8))
            tags[count++] = (neume_store_tag){styles[song->style].tags[i], (double)(3 + neume_rng_below(&at->rng, 6))};
    if (song->other != song->style) tags[count++] = (neume_store_tag){styles[song->other].name, 3};
    return count;
}

static neume_status add_song(world *at, int number, const char *artist) {
    char id[24], title[64];
    float own[FEATURES], features[FEATURES];
    neume_store_tag tags[MOST_TAGS];
    demo_song *song = &at->songs[number];
    const demo_style *style = &styles[song->style];
    invent_title(&at->rng, title);
    invent_features(at, song, own);
    for (int i = 0; i < FEATURES; i++) features[at->places[i]] = own[i];
    snprintf(id, sizeof id, "song-%03d", number + 1);
    const neume_store_item item = {
        .id = id,
        .name = title,
        .artist = artist,
        .year = style->first_year + (int)neume_rng_below(&at->rng, style->last_year - style->first_year + 1),
        .tags = tags,
        .tag_count = invent_tags(at, song, tags),
        .features = features,
        .feature_count = FEATURES,
    };
    return neume_store_put_item(at->store, &item, &song->row);
}

static neume_status add_songs(world *at) {
    static const char *const names[FEATURES] = {"tempo_bpm", "valence", "arousal", "sound.0",
                                                "sound.1",   "sound.2", "sound.3"};
    for (int i = 0; i < FEATURES; i++) NEUME_TRY(neume_store_feature_place(at->store, names[i], &at->places[i]));
    for (int artist = 0; artist < ARTISTS; artist++) {
        char name[64];
        const int own = artist % STYLES, other = (int)neume_rng_below(&at->rng, STYLES);
        invent_artist(&at->rng, artist, name);
        for (int i = 0; i < SONGS_EACH; i++) {
            demo_song *song = &at->songs[artist * SONGS_EACH + i];
            song->style = own;
            song->other = neume_rng_chance(&at->rng, .4) ? other : own;
            song->quality = exp(neume_rng_normal(&at->rng)); /* few are heard by many */
            NEUME_TRY(add_song(at, artist * SONGS_EACH + i, name));
        }
    }
    return NEUME_OK;
}

/* --- listeners ---------------------------------------------------------------------------------------------------- */

typedef struct demo_listener {
    int64_t row;
    int day_style, night_style;
} demo_listener;

/* A song of a style, or for one play in six any song. */
static const demo_song *choose_song(world *at, int style) {
    const bool any = neume_rng_chance(&at->rng, 1.0 / 6);
    double sum = 0;
    for (int i = 0; i < SONGS; i++)
        if (any || at->songs[i].style == style || at->songs[i].other == style) sum += at->songs[i].quality;
    double left = neume_rng_uniform(&at->rng, 0, sum);
    for (int i = 0; i < SONGS; i++) {
        if (!any && at->songs[i].style != style && at->songs[i].other != style) continue;
        left -= at->songs[i].quality;
        if (left <= 0) return &at->songs[i];
    }
    return &at->songs[0];
}

static bool suits(const demo_song *song, const demo_listener *listener) {
    return song->style == listener->day_style || song->style == listener->night_style;
}

/* What suits is sometimes liked or rated, what does not is often skipped and now and then banned. */
static neume_status react(world *at, const demo_listener *listener, const demo_song *song, int64_t time_s) {
    const bool suited = suits(song, listener);
    const double chance = neume_rng_uniform(&at->rng, 0, 1);
    neume_store_event event = {listener->row, song->row, NEUME_EVENT_LIKE, time_s + 60, 1};
    if (suited && chance < .08)
        event.kind = NEUME_EVENT_LIKE;
    else if (suited && chance < .12)
        event = (neume_store_event){listener->row, song->row, NEUME_EVENT_RATING, time_s + 60, .8};
    else if (!suited && chance < .35)
        event.kind = NEUME_EVENT_SKIP;
    else if (!suited && chance < .4)
        event.kind = NEUME_EVENT_BAN;
    else
        return NEUME_OK;
    return neume_store_add_event(at->store, &event);
}

static neume_status add_play(world *at, const demo_listener *listener) {
    const bool night = neume_rng_chance(&at->rng, .45);
    const int64_t day = neume_rng_below(&at->rng, DAYS);
    const int64_t hour = night ? 20 + neume_rng_below(&at->rng, 4) : 7 + neume_rng_below(&at->rng, 11);
    const int64_t time_s = first_day_s + day * 86400 + hour * 3600 + neume_rng_below(&at->rng, 3600);
    const demo_song *song = choose_song(at, night ? listener->night_style : listener->day_style);
    NEUME_TRY(
        neume_store_add_event(at->store, &(neume_store_event){listener->row, song->row, NEUME_EVENT_PLAY, time_s, 1}));
    return react(at, listener, song, time_s);
}

static neume_status add_listeners(world *at) {
    for (int number = 1; number <= LISTENERS; number++) {
        char name[16];
        demo_listener listener = {.day_style = (int)neume_rng_below(&at->rng, STYLES),
                                  .night_style = (int)neume_rng_below(&at->rng, STYLES)};
        snprintf(name, sizeof name, "%d", number);
        NEUME_TRY(neume_store_put_user(at->store, name, &listener.row));
        for (int play = 0; play < PLAYS_EACH; play++) NEUME_TRY(add_play(at, &listener));
    }
    return NEUME_OK;
}

neume_status neume_listening_demo(neume_store *store, uint64_t seed) {
    neume_store_counts counts;
    world *at = neume__calloc(1, sizeof *at);
    if (!at) return NEUME_ENOMEM;
    at->store = store;
    at->rng = neume_rng_seeded(seed, 7);
    neume_status status = neume_store_count(store, &counts);
    if (!status && (counts.items || counts.users))
        status = neume_fail(NEUME_EINVAL, "%s is not empty: an invented world needs a store of its own",
                            neume_store_path(store));
    if (!status) status = neume_store_begin(store);
    if (!status) {
        status = add_songs(at);
        if (!status) status = add_listeners(at);
        if (!status) status = neume_store_commit(store);
        if (status) neume_store_rollback(store);
    }
    neume__free(at);
    return status;
}
