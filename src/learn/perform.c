/* A score as a person might play it, with the truth beside it. */
#include "written.h"

#include "neume/score.h"

#include <math.h>

static const double FIRST_S = 0.5, JITTER_S = 0.015, DRIFT = 0.08, QUARTERS_LEAST = 60, QUARTERS_MOST = 200;
static const double SHORTEST_S = 0.03, BEFORE_REPEAT_S = 0.005;
static const double UNEVEN_MOST =
    0.1; /* share of bars that are not as long as their metre: beyond, the source is faulty */
enum { STEPS_A_WHOLE = 32 };

/* Seconds at each step of written time. */
typedef struct tempo_map {
    double *at_s;
    size_t steps;
} tempo_map;

/* Two slow waves of tempo, together at most DRIFT. */
static neume_status draw_tempo(neume_rng *rng, int64_t end, tempo_map *out) {
    out->steps = (size_t)(end / (NEUME_WHOLE / STEPS_A_WHOLE)) + 2;
    out->at_s = neume__alloc((out->steps + 1) * sizeof *out->at_s);
    if (!out->at_s) return NEUME_ENOMEM;
    const double quarters = exp(neume_rng_uniform(rng, log(QUARTERS_LEAST), log(QUARTERS_MOST)));
    const double share = neume_rng_uniform(rng, .3, .7), depth = DRIFT * neume_rng_uniform(rng, .3, 1);
    const double slow = neume_rng_uniform(rng, 8, 24), fast = neume_rng_uniform(rng, 2, 8); /* periods in wholes */
    const double phase_slow = neume_rng_uniform(rng, 0, 2 * M_PI), phase_fast = neume_rng_uniform(rng, 0, 2 * M_PI);
    double now_s = FIRST_S;
    for (size_t i = 0; i <= out->steps; i++) {
        const double wholes = (double)i / STEPS_A_WHOLE;
        const double wave = share * sin(2 * M_PI * wholes / slow + phase_slow) +
                            (1 - share) * sin(2 * M_PI * wholes / fast + phase_fast);
        out->at_s[i] = now_s;
        now_s += 4.0 / STEPS_A_WHOLE * 60 / (quarters * (1 + depth * wave));
    }
    return NEUME_OK;
}

static double to_s(const tempo_map *map, int64_t at) {
    const double step = (double)at / (double)(NEUME_WHOLE / STEPS_A_WHOLE);
    const size_t low = (size_t)fmin(fmax(floor(step), 0), (double)(map->steps - 1));
    return map->at_s[low] + (step - (double)low) * (map->at_s[low + 1] - map->at_s[low]);
}

/* --- the truth ---------------------------------------------------------------------------------------------------- */

static neume_status print_beats(const neume_written *written, const tempo_map *map, bool downbeats, neume_buffer *out) {
    const char *comma = "";
    for (size_t i = 0; i < written->bar_count; i++) {
        const neume_written_bar *bar = &written->bars[i];
        const int64_t lack = neume__written_lack(written, i), beat = neume_metre_beat_ticks(bar->metre);
        for (int64_t at = bar->at - lack; at < bar->at + bar->ticks; at += downbeats ? bar->ticks + lack : beat) {
            if (at < bar->at) continue;
            NEUME_TRY(neume_buffer_print(out, "%s%.4f", comma, to_s(map, at)));
            comma = ",";
        }
    }
    return NEUME_OK;
}

static neume_status print_key(const neume_written *written, neume_buffer *out) {
    neume_key key;
    if (!neume__written_main_key(written, &key) || key.mode == NEUME_MODE_NONE) return NEUME_OK;
    NEUME_TRY(neume_buffer_print(out, ",\"key\":\"%c", "CDEFGAB"[key.tonic_step]));
    for (int i = 0; i < key.tonic_alter; i++) NEUME_TRY(neume_buffer_append(out, "#", 1));
    for (int i = 0; i > key.tonic_alter; i--) NEUME_TRY(neume_buffer_append(out, "b", 1));
    return neume_buffer_print(out, " %s\"", neume_mode_name((neume_mode)key.mode));
}

static neume_status print_bars(const neume_written *written, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ",\n\"measures\":["));
    for (size_t i = 0; i < written->bar_count; i++) {
        const neume_written_bar *bar = &written->bars[i];
        NEUME_TRY(neume_buffer_print(out, "%s\n{\"at\":%lld,\"ticks\":%lld,\"metre\":\"%d/%d\"}", i ? "," : "",
                                     (long long)bar->at, (long long)bar->ticks, bar->metre.beats, bar->metre.unit));
    }
    return neume_buffer_print(out, "]");
}

static neume_status print_truth(const neume_written *written, const tempo_map *map, neume_buffer *out) {
    neume_metre metre = {0};
    if (!neume__written_main_metre(written, &metre)) return NEUME_OK;
    NEUME_TRY(neume_buffer_print(out, "{\"metre\":\"%d/%d\"", metre.beats, metre.unit));
    NEUME_TRY(print_key(written, out));
    NEUME_TRY(neume_buffer_print(out, ",\n\"beats_s\":["));
    NEUME_TRY(print_beats(written, map, false, out));
    NEUME_TRY(neume_buffer_print(out, "],\n\"downbeats_s\":["));
    NEUME_TRY(print_beats(written, map, true, out));
    NEUME_TRY(neume_buffer_print(out, "]"));
    NEUME_TRY(print_bars(written, out));
    NEUME_TRY(neume_buffer_print(out, ",\n\"notes\":["));
    for (size_t i = 0; i < written->note_count; i++) {
        const neume_place *n = &written->notes[i];
        NEUME_TRY(neume_buffer_print(out,
                                     "%s\n{\"onset_s\":%.4f,\"pitch\":%d,\"at_ticks\":%lld,\"ticks\":%lld,"
                                     "\"measure\":%d,\"staff\":0,\"voice\":%d}",
                                     i ? "," : "", n->time_s, n->pitch, (long long)n->at, (long long)n->ticks, n->bar,
                                     n->voice));
    }
    return neume_buffer_print(out, "]}\n");
}

/* --- playing ------------------------------------------------------------------------------------------------------ */

/* Two voices on one key at once are one note: the longer. The notes are in order of place and pitch. */
static void merge_unisons(neume_written *written) {
    size_t kept = 0;
    for (size_t i = 0; i < written->note_count; i++) {
        const neume_place *note = &written->notes[i];
        neume_place *last = kept ? &written->notes[kept - 1] : NULL;
        if (last && last->at == note->at && last->pitch == note->pitch)
            last->ticks = last->ticks > note->ticks ? last->ticks : note->ticks;
        else
            written->notes[kept++] = *note;
    }
    written->note_count = kept;
}

static neume_status play(neume_written *written, const tempo_map *map, neume_rng *rng, neume_notes *out) {
    size_t sounding[128] = {0}; /* the last note of each key, + 1 */
    const double loud = neume_rng_uniform(rng, 55, 85);
    for (size_t i = 0; i < written->note_count; i++) {
        neume_place *n = &written->notes[i];
        const double due_s = to_s(map, n->at), lasts_s = to_s(map, n->at + n->ticks) - due_s;
        const double onset_s = fmax(0, due_s + JITTER_S * neume_rng_normal(rng));
        const double velocity = loud + (n->in_bar == 0 ? 8 : 0) + 8 * neume_rng_normal(rng);
        neume_note note = {.onset_s = onset_s,
                           .offset_s = onset_s + fmax(SHORTEST_S, lasts_s * neume_rng_uniform(rng, .7, 1)),
                           .pitch = n->pitch,
                           .velocity = (int16_t)fmin(fmax(velocity, 20), 127),
                           .confidence = 1};
        neume_note *before = sounding[n->pitch] ? &out->items[sounding[n->pitch] - 1] : NULL;
        if (before && before->offset_s > onset_s - BEFORE_REPEAT_S)
            before->offset_s = fmax(before->onset_s + SHORTEST_S / 2, onset_s - BEFORE_REPEAT_S);
        NEUME_TRY(neume_notes_add(out, note));
        sounding[n->pitch] = out->count;
        n->time_s = onset_s;
    }
    neume_notes_sort(out);
    return NEUME_OK;
}

static neume_status check(const neume_written *written) {
    size_t uneven = 0;
    if (!written->note_count || !written->bar_count) return neume_fail(NEUME_EFORMAT, "no notes in bars");
    for (size_t i = 0; i < written->bar_count; i++) {
        if (!neume_metre_beat_ticks(written->bars[i].metre)) return neume_fail(NEUME_EFORMAT, "bars without a metre");
        uneven +=
            i > 0 && i + 1 < written->bar_count && written->bars[i].ticks != neume_metre_ticks(written->bars[i].metre);
    }
    if ((double)uneven > UNEVEN_MOST * (double)written->bar_count)
        return neume_fail(NEUME_EFORMAT, "%zu of %zu bars are not as long as their metre", uneven, written->bar_count);
    return NEUME_OK;
}

neume_status neume_score_perform(const neume_score *score, uint64_t seed, neume_notes *notes, neume_buffer *truth) {
    neume_written written = {0};
    tempo_map map = {0};
    neume_notes played = {0};
    neume_buffer text = {0};
    neume_rng rng = neume_rng_seeded(seed, 0);
    neume_status status;
    NEUME_GO(neume_written_from_score(score, &written));
    NEUME_GO(check(&written));
    merge_unisons(&written);
    NEUME_GO(draw_tempo(&rng, written.end, &map));
    NEUME_GO(play(&written, &map, &rng, &played));
    NEUME_GO(print_truth(&written, &map, &text));
    NEUME_GO(neume_buffer_append(truth, text.data, text.size));
    neume_notes_clear(notes);
    *notes = played;
    played = (neume_notes){0};
fail:
    neume_written_clear(&written);
    neume_notes_clear(&played);
    neume_buffer_clear(&text);
    neume__free(map.at_s);
    return status;
}
