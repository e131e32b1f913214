/* General MIDI level 1 (RP-003): 128 programs in 16 families of eight. */
#include "neume/music.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const program_names[128] = {
    "Acoustic Grand Piano",
    "Bright Acoustic Piano",
    "Electric Grand Piano",
    "Honky-tonk Piano",
    "Electric Piano 1",
    "Electric Piano 2",
    "Harpsichord",
    "Clavinet",
    "Celesta",
    "Glockenspiel",
    "Music Box",
    "Vibraphone",
    "Marimba",
    "Xylophone",
    "Tubular Bells",
    "Dulcimer",
    "Drawbar Organ",
    "Percussive Organ",
    "Rock Organ",
    "Church Organ",
    "Reed Organ",
    "Accordion",
    "Harmonica",
    "Tango Accordion",
    "Acoustic Guitar (nylon)",
    "Acoustic Guitar (steel)",
    "Electric Guitar (jazz)",
    "Electric Guitar (clean)",
    "Electric Guitar (muted)",
    "Overdriven Guitar",
    "Distortion Guitar",
    "Guitar Harmonics",
    "Acoustic Bass",
    "Electric Bass (finger)",
    "Electric Bass (pick)",
    "Fretless Bass",
    "Slap Bass 1",
    "Slap Bass 2",
    "Synth Bass 1",
    "Synth Bass 2",
    "Violin",
    "Viola",
    "Cello",
    "Contrabass",
    "Tremolo Strings",
    "Pizzicato Strings",
    "Orchestral Harp",
    "Timpani",
    "String Ensemble 1",
    "String Ensemble 2",
    "Synth Strings 1",
    "Synth Strings 2",
    "Choir Aahs",
    "Voice Oohs",
    "Synth Voice",
    "Orchestra Hit",
    "Trumpet",
    "Trombone",
    "Tuba",
    "Muted Trumpet",
    "French Horn",
    "Brass Section",
    "Synth Brass 1",
    "Synth Brass 2",
    "Soprano Sax",
    "Alto Sax",
    "Tenor Sax",
    "Baritone Sax",
    "Oboe",
    "English Horn",
    "Bassoon",
    "Clarinet",
    "Piccolo",
    "Flute",
    "Recorder",
    "Pan Flute",
    "Blown Bottle",
    "Shakuhachi",
    "Whistle",
    "Ocarina",
    "Lead 1 (square)",
    "Lead 2 (sawtooth)",
    "Lead 3 (calliope)",
    "Lead 4 (chiff)",
    "Lead 5 (charang)",
    "Lead 6 (voice)",
    "Lead 7 (fifths)",
    "Lead 8 (bass + lead)",
    "Pad 1 (new age)",
    "Pad 2 (warm)",
    "Pad 3 (polysynth)",
    "Pad 4 (choir)",
    "Pad 5 (bowed)",
    "Pad 6 (metallic)",
    "Pad 7 (halo)",
    "Pad 8 (sweep)",
    "FX 1 (rain)",
    "FX 2 (soundtrack)",
    "FX 3 (crystal)",
    "FX 4 (atmosphere)",
    "FX 5 (brightness)",
    "FX 6 (goblins)",
    "FX 7 (echoes)",
    "FX 8 (sci-fi)",
    "Sitar",
    "Banjo",
    "Shamisen",
    "Koto",
    "Kalimba",
    "Bagpipe",
    "Fiddle",
    "Shanai",
    "Tinkle Bell",
    "Agogo",
    "Steel Drums",
    "Woodblock",
    "Taiko Drum",
    "Melodic Tom",
    "Synth Drum",
    "Reverse Cymbal",
    "Guitar Fret Noise",
    "Breath Noise",
    "Seashore",
    "Bird Tweet",
    "Telephone Ring",
    "Helicopter",
    "Applause",
    "Gunshot",
};

static const char *const family_names[NEUME_FAMILIES + 1] = {
    "piano",         "chromatic percussion",
    "organ",         "guitar",
    "bass",          "strings",
    "ensemble",      "brass",
    "reed",          "pipe",
    "synth lead",    "synth pad",
    "synth effects", "world",
    "percussive",    "sound effects",
    "drums",
};

const char *neume_program_name(int program) {
    if (program == NEUME_PROGRAM_DRUMS) return "Drums";
    return program >= 0 && program < 128 ? program_names[program] : "";
}

const char *neume_family_name(int family) {
    return family >= 0 && family <= NEUME_FAMILIES ? family_names[family] : "";
}

int neume_program_family(int program) {
    return program >= NEUME_PROGRAM_DRUMS ? NEUME_FAMILIES : program / 8;
}

int neume_family_program(int family) {
    static const int usual[NEUME_FAMILIES] = {0, 11, 19, 24, 33, 40, 48, 56, 65, 73, 80, 89, 96, 104, 112, 120};
    return usual[family];
}

/* "piano" and the other families mean their usual member; a named instrument means itself. -1 when unknown. */
static int program_by_any_name(const char *name) {
    for (int family = 0; family < NEUME_FAMILIES; family++)
        if (strcasecmp(name, family_names[family]) == 0) return neume_family_program(family);
    if (strcasecmp(name, "drums") == 0) return NEUME_PROGRAM_DRUMS;
    return neume_program_by_name(name);
}

neume_status neume_instruments_parse(const char *text, neume_instruments *out) {
    neume_instruments result = {.restricted = true};
    for (int family = 0; family < NEUME_FAMILIES; family++) result.program[family] = -1;
    if (strcmp(text, "auto") == 0) {
        *out = (neume_instruments){0};
        return NEUME_OK;
    }
    for (const char *at = text;;) {
        char name[64];
        size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), at);
        const int program = length < sizeof name ? program_by_any_name(name) : -1;
        if (program < 0)
            return neume_fail(NEUME_EINVAL,
                              "no instrument is called '%s'; families are piano, chromatic percussion, organ, guitar, "
                              "bass, strings, ensemble, brass, reed, pipe, synth lead, synth pad, drums",
                              name);
        if (program == NEUME_PROGRAM_DRUMS)
            result.drums = true;
        else
            result.program[program / 8] = (int16_t)program;
        if (!at[length]) break;
        at += length + 1;
    }
    *out = result;
    return NEUME_OK;
}
