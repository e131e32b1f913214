/* Signs at the head of staves and bars: clefs, tempi, chord symbols. */
#include "write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- clefs -------------------------------------------------------------------------------------------------------- */

/* A change of clef must save so many semitones beyond the staves, added over the notes. By hand. */
static const double CLEF_CHANGE = 90;
enum { VIOLA = 41, CONTRABASS = 43, GUITARS = 24, BASSES = 32, BASSES_END = 40 };

/* How far a pitch lies outside the staff: one ledger line is free. */
static double beyond(neume_clef clef, int pitch) {
    int low = 62, high = 79; /* treble: D4 .. G5 */
    if (clef.sign == NEUME_CLEF_BASS) low = 41, high = 59;
    if (clef.sign == NEUME_CLEF_ALTO) low = 51, high = 69;
    low += 12 * clef.octave, high += 12 * clef.octave;
    return pitch < low ? low - pitch : pitch > high ? pitch - high : 0;
}

static double staff_mean(const neume__draft *d, int part, int staff, double fallback) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < d->note_count; i++) {
        if (d->notes[i].part != part || neume__staff_of(&d->notes[i], d->parts[part].staves) != staff) continue;
        sum += d->notes[i].number, count++;
    }
    return count > 0 ? sum / count : fallback;
}

/* The one or two clefs that a staff uses. @return how many */
static int usual_clefs(int program, double mean, neume_clef out[2]) {
    out[0] = (neume_clef){NEUME_CLEF_TREBLE, 0};
    out[1] = (neume_clef){NEUME_CLEF_BASS, 0};
    if (program == NEUME_PROGRAM_DRUMS) return out[0].sign = NEUME_CLEF_PERCUSSION, 1;
    if (program >= GUITARS && program < BASSES && mean < 74) return out[0].octave = -1, 1;
    if ((program == CONTRABASS || (program >= BASSES && program < BASSES_END)) && mean < 48)
        return out[0] = (neume_clef){NEUME_CLEF_BASS, -1}, 1;
    if (program == VIOLA) {
        out[1] = out[0], out[0].sign = NEUME_CLEF_ALTO;
        return 2;
    }
    if (mean > 86) return out[0].octave = 1, 1;
    if (mean < 34) return out[0] = (neume_clef){NEUME_CLEF_BASS, -1}, 1;
    return 2;
}

/* Adds to each measure what its notes would cost in both clefs. */
static void price_measures(const neume__draft *d, int part, int staff, const neume_clef clefs[2], double (*price)[2]) {
    size_t measure = 0;
    for (size_t i = 0; i < d->note_count; i++) {
        const neume__placed *n = &d->notes[i];
        if (n->part != part || neume__staff_of(n, d->parts[part].staves) != staff) continue;
        while (measure + 1 < d->measure_count && n->at >= d->measures[measure + 1].at) measure++;
        for (int c = 0; c < 2; c++) price[measure][c] += beyond(clefs[c], n->number);
    }
}

neume_status neume__choose_clefs(const neume__draft *d, int part, int staff, neume_clef **out) {
    neume_status status = NEUME_OK;
    neume_clef usual[2];
    double(*price)[2] = neume__calloc(d->measure_count, sizeof *price);
    neume_clef *clefs = neume__calloc(d->measure_count, sizeof *clefs);
    uint8_t(*back)[2] = neume__calloc(d->measure_count, sizeof *back);
    if (!price || !clefs || !back) {
        status = NEUME_ENOMEM;
        goto fail;
    }
    const int count = usual_clefs(d->parts[part].program, staff_mean(d, part, staff, staff ? 48 : 67), usual);
    price_measures(d, part, staff, usual, price);
    if (staff_mean(d, part, staff, staff ? 48 : 67) < 60)
        price[0][0] += 0.5;
    else
        price[0][1] += 0.5; /* where nothing else decides */
    for (size_t m = 1; m < d->measure_count; m++)
        for (int c = 0; c < 2; c++) {
            back[m][c] = price[m - 1][!c] + CLEF_CHANGE < price[m - 1][c];
            price[m][c] += back[m][c] ? price[m - 1][!c] + CLEF_CHANGE : price[m - 1][c];
        }
    const size_t last = d->measure_count - 1;
    int best = count == 2 && price[last][1] < price[last][0];
    for (size_t m = d->measure_count; m-- > 0;) {
        clefs[m] = usual[best];
        if (count == 2 && back[m][best]) best = !best;
    }
    *out = clefs;
    clefs = NULL;
fail:
    neume__free(price), neume__free(back), neume__free(clefs);
    return status;
}

/* --- tempi -------------------------------------------------------------------------------------------------------- */

/* A tempo is told anew when it has changed by so much, in two bars running and on the mean of four. */
static const double TEMPO_CHANGE = 0.12;
enum { TEMPO_BARS = 4 };

/* How many minutes a stretch takes, in ticks a (quarter a minute). */
static double duration(const neume__draft *d, int64_t from, int64_t to) {
    double sum = 0;
    for (size_t i = 0; i < d->tempo_count; i++) {
        int64_t begin = i ? d->tempi[i].at : from, end = i + 1 < d->tempo_count ? d->tempi[i + 1].at : to;
        begin = begin < from ? from : begin, end = end > to ? to : end;
        if (end > begin && d->tempi[i].quarters_a_minute > 0)
            sum += (double)(end - begin) / d->tempi[i].quarters_a_minute;
    }
    return sum;
}

/* Quarters a minute of so many measures. */
static double mean_tempo(const neume__draft *d, const double *lasts, size_t first, size_t count) {
    double ticks = 0, sum = 0;
    for (size_t m = first; m < first + count && m < d->measure_count; m++)
        ticks += (double)d->measures[m].ticks, sum += lasts[m];
    return sum > 0 ? ticks / sum : 0;
}

/* The middle one of the first bars' tempi: a held bar is no tempo. */
static double first_tempo(const neume__draft *d, const double *lasts) {
    double tempi[TEMPO_BARS + 1] = {0};
    size_t count = 0;
    for (size_t m = 0; m < d->measure_count && m <= TEMPO_BARS; m++) {
        const double tempo = mean_tempo(d, lasts, m, 1);
        size_t at = count++;
        for (; at > 0 && tempi[at - 1] > tempo; at--) tempi[at] = tempi[at - 1];
        tempi[at] = tempo;
    }
    return tempi[count / 2];
}

static double change_of(double tempo, double from) {
    return tempo > 0 ? log(tempo / from) : 0;
}

neume_status neume__choose_tempi(const neume__draft *d, double **out) {
    double *told = neume__calloc(d->measure_count, sizeof *told),
           *lasts = neume__calloc(d->measure_count, sizeof *told);
    if (!told || !lasts) {
        neume__free(told), neume__free(lasts);
        return NEUME_ENOMEM;
    }
    for (size_t m = 0; m < d->measure_count; m++)
        lasts[m] = duration(d, d->measures[m].at, d->measures[m].at + d->measures[m].ticks);
    double now = first_tempo(d, lasts);
    const double most = log1p(TEMPO_CHANGE);
    if (now > 0) told[0] = now;
    for (size_t m = 1; now > 0 && m + 1 < d->measure_count; m++) {
        const double mean = mean_tempo(d, lasts, m, TEMPO_BARS), change = change_of(mean, now);
        const double one = change_of(mean_tempo(d, lasts, m, 1), now),
                     two = change_of(mean_tempo(d, lasts, m + 1, 1), now);
        bool up = change > most && one > most && two > most, down = change < -most && one < -most && two < -most;
        if (up || down) now = told[m] = mean;
    }
    neume__free(lasts);
    *out = told;
    return NEUME_OK;
}

/* --- chord symbols ------------------------------------------------------------------------------------------------ */

static const char *quality_text(const char *quality) {
    /* Harte's shorthand as lead sheets and abc2midi have it */
    static const char *const names[][2] = {{"maj", ""},       {"min", "m"},           {"dim", "dim"}, {"aug", "aug"},
                                           {"maj7", "maj7"},  {"min7", "m7"},         {"7", "7"},     {"dim7", "dim7"},
                                           {"hdim7", "m7b5"}, {"minmaj7", "m(maj7)"}, {"maj6", "6"},  {"min6", "m6"},
                                           {"9", "9"},        {"maj9", "maj9"},       {"min9", "m9"}, {"sus4", "sus4"},
                                           {"sus2", "sus2"},  {"sus4(b7)", "7sus4"},  {"1", ""},      {"5", "5"}};
    for (size_t i = 0; quality && i < sizeof names / sizeof *names; i++)
        if (strcmp(quality, names[i][0]) == 0) return names[i][1];
    return quality ? quality : "";
}

static const char *alter_text(int alter) {
    static const char *const names[] = {"bb", "b", "", "#", "##"};
    return names[alter < -2 ? 0 : alter > 2 ? 4 : alter + 2];
}

void neume__chord_text(const neume__chord *chord, char out[32]) {
    out[0] = '\0';
    if (chord->root_step < 0 || chord->root_step > 6) return;
    int length = snprintf(out, 32, "%c%s%.16s", "CDEFGAB"[chord->root_step], alter_text(chord->root_alter),
                          quality_text(chord->quality));
    if (chord->bass_step < 0 || chord->bass_step > 6 || length < 0 || length > 26) return;
    if (chord->bass_step != chord->root_step || chord->bass_alter != chord->root_alter)
        snprintf(out + length, 32 - (size_t)length, "/%c%s", "CDEFGAB"[chord->bass_step],
                 alter_text(chord->bass_alter));
}
