/* From a number to a segment: which kind, which pieces, the mix and its truth. */
#include "recipe.h"
#include "segment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PEAK = 0.7, SILENCE = 1e-3, REPEAT_S = 0.03, COLOURED = 0.5;

static playing draw_playing(play_kind kind, neume_rng *rng) {
    return (playing){.kind = kind,
                     .tempo = neume_rng_uniform(rng, 0.8, 1.25),
                     .gain = 1,
                     .drum_gain = 1,
                     .transposition = (int)neume_rng_below(rng, 12) - 5,
                     .velocity_gamma = neume_rng_uniform(rng, 0.6, 1.6),
                     .velocity_offset = neume_rng_uniform(rng, -15, 15),
                     .detune_cents = neume_rng_chance(rng, 0.7) ? neume_rng_uniform(rng, -25, 25) : 0,
                     .humanised = true};
}

static double decibels(double low_db, double high_db, neume_rng *rng) {
    return pow(10, neume_rng_uniform(rng, low_db, high_db) / 20);
}

/* --- the kinds ---------------------------------------------------------------------------------------------------- */

/* Where the strokes of one segment gather. */
typedef struct making {
    const neume_dataset *dataset;
    double seconds;
    strokes strokes;
    neume_segment *segment;
    neume_rng *rng;
} making;

static neume_status play(making *m, neume_corpus_class class_, const playing *how) {
    return dataset_play(m->dataset, class_, how, m->seconds, &m->strokes, m->rng);
}

/* Played piano pieces keep their timing; written ensemble music on one piano adds other textures. Slow music is rare in
 * the corpus. */
static neume_status make_piano(making *m) {
    playing how = draw_playing(PLAY_PIANO, m->rng);
    bool written = neume_rng_chance(m->rng, 0.3);
    how.humanised = written;
    if (!written) how.tempo = neume_rng_uniform(m->rng, 0.9, 1.12);
    if (neume_rng_chance(m->rng, 0.15)) how.tempo *= neume_rng_uniform(m->rng, 0.5, 0.8);
    return play(m, written ? NEUME_CORPUS_CHAMBER : NEUME_CORPUS_PIANO, &how);
}

static neume_status make_chamber(making *m) {
    playing how = draw_playing(PLAY_CHAMBER, m->rng);
    NEUME_TRY(play(m, NEUME_CORPUS_CHAMBER, &how));
    if (!neume_rng_chance(m->rng, 0.15)) return NEUME_OK;
    how.gain = decibels(-10, 0, m->rng); /* a second piece at the same time: textures no composer would write */
    how.transposition = (int)neume_rng_below(m->rng, 12) - 5;
    return play(m, NEUME_CORPUS_CHAMBER, &how);
}

static neume_status make_drums(making *m, double gain) {
    playing how = draw_playing(PLAY_DRUMS, m->rng);
    how.humanised = false;
    how.gain = gain;
    return play(m, NEUME_CORPUS_DRUMS, &how);
}

/* Real arrangements are few, so drums are also laid under other music. */
static neume_status make_band(making *m) {
    playing how = draw_playing(PLAY_BAND, m->rng);
    how.drum_gain = decibels(-14, 3, m->rng);
    if (neume_rng_chance(m->rng, 0.6)) return play(m, NEUME_CORPUS_BAND, &how);
    how.kind = PLAY_CHAMBER;
    NEUME_TRY(play(m, neume_rng_chance(m->rng, 0.5) ? NEUME_CORPUS_PIANO : NEUME_CORPUS_CHAMBER, &how));
    return make_drums(m, decibels(-16, 4, m->rng));
}

static neume_status make_lines(making *m) {
    playing how = draw_playing(PLAY_LINE, m->rng);
    NEUME_TRY(play(m, NEUME_CORPUS_CHAMBER, &how));
    return neume_rng_chance(m->rng, 0.3) ? play(m, NEUME_CORPUS_CHAMBER, &how) : NEUME_OK;
}

static neume_status add_random_chord(making *m, int preset, double time_s) {
    int notes = 1 + (int)neume_rng_below(m->rng, 5);
    for (int i = 0; i < notes; i++) {
        double onset_s = time_s + 0.01 * neume_rng_normal(m->rng);
        double lasts_s = 0.05 + neume_rng_uniform(m->rng, 0, 1) * neume_rng_uniform(m->rng, 0, 3);
        int pitch = NEUME_PITCH_LOWEST + (int)neume_rng_below(m->rng, NEUME_PITCHES);
        stroke one = {.onset_s = onset_s,
                      .end_s = onset_s + lasts_s,
                      .pitch = pitch,
                      .velocity = 20 + (int)neume_rng_below(m->rng, 108),
                      .preset = preset,
                      .gain = 1};
        const bool sounds = onset_s < m->seconds && neume_bank_has_pitch(m->dataset->bank, (size_t)preset, pitch);
        if (sounds) NEUME_TRY(strokes_add(&m->strokes, one));
    }
    return NEUME_OK;
}

/* Chords without rhyme or reason over the whole keyboard: what a model of music would never guess. */
static neume_status make_random(making *m) {
    int players = 1 + (int)neume_rng_below(m->rng, 3);
    for (int i = 0; i < players; i++) {
        int preset = dataset_pick(m->dataset, 0, 103, 60, 60, m->rng);
        for (double t = neume_rng_uniform(m->rng, -0.5, 0.5); t < m->seconds;
             t += 0.05 + neume_rng_uniform(m->rng, 0, 1) * neume_rng_uniform(m->rng, 0, 1.2))
            NEUME_TRY(add_random_chord(m, preset, t));
    }
    return NEUME_OK;
}

/* Nothing pitched: drums alone, or nothing at all but what the room and the microphone add. */
static neume_status make_negative(making *m) {
    return neume_rng_chance(m->rng, 0.5) ? make_drums(m, 1) : NEUME_OK;
}

static neume_status make_drums_alone(making *m) {
    return make_drums(m, 1);
}

static neume_status make_any(making *m) {
    const neume_dataset_options *o = &m->dataset->options;
    enum { KINDS = 7 };
    static neume_status (*const make[KINDS])(making *) = {make_piano, make_chamber, make_band,    make_drums_alone,
                                                          make_lines, make_random,  make_negative};
    const double shares[KINDS] = {o->share_piano, o->share_chamber, o->share_band,    o->share_drums,
                                  o->share_lines, o->share_random,  o->share_negative};
    return make[recipe_draw_share(shares, KINDS, m->rng)](m);
}

/* --- the mix ------------------------------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b) {
    const stroke *x = a, *y = b;
    if (x->preset != y->preset) return x->preset < y->preset ? -1 : 1;
    if (x->pitch != y->pitch) return x->pitch < y->pitch ? -1 : 1;
    return x->onset_s < y->onset_s ? -1 : x->onset_s > y->onset_s;
}

/* A key struck again ends its earlier note; struck again at once it was one stroke. false: leave this one out. */
static bool settle_repeat(stroke *here, const stroke *next, bool drum) {
    if (drum || next->preset != here->preset || next->pitch != here->pitch) return true;
    if (next->onset_s - here->onset_s < REPEAT_S) return false;
    if (next->onset_s < here->end_s) here->end_s = next->onset_s;
    return true;
}

static neume_status sound(const neume_dataset *d, const stroke *s, float *pcm, size_t count, neume_segment *segment) {
    neume_bank_note note = {s->onset_s,       s->end_s - s->onset_s, s->pitch, s->velocity,           s->detune_cents,
                            s->vibrato_cents, s->vibrato_hz,         s->gain,  s->borrowed_semitones, s->loop_from_s,
                            s->loop_s};
    double heard_s = s->onset_s + neume_bank_mix(d->bank, (size_t)s->preset, &note, pcm, count);
    if (heard_s < 0.01) return NEUME_OK; /* over before the segment begins */
    NEUME_TRY(neume__grow((void **)&segment->heard_until_s, &segment->heard_capacity, segment->truth.count + 1,
                          sizeof *segment->heard_until_s));
    segment->heard_until_s[segment->truth.count] = heard_s < s->end_s ? heard_s : s->end_s;
    return neume_notes_add(&segment->truth, (neume_note){s->onset_s, s->end_s, (int16_t)s->pitch, (int16_t)s->velocity,
                                                         (int16_t)d->presets[s->preset].program, 0, 1});
}

/* Adds strokes [first, last), all of one preset, which is coloured or not. */
static neume_status mix_preset(making *m, size_t first, size_t last, float *own, float *pcm, size_t count) {
    stroke *items = m->strokes.items;
    bool drum = m->dataset->presets[items[first].preset].program == NEUME_PROGRAM_DRUMS;
    memset(own, 0, count * sizeof *own);
    for (size_t i = first; i < last; i++) {
        if (i + 1 < last && !settle_repeat(&items[i], &items[i + 1], drum)) continue;
        if (items[i].end_s > 0.01) NEUME_TRY(sound(m->dataset, &items[i], own, count, m->segment));
    }
    if (neume_rng_chance(m->rng, COLOURED)) neume_colour(own, count, m->rng);
    for (size_t i = 0; i < count; i++) pcm[i] += own[i];
    return NEUME_OK;
}

static neume_status mix(making *m, float *pcm, size_t count) {
    strokes *all = &m->strokes;
    float *own = neume__alloc_aligned(count * sizeof *own);
    neume_status status = own ? NEUME_OK : NEUME_ENOMEM;
    if (all->count) qsort(all->items, all->count, sizeof *all->items, by_key);
    for (size_t first = 0, last; first < all->count && !status; first = last) {
        for (last = first + 1; last < all->count && all->items[last].preset == all->items[first].preset;) last++;
        status = mix_preset(m, first, last, own, pcm, count);
    }
    neume__free(own);
    return status;
}

static void bring_to_peak(float *pcm, size_t count) {
    float peak = 0;
    for (size_t i = 0; i < count; i++)
        if (fabsf(pcm[i]) > peak) peak = fabsf(pcm[i]);
    if ((double)peak < SILENCE) return;
    for (size_t i = 0; i < count; i++) pcm[i] *= (float)PEAK / peak;
}

neume_status neume_dataset_sample(const neume_dataset *d, uint64_t seed, double seconds, float *pcm,
                                  neume_segment *segment) {
    size_t count = (size_t)(seconds * NEUME_SYNTH_RATE_HZ + 0.5);
    neume_rng rng = neume_rng_seeded(seed * 0x9e3779b97f4a7c15, seed);
    making m = {.dataset = d, .seconds = seconds, .segment = segment, .rng = &rng};
    memset(pcm, 0, count * sizeof *pcm);
    segment->truth.count = 0;
    neume_status status = make_any(&m);
    if (!status) status = mix(&m, pcm, count);
    neume__free(m.strokes.items);
    if (status) return status;
    bring_to_peak(pcm, count);
    return neume_augment(pcm, count, &d->options.augment, &rng);
}
