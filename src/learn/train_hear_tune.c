/* The decoder's thresholds, chosen on validation data when the weights are done: one after another, each at the value
 * that scores best with the others held. The shipped set is one for all music; which presets and pieces it is chosen
 * on, training never saw. */
#include "train_hear.h"

#include <math.h>

/* What a threshold is judged by. */
typedef double judge(const hear_validation *v);

static double by_onset(const hear_validation *v) {
    return v->mean;
}

static double by_offset(const hear_validation *v) {
    double sum = 0;
    for (int g = 0; g < HEAR_GROUPS; g++) sum += v->group[g].offset;
    return sum / HEAR_GROUPS;
}

static double by_drums(const hear_validation *v) {
    return v->group[HEAR_GROUPS - 1].drums;
}

static neume_status validate_config(const hear_validator *validator, neume_hear_net *net,
                                    const neume_hear_config *config, const hear_listener *listener,
                                    hear_validation *out) {
    neume_gguf_writer *writer = NULL;
    neume_gguf *gguf = NULL;
    neume_hear_model *model = NULL;
    neume_buffer file = {0};
    neume_status status = NEUME_OK;
    neume_hear_net_set_thresholds(net, config);
    NEUME_GO(neume_gguf_writer_new("neume-hear", &writer));
    NEUME_GO(neume_hear_net_save(net, writer, NULL));
    NEUME_GO(neume_gguf_print(writer, &file));
    NEUME_GO(neume_gguf_parse(file.data, file.size, &gguf));
    NEUME_GO(neume_hear_model_parse(gguf, &model));
    NEUME_GO(hear_validate(validator, model, listener, out));
fail:
    neume_hear_model_free(model);
    neume_gguf_free(gguf);
    neume_buffer_clear(&file);
    neume_gguf_writer_free(writer);
    return status;
}

/* --- confidence --------------------------------------------------------------------------------------------------- */

/* The notes heard in validation: the confidence they were given, as log odds, and whether they are right. */
typedef struct judged {
    double *log_odds;
    bool *right;
    size_t count, capacity, right_capacity;
    neume_status status;
} judged;

static void remember(void *context, const neume_note *note, bool right) {
    judged *j = context;
    double p = fmin(fmax((double)note->confidence, 1e-6), 1 - 1e-6);
    if (!j->status) j->status = neume__grow((void **)&j->log_odds, &j->capacity, j->count + 1, sizeof *j->log_odds);
    if (!j->status) j->status = neume__grow((void **)&j->right, &j->right_capacity, j->count + 1, sizeof *j->right);
    if (j->status) return;
    j->log_odds[j->count] = log(p / (1 - p));
    j->right[j->count++] = right;
}

static void judged_clear(judged *j) {
    neume__free(j->log_odds);
    neume__free(j->right);
}

/* Logistic regression of right on log odds (Platt 1999), by Newton's method; two pseudo-notes, one right and one wrong,
 * keep it finite. Fewer than LEAST notes teach nothing. */
static void fit_confidence(const judged *j, double *scale, double *shift) {
    enum { LEAST = 50, ROUNDS = 30 };
    double a = 1, b = 0;
    if (j->count < LEAST) return;
    for (int round = 0; round < ROUNDS; round++) {
        double g_a = 0, g_b = 0, h_aa = 1e-3, h_ab = 0, h_bb = 1e-3;
        for (size_t i = 0; i < j->count + 2; i++) {
            double x = i < j->count ? j->log_odds[i] : 0, y = i < j->count ? j->right[i] : (double)(i - j->count);
            double p = 1 / (1 + exp(-(a * x + b))), w = p * (1 - p);
            g_a += (p - y) * x, g_b += p - y;
            h_aa += w * x * x, h_ab += w * x, h_bb += w;
        }
        double det = h_aa * h_bb - h_ab * h_ab;
        a -= (h_bb * g_a - h_ab * g_b) / det;
        b -= (h_aa * g_b - h_ab * g_a) / det;
    }
    if (!isfinite(a) || !isfinite(b) || a < 0.05) return;
    *scale = a;
    *shift = b;
}

static neume_status calibrate(const hear_validator *validator, neume_hear_net *net, neume_hear_config *config) {
    judged notes = {0}, drums = {0};
    hear_validation scores;
    hear_listener listener = {remember, &notes, &drums};
    config->note_confidence_scale = config->drum_confidence_scale = 1;
    config->note_confidence_shift = config->drum_confidence_shift = 0;
    neume_status status = validate_config(validator, net, config, &listener, &scores);
    if (!status) status = notes.status ? notes.status : drums.status;
    if (!status) {
        fit_confidence(&notes, &config->note_confidence_scale, &config->note_confidence_shift);
        fit_confidence(&drums, &config->drum_confidence_scale, &config->drum_confidence_shift);
    }
    judged_clear(&notes);
    judged_clear(&drums);
    return status;
}

/* --- thresholds --------------------------------------------------------------------------------------------------- */

enum { CANDIDATES = 5 };

neume_status hear_tune(const hear_validator *validator, neume_hear_net *net, hear_validation *out) {
    neume_hear_config best = *neume_hear_net_config(net);
    const struct {
        const char *name;
        double *value;
        judge *score;
        double candidates[CANDIDATES];
    } knobs[] = {{"onset", &best.onset_threshold, by_onset, {0.25, 0.3, 0.35, 0.4, 0.5}},
                 {"frame", &best.frame_threshold, by_offset, {0.1, 0.2, 0.3, 0.4, 0.5}},
                 {"offset", &best.offset_threshold, by_offset, {0.2, 0.4, 0.6, 0.8, 0.98}},
                 {"drum", &best.drum_threshold, by_drums, {0.15, 0.2, 0.3, 0.4, 0.5}}};
    for (size_t k = 0; k < sizeof knobs / sizeof *knobs && validator->segments; k++) {
        double chosen = *knobs[k].value, highest = -2;
        for (int i = 0; i < CANDIDATES; i++) {
            hear_validation v;
            *knobs[k].value = knobs[k].candidates[i];
            if (neume_cancelled()) return neume_fail(NEUME_ECANCELLED, "stopped while choosing thresholds");
            NEUME_TRY(validate_config(validator, net, &best, NULL, &v));
            neume_log(NEUME_LOG_INFO, "%s threshold %.2f: %.4f", knobs[k].name, *knobs[k].value, knobs[k].score(&v));
            if (knobs[k].score(&v) <= highest) continue;
            highest = knobs[k].score(&v);
            chosen = *knobs[k].value;
        }
        *knobs[k].value = chosen;
    }
    if (validator->segments) NEUME_TRY(calibrate(validator, net, &best));
    return validate_config(validator, net, &best, NULL, out);
}
