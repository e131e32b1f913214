/* Notes written down, and what they say of the music: the beat network is found and asked, the score room does the
 * rest. */
#include "neume/service.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEATS_LIMIT_BYTES = 16 << 20 };

/* --- what the user knows ------------------------------------------------------------------------------------------ */

neume_status neume_metre_parse(const char *text, neume_metre *out) {
    char *end;
    errno = 0;
    const long beats = strtol(text, &end, 10);
    const long unit = *end == '/' ? strtol(end + 1, &end, 10) : 0;
    if (*end || beats < 1 || beats > 64 || unit < 1 || unit > 64 || (unit & (unit - 1)))
        return neume_fail(NEUME_EINVAL, "a metre is like 3/4 or 6/8, not '%s'", text);
    *out = (neume_metre){.beats = (int16_t)beats, .unit = (int16_t)unit};
    return NEUME_OK;
}

/* Lines "seconds number-in-bar"; # begins a comment. */
static neume_status read_beats(const neume_page_options *page, neume_rhythm *out) {
    neume_buffer text = {0};
    neume_status status = NEUME_OK;
    int line = 0;
    NEUME_TRY(neume_file_read(page->beats_path, BEATS_LIMIT_BYTES, &text));
    for (char *at = text.data, *next; at && *at && !status; at = next) {
        next = strchr(at, '\n');
        if (next) *next++ = '\0';
        line++;
        char *end;
        at[strcspn(at, "#\r")] = '\0';
        if (!at[strspn(at, " \t")]) continue;
        const double time_s = strtod(at, &end);
        const long number = end == at ? 0 : strtol(end, NULL, 10);
        const bool later = !out->count || time_s > out->beats[out->count - 1].time_s;
        if (number < 1 || number > 64 || !isfinite(time_s) || fabs(time_s) > 1e6 || !later)
            status = neume_fail(NEUME_EFORMAT, "%s: line %d is not 'seconds number-in-bar', later than the one before",
                                page->beats_path, line);
        else
            status = neume_rhythm_add(out, (neume_beat){time_s, (int)number, page->metre});
    }
    neume_buffer_clear(&text);
    NEUME_TRY(status);
    return out->count < 2 ? neume_fail(NEUME_EFORMAT, "%s: fewer than two beats", page->beats_path) : NEUME_OK;
}

/* Everything the score room wants to know; what was made for it. */
typedef struct asking {
    neume_score_options options;
    neume_beat_model *model;
    neume_bar_model *bars;
    neume_rhythm beats;
} asking;

static void asking_clear(asking *a) {
    neume_beat_model_free(a->model);
    neume_bar_model_free(a->bars);
    neume_rhythm_clear(&a->beats);
}

/* A network that cannot be loaded is named. */
static neume_status name_network(neume_status status, const char *path) {
    char why[512];
    if (!status) return NEUME_OK;
    snprintf(why, sizeof why, "%s", neume_error_message());
    return strstr(why, path) ? status : neume_fail(status, "%s: %s", path, why);
}

/* A network of a kind: the first is loaded, others join it. */
typedef neume_status (*join_function)(asking *a, const char *path);

static neume_status join_beats(asking *a, const char *path) {
    return a->model ? neume_beat_model_join(a->model, path) : neume_beat_model_load(path, &a->model);
}

static neume_status join_bars(asking *a, const char *path) {
    return a->bars ? neume_bar_model_join(a->bars, path) : neume_bar_model_load(path, &a->bars);
}

/* The networks of a list A,B,C, or those that ship. */
static neume_status load_list(asking *a, const char *list, const char *shipped, join_function join) {
    neume_buffer path = {0};
    bool more = true;
    for (const char *at = list ? list : shipped; more;) {
        char name[4096];
        const size_t length = strcspn(at, ",");
        if (length >= sizeof name) return neume_fail(NEUME_EINVAL, "the name of a network is too long");
        memcpy(name, at, length), name[length] = '\0';
        NEUME_TRY(neume_model_find(list ? name : NULL, name, &path));
        const neume_status status = name_network(join(a, path.data), path.data);
        neume_buffer_clear(&path);
        NEUME_TRY(status);
        more = at[length] == ',';
        at += length + 1;
    }
    return NEUME_OK;
}

static neume_status load_models(asking *a, const neume_page_options *page) {
    NEUME_TRY(load_list(a, page->model, NEUME_MODEL_BEATS, join_beats));
    return load_list(a, page->bar_model, NEUME_MODEL_BARS, join_bars);
}

static neume_status asking_init(asking *a, const neume_transcription *music, const neume_page_options *page) {
    *a = (asking){.options = {.title = page->title, .composer = page->composer, .chords = page->chords}};
    neume_status status = NEUME_OK;
    if (page->beats_path)
        NEUME_GO(read_beats(page, &a->beats));
    else
        NEUME_GO(load_models(a, page));
    a->options.rhythm = (neume_rhythm_options){.model = a->model,
                                               .bars = a->bars,
                                               .tempo_bpm = page->tempo_bpm,
                                               .metre = page->metre,
                                               .pickup = page->pickup,
                                               .pickup_known = page->pickup_known,
                                               .clock = page->as_played ? NULL : &music->clock};
    if (page->beats_path) a->options.beats = &a->beats;
    return NEUME_OK;
fail:
    asking_clear(a);
    return status;
}

neume_status neume_notes_write_down(const neume_transcription *music, const neume_page_options *page,
                                    neume_score **out) {
    asking a;
    NEUME_TRY(asking_init(&a, music, page));
    const neume_status status = neume_score_from_notes(&music->notes, &a.options, NULL, out);
    asking_clear(&a);
    return status;
}

/* --- analysing ---------------------------------------------------------------------------------------------------- */

static neume_status print_times(const char *key, const neume_rhythm *rhythm, bool downbeats, neume_buffer *out) {
    bool first = true;
    NEUME_TRY(neume_buffer_print(out, ", \"%s\": [", key));
    for (size_t b = 0; b < rhythm->count; b++) {
        if (downbeats && rhythm->beats[b].number != 1) continue;
        NEUME_TRY(neume_buffer_print(out, "%s%.3f", first ? "" : ", ", rhythm->beats[b].time_s));
        first = false;
    }
    return neume_buffer_print(out, "]");
}

/* The metre most beats stand in. */
static neume_metre usual_metre(const neume_rhythm *rhythm) {
    neume_metre best = {.beats = 4, .unit = 4};
    size_t most = 0;
    for (size_t b = 0; b < rhythm->count && most <= rhythm->count / 2; b++) {
        const neume_metre metre = rhythm->beats[b].metre;
        size_t same = 0;
        for (size_t k = b; k < rhythm->count; k++)
            same += rhythm->beats[k].metre.beats == metre.beats && rhythm->beats[k].metre.unit == metre.unit;
        if (same > most) most = same, best = metre;
        if (b > 64) break; /* what is usual shows early */
    }
    return best;
}

static neume_status print_key(neume_key key, neume_buffer *out) {
    const char *sign = key.tonic_alter > 0 ? "#" : key.tonic_alter < 0 ? "b" : "";
    return neume_buffer_print(out, ", \"key\": \"%c%s %s\"", "CDEFGAB"[key.tonic_step], sign,
                              neume_mode_name((neume_mode)key.mode));
}

static neume_status print_instruments(const neume_notes *notes, neume_buffer *out) {
    size_t counts[NEUME_PROGRAM_DRUMS + 1] = {0};
    bool first = true;
    for (size_t i = 0; i < notes->count; i++) counts[notes->items[i].program]++;
    NEUME_TRY(neume_buffer_print(out, ", \"instruments\": ["));
    for (;;) {
        int most = 0;
        for (int p = 0; p <= NEUME_PROGRAM_DRUMS; p++)
            if (counts[p] > counts[most]) most = p;
        if (!counts[most]) break;
        NEUME_TRY(neume_buffer_print(out, "%s{\"program\": %d, \"name\": \"%s\", \"share\": %.4f}", first ? "" : ", ",
                                     most, neume_program_name(most), (double)counts[most] / (double)notes->count));
        counts[most] = 0;
        first = false;
    }
    return neume_buffer_print(out, "]");
}

static neume_status print_chords(const neume_analysis *analysis, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ", \"chords\": ["));
    for (size_t c = 0; c < analysis->chord_count; c++)
        NEUME_TRY(neume_buffer_print(out, "%s{\"start_s\": %.3f, \"end_s\": %.3f, \"label\": \"%s\"}", c ? ", " : "",
                                     analysis->chords[c].start_s, analysis->chords[c].end_s,
                                     analysis->chords[c].label));
    return neume_buffer_print(out, "]");
}

neume_status neume_analysis_print(const neume_transcription *music, const neume_page_options *page, neume_buffer *out) {
    asking a;
    neume_analysis analysis = {0};
    neume_status status = NEUME_OK;
    NEUME_TRY(asking_init(&a, music, page));
    NEUME_GO(neume_analyse_notes(&music->notes, &a.options, &analysis));
    const neume_metre metre = usual_metre(&analysis.rhythm);
    NEUME_GO(neume_buffer_print(out, "{\"duration_s\": %.3f, \"tempo_bpm\": %.2f, \"metre\": \"%d/%d\"",
                                music->duration_s, neume_rhythm_tempo_bpm(&analysis.rhythm), metre.beats, metre.unit));
    NEUME_GO(print_key(analysis.key, out));
    NEUME_GO(print_times("beats_s", &analysis.rhythm, false, out));
    NEUME_GO(print_times("downbeats_s", &analysis.rhythm, true, out));
    NEUME_GO(print_chords(&analysis, out));
    NEUME_GO(print_instruments(&music->notes, out));
    NEUME_GO(neume_buffer_print(out, "}\n"));
fail:
    neume_analysis_clear(&analysis);
    asking_clear(&a);
    return status;
}

static void describe_measures(const neume_analysis *analysis, neume_buffer *out, neume_status *status) {
    for (size_t m = 0; m < analysis->measure_count && !*status; m++) {
        const neume_measure *bar = &analysis->measures[m];
        *status = neume_buffer_print(out, "%s{\"at\": %lld, \"ticks\": %lld, \"metre\": \"%d/%d\"}", m ? ",\n  " : "",
                                     (long long)bar->at, (long long)bar->ticks, bar->metre.beats, bar->metre.unit);
    }
}

neume_status neume_places_print(const neume_transcription *music, const neume_page_options *page, neume_buffer *out) {
    asking a;
    neume_analysis analysis = {0};
    neume_status status = NEUME_OK;
    NEUME_TRY(asking_init(&a, music, page));
    NEUME_GO(neume_analyse_notes(&music->notes, &a.options, &analysis));
    NEUME_GO(neume_buffer_print(out, "{\"measures\": [\n  "));
    describe_measures(&analysis, out, &status);
    NEUME_GO(status);
    NEUME_GO(neume_buffer_print(out, "],\n \"notes\": [\n  "));
    for (size_t i = 0; i < analysis.place_count; i++) {
        const neume_note *note = &music->notes.items[i];
        const neume_note_place *place = &analysis.places[i];
        NEUME_GO(neume_buffer_print(out,
                                    "%s{\"onset_s\": %.4f, \"pitch\": %d, \"at_ticks\": %lld, \"ticks\": %lld, "
                                    "\"measure\": %d, \"part\": %d, \"staff\": %d, \"voice\": %d}",
                                    i ? ",\n  " : "", note->onset_s, note->pitch, (long long)place->at,
                                    (long long)place->ticks, place->measure, place->part, place->staff, place->voice));
    }
    NEUME_GO(neume_buffer_print(out, "]}\n"));
fail:
    neume_analysis_clear(&analysis);
    asking_clear(&a);
    return status;
}
