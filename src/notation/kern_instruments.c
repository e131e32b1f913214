/* Humdrum's instrument codes (*Ivioln, class *ICstr, name *I"Violino primo) as General MIDI programs.
 * Source of the codes: The Humdrum Toolkit: Reference Manual, appendix II, and those that Polish Scores adds. */
#include <string.h>

#include "kern_token.h"
#include "neume/music.h"

enum { DRUMS = NEUME_PROGRAM_DRUMS, NAME_BYTES = 80 };

typedef struct code_row {
    const char *code;
    int program, drum_key;
} code_row;

static const code_row codes[] = {
    /* voices */
    {"soprn", 52, -1},
    {"cant", 52, -1},
    {"canto", 52, -1},
    {"mezzo", 52, -1},
    {"alto", 52, -1},
    {"calto", 52, -1},
    {"tenor", 52, -1},
    {"ctenor", 52, -1},
    {"barit", 52, -1},
    {"bass", 52, -1},
    {"vox", 52, -1},
    {"male", 52, -1},
    {"feme", 52, -1},
    {"nfant", 52, -1},
    {"recit", 52, -1},
    {"coro", 52, -1},
    {"castr", 52, -1},
    {"false", 52, -1},
    /* keyboards */
    {"piano", 0, -1},
    {"forte", 0, -1},
    {"klav", 0, -1},
    {"cemba", 6, -1},
    {"clavi", 7, -1},
    {"clest", 8, -1},
    {"rhode", 4, -1},
    {"synth", 5, -1},
    {"hammd", 16, -1},
    {"organ", 19, -1},
    {"porta", 19, -1},
    {"reedo", 20, -1},
    {"physh", 20, -1},
    {"accor", 21, -1},
    {"armon", 22, -1},
    {"ctina", 21, -1},
    /* strings */
    {"violn", 40, -1},
    {"violp", 40, -1},
    {"viola", 41, -1},
    {"viole", 41, -1},
    {"viold", 41, -1},
    {"viols", 40, -1},
    {"violt", 42, -1},
    {"violb", 42, -1},
    {"cello", 42, -1},
    {"cbass", 43, -1},
    {"rebec", 110, -1},
    {"arpa", 46, -1},
    {"guitr", 24, -1},
    {"quitr", 24, -1},
    {"liuto", 24, -1},
    {"archl", 24, -1},
    {"tiorb", 24, -1},
    {"cetra", 24, -1},
    {"mando", 25, -1},
    {"ukule", 24, -1},
    {"eguit", 27, -1},
    {"bguit", 33, -1},
    {"banjo", 105, -1},
    {"sitar", 104, -1},
    {"shami", 106, -1},
    {"koto", 107, -1},
    {"dulc", 15, -1},
    {"psalt", 15, -1},
    {"zithr", 15, -1},
    /* woodwind */
    {"picco", 72, -1},
    {"fife", 72, -1},
    {"flt", 73, -1},
    {"flt_a", 73, -1},
    {"flt_b", 73, -1},
    {"fltda", 74, -1},
    {"fltdb", 74, -1},
    {"fltdn", 74, -1},
    {"fltds", 74, -1},
    {"fltdt", 74, -1},
    {"panpi", 75, -1},
    {"shaku", 77, -1},
    {"ocari", 79, -1},
    {"oboe", 68, -1},
    {"oboeD", 68, -1},
    {"cangl", 69, -1},
    {"fagot", 70, -1},
    {"fag_c", 70, -1},
    {"clars", 71, -1},
    {"clara", 71, -1},
    {"clarb", 71, -1},
    {"clarp", 71, -1},
    {"calam", 71, -1},
    {"baset", 71, -1},
    {"saxN", 64, -1},
    {"saxS", 64, -1},
    {"saxA", 65, -1},
    {"saxT", 66, -1},
    {"saxR", 67, -1},
    {"saxB", 67, -1},
    {"saxC", 67, -1},
    {"bagpI", 109, -1},
    {"bagpS", 109, -1},
    /* brass */
    {"cor", 60, -1},
    {"corno", 60, -1}, /* the manual's cornett, but scores mean the horn */
    {"tromp", 56, -1},
    {"clrno", 56, -1},
    {"cornt", 56, -1},
    {"flugh", 56, -1},
    {"troma", 57, -1},
    {"tromt", 57, -1},
    {"tromb", 57, -1},
    {"tuba", 58, -1},
    {"ophic", 58, -1},
    {"serp", 58, -1},
    {"sxhS", 56, -1},
    {"sxhA", 60, -1},
    {"sxhT", 60, -1},
    {"sxhR", 58, -1},
    {"sxhB", 58, -1},
    {"sxhC", 58, -1},
    /* tuned percussion */
    {"glock", 9, -1},
    {"vibra", 11, -1},
    {"marim", 12, -1},
    {"xylo", 13, -1},
    {"campn", 14, -1},
    {"caril", 14, -1},
    {"chime", 14, -1},
    {"timpa", 47, -1},
    {"steel", 114, -1},
    /* untuned percussion: General MIDI drum keys */
    {"bdrum", DRUMS, 36},
    {"sdrum", DRUMS, 38},
    {"drum", DRUMS, 38},
    {"drumP", DRUMS, 38},
    {"kit", DRUMS, 38},
    {"tom", DRUMS, 45},
    {"piatt", DRUMS, 49},
    {"crshc", DRUMS, 49},
    {"gong", DRUMS, 52},
    {"ridec", DRUMS, 51},
    {"spshc", DRUMS, 55},
    {"tambn", DRUMS, 54},
    {"trngl", DRUMS, 81},
    {"fingc", DRUMS, 81},
    {"casts", DRUMS, 85},
    {"marac", DRUMS, 70},
};

static const code_row classes[] = {
    {"vox", 52, -1}, {"klav", 0, -1}, {"str", 48, -1}, {"bras", 61, -1}, {"ww", 68, -1},
};

/* The row of the first code in "clars|oboe" or "tenor&bass", NULL when unknown. */
static const code_row *find_code(const code_row *rows, size_t count, neume__kern_text text) {
    size_t size = 0;
    while (size < text.size && !strchr("&|", text.at[size]) && text.at[size]) size++;
    for (size_t i = 0; i < count; i++)
        if (neume__kern_equals((neume__kern_text){text.at, size}, rows[i].code)) return &rows[i];
    return NULL;
}

static int program_by_name(neume__kern_text name) {
    char word[NAME_BYTES + 1];
    size_t size = name.size < NAME_BYTES ? name.size : NAME_BYTES;
    memcpy(word, name.at, size);
    word[size] = 0;
    return neume_program_by_name(word);
}

void neume__kern_instrument_read(neume__kern_instrument *instrument, neume__kern_text interpretation) {
    neume__kern_text what = {interpretation.at + 2, interpretation.size - 2};
    if (neume__kern_starts(what, "\"")) {
        while (neume__kern_starts(what, "\"")) what.at++, what.size--;
        if (what.size) instrument->by_name = program_by_name(what);
    } else if (neume__kern_starts(what, "C")) {
        const code_row *row =
            find_code(classes, sizeof classes / sizeof *classes, (neume__kern_text){what.at + 1, what.size - 1});
        if (row) instrument->by_class = row->program;
    } else {
        const code_row *row = find_code(codes, sizeof codes / sizeof *codes, what);
        if (!row) return;
        instrument->by_code = row->program;
        instrument->drum_key = row->drum_key;
    }
}

int neume__kern_instrument_program(const neume__kern_instrument *instrument) {
    if (instrument->by_code >= 0) return instrument->by_code;
    if (instrument->by_name >= 0) return instrument->by_name;
    return instrument->by_class >= 0 ? instrument->by_class : 0;
}
