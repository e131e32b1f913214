#include "report.h"

#include <stdio.h>
#include <string.h>

void neume_report_clear(neume_report *report) {
    neume_buffer_clear(&report->text);
    report->warnings = 0;
}

neume_status neume__report_add(neume_report *report, const char *text) {
    enum { WARNINGS_MOST = 20 };
    return report->warnings++ < WARNINGS_MOST ? neume_buffer_print(&report->text, "%s\n", text) : NEUME_OK;
}

void neume__fault_add(neume__faults *faults, neume__place place, const char *format, ...) {
    char what[NEUME__FAULT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    int i = 0;
    while (i < faults->count && strcmp(faults->kinds[i].what, what) != 0) i++;
    if (i == NEUME__FAULTS) return;
    neume__fault *kind = &faults->kinds[i];
    if (i == faults->count) {
        *kind = (neume__fault){.first = place};
        memcpy(kind->what, what, sizeof what);
        faults->count++;
    }
    kind->times++;
}

neume_status neume__faults_tell(const neume__faults *faults, neume_report *report) {
    if (!report) return NEUME_OK;
    for (int i = 0; i < faults->count; i++) {
        const neume__fault *kind = &faults->kinds[i];
        char place[48] = "", times[24] = "", line[192];
        if (kind->first.line)
            snprintf(place, sizeof place, "line %ld: ", kind->first.line);
        else if (kind->first.part)
            snprintf(place, sizeof place, "part %d, measure %d: ", kind->first.part, kind->first.measure);
        if (kind->times > 1) snprintf(times, sizeof times, " (%d times)", kind->times);
        snprintf(line, sizeof line, "%s%s%s", place, kind->what, times);
        NEUME_TRY(neume__report_add(report, line));
    }
    return NEUME_OK;
}

void neume__judge_measure(neume__faults *faults, neume__lack *lack, neume__place place, int64_t ticks, int64_t full) {
    const neume__lack before = *lack;
    *lack = (neume__lack){0};
    if (before.ticks && ticks == before.ticks) return; /* the rest of the measure before */
    if (before.ticks) neume__fault_add(faults, before.place, "a measure is shorter than its metre");
    if (!full) return;
    if (ticks > full) neume__fault_add(faults, place, "a measure is longer than its metre");
    if (ticks < full && place.measure > 1) *lack = (neume__lack){full - ticks, place};
}

/* --- a finished score --------------------------------------------------------------------------------------------- */

typedef struct judging {
    neume__faults *faults;
    const neume_score *score;
    const neume_voice *voice;
    neume__place place;
} judging;

/* Does a voice strike this pitch at that time? */
static bool strikes(const neume_voice *v, int64_t at, int pitch) {
    size_t low = 0, high = v->item_count;
    while (low < high) { /* the first item at or behind `at` */
        size_t middle = low + (high - low) / 2;
        if (v->items[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < v->item_count && v->items[low].at == at; low++) {
        const neume_item *item = &v->items[low];
        if (item->kind != NEUME_ITEM_NOTES || item->grace) continue;
        for (int32_t i = 0; i < item->count; i++)
            if (neume_pitch_number(v->pitches[item->first + i]) == pitch) return true;
    }
    return false;
}

/* Is a repeat's end, or an ending's, the next thing behind item i? There a tie goes on elsewhere. */
static bool before_jump(const neume_voice *v, size_t i) {
    while (++i < v->item_count && v->items[i].kind > NEUME_ITEM_REST)
        if (v->items[i].kind == NEUME_ITEM_BAR) return v->bars[v->items[i].first].repeat_end > 0;
    return false;
}

static void judge_ties(judging *j, size_t i) {
    const neume_item *item = &j->voice->items[i];
    for (int32_t k = 0; k < item->count && !item->grace; k++) {
        const neume_pitch pitch = j->voice->pitches[item->first + k];
        const int number = neume_pitch_number(pitch);
        bool found = !pitch.tied || strikes(j->voice, item->at + item->ticks, number);
        for (size_t v = 0; v < j->score->voice_count && !found; v++)
            found = j->score->voices[v].part == j->voice->part &&
                    strikes(&j->score->voices[v], item->at + item->ticks, number);
        if (!found && !before_jump(j->voice, i)) neume__fault_add(j->faults, j->place, "a tie leads to no note");
    }
}

static void judge_ending(judging *j, const neume_bar *bar, bool *reached) {
    const int number = bar->ending && *bar->ending >= '1' && *bar->ending <= '9' ? *bar->ending - '0' : 0;
    if (number > 1 && !*reached) neume__fault_add(j->faults, j->place, "an ending %d without one before it", number);
    if (number) *reached = true;
    if (bar->repeat_start) *reached = false;
}

static void judge_voice(judging *j, int *slurs) {
    bool reached = false;
    j->place.measure = 1;
    for (size_t i = 0; i < j->voice->item_count; i++) {
        const neume_item *item = &j->voice->items[i];
        *slurs += item->slurs_open - item->slurs_close;
        if (item->kind == NEUME_ITEM_NOTES) judge_ties(j, i);
        if (item->kind != NEUME_ITEM_BAR) continue;
        judge_ending(j, &j->voice->bars[item->first], &reached);
        j->place.measure++;
    }
}

/* Slurs may go from voice to voice of a part, so they are counted in the part. */
void neume__judge_score(neume__faults *faults, const neume_score *score) {
    judging j = {.faults = faults, .score = score};
    int slurs = 0;
    for (size_t i = 0; i < score->voice_count; i++) {
        j.voice = &score->voices[i];
        j.place.part = j.voice->part + 1;
        judge_voice(&j, &slurs);
        if (i + 1 < score->voice_count && score->voices[i + 1].part == j.voice->part) continue;
        if (slurs > 0) neume__fault_add(faults, (neume__place){0}, "a slur has no end");
        if (slurs < 0) neume__fault_add(faults, (neume__place){0}, "a slur has no beginning");
        slurs = 0;
    }
}
