/* Ensembles as they exist. Instruments thrown together at random teach what each sounds like; which of them play
 * together, and who takes the top and who the bottom, is knowledge of its own. So a piece may be given to one of the
 * ensembles that people form, its own among them; its parts are told apart by how high they lie, keyboards by what they
 * were written for. All players come from one source if it has them: a recording's instruments share rooms and
 * microphones, a SoundFont's their making. */
#include "recipe.h"
#include "segment.h"

#include <string.h>

typedef struct span {
    int first, last; /* programs */
} span;

enum { REGISTERS = 4 };

static const struct {
    double weight;
    span voice[REGISTERS]; /* from high to low; 0 .. 0 everywhere: what each part was written for */
} ENSEMBLES[] = {
    {8, {{0, 0}}},
    {4, {{40, 40}, {40, 41}, {41, 42}, {42, 43}}},   /* bowed strings, singly */
    {1, {{48, 49}, {48, 49}, {48, 49}, {48, 49}}},   /* and in sections */
    {1.5, {{72, 73}, {68, 69}, {71, 71}, {70, 70}}}, /* woodwinds */
    {0.7, {{73, 73}, {71, 71}, {60, 60}, {70, 70}}},
    {0.3, {{64, 64}, {65, 65}, {66, 66}, {67, 67}}},  /* saxophones */
    {1, {{56, 56}, {56, 60}, {57, 60}, {57, 58}}},    /* brass */
    {1, {{52, 54}, {52, 54}, {52, 54}, {52, 54}}},    /* voices */
    {0.5, {{16, 20}, {16, 20}, {16, 20}, {16, 20}}},  /* an organ */
    {0.15, {{21, 23}, {21, 23}, {21, 23}, {21, 23}}}, /* an accordion */
    {0.5, {{24, 25}, {24, 25}, {24, 25}, {24, 25}}},  /* guitars */
    {0.2, {{74, 75}, {74, 75}, {74, 75}, {71, 71}}},  /* recorders, pan flutes */
    {0.1, {{11, 13}, {11, 13}, {11, 12}, {12, 12}}},  /* mallets */
    {0.15, {{46, 46}, {46, 46}, {46, 46}, {46, 46}}}, /* a harp */
    {0.15, {{45, 45}, {45, 45}, {45, 45}, {45, 45}}}, /* plucked strings */
    {1, {{73, 73}, {40, 41}, {71, 71}, {42, 42}}},    /* winds and strings */
    {0.2, {{56, 56}, {65, 66}, {57, 57}, {32, 35}}},  /* a jazz band's front, over its bass */
};

/* Who plays what was written for a keyboard; the first: that same keyboard. */
static const struct {
    double weight;
    span programs;
} KEYBOARDS[] = {{5, {0, 0}},     {2, {0, 1}},   {1.5, {24, 25}}, {0.5, {46, 46}},
                 {0.4, {16, 20}}, {0.4, {6, 7}}, {0.1, {4, 5}},   {0.1, {21, 23}}};

enum {
    ENSEMBLE_COUNT = sizeof ENSEMBLES / sizeof *ENSEMBLES,
    KEYBOARD_COUNT = sizeof KEYBOARDS / sizeof *KEYBOARDS,
};

static int register_of(const casting *part) {
    int middle = (part->lowest + part->highest) / 2;
    return middle > 70 ? 0 : middle > 62 ? 1 : middle > 53 ? 2 : 3;
}

/* The programs that may play what was written for this one: a viola a violin's part, but no timpani. */
static span alike(int program) {
    static const unsigned char begins[] = {0,  4,  6,  8,  16, 21, 24, 26, 29, 32, 38, 40,  45, 47,
                                           48, 52, 56, 61, 64, 68, 71, 72, 80, 88, 96, 104, 112};
    enum { KINDS = sizeof begins - 1 };
    int kind = KINDS - 1;
    while (begins[kind] > program) kind--;
    return (span){begins[kind], begins[kind + 1] - 1};
}

/* One of the source's that covers the part; otherwise anyone's. */
static int pick_of_source(const neume_dataset *d, span programs, const casting *part, const char *source,
                          neume_rng *rng) {
    int found = 0, chosen = -1;
    for (size_t i = 0; source && i < d->preset_count; i++) {
        const neume_bank_preset *p = &d->presets[i];
        bool fits = d->in_split[i] && p->program >= programs.first && p->program <= programs.last &&
                    p->lowest <= part->lowest && p->highest >= part->highest && strcmp(p->source, source) == 0;
        if (fits && neume_rng_below(rng, ++found) == 0) chosen = (int)i;
    }
    return chosen >= 0 ? chosen : dataset_pick(d, programs.first, programs.last, part->lowest, part->highest, rng);
}

void ensemble_draw(const neume_dataset *d, bool as_written, ensemble *out, neume_rng *rng) {
    static const double one_source = 0.7;
    double voices[ENSEMBLE_COUNT], keyboards[KEYBOARD_COUNT];
    for (size_t i = 0; i < ENSEMBLE_COUNT; i++) voices[i] = ENSEMBLES[i].weight;
    for (size_t i = 0; i < KEYBOARD_COUNT; i++) keyboards[i] = KEYBOARDS[i].weight;
    *out = (ensemble){.voices = recipe_draw_share(voices, ENSEMBLE_COUNT, rng),
                      .keyboard = recipe_draw_share(keyboards, KEYBOARD_COUNT, rng),
                      .last_first = -1};
    if (as_written) out->voices = out->keyboard = 0;
    size_t any = (size_t)neume_rng_below(rng, (int64_t)d->preset_count);
    if (neume_rng_chance(rng, one_source)) out->source = d->presets[any].source;
}

int ensemble_preset(const neume_dataset *d, ensemble *e, const casting *part, neume_rng *rng) {
    static const double same_again = 0.6; /* a second player has the first one's instrument */
    const bool keyboard = part->program < 24;
    span programs = alike(part->program);
    if (keyboard && e->keyboard) programs = KEYBOARDS[e->keyboard].programs;
    if (!keyboard && e->voices) programs = ENSEMBLES[e->voices].voice[register_of(part)];
    const neume_bank_preset *last = &d->presets[e->last_preset];
    bool same = e->last_first == programs.first && last->lowest <= part->lowest && last->highest >= part->highest &&
                (keyboard || neume_rng_chance(rng, same_again));
    if (!same) e->last_preset = pick_of_source(d, programs, part, e->source, rng);
    e->last_first = programs.first;
    return e->last_preset;
}
