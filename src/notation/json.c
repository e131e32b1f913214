/* A transcription as JSON: written by hand, a note a line, so that long ones need no tree. */
#include "neume/base_json.h"
#include "neume/notation.h"

#include "note_check.h"

#include <math.h>
#include <string.h>

static const char *const keys[NOTE_NUMBERS] = {"onset_s", "offset_s", "pitch", "velocity", "program", "confidence"};

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* Whole numbers, so that no locale changes the point. */
static neume_status print_fixed(const char *before, double value, int decimals, neume_buffer *out) {
    long long scale = decimals == 4 ? 10000 : 1000, whole = llround(value * (double)scale);
    return neume_buffer_print(out, "%s%lld.%0*lld", before, whole / scale, decimals, whole % scale);
}

static neume_status print_bend(const neume_bend *bend, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ",\"bend_cents\":["));
    for (size_t i = 0; bend && i < bend->count; i++)
        NEUME_TRY(neume_buffer_print(out, i ? ",%ld" : "%ld", lroundf(bend->cents[i])));
    return neume_buffer_append(out, "]", 1);
}

static neume_status print_note(const neume_note *n, const neume_bends *bends, neume_buffer *out) {
    NEUME_TRY(print_fixed("{\"onset_s\":", n->onset_s, 4, out));
    NEUME_TRY(print_fixed(",\"offset_s\":", n->offset_s, 4, out));
    NEUME_TRY(
        neume_buffer_print(out, ",\"pitch\":%d,\"velocity\":%d,\"program\":%d", n->pitch, n->velocity, n->program));
    NEUME_TRY(print_fixed(",\"confidence\":", fmin(fmax((double)n->confidence, 0), 1), 3, out));
    if (bends) NEUME_TRY(print_bend(neume_bends_find(bends, n), out));
    return neume_buffer_append(out, "}", 1);
}

/* What plays, most notes first. */
static neume_status print_instruments(const neume_notes *notes, neume_buffer *out) {
    size_t used[NEUME_PROGRAM_DRUMS + 1] = {0};
    for (size_t i = 0; i < notes->count; i++) used[notes->items[i].program]++;
    NEUME_TRY(neume_buffer_print(out, ",\"instruments\":["));
    for (bool first = true;; first = false) {
        int most = 0;
        for (int p = 1; p <= NEUME_PROGRAM_DRUMS; p++)
            if (used[p] > used[most]) most = p;
        if (!used[most]) return neume_buffer_append(out, "]", 1);
        NEUME_TRY(neume_buffer_print(out, "%s{\"program\":%d,\"name\":", first ? "" : ",", most));
        NEUME_TRY(neume_json_quote(out, neume_program_name(most)));
        NEUME_TRY(print_fixed(",\"share\":", (double)used[most] / (double)notes->count, 4, out));
        NEUME_TRY(neume_buffer_append(out, "}", 1));
        used[most] = 0;
    }
}

static neume_status print_pedals(const neume_pedals *pedals, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, ",\"pedals\":["));
    for (size_t i = 0; i < pedals->count; i++) {
        NEUME_TRY(print_fixed(i ? ",{\"down_s\":" : "{\"down_s\":", pedals->items[i].down_s, 4, out));
        NEUME_TRY(print_fixed(",\"up_s\":", pedals->items[i].up_s, 4, out));
        NEUME_TRY(neume_buffer_append(out, "}", 1));
    }
    return neume_buffer_append(out, "]", 1);
}

static neume_status print_all(const neume_notes *notes, const neume_transcription_info *info, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"source\":"));
    NEUME_TRY(neume_json_quote(out, info->source));
    NEUME_TRY(neume_buffer_print(out, ",\"model\":"));
    NEUME_TRY(neume_json_quote(out, info->model));
    NEUME_TRY(print_fixed(",\"duration_s\":", info->duration_s, 4, out));
    NEUME_TRY(print_instruments(notes, out));
    if (info->performance.pedals) NEUME_TRY(print_pedals(info->performance.pedals, out));
    if (info->performance.bends) NEUME_TRY(print_fixed(",\"bend_step_s\":", NEUME_BEND_STEP_S, 3, out));
    NEUME_TRY(neume_buffer_print(out, ",\"notes\":["));
    for (size_t i = 0; i < notes->count; i++) {
        NEUME_TRY(neume_buffer_print(out, i ? ",\n" : "\n"));
        NEUME_TRY(print_note(&notes->items[i], info->performance.bends, out));
    }
    return neume_buffer_print(out, "%s]}\n", notes->count ? "\n" : "");
}

neume_status neume_json_write_notes(const neume_notes *notes, const neume_transcription_info *info, neume_buffer *out) {
    NEUME_TRY(neume__notes_check(notes));
    if (!(info->duration_s >= 0 && info->duration_s <= NEUME__NOTATION_LONGEST_S))
        return neume_fail(NEUME_EINVAL, "a recording of %g s", info->duration_s);
    neume_buffer text = {0};
    neume_status status = print_all(notes, info, &text);
    if (!status) status = neume_buffer_append(out, text.data, text.size);
    neume_buffer_clear(&text);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static neume_status read_note(const neume_json *object, size_t number, neume_note *out) {
    double numbers[NOTE_NUMBERS];
    memcpy(numbers, neume__note_defaults, sizeof numbers);
    for (int i = 0; i < NOTE_NUMBERS; i++) {
        const neume_json *value = neume_json_get(object, keys[i]);
        if (neume_json_is_number(value))
            numbers[i] = neume_json_number(value, 0);
        else if (value || i <= NOTE_PITCH)
            return neume_fail(NEUME_EFORMAT, "JSON: note %zu has no number %s", number, keys[i]);
    }
    return neume__note_from_numbers(numbers, number, out);
}

neume_status neume_json_read_notes(const char *text, size_t count, neume_notes *out) {
    neume_json *root = NULL;
    NEUME_TRY(neume_json_parse(text, count, &root));
    neume_notes notes = {0};
    neume_status status = NEUME_OK;
    const neume_json *list = neume_json_get(root, "notes");
    if (!neume_json_is_list(list)) NEUME_GO(neume_fail(NEUME_EFORMAT, "JSON: no list of notes"));
    for (size_t i = 0; i < neume_json_count(list); i++) {
        neume_note note = {0};
        NEUME_GO(read_note(neume_json_at(list, i), i + 1, &note));
        NEUME_GO(neume_notes_add(&notes, note));
    }
    neume_notes_sort(&notes);
    *out = notes;
    notes = (neume_notes){0};
fail:
    neume_notes_clear(&notes);
    neume_json_free(root);
    return status;
}
