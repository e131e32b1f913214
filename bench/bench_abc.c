/* How well ABC is read: bench_abc FILE.abc ...
 *
 * Prints, as TSV: tunes, tunes refused, tunes with a warning, tunes that printing and reading again changes, megabytes
 * of text a second to a score and on to MIDI. Where abc2midi (Debian's abcmidi) is installed, each tune also goes
 * through it and the notes are compared: pitch, onset and length within a fiftieth of a second at 120 quarters a
 * minute. What abc2midi plays freely is kept out of the comparison: R: (hornpipes are dotted), graces, fermatas, chord
 * symbols; tunes with ornaments that it plays out (rolls, trills, mordents) and tunes in which it reports an error are
 * counted apart. */
#include "neume/notation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct counts {
    int tunes, refused, warned, changed, same, differ, ornamented, faulty;
    double read_s, midi_s;
    size_t bytes;
} counts;

static bool is_changed(const neume_score *score) {
    neume_buffer text = {0};
    neume_abc_place place = {0};
    neume_score *again = NULL;
    char difference[200] = "unread";
    if (neume_abc_write(score, 1, &text) == NEUME_OK &&
        neume_abc_read(text.data, text.size, &place, NULL, &again) == NEUME_OK)
        neume_score_difference(score, again, difference, sizeof difference);
    neume_score_free(again);
    neume_buffer_clear(&text);
    return *difference != '\0';
}

/* --- abc2midi ----------------------------------------------------------------------------------------------------- */

static bool is_ornamented(const neume_score *score) {
    static const char *const played_out[] = {"roll",     "trill", "lowermordent", "uppermordent", "turn",
                                             "staccato", "coda",  "segno",        "accent",       "slide"};
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t w = 0; w < score->voices[v].words_count; w++)
            for (size_t i = 0; i < sizeof played_out / sizeof *played_out; i++)
                if (strcmp(score->voices[v].words[w].text, played_out[i]) == 0) return true;
    return false;
}

/* The notes as both must play them: without graces, at 120. */
static neume_status play_plain(neume_score *score, neume_notes *out) {
    neume_played played = {0};
    score->tempo = (neume_tempo){0};
    for (size_t v = 0; v < score->voice_count; v++)
        for (size_t i = 0; i < score->voices[v].item_count; i++) {
            neume_item *item = &score->voices[v].items[i];
            if (item->grace || item->kind == NEUME_ITEM_TEMPO) item->kind = NEUME_ITEM_BREAK;
        }
    NEUME_TRY(neume_score_play(score, &played));
    neume_status status = neume_played_notes(&played, out);
    neume_played_clear(&played);
    return status;
}

/* Runs abc2midi on a tune's text without R: and Q:. @return whether it reported no error and wrote a file */
static bool run_abc2midi(const char *text, size_t count, const char *folder, neume_notes *out) {
    char abc[80], midi[80], log[80], command[400];
    snprintf(abc, sizeof abc, "%s/t.abc", folder);
    snprintf(midi, sizeof midi, "%s/t.mid", folder);
    snprintf(log, sizeof log, "%s/t.log", folder);
    FILE *file = fopen(abc, "w");
    if (!file) return false;
    bool line = true, keep = true;
    for (size_t i = 0; i < count; i++) {
        if (line) keep = !(i + 1 < count && text[i + 1] == ':' && (text[i] == 'R' || text[i] == 'Q'));
        if (keep) fputc(text[i], file);
        line = text[i] == '\n';
    }
    fputs("\n\n", file);
    fclose(file);
    unlink(midi);
    snprintf(command, sizeof command, "abc2midi %s -o %s -NGRA -NFER -NGUI > %s 2>&1 && ! grep -q Error %s", abc, midi,
             log, log);
    neume_buffer bytes = {0};
    bool good = system(command) == 0 && neume_file_read(midi, 1 << 24, &bytes) == NEUME_OK &&
                neume_midi_read_notes(bytes.data, bytes.size, out) == NEUME_OK;
    neume_buffer_clear(&bytes);
    unlink(abc);
    unlink(midi);
    unlink(log);
    return good;
}

/* Every note of one has a partner in the other. */
static bool have_partners(const neume_notes *a, const neume_notes *b) {
    static const double REACH_S = 0.02;
    size_t first = 0;
    for (size_t i = 0; i < a->count; i++) {
        const neume_note *x = &a->items[i];
        bool found = false;
        while (first < b->count && b->items[first].onset_s < x->onset_s - REACH_S) first++;
        for (size_t j = first; j < b->count && !found && b->items[j].onset_s <= x->onset_s + REACH_S; j++)
            found = b->items[j].pitch == x->pitch && fabs(b->items[j].offset_s - x->offset_s) <= REACH_S;
        if (!found) return false;
    }
    return true;
}

static void compare(neume_score *score, const char *text, size_t count, const char *folder, counts *c) {
    neume_notes ours = {0}, theirs = {0};
    if (is_ornamented(score)) {
        c->ornamented++;
        return;
    }
    if (!run_abc2midi(text, count, folder, &theirs))
        c->faulty++;
    else if (play_plain(score, &ours) == NEUME_OK && have_partners(&ours, &theirs) && have_partners(&theirs, &ours))
        c->same++;
    else
        c->differ++;
    neume_notes_clear(&ours);
    neume_notes_clear(&theirs);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static void measure_speed(const neume_buffer *file, counts *c) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    double start_s = neume_clock_s(), midi_s = 0;
    for (;;) {
        neume_status status = neume_abc_read(file->data, file->size, &place, NULL, &score);
        if (status == NEUME_EFORMAT) continue;
        if (status) break;
        neume_buffer midi = {0};
        double before_s = neume_clock_s();
        status = neume_midi_write_score(score, &midi);
        midi_s += neume_clock_s() - before_s;
        if (status) fprintf(stderr, "bench_abc: %s\n", neume_error_message());
        neume_buffer_clear(&midi);
        neume_score_free(score);
    }
    c->read_s += neume_clock_s() - start_s - midi_s;
    c->midi_s += midi_s;
    c->bytes += file->size;
}

static void judge(const neume_buffer *file, const char *folder, counts *c) {
    neume_abc_place place = {0}, before;
    for (;;) {
        neume_report report = {0};
        neume_score *score = NULL;
        before = place;
        neume_status status = neume_abc_read(file->data, file->size, &place, &report, &score);
        if (status == NEUME_OK) {
            c->tunes++;
            c->warned += report.warnings > 0;
            c->changed += is_changed(score);
            if (folder) compare(score, file->data + before.at, place.at - before.at, folder, c);
        }
        c->refused += status == NEUME_EFORMAT;
        neume_report_clear(&report);
        neume_score_free(score);
        if (status != NEUME_OK && status != NEUME_EFORMAT) return;
    }
}

int main(int count, char **arguments) {
    counts c = {0};
    char template[] = "/tmp/bench-abc-XXXXXX";
    const char *folder = system("command -v abc2midi > /dev/null") == 0 ? mkdtemp(template) : NULL;
    for (int i = 1; i < count; i++) {
        neume_buffer file = {0};
        if (neume_file_read(arguments[i], NEUME_NOTATION_LIMIT_BYTES, &file)) {
            fprintf(stderr, "bench_abc: %s\n", neume_error_message());
            return 1;
        }
        measure_speed(&file, &c);
        judge(&file, folder, &c);
        neume_buffer_clear(&file);
    }
    if (folder) rmdir(folder);
    printf("tunes\t%d\nrefused\t%d\nwith a warning\t%d\nchanged by print and parse\t%d\n", c.tunes, c.refused, c.warned,
           c.changed);
    printf("ABC to a score\t%.1f MB/s\nABC to MIDI\t%.1f MB/s\n", (double)c.bytes / c.read_s / 1e6,
           (double)c.bytes / (c.read_s + c.midi_s) / 1e6);
    if (folder)
        printf("as abc2midi\t%d of %d\nabc2midi reports an error\t%d\nwith ornaments\t%d\n", c.same, c.same + c.differ,
               c.faulty, c.ornamented);
    return 0;
}
