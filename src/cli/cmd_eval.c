/* neume eval notes: how well do transcribed notes agree with the truth? One JSON object a pair, then their mean. */
#include "cli.h"

#include "neume/learn.h"
#include "neume/service.h"

#include <math.h>
#include <string.h>

enum { SCORES = 6 };
static const char *const score_names[SCORES] = {"onset", "onset100", "offset", "multi", "frame", "drums"};

/* Four decimals, as they are printed: the mean is that of the printed rows. Below 0: there is none. */
static void list_scores(const neume_note_scores *scores, double out[SCORES]) {
    const double all[SCORES] = {scores->onset, scores->onset100, scores->offset,
                                scores->multi, scores->frame,    scores->drums};
    for (int i = 0; i < SCORES; i++) out[i] = all[i] < 0 ? -1 : round(all[i] * 1e4) / 1e4;
}

static neume_status print_scores(const double values[SCORES], neume_buffer *out) {
    for (int i = 0; i < SCORES; i++)
        if (values[i] >= 0) NEUME_TRY(neume_buffer_print(out, ", \"%s\": %.4f", score_names[i], values[i]));
    return neume_buffer_print(out, "}\n");
}

static neume_status print_row(const char *file, const neume_note_scores *scores, const double values[SCORES],
                              neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"file\": "));
    NEUME_TRY(cli_json_string(out, file));
    NEUME_TRY(neume_buffer_print(out, ", \"truth\": %lld, \"est\": %lld", (long long)scores->truth,
                                 (long long)scores->estimated));
    return print_scores(values, out);
}

static neume_status print_mean(size_t pairs, const double sums[SCORES], const int counts[SCORES], neume_buffer *out) {
    double means[SCORES];
    for (int i = 0; i < SCORES; i++) means[i] = counts[i] ? sums[i] / counts[i] : -1;
    NEUME_TRY(neume_buffer_print(out, "{\"mean of\": %zu", pairs));
    return print_scores(means, out);
}

/* --- reliability -------------------------------------------------------------------------------------------------- */

enum { BINS = 10 };

/* How many notes were given a confidence of each tenth, and how many of them are right. */
typedef struct reliability {
    int64_t notes[BINS], right[BINS];
    double confidence[BINS];
} reliability;

static void count_note(void *context, const neume_note *note, bool right) {
    reliability *r = context;
    const double confidence = fmin(fmax((double)note->confidence, 0), 1);
    const int bin = confidence < 1 ? (int)(confidence * BINS) : BINS - 1;
    r->notes[bin]++;
    r->right[bin] += right;
    r->confidence[bin] += confidence;
}

/* "error": the mean distance between confidence and truth, weighed by notes (expected calibration error). */
static neume_status print_reliability(const reliability *r, neume_buffer *out) {
    double error = 0;
    int64_t all = 0;
    NEUME_TRY(neume_buffer_print(out, "{\"reliability\": ["));
    for (int bin = 0, first = 1; bin < BINS; bin++) {
        if (!r->notes[bin]) continue;
        const double n = (double)r->notes[bin], confidence = r->confidence[bin] / n, right = (double)r->right[bin] / n;
        NEUME_TRY(neume_buffer_print(out, "%s{\"from\": %.1f, \"notes\": %lld, \"confidence\": %.3f, \"right\": %.3f}",
                                     first ? "" : ", ", (double)bin / BINS, (long long)r->notes[bin], confidence,
                                     right));
        error += n * fabs(confidence - right);
        all += r->notes[bin];
        first = 0;
    }
    return neume_buffer_print(out, "], \"error\": %.4f}\n", all ? error / (double)all : 0);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static neume_status score_pair(const char *truth_path, const char *estimate_path, neume_note_scores *scores,
                               reliability *table, const char **culprit) {
    neume_notes truth = {0}, estimate = {0};
    neume_status status = neume_notes_read_file(*culprit = truth_path, &truth);
    if (!status) status = neume_notes_read_file(*culprit = estimate_path, &estimate);
    if (!status) status = neume_score_notes(&truth, &estimate, scores);
    if (!status) status = neume_judge_notes(&truth, &estimate, false, count_note, table);
    neume_notes_clear(&truth);
    neume_notes_clear(&estimate);
    return status;
}

typedef struct settings {
    cli_common common;
    bool reliability;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    reliability table = {0};
    double sums[SCORES] = {0}, values[SCORES];
    int counts[SCORES] = {0}, result = EXIT_DONE;
    size_t pairs = 0;
    if (!call->count || call->count % 2) return cli_usage_error("usage: neume eval notes TRUTH EST [TRUTH EST ...]");
    for (size_t i = 0; i < call->count; i += 2) {
        neume_note_scores scores;
        neume_buffer row = {0};
        const char *culprit = NULL;
        neume_status status = score_pair(call->operands[i], call->operands[i + 1], &scores, &table, &culprit);
        if (status) {
            cli_complain(culprit);
            result = cli_exit_reading(status);
            continue;
        }
        list_scores(&scores, values);
        for (int k = 0; k < SCORES; k++)
            if (values[k] >= 0) sums[k] += values[k], counts[k]++;
        pairs++;
        if (print_row(call->operands[i + 1], &scores, values, &row)) return EXIT_FAILED;
        if (cli_say(&row)) return EXIT_FAILED;
    }
    neume_buffer mean = {0};
    if (pairs > 1 && print_mean(pairs, sums, counts, &mean)) return EXIT_FAILED;
    if (at->reliability && print_reliability(&table, &mean)) return EXIT_FAILED;
    return cli_say(&mean) ? EXIT_FAILED : result;
}

static const cli_option options[] = {
    {"reliability", 0, CLI_FLAG, offsetof(settings, reliability), NULL,
     "also say, for each tenth of confidence, how many pitched notes were given it and how many of those are right",
     NULL, 0, 0},
    {0},
};

const cli_verb cli_eval_notes = {"eval notes",
                                 "TRUTH EST [TRUTH EST ...]",
                                 "score transcribed notes against the truth",
                                 "Prints a JSON object for each pair of files and, for several pairs, their mean. "
                                 "onset: F1 of notes of equal pitch whose onsets lie within "
                                 "50 ms; onset100: within 100 ms; offset: the end too, within 50 ms or a fifth of the "
                                 "duration; multi: onset with the right instrument "
                                 "family; frame: F1 over 10 ms of sounding pitches; drums: hits by key within 50 ms, "
                                 "where the truth has drums. As mir_eval.transcription "
                                 "defines them (Raffel et al. 2014). Files are read as by neume convert.",
                                 "neume eval notes truth.csv heard.mid",
                                 options,
                                 sizeof(settings),
                                 NULL,
                                 run};
