/* A score unrolled: notes, bars, keys and chords in the order of time in which they are played.
 *
 * neume_score_play() knows repeats, endings and forms, but plays only notes. So the score is copied without what is of
 * no interest (grace notes, staccato) and with voices of marks added: notes that say "here a bar begins" or "here this
 * chord begins" and come back from the player at their unfolded place. */
#include "written.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARK_BAR = 0, MARK_CHORD = 1, QUALITIES = 5, MARKS = MARK_CHORD + 12 * QUALITIES };

void neume_written_clear(neume_written *written) {
    free(written->notes), free(written->bars), free(written->keys), free(written->chords);
    *written = (neume_written){0};
}

neume_status neume__written_add_note(neume_written *written, neume_place note) {
    NEUME_TRY(WRITTEN_MORE(written, note, notes));
    written->notes[written->note_count++] = note;
    return NEUME_OK;
}

neume_status neume__written_add_bar(neume_written *written, neume_written_bar bar) {
    NEUME_TRY(WRITTEN_MORE(written, bar, bars));
    written->bars[written->bar_count++] = bar;
    return NEUME_OK;
}

bool neume__metre_same(neume_metre a, neume_metre b) {
    return a.beats == b.beats && a.unit == b.unit;
}

/* --- bars and places ---------------------------------------------------------------------------------------------- */

int64_t neume__written_lack(const neume_written *written, size_t bar) {
    const neume_written_bar *b = &written->bars[bar];
    const int64_t whole = neume_metre_ticks(b->metre);
    return bar == 0 && b->ticks < whole ? whole - b->ticks : 0;
}

static int by_place(const void *left, const void *right) {
    const neume_place *a = left, *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    if (a->voice != b->voice) return a->voice < b->voice ? -1 : 1;
    if (a->ticks != b->ticks) return a->ticks < b->ticks ? -1 : 1;
    return a->time_s < b->time_s ? -1 : a->time_s > b->time_s;
}

/* A repeat in the middle of a bar leaves two parts, each with bar lines of its own. */
static void join_cut_bars(neume_written *written) {
    size_t kept = 0;
    for (size_t i = 0; i < written->bar_count; i++) {
        const neume_written_bar *bar = &written->bars[i];
        neume_written_bar *last = kept ? &written->bars[kept - 1] : NULL;
        if (last && neume__metre_same(last->metre, bar->metre) &&
            last->ticks + bar->ticks <= neume_metre_ticks(bar->metre))
            last->ticks += bar->ticks;
        else
            written->bars[kept++] = *bar;
    }
    written->bar_count = kept;
}

void neume_written_settle(neume_written *written) {
    join_cut_bars(written);
    if (written->note_count) qsort(written->notes, written->note_count, sizeof *written->notes, by_place);
    size_t bar = 0;
    for (size_t i = 0; i < written->note_count; i++) {
        neume_place *note = &written->notes[i];
        while (bar + 1 < written->bar_count && written->bars[bar + 1].at <= note->at) bar++;
        note->bar = (int32_t)bar;
        note->in_bar =
            written->bar_count ? note->at - written->bars[bar].at + neume__written_lack(written, bar) : note->at;
        if (note->at + note->ticks > written->end) written->end = note->at + note->ticks;
    }
    if (written->bar_count) {
        const neume_written_bar *last = &written->bars[written->bar_count - 1];
        if (last->at + last->ticks > written->end) written->end = last->at + last->ticks;
    }
}

/* --- what lasts longest ------------------------------------------------------------------------------------------- */

static bool same_key(const neume_key *a, const neume_key *b) {
    return a->tonic_step == b->tonic_step && a->tonic_alter == b->tonic_alter && a->mode == b->mode &&
           memcmp(a->alter, b->alter, sizeof a->alter) == 0;
}

bool neume__written_main_key(const neume_written *written, neume_key *out) {
    int64_t longest = -1;
    for (size_t i = 0; i < written->key_count; i++) {
        int64_t lasts = 0;
        for (size_t k = 0; k < written->key_count; k++) {
            const int64_t until = k + 1 < written->key_count ? written->keys[k + 1].at : written->end;
            if (same_key(&written->keys[k].key, &written->keys[i].key)) lasts += until - written->keys[k].at;
        }
        if (lasts > longest) longest = lasts, *out = written->keys[i].key;
    }
    return longest >= 0;
}

bool neume__written_main_metre(const neume_written *written, neume_metre *out) {
    struct {
        neume_metre metre;
        int64_t ticks;
    } seen[16];
    size_t kinds = 0, longest = 0;
    for (size_t i = 0; i < written->bar_count; i++) {
        size_t k = 0;
        while (k < kinds && !neume__metre_same(seen[k].metre, written->bars[i].metre)) k++;
        if (k == sizeof seen / sizeof *seen) continue;
        if (k == kinds) seen[kinds].metre = written->bars[i].metre, seen[kinds++].ticks = 0;
        seen[k].ticks += written->bars[i].ticks;
    }
    for (size_t k = 1; k < kinds; k++)
        if (seen[k].ticks > seen[longest].ticks) longest = k;
    if (kinds) *out = seen[longest].metre;
    return kinds > 0;
}

/* --- chords in words ---------------------------------------------------------------------------------------------- */

/* "F#m7/C#" as root * QUALITIES + quality; -1 when it is none. */
static int read_chord(const char *text) {
    static const int naturals[7] = {9, 11, 0, 2, 4, 5, 7}; /* A .. G */
    if (*text < 'A' || *text > 'G') return -1;
    int root = naturals[*text++ - 'A'], quality = 0;
    for (; *text == '#' || *text == 'b'; text++) root += *text == '#' ? 1 : 11;
    if (strncmp(text, "dim", 3) == 0 || *text == 'o')
        quality = 2;
    else if (strncmp(text, "aug", 3) == 0 || *text == '+')
        quality = 3;
    else if (strncmp(text, "sus", 3) == 0)
        quality = 4;
    else if (*text == '-' || (*text == 'm' && strncmp(text, "maj", 3) != 0))
        quality = 1;
    return root % 12 * QUALITIES + quality;
}

/* --- the copy that is played -------------------------------------------------------------------------------------- */

static void copy_without_graces(const neume_voice *voice, neume_voice *out) {
    out->words_count = out->item_count = 0;
    for (size_t i = 0; i < voice->item_count; i++)
        if (voice->items[i].kind != NEUME_ITEM_NOTES || !voice->items[i].grace)
            out->items[out->item_count++] = voice->items[i];
}

static void add_mark(neume_voice *out, int64_t at, int mark) {
    out->pitches[out->pitch_count] = (neume_pitch){0, (int8_t)(mark % 12), (int8_t)(mark / 12 - 1), false};
    out->items[out->item_count++] = (neume_item){
        .at = at, .ticks = 1, .kind = NEUME_ITEM_NOTES, .first = (int32_t)out->pitch_count++, .count = 1, .tuplet = -1};
}

static bool begins_bar(const neume_voice *voice, const neume_item *item) {
    if (item->kind != NEUME_ITEM_BAR) return false;
    const neume_bar *bar = &voice->bars[item->first];
    return bar->repeat_start || bar->repeat_end || (bar->style != NEUME_BAR_HIDDEN && bar->style != NEUME_BAR_DOTTED);
}

/* Only marks and rests; marks stand where something sounds, so that bar lines side by side stay so. */
static void copy_marks(const neume_voice *voice, bool bars, neume_voice *out) {
    size_t words = 0;
    bool fresh = true;
    out->words_count = out->item_count = out->pitch_count = 0;
    out->transpose = 0;
    out->channel = -1;
    for (size_t i = 0; i < voice->item_count; i++) {
        neume_item item = voice->items[i];
        fresh |= begins_bar(voice, &item);
        for (; words < voice->words_count && voice->words[words].item <= (int32_t)i; words++) {
            const neume_words *w = &voice->words[words];
            const int chord = w->kind == NEUME_WORDS_CHORD && w->item == (int32_t)i ? read_chord(w->text) : -1;
            if (chord >= 0) add_mark(out, item.at, MARK_CHORD + chord);
        }
        if (item.kind == NEUME_ITEM_NOTES && item.grace) continue;
        if (item.kind <= NEUME_ITEM_REST) {
            if (fresh && bars) add_mark(out, item.at, MARK_BAR);
            fresh = false;
            item.kind = NEUME_ITEM_REST;
        }
        out->items[out->item_count++] = item;
    }
}

static const neume_voice *chord_voice(const neume_score *score) {
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t w = 0; w < score->voices[v].words_count; w++)
            if (score->voices[v].words[w].kind == NEUME_WORDS_CHORD) return &score->voices[v];
    return NULL;
}

typedef struct copy {
    neume_score score;
    neume_arena *arena;
} copy;

static neume_status make_copy(const neume_score *score, copy *out) {
    const neume_voice *chords = chord_voice(score);
    out->score = *score;
    out->score.voices = neume_arena_alloc(out->arena, (score->voice_count + 2) * sizeof *out->score.voices);
    if (!out->score.voices) return NEUME_ENOMEM;
    for (size_t v = 0; v < score->voice_count + (chords ? 2 : 1); v++) {
        const neume_voice *from = v < score->voice_count    ? &score->voices[v]
                                  : v == score->voice_count ? score->voices
                                                            : chords;
        neume_voice *to = &out->score.voices[v];
        const size_t marks = v < score->voice_count ? 0 : from->item_count + from->words_count;
        *to = *from;
        if (marks) to->part = -1; /* nobody's: no tie goes on in a mark */
        to->items = neume_arena_alloc(out->arena, (from->item_count + marks + 1) * sizeof *to->items);
        if (!to->items) return NEUME_ENOMEM;
        if (marks && !(to->pitches = neume_arena_alloc(out->arena, marks * sizeof *to->pitches))) return NEUME_ENOMEM;
        if (v < score->voice_count)
            copy_without_graces(from, to);
        else
            copy_marks(from, v == score->voice_count, to);
        out->score.voice_count = v + 1;
    }
    return NEUME_OK;
}

/* --- from what was played ----------------------------------------------------------------------------------------- */

static neume_status take_mark(const neume_played_note *mark, bool bars, neume_written *out) {
    if (mark->pitch == MARK_BAR)
        return bars ? neume__written_add_bar(out, (neume_written_bar){.at = mark->onset}) : NEUME_OK;
    if (bars || mark->pitch >= MARKS) return NEUME_OK;
    const int chord = mark->pitch - MARK_CHORD;
    NEUME_TRY(WRITTEN_MORE(out, chord, chords));
    out->chords[out->chord_count++] = (neume_written_chord){mark->onset, chord / QUALITIES, chord % QUALITIES};
    return NEUME_OK;
}

/* Bars end where the next begins; one that is several times its metre is a rest of many bars. */
static neume_status measure_bars(const neume_played *played, int64_t end, neume_written *out) {
    const size_t count = out->bar_count;
    size_t metre = 0, tempi = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t at = out->bars[i].at, until = i + 1 < count ? out->bars[i + 1].at : end;
        while (metre + 1 < played->metre_count && played->metres[metre + 1].at <= at) metre++;
        while (tempi < played->tempo_count && played->tempi[tempi].at <= at) tempi++;
        const double tempo = tempi ? played->tempi[tempi - 1].quarters_a_minute : 0;
        const neume_metre in_force = played->metre_count ? played->metres[metre].metre : (neume_metre){0};
        const int64_t whole = neume_metre_ticks(in_force);
        out->bars[i] = (neume_written_bar){at, until - at, in_force, tempo};
        if (whole <= 0 || until - at < 2 * whole || (until - at) % whole) continue;
        out->bars[i].ticks = whole;
        for (int64_t next = at + whole; next < until; next += whole)
            NEUME_TRY(neume__written_add_bar(out, (neume_written_bar){next, whole, in_force, tempo}));
    }
    return NEUME_OK;
}

static int by_bar(const void *left, const void *right) {
    const neume_written_bar *a = left, *b = right;
    return a->at < b->at ? -1 : a->at > b->at;
}

static neume_status take_played(const neume_played *played, size_t voices, neume_written *out) {
    for (size_t i = 0; i < played->note_count; i++) {
        const neume_played_note *n = &played->notes[i];
        if ((size_t)n->voice >= voices) {
            NEUME_TRY(take_mark(n, (size_t)n->voice == voices, out));
            continue;
        }
        NEUME_TRY(neume__written_add_note(out, (neume_place){NAN, n->onset, n->ticks, 0, 0, n->voice, n->pitch}));
    }
    for (size_t i = 0; i < played->key_count; i++) {
        if (out->key_count && out->keys[out->key_count - 1].at == played->keys[i].at) out->key_count--;
        NEUME_TRY(WRITTEN_MORE(out, key, keys));
        out->keys[out->key_count++] = (neume_written_key){played->keys[i].at, played->keys[i].key};
    }
    out->end = played->end;
    NEUME_TRY(measure_bars(played, played->end, out));
    if (out->bar_count) qsort(out->bars, out->bar_count, sizeof *out->bars, by_bar);
    neume_written_settle(out);
    return NEUME_OK;
}

neume_status neume_written_from_score(const neume_score *score, neume_written *out) {
    copy without = {0};
    neume_played played = {0};
    neume_written written = {0};
    neume_status status = NEUME_OK;
    if (score->voice_count) {
        NEUME_GO(neume_arena_new(&without.arena));
        NEUME_GO(make_copy(score, &without));
        NEUME_GO(neume_score_play(&without.score, &played));
        NEUME_GO(take_played(&played, score->voice_count, &written));
    }
    neume_written_clear(out);
    *out = written;
    written = (neume_written){0};
fail:
    neume_written_clear(&written);
    neume_played_clear(&played);
    neume_arena_free(without.arena);
    return status;
}
