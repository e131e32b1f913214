/* Slots, their values, and where the moods lie in the plane of valence and arousal (Russell 1980: the order around the
 * circle is his, the numbers are our own reading of it). */
#include "words_values.h"

#include <stdlib.h>
#include <string.h>

static const char *const slot_names[NEUME_SLOTS] = {"mood",   "style",  "instrument", "activity", "tempo", "tempo_bpm",
                                                    "vocals", "decade", "key",        "language", "like"};

/* Values of the slots that have only these; the emotion where one is implied. */
static const struct {
    const char *value;
    double valence, arousal;
    neume_slot slot;
    bool felt;
} values[] = {
    {"calm", .45, -.7, NEUME_SLOT_MOOD, true},      {"happy", .8, .4, NEUME_SLOT_MOOD, true},
    {"sad", -.65, -.35, NEUME_SLOT_MOOD, true},     {"energetic", .5, .8, NEUME_SLOT_MOOD, true},
    {"tense", -.5, .6, NEUME_SLOT_MOOD, true},      {"romantic", .65, 0, NEUME_SLOT_MOOD, true},
    {"nostalgic", .1, -.3, NEUME_SLOT_MOOD, true},  {"solemn", -.15, -.4, NEUME_SLOT_MOOD, true},
    {"dreamy", .4, -.5, NEUME_SLOT_MOOD, true},     {"angry", -.65, .75, NEUME_SLOT_MOOD, true},
    {"tender", .6, -.45, NEUME_SLOT_MOOD, true},    {"powerful", .35, .7, NEUME_SLOT_MOOD, true},
    {"study", .2, -.4, NEUME_SLOT_ACTIVITY, true},  {"sleep", .3, -.9, NEUME_SLOT_ACTIVITY, true},
    {"run", .4, .8, NEUME_SLOT_ACTIVITY, true},     {"relax", .5, -.6, NEUME_SLOT_ACTIVITY, true},
    {"work", .2, -.1, NEUME_SLOT_ACTIVITY, true},   {"party", .7, .8, NEUME_SLOT_ACTIVITY, true},
    {"drive", .4, .3, NEUME_SLOT_ACTIVITY, true},   {"meditate", .35, -.85, NEUME_SLOT_ACTIVITY, true},
    {"focus", .15, -.3, NEUME_SLOT_ACTIVITY, true}, {"slow", 0, -.5, NEUME_SLOT_TEMPO, true},
    {"medium", 0, 0, NEUME_SLOT_TEMPO, false},      {"fast", .2, .6, NEUME_SLOT_TEMPO, true},
    {"yes", 0, 0, NEUME_SLOT_VOCALS, false},        {"no", 0, 0, NEUME_SLOT_VOCALS, false},
    {"male", 0, 0, NEUME_SLOT_VOCALS, false},       {"female", 0, 0, NEUME_SLOT_VOCALS, false},
};
enum { VALUES = sizeof values / sizeof *values };

const char *neume_slot_name(neume_slot slot) {
    return (int)slot >= 0 && slot < NEUME_SLOTS ? slot_names[slot] : NULL;
}

neume_slot neume__slot_find(const char *name, size_t length) {
    for (int i = 0; i < NEUME_SLOTS; i++)
        if (strlen(slot_names[i]) == length && memcmp(slot_names[i], name, length) == 0) return (neume_slot)i;
    return NEUME_SLOTS;
}

static int value_index(neume_slot slot, const char *value) {
    for (int i = 0; i < VALUES; i++)
        if (values[i].slot == slot && strcmp(values[i].value, value) == 0) return i;
    return -1;
}

static bool is_closed(neume_slot slot) {
    for (int i = 0; i < VALUES; i++)
        if (values[i].slot == slot) return true;
    return false;
}

static bool is_decade(const char *value) {
    return strlen(value) == 5 && strspn(value, "0123456789") == 4 && value[3] == '0' && value[4] == 's';
}

static bool is_bpm(const char *value) {
    const size_t digits = strspn(value, "0123456789");
    const int bpm = digits && digits <= 3 && !value[digits] ? atoi(value) : 0;
    return bpm >= 20 && bpm <= 400;
}

/* "minor", "C minor", "Bb major", "F# dorian". */
static bool is_key(const char *value) {
    static const char *const modes[] = {"major",  "minor",      "dorian",  "phrygian",
                                        "lydian", "mixolydian", "aeolian", "locrian"};
    if (*value >= 'A' && *value <= 'G') {
        value++;
        if (*value == 'b' || *value == '#') value++;
        if (*value++ != ' ') return false;
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(value, modes[i]) == 0) return true;
    return false;
}

/* A line of text without the characters that part values in print. */
static bool is_text(const char *value) {
    const size_t length = strlen(value);
    if (!length || length >= NEUME_VALUE_LONGEST_BYTES || value[0] == ' ' || value[length - 1] == ' ') return false;
    for (size_t i = 0, step; i < length; i += step) {
        uint32_t c = 0;
        step = neume__utf8_read(value + i, length - i, &c);
        if (!step || c < ' ' || c == 0x7F || c == ',' || c == ';' || c == '=') return false;
    }
    return true;
}

bool neume__value_is_valid(neume_slot slot, const char *value) {
    if (slot == NEUME_SLOT_DECADE) return is_decade(value);
    if (slot == NEUME_SLOT_TEMPO_BPM) return is_bpm(value);
    if (slot == NEUME_SLOT_KEY) return is_key(value);
    return is_closed(slot) ? value_index(slot, value) >= 0 : is_text(value);
}

bool neume__value_emotion(neume_slot slot, const char *value, double *valence, double *arousal) {
    const int i = value_index(slot, value);
    if (i < 0 || !values[i].felt) return false;
    *valence = values[i].valence;
    *arousal = values[i].arousal;
    return true;
}
