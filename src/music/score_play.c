/* A written voice, played: repeats, endings and the form unfolded, ties joined, graces given time.
 *
 * The walk knows where it stands (an item) and how far the sound has run ahead of the page (a shift in ticks, which
 * every jump back enlarges and every ending left out lessens). */
#include "neume/music.h"

#include "score_loudness.h"
#include "table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_LIMIT = 4000000, ITEMS_LIMIT = 16000000, FORM_LIMIT = 1024, ACCENT = 15, PASSES_MOST = 16 };
static const int64_t GRACE_TICKS = NEUME_WHOLE / 32;

/* Notes whose tie goes on in another voice, if anywhere. */
typedef struct dangling {
    size_t *notes;
    size_t note_count, note_capacity;
} dangling;

typedef struct player {
    const neume_score *score;
    const neume_voice *voice;
    neume_played *out;
    size_t item, end, section; /* end of this stretch of the form; where a repeat goes back to */
    int64_t shift;
    int pass;
    bool skipped;          /* an ending since the section began */
    size_t jumped;         /* from which repeat the walk last went back, + 1 */
    bool leads;            /* metres and keys are told once, by the first voice */
    const loudness *marks; /* that this voice obeys */
    int program, number;
    size_t words, walked;
    size_t first_grace, graces; /* played notes that wait for their main note */
    size_t tied[128];           /* played note that a tie holds open, + 1 */
    dangling *loose;
} player;

/* --- signs -------------------------------------------------------------------------------------------------------- */

static neume_status add_tempo(neume_played *out, int64_t at, const neume_tempo *tempo) {
    if (tempo->beat <= 0 || !(tempo->per_minute > 0)) return NEUME_OK;
    NEUME_TRY(ONE_MORE(out, tempo, tempi));
    double quarters = tempo->per_minute * (double)tempo->beat / (double)(NEUME_WHOLE / 4);
    out->tempi[out->tempo_count++] = (neume_played_tempo){at, quarters};
    return NEUME_OK;
}

static neume_status add_metre(neume_played *out, int64_t at, neume_metre metre) {
    NEUME_TRY(ONE_MORE(out, metre, metres));
    out->metres[out->metre_count++] = (neume_played_metre){at, metre};
    return NEUME_OK;
}

static neume_status add_key(neume_played *out, int64_t at, neume_key key) {
    NEUME_TRY(ONE_MORE(out, key, keys));
    out->keys[out->key_count++] = (neume_played_key){at, key};
    return NEUME_OK;
}

/* What the words at an item say about how it is played. */
typedef struct manner {
    bool staccato, accent;
} manner;

static manner read_manner(player *p) {
    manner m = {0};
    const neume_voice *v = p->voice;
    if (p->words > v->words_count || (p->words > 0 && v->words[p->words - 1].item >= (int32_t)p->item)) p->words = 0;
    while (p->words < v->words_count && v->words[p->words].item < (int32_t)p->item) p->words++;
    for (; p->words < v->words_count && v->words[p->words].item == (int32_t)p->item; p->words++) {
        const neume_words *w = &v->words[p->words];
        if (w->kind != NEUME_WORDS_MARK) continue;
        m.staccato |= strcmp(w->text, "staccato") == 0;
        m.accent |= strcmp(w->text, "accent") == 0 || strcmp(w->text, ">") == 0 || strcmp(w->text, "emphasis") == 0;
    }
    return m;
}

/* "MIDI program 40", "MIDI program 2 40" (with a channel) */
static void obey(player *p, const char *directive) {
    int a, b, read = sscanf(directive, "MIDI program %d %d", &a, &b);
    int program = read == 2 ? b : read == 1 ? a : -1;
    if (program >= 0 && program <= 127 && p->program != NEUME_PROGRAM_DRUMS) p->program = program;
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static neume_status add_note(player *p, int64_t onset, int64_t ticks, int pitch, int velocity) {
    neume_played *out = p->out;
    if (out->note_count >= NOTES_LIMIT) return neume_fail(NEUME_ELIMIT, "the unfolded score has too many notes");
    NEUME_TRY(ONE_MORE(out, note, notes));
    out->notes[out->note_count++] = (neume_played_note){.onset = onset,
                                                        .ticks = ticks > 0 ? ticks : 1,
                                                        .pitch = (int16_t)pitch,
                                                        .velocity = (int16_t)(velocity < 1     ? 1
                                                                              : velocity > 127 ? 127
                                                                                               : velocity),
                                                        .voice = (int16_t)p->number,
                                                        .part = (int16_t)p->voice->part,
                                                        .program = (int16_t)p->program};
    if (onset + ticks > out->end) out->end = onset + ticks;
    return NEUME_OK;
}

/* A note that a tie holds open and that ends here: it is made longer instead. */
static bool join(player *p, int pitch, int64_t onset, int64_t ticks) {
    if (!p->tied[pitch]) return false;
    neume_played_note *held = &p->out->notes[p->tied[pitch] - 1];
    if (held->onset + held->ticks != onset) return false;
    held->ticks += ticks;
    if (onset + ticks > p->out->end) p->out->end = onset + ticks;
    return true;
}

/* Opens or ends a tie at a pitch; one that found nothing to go on in may find it in another voice. */
static neume_status hold(player *p, int pitch, size_t entry, bool joined) {
    if (p->tied[pitch] && !joined) {
        NEUME_TRY(ONE_MORE(p->loose, note, notes));
        p->loose->notes[p->loose->note_count++] = p->tied[pitch] - 1;
    }
    p->tied[pitch] = entry;
    return NEUME_OK;
}

static int velocity_of(const player *p, const neume_item *item) {
    return item->velocity ? item->velocity : loudness_at(p->marks, item->at);
}

/* Spreads the waiting grace notes over the beginning of a note. @return what they take */
static int64_t place_graces(player *p, int64_t onset, int64_t ticks) {
    int64_t each = p->graces ? GRACE_TICKS : 0, most = ticks / 2;
    if (p->graces && each * (int64_t)p->graces > most) each = most / (int64_t)p->graces;
    size_t place = 0;
    for (size_t i = p->first_grace; p->graces && i < p->out->note_count; i++) {
        neume_played_note *grace = &p->out->notes[i];
        place = (size_t)grace->onset; /* its rank until now */
        grace->onset = onset + (int64_t)place * each;
        grace->ticks = each > 0 ? each : 1;
    }
    int64_t taken = each * (int64_t)p->graces;
    p->graces = 0;
    return taken;
}

static neume_status play_grace(player *p, const neume_item *item) {
    if (!p->graces) p->first_grace = p->out->note_count;
    for (int32_t i = 0; i < item->count; i++) {
        int pitch = neume_pitch_number(p->voice->pitches[item->first + i]) + p->voice->transpose;
        if (pitch < 0 || pitch > 127) continue;
        int64_t end = p->out->end;
        NEUME_TRY(add_note(p, (int64_t)p->graces, 1, pitch, velocity_of(p, item)));
        p->out->end = end;
    }
    p->graces++;
    return NEUME_OK;
}

static neume_status play_notes(player *p, const neume_item *item) {
    if (item->grace) return play_grace(p, item);
    manner m = read_manner(p);
    int velocity = velocity_of(p, item) + (m.accent ? ACCENT : 0);
    int64_t onset = item->at + p->shift, taken = place_graces(p, onset, item->ticks);
    for (int32_t i = 0; i < item->count; i++) {
        neume_pitch written = p->voice->pitches[item->first + i];
        int pitch = neume_pitch_number(written) + p->voice->transpose;
        if (pitch < 0 || pitch > 127) continue;
        bool joined = join(p, pitch, onset, item->ticks);
        if (!joined) {
            int64_t ticks = item->ticks - taken;
            NEUME_TRY(add_note(p, onset + taken, m.staccato && !written.tied ? ticks / 2 : ticks, pitch, velocity));
        }
        size_t entry = joined ? p->tied[pitch] : p->out->note_count;
        NEUME_TRY(hold(p, pitch, written.tied ? entry : 0, joined));
    }
    return NEUME_OK;
}

/* --- repeats and endings ------------------------------------------------------------------------------------------ */

/* Does "1,3" or "2-4" name this pass? Anything that is no number ("last") is played the last time: always true. */
static bool ending_names(const char *ending, int pass) {
    bool number = false;
    for (const char *at = ending; *at;) {
        if (!isdigit((unsigned char)*at)) {
            at++;
            continue;
        }
        char *after;
        long first = strtol(at, &after, 10), last = first;
        if (*after == '-' && isdigit((unsigned char)after[1])) last = strtol(after + 1, &after, 10);
        if (pass >= first && pass <= last) return true;
        number = true;
        at = after;
    }
    return !number;
}

static const neume_bar *bar_at(const player *p, size_t item) {
    const neume_item *i = &p->voice->items[item];
    return i->kind == NEUME_ITEM_BAR ? &p->voice->bars[i->first] : NULL;
}

/* The bar line behind this one, if nothing that sounds lies between. */
static const neume_bar *next_bar(const player *p) {
    for (size_t i = p->item + 1; i < p->end; i++) {
        const neume_item *item = &p->voice->items[i];
        if (item->kind == NEUME_ITEM_BAR) return bar_at(p, i);
        if (item->kind <= NEUME_ITEM_REST) break;
    }
    return NULL;
}

/* How often this section is played, seen from a repeat's end: endings may ask for more than its dots. */
static int plays_of(const player *p, const neume_bar *bar) {
    int plays = 1 + bar->repeat_end;
    const neume_bar *next = next_bar(p);
    if (bar->ending && ending_names(bar->ending, p->pass + 1) && plays < p->pass + 1) plays = p->pass + 1;
    if (!bar->ending && next && next->ending && ending_names(next->ending, p->pass + 1) && plays < p->pass + 1)
        plays = p->pass + 1;
    return plays < PASSES_MOST ? plays : PASSES_MOST;
}

/* Leaves out an ending that is not for this pass: to the next ending, or behind the repeat's end. */
static void skip_ending(player *p) {
    int64_t from = p->voice->items[p->item].at;
    size_t i = p->item + 1;
    for (; i < p->end; i++) {
        const neume_bar *bar = bar_at(p, i);
        if (!bar) continue;
        if (bar->ending) break;
        if (bar->repeat_end || bar->repeat_start || bar->style == NEUME_BAR_FINAL) {
            const neume_bar *after = NULL;
            size_t here = p->item;
            p->item = i;
            after = next_bar(p);
            p->item = here;
            if (after && after->ending && !bar->repeat_start) continue;
            i += bar->repeat_start ? 0 : 1;
            break;
        }
    }
    int64_t to = i < p->end ? p->voice->items[i].at : p->voice->item_count ? p->voice->items[p->end - 1].at : from;
    p->shift -= to - from;
    p->item = i;
    p->skipped = true;
}

/* Without |: a repeat goes back to the last thing that looks like the beginning of a section: behind a repeat, or a
 * double bar. */
static bool begins_section(const player *p, const neume_bar *bar) {
    const neume_bar *next = next_bar(p);
    const neume_bar *open = bar_at(p, p->section);
    if (next && next->ending) return false;
    if (open && open->repeat_start && !bar->repeat_start && !bar->repeat_end) return false; /* |: waits for its :| */
    return bar->repeat_start || bar->style == NEUME_BAR_DOUBLE || bar->style == NEUME_BAR_FINAL ||
           bar->style == NEUME_BAR_HEAVY || bar->repeat_end;
}

/* Moves over a bar line. */
static void pass_bar(player *p) {
    const neume_bar *bar = bar_at(p, p->item);
    /* behind a section with endings, whose last pass goes on, a plain repeat is a new one */
    const bool anew = bar->repeat_end && !bar->ending && !p->skipped && p->jumped != p->item + 1;
    if (bar->repeat_end && (anew || p->pass < plays_of(p, bar))) {
        p->shift += p->voice->items[p->item].at - p->voice->items[p->section].at;
        p->jumped = p->item + 1;
        p->pass = anew && p->pass > 1 ? 2 : p->pass + 1;
        p->item = p->section;
        if (bar_at(p, p->item)) p->item++; /* the bar line that opened the section */
        return;
    }
    const bool continues = bar->ending && p->pass > 1; /* ":|2": that ending belongs to this pass */
    if (begins_section(p, bar) && !continues) {
        p->section = p->item;
        p->skipped = false;
        if (bar->repeat_start || bar->repeat_end) p->pass = 1;
    }
    if (bar->ending && !ending_names(bar->ending, p->pass)) {
        skip_ending(p);
        return;
    }
    p->item++;
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

static neume_status play_sign(player *p, const neume_item *item) {
    int64_t at = item->at + p->shift;
    const neume_voice *v = p->voice;
    switch (item->kind) {
    case NEUME_ITEM_TEMPO:
        NEUME_TRY(add_tempo(p->out, at, &v->tempi[item->first]));
        break;
    case NEUME_ITEM_METRE:
        if (p->leads) NEUME_TRY(add_metre(p->out, at, v->metres[item->first]));
        break;
    case NEUME_ITEM_KEY:
        if (p->leads) NEUME_TRY(add_key(p->out, at, v->keys[item->first]));
        break;
    case NEUME_ITEM_DIRECTIVE:
        obey(p, v->texts[item->first]);
        break;
    default:
        break;
    }
    return NEUME_OK;
}

static neume_status play_stretch(player *p, size_t first, size_t end) {
    p->item = p->section = first;
    p->end = end;
    p->pass = 1;
    while (p->item < p->end) {
        const neume_item *item = &p->voice->items[p->item];
        if (++p->walked > ITEMS_LIMIT) return neume_fail(NEUME_ELIMIT, "the unfolded score is too long");
        if (item->kind == NEUME_ITEM_BAR) {
            pass_bar(p);
            continue;
        }
        if (item->kind == NEUME_ITEM_NOTES)
            NEUME_TRY(play_notes(p, item));
        else if (item->kind == NEUME_ITEM_REST)
            place_graces(p, item->at + p->shift, item->ticks);
        else
            NEUME_TRY(play_sign(p, item));
        if (item->kind <= NEUME_ITEM_REST && item->at + item->ticks * !item->grace + p->shift > p->out->end)
            p->out->end = item->at + item->ticks * !item->grace + p->shift;
        p->item++;
    }
    return NEUME_OK;
}

/* --- the form ----------------------------------------------------------------------------------------------------- */

/* Writes the letters of "A2(BC)2" one by one. @return how many, at most FORM_LIMIT */
static size_t spell_form(const char **at, char out[FORM_LIMIT], int depth) {
    size_t count = 0;
    while (**at && **at != ')') {
        size_t first = count;
        char c = *(*at)++;
        if (c == '(' && depth < 8) {
            char inner[FORM_LIMIT];
            size_t n = spell_form(at, inner, depth + 1);
            if (**at == ')') (*at)++;
            for (size_t i = 0; i < n && count < FORM_LIMIT; i++) out[count++] = inner[i];
        } else if (isalpha((unsigned char)c)) {
            if (count < FORM_LIMIT) out[count++] = c;
        } else {
            continue;
        }
        long times = isdigit((unsigned char)**at) ? strtol(*at, (char **)at, 10) : 1;
        size_t n = count - first;
        for (long t = 1; t < times && t < FORM_LIMIT; t++)
            for (size_t i = 0; i < n && count < FORM_LIMIT; i++, count++) out[count] = out[first + i];
    }
    return count;
}

static bool is_label(const neume_voice *v, size_t item, char letter) {
    const neume_item *i = &v->items[item];
    return i->kind == NEUME_ITEM_LABEL && (!letter || (v->texts[i->first][0] == letter && !v->texts[i->first][1]));
}

static size_t next_label(const neume_voice *v, size_t from) {
    while (from < v->item_count && !is_label(v, from, 0)) from++;
    return from;
}

static bool has_labels(const neume_voice *v, const char *form, size_t count) {
    for (size_t i = 0; i < v->item_count; i++)
        for (size_t f = 0; f < count; f++)
            if (is_label(v, i, form[f])) return true;
    return false;
}

static neume_status play_form(player *p, const char *form, size_t count) {
    const neume_voice *v = p->voice;
    int64_t ran = 0; /* where the next stretch begins in sound */
    for (size_t f = 0; f < count; f++) {
        size_t label = 0;
        while (label < v->item_count && !is_label(v, label, form[f])) label++;
        if (label == v->item_count) continue;
        size_t end = next_label(v, label + 1);
        if (f == 0 && next_label(v, 0) == label) label = 0; /* what stands before the first label belongs to it */
        p->shift = ran - v->items[label].at;
        NEUME_TRY(play_stretch(p, label, end));
        ran = (end < v->item_count ? v->items[end].at : v->items[end - 1].at + v->items[end - 1].ticks) + p->shift;
    }
    return NEUME_OK;
}

static neume_status play_voice(player *p) {
    char form[FORM_LIMIT];
    const char *said = neume_score_text(p->score, 'P');
    size_t count = said ? spell_form(&said, form, 0) : 0;
    if (count && has_labels(p->voice, form, count)) return play_form(p, form, count);
    return play_stretch(p, 0, p->voice->item_count);
}

static int by_onset(const void *a, const void *b) {
    const neume_played_note *x = a, *y = b;
    if (x->onset != y->onset) return x->onset < y->onset ? -1 : 1;
    if (x->voice != y->voice) return x->voice - y->voice;
    return x->pitch - y->pitch;
}

static int by_time(const void *a, const void *b) {
    const neume_played_tempo *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool is_sorted(const neume_played *played) {
    for (size_t i = 1; i < played->note_count; i++)
        if (by_onset(&played->notes[i - 1], &played->notes[i]) > 0) return false;
    return true;
}

/* --- ties from voice to voice ------------------------------------------------------------------------------------- */

static int by_key(const void *left, const void *right) {
    const neume_played_note *a = left, *b = right;
    if (a->part != b->part) return a->part - b->part;
    if (a->pitch != b->pitch) return a->pitch - b->pitch;
    if (a->onset != b->onset) return a->onset < b->onset ? -1 : 1;
    return a->voice - b->voice;
}

/* Where the first note of this part, pitch and onset is, or would be. */
static size_t find_key(const neume_played *played, neume_played_note like) {
    size_t low = 0, high = played->note_count;
    like.voice = INT16_MIN;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_key(&played->notes[middle], &like) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A tie left open goes on in another voice of its part, where that strikes the same pitch as it ends; latest first, so
 * that a chain of ties is gathered from its end. Leaves the notes in the order of keys. */
static void tie_voices(neume_played *played, const dangling *loose) {
    for (size_t i = 0; i < loose->note_count; i++) played->notes[loose->notes[i]].tied = true;
    qsort(played->notes, played->note_count, sizeof *played->notes, by_key);
    size_t kept = 0;
    for (size_t i = played->note_count; i-- > 0;) {
        neume_played_note *note = &played->notes[i];
        if (!note->tied) continue;
        note->tied = false;
        neume_played_note like = *note;
        like.onset += note->ticks;
        for (size_t k = find_key(played, like); k < played->note_count; k++) {
            neume_played_note *next = &played->notes[k];
            if (next->part != like.part || next->pitch != like.pitch || next->onset != like.onset) break;
            if (next->voice == note->voice || !next->ticks) continue;
            note->ticks += next->ticks;
            next->ticks = 0; /* gone */
            break;
        }
    }
    for (size_t i = 0; i < played->note_count; i++)
        if (played->notes[i].ticks) played->notes[kept++] = played->notes[i];
    played->note_count = kept;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static neume_status play_one(const neume_score *score, size_t index, const loudness *all, dangling *loose,
                             neume_played *out) {
    const neume_voice *voice = &score->voices[index];
    loudness own = {0};
    player p = {.score = score,
                .voice = voice,
                .out = out,
                .leads = index == 0,
                .marks = &own,
                .number = (int)index,
                .loose = loose};
    p.program = voice->channel == 10 ? NEUME_PROGRAM_DRUMS : voice->program >= 0 ? voice->program : 0;
    neume_status status = loudness_of_voice(all, voice, &own);
    if (!status) status = play_voice(&p);
    place_graces(&p, out->end, 0);
    for (int pitch = 0; pitch < 128 && !status; pitch++) status = hold(&p, pitch, 0, false);
    loudness_clear(&own);
    return status;
}

neume_status neume_score_play(const neume_score *score, neume_played *out) {
    neume_played played = {0};
    loudness all = {0};
    dangling loose = {0};
    neume_status status = add_tempo(&played, 0, &score->tempo);
    if (!status && score->metre.beats) status = add_metre(&played, 0, score->metre);
    if (!status) status = add_key(&played, 0, score->key);
    if (!status) status = loudness_read(score, &all);
    for (size_t i = 0; i < score->voice_count && !status; i++) status = play_one(score, i, &all, &loose, &played);
    if (!status && loose.note_count) tie_voices(&played, &loose);
    loudness_clear(&all);
    neume__free(loose.notes);
    if (status) {
        neume_played_clear(&played);
        return status;
    }
    if (!is_sorted(&played)) qsort(played.notes, played.note_count, sizeof *played.notes, by_onset);
    if (played.tempo_count) qsort(played.tempi, played.tempo_count, sizeof *played.tempi, by_time);
    neume_played_clear(out);
    *out = played;
    return NEUME_OK;
}

void neume_played_clear(neume_played *played) {
    neume__free(played->notes);
    neume__free(played->tempi);
    neume__free(played->metres);
    neume__free(played->keys);
    *played = (neume_played){0};
}
