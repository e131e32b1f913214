/* A window of a piece, played. */
#include "segment.h"

#include <math.h>
#include <string.h>

static const double LEAD_IN_S = 6;    /* notes that began this long before the window may still sound in it */
static const double TIMING_S = 0.008; /* deviation of a player's onsets from the score */
static const double TOUCH = 12;       /* and of the velocities */
static const double CHORD_S = 0.03;   /* a line has one onset within this */
static const double SHORTEST_S = 0.03, EDGE_S = 0.02;
static const double KEY_EXCHANGED = 0.3, KEY_ANY = 0.1, /* of drum keys */
    SELDOM = 0.1;                                       /* so much of that where keys stay as written */
static const double LAYER_DETUNE_CENTS = 3;
static const double KIT_MIXED = 0.5, OTHER_KIT = 0.4, KEY_TUNED = 0.4, KEY_TUNED_CENTS = 150;
enum { TRIES = 6, NOTES_LEAST = 4, PEDALS_MAX = 64, KEY_LOWEST = 27, KEYS = 61 };

neume_status strokes_add(strokes *all, stroke one) {
    NEUME_TRY(neume__grow((void **)&all->items, &all->capacity, all->count + 1, sizeof *all->items));
    all->items[all->count++] = one;
    return NEUME_OK;
}

/* Notes [first, last) of a piece, heard from start_s on. */
typedef struct window {
    const neume__corpus_piece *piece;
    const neume__corpus_note *notes;
    size_t first, last;
    double start_s, seconds; /* seconds: of the segment, after the change of tempo */
} window;

static size_t first_after(const window *w, double time_s) {
    size_t low = 0, high = w->piece->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((double)w->notes[middle].onset_s < time_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static window choose_window(const neume_dataset *d, neume_corpus_class class_, double seconds, double tempo,
                            neume_rng *rng) {
    window w = {.seconds = seconds};
    double span_s = seconds * tempo;
    for (int i = 0; i < TRIES; i++) {
        w.piece = &d->corpus.pieces[d->pieces[class_][neume_rng_below(rng, (int64_t)d->piece_count[class_])]];
        w.notes = d->corpus.notes + w.piece->first;
        double latest_s = (double)w.piece->end_s - span_s;
        w.start_s = neume_rng_uniform(rng, -1, latest_s > 0 ? latest_s + 1 : 0.1);
        w.last = first_after(&w, w.start_s + span_s);
        if (w.last - first_after(&w, w.start_s) >= NOTES_LEAST) break;
    }
    w.first = first_after(&w, w.start_s - LEAD_IN_S);
    return w;
}

static void find_parts(const window *w, const playing *how, casting parts[PARTS_MAX]) {
    memset(parts, 0, PARTS_MAX * sizeof *parts);
    for (size_t i = w->first; i < w->last; i++) {
        const neume__corpus_note *note = &w->notes[i];
        casting *part = &parts[note->part];
        int pitch = note->pitch + how->transposition;
        if (note->program == NEUME_PROGRAM_DRUMS) continue;
        if (!part->present)
            *part = (casting){.present = true, .program = note->program, .lowest = pitch, .highest = pitch};
        if (pitch < part->lowest) part->lowest = pitch;
        if (pitch > part->highest) part->highest = pitch;
    }
}

/* Times at which a pedal goes down, up, down, up. */
typedef struct pedalling {
    double change_s[PEDALS_MAX];
    int count;
} pedalling;

static pedalling draw_pedals(double seconds, neume_rng *rng) {
    pedalling p = {{0}, 0};
    for (double time_s = -1; time_s < seconds && p.count < PEDALS_MAX; time_s += neume_rng_uniform(rng, 0.4, 4))
        p.change_s[p.count++] = time_s;
    return p;
}

static double pedalled_end(const pedalling *p, double end_s) {
    for (int i = 0; i + 1 < p->count; i += 2)
        if (end_s > p->change_s[i] && end_s < p->change_s[i + 1]) return p->change_s[i + 1];
    return end_s;
}

/* Velocity as played here: written music is given touch and accents, all go through the segment's curve. */
static int touch(const playing *how, const casting *part, const neume__corpus_note *note, neume_rng *rng) {
    double velocity = note->velocity;
    if (how->humanised && note->program != NEUME_PROGRAM_DRUMS)
        velocity = part->level + TOUCH * neume_rng_normal(rng) + (neume_rng_chance(rng, 0.1) ? 15 : 0);
    double share = velocity < 3 ? 3.0 / 127 : velocity > 127 ? 1 : velocity / 127;
    velocity = 127 * pow(share, how->velocity_gamma) + how->velocity_offset;
    return velocity < 5 ? 5 : velocity > 127 ? 127 : (int)velocity;
}

static bool is_wanted(const playing *how, const casting *part, bool drum) {
    if (drum) return how->kind == PLAY_BAND || how->kind == PLAY_DRUMS;
    return how->kind != PLAY_DRUMS && !part->silent;
}

/* Arrangers use a few drum keys and players fewer. So a key may be given to another of its sort, for the whole segment,
 * and now and then to any other. And there are few kits: so a segment's sorts may come from different ones, and single
 * drums be tuned otherwise. */
typedef struct drum_keys {
    unsigned char played_as[128];
    int kit[128];
    double detune_cents[128];
} drum_keys;

enum { SORT_MOST = 12 };
static const unsigned char KEY_SORTS[][SORT_MOST] = {
    {35, 36},
    {37, 38, 39, 40},
    {42, 44, 54, 69, 70, 82, 80}, /* what keeps time: hi-hats, tambourine, cabasa, maracas, shaker, triangle */
    {49, 52, 55, 57},
    {51, 53, 59, 52, 56},
    {41, 43, 45, 47, 48, 50, 60, 61, 62, 63, 64},
};

/* The kit each sort of key comes from. */
static void mix_kits(const neume_dataset *d, drum_keys *keys, neume_rng *rng) {
    for (size_t s = 0; s < sizeof KEY_SORTS / sizeof *KEY_SORTS; s++) {
        if (!neume_rng_chance(rng, OTHER_KIT)) continue;
        int other = dataset_pick(d, NEUME_PROGRAM_DRUMS, NEUME_PROGRAM_DRUMS, 0, 0, rng);
        for (int64_t i = 0; KEY_SORTS[s][i]; i++)
            if (neume_bank_has_pitch(d->bank, (size_t)other, KEY_SORTS[s][i])) keys->kit[KEY_SORTS[s][i]] = other;
    }
}

static drum_keys draw_drum_keys(const neume_dataset *d, int kit, neume_rng *rng) {
    drum_keys keys;
    const double often = d->options.keys_as_written ? SELDOM : 1;
    for (int key = 0; key < 128; key++) keys.played_as[key] = (unsigned char)key;
    for (size_t s = 0; s < sizeof KEY_SORTS / sizeof *KEY_SORTS; s++) {
        const unsigned char *sort = KEY_SORTS[s];
        int64_t count = 0;
        while (sort[count]) count++;
        for (int64_t i = 0; i < count; i++)
            if (neume_rng_chance(rng, often * KEY_EXCHANGED))
                keys.played_as[sort[i]] = sort[neume_rng_below(rng, count)];
    }
    for (int key = 0; key < 128; key++) keys.kit[key] = kit;
    if (neume_rng_chance(rng, KIT_MIXED)) mix_kits(d, &keys, rng);
    for (int key = 0; key < 128; key++) {
        keys.detune_cents[key] =
            neume_rng_chance(rng, KEY_TUNED) ? neume_rng_uniform(rng, -KEY_TUNED_CENTS, KEY_TUNED_CENTS) : 0;
        if (neume_rng_chance(rng, often * KEY_ANY))
            keys.played_as[key] = (unsigned char)(KEY_LOWEST + neume_rng_below(rng, KEYS));
        unsigned char *as = &keys.played_as[key];
        if (!neume_bank_has_pitch(d->bank, (size_t)keys.kit[*as], *as)) *as = (unsigned char)key;
        *as = (unsigned char)neume_bank_drum_key(d->bank, (size_t)keys.kit[*as], *as);
    }
    return keys;
}

/* The stroke a note becomes; false if it is not heard in the window. */
static bool make_stroke(const window *w, const playing *how, const casting *part, const neume__corpus_note *note,
                        stroke *out, neume_rng *rng) {
    bool drum = note->program == NEUME_PROGRAM_DRUMS;
    double onset_s = ((double)note->onset_s - w->start_s) / how->tempo, lasts_s = (double)note->duration_s / how->tempo;
    if (how->humanised) onset_s += TIMING_S * neume_rng_normal(rng);
    if (!drum) lasts_s *= part->articulation;
    double end_s = onset_s + (lasts_s > SHORTEST_S ? lasts_s : SHORTEST_S);
    double loudness = drum ? how->drum_gain * pow(10, neume_rng_uniform(rng, -2, 2) / 20) : part->gain;
    *out = (stroke){.onset_s = onset_s,
                    .end_s = end_s,
                    .pitch = drum ? note->pitch : note->pitch + how->transposition,
                    .velocity = touch(how, part, note, rng),
                    .gain = (float)(how->gain * loudness)};
    if (!drum) {
        out->borrowed_semitones = part->borrowed_semitones;
        out->loop_from_s = part->loop_from_s;
        out->loop_s = part->loop_s;
        out->detune_cents = part->detune_cents;
        out->vibrato_cents = part->vibrato_cents;
        out->vibrato_hz = part->vibrato_hz;
    }
    bool inside = drum || (out->pitch >= NEUME_PITCH_LOWEST && out->pitch < NEUME_PITCH_LOWEST + NEUME_PITCHES);
    return inside && end_s > EDGE_S && onset_s < w->seconds - EDGE_S;
}

/* The same note on the part's second instrument. */
static neume_status add_second(const neume_dataset *d, const casting *part, stroke one, strokes *out) {
    if (part->second_preset < 0 || !neume_bank_has_pitch(d->bank, (size_t)part->second_preset, one.pitch))
        return NEUME_OK;
    one.preset = part->second_preset;
    one.gain *= (float)part->second_gain;
    one.detune_cents += LAYER_DETUNE_CENTS;
    return strokes_add(out, one);
}

neume_status dataset_play(const neume_dataset *d, neume_corpus_class class_, const playing *how, double seconds,
                          strokes *out, neume_rng *rng) {
    casting parts[PARTS_MAX];
    int kit;
    if (!d->piece_count[class_]) return NEUME_OK;
    window w = choose_window(d, class_, seconds, how->tempo, rng);
    find_parts(&w, how, parts);
    dataset_cast(d, how, parts, &kit, rng);
    bool pedals = how->kind == PLAY_PIANO && neume_rng_chance(rng, w.piece->played ? 0.25 : 0.5);
    pedalling pedal = pedals ? draw_pedals(seconds, rng) : (pedalling){{0}, 0};
    const drum_keys keys = draw_drum_keys(d, kit, rng);
    double line_s = -LEAD_IN_S;
    for (size_t i = w.first; i < w.last; i++) {
        const neume__corpus_note *note = &w.notes[i];
        bool drum = note->program == NEUME_PROGRAM_DRUMS;
        stroke one;
        if (!is_wanted(how, &parts[note->part], drum)) continue;
        if (!make_stroke(&w, how, &parts[note->part], note, &one, rng)) continue;
        if (drum) {
            one.pitch = keys.played_as[one.pitch];
            one.detune_cents = keys.detune_cents[one.pitch];
        }
        if (how->kind == PLAY_LINE && one.onset_s - line_s < CHORD_S) continue;
        line_s = one.onset_s;
        one.end_s = pedalled_end(&pedal, one.end_s);
        one.preset = drum ? keys.kit[one.pitch] : parts[note->part].preset;
        if (drum != (d->presets[one.preset].program == NEUME_PROGRAM_DRUMS)) continue; /* the bank has none for it */
        if (neume_bank_has_pitch(d->bank, (size_t)one.preset, one.pitch)) NEUME_TRY(strokes_add(out, one));
        if (!drum) NEUME_TRY(add_second(d, &parts[note->part], one, out));
    }
    return NEUME_OK;
}
