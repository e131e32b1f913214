/* Another instrument: its program, its clef, and its range, which the music enters by whole octaves. Hands exchanged.
 */
#include "revise.h"

#include <string.h>

/* What players of common instruments are usually asked for, sounding; by General MIDI program, then by family.
 * (Adler, The Study of Orchestration, 3rd ed., the ranges for non-professionals rounded.) */
static const struct {
    int program, low, high;
} RANGES[] = {
    {40, 55, 96}, {41, 48, 84}, {42, 36, 76}, {43, 28, 62}, {46, 24, 103}, {52, 43, 79},  {53, 43, 79},
    {56, 54, 82}, {57, 40, 70}, {58, 28, 58}, {60, 41, 77}, {64, 56, 87},  {65, 49, 80},  {66, 44, 75},
    {67, 36, 68}, {68, 58, 88}, {69, 52, 81}, {70, 34, 72}, {71, 50, 89},  {72, 74, 105}, {73, 60, 96},
    {74, 60, 91}, {75, 58, 91}, {24, 40, 79}, {25, 40, 79}, {32, 28, 60},  {33, 28, 60},  {21, 53, 89},
};
static const struct {
    int low, high;
} FAMILIES[NEUME_FAMILIES] = {{21, 108}, {53, 96}, {36, 96}, {40, 84}, {28, 60}, {36, 96}, {36, 96}, {34, 84},
                              {44, 88},  {58, 96}, {36, 96}, {36, 96}, {36, 96}, {43, 84}, {36, 96}, {36, 96}};

static void range_of(int program, int *low, int *high) {
    *low = FAMILIES[program / 8].low;
    *high = FAMILIES[program / 8].high;
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (RANGES[i].program == program) *low = RANGES[i].low, *high = RANGES[i].high;
}

/* How many notes are outside when the voice is moved by so many octaves. */
static int outside(const neume_voice *voice, int octaves, int low, int high) {
    int count = 0;
    for (size_t p = 0; p < voice->pitch_count; p++) {
        const int number = neume_pitch_number(voice->pitches[p]) + voice->transpose + 12 * octaves;
        count += number < low || number > high;
    }
    return count;
}

static void enter_range(neume_voice *voice, int program) {
    static const int tries[] = {0, 1, -1, 2, -2, 3, -3};
    int low, high, best = 0, least = 1 << 30;
    range_of(program, &low, &high);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        const int count = outside(voice, tries[i], low, high);
        if (count < least) least = count, best = tries[i];
    }
    for (size_t p = 0; p < voice->pitch_count; p++) {
        neume_pitch *pitch = &voice->pitches[p];
        pitch->octave = (int8_t)(pitch->octave + best);
        while (neume_pitch_number(*pitch) + voice->transpose < low) pitch->octave++;
        while (neume_pitch_number(*pitch) + voice->transpose > high) pitch->octave--;
    }
}

static void choose_clef(neume_voice *voice) {
    double sum = 0;
    for (size_t p = 0; p < voice->pitch_count; p++) sum += neume_pitch_number(voice->pitches[p]);
    const double mean = voice->pitch_count ? sum / (double)voice->pitch_count : 60;
    if (voice->clef_count) return; /* it changes its clef: leave that */
    voice->clef = (neume_clef){mean < 57 ? NEUME_CLEF_BASS : NEUME_CLEF_TREBLE, 0};
}

/* Every pitched voice of the melody's part plays it. What is kept stays in its octave. */
neume_status neume__set_instrument(neume_score *score, const wish *wanted) {
    const int melody = neume__melody_voice(score), part = score->voices[melody].part;
    for (size_t v = 0; v < score->voice_count; v++) {
        neume_voice *voice = &score->voices[v];
        if (voice->part != part || !neume__voice_is_pitched(voice)) continue;
        const bool kept = (int)v == melody ? wanted->keep & NEUME_KEEP_MELODY : wanted->keep & NEUME_KEEP_HARMONY;
        voice->program = wanted->program;
        if (voice->name)
            NEUME_TRY(neume_score_string(score, neume_program_name(wanted->program),
                                         strlen(neume_program_name(wanted->program)), &voice->name));
        voice->short_name = NULL;
        if (kept) continue;
        enter_range(voice, wanted->program);
        choose_clef(voice);
    }
    return NEUME_OK;
}

/* --- hands -------------------------------------------------------------------------------------------------------- */

static double mean_pitch(const neume_voice *voice) {
    double sum = 0;
    for (size_t p = 0; p < voice->pitch_count; p++) sum += neume_pitch_number(voice->pitches[p]);
    return voice->pitch_count ? sum / (double)voice->pitch_count : 60;
}

static void move_to(neume_voice *voice, double mean) {
    const double apart = (mean - mean_pitch(voice)) / 12;
    const int octaves = (int)(apart < 0 ? apart - 0.5 : apart + 0.5);
    for (size_t p = 0; p < voice->pitch_count; p++)
        voice->pitches[p].octave = (int8_t)(voice->pitches[p].octave + octaves);
}

/* The music moves, the staves stay: what was below is played above, in the octave of what was there. */
neume_status neume__swap_hands(neume_score *score, const wish *wanted) {
    (void)wanted;
    neume_voice *first = NULL, *last = NULL;
    for (size_t v = 0; v < score->voice_count; v++) {
        if (!neume__voice_is_pitched(&score->voices[v])) continue;
        if (!first) first = &score->voices[v];
        last = &score->voices[v];
    }
    if (!first || first == last) return neume_fail(NEUME_EUNSUPPORTED, "there are no two hands to swap");
    const double high = mean_pitch(first), low = mean_pitch(last);
    const neume_voice upper = *first, lower = *last;
    *first = lower;
    *last = upper;
    first->id = upper.id, first->name = upper.name, first->short_name = upper.short_name;
    first->part = upper.part, first->staff = upper.staff, first->clef = upper.clef;
    last->id = lower.id, last->name = lower.name, last->short_name = lower.short_name;
    last->part = lower.part, last->staff = lower.staff, last->clef = lower.clef;
    move_to(first, high);
    move_to(last, low);
    return NEUME_OK;
}
