/* From a <note> to what sounds: its place in time, its pitch, its instrument, its loudness. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "musicxml_score.h"

#define NO_NOTE SIZE_MAX

enum { CHANNEL_DRUMS = 10, PROGRAM_CHOIR = 52, PROGRAM_SYNTH_VOICE = 54 };

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

/* Pitch and program of the note just read; pitch -1 when it makes no sound that we know. */
static void identify(const neume__musicxml *score, int *pitch, int *program) {
    const neume__musicxml_note *note = &score->note;
    const neume__musicxml_part *part = &score->parts[score->part];
    long index = note->instrument >= 0 ? note->instrument : part->instrument_count ? (long)part->first_instrument : -1;
    const neume__musicxml_instrument *instrument = index >= 0 ? &score->instruments[index] : NULL;
    bool on_drums = instrument && instrument->channel == CHANNEL_DRUMS;
    double written = note->step < 0 ? -1 : 12 * (note->octave + 1) + note->step + round(note->alter);
    *program = note->unpitched || on_drums ? NEUME_PROGRAM_DRUMS : neume__musicxml_program(instrument, part);
    *pitch = -1;
    if (*program == NEUME_PROGRAM_DRUMS) {
        *pitch = neume__musicxml_drum_key(instrument, part);
        if (*pitch >= 0 || note->unpitched) return;
    } else {
        written += score->transposition[note->staff];
    }
    if (note->step >= 0 && written >= 0 && written <= 127) *pitch = (int)written;
}

/* The note that a tie holds open at this pitch until `onset`: in its own voice, else in another. */
static size_t *find_tied(neume__musicxml *score, int pitch, double onset) {
    size_t *open = score->tied[pitch];
    for (int i = 0; i < NEUME__MUSICXML_VOICES; i++) {
        size_t *held = &open[(score->note.voice + i) % NEUME__MUSICXML_VOICES];
        if (*held != NO_NOTE && fabs(score->written.notes[*held].end_quarters - onset) < NEUME__SAME_TIME) return held;
    }
    return NULL;
}

static neume_status add_timed(neume__musicxml *score, neume__written_note made) {
    size_t *held = score->note.tie_stop ? find_tied(score, made.pitch, made.onset_quarters) : NULL;
    size_t index;
    if (made.end_quarters > NEUME__WRITTEN_LIMIT_QUARTERS) return neume_fail(NEUME_ELIMIT, "the score is too long");
    if (held) {
        index = *held;
        *held = NO_NOTE;
        score->written.notes[index].end_quarters = made.end_quarters;
    } else {
        NEUME_TRY(neume__written_add(&score->written, made));
        index = score->written.count - 1;
    }
    if (score->note.tie_start) score->tied[made.pitch][score->note.voice] = index;
    return NEUME_OK;
}

static neume_status add_sounding(neume__musicxml *score, double onset, double quarters) {
    int pitch, program;
    identify(score, &pitch, &program);
    if (pitch < 0) return NEUME_OK;
    neume__written_note made = {.onset_quarters = onset,
                                .end_quarters = onset + quarters,
                                .pitch = (int16_t)pitch,
                                .velocity = (int16_t)score->note.velocity,
                                .program = (int16_t)program,
                                .part = (int16_t)score->part,
                                .staff = (int16_t)score->note.staff};
    if (score->note.grace) return neume__written_add_grace(&score->written, &score->graces, score->note.chord, made);
    return quarters > 0 ? add_timed(score, made) : NEUME_OK;
}

neume_status neume__musicxml_move(neume__musicxml *score, double duration) {
    double to = score->cursor + duration / score->divisions;
    if (to > NEUME__WRITTEN_LIMIT_QUARTERS) return neume_fail(NEUME_ELIMIT, "the score is too long");
    score->cursor = to > score->measure_start ? to : score->measure_start;
    if (score->cursor > score->measure_reach) score->measure_reach = score->cursor;
    return NEUME_OK;
}

neume_status neume__musicxml_end_note(neume__musicxml *score) {
    const neume__musicxml_note *note = &score->note;
    bool silent = note->rest || note->cue;
    if (score->part < 0) return neume_fail(NEUME_EFORMAT, "a note stands outside of any part");
    if (note->grace) return silent ? NEUME_OK : add_sounding(score, score->cursor, 0);
    double onset = note->chord ? score->chord_onset : score->cursor;
    if (!note->chord) {
        neume__written_place_graces(&score->written, &score->graces, onset);
        score->chord_onset = onset;
        NEUME_TRY(neume__musicxml_move(score, note->duration));
    }
    return silent ? NEUME_OK : add_sounding(score, onset, note->duration / score->divisions);
}

void neume__musicxml_begin_part(neume__musicxml *score, long part) {
    score->part = part;
    score->divisions = 1;
    score->cursor = score->measure_start = score->measure_reach = score->chord_onset = 0;
    for (int staff = 0; staff < NEUME__MUSICXML_STAVES; staff++) score->transposition[staff] = 0;
    for (int pitch = 0; pitch < 128; pitch++)
        for (int voice = 0; voice < NEUME__MUSICXML_VOICES; voice++) score->tied[pitch][voice] = NO_NOTE;
    score->graces.count = 0;
    score->mark_count = 0;
    score->part_first_note = score->written.count;
}

static int compare_marks(const void *left, const void *right) {
    const neume__musicxml_mark *a = left, *b = right;
    if (a->quarters != b->quarters) return a->quarters < b->quarters ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* The marks that a staff obeys, in time: the part's until its own first one, then its own. Returns how many. */
static size_t marks_of_staff(const neume__musicxml *score, int staff, neume__musicxml_mark *out) {
    bool own = false;
    size_t count = 0;
    int velocity = NEUME__MUSICXML_VELOCITY;
    for (size_t i = 0; i < score->mark_count; i++) {
        neume__musicxml_mark mark = score->marks[i];
        own = own || (staff && mark.staff == staff);
        if (own && mark.staff && mark.staff != staff) continue;
        velocity = mark.velocity = mark.velocity ? mark.velocity : velocity;
        out[count++] = mark;
    }
    return count;
}

static int velocity_at(const neume__musicxml_mark *marks, size_t count, double quarters) {
    size_t low = 0, high = count; /* marks[low - 1] is the last one at or before the note */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marks[middle].quarters <= quarters + NEUME__SAME_TIME)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low) return NEUME__MUSICXML_VELOCITY;
    const neume__musicxml_mark *mark = &marks[low - 1];
    bool here = fabs(mark->quarters - quarters) < NEUME__SAME_TIME;
    return here && mark->accent > mark->velocity ? mark->accent : mark->velocity;
}

neume_status neume__musicxml_end_part(neume__musicxml *score) {
    size_t bytes;
    NEUME_TRY(neume__mul_size(score->mark_count + 1, sizeof *score->marks, &bytes));
    neume__musicxml_mark *marks = neume__alloc(bytes);
    if (!marks) return NEUME_ENOMEM;
    if (score->mark_count) qsort(score->marks, score->mark_count, sizeof *score->marks, compare_marks);
    bool present[NEUME__MUSICXML_STAVES] = {false};
    for (size_t i = score->part_first_note; i < score->written.count; i++)
        present[score->written.notes[i].staff] = true;
    for (int staff = 0; staff < NEUME__MUSICXML_STAVES; staff++) {
        if (!present[staff]) continue;
        size_t count = marks_of_staff(score, staff, marks);
        for (size_t i = score->part_first_note; i < score->written.count; i++) {
            neume__written_note *note = &score->written.notes[i];
            if (note->staff == staff && !note->velocity)
                note->velocity = (int16_t)velocity_at(marks, count, note->onset_quarters);
        }
    }
    neume__free(marks);
    score->part_first_note = score->written.count;
    return NEUME_OK;
}
