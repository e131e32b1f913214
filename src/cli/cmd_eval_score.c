/* neume eval score: how well is music written down? One JSON object a pair, then their mean. */
#include "cli.h"

#include "neume/learn.h"

#include <math.h>
#include <string.h>

enum { SCORES = 20 };
static const char *const score_names[SCORES] = {"beat",       "downbeat",   "cmlt",       "amlt",       "tempo1",
                                                "tempo2",     "numerator",  "metre",      "key",        "signature",
                                                "position",   "value",      "voice",      "bars",       "mv2h",
                                                "mv2h_pitch", "mv2h_voice", "mv2h_metre", "mv2h_value", "mv2h_harmony"};

typedef struct settings {
    cli_common common;
    double skip_s;
    int failed;
} settings;

/* What is scored of a pair; truth: how many notes have a true place. */
typedef struct pair_scores {
    double values[SCORES];
    int64_t truth;
} pair_scores;

/* Are its notes' times told? An estimate without notes has missed them all. */
static bool is_timed(const neume_written *written) {
    return !written->note_count || !isnan(written->notes[0].time_s);
}

static neume_status compare(const neume_reading *truth, const neume_reading *estimate, double skip_s,
                            pair_scores *out) {
    const neume_written *t = &truth->written, *e = &estimate->written;
    const bool scores = t->bar_count && e->bar_count && t->note_count, timed = scores && is_timed(t) && is_timed(e),
               valued = scores && t->notes[0].ticks > 0;
    neume_beat_scores b;
    neume_place_scores p = {-1, -1, -1, -1, 0, 0};
    neume_distance d = {-1, -1, -1, -1, -1, -1};
    NEUME_TRY(neume_beats_score(&truth->timeline, &estimate->timeline, skip_s, &b));
    if (timed) NEUME_TRY(neume_places_score(t, e, &p));
    if (valued && !timed) NEUME_TRY(neume_bars_score(t, e, &p.bars));
    if (valued) NEUME_TRY(neume_written_distance(t, e, &d));
    const double all[SCORES] = {b.beat,  b.downbeat, b.cmlt,      b.amlt,     b.tempo1, b.tempo2, b.numerator,
                                b.metre, b.key,      b.signature, p.position, p.value,  p.voice,  p.bars,
                                d.mean,  d.pitch,    d.voice,     d.metre,    d.value,  d.harmony};
    for (int i = 0; i < SCORES; i++) out->values[i] = all[i] < 0 ? -1 : round(all[i] * 1e4) / 1e4;
    out->truth = p.truth;
    return NEUME_OK;
}

/* An estimate that is not there has missed all that the truth tells. */
static neume_status compare_to_nothing(const neume_reading *truth, pair_scores *out) {
    NEUME_TRY(compare(truth, truth, 0, out));
    for (int i = 0; i < SCORES; i++) out->values[i] = out->values[i] < 0 ? -1 : 0;
    return NEUME_OK;
}

static neume_status print_scores(const double values[SCORES], neume_buffer *out) {
    for (int i = 0; i < SCORES; i++)
        if (values[i] >= 0) NEUME_TRY(neume_buffer_print(out, ", \"%s\": %.4f", score_names[i], values[i]));
    return neume_buffer_print(out, "}\n");
}

static neume_status print_row(const char *file, const pair_scores *scores, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"file\": "));
    NEUME_TRY(cli_json_string(out, file));
    if (scores->truth) NEUME_TRY(neume_buffer_print(out, ", \"truth\": %lld", (long long)scores->truth));
    return print_scores(scores->values, out);
}

/* @p failed pairs that came to nothing before there were files count in every score that is told. */
static neume_status print_mean(size_t pairs, int failed, const double sums[SCORES], const int counts[SCORES],
                               neume_buffer *out) {
    double means[SCORES];
    for (int i = 0; i < SCORES; i++) means[i] = counts[i] ? sums[i] / (counts[i] + failed) : -1;
    NEUME_TRY(neume_buffer_print(out, "{\"mean of\": %zu", pairs + (size_t)failed));
    return print_scores(means, out);
}

/* A truth that cannot be read fails the pair; an estimate that cannot be read, whose reason is in *missed, scores 0. */
static neume_status score_pair(const char *const paths[2], double skip_s, pair_scores *scores, neume_status *missed) {
    neume_reading truth = {0}, estimate = {0};
    neume_status status = neume_reading_read_file(paths[0], &truth);
    if (!status) {
        *missed = neume_reading_read_file(paths[1], &estimate);
        if (*missed) cli_complain(paths[1]);
        status = *missed ? compare_to_nothing(&truth, scores) : compare(&truth, &estimate, skip_s, scores);
    }
    neume_reading_clear(&truth);
    neume_reading_clear(&estimate);
    return status;
}

static int run(const cli_call *call) {
    const settings *at = call->settings;
    double sums[SCORES] = {0};
    int counts[SCORES] = {0}, result = EXIT_DONE;
    size_t pairs = 0;
    if (!call->count || call->count % 2) return cli_usage_error("usage: neume eval score TRUTH EST [TRUTH EST ...]");
    for (size_t i = 0; i < call->count; i += 2) {
        neume_buffer row = {0};
        pair_scores scores;
        neume_status missed = NEUME_OK, status = score_pair(&call->operands[i], at->skip_s, &scores, &missed);
        if (missed) result = cli_exit_reading(missed);
        if (status) {
            cli_complain(call->operands[i]);
            result = cli_exit_reading(status);
            continue;
        }
        for (int k = 0; k < SCORES; k++)
            if (scores.values[k] >= 0) sums[k] += scores.values[k], counts[k]++;
        pairs++;
        if (print_row(call->operands[i + 1], &scores, &row) || cli_say(&row)) return EXIT_FAILED;
    }
    neume_buffer mean = {0};
    if (pairs + (size_t)at->failed > 1 && print_mean(pairs, at->failed, sums, counts, &mean)) return EXIT_FAILED;
    return cli_say(&mean) ? EXIT_FAILED : result;
}

static const cli_option options[] = {
    {"skip", 0, CLI_NUMBER, offsetof(settings, skip_s), "SECONDS",
     "leave out beats before this time, as mir_eval does with 5; default 0", NULL, 0, 1e6},
    {"failed", 0, CLI_INT, offsetof(settings, failed), "N",
     "count N more pairs that came to nothing: 0 in every score of the mean", NULL, 0, 1000000},
    {0},
};

const cli_verb cli_eval_score = {
    "eval score",
    "TRUTH EST [TRUTH EST ...]",
    "score written music against the truth",
    "Prints a JSON object for each pair of files and, for several pairs, their mean; an estimate that cannot be read "
    "scores 0. TRUTH and EST are ASAP's X_annotations.txt (with X.mid, midi_score.mid and midi_score_annotations.txt "
    "beside it), POP909's NNN.beat_midi.txt (NNN.key_audio.txt beside it), JSON of neume analyse or neume convert, or "
    "ABC; what both tell is scored. "
    "beat, downbeat: F1 within 70 ms; cmlt, amlt: share of continuously right beats, amlt at other levels too; "
    "tempo1: within 4 %; tempo2: or a half, a third, twice or three times of it; numerator, metre, signature: equal; "
    "key: MIREX weights. position, value: share of true notes at the right place in the bar, with the right value; "
    "voice: F1 of "
    "pairs of notes that follow each other in a voice; bars: share of true bars exactly right. mv2h: the mean of its "
    "parts, in the manner of McLeod and Steedman (2018).",
    "neume eval score song_annotations.txt song.json",
    options,
    sizeof(settings),
    NULL,
    run};
