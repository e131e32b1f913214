#include "rhythm_pieces.h"

#include "corpus.h"
#include "neume/learn.h"
#include "neume/notation.h"
#include "neume/score_net.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BEATS_LEAST = 8, NOTES_LEAST = 12, PIECE_BYTES = 64 << 20 };
#define REGULAR      .7  /* share of bars that must be as long as their metre says */
#define BEAT_LEAST_S .24 /* shorter and longer ones by tempo marks are not believed */
#define BEAT_MOST_S  2.4

void rhythm_piece_clear(rhythm_piece *piece) {
    free(piece->notes), free(piece->beats);
    *piece = (rhythm_piece){0};
}

int rhythm_piece_metre(const rhythm_piece *piece) {
    size_t counts[NEUME_BEAT_METRES] = {0}, most = 0;
    int metre = NEUME_BEAT_METRES;
    for (size_t b = 0; b < piece->beat_count; b++)
        if (piece->beats[b].metre >= 0) counts[piece->beats[b].metre]++;
    for (int k = 0; k < NEUME_BEAT_METRES; k++)
        if (counts[k] > most) most = counts[k], metre = k;
    return metre;
}

void rhythm_pieces_clear(rhythm_pieces *pieces) {
    for (size_t i = 0; i < pieces->count; i++) rhythm_piece_clear(&pieces->items[i]);
    free(pieces->items);
    *pieces = (rhythm_pieces){0};
}

/* --- written music ------------------------------------------------------------------------------------------------ */

typedef struct walk {
    rhythm_piece *piece;
    int64_t *beat_at; /* ticks */
    size_t beat_capacity, at_capacity, note_capacity;
    size_t bars, regular;
    double word_bpm; /* what the tempo word at the head means, in quarters where they are the beat; 0 = there is none */
    bool was_short;
} walk;

/* What musicians make of a word: quarters a minute where quarters are the beat. Later words change earlier ones'
 * meaning less than these do one another's, so the first that is known counts. */
static double tempo_of_words(const char *text) {
    static const struct {
        const char *word;
        double bpm;
    } words[] = {{"prestissimo", 190}, {"presto", 168},    {"vivac", 148},   {"vivo", 144},  {"allegrett", 108},
                 {"allegr", 130},      {"moderato", 100},  {"andantin", 84}, {"andant", 74}, {"larghett", 62},
                 {"adagi", 56},        {"largo", 50},      {"lento", 54},    {"grave", 46},  {"maestoso", 88},
                 {"scherz", 150},      {"menuet", 120},    {"minuet", 120},  {"valse", 150}, {"walz", 150},
                 {"walc", 150},        {"krakowiak", 116}, {"mazur", 135},   {"polon", 96},  {"marcia", 108},
                 {"agitato", 130}};
    for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
        if (strcasestr(text, words[i].word)) return words[i].bpm;
    return 0;
}

/* How long a beat lasts by the bar's tempo, or by the word at the head; 0 where they say nothing, or nothing that is
 * played: files hide tricks in tempo marks. */
static double marked_beat_s(const walk *w, const neume_written_bar *bar, double quarters) {
    const double said_s = bar->quarters_a_minute > 0 ? 60 * quarters / bar->quarters_a_minute : 0;
    const double word_s = w->word_bpm > 0 ? 60 / (w->word_bpm * pow(quarters, -.72)) : 0;
    const double lasts_s = said_s > 0 ? said_s : word_s;
    return lasts_s > BEAT_LEAST_S && lasts_s < BEAT_MOST_S ? lasts_s : 0;
}

/* The beats of a bar; of one that is too short (a pickup, or half of a split one), those of its end. */
static neume_status add_bar(walk *w, const neume_written_bar *bar) {
    const neume_metre metre = bar->metre;
    const int64_t from = bar->at, to = from + bar->ticks;
    const int64_t beat = neume_metre_beat_ticks(metre), length = bar->ticks;
    if (beat <= 0 || length <= 0 || length > 64 * beat) return NEUME_OK;
    const bool whole = length == neume_metre_ticks(metre);
    const int64_t count = (length + beat - 1) / beat;
    const double quarters = (double)beat * 4 / (double)NEUME_WHOLE, lasts_s = marked_beat_s(w, bar, quarters);
    w->bars++, w->regular += whole;
    for (int64_t b = 0; b < count; b++) {
        const int64_t at = whole || w->was_short ? from + b * beat : to - (count - b) * beat;
        if (at < from && w->piece->beat_count) continue;
        NEUME_TRY(neume__grow((void **)&w->piece->beats, &w->beat_capacity, w->piece->beat_count + 1,
                              sizeof *w->piece->beats));
        NEUME_TRY(neume__grow((void **)&w->beat_at, &w->at_capacity, w->piece->beat_count + 1, sizeof *w->beat_at));
        w->beat_at[w->piece->beat_count] = at;
        w->piece->beats[w->piece->beat_count++] = (rhythm_beat){.quarters = (float)quarters,
                                                                .marked_s = (float)lasts_s,
                                                                .down = whole && b == 0,
                                                                .metre = (int8_t)neume_beat_metre_class(metre)};
    }
    w->was_short = !whole && !w->was_short;
    return NEUME_OK;
}

/* Ticks to beats. */
static double beat_of(const walk *w, int64_t tick) {
    size_t low = 0, high = w->piece->beat_count - 1;
    while (low + 1 < high) {
        const size_t middle = (low + high) / 2;
        if (w->beat_at[middle] <= tick)
            low = middle;
        else
            high = middle;
    }
    const double from = (double)w->beat_at[low], to = (double)w->beat_at[low + 1];
    return (double)low + ((double)tick - from) / (to - from);
}

static neume_status add_note(walk *w, rhythm_note note) {
    NEUME_TRY(
        neume__grow((void **)&w->piece->notes, &w->note_capacity, w->piece->note_count + 1, sizeof *w->piece->notes));
    w->piece->notes[w->piece->note_count++] = note;
    return NEUME_OK;
}

static neume_status add_notes(walk *w, const neume_written *written, const neume_score *score) {
    for (size_t i = 0; i < written->note_count; i++) {
        const neume_place *note = &written->notes[i];
        const neume_voice *voice = &score->voices[note->voice];
        const int program = voice->channel == 10 ? NEUME_PROGRAM_DRUMS : voice->program < 0 ? 0 : voice->program;
        if (note->pitch < 0 || note->pitch > 127) continue;
        const double at = beat_of(w, note->at), end = beat_of(w, note->at + note->ticks);
        NEUME_TRY(add_note(w, (rhythm_note){(float)at, (float)(end - at), (uint8_t)note->pitch, 0, (uint8_t)program}));
    }
    return NEUME_OK;
}

static int compare_notes(const void *a, const void *b) {
    const rhythm_note *x = a, *y = b;
    if (x->at < y->at || x->at > y->at) return x->at < y->at ? -1 : 1;
    return (int)x->pitch - (int)y->pitch;
}

neume_status rhythm_piece_of_score(const neume_score *score, rhythm_piece *out) {
    rhythm_piece made = {0};
    neume_written written = {0};
    walk w = {.piece = &made, .word_bpm = tempo_of_words(score->tempo.text)};
    if (w.word_bpm <= 0) w.word_bpm = tempo_of_words(neume_score_text(score, 'T'));
    neume_status status = NEUME_OK;
    if (!score->voice_count) return neume_fail(NEUME_EFORMAT, "a score without voices");
    NEUME_GO(neume_written_from_score(score, &written));
    for (size_t i = 0; i < written.bar_count; i++) NEUME_GO(add_bar(&w, &written.bars[i]));
    if (made.beat_count < BEATS_LEAST || (double)w.regular < REGULAR * (double)w.bars) {
        status = neume_fail(NEUME_EFORMAT, "too few whole bars");
        goto fail;
    }
    NEUME_GO(add_notes(&w, &written, score));
    if (made.note_count < NOTES_LEAST) {
        status = neume_fail(NEUME_EFORMAT, "too few notes");
        goto fail;
    }
    qsort(made.notes, made.note_count, sizeof *made.notes, compare_notes);
    *out = made;
    made = (rhythm_piece){0};
fail:
    free(w.beat_at);
    neume_written_clear(&written);
    rhythm_piece_clear(&made);
    return status;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static neume_status keep(rhythm_pieces *pieces, rhythm_piece *piece, uint64_t key) {
    const neume_status status =
        neume__grow((void **)&pieces->items, &pieces->capacity, pieces->count + 1, sizeof *pieces->items);
    if (status) {
        rhythm_piece_clear(piece);
        return status;
    }
    piece->held_out = neume__corpus_held_out(key);
    pieces->items[pieces->count++] = *piece;
    return NEUME_OK;
}

/* Takes a score over. */
static neume_status add_score(rhythm_pieces *pieces, neume_score *score, const char *name, size_t *bad) {
    rhythm_piece piece = {0};
    const neume_status status = rhythm_piece_of_score(score, &piece);
    neume_score_free(score);
    if (status == NEUME_ENOMEM) return status;
    if (status) {
        ++*bad;
        return NEUME_OK;
    }
    return keep(pieces, &piece, neume__corpus_key(name));
}

static neume_status add_tunes(rhythm_pieces *pieces, const neume_buffer *text, size_t *bad) {
    neume_abc_place place = {0};
    for (;;) {
        neume_score *score = NULL;
        const neume_status status = neume_abc_read(text->data, text->size, &place, NULL, &score);
        if (status == NEUME_ENOTFOUND) return NEUME_OK;
        if (status == NEUME_ENOMEM) return status;
        if (status) {
            ++*bad;
            continue;
        }
        char title[256]; /* settings of one tune share its title */
        const char *named = neume_score_text(score, 'T');
        snprintf(title, sizeof title, "%s", named ? named : "untitled");
        NEUME_TRY(add_score(pieces, score, title, bad));
    }
}

static neume_status add_score_file(rhythm_pieces *pieces, const char *path, size_t *bad) {
    neume_buffer bytes = {0};
    neume_status status = neume_file_read(path, PIECE_BYTES, &bytes);
    neume_score *score = NULL;
    if (status == NEUME_ENOMEM) return status;
    if (!status && neume_abc_sniff(bytes.data, bytes.size))
        status = add_tunes(pieces, &bytes, bad);
    else if (!status && !(status = neume_score_read(path, bytes.data, bytes.size, NULL, &score)))
        status = add_score(pieces, score, path, bad);
    else
        ++*bad;
    neume_buffer_clear(&bytes);
    return status == NEUME_ENOMEM ? status : NEUME_OK;
}

neume_status rhythm_pieces_add_scores(rhythm_pieces *pieces, const char *path) {
    const size_t before = pieces->count;
    size_t bad = 0;
    DIR *folder = opendir(path);
    neume_status status = NEUME_OK;
    if (!folder) {
        NEUME_TRY(add_score_file(pieces, path, &bad));
    } else {
        for (const struct dirent *entry; !status && (entry = readdir(folder));) {
            char name[4096];
            if (entry->d_name[0] == '.') continue;
            if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name) continue;
            if (entry->d_type == DT_DIR)
                status = rhythm_pieces_add_scores(pieces, name);
            else
                status = add_score_file(pieces, name, &bad);
        }
        closedir(folder);
    }
    neume_log(NEUME_LOG_INFO, "%s: %zu pieces with beats, %zu left out", path, pieces->count - before, bad);
    return status;
}

/* --- played pieces ------------------------------------------------------------------------------------------------ */

static neume_status add_beat(rhythm_piece *piece, size_t *capacity, rhythm_beat beat) {
    NEUME_TRY(neume__grow((void **)&piece->beats, capacity, piece->beat_count + 1, sizeof *piece->beats));
    piece->beats[piece->beat_count++] = beat;
    return NEUME_OK;
}

/* The beat behind b that begins a bar, or the end. */
static size_t next_bar(const rhythm_piece *piece, size_t b) {
    for (b++; b < piece->beat_count && !piece->beats[b].down;) b++;
    return b;
}

/* Each bar's metre is its number of quarters; six of them are two bars of three, or in a song of fours a bar and a
 * half, of which nothing is said. */
static void count_bars(rhythm_piece *piece) {
    size_t fours = 0, sixes = 0;
    for (size_t b = 0, next; b < piece->beat_count; b = next) {
        next = next_bar(piece, b);
        fours += next == b + 4, sixes += next == b + 6;
    }
    for (size_t b = 0, next; b < piece->beat_count; b = next) {
        next = next_bar(piece, b);
        const bool six = next == b + 6 && piece->beats[b].down;
        if (six && sixes >= fours) piece->beats[next = b + 3].down = true;
        const bool whole = piece->beats[b].down && next < piece->beat_count && next != b + 6;
        const neume_metre metre = {.beats = (int16_t)(next - b), .unit = 4};
        for (size_t k = b; k < next; k++) piece->beats[k].metre = (int8_t)(whole ? neume_beat_metre_class(metre) : -1);
    }
}

/* Lines "time  beat  downbeat". */
static neume_status read_beats(const char *path, rhythm_piece *piece) {
    neume_buffer text = {0};
    size_t capacity = 0;
    NEUME_TRY(neume_file_read(path, 1 << 20, &text));
    neume_status status = NEUME_OK;
    for (char *at = text.data; !status && at && *at;) {
        char *end;
        const double time_s = strtod(at, &end);
        if (end == at) break;
        (void)strtod(end, &end);
        const double down = strtod(end, &end);
        status = add_beat(piece, &capacity, (rhythm_beat){.time_s = (float)time_s, .quarters = 1, .down = down > .5});
        at = strchr(end, '\n');
        if (at) at++;
    }
    count_bars(piece);
    neume_buffer_clear(&text);
    return status;
}

/* Played to a click: "..._BPM_beat_N-M.mid", from 0 to @p end_s. */
static neume_status click_beats(const char *path, double end_s, rhythm_piece *piece) {
    const char *name = strrchr(path, '/'), *tail = strstr(name ? name : path, "_beat_");
    size_t capacity = 0;
    int beats, unit;
    if (!tail || sscanf(tail, "_beat_%d-%d", &beats, &unit) != 2 || beats < 1 || beats > 16)
        return neume_fail(NEUME_EFORMAT, "%s: its name tells no metre", path);
    const char *bpm = tail;
    while (bpm > path && bpm[-1] >= '0' && bpm[-1] <= '9') bpm--;
    const neume_metre metre = {.beats = (int16_t)beats, .unit = (int16_t)unit};
    const double quarters = (double)neume_metre_beat_ticks(metre) * 4 / NEUME_WHOLE;
    const double beat_s = 60 * quarters / fmax(atof(bpm), 20);
    for (int b = 0; b * beat_s < end_s; b++)
        NEUME_TRY(add_beat(piece, &capacity,
                           (rhythm_beat){.time_s = (float)(b * beat_s),
                                         .quarters = (float)quarters,
                                         .down = b % neume_metre_beats(metre) == 0,
                                         .metre = (int8_t)neume_beat_metre_class(metre)}));
    return NEUME_OK;
}

static neume_status read_played(const char *midi, const char *beats, rhythm_piece *piece) {
    neume_notes notes = {0};
    neume_status status = NEUME_OK;
    piece->played = true;
    NEUME_TRY(neume_notes_read_file(midi, &notes));
    const double end_s = notes.count ? notes.items[notes.count - 1].onset_s : 0;
    NEUME_GO(access(beats, R_OK) == 0 ? read_beats(beats, piece) : click_beats(midi, end_s, piece));
    if (piece->beat_count < BEATS_LEAST || notes.count < NOTES_LEAST) {
        status = neume_fail(NEUME_EFORMAT, "%s: too short", midi);
        goto fail;
    }
    piece->notes = calloc(notes.count, sizeof *piece->notes);
    if (!piece->notes) {
        status = neume_fail(NEUME_ENOMEM, "no memory for notes");
        goto fail;
    }
    size_t b = 0;
    for (size_t i = 0; i < notes.count; i++) {
        const neume_note *note = &notes.items[i];
        while (b + 2 < piece->beat_count && (double)piece->beats[b + 1].time_s <= note->onset_s) b++;
        const double from = (double)piece->beats[b].time_s, length = (double)piece->beats[b + 1].time_s - from;
        piece->notes[piece->note_count++] = (rhythm_note){
            (float)((double)b + (note->onset_s - from) / length), (float)((note->offset_s - note->onset_s) / length),
            (uint8_t)note->pitch, (uint8_t)note->velocity, (uint8_t)note->program};
    }
fail:
    neume_notes_clear(&notes);
    return status;
}

neume_status rhythm_pieces_add_played(rhythm_pieces *pieces, const char *folder_path) {
    DIR *folder = opendir(folder_path);
    const size_t before = pieces->count;
    size_t bad = 0;
    neume_status status = NEUME_OK;
    if (!folder) return neume_fail(NEUME_ENOTFOUND, "there is no folder %s", folder_path);
    for (const struct dirent *entry; !status && (entry = readdir(folder));) {
        char midi[4096], beats[4096];
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".mid") != 0) continue;
        const int stem = (int)(dot - entry->d_name);
        snprintf(midi, sizeof midi, "%s/%s", folder_path, entry->d_name);
        snprintf(beats, sizeof beats, "%s/%.*s.beat_midi.txt", folder_path, stem, entry->d_name);
        rhythm_piece piece = {0};
        const neume_status read = read_played(midi, beats, &piece);
        if (read) {
            rhythm_piece_clear(&piece);
            if (read == NEUME_ENOMEM) status = read;
            bad++;
            continue;
        }
        const int number = atoi(entry->d_name); /* POP909: the development songs of eval score are kept out */
        status = keep(pieces, &piece, neume__corpus_key(entry->d_name));
        if (!status && number) pieces->items[pieces->count - 1].held_out = number % 14 == 3;
    }
    closedir(folder);
    neume_log(NEUME_LOG_INFO, "%s: %zu pieces with beats, %zu left out", folder_path, pieces->count - before, bad);
    return status;
}
