/* The sounds of MusicXML's parts: what programs and drum keys their files mean. */
#include "musicxml_parts.h"

#include <string.h>

#include "neume/music.h"

enum { PROGRAM_CHOIR = 52, PROGRAM_SYNTH_VOICE = 54 };

/* General MIDI drum keys by words of an instrument's name; the first that fits counts. */
static const struct {
    const char *word;
    int key;
} drum_words[] = {
    {"bass drum", 36},
    {"kick", 36},
    {"gran cassa", 36},
    {"grancassa", 36},
    {"grosse caisse", 36},
    {"grosse trommel", 36},
    {"gro\xC3\x9F"
     "e trommel",
     36},
    {"snare", 38},
    {"side drum", 38},
    {"kleine trommel", 38},
    {"caisse claire", 38},
    {"tambourin", 54},
    {"tamburin", 54},
    {"tamburo", 38},
    {"military drum", 38},
    {"closed hi-hat", 42},
    {"open hi-hat", 46},
    {"pedal hi-hat", 44},
    {"hi-hat", 42},
    {"hi hat", 42},
    {"ride", 51},
    {"splash", 55},
    {"china", 52},
    {"cymbal", 49},
    {"crash", 49},
    {"piatti", 49},
    {"becken", 49},
    {"tam-tam", 52},
    {"tamtam", 52},
    {"gong", 52},
    {"triang", 81},
    {"castanet", 85},
    {"cowbell", 56},
    {"wood block", 76},
    {"woodblock", 76},
    {"bongo", 60},
    {"conga", 63},
    {"timbale", 65},
    {"agogo", 67},
    {"cabasa", 69},
    {"maraca", 70},
    {"claves", 75},
    {"guiro", 73},
    {"shaker", 82},
    {"sleigh", 83},
    {"clap", 39},
    {"floor tom", 41},
    {"tom", 45},
    {"drum", 38},
};

static int drum_key_by_name(const char *name) {
    for (size_t i = 0; name && i < sizeof drum_words / sizeof *drum_words; i++)
        if (strcasestr(name, drum_words[i].word)) return drum_words[i].key;
    return -1;
}

static bool is_voice(int program) {
    return program >= PROGRAM_CHOIR && program <= PROGRAM_SYNTH_VOICE;
}

static int program_by_names(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part) {
    int program = instrument && instrument->name ? neume_program_by_name(instrument->name) : -1;
    return program < 0 && part->name ? neume_program_by_name(part->name) : program;
}

/* What the file says, with two habits of its writers in mind: program 1 is what programs write that do not care, and
 * singers are often given an oboe's sound to make them heard. There names know better. */
int neume__musicxml_program(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part) {
    int program = instrument ? instrument->program : -1;
    bool sings = instrument && instrument->voice;
    if (program > 0 && (!sings || is_voice(program))) return program;
    int named = program_by_names(instrument, part);
    if (sings) return is_voice(named) ? named : PROGRAM_CHOIR;
    return named > 0 ? named : 0;
}

int neume__musicxml_drum_key(const neume__musicxml_instrument *instrument, const neume__musicxml_part *part) {
    if (instrument && instrument->drum_key >= 0) return instrument->drum_key;
    int key = instrument ? drum_key_by_name(instrument->name) : -1;
    return key < 0 ? drum_key_by_name(part->name) : key;
}
