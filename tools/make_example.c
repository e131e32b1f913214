/* Makes the recordings that come with neume. One is the first half of Petzold's Minuet in G, played on sampled piano
 * notes with a player's small freedoms (timing, touch, a slower last bar), in a small synthetic room; the other is
 * eight bars on a drum kit that nobody built. Writes MINUET.flac and the notes it played, MINUET.csv.
 *
 *     neume data bank piano.bank --piano FOLDER-OF-SALAMANDER-NOTES
 *     make_example piano.bank examples/minuet
 *     neume data bank kit.bank --invented-kits 91
 *     make_example kit.bank examples/beat drums
 */
#include "neume/audio.h"
#include "neume/notation.h"
#include "neume/synth.h"

#include <math.h>
#include <string.h>

enum { BARS = 16, BEATS_A_BAR = 3, LEFT = 0, RIGHT = 1 };
static const double tempo_bpm = 126, start_s = .4, end_s = 2.0; /* quiet before the first note and after the last */

/* One voice as text: a pitch name (chords joined by +) and a length in eighths; bars are set apart by a bar line. */
static const char right_hand[] =
    "D5:2 G4:1 A4:1 B4:1 C5:1 | D5:2 G4:2 G4:2 | E5:2 C5:1 D5:1 E5:1 F#5:1 | G5:2 G4:2 G4:2 | "
    "C5:2 D5:1 C5:1 B4:1 A4:1 | B4:2 C5:1 B4:1 A4:1 G4:1 | F#4:2 G4:1 A4:1 B4:1 G4:1 | A4:6 | "
    "D5:2 G4:1 A4:1 B4:1 C5:1 | D5:2 G4:2 G4:2 | E5:2 C5:1 D5:1 E5:1 F#5:1 | G5:2 G4:2 G4:2 | "
    "C5:2 D5:1 C5:1 B4:1 A4:1 | B4:2 C5:1 B4:1 A4:1 G4:1 | A4:2 B4:1 A4:1 G4:1 F#4:1 | G4:6";
static const char left_hand[] =
    "G3+B3+D4:4 A3:2 | B3:6 | C4:6 | B3:6 | A3:6 | G3:6 | D4:2 B3:2 G3:2 | D4:2 D3:1 C4:1 B3:1 A3:1 | "
    "B3:4 A3:2 | G3:2 B3:2 G3:2 | C4:6 | B3:2 C4:1 B3:1 A3:1 G3:1 | A3:4 F#3:2 | G3:4 B3:2 | C4:2 D4:2 D3:2 | "
    "G3:4 G2:2";

/* When an eighth falls, in seconds: steady, with a breath after bar 8 and a broader last bar. */
static double time_of(double eighths) {
    const double eighth_s = 30 / tempo_bpm, bar = eighths / (2 * BEATS_A_BAR);
    double slower =
        .12 * fmax(0, bar - 14.5) * fmax(0, bar - 14.5); /* quadratic ritardando over the last bar and a half */
    double breath = .06 / (1 + exp(-40 * (bar - 7.95)));
    return start_s + eighths * eighth_s + slower + breath;
}

static int pitch_of(const char *name, const char **end) {
    static const int steps[] = {9, 11, 0, 2, 4, 5, 7}; /* A .. G above C */
    int pitch = steps[*name++ - 'A'];
    if (*name == '#') pitch++, name++;
    *end = name + 1;
    return 12 * (*name - '0' + 1) + pitch;
}

/* Louder in the middle of each four-bar phrase and on the first beat; the left hand stays below the right. */
static int velocity_of(double eighths, int hand, neume_rng *rng) {
    const double bar = eighths / (2 * BEATS_A_BAR), phrase = sin(M_PI * fmod(bar, 4) / 4);
    const double beat = fmod(eighths, 2 * BEATS_A_BAR) < .5 ? 6 : 0;
    return (int)lround((hand == RIGHT ? 66 : 52) + 14 * phrase + beat + 2.5 * neume_rng_normal(rng));
}

/* One key: struck a little early or late, held nearly to the next; quarters lifted more than eighths, which are tied by
 * the fingers. */
static neume_note strike(int pitch, double eighths, double length, int hand, neume_rng *rng) {
    const double onset_s = time_of(eighths) + .006 * neume_rng_normal(rng) - (hand == RIGHT ? .006 : 0);
    const double held_s = (time_of(eighths + length) - time_of(eighths)) * (length < 1.5 ? .97 : .88);
    return (neume_note){.onset_s = onset_s,
                        .offset_s = onset_s + held_s,
                        .pitch = (int16_t)pitch,
                        .confidence = 1,
                        .velocity = (int16_t)velocity_of(eighths, hand, rng),
                        .part = (int16_t)hand};
}

static neume_status play_hand(const char *text, int hand, neume_rng *rng, neume_notes *out) {
    int eighths = 0;
    while (*text) {
        const char *after = text + strcspn(text, ": ");
        const int length = *after == ':' ? after[1] - '0' : 0; /* a bar line has no length */
        for (const char *at = text; length && at < after; at += *at == '+')
            NEUME_TRY(neume_notes_add(out, strike(pitch_of(at, &at), eighths, length, hand, rng)));
        eighths += length;
        text = after + (length ? 2 : 0);
        text += *text == ' ';
    }
    if (eighths != 2 * BEATS_A_BAR * BARS) return neume_fail(NEUME_EINVAL, "the voice has %d eighths", eighths);
    return NEUME_OK;
}

/* --- drums -------------------------------------------------------------------------------------------------------- */

enum { PATTERN_BARS = 4, SIXTEENTHS = 16, DRUM_BARS = 8 };

/* Four bars of each key, played twice, a letter a sixteenth: X loud, x less, o soft. */
static const struct {
    int key;
    const char *bars[PATTERN_BARS];
} drum_parts[] = {
    {36, {"X-----x-X-------", "X-----x-X-x-----", "X-----x-X-------", "X-----x-X-X-----"}},
    {38, {"----X-------X---", "----X--o-o--X---", "----X-------X---", "----X-------X-xX"}},
    {42, {"x-o-x-o-x-o-x-o-", "x-o-x-o-x-o-x---", "x-o-x-o-x-o-x-o-", "x-o-x-o-x-------"}},
    {46, {"----------------", "--------------x-", "----------------", "----------------"}},
    {49, {"X---------------", "----------------", "----------------", "----------------"}},
    {47, {"----------------", "----------------", "----------------", "----------X-x---"}},
    {41, {"----------------", "----------------", "----------------", "------------X-x-"}},
};

static neume_status play_drums(neume_rng *rng, neume_notes *out) {
    const double sixteenth_s = 15 / 104.0;
    for (size_t p = 0; p < sizeof drum_parts / sizeof *drum_parts; p++)
        for (int i = 0; i < DRUM_BARS * SIXTEENTHS; i++) {
            const char stroke = drum_parts[p].bars[i / SIXTEENTHS % PATTERN_BARS][i % SIXTEENTHS];
            if (stroke == '-') continue;
            const double onset_s = start_s + i * sixteenth_s + .004 * neume_rng_normal(rng);
            const int velocity = (stroke == 'X' ? 108 : stroke == 'x' ? 88 : 66) + (int)(4 * neume_rng_normal(rng));
            NEUME_TRY(neume_notes_add(out, (neume_note){.onset_s = onset_s,
                                                        .offset_s = onset_s + .1,
                                                        .pitch = (int16_t)drum_parts[p].key,
                                                        .velocity = (int16_t)velocity,
                                                        .program = NEUME_PROGRAM_DRUMS,
                                                        .confidence = 1}));
        }
    return NEUME_OK;
}

/* --- sound -------------------------------------------------------------------------------------------------------- */

/* A small room: direct sound, then exponentially decaying noise (Schroeder 1965), RT60 0.5 s, 12 dB below. */
static neume_status add_room(float *pcm, size_t count, neume_rng *rng) {
    enum { TAPS = NEUME_SYNTH_RATE_HZ / 2, FIRST = NEUME_SYNTH_RATE_HZ / 60 };
    float *dry = neume__alloc(count * sizeof *dry);
    if (!dry) return NEUME_ENOMEM;
    memcpy(dry, pcm, count * sizeof *dry);
    for (int tap = FIRST; tap < TAPS; tap += 7) { /* every seventh: dense enough for an ear, sevenfold cheaper */
        const double decay = exp(-6.91 * tap / (.5 * NEUME_SYNTH_RATE_HZ));
        const float gain = (float)(.02 * decay * neume_rng_normal(rng));
        for (size_t i = (size_t)tap; i < count; i++) pcm[i] += gain * dry[i - (size_t)tap];
    }
    neume__free(dry);
    return NEUME_OK;
}

static void normalise(float *pcm, size_t count) {
    float peak = 1e-9f;
    for (size_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(pcm[i]));
    for (size_t i = 0; i < count; i++) pcm[i] *= .7f / peak;
}

static void sound(const neume_bank *bank, const neume_notes *notes, float *pcm, size_t count) {
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        const neume_bank_note mixed = {.onset_s = note->onset_s,
                                       .duration_s = note->offset_s - note->onset_s,
                                       .pitch = note->pitch,
                                       .velocity = note->velocity,
                                       .gain = .3f};
        (void)neume_bank_mix(bank, 0, &mixed, pcm, count);
    }
}

static neume_status make(const char *bank_path, bool drums, const char *sound_path, const char *notes_path) {
    neume_rng rng = neume_rng_seeded(1725, 1); /* the year of the notebook */
    neume_bank *bank = NULL;
    neume_notes notes = {0};
    neume_buffer text = {0};
    float *pcm = NULL;
    neume_status status = NEUME_OK;
    NEUME_GO(neume_bank_open(bank_path, &bank));
    if (drums) NEUME_GO(play_drums(&rng, &notes));
    if (!drums) NEUME_GO(play_hand(right_hand, RIGHT, &rng, &notes));
    if (!drums) NEUME_GO(play_hand(left_hand, LEFT, &rng, &notes));
    neume_notes_sort(&notes);
    const size_t count = (size_t)((neume_notes_end_s(&notes) + end_s) * NEUME_SYNTH_RATE_HZ);
    pcm = neume__calloc(count, sizeof *pcm);
    if (!pcm) NEUME_GO(NEUME_ENOMEM);
    sound(bank, &notes, pcm, count);
    NEUME_GO(add_room(pcm, count, &rng));
    normalise(pcm, count);
    NEUME_GO(neume_audio_write_file(sound_path, pcm, count, NEUME_SYNTH_RATE_HZ));
    NEUME_GO(neume_csv_write_notes(&notes, &text));
    status = neume_file_write(notes_path, text.data, text.size);
fail:
    neume__free(pcm);
    neume_buffer_clear(&text);
    neume_notes_clear(&notes);
    neume_bank_close(bank);
    return status;
}

int main(int argc, char **argv) {
    char sound_path[1024], notes_path[1024];
    const bool drums = argc == 4 && strcmp(argv[3], "drums") == 0;
    if (argc != 3 && !drums) {
        fprintf(stderr, "usage: %s BANK OUT-WITHOUT-EXTENSION [drums]\n", argv[0]);
        return 2;
    }
    snprintf(sound_path, sizeof sound_path, "%s.flac", argv[2]);
    snprintf(notes_path, sizeof notes_path, "%s.csv", argv[2]);
    if (make(argv[1], drums, sound_path, notes_path) == NEUME_OK) return 0;
    fprintf(stderr, "make_example: %s\n", neume_error_message());
    return 1;
}
